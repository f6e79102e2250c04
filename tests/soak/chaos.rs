//! What befalls servers, lines and the daemon, in an order and at moments that a seed decides.

use std::fmt;
use std::time::{Duration, Instant};

use super::office::Office;
use super::postfix::Postfix;
use super::servers::Dice;
use super::servers::dovecot::Dovecot;
use super::servers::proxy::Proxy;

/// What may happen at once to everything, besides what the proxies do to single connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blow {
    CutMail,
    CutRelay,
    FreezeMail,
    FreezeRelay,
    KillDovecot,
    StopPostfix,
    KillZhibao,
}

const BLOWS: [Blow; 7] =
    [Blow::KillZhibao, Blow::CutMail, Blow::FreezeRelay, Blow::KillDovecot, Blow::CutRelay, Blow::StopPostfix, Blow::FreezeMail];

/// Everything that can be hit.
pub struct Everything {
    pub office: Office,
    pub dovecot: Dovecot,
    pub postfix: Postfix,
    pub mail_line: Proxy,
    pub relay_line: Proxy,
}

/// How often each thing was hit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hits {
    pub cuts: usize,
    pub freezes: usize,
    pub dovecot: usize,
    pub postfix: usize,
    pub zhibao: usize,
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hits { cuts, freezes, dovecot, postfix, zhibao } = self;
        write!(f, "all lines cut {cuts}, frozen {freezes}; Dovecot killed {dovecot}, Postfix stopped {postfix}, zhibao killed {zhibao}")
    }
}

/// Gives the blows.
pub struct Chaos {
    dice: Dice,
    pub hits: Hits,
    next: Instant,
    /// Those that everything gets once, before it goes on at random.
    first: Vec<Blow>,
    pause: (u64, u64),
    longest_freeze: Duration,
    thawed: [Instant; 2],
}

impl Chaos {
    /// A blow every `pause` milliseconds, from … to.
    pub fn new(seed: u64, pause: (u64, u64), longest_freeze: Duration) -> Chaos {
        let now = Instant::now();
        let first = BLOWS.to_vec();
        let mut chaos =
            Chaos { dice: Dice::new(seed ^ 0x5eed), hits: Hits::default(), next: now, first, pause, longest_freeze, thawed: [now; 2] };
        for at in (1..BLOWS.len()).rev() {
            let other = chaos.dice.roll(at as u64 + 1) as usize;
            chaos.first.swap(at, other);
        }
        chaos.rest();
        chaos
    }

    fn rest(&mut self) {
        self.next = Instant::now() + Duration::from_millis(self.pause.0 + self.dice.roll(self.pause.1 - self.pause.0));
    }

    /// Strikes, if it is time to.
    pub fn turn(&mut self, all: &mut Everything) {
        self.thaw(all, Instant::now());
        if Instant::now() < self.next {
            return;
        }
        let blow = self.first.pop().unwrap_or_else(|| BLOWS[self.dice.roll(BLOWS.len() as u64) as usize]);
        self.strike(blow, all);
        self.rest();
    }

    fn strike(&mut self, blow: Blow, all: &mut Everything) {
        let down = Duration::from_millis(50 + self.dice.roll(1_500));
        // One in four is longer than any deadline but that of the final dot.
        let frozen = if self.dice.roll(4) == 0 { self.longest_freeze } else { self.longest_freeze.min(Duration::from_secs(5)) / 2 };
        match blow {
            Blow::CutMail => all.mail_line.cut(),
            Blow::CutRelay => all.relay_line.cut(),
            Blow::FreezeMail => {
                all.mail_line.freeze(true);
                self.thawed[0] = Instant::now() + frozen;
            }
            Blow::FreezeRelay => {
                all.relay_line.freeze(true);
                self.thawed[1] = Instant::now() + frozen;
            }
            Blow::KillDovecot => {
                all.dovecot.kill();
                std::thread::sleep(down);
                all.dovecot.run();
            }
            Blow::StopPostfix => {
                all.postfix.control(if self.dice.roll(2) == 0 { "stop" } else { "abort" });
                std::thread::sleep(down);
                all.postfix.control("start");
            }
            Blow::KillZhibao => {
                all.office.kill();
                std::thread::sleep(down / 4);
                all.office.start();
            }
        }
        let hits = &mut self.hits;
        *match blow {
            Blow::CutMail | Blow::CutRelay => &mut hits.cuts,
            Blow::FreezeMail | Blow::FreezeRelay => &mut hits.freezes,
            Blow::KillDovecot => &mut hits.dovecot,
            Blow::StopPostfix => &mut hits.postfix,
            Blow::KillZhibao => &mut hits.zhibao,
        } += 1;
    }

    fn thaw(&mut self, all: &Everything, now: Instant) {
        for (line, until) in [&all.mail_line, &all.relay_line].into_iter().zip(self.thawed) {
            if now >= until {
                line.freeze(false);
            }
        }
    }

    /// Nothing happens any more. Connections to which something was still going to happen end.
    pub fn end(self, all: &Everything) -> Hits {
        for line in [&all.mail_line, &all.relay_line] {
            line.calm();
            line.freeze(false);
            line.cut();
        }
        self.hits
    }
}
