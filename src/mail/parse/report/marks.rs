//! What tells a bounce of the old kinds from mail that a person wrote: who sends it, what its subject is, what it says.
//!
//! A subject alone is nothing, for people write about failed deliveries too, and pass bounces on. A mail system is one
//! mark, an empty return path another; a subject counts with either of them, or with a text that says whom the mail did
//! not reach.

use super::{Sight, prose};
use crate::domain::message::Mailbox;
use crate::domain::text::without_reply_prefixes;
use crate::mail::parse::fields::Headers;

/// Whether a message that is no `multipart/report` is a bounce.
pub(super) fn is_bounce(headers: &Headers<'_>, sight: &Sight<'_>) -> bool {
    let locals: Vec<String> = sight.from.iter().map(local).collect();
    if locals.iter().any(|local| DAEMONS.iter().any(|name| local.starts_with(name))) {
        return true;
    }
    let is_system = sight.null_return_path
        || locals.iter().any(|local| MAIL_SYSTEMS.contains(&local.as_str()))
        || sight.from.iter().any(|from| from.address.is_empty() || bears_a_systems_name(from))
        || headers.first("From").is_some_and(|raw| raw.windows(2).any(|two| two == b"<>"));
    let subject = sight.subject.to_lowercase();
    let subject_says = BOUNCE_SUBJECTS.iter().any(|words| subject.contains(words));
    if is_system {
        return headers.first("X-Failed-Recipients").is_some() || subject_says || prose::says_undelivered(sight);
    }
    // Whoever answers a bounce, or passes it on, quotes all of it.
    let is_passed_on = without_reply_prefixes(sight.subject).len() < sight.subject.trim().len() && !sight.answers.is_empty();
    let is_forward = ["fw:", "fwd:", "转发", "轉發", "fw："].iter().any(|prefix| subject.trim_start().starts_with(prefix));
    subject_says && !is_passed_on && !is_forward && prose::says_undelivered(sight)
}

fn local(mailbox: &Mailbox) -> String {
    let address = if mailbox.address.is_empty() { &mailbox.name } else { &mailbox.address };
    address.split('@').next().unwrap_or_default().trim_matches(['"', '\\', '<', ' ']).to_lowercase()
}

fn bears_a_systems_name(mailbox: &Mailbox) -> bool {
    let name = mailbox.name.to_lowercase();
    MAIL_SYSTEM_NAMES.iter().any(|known| name.contains(known))
}

/// Nobody but a mail system has an address that begins so.
const DAEMONS: &[&str] = &["mailer-daemon", "mailer_daemon", "mailer.daemon"];

const MAIL_SYSTEM_NAMES: &[&str] =
    &["mail delivery", "delivery subsystem", "mail system", "postmaster", "mailer-daemon", "mailer daemon", "system administrator"];

const MAIL_SYSTEMS: &[&str] = &[
    "postmaster",
    "post_master",
    "poostmaster",
    "mail-daemon",
    "mailerdaemon",
    "mdaemon",
    "mail.delivery.system",
    "bounce",
    "bounces",
    "ndr",
    "system administrator",
];

const BOUNCE_SUBJECTS: &[&str] = &[
    "undeliver",
    "delivery status",
    "delivery failure",
    "delivery failed",
    "delivery problem",
    "delivery report",
    "delivery notif",
    "delivery error",
    "delivery warning",
    "delivery has failed",
    "delivery unsuccessful",
    "error during delivery",
    "not be delivered",
    "not delivered",
    "returning to sender",
    "传输失败",
    "failed delivery",
    "failed mail",
    "failure notice",
    "failure notification",
    "delivery fail",
    "returned mail",
    "mail returned",
    "returned to sender",
    "returned message",
    "message returned",
    "non-delivery",
    "nondeliver",
    "non delivery",
    "non remis",
    "mail error",
    "mail system error",
    "mail failure",
    "message failure",
    "unable to deliver",
    "cannot deliver",
    "could not send",
    "user unknown",
    "warning: message",
    "mail status",
    "message status",
    "message delayed",
    "delayed mail",
    "delivery delayed",
    "unzustellbar",
    "no entregado",
    "退信",
    "投递失败",
    "无法投递",
    "发送失败",
    "未能送达",
    "无法送达",
    "投递状态",
    "投遞失敗",
    "退件",
    "配信不能",
    "エラー",
];
