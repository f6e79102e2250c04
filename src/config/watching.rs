//! `[http]`, `[heartbeat]`, `[canary]`: how others see that the daemon works. Each is off where its section is absent.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::problem::{Fault, WatchingFault};
use super::reader::{At, Table};
use super::tree::Node;
use super::wording::{pick, schedule, span};
use super::{Config, MailboxConfig, TransportConfig, TransportKind, defaults, secrets, values};
use crate::domain::language::Language;
use crate::domain::secret::SecretPlace;
use crate::domain::web;

/// What of the file is about being watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watching {
    /// `[http] listen`: where `/healthz`, `/metrics` and `/status.json` are served; always of this machine.
    pub listen: Option<SocketAddr>,
    /// `[heartbeat]`.
    pub heartbeat: Option<HeartbeatConfig>,
    /// `[canary]`.
    pub canary: Option<CanaryConfig>,
}

/// `[heartbeat]`: an address elsewhere that is asked for as long as every step is fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatConfig {
    /// The address where it stands in the file; else it comes from `secret_url`.
    pub url: Option<String>,
    /// The address as a secret.
    pub secret_url: SecretPlace,
    /// Seconds from one ping to the next.
    pub every_seconds: i64,
    /// Certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// `[canary]`: the mail that the office sends to itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryConfig {
    /// When one goes out, in the office's zone.
    pub cron: String,
    /// Seconds within which it must be back.
    pub within_seconds: i64,
}

/// From a second to a day: whoever gets the pings says what he wants.
const EVERY: (i64, i64) = (1, 86_400);
/// A canary that may take longer than a day would meet the next one.
const WITHIN: (i64, i64) = (10, 86_400);

pub(super) fn read(
    top: &Table<'_>,
    secrets: &mut Vec<At<SecretPlace>>,
    mailboxes: &[MailboxConfig],
    transports: &[TransportConfig],
) -> Watching {
    let listen = top.has("http").then(|| listen(top)).flatten();
    let heartbeat = top.has("heartbeat").then(|| heartbeat(top, secrets));
    let canary = top.has("canary").then(|| canary(top, mailboxes, transports));
    Watching { listen, heartbeat, canary }
}

fn listen(top: &Table<'_>) -> Option<SocketAddr> {
    let table = top.section("http");
    let address = table.need("listen", "listen = \"127.0.0.1:9797\"", here);
    table.finish();
    address.map(|at| at.value)
}

fn heartbeat(top: &Table<'_>, secrets: &mut Vec<At<SecretPlace>>) -> HeartbeatConfig {
    let table = top.section("heartbeat");
    let url = table.get("url", url).map(|at| at.value);
    let url_file = table.path("url_file").map(|path| path.value);
    let every_seconds = table.get_or("every", defaults::HEARTBEAT_SECONDS, limited(EVERY));
    let ca_file = table.path("ca_file").map(|path| path.value);
    if !table.has("url") && !table.has("url_file") {
        table.notes().fault(table.place_of("url_file"), WatchingFault::NoUrl);
    }
    let place = table.place_of("url_file");
    table.finish();
    let secret_url = secrets::place(url_file, "heartbeat", "url");
    secrets.push(At { value: secret_url.clone(), place });
    HeartbeatConfig { url, secret_url, every_seconds, ca_file }
}

fn canary(top: &Table<'_>, mailboxes: &[MailboxConfig], transports: &[TransportConfig]) -> CanaryConfig {
    let table = top.section("canary");
    let cron = table.get_or("cron", defaults::CANARY_CRON.to_owned(), values::cron);
    let within_seconds = table.get_or("within", defaults::CANARY_WITHIN_SECONDS, limited(WITHIN));
    // Else it would be called missing before anybody had looked.
    let seldom = mailboxes.iter().find(|mailbox| mailbox.poll_seconds >= within_seconds);
    if let Some(mailbox) = seldom {
        let fault = WatchingFault::Seldom { mailbox: mailbox.name.clone(), poll: mailbox.poll_seconds };
        table.notes().warn(table.place_of("within"), fault);
    }
    if !transports.iter().any(|transport| matches!(transport.kind, TransportKind::Smtp(_))) {
        table.notes().warn(table.place(), WatchingFault::NoRelay);
    }
    table.finish();
    CanaryConfig { cron, within_seconds }
}

/// A duration within bounds, in seconds.
fn limited((least, most): (i64, i64)) -> impl Fn(&Node) -> Result<i64, Fault> {
    move |node| {
        let seconds = values::seconds(node)?;
        if (least..=most).contains(&seconds) { Ok(seconds) } else { Err(WatchingFault::Span { least, most }.into()) }
    }
}

/// An address of this machine with a port. A name is none: what it leads to may change.
fn here(node: &Node) -> Result<SocketAddr, Fault> {
    let text = values::text(node)?;
    let named = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let named = named.map(|port| SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port));
    let Some(address) = named.or_else(|| text.parse().ok()) else {
        return Err(WatchingFault::Listen { text: values::shown(&text) }.into());
    };
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err(WatchingFault::Elsewhere { address: address.ip().to_string() }.into()),
    }
}

/// An address to ask for; it may hold a secret, and is not shown.
fn url(node: &Node) -> Result<String, Fault> {
    let text = values::text(node)?;
    if web::safe_host(&text).is_some() { Ok(text) } else { Err(WatchingFault::Url.into()) }
}

impl HeartbeatConfig {
    /// The host that is asked, where the file says it: all else of the address is a secret.
    pub fn host(&self) -> Option<&str> {
        self.url.as_deref().and_then(web::safe_host)
    }
}

/// Who can see that the daemon works, one sentence for each way.
pub(super) fn described(config: &Config, language: Language) -> Vec<String> {
    let Watching { listen, heartbeat, canary } = &config.watching;
    let mut said = Vec::new();
    said.extend(listen.map(|listen| {
        pick(
            language,
            format!("本机可在 http://{listen} 查看 /healthz、/metrics、/status.json。"),
            format!("On this machine, http://{listen} serves /healthz, /metrics and /status.json."),
        )
    }));
    said.extend(heartbeat.as_ref().map(|heartbeat| {
        let every = span(heartbeat.every_seconds, language);
        let host = heartbeat.host().map_or_else(String::new, |host| pick(language, format!("（{host}）"), format!(" ({host})")));
        pick(
            language,
            format!("各环节均正常时，每 {every}向心跳地址{host}报一次平安；不报即有故障。"),
            format!("While every step goes round, the heartbeat address{host} is asked for every {every}; silence there means trouble."),
        )
    }));
    said.extend(canary.as_ref().map(|canary| {
        let (times, within) = (schedule(&canary.cron, language), span(canary.within_seconds, language));
        pick(
            language,
            format!("{times}给自己寄一封巡检信，{within}内没有收到即告知运维人员。"),
            format!("A canary goes from the office to itself {times}; when it is not back within {within}, the operators are told."),
        )
    }));
    said
}
