//! What people do in the play once they have read our notices: they answer them by mail. An answer is written into the Maildir
//! at its moment, and put on record as any other mail there.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::outbox::Sent;
use super::script::{Answered, Scripted};
use super::{bytes, key_of, path_of};
use crate::domain::ids::UnitId;
use crate::domain::message::ArrivalSource;
use crate::domain::roster::Address;
use crate::domain::rules::Instant;
use crate::replay::{Act, ActError, World};
use crate::store::{CommitPoint, Seen, SeenBody};

/// Every answer of the script, at its moment.
pub(super) fn acts<'a>(dir: &'a Path, mails: &'a [Scripted]) -> Vec<Act<'a>> {
    let answers = mails.iter().enumerate().filter_map(|(number, mail)| Some((number, mail, mail.answers?)));
    answers
        .map(|(number, mail, answered)| Act {
            at: mail.at,
            deed: Box::new(move |world, now| answer(world, dir, number, mail, answered, now)),
        })
        .collect()
}

fn answer(world: &World, dir: &Path, number: usize, mail: &Scripted, answered: Answered, now: Instant) -> Result<(), ActError> {
    let notice = find(world, answered, &mail.from.1)?;
    let raw = bytes(number, mail, Some(&notice));
    let path = path_of(dir, number, mail);
    std::fs::write(&path, &raw).map_err(|error| ActError::Impossible(format!("{}: {error}", path.display())))?;
    let mailbox = world.setup.mailbox_names().first().cloned().unwrap_or_default();
    let seen = Seen {
        mailbox,
        key: key_of(number, mail),
        size_bytes: raw.len() as u64,
        received_at: mail.at,
        received_by: ArrivalSource::MaildirName,
        body: SeenBody::Raw(raw.clone(), Sha256::digest(&raw).into()),
    };
    world.store.write(CommitPoint::Fetch, |books| books.put_seen(&seen, now).map(|_| ()))?;
    Ok(())
}

/// The newest notice of that kind about that unit which was sent to `writer`.
fn find(world: &World, answered: Answered, writer: &str) -> Result<Sent, ActError> {
    let Answered { kind, unit, skip } = answered;
    let missing = || ActError::Impossible(format!("{writer} answers a {kind} notice about {unit} that was not sent"));
    let address = Address::parse(writer).ok_or_else(missing)?;
    let letter = world.store.read(|books| books.letter_about(kind, &UnitId::from(unit), &address, skip))?;
    Ok(Sent::read(PathBuf::new(), &letter.ok_or_else(missing)?))
}
