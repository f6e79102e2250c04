//! A small server of pages for this machine: one request a connection, GET and HEAD alone, and limits on everything.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::super::Shared;
use super::super::loops::Ended;
use super::pages::{Page, Pages};
use super::requests::{self, LONGEST, Refusal, Request};

/// Connections that are served at one time; others wait with the system.
const CONNECTIONS: usize = 8;

/// The head of a request must come within this, and an answer must be taken within it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A page that takes longer is not waited for.
const MAKING: Duration = Duration::from_secs(10);

/// What is taken by another is tried again after so long.
const BIND_AGAIN: Duration = Duration::from_secs(30);

/// After an accept that failed: no descriptors are left, as a rule.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// Serves until the end. A port that is taken is told, and no reason not to read mail.
pub(super) async fn serve(shared: Arc<Shared>, listen: SocketAddr, pages: Pages) -> Ended {
    let Some(listener) = bind(&shared, listen).await else { return Ok("http") };
    let (pages, room) = (Arc::new(pages), Arc::new(Semaphore::new(CONNECTIONS)));
    loop {
        let permit = tokio::select! {
            () = shared.cancel.cancelled() => return Ok("http"),
            permit = room.clone().acquire_owned() => permit,
        };
        let Ok(permit) = permit else { return Ok("http") };
        let accepted = tokio::select! {
            () = shared.cancel.cancelled() => return Ok("http"),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => drop(tokio::spawn(one(stream, pages.clone(), Arc::new(permit)))),
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

async fn bind(shared: &Shared, listen: SocketAddr) -> Option<TcpListener> {
    let mut told = false;
    loop {
        match TcpListener::bind(listen).await {
            Ok(listener) => {
                let at = listener.local_addr().unwrap_or(listen);
                tracing::info!(%at, "serving /healthz, /metrics and /status.json");
                return Some(listener);
            }
            Err(error) if told => tracing::debug!(%listen, %error, "still not served"),
            Err(error) => tracing::error!(%listen, %error, "nothing is served under [http] listen; mail is, and this is tried again"),
        }
        told = true;
        tokio::select! {
            () = shared.cancel.cancelled() => return None,
            () = tokio::time::sleep(BIND_AGAIN) => {}
        }
    }
}

/// One connection. The permit goes along with the making of the page, which may hang longer than anybody waits for it: so many at most.
async fn one(mut stream: TcpStream, pages: Arc<Pages>, permit: Arc<OwnedSemaphorePermit>) {
    let Ok(asked) = timeout(PATIENCE, request(&mut stream)).await else { return };
    let (page, head_only) = match asked {
        None => return,
        Some(Err(refusal)) => (Page::refused(refusal), false),
        Some(Ok(Request { path, head_only })) => {
            let held = permit.clone();
            let made = spawn_blocking(move || {
                let page = pages.page(&path);
                drop(held);
                page
            });
            let page = match timeout(MAKING, made).await {
                Ok(Ok(page)) => page,
                _ => Page::too_slow(),
            };
            (page, head_only)
        }
    };
    let answer = page.bytes(head_only);
    let _ = timeout(PATIENCE, async {
        stream.write_all(&answer).await?;
        stream.shutdown().await
    })
    .await;
}

/// Reads the head of a request. `None`: the other side went away.
async fn request(stream: &mut TcpStream) -> Option<Result<Request, Refusal>> {
    let mut bytes = Vec::with_capacity(1024);
    let mut part = [0; 1024];
    loop {
        let length = stream.read(&mut part).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&part[..length.min(LONGEST - bytes.len())]);
        match requests::read(&bytes) {
            Ok(None) => {}
            Ok(Some(request)) => return Some(Ok(request)),
            Err(refusal) => return Some(Err(refusal)),
        }
    }
}
