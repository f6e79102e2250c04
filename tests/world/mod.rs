//! A small world for tests of the steps: an office with its network, mail that people write, and a driver that plays it
//! moment by moment against a store, mailboxes and a transport in memory. Time is what the driver says.

#![allow(dead_code)] // each test file uses its own part of it

pub mod acts;
pub mod look;
pub mod mail;
pub mod office;
pub mod play;

use chrono::{DateTime, TimeDelta, Utc};

/// A moment.
pub type Instant = DateTime<Utc>;

/// Monday, 6 June 2005, 08:00 in Yunzhou: every world begins here.
pub fn begin() -> Instant {
    DateTime::from_timestamp(1_118_016_000, 0).expect("a moment")
}

/// `minutes` after the beginning.
pub fn at(minutes: i64) -> Instant {
    begin() + TimeDelta::minutes(minutes)
}

/// As mail and fields write it in Yunzhou.
pub fn written(moment: Instant) -> String {
    moment.with_timezone(&chrono_tz::Asia::Shanghai).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// As a mail header writes it.
pub fn dated(moment: Instant) -> String {
    moment.with_timezone(&chrono_tz::Asia::Shanghai).format("%a, %d %b %Y %H:%M:%S +0800").to_string()
}
