//! Letters whose bytes are made on a core of their own, while the step that queued them goes on.
//!
//! Only a replay may do so: until the press is emptied its letters lie in the store without bytes, and are not due. Bytes are a
//! function of the draft, and what is wrong with an address is found when it is drafted; so nobody can tell which letters went
//! through it, and one that fails is a defect, at which the replay ends.

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

/// A letter of the store that waits for its bytes.
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

    /// The number of an order, if there is room for one.
    pub(super) fn number(&self) -> Option<u64> {
        (self.waiting.load(Ordering::Relaxed) < ROOM).then(|| self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Has the bytes of `letter` made, which waits for them under `number`.
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
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        let printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        store.write(CommitPoint::Filing, |books| {
            let mut failed = Ok(());
            while self.waiting.load(Ordering::Relaxed) > 0 {
                let Printed { number, letter, bytes } = printed.recv().map_err(|_| StepError::Press)?;
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                match bytes {
                    Ok(bytes) => books.put_bytes(letter, number, &bytes)?,
                    Err(error) if books.awaits_bytes(letter, number)? && failed.is_ok() => failed = Err(error),
                    // Its step was undone: nobody misses it. Or another has failed before.
                    Err(_) => {}
                }
            }
            failed
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
