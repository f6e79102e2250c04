//! What must hold when a life has come to rest.

use std::collections::BTreeMap;

use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::domain::obligation::{Cause, Obligation};
use zhibao::domain::rules::Verdict;
use zhibao::steps::verify::verify;
use zhibao::store::{BY_RULES, LetterRow, RecordEntry};

use super::life::Life;
use super::watch::Watch;
use crate::world::look::{self, read};
use crate::world::mail::identity;

/// Everything that is not as it must be.
pub fn faults(life: &Life<'_>, watch: &Watch) -> Vec<String> {
    let mut faults = Vec::new();
    accounts(life, &mut faults);
    letters(life, watch, &mut faults);
    let store = life.store();
    let owed = look::obligations(store);
    for obligation in &owed {
        let record = look::record(store, obligation.id);
        forward(life, obligation, &record, &mut faults);
        by_the_truth(life, obligation, &record, &mut faults);
        if obligation.verdict == Verdict::Open && obligation.due < life.clock.now() && obligation.filed.is_none() && !obligation.ended {
            faults.push(format!("still open: {obligation:?}"));
        }
    }
    match verify(store, &mut |_, _| {}) {
        Ok(seen) => faults.extend(seen.findings.iter().map(|finding| format!("verify: {finding:?}"))),
        Err(error) => faults.push(format!("verify cannot say anything: {error}")),
    }
    faults
}

/// Messages are the sum of dispositions, and all have been moved out of the way.
fn accounts(life: &Life<'_>, faults: &mut Vec<String>) {
    let summary = read(life.store(), |books| books.summary());
    let disposed: u64 = summary.dispositions.values().sum();
    let came = life.put.len() as u64;
    if summary.messages != came || disposed != came {
        faults.push(format!("{came} messages came, {} are on record, {disposed} have a disposition", summary.messages));
    }
    let left: usize = life.mailboxes.iter().map(|mailbox| mailbox.left()).sum();
    if left > 0 {
        faults.push(format!("{left} messages were not moved out of the way"));
    }
}

/// Each letter was taken, or has failed with a cause of which the operators heard; and there are no more copies than are unsure.
fn letters(life: &Life<'_>, watch: &Watch, faults: &mut Vec<String>) {
    let mut copies: BTreeMap<(String, String), Vec<Vec<u8>>> = BTreeMap::new();
    for sent in life.taken() {
        copies.entry(identity(&sent)).or_default().push(sent.bytes);
    }
    let rows = read(life.store(), |books| books.letter_rows(true, u32::MAX));
    for row in &rows {
        let letter = (row.notice.to_string(), row.to.clone());
        let taken = copies.remove(&letter).unwrap_or_default();
        // One that came back goes out again when an operator says so.
        let asked_for = if life.returned.contains(&letter) { life.retries } else { 0 };
        let stored = read(life.store(), |books| books.letter_bytes(row.notice, row.copy));
        if taken.iter().any(|copy| Some(copy) != stored.as_ref()) {
            faults.push(format!("a copy has other bytes than the store: {row:?}"));
        }
        if taken.len() > 1 + row.indeterminate as usize + asked_for {
            faults.push(format!("{} copies of {row:?}", taken.len()));
        }
        match row.state.as_str() {
            "accepted" if taken.is_empty() => faults.push(format!("it is said to be taken, and never was: {row:?}")),
            "accepted" => {}
            "failed" => failed(watch, row, faults),
            _ => faults.push(format!("it waits, with nothing in its way: {row:?}")),
        }
    }
    faults.extend(copies.keys().map(|letter| format!("taken, and not on record: {letter:?}")));
}

fn failed(watch: &Watch, row: &LetterRow, faults: &mut Vec<String>) {
    if row.reply.as_ref().is_none_or(String::is_empty) {
        faults.push(format!("it failed, and nobody knows why: {row:?}"));
    }
    let told = watch.notices.iter().any(|(notice, _)| match &notice.content {
        Content::Undeliverable(what) => what.notice == row.notice && what.to.to_string() == row.to,
        _ => false,
    });
    if !told && row.kind != NoticeKind::Undeliverable {
        faults.push(format!("it failed, and the operators did not hear: {row:?}"));
    }
}

fn breached(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Late | Verdict::Omitted | Verdict::Unreported)
}

/// Verdicts only ever go forward, save by a decision, or by what had arrived before.
fn forward(life: &Life<'_>, obligation: &Obligation, record: &[RecordEntry], faults: &mut Vec<String>) {
    let (mut stands, mut reached) = (Verdict::Open, obligation.created_at);
    for line in record.iter().filter(|line| line.what == "verdict") {
        let verdict = |key| look::text(&line.data, key).parse::<Verdict>().unwrap_or(Verdict::Open);
        let (from, to) = (verdict("from"), verdict("to"));
        let (filed, due) = (look::moment(&line.data["filed"], "at"), look::moment(&line.data, "due"));
        let had_come = |filed| filed <= reached || life.network.clock_steps;
        let holds = match filed {
            _ if from != stands => false,
            Some(filed) if to == Verdict::OnTime => due.is_some_and(|due| filed <= due),
            Some(filed) if breached(to) => due.is_some_and(|due| filed > due) && (to >= from || had_come(filed) || line.by != BY_RULES),
            Some(_) => to == Verdict::Void && line.by != BY_RULES,
            None if line.by == BY_RULES => to > from && (breached(to) || to == Verdict::Void),
            None => matches!(to, Verdict::Open | Verdict::Waived | Verdict::Void),
        };
        if !holds {
            faults.push(format!("a verdict went from {stands} and {from} to {to}: {line:?}"));
        }
        (stands, reached) = (to, line.at);
    }
    if stands != obligation.verdict {
        faults.push(format!("the record leads to {stands}: {obligation:?}"));
    }
}

/// Of a zero report, the mail that came says what the verdict must be: where one came in the second half of its window it is on time,
/// and where the unit wrote nothing in the window it is not. Our outages change nothing in that. A person's decision does.
fn by_the_truth(life: &Life<'_>, obligation: &Obligation, record: &[RecordEntry], faults: &mut Vec<String>) {
    let Cause::Duty { window_start, min: None, .. } = &obligation.cause else { return };
    if life.network.clock_steps || record.iter().any(|line| line.by != BY_RULES) {
        return;
    }
    let half = *window_start + (obligation.due - *window_start) / 2;
    let unit = life.network.units.iter().find(|unit| unit.id == obligation.unit.0).expect("its unit");
    let of_unit = |from: &str| unit.reporters.iter().any(|one| from.contains(one.as_str())) || from.contains(unit.name);
    let in_time = life.put.iter().any(|put| put.zero == Some(unit.id) && put.arrives > half && put.arrives <= obligation.due);
    let any = life
        .put
        .iter()
        .any(|put| put.from.as_deref().is_some_and(of_unit) && put.arrives >= *window_start && put.arrives <= obligation.due);
    let on_time = obligation.verdict == Verdict::OnTime;
    if in_time && !on_time {
        faults.push(format!("a zero report came in time: {obligation:?}"));
    }
    if !any && on_time {
        faults.push(format!("nothing came in its window: {obligation:?}"));
    }
}
