//! What must hold at every moment of a life: nobody is called late on mail that was not read, no alert that is due is missing, each
//! goes to everybody to whom it must, and to each once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, TimeDelta};
use zhibao::domain::ids::NoticeNo;
use zhibao::domain::notice::{Breach, Content, Outcome};
use zhibao::domain::obligation::{Cause, Obligation};
use zhibao::domain::rules::{Rung, Verdict};
use zhibao::store::{Books, PastNotice, Which};

use super::life::Life;
use crate::world::Instant;
use crate::world::look::{moment, read};

/// The accounts are looked at once in so many moments.
const ACCOUNTS_EVERY: u64 = 12;

/// What has been seen so far.
#[derive(Default)]
pub struct Watch {
    /// The next notice of each year.
    next: BTreeMap<u16, u32>,
    /// The highest rung told, by obligation and due time.
    rungs: BTreeMap<(i64, Instant), Rung>,
    told: BTreeSet<String>,
    /// Every notice with its recipients.
    pub notices: Vec<(PastNotice, Vec<String>)>,
    looks: u64,
}

impl Watch {
    /// After a moment.
    pub fn look(&mut self, life: &Life<'_>) -> Result<(), String> {
        let from = self.notices.len();
        let fresh = read(life.store(), |books| self.fresh(books, life));
        self.notices.extend(fresh);
        let merged = self.notices[from..].iter().any(|(notice, _)| is_merger(notice));
        for nth in from..self.notices.len() {
            let (notice, recipients) = &self.notices[nth];
            // Who was told of a breach of an event that is merged away hears that it was supplied, whatever he has heard of the other.
            if !(merged && matches!(notice.content, Content::Supplied(_))) {
                once(&mut self.told, notice, recipients)?;
            }
            // What came back from one person goes to another: that is no rung of its own.
            let stands_in = !notice.why["instead_of"].is_null();
            if let (Content::Breach(breach), false) = (&notice.content, stands_in) {
                judged_on_what_was_read(life, notice, breach)?;
                everybody_hears(life, notice, breach, recipients)?;
                if let Some(obligation) = notice.obligation {
                    let rung = self.rungs.entry((obligation, breach.due)).or_insert(breach.rung);
                    *rung = breach.rung.max(*rung);
                }
            }
        }
        self.looks += 1;
        if self.looks.is_multiple_of(ACCOUNTS_EVERY) {
            accounts(life)?;
        }
        let all_read = life.read.iter().all(|at| *at == Some(life.clock.now()));
        if all_read { self.nothing_due_is_missing(life) } else { Ok(()) }
    }

    fn fresh(&mut self, books: &Books<'_>, life: &Life<'_>) -> Result<Vec<(PastNotice, Vec<String>)>, zhibao::store::StoreError> {
        let mut fresh = Vec::new();
        for year in life.network.begins.year() - 1..=life.network.ends.year() + 1 {
            let year = u16::try_from(year).expect("a year of ours");
            let next = self.next.entry(year).or_insert(1);
            while let Some(notice) = books.notice(NoticeNo { year, ordinal: *next })? {
                let recipients = books.copies(notice.number)?.into_iter().map(|(to, _)| to).collect();
                fresh.push((notice, recipients));
                *next += 1;
            }
        }
        Ok(fresh)
    }

    /// Every obligation that is overdue has come as far up the ladder as its time says, unless the desk has mail of that unit aside.
    fn nothing_due_is_missing(&self, life: &Life<'_>) -> Result<(), String> {
        let now = life.clock.now();
        read(life.store(), |books| {
            for row in books.obligation_rows(Which::Overdue(now), None, u32::MAX)? {
                let Some(owed) = books.obligation(row.id)? else { continue };
                let Some(rung) = rung_by_now(&owed, life, now) else { continue };
                if books.waiting_quarantine(&owed.unit, Instant::UNIX_EPOCH)?.is_some() {
                    continue;
                }
                let told = self.rungs.get(&(owed.id, owed.due)).copied();
                if told < Some(rung) {
                    return Ok(Err(format!("{rung} is due and {told:?} was told: {owed:?}")));
                }
                if owed.verdict < Verdict::from(rung) {
                    return Ok(Err(format!("{rung} is due and the verdict is {}: {owed:?}", owed.verdict)));
                }
            }
            Ok(Ok(()))
        })
    }
}

fn is_merger(notice: &PastNotice) -> bool {
    matches!(&notice.content, Content::Command(answer) if matches!(answer.outcome, Outcome::Merged { .. }))
}

/// The rung that must have been told of by now, counted anew from what the configuration says.
fn rung_by_now(owed: &Obligation, life: &Life<'_>, now: Instant) -> Option<Rung> {
    if owed.ended || owed.filed.is_some() || owed.due > now {
        return None;
    }
    let steps = &life.network.steps;
    let from = owed.due.max(owed.known_at);
    let omitted = owed.independent && matches!(owed.cause, Cause::Event { .. });
    match () {
        () if from + TimeDelta::seconds(steps.unreported_after) <= now => Some(Rung::Unreported),
        () if omitted && from + TimeDelta::seconds(steps.omitted_after) <= now => Some(Rung::Omitted),
        () if from <= now => Some(Rung::Late),
        () => None,
    }
}

/// Each message that was read has a disposition, and each that could be read was.
fn accounts(life: &Life<'_>) -> Result<(), String> {
    let (summary, waiting) = read(life.store(), |books| Ok((books.summary()?, books.waiting_count()?)));
    let disposed: u64 = summary.dispositions.values().sum();
    if waiting != 0 || disposed != summary.messages {
        return Err(format!("{waiting} messages wait, {disposed} of {} have a disposition", summary.messages));
    }
    let all_read = life.read.iter().all(|at| *at == Some(life.clock.now()));
    if all_read && summary.messages != life.put.len() as u64 {
        return Err(format!("{} messages came, {} are on record", life.put.len(), summary.messages));
    }
    Ok(())
}

/// Whoever is told that a report is missing is told so by one who had read all that had come by then.
fn judged_on_what_was_read(life: &Life<'_>, notice: &PastNotice, breach: &Breach) -> Result<(), String> {
    if breach.filed.is_some() || breach.repeat > 0 {
        return Ok(());
    }
    let reached = moment(&notice.why, "reached_at").ok_or_else(|| format!("nobody knows when the rung was reached: {notice:?}"))?;
    match life.read.iter().all(|at| at.is_some_and(|at| at >= reached)) {
        true => Ok(()),
        false => Err(format!("mailboxes were read at {:?}, and yet {notice:?}", life.read)),
    }
}

/// Every supervisor of the rung's levels who answers for the unit.
fn everybody_hears(life: &Life<'_>, notice: &PastNotice, breach: &Breach, recipients: &[String]) -> Result<(), String> {
    let Some(unit) = &notice.unit else { return Err(format!("a breach of nobody's: {notice:?}")) };
    let level = if breach.filed.is_some() { 1 } else { breach.rung.level() };
    let missing = life.network.supervisors_of(&unit.0, level).find(|one| !recipients.contains(&one.address));
    match missing {
        Some(one) => Err(format!("{} has not heard: {recipients:?} {notice:?}", one.address)),
        None => Ok(()),
    }
}

/// Nobody hears the same twice.
fn once(told: &mut BTreeSet<String>, notice: &PastNotice, recipients: &[String]) -> Result<(), String> {
    if recipients.is_empty() {
        return Err(format!("it goes to nobody: {notice:?}"));
    }
    // An extension moves the due time, and the ladder starts anew from there.
    let what = match &notice.content {
        Content::Breach(breach) => format!("{:?} {} {} {}", notice.obligation, breach.due, breach.rung, breach.repeat),
        Content::Reminder(reminder) => format!("{:?} {} reminder {}", notice.obligation, reminder.due, reminder.left / 60),
        Content::EventOpened(_) | Content::Supplied(_) => {
            let content = serde_json::to_string(&notice.content).map_err(|error| error.to_string())?;
            format!("{:?} {:?} {:?} {content}", notice.event, notice.unit, notice.obligation)
        }
        _ => return Ok(()),
    };
    // Who stands in for another may be told for two of them.
    let instead_of = &notice.why["instead_of"];
    for recipient in recipients {
        if !told.insert(format!("{what} {recipient} {instead_of}")) {
            return Err(format!("{recipient} is told again: {notice:?}"));
        }
    }
    Ok(())
}
