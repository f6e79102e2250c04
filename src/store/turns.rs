//! Whose turn it is at the one connection that writes.
//!
//! A plain lock goes to whoever is quickest, and that is the one who has just let go of it: a backlog that is filed group after group
//! would keep everybody else out. Here each comes in the order in which he asked, and a deadline before mail.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A value, one turn at a time.
#[derive(Debug)]
pub(super) struct Turns<T> {
    value: Mutex<T>,
    queue: Mutex<Queue>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    /// Given out, of those that wait in order.
    given: u64,
    /// The one that comes next.
    next: u64,
    /// Those that go before the others, and wait.
    first: u32,
    taken: bool,
}

/// A turn. It ends when this is dropped.
pub(super) struct Turn<'a, T> {
    // Dropped before the turn is passed on, as fields are in their order.
    value: MutexGuard<'a, T>,
    _end: End<'a>,
}

struct End<'a> {
    queue: &'a Mutex<Queue>,
    freed: &'a Condvar,
}

impl<T> Turns<T> {
    pub(super) fn new(value: T) -> Turns<T> {
        Turns { value: Mutex::new(value), queue: Mutex::default(), freed: Condvar::new() }
    }

    /// Waits for a turn; `first` goes before all that do not.
    pub(super) fn take(&self, first: bool) -> Turn<'_, T> {
        // Nothing panics while the queue is held.
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if first {
            queue.first += 1;
            queue = self.freed.wait_while(queue, |queue| queue.taken).unwrap_or_else(PoisonError::into_inner);
            queue.first -= 1;
        } else {
            let mine = queue.given;
            queue.given += 1;
            let waits = |queue: &mut Queue| queue.taken || queue.first > 0 || queue.next != mine;
            queue = self.freed.wait_while(queue, waits).unwrap_or_else(PoisonError::into_inner);
            queue.next += 1;
        }
        queue.taken = true;
        drop(queue);
        let end = End { queue: &self.queue, freed: &self.freed };
        // A step that panicked has rolled back when its transaction was dropped: the value is sound.
        Turn { value: self.value.lock().unwrap_or_else(PoisonError::into_inner), _end: end }
    }
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl Queue {
    fn anybody_waits(&self) -> bool {
        self.given > self.next || self.first > 0
    }
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.taken = false;
        let wake = queue.anybody_waits();
        drop(queue);
        // To wake nobody costs a call of the system all the same.
        if wake {
            self.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Waits until so many wait.
    fn until(turns: &Turns<Vec<&str>>, waiting: u64) {
        loop {
            let queue = turns.queue.lock().expect("no panic");
            if queue.given - queue.next + u64::from(queue.first) == waiting {
                return;
            }
            drop(queue);
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn each_comes_in_turn_and_a_deadline_before_mail() {
        let turns = Arc::new(Turns::new(Vec::new()));
        let held = turns.take(false);
        let mut threads = Vec::new();
        for (nth, (name, first)) in (1..).zip([("mail", false), ("more mail", false), ("alert", true)]) {
            let other = turns.clone();
            threads.push(thread::spawn(move || other.take(first).push(name)));
            until(&turns, nth);
        }
        drop(held);
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        assert_eq!(*turns.take(false), ["alert", "mail", "more mail"]);
    }

    #[test]
    fn a_turn_ends_with_a_panic() {
        let turns = Arc::new(Turns::new(0));
        let other = turns.clone();
        let panicked = thread::spawn(move || {
            let _turn = other.take(true);
            panic!("a panic that the test asked for");
        });
        assert!(panicked.join().is_err());
        *turns.take(false) += 1;
        assert_eq!(*turns.take(true), 1);
    }
}
