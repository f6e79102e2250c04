//! How long to wait before the next attempt.

use chrono::TimeDelta;

const FIRST_SECONDS: i64 = 30;
const LONGEST_SECONDS: i64 = 3600;
/// The longest rest of a transport, in seconds.
pub const LONGEST_REST_SECONDS: i64 = 300;

/// The pause after `attempts` failures: 30 s, doubled each time, one hour at most, with a spread of up to a quarter that is
/// fixed by `seed`, so that many letters do not come back at the same moment and a replay stays the same.
pub fn after(attempts: u32, seed: i64) -> TimeDelta {
    let doubled = FIRST_SECONDS << attempts.saturating_sub(1).min(10);
    let pause = doubled.min(LONGEST_SECONDS);
    let spread = seed.wrapping_mul(0x9e37_79b9).wrapping_add(i64::from(attempts)).rem_euclid(pause / 4 + 1);
    TimeDelta::seconds(pause + spread)
}

/// How long a transport, or the moving of mail at a server, is left alone after `failures` in a row: 30 s, doubled each time, five
/// minutes at most. None after none.
pub fn rest(failures: u32) -> TimeDelta {
    match failures {
        0 => TimeDelta::zero(),
        _ => TimeDelta::seconds((FIRST_SECONDS << (failures - 1).min(10)).min(LONGEST_REST_SECONDS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_stay_there() {
        let pauses: Vec<i64> = (1..12).map(|attempts| after(attempts, 0).num_seconds()).collect();
        assert!(pauses[0] >= 30 && pauses[0] < 40);
        assert!(pauses.iter().all(|pause| *pause <= LONGEST_SECONDS * 5 / 4));
        assert!(pauses[10] >= LONGEST_SECONDS && pauses[1] > pauses[0]);
    }

    #[test]
    fn rests_grow_to_five_minutes_and_stay_there() {
        let rests: Vec<i64> = (0..8).map(|failures| rest(failures).num_seconds()).collect();
        assert_eq!(rests, [0, 30, 60, 120, 240, 300, 300, 300]);
        assert_eq!(rest(u32::MAX).num_seconds(), LONGEST_REST_SECONDS);
    }
}
