//! When what fails: mailboxes, relays, the machine, its clock, the process.

use chrono::TimeDelta;
use zhibao::store::Side;

use super::around::{Trouble, Weather};
use super::dice::Dice;
use super::network::Network;
use crate::world::Instant;

/// What is wrong for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Mailbox(usize, Trouble),
    Relay(usize, Weather),
    /// Nothing runs.
    Asleep,
    /// The clock is wrong by so many seconds.
    Clock(i64),
}

/// A process that dies.
#[derive(Clone, Copy, Debug)]
pub struct Kill {
    pub at: Instant,
    /// After so many commits more.
    pub commits: u32,
    pub side: Side,
    /// Seconds until the next one starts.
    pub pause: i64,
}

/// All of it.
pub struct Plan {
    faults: Vec<(Instant, Instant, Fault)>,
    /// The next one last.
    pub kills: Vec<Kill>,
}

impl Plan {
    /// What these numbers say for this network. In the quiet everything is well again.
    pub fn drawn(network: &Network, dice: &mut Dice) -> Plan {
        let mut plan = Plan { faults: Vec::new(), kills: Vec::new() };
        let mut day = network.begins;
        while day < network.quiet_from {
            plan.day(network, day, dice);
            day += TimeDelta::days(1);
        }
        for (_, to, _) in &mut plan.faults {
            *to = (*to).min(network.quiet_from);
        }
        plan.kills.sort_by_key(|kill| std::cmp::Reverse(kill.at));
        plan
    }

    fn day(&mut self, network: &Network, day: Instant, dice: &mut Dice) {
        let calm = network.calm;
        let at = |dice: &mut Dice| day + TimeDelta::minutes(dice.between(0, 1439));
        let mut fault = |dice: &mut Dice, minutes: (i64, i64), fault: Fault| {
            let from = at(dice);
            self.faults.push((from, from + TimeDelta::minutes(dice.between(minutes.0, minutes.1)), fault));
        };
        if dice.one_in(9 * calm) {
            let (unreadable, opens_badly) = *dice.pick(&[(true, false), (false, true)]);
            let trouble = Trouble { unreadable, opens_badly, moves_badly: dice.one_in(3) };
            let which = usize::from(dice.one_in(2));
            fault(dice, (5, 1200), Fault::Mailbox(which, trouble));
        }
        if dice.one_in(20 * calm) {
            fault(dice, (5, 1200), Fault::Mailbox(0, Trouble { moves_badly: true, ..Trouble::default() }));
        }
        for relay in 0..network.relays {
            if dice.one_in(8 * calm) {
                let weather = *dice.pick(&[Weather::Down, Weather::Foul, Weather::Foul]);
                fault(dice, (5, 1500), Fault::Relay(relay, weather));
            }
        }
        if dice.one_in(80 * calm) {
            fault(dice, (7000, 9000), Fault::Relay(0, Weather::Down));
        }
        if dice.one_in(12 * calm) {
            fault(dice, (1, 2000), Fault::Asleep);
        }
        if network.clock_steps && dice.one_in(10 * calm) {
            let seconds = *dice.pick(&[1, 60, 1_800, 10_000, 100_000]) * *dice.pick(&[-1, 1]);
            fault(dice, (1, 1000), Fault::Clock(seconds));
        }
        if dice.one_in(5 * calm) {
            let side = if dice.one_in(2) { Side::Before } else { Side::After };
            self.kills.push(Kill { at: at(dice), commits: dice.between(0, 60) as u32, side, pause: dice.between(0, 600) });
        }
    }

    /// What holds at `t`.
    pub fn at(&self, t: Instant) -> impl Iterator<Item = Fault> {
        self.faults.iter().filter(move |(from, to, _)| *from <= t && t < *to).map(|(.., fault)| *fault)
    }

    /// Until when nothing runs.
    pub fn asleep_until(&self, t: Instant) -> Option<Instant> {
        self.faults.iter().filter(|(from, to, fault)| *fault == Fault::Asleep && *from <= t && t < *to).map(|(_, to, _)| *to).max()
    }

    /// How far the clock is from the truth.
    pub fn offset(&self, t: Instant) -> TimeDelta {
        TimeDelta::seconds(self.at(t).map(|fault| if let Fault::Clock(seconds) = fault { seconds } else { 0 }).sum())
    }

    /// When something begins or ends.
    pub fn next_edge(&self, t: Instant) -> Option<Instant> {
        let edges = self.faults.iter().flat_map(|(from, to, _)| [*from, *to]);
        edges.chain(self.kills.last().map(|kill| kill.at)).filter(|edge| *edge > t).min()
    }
}
