//! The weekly digest and the monthly circular by the steps themselves: when they come, to whom, and what they count.
//!
//! The world begins on Monday, 6 June 2005, at 08:00: the very minute of a digest.

#[path = "digest/circulars.rs"]
mod circulars;
#[path = "digest/weeks.rs"]
mod weeks;
mod world;

use std::path::PathBuf;

use world::Instant;
use world::look::of_kind;
use world::office::Office;
use world::play::{MAILBOXES, Play};
use zhibao::domain::digest::{Circular, Digest};
use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::mailbox::MemoryMailbox;
use zhibao::store::PastNotice;
use zhibao::transport::MemoryTransport;

/// A moment of 2005, `06-13T08:00`, in Yunzhou.
fn moment(text: &str) -> Instant {
    chrono::DateTime::parse_from_rfc3339(&format!("2005-{text}:00+08:00")).expect("a moment").to_utc()
}

/// A daemon that starts then, on a new store.
fn started(office: &Office, now: Instant) -> Play {
    let mailboxes = MAILBOXES.into_iter().map(MemoryMailbox::new).collect();
    let outbox = MemoryTransport::new("outbox");
    Play::started(office, PathBuf::from(":memory:"), mailboxes, outbox.clone(), vec![Box::new(outbox)], None, now).expect("it starts")
}

/// Everything that happens before `until`.
fn go(play: &mut Play, until: Instant) {
    for _ in 0..2000 {
        play.moment().expect("nothing stops it");
        match play.next_due().filter(|next| *next < until) {
            Some(next) => play.set_now(next),
            None => return play.set_now(until),
        }
    }
    panic!("at {} something is due again and again, and is never done", play.now());
}

/// Every digest so far, with who got it.
fn digests(play: &Play) -> Vec<(PastNotice, Digest, Vec<String>)> {
    let said = |(notice, to): (PastNotice, Vec<String>)| match notice.content.clone() {
        Content::Digest(digest) => (notice, digest, to),
        other => panic!("{other:?}"),
    };
    of_kind(&play.world.store, NoticeKind::Digest).into_iter().map(said).collect()
}

/// Every circular so far, with who got it.
fn circulars(play: &Play) -> Vec<(PastNotice, Circular, Vec<String>)> {
    let said = |(notice, to): (PastNotice, Vec<String>)| match notice.content.clone() {
        Content::Circular(circular) => (notice, circular, to),
        other => panic!("{other:?}"),
    };
    of_kind(&play.world.store, NoticeKind::Circular).into_iter().map(said).collect()
}
