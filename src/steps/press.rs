//! Letters whose bytes are made on a core of their own, while the step that queued them goes on.
//!
//! Only a replay may do so: until the press is emptied its letters lie in the store without bytes, and what dies then is begun anew.
//! Bytes are a function of the draft, so nobody can tell which letters went through it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Setup, StepError};
use crate::mail::compose::{Composer, Draft, Letter, Stationery};
use crate::mail::sign::Signer;
use crate::store::{CommitPoint, Store};

/// Letters on it at most; what comes beyond is made where it is queued.
const ROOM: u64 = 512;

/// See the module.
pub struct Press {
    orders: Mutex<Sender<Order>>,
    printed: Mutex<Receiver<Printed>>,
    /// The number of the next order.
    next: AtomicU64,
    waiting: AtomicU64,
}

/// A letter of the store that waits for its bytes. Until they come it holds the number of the order: where a step was undone, and another
/// letter has its place, that one waits for another order.
struct Order {
    number: u64,
    letter: i64,
    draft: Draft,
}

struct Printed {
    number: u64,
    letter: i64,
    bytes: Result<Vec<u8>, StepError>,
}

impl Press {
    /// A press that writes as `setup` does.
    pub fn new(setup: &Setup) -> Press {
        let (orders, ordered) = channel::<Order>();
        let (done, printed) = channel();
        let (composer, signer) = (setup.composer.clone(), setup.signer.clone());
        let (office, language, zone, key) = (setup.roster.office.clone(), setup.language, setup.zone, setup.key.clone());
        thread::spawn(move || {
            let stationery = Stationery { office: &office, language, zone, key: &key };
            for Order { number, letter, draft } in ordered {
                let made = catch_unwind(AssertUnwindSafe(|| seal(&composer, signer.as_deref(), &draft, &stationery)));
                let bytes = made.map_or(Err(StepError::Press), |made| made.map(|letter| letter.bytes));
                if done.send(Printed { number, letter, bytes }).is_err() {
                    return;
                }
            }
        });
        Press { orders: Mutex::new(orders), printed: Mutex::new(printed), next: AtomicU64::new(1), waiting: AtomicU64::new(0) }
    }

    /// What is to stand in the place of a letter's bytes, if there is room for it.
    pub(super) fn number(&self) -> Option<u64> {
        (self.waiting.load(Ordering::Relaxed) < ROOM).then(|| self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Has the bytes of `letter` made, in the place of which the order's `number` stands.
    ///
    /// # Errors
    /// Where nobody makes letters any more.
    pub(super) fn order(&self, number: u64, letter: i64, draft: Draft) -> Result<(), StepError> {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.send(Order { number, letter, draft }).map_err(|_| StepError::Press)?;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Waits until all is printed, and puts it into the store.
    ///
    /// # Errors
    /// Where a letter could not be put into bytes, or the store fails.
    pub fn empty(&self, store: &Store) -> Result<(), StepError> {
        let printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.waiting.swap(0, Ordering::Relaxed);
        if waiting == 0 {
            return Ok(());
        }
        store.write(CommitPoint::Claim, |books| {
            for _ in 0..waiting {
                let Printed { number, letter, bytes } = printed.recv().map_err(|_| StepError::Press)?;
                books.put_bytes(letter, &number.to_string().into_bytes(), &bytes?)?;
            }
            Ok(())
        })
    }
}

/// The letter, signed where letters are.
pub(super) fn seal(composer: &Composer, signer: Option<&Signer>, draft: &Draft, stationery: &Stationery<'_>) -> Result<Letter, StepError> {
    let letter = composer.seal(draft, stationery)?;
    Ok(match signer {
        Some(signer) => signer.sign(letter)?,
        None => letter,
    })
}
