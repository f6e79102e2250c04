//! Who sent this, and may it be read? ParsedMail → sender, or the reason why not (rules.md, "From mail to submission").

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::likeness::{Looks, look_alike};
use super::message::{AutomaticSigns, ParsedMail};
use super::notice::QuarantineReason;
use super::report::Report;
use super::roster::{Address, Office, Roster};
use super::text;

/// Why a message is counted and left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IgnoreReason {
    /// A notice of ours, or of another zhibao, that came back.
    OwnNotice,
    /// An auto-reply.
    AutoReply,
    /// A delivery status report.
    Bounce,
    /// A read receipt.
    ReadReceipt,
    /// A feedback report: somebody called a mail spam.
    Feedback,
}

/// What the first look says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screened {
    /// Counted, and left alone.
    Ignore(IgnoreReason),
    /// Put aside for the desk.
    Quarantine(QuarantineReason),
    /// From a person on the roster.
    From(Address),
}

/// Looks at who sent the message and whether a person wrote it. `day` is the day of arrival in the office's zone.
pub fn screen(mail: &ParsedMail, roster: &Roster, day: NaiveDate) -> Screened {
    if let Some(reason) = ignored(mail, &roster.office) {
        return Screened::Ignore(reason);
    }
    let reason = match &mail.from[..] {
        [] => QuarantineReason::NoSender,
        [one] => match one.comparable() {
            None => QuarantineReason::NoSender,
            Some(address) => {
                let standing = roster.standing(&address);
                match standing.reports_for {
                    _ if !standing.is_known() => stranger(&one.name, &address, roster),
                    Some(unit) if !unit.valid_on(day) && standing.supervisor.is_none() && !standing.desk => {
                        QuarantineReason::NotInForce { unit: unit.name.clone() }
                    }
                    _ => match poses_as(&one.name, &address, roster) {
                        Some(reason) => reason,
                        None => return Screened::From(address),
                    },
                }
            }
        },
        _ => QuarantineReason::SeveralSenders,
    };
    Screened::Quarantine(reason)
}

fn ignored(mail: &ParsedMail, office: &Office) -> Option<IgnoreReason> {
    let from_office = mail.from.iter().any(|from| from.comparable().as_ref() == Some(&office.address));
    match () {
        () if from_office || mail.own_notice.is_some() => Some(IgnoreReason::OwnNotice),
        () => not_by_a_person(mail),
    }
}

/// What the message is, where no person wrote it.
pub fn not_by_a_person(mail: &ParsedMail) -> Option<IgnoreReason> {
    match &mail.report {
        Some(Report::Delivery(_)) => Some(IgnoreReason::Bounce),
        Some(Report::Read { .. }) => Some(IgnoreReason::ReadReceipt),
        Some(Report::Feedback { .. }) => Some(IgnoreReason::Feedback),
        None => is_auto_reply(&mail.automatic, &mail.subject).then_some(IgnoreReason::AutoReply),
    }
}

/// Before the subject that a Sieve vacation answers (RFC 5230, 4.2).
const SIEVE: &str = "auto:";

const OUT_OF_OFFICE: [&str; 14] = [
    "自动回复",
    "自动答复",
    "自动应答",
    "外出",
    "不在办公室",
    "休假",
    "out of office",
    "out of the office",
    "autoreply",
    "auto-reply",
    "auto reply",
    "automatic reply",
    "on vacation",
    "away from",
];

fn is_auto_reply(signs: &AutomaticSigns, subject: &str) -> bool {
    if signs.auto_submitted.as_deref().is_some_and(|value| value != "no") {
        return true;
    }
    // A relay may take away `Auto-Submitted`; the null sender stays, which nobody but a program writes with.
    let marked =
        signs.suppress || signs.answers_by_itself || signs.null_return_path || matches!(signs.precedence.as_deref(), Some("bulk" | "junk"));
    let subject = text::comparable(subject);
    marked && (subject.starts_with(SIEVE) || OUT_OF_OFFICE.iter().any(|words| subject.contains(words)))
}

/// Whether a message may be answered at all (mail.md, "Who gets an answer").
pub fn may_be_answered(signs: &AutomaticSigns) -> bool {
    let bulk = matches!(signs.precedence.as_deref(), Some("bulk" | "junk" | "list"));
    let automatic = signs.auto_submitted.as_deref().is_some_and(|value| value != "no");
    !(signs.null_return_path
        || automatic
        || bulk
        || signs.list
        || signs.suppress
        || signs.answers_by_itself
        || signs.delivery_report
        || signs.read_receipt)
}

/// An address that is on no roster: plainly unknown, or one that imitates a rostered one by look or by name. Of several, the one that the
/// desk is to ask, and for whom it vouches: whose address it looks like, else who is named with the unit, else the unit, else the name.
fn stranger(display_name: &str, address: &Address, roster: &Roster) -> QuarantineReason {
    let shown = Looks::of(display_name);
    let named = |name: &str| name.chars().count() > 1 && shown.contain(name);
    let mut nearest: Option<(u8, &str, &Address)> = None;
    for (unit, person, rostered) in people(roster) {
        let name = if person.is_empty() { unit } else { person };
        let (rank, imitates) = if look_alike(address, rostered) || shown.contain(rostered.as_str()) {
            (0, name)
        } else {
            match (named(unit), named(person)) {
                (true, true) => (1, name),
                (true, false) => (2, unit),
                (false, true) => (3, name),
                (false, false) => continue,
            }
        };
        if nearest.is_none_or(|(least, ..)| rank < least) {
            nearest = Some((rank, imitates, rostered));
        }
    }
    match nearest {
        Some((_, imitates, rostered)) => QuarantineReason::Imitation { imitates: imitates.to_owned(), rostered: rostered.to_string() },
        None => QuarantineReason::UnknownSender,
    }
}

/// Everybody on the roster: unit (empty for those who report for none), name, address.
fn people(roster: &Roster) -> impl Iterator<Item = (&str, &str, &Address)> {
    roster
        .units
        .iter()
        .flat_map(|unit| unit.reporters.iter().map(move |r| (unit.name.as_str(), r.name.as_str(), &r.address)))
        .chain(roster.supervisors.iter().map(|s| ("", s.name.as_str(), &s.address)))
        .chain(roster.superiors.iter().map(|s| ("", s.name.as_str(), &s.address)))
}

/// A person on the roster who writes under the name or the address of another one: of a supervisor or a superior, whose word
/// counts for more, by that very name; of anybody, by his address.
fn poses_as(display_name: &str, address: &Address, roster: &Roster) -> Option<QuarantineReason> {
    let shown = Looks::of(display_name);
    let own = |name: &str| people(roster).any(|(unit, person, whose)| whose == address && (person == name || unit == name));
    let higher = roster.supervisors.iter().map(|s| (&s.name, &s.address)).chain(roster.superiors.iter().map(|s| (&s.name, &s.address)));
    let by_name =
        higher.filter(|(name, whose)| *whose != address && shown.are(name) && !own(name)).map(|(name, whose)| (name.as_str(), whose));
    // Most names hold none, and nobody is gone through for those.
    let everybody = shown.may_hold_an_address().then(|| people(roster)).into_iter().flatten();
    let by_address = everybody.filter(|(_, _, whose)| *whose != address && shown.contain(whose.as_str()));
    let mut found = by_name.chain(by_address.map(|(unit, person, whose)| (if person.is_empty() { unit } else { person }, whose)));
    // His own address in his name is no disguise, whatever other address begins or ends like it.
    let (imitates, rostered) = found.next().filter(|_| !shown.contain(address.as_str()))?;
    Some(QuarantineReason::Imitation { imitates: imitates.to_owned(), rostered: rostered.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_mail_alone_is_no_auto_reply() {
        let bulk = AutomaticSigns { precedence: Some("bulk".into()), ..Default::default() };
        assert!(!is_auto_reply(&bulk, "盂县春耕进展"));
        assert!(is_auto_reply(&bulk, "自动回复：已收到"));
        assert!(!may_be_answered(&bulk));
        let automatic = AutomaticSigns { auto_submitted: Some("auto-replied".into()), ..Default::default() };
        assert!(is_auto_reply(&automatic, "anything"));
        let by_hand = AutomaticSigns { auto_submitted: Some("no".into()), ..Default::default() };
        assert!(!is_auto_reply(&by_hand, "自动回复：已收到"));
    }
}
