//! Messages on record are moved out of the way. A step of its own that can be repeated: what has gone is passed over.

use super::fault::Fault;
use super::said::Said;
use super::session::Session;
use super::uids::written;
use super::words;

/// Moves messages to `folder`, which is made if it is not there. `false`: the server can move nothing without touching messages of
/// others, so they stay. A bare EXPUNGE would remove what others have marked, and is never sent.
pub(super) async fn move_to(session: &mut Session, folder: &str, uids: &[u32]) -> Result<bool, Fault> {
    if uids.is_empty() {
        return Ok(true);
    }
    let name = words::folder(folder);
    if session.can("MOVE") {
        into(session, &format!("UID MOVE {} {name}", written(uids)), &name).await?;
        return Ok(true);
    }
    if !session.can("UIDPLUS") {
        return Ok(false);
    }
    let set = written(uids);
    // What an earlier attempt has copied and marked is not copied again.
    let marked = found(session, &format!("UID SEARCH UID {set} DELETED")).await?;
    let rest: Vec<u32> = uids.iter().copied().filter(|uid| !marked.contains(uid)).collect();
    if !rest.is_empty() {
        let rest = written(&rest);
        into(session, &format!("UID COPY {rest} {name}"), &name).await?;
        session.run(&format!("UID STORE {rest} +FLAGS.SILENT (\\Deleted)"), &mut |_| {}).await?;
    }
    session.run(&format!("UID EXPUNGE {set}"), &mut |_| {}).await?;
    Ok(true)
}

/// Runs a command that puts messages into a folder; makes the folder if that may be what is wrong.
async fn into(session: &mut Session, command: &str, name: &str) -> Result<(), Fault> {
    let refused = match session.run(command, &mut |_| {}).await {
        Err(fault @ Fault::No { .. }) => fault,
        done => return done.map(|_| ()),
    };
    match session.run(&format!("CREATE {name}"), &mut |_| {}).await {
        Ok(_) => session.run(command, &mut |_| {}).await.map(|_| ()),
        Err(Fault::No { .. }) => Err(refused),
        Err(fault) => Err(fault),
    }
}

async fn found(session: &mut Session, command: &str) -> Result<Vec<u32>, Fault> {
    let mut uids = Vec::new();
    let mut note = |said: Said| {
        if let Said::Uids(more) = said {
            uids.extend(more);
        }
    };
    session.run(command, &mut note).await?;
    Ok(uids)
}
