//! `trust`, `authserv_id`, `arc_sealers` of a mailbox, and `[resolver]`: who is believed to have written what.

use std::net::{IpAddr, SocketAddr};

use super::problem::{Fault, ShapeFault, TrustFault};
use super::reader::Table;
use super::tree::{Node, Value};
use super::values;
use super::wording::{list, pick, span};
use super::{Config, MailboxConfig, defaults};
use crate::domain::authentic::{ResolverSettings, Trust};
use crate::domain::language::Language;

const WORDS: &[&str] = &["mailbox", "authserv", "verify"];

/// Reads by what the senders of a mailbox are believed. `said`: there is no default, it must be written.
pub(super) fn read(table: &Table<'_>, said: bool) -> Trust {
    let read = values::word::<String>(WORDS);
    let word = if said { table.need("trust", "trust = \"verify\"", read) } else { table.get("trust", read) };
    let is = |wanted: &str| word.as_ref().is_some_and(|word| word.value == wanted);
    let lies_wrong = |key: &'static str, trust: &'static str| {
        if table.has(key) && !is(trust) && (word.is_some() || !table.has("trust")) {
            table.notes().fault(table.place_of(key), TrustFault::OnlyWith { trust });
        }
    };
    lies_wrong("authserv_id", "authserv");
    lies_wrong("arc_sealers", "verify");
    let sealers = table.list("arc_sealers", "[\"lists.office.example\"]", values::host).unwrap_or_default();
    if is("authserv") {
        let id = table.need("authserv_id", "authserv_id = \"mx.office.example\"", authserv_id);
        return Trust::Authserv { authserv_id: id.map(|id| id.value).unwrap_or_default() };
    }
    table.get("authserv_id", authserv_id);
    if is("verify") {
        return Trust::Verify { arc_sealers: sealers.into_iter().map(|sealer| sealer.value).collect() };
    }
    Trust::Mailbox
}

fn authserv_id(node: &Node) -> Result<String, Fault> {
    let text = values::text(node)?;
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"();=\\".contains(&b));
    if plain { Ok(text) } else { Err(TrustFault::AuthservId { text: values::shown(&text) }.into()) }
}

/// Reads `[resolver]`.
pub(super) fn resolver(top: &Table<'_>) -> ResolverSettings {
    let table = top.section("resolver");
    let servers = table.list("servers", "[\"192.0.2.53\"]", server).unwrap_or_default();
    let timeout = table.get_or("timeout", defaults::RESOLVER_TIMEOUT_SECONDS, limited(1, 15));
    let retries = table.get_or("retries", defaults::RESOLVER_RETRIES, values::whole(0, 5));
    let patience_seconds = table.get_or("patience", defaults::RESOLVER_PATIENCE_SECONDS, values::seconds);
    table.finish();
    ResolverSettings {
        servers: servers.into_iter().map(|server| server.value).collect(),
        timeout_ms: timeout.unsigned_abs() * 1_000,
        retries,
        patience_seconds,
    }
}

/// A duration within bounds, in seconds.
fn limited(least: i64, most: i64) -> impl Fn(&Node) -> Result<i64, Fault> {
    move |node| {
        let seconds = values::seconds(node)?;
        let fits = (least..=most).contains(&seconds);
        if fits { Ok(seconds) } else { Err(TrustFault::Timeout { least, most }.into()) }
    }
}

/// An address, with a port where it is not 53.
fn server(node: &Node) -> Result<String, Fault> {
    let Value::Text(text) = &node.value else {
        let wanted = super::problem::Shape::Text;
        return Err(ShapeFault::WrongShape { found: node.shape(), wanted, example: "\"192.0.2.53\"".to_owned() }.into());
    };
    let text = text.trim();
    let with_port = text.parse::<SocketAddr>().ok();
    let at = with_port.or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53)));
    at.map(|at| at.to_string()).ok_or_else(|| TrustFault::Server { text: values::shown(text) }.into())
}

/// Whose mail in a mailbox is believed, in a sentence or two.
pub(super) fn described(mailbox: &MailboxConfig, language: Language) -> String {
    let hosts = list(&mailbox.boundary, language);
    match &mailbox.trust {
        Trust::Mailbox => pick(
            language,
            "凡投进该处的来信，均按其发件地址认定发件人。".to_owned(),
            " Any mail delivered there is believed to be from the address in its From.".to_owned(),
        ),
        Trust::Authserv { authserv_id } => {
            let known = if hosts.is_empty() { authserv_id.clone() } else { hosts };
            pick(
                language,
                format!(
                    "发件人以 {authserv_id} 写下的最上一条 Authentication-Results 为准，且其上的 Received 须由 {known} 写下；未证实的来信隔离。"
                ),
                format!(
                    " A sender is believed by the topmost Authentication-Results of {authserv_id}, where every Received above it is by {known}; other mail is quarantined."
                ),
            )
        }
        Trust::Verify { arc_sealers } => {
            let mut said = pick(
                language,
                "发件人由本程序以 DKIM、SPF、DMARC 核实；未证实的来信隔离。".to_owned(),
                " A sender is checked here by DKIM, SPF and DMARC; mail that does not pass is quarantined.".to_owned(),
            );
            if hosts.is_empty() {
                said += &pick(
                    language,
                    "未写 boundary，来信主机的地址无从得知，因此不用 SPF。".to_owned(),
                    " Without a boundary the sending host's address is not known, so SPF is not asked.".to_owned(),
                );
            }
            if !arc_sealers.is_empty() {
                let sealers = list(arc_sealers, language);
                said += &pick(
                    language,
                    format!("经 {sealers} 以 ARC 封签转来的，从其所证。"),
                    format!(" What {sealers} sealed by ARC is believed as far as the seal says."),
                );
            }
            said
        }
    }
}

/// Whom the DNS is asked of; `None` where nobody asks it.
pub(super) fn dns(config: &Config, language: Language) -> Option<String> {
    let asks = config.mailboxes.iter().any(|mailbox| matches!(mailbox.trust, Trust::Verify { .. }));
    let (servers, patience) = (list(&config.resolver.servers, language), span(config.resolver.patience_seconds, language));
    let (zh, en) = match servers.is_empty() {
        true => ("系统所设的服务器".to_owned(), "the system's servers".to_owned()),
        false => (servers.clone(), servers),
    };
    asks.then(|| {
        pick(
            language,
            format!("域名查询问 {zh}；一直没有答复的来信等候 {patience}，其间不判任何单位迟报，然后隔离。"),
            format!("The DNS is asked of {en}; mail for which it does not answer waits {patience}, during which nobody is called late, and is then quarantined."),
        )
    })
}
