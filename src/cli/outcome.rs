//! What came of a person's command, in a sentence or as facts.

use super::failure::{FAILED, Failure};
use super::page::{self, Page};
use super::session::Session;
use crate::domain::notice::Outcome;
use crate::mail::compose::Composer;
use crate::mail::words::say;

/// What came of a command: the sentence, or the facts; not done is exit code 1.
pub fn answered(session: &Session, outcome: &Outcome) -> Result<Page, Failure> {
    let mut page = Page::new();
    let stands = stands(outcome);
    if !stands {
        page.exit(FAILED);
    }
    if session.json {
        let mut facts = serde_json::to_value(outcome).unwrap_or_default();
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("done".into(), stands.into());
        }
        page.json(&facts);
        return Ok(page);
    }
    let sentence = sentence(session, outcome)?;
    match stands {
        true => page.line(sentence),
        false => page.complain(sentence),
    }
    Ok(page)
}

/// Whether what was asked for holds now, done by this command or before.
fn stands(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Acknowledged { .. }
        | Outcome::Extended { .. }
        | Outcome::Waived { .. }
        | Outcome::Closed { .. }
        | Outcome::AlreadyClosed { .. }
        | Outcome::Merged { .. }
        | Outcome::SeverityChanged { .. }
        | Outcome::SeveritySame { .. }
        | Outcome::Opened { .. }
        | Outcome::Joined { .. }
        | Outcome::Withdrawn { .. }
        | Outcome::Released { .. }
        | Outcome::Rejected { .. }
        | Outcome::TableTaken { .. }
        | Outcome::Requisitioned { .. }
        | Outcome::RequisitionClosed { .. }
        | Outcome::RequisitionOver { .. }
        | Outcome::RequisitionAnswered { .. }
        | Outcome::RosterConfirmed { .. } => true,
        Outcome::NothingToAcknowledge { .. }
        | Outcome::ExtensionTooShort { .. }
        | Outcome::ExtensionUnclear
        | Outcome::ReasonMissing
        | Outcome::AlreadyEnded { .. }
        | Outcome::CannotMerge { .. }
        | Outcome::SeverityUnclear
        | Outcome::UnitUnclear { .. }
        | Outcome::NothingToWithdraw { .. }
        | Outcome::NotAbout { .. }
        | Outcome::NoToken
        | Outcome::TableRefused { .. }
        | Outcome::NoTable
        | Outcome::RequisitionLacks { .. }
        | Outcome::RequisitionNotAnswered { .. }
        | Outcome::DecidedBefore { .. } => false,
    }
}

/// The sentence of the answer by mail, save where that one speaks of a mail.
fn sentence(session: &Session, outcome: &Outcome) -> Result<String, Failure> {
    let w = session.words;
    let mut outcome = outcome.clone();
    let mut assumed = false;
    match &mut outcome {
        Outcome::ExtensionTooShort { old_due, new_due } => {
            let (old, new) = (session.at(*old_due), session.at(*new_due));
            return Ok(say!(
                w,
                format!("没有延期：时限 {old} 延后为 {new}，仍早于现在；请延得更长。"),
                format!("Not extended: {old} would move to {new}, which is past already; extend it by more.")
            ));
        }
        Outcome::CannotMerge { named } => {
            return Ok(say!(
                w,
                format!("没有合并：{named} 不能并入（就是本事件，或两者之一已经结案、撤回、并入其他事件）。"),
                format!("Not merged: {named} cannot take it in (it is the same event, or one of them is no longer open).")
            ));
        }
        Outcome::Opened { flagged_severity, .. } => assumed = std::mem::take(flagged_severity),
        _ => {}
    }
    let mut text = Composer::new().outcome(&outcome, w.language, w.zone)?;
    if assumed {
        text.push_str(say!(
            w,
            "\n级别是默认的；如需调整，用 zhibao event severity。",
            "\nThe severity is the default; zhibao event severity changes it."
        ));
    }
    Ok(page::clean_lines(&text))
}
