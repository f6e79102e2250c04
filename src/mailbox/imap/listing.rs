//! Which messages are there. A high-water mark alone has lost mail (servers rewind UIDNEXT, run it ahead, skip in races), so the
//! whole list is compared with what is on record on connecting and once a day; between these, what is above the mark is asked for.

use super::fault::Fault;
use super::said::Said;
use super::session::Session;
use super::uids::Uids;

/// Every UID in the folder.
pub(super) async fn all(session: &mut Session) -> Result<Uids, Fault> {
    // A server may keep news to itself until it is asked for them, and the folder may have been opened long ago.
    session.run("NOOP", &mut |_| {}).await?;
    session.counted = session.exists;
    if session.exists == 0 {
        return Ok(Uids::default());
    }
    let promised = u64::from(session.exists);
    let mut found = search(session, "UID SEARCH ALL").await?;
    if found.len() < promised {
        // Fewer than the folder holds: asked in other words, a server has shown more.
        found.join(search(session, "UID SEARCH UID 1:*").await?);
    }
    Ok(found)
}

/// Those above `last`. `last+1:*` always yields the highest message, even one below.
pub(super) async fn above(session: &mut Session, last: u32) -> Result<Uids, Fault> {
    // As above.
    session.run("NOOP", &mut |_| {}).await?;
    session.counted = session.exists;
    if session.exists == 0 || last == u32::MAX {
        return Ok(Uids::default());
    }
    Ok(search(session, &format!("UID SEARCH UID {}:*", last + 1)).await?.above(last))
}

async fn search(session: &mut Session, command: &str) -> Result<Uids, Fault> {
    let mut found = Vec::new();
    let mut note = |said: Said| {
        if let Said::Uids(uids) = said {
            found.extend(uids.into_iter().filter(|uid| *uid > 0));
        }
    };
    session.run(command, &mut note).await?;
    Ok(Uids::of(found))
}
