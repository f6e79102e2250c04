//! Sets of UIDs, small however many they are, and the words for them in commands.

use std::collections::VecDeque;
use std::fmt::Write;

/// A set of UIDs as ranges, lowest first: a folder of a million messages takes a few bytes where it has no gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Uids(VecDeque<(u32, u32)>);

impl Uids {
    /// A set of these, in any order, repeated or not.
    pub fn of(mut uids: Vec<u32>) -> Uids {
        uids.sort_unstable();
        let mut set = Uids::default();
        uids.into_iter().for_each(|uid| set.push(uid));
        set
    }

    /// Adds one that is not below any other.
    fn push(&mut self, uid: u32) {
        match self.0.back_mut() {
            Some((_, last)) if uid <= *last => {}
            Some((_, last)) if uid == last.saturating_add(1) => *last = uid,
            _ => self.0.push_back((uid, uid)),
        }
    }

    /// Both.
    pub fn join(&mut self, other: Uids) {
        let mut ranges: Vec<(u32, u32)> = self.0.drain(..).chain(other.0).collect();
        ranges.sort_unstable();
        for (first, last) in ranges {
            match self.0.back_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = (*end).max(last),
                _ => self.0.push_back((first, last)),
            }
        }
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The highest.
    pub fn highest(&self) -> Option<u32> {
        self.0.back().map(|(_, last)| *last)
    }

    /// Takes out the `most` lowest.
    pub fn take(&mut self, most: usize) -> Vec<u32> {
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some((first, last)) = self.0.front_mut() else { break };
            taken.push(*first);
            if first == last {
                self.0.pop_front();
            } else {
                *first += 1;
            }
        }
        taken
    }

    /// Those above `uid`.
    pub fn above(mut self, uid: u32) -> Uids {
        while let Some((first, last)) = self.0.front_mut() {
            if *last <= uid {
                self.0.pop_front();
            } else {
                *first = (*first).max(uid.saturating_add(1));
                break;
            }
        }
        self
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// `1:3,7`: a set as commands write it. The UIDs are in order.
pub(super) fn written(uids: &[u32]) -> String {
    let set = Uids::of(uids.to_vec());
    let mut text = String::new();
    for (first, last) in &set.0 {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing into a string cannot fail.
        let _ = if first == last { write!(text, "{comma}{first}") } else { write!(text, "{comma}{first}:{last}") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_in_ranges_and_taken_from_below() {
        let mut set = Uids::of(vec![7, 3, 1, 2, 3]);
        assert_eq!((set.len(), set.highest()), (4, Some(7)));
        assert_eq!(written(&[1, 2, 3, 7]), "1:3,7");
        assert_eq!(set.take(2), [1, 2]);
        set.join(Uids::of(vec![4, 5, u32::MAX]));
        assert_eq!(set.clone().above(4), Uids::of(vec![5, 7, u32::MAX]));
        assert_eq!(set.take(10), [3, 4, 5, 7, u32::MAX]);
        assert_eq!(set.len(), 0);
    }

    #[test]
    fn a_million_without_gaps_are_one_range() {
        assert_eq!(Uids::of((1..=1_000_000).rev().collect()).0.len(), 1);
    }
}
