//! What a message of a rostered sender is: kind by tag, else by thread, and whether its sender may (rules.md, "From mail to submission").

use super::ids::{EventNo, RequisitionNo, SubmissionNo};
use super::notice::{NoticeKind, WhoMay};
use super::reply::{Command, Verb};
use super::roster::{Roster, Standing};
use super::rules::{Stage, words};
use super::tags::{Tag, Tags};
use super::text;

/// How a report was marked, before it is known which stage is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// 首报
    First,
    /// 续报
    FollowUp,
    /// 终报
    Final,
    /// 突发: the stage that is due, else the first.
    Urgent,
    /// No tag, in the thread of an event: the stage that is due.
    Thread,
    /// 零报告
    Zero,
    /// 更正
    Correction,
    /// Nothing.
    Routine,
}

words!(Marked, Marked::First => "first", Marked::FollowUp => "follow-up", Marked::Final => "final", Marked::Urgent => "urgent",
    Marked::Thread => "thread", Marked::Zero => "zero", Marked::Correction => "correction", Marked::Routine => "routine");

impl Marked {
    /// The stage that it names.
    pub fn stage(self) -> Option<Stage> {
        match self {
            Marked::First => Some(Stage::First),
            Marked::FollowUp => Some(Stage::FollowUp),
            Marked::Final => Some(Stage::Final),
            _ => None,
        }
    }

    /// Whether it reports on a sudden event.
    pub fn of_event(self) -> bool {
        matches!(self, Marked::First | Marked::FollowUp | Marked::Final | Marked::Urgent | Marked::Thread)
    }
}

/// The thread that a message stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// It answers a notice of ours of this kind.
    pub notice: Option<NoticeKind>,
    /// The event of that notice or submission.
    pub event: Option<EventNo>,
    /// It answers this submission, or a notice about it.
    pub submission: Option<SubmissionNo>,
    /// It answers a notice about a zero-report duty.
    pub zero_duty: bool,
    /// It answers a notice about this requisition.
    pub requisition: Option<RequisitionNo>,
}

/// Which table a message brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// 采用
    Adoption,
    /// 通报
    Circular,
}

/// What is to be done with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A command by reply.
    Command,
    /// A command word from somebody who may give commands, but not as a reply to a notice.
    StrayCommand,
    /// A tag or command that is not its sender's to give.
    Returned {
        /// As written.
        wrote: String,
        /// Who may.
        who_may: WhoMay,
    },
    /// 事件 from the desk or a supervisor.
    Tell,
    /// 事件 from a reporter about another unit's place: filed, and the desk is asked.
    Tip {
        /// The place.
        place: String,
    },
    /// 约稿 from the desk or a supervisor.
    Requisition,
    /// A reporter's answer to a roster check that is no confirmation.
    RosterNote,
    /// A table of adoptions or ranks.
    Table(Table),
    /// 撤回 from a supervisor.
    Withdraw,
    /// A unit's submission.
    Report(Marked),
    /// Prose from somebody who has no unit.
    Correspondence,
}

impl Route {
    /// A word for the log; nothing of what was written is in it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Route::Command => "command",
            Route::StrayCommand => "stray-command",
            Route::Returned { .. } => "returned",
            Route::Tell => "event",
            Route::Tip { .. } => "tip",
            Route::Requisition => "requisition",
            Route::RosterNote => "roster-note",
            Route::Table(_) => "table",
            Route::Withdraw => "withdraw",
            Route::Report(marked) => marked.as_str(),
            Route::Correspondence => "correspondence",
        }
    }
}

/// What the routing needs to know of the text.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Tags of the subject.
    pub tags: &'a Tags,
    /// The command in the first own line.
    pub command: Option<&'a Command>,
    /// 地点, in the field.
    pub place: Option<&'a str>,
    /// 单位 names somebody, in the field.
    pub names_units: bool,
    /// It says more than thanks.
    pub substantive: bool,
    /// The day of its arrival, office zone.
    pub day: chrono::NaiveDate,
}

/// Decides what a message is.
pub fn route(standing: &Standing<'_>, roster: &Roster, thread: &Thread, said: &Said<'_>) -> Route {
    let commands = standing.supervisor.is_some() || standing.desk;
    let given = said.command.filter(|command| !is_field(command, standing) && is_asked(command.verb, thread));
    if let Some(command) = given {
        if thread.notice.is_some() {
            return match may_command(command.verb, standing) {
                Ok(()) => Route::Command,
                Err(who_may) => Route::Returned { wrote: command.wrote.clone(), who_may },
            };
        }
        if commands && standing.reports_for.is_none() && said.tags.kind.is_none() {
            return Route::StrayCommand;
        }
    }
    match said.tags.kind {
        Some(tag) => by_tag(tag, standing, roster, said),
        None if standing.reports_for.is_none() => Route::Correspondence,
        None if thread.notice == Some(NoticeKind::RosterCheck) && said.substantive => Route::RosterNote,
        None => Route::Report(by_thread(thread, said.substantive)),
    }
}

/// 确认 is a word like any other but in the answer to a roster check.
fn is_asked(verb: Verb, thread: &Thread) -> bool {
    verb != Verb::Confirm || thread.notice == Some(NoticeKind::RosterCheck)
}

/// `级别：重大` at the head of a unit's report is the field of that name. Of those who may set the severity it is a command.
fn is_field(command: &Command, standing: &Standing<'_>) -> bool {
    let line = super::text::fold(&command.wrote);
    let labelled = line.split_once(':').is_some_and(|(label, _)| label.chars().all(|c| c.is_alphabetic() || c == ' '));
    command.verb == Verb::Severity && labelled && standing.reports_for.is_some() && may_command(command.verb, standing).is_err()
}

fn by_thread(thread: &Thread, substantive: bool) -> Marked {
    match thread {
        _ if !substantive => Marked::Routine,
        Thread { event: Some(_), .. } => Marked::Thread,
        Thread { zero_duty: true, .. } => Marked::Zero,
        _ => Marked::Routine,
    }
}

fn by_tag(tag: Tag, standing: &Standing<'_>, roster: &Roster, said: &Said<'_>) -> Route {
    let wrote = said.tags.wrote.clone().unwrap_or_default();
    let commands = standing.supervisor.is_some() || standing.desk;
    let returned = |who_may| Route::Returned { wrote: wrote.clone(), who_may };
    match tag {
        Tag::Event if commands => Route::Tell,
        Tag::Event => match standing.reports_for {
            None => returned(WhoMay::DeskAndSupervisors),
            Some(unit) => {
                let owners = said.place.map(|place| roster.jurisdictions(place, said.day)).unwrap_or_default();
                match said.place {
                    Some(place) if !owners.is_empty() && owners.iter().all(|owner| owner.id != unit.id) => {
                        Route::Tip { place: place.to_owned() }
                    }
                    _ => Route::Report(Marked::Urgent),
                }
            }
        },
        Tag::Withdraw if standing.supervisor.is_some() => Route::Withdraw,
        Tag::Withdraw => returned(WhoMay::Supervisors),
        Tag::Adoption if commands => Route::Table(Table::Adoption),
        Tag::Adoption => returned(WhoMay::DeskAndSupervisors),
        Tag::Circular if standing.superior.is_some() || standing.desk => Route::Table(Table::Circular),
        Tag::Circular => returned(WhoMay::SuperiorsAndDesk),
        // Whoever both asks and reports asks where he names units; else he answers.
        Tag::Requisition if commands && (standing.reports_for.is_none() || said.names_units) => Route::Requisition,
        Tag::Requisition if standing.reports_for.is_none() => returned(WhoMay::DeskAndSupervisors),
        _ if standing.reports_for.is_none() => returned(WhoMay::Reporters),
        Tag::First => Route::Report(Marked::First),
        Tag::FollowUp => Route::Report(Marked::FollowUp),
        Tag::Final => Route::Report(Marked::Final),
        Tag::Urgent => Route::Report(Marked::Urgent),
        Tag::Zero => Route::Report(Marked::Zero),
        Tag::Correction => Route::Report(Marked::Correction),
        Tag::Requisition => Route::Report(Marked::Routine),
    }
}

/// Severity: the desk and supervisors. Quarantine: the desk and supervisors. A unit's entry in the roster: its reporters and
/// supervisors. All else: supervisors.
fn may_command(verb: Verb, standing: &Standing<'_>) -> Result<(), WhoMay> {
    let desk_too = matches!(verb, Verb::Severity | Verb::Release | Verb::Reject);
    match () {
        () if verb == Verb::Confirm && standing.reports_for.is_some() => Ok(()),
        () if standing.supervisor.is_some() || (desk_too && standing.desk) => Ok(()),
        () if desk_too => Err(WhoMay::DeskAndSupervisors),
        () => Err(WhoMay::Supervisors),
    }
}

/// Whether a reply, in comparable form, says more than thanks: a word of politeness meets no obligation.
pub fn is_substantive(own: &str, has_attachments: bool) -> bool {
    // Longer ones first, where one begins another.
    const POLITE: [&str; 14] =
        ["谢谢", "好的", "明白", "收到", "知道了", "感谢", "辛苦了", "okay", "ok", "thanks", "thank you", "noted", "received", "got it"];
    let said: String = own.chars().filter(|c| text::is_sign(*c) || *c == ' ').collect();
    let mut rest = said.trim();
    while let Some(after) = POLITE.iter().find_map(|polite| rest.strip_prefix(polite)) {
        rest = after.trim_start();
    }
    has_attachments || !rest.is_empty()
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
