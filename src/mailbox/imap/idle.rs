//! IDLE: the server says at once when mail comes. It is renewed every few minutes, so that a connection that is dead without
//! saying so is noticed.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::fault::Fault;
use super::said::Said;
use super::session::Session;

/// Why the waiting ended.
pub(super) enum Woken<T> {
    /// Something is asked of us; `None`: nobody is there any more to ask. The talk may have to be ended with `done` first.
    Asked(Option<T>),
    /// The server has news.
    News,
    /// It is time to see whether the server is still there.
    Renew,
    /// The server does not do this after all.
    Unwilling,
}

/// Begins to wait; yields the tag. `None`: the server is unwilling.
pub(super) async fn begin(session: &mut Session) -> Result<Option<String>, Fault> {
    let tag = session.wire.send("IDLE").await?;
    loop {
        match session.next().await? {
            Said::Continue(_) => return Ok(Some(tag)),
            Said::Status(status) if status.tag.as_deref() == Some(&tag) => return Ok(None),
            _ => {}
        }
    }
}

/// Waits for orders, news, or the end of `longest`. Not over before `done`.
pub(super) async fn wait<T>(
    session: &mut Session,
    tag: &str,
    orders: &mut UnboundedReceiver<T>,
    longest: Duration,
) -> Result<Woken<T>, Fault> {
    // The deadline stands: a server that says “still here” every minute does not put it off.
    let end = tokio::time::sleep(longest);
    tokio::pin!(end);
    loop {
        // Said since the folder was listed, be it before the server began to wait: it is not said again.
        if session.exists != session.counted {
            return Ok(Woken::News);
        }
        tokio::select! {
            order = orders.recv() => return Ok(Woken::Asked(order)),
            () = &mut end => return Ok(Woken::Renew),
            said = session.next_within(longest * 2) => match said? {
                Said::Status(status) if status.word == "BYE" => return Err(Fault::Bye(status.text)),
                Said::Status(status) if status.tag.as_deref() == Some(tag) => return Ok(Woken::Unwilling),
                _ => {}
            },
        }
    }
}

/// Ends the waiting; fails where the server is no longer there.
pub(super) async fn done(session: &mut Session, tag: &str) -> Result<(), Fault> {
    session.wire.send_raw(b"DONE\r\n").await?;
    session.finish(tag, "IDLE", &mut |_| {}).await.map(|_| ())
}
