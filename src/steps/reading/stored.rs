//! Store → reading: the bytes of a message on record are read, and those of the next group beside the filing of this one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::{Setup, StepError, World};
use super::{Read, Reading};
use crate::archive::attachments::{self, Opened, OpenedFile};
use crate::domain::fields::Field;
use crate::domain::intake::{Screened, screen};
use crate::domain::message::Unreadable;
use crate::domain::schedule::local_day;
use crate::domain::tags::{self, Tag};
use crate::store::Delivery;

/// Bytes of messages that are read ahead.
const AHEAD_BYTES: u64 = 8 << 20;

/// The files of a larger message are not kept for the index of words: it reads them from the store.
const KEPT_BYTES: usize = 2 << 20;

/// Reads what is filed next. What fails here is left to the step that files it, and fails there.
pub fn read_ahead(world: &World, ids: &[i64]) {
    let mut bytes = 0;
    for id in ids {
        if world.setup.ahead.has_next(*id) {
            continue;
        }
        let Ok(Ok(Some(read))) = catch_unwind(AssertUnwindSafe(|| read(world, *id))) else { continue };
        bytes += read.delivery.size_bytes;
        world.setup.ahead.put_next(read);
        if bytes > AHEAD_BYTES {
            return;
        }
    }
}

/// Reads a message, the store free meanwhile. Bytes that were read ahead of time are looked at again only for what came attached.
pub fn read(world: &World, id: i64) -> Result<Option<Read>, StepError> {
    let setup = &*world.setup;
    let Some(delivery) = world.store.read(|books| books.delivery_without_bytes(id))? else { return Ok(None) };
    let mut ahead = setup.ahead.take(&delivery.mailbox, &delivery.key);
    if let Some(reading) = ahead.take_if(|reading| !attachments_matter(setup, &delivery, reading)) {
        return Ok(Some(Read { delivery, reading, attached: Vec::new() }));
    }
    let Some(mut delivery) = world.store.read(|books| books.delivery(id))? else { return Ok(None) };
    let reading = ahead.unwrap_or_else(|| read_now(setup, &delivery));
    let attached = match &delivery.raw {
        Some(raw) if attachments_matter(setup, &delivery, &reading) => attachments::texts(raw, &setup.helper),
        _ => Vec::new(),
    };
    // The others of the group are read as well before they are filed: their bytes need not all be there at once.
    delivery.raw = None;
    Ok(Some(Read { delivery, reading, attached }))
}

fn read_now(setup: &Setup, delivery: &Delivery) -> Reading {
    let mailbox = setup.mailbox(&delivery.mailbox);
    let boundary = mailbox.map_or(&[][..], |mailbox| &mailbox.boundary);
    let Some(raw) = &delivery.raw else {
        let limit_bytes = mailbox.map_or(0, |mailbox| mailbox.max_size_bytes);
        return Reading { mail: Err(Unreadable::TooLarge { size_bytes: delivery.size_bytes, limit_bytes }), text: None };
    };
    let Some((kept, content)) = setup.kept.as_ref().zip(delivery.content).filter(|_| raw.len() <= KEPT_BYTES) else {
        return Reading::of(raw, boundary, delivery.received_at, setup.zone);
    };
    let mut files: Vec<OpenedFile> = Vec::new();
    let reading = Reading::with_files(raw, boundary, delivery.received_at, setup.zone, |file| files.push(file.into()));
    if let Ok(mail) = &reading.mail {
        kept.put(content, Opened::of(mail, files));
    }
    reading
}

/// Whether a message may report on an event and its text lacks what such a report must say: then what came with it is the second
/// source. Strangers' files are not read for this.
fn attachments_matter(setup: &Setup, delivery: &Delivery, reading: &Reading) -> bool {
    let (Ok(mail), Some(text)) = (&reading.mail, &reading.text) else { return false };
    let reports = match text.tags.kind {
        Some(tag) => matches!(tag, Tag::First | Tag::FollowUp | Tag::Final | Tag::Urgent | Tag::Correction | Tag::Event),
        None => !mail.answers.is_empty() || tags::carries_our_number(&mail.subject),
    };
    let needed = [Field::Occurred, Field::Place, Field::Severity];
    let needed: Vec<Field> = setup.rules.events.required.iter().chain(&needed).copied().collect();
    reports
        && !mail.attachments.is_empty()
        && !text.fields.missing(&needed).is_empty()
        && (delivery.trusted || matches!(screen(mail, &setup.roster, local_day(text.arrival, setup.zone)), Screened::From(_)))
}
