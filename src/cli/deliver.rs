//! `zhibao deliver`: one message on standard input, for a mail server's pipe.
//!
//! It ends with 0 once the raw message is committed, whatever becomes of it; after anything else with 75, so that the mail
//! server keeps the message and tries again.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use sha2::{Digest, Sha256};

use super::Everywhere;
use super::failure::{self, Failure};
use super::session::Session;
use crate::config::MailboxConfig;
use crate::domain::message::ArrivalSource;
use crate::store::{Books, CommitPoint, Durability, Seen, SeenBody, Store};

/// EX_TEMPFAIL of sysexits.h: the mail server keeps the message and tries again.
pub const TRY_AGAIN: u8 = 75;

/// Options of `deliver`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Whose trust and limits apply; needed where there are several mailboxes
    #[arg(long, value_name = "NAME")]
    mailbox: Option<String>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> ExitCode {
    match catch_unwind(AssertUnwindSafe(|| take(everywhere, args))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            failure.tell(failure::language(everywhere, &failure));
            ExitCode::from(TRY_AGAIN)
        }
        // The panic has said itself on standard error.
        Err(_) => ExitCode::from(TRY_AGAIN),
    }
}

fn take(everywhere: &Everywhere, args: &Args) -> Result<(), Failure> {
    let session = Session::open(everywhere)?;
    let mailbox = mailbox(&session, args)?;
    let raw = read(&mut io::stdin().lock(), mailbox.max_size_bytes)?;
    // Unlike other commands this one may make the store: mail can come before the daemon first starts.
    let store = Store::open(&session.config.store_path, Durability::Full)?;
    store.write(CommitPoint::Fetch, |books| put(books, mailbox, &raw, &session))?;
    session.wake(store.path());
    Ok(())
}

fn mailbox<'a>(session: &'a Session, args: &Args) -> Result<&'a MailboxConfig, Failure> {
    let mailboxes = &session.config.mailboxes;
    let names: Vec<&str> = mailboxes.iter().map(|mailbox| mailbox.name.as_str()).collect();
    let (zh, en) = (names.join("、"), names.join(", "));
    match (&args.mailbox, mailboxes.as_slice()) {
        (Some(name), _) => mailboxes.iter().find(|mailbox| mailbox.name == *name).ok_or_else(|| {
            Failure::usage(
                format!("配置中没有名为“{name}”的邮箱；--mailbox 可用：{zh}。"),
                format!("The configuration has no mailbox “{name}”; --mailbox may be: {en}."),
            )
        }),
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::usage(
            format!("配置中有几个邮箱，请用 --mailbox 指明按哪一个收信：{zh}。"),
            format!("There are several mailboxes; say with --mailbox whose trust applies: {en}."),
        )),
    }
}

/// Reads the whole message, and never more than one byte over the limit.
fn read(input: &mut impl Read, limit_bytes: u64) -> Result<Vec<u8>, Failure> {
    let mut raw = Vec::new();
    let read = input.take(limit_bytes.saturating_add(1)).read_to_end(&mut raw);
    read.map_err(|error| {
        Failure::failed(format!("读取来信失败：{error}。"), format!("The message could not be read from standard input: {error}."))
    })?;
    if raw.len() as u64 > limit_bytes {
        return Err(Failure::failed(
            format!("来信超过 {limit_bytes} 字节的限度，没有收下。如须收下，请调高该邮箱的 max_size。"),
            format!("The message has more than {limit_bytes} bytes and was not taken. If it must be, raise max_size of the mailbox."),
        ));
    }
    Ok(raw)
}

/// Puts the message on record. The same mail handed over twice is two deliveries: what it is worth is decided when it is filed.
fn put(books: &Books<'_>, mailbox: &MailboxConfig, raw: &[u8], session: &Session) -> Result<i64, Failure> {
    let sha256: [u8; 32] = Sha256::digest(raw).into();
    let digest = data_encoding::HEXLOWER.encode(&sha256[..6]);
    let mut nth = 1_u32;
    loop {
        let seen = Seen {
            mailbox: mailbox.name.clone(),
            key: format!("deliver-{}-{digest}-{nth}", session.now.timestamp()),
            size_bytes: raw.len() as u64,
            received_at: session.now,
            received_by: ArrivalSource::HandedOver,
            body: SeenBody::Raw(raw.to_vec(), sha256),
        };
        if let Some(id) = books.put_seen(&seen, session.now)? {
            tracing::info!(mailbox = mailbox.name, key = seen.key, size = seen.size_bytes, "message on record");
            return Ok(id);
        }
        nth += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_at_the_limit_is_read_and_one_over_it_is_not() {
        assert_eq!(read(&mut &b"12345"[..], 5).unwrap(), b"12345");
        assert!(read(&mut &b"123456"[..], 5).is_err());
    }
}
