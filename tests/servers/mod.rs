//! Servers for tests: real ones as child processes on free loopback ports, a scripted one, and a proxy that breaks connections.
//!
//! Included by tests with `#[path = "servers/mod.rs"] mod servers;`.
#![allow(dead_code)] // each test uses some of it

pub mod dovecot;
pub mod proxy;
pub mod scripted;

use std::net::TcpListener;
use std::time::{Duration, Instant};

/// A port on loopback that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port()
}

/// Waits until something holds.
pub fn until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Numbers that look random and are the same for the same seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }
}

/// A message of about `size` bytes, with CRLF, different for each number.
pub fn mail(number: usize, size: usize) -> Vec<u8> {
    let mut text = format!(
        "From: Ann <ann@north.example>\r\nTo: office@city.example\r\nSubject: report {number}\r\n\
         Message-ID: <{number}@north.city.example>\r\nDate: Mon, 03 Mar 2003 08:00:00 +0800\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    );
    let mut line = 0;
    while text.len() < size {
        text.push_str(&format!("Line {line} of report {number}: pumps hold, 水位平稳. A1 OK done {{12}}\r\n"));
        line += 1;
    }
    text.into_bytes()
}
