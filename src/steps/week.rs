//! What a week was like: gathered once from the store, for as many readers as there are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};

use super::{Setup, StepError, standings};
use crate::domain::digest::{Decision, Digest, Lack, RosterGap, StandingToDate, TREND_WEEKS, Tagged, UnitWeek};
use crate::domain::ids::UnitId;
use crate::domain::notice::{NoticeKind, UnitRef};
use crate::domain::period::Period;
use crate::domain::reckoning::Topic;
use crate::domain::roster::{Role, Unit};
use crate::domain::rules::{Instant, Verdict, span};
use crate::domain::schedule::{Cron, start_of_day};
use crate::store::{Books, Kept, StandingWarning, TopicCount, Unmet};

/// A mailbox that could not be read, by name, and since when.
pub type Stalled = (String, Option<Instant>);

/// The facts of a week over all units.
pub struct Week {
    week: Period,
    kept: BTreeMap<UnitId, Kept>,
    submissions: BTreeMap<UnitId, Vec<u64>>,
    adoptions: BTreeMap<UnitId, u64>,
    topics: Vec<TopicCount>,
    unmet: Vec<Unmet>,
    warnings: Vec<StandingWarning>,
    quarantined: Vec<(Option<UnitId>, u64, Instant)>,
    undelivered: Vec<(Option<UnitId>, String)>,
    unconfirmed: BTreeSet<UnitId>,
    /// The digest had to go out without a reading.
    unread: Vec<Stalled>,
    unreadable: Vec<Stalled>,
    table_missing: Option<Decision>,
    standing: Option<StandingToDate>,
}

/// The mailboxes of which not everything that had arrived by `due` could be read and filed.
pub fn unread(books: &Books<'_>, setup: &Setup, due: Instant) -> Result<Vec<Stalled>, StepError> {
    let states = books.mailbox_states()?;
    let mut unread = Vec::new();
    for mailbox in &setup.mailboxes {
        let name = std::slice::from_ref(&mailbox.name);
        let mark = books.watermark(name, if mailbox.boundary.is_empty() { &[] } else { name })?;
        if mark.is_none_or(|mark| mark < due) {
            let last_read = states.iter().find(|(known, ..)| *known == mailbox.name).and_then(|(_, at, _)| *at);
            unread.push((mailbox.name.clone(), last_read));
        }
    }
    Ok(unread)
}

/// Gathers what `week` was like, as it stands `now`.
pub fn gather(books: &Books<'_>, setup: &Setup, week: Period, unread: &[Stalled], now: Instant) -> Result<Week, StepError> {
    let (from, until) = week.bounds(setup.zone);
    let weeks_back = |weeks: usize| week.first().checked_sub_days(Days::new(7 * weeks as u64)).unwrap_or(NaiveDate::MIN);
    let starts = (0..TREND_WEEKS).rev().map(|weeks| start_of_day(weeks_back(weeks), setup.zone));
    let trend: Vec<Instant> = starts.chain([until]).collect();
    let known: BTreeSet<String> = setup.mailbox_names().into_iter().collect();
    let unreadable = books.unreadable()?.into_iter().filter(|(name, _)| known.contains(name) && !unread.iter().any(|(n, _)| n == name));
    Ok(Week {
        week,
        kept: books.kept(from, until.min(now + span(1)))?,
        submissions: books.submissions_between(&trend)?,
        adoptions: books.adoptions_between(week.first(), week.end())?,
        topics: books.topics_between(from, until)?,
        unmet: books.unmet(from, now)?,
        warnings: books.standing_warnings()?,
        quarantined: books.waiting_by_unit()?,
        undelivered: books.undelivered(from)?,
        unconfirmed: books.unconfirmed(until.min(now))?,
        unread: unread.to_vec(),
        unreadable: unreadable.collect(),
        table_missing: table_missing(books, setup, now)?,
        standing: standings::to_date(books, setup, week)?,
    })
}

/// The month that ended has been assessed, or should have been, and the table does not reach into it. Before there was any
/// table at all there is nothing to miss.
fn table_missing(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<Option<Decision>, StepError> {
    if setup.reckoning.outlets.is_empty() || books.ledger_days()?.is_none() {
        return Ok(None);
    }
    let today = now.with_timezone(&setup.zone).date_naive();
    let month = super::digest::Regular::Circular.ended(today);
    let assessed = Cron::parse(&setup.reckoning.standing.assess_cron).ok().and_then(|cron| cron.prev_at_or_before(now, setup.zone));
    if assessed.is_none_or(|at| at < start_of_day(month.end(), setup.zone)) || super::circular::table_has_come(books, month)? {
        return Ok(None);
    }
    let new_year = NaiveDate::from_ymd_opt(month.first().year(), 1, 1).unwrap_or(month.first());
    Ok(Some(Decision::TableMissing { month, as_of: books.reaches(None, new_year, month.end())? }))
}

impl Week {
    /// What a reader is told who answers for `of`; `None`: for all units.
    pub fn digest(&self, setup: &Setup, of: Option<&BTreeSet<UnitId>>, caught_up: Option<Instant>) -> Digest {
        let theirs = |unit: &UnitId| of.is_none_or(|units| units.contains(unit));
        let in_force = |unit: &&Unit| {
            unit.since.is_none_or(|since| since < self.week.end()) && unit.until.is_none_or(|until| self.week.first() <= until)
        };
        let units: Vec<&Unit> = setup.roster.units.iter().filter(|unit| theirs(&unit.id)).filter(in_force).collect();
        let lines: Vec<UnitWeek> = units.iter().map(|unit| self.unit(unit)).collect();
        Digest {
            week: self.week,
            caught_up,
            decisions: self.decisions(setup, of),
            submissions: self.submissions.iter().filter(|(unit, _)| theirs(unit)).filter_map(|(_, trend)| trend.last()).sum(),
            kinds: self.mix(false, &setup.reckoning.kinds, &theirs),
            fields: self.mix(true, &setup.reckoning.fields, &theirs),
            roster: units.iter().filter_map(|unit| self.gap(unit)).collect(),
            standing: self.standing.as_ref().map(|standing| only(standing, of)),
            units: lines,
        }
    }

    fn unit(&self, unit: &Unit) -> UnitWeek {
        let kept = self.kept.get(&unit.id);
        let of = |verdict| kept.and_then(|kept| kept.verdicts.get(&verdict)).copied().unwrap_or(0);
        let trend = self.submissions.get(&unit.id).cloned().unwrap_or_else(|| vec![0; TREND_WEEKS]);
        UnitWeek {
            unit: named(unit),
            expected: kept.map_or(0, |kept| kept.expected),
            received: kept.map_or(0, |kept| kept.received),
            on_time: of(Verdict::OnTime),
            late: of(Verdict::Late),
            omitted: of(Verdict::Omitted),
            unreported: of(Verdict::Unreported),
            median_lag_seconds: kept.and_then(|kept| median(&kept.lags)),
            submissions: trend.last().copied().unwrap_or(0),
            trend,
            adoptions: self.adoptions.get(&unit.id).copied().unwrap_or(0),
        }
    }

    /// Gravest first; where not everything could be read, nothing is sure, and that comes before all else.
    fn decisions(&self, setup: &Setup, of: Option<&BTreeSet<UnitId>>) -> Vec<Decision> {
        let theirs = |unit: &UnitId| of.is_none_or(|units| units.contains(unit));
        let places: BTreeMap<&UnitId, (usize, &Unit)> =
            setup.roster.units.iter().enumerate().map(|(at, unit)| (&unit.id, (at, unit))).collect();
        let place = |unit: &UnitId| places.get(unit).map_or(usize::MAX, |(at, _)| *at);
        let name = |unit: &UnitId| places.get(unit).map_or_else(|| setup.unit_ref(unit), |(_, unit)| named(unit));
        let stalls = |mailboxes: &[Stalled]| -> Vec<Decision> {
            mailboxes.iter().map(|(mailbox, since)| Decision::Stalled { mailbox: mailbox.clone(), since: *since }).collect()
        };
        let mut decisions = stalls(&self.unread);
        let mut unmet: Vec<&Unmet> = self.unmet.iter().filter(|unmet| theirs(&unmet.unit)).collect();
        unmet.sort_by_key(|unmet| (std::cmp::Reverse(unmet.verdict), unmet.due, place(&unmet.unit)));
        decisions.extend(unmet.into_iter().map(|unmet| Decision::Overdue {
            unit: name(&unmet.unit),
            owed: unmet.owed.clone(),
            event: unmet.event.clone(),
            due: unmet.due,
            verdict: unmet.verdict,
            acknowledged: unmet.acknowledged,
            notice: unmet.notice,
        }));
        let mut warnings: Vec<&StandingWarning> = self.warnings.iter().filter(|warning| theirs(&warning.unit)).collect();
        warnings.sort_by_key(|warning| (gravity(warning.kind), place(&warning.unit), warning.notice));
        decisions.extend(warnings.into_iter().map(|warning| Decision::Warned {
            unit: name(&warning.unit),
            kind: warning.kind,
            times: warning.times,
            notice: warning.notice,
        }));
        let concerns = |unit: &Option<UnitId>| unit.as_ref().map_or(of.is_none(), theirs);
        let waiting: Vec<_> = self.quarantined.iter().filter(|(unit, ..)| concerns(unit)).collect();
        let count = waiting.iter().map(|(_, count, _)| count).sum();
        decisions.extend(waiting.iter().map(|(.., since)| *since).min().map(|since| Decision::Quarantined { count, since }));
        let count = self.undelivered.iter().filter(|(unit, _)| concerns(unit)).count() as u64;
        decisions.extend((count > 0).then_some(Decision::Undeliverable { count }));
        decisions.extend(stalls(&self.unreadable));
        decisions.extend(self.table_missing.clone());
        decisions
    }

    fn mix(&self, is_field: bool, configured: &[Topic], theirs: &dyn Fn(&UnitId) -> bool) -> Vec<Tagged> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for topic in self.topics.iter().filter(|topic| topic.is_field == is_field && theirs(&topic.unit)) {
            *counts.entry(&topic.name).or_default() += topic.count;
        }
        let place = |tag: &str| configured.iter().position(|topic| topic.name == tag).unwrap_or(usize::MAX);
        let mut mix: Vec<Tagged> = counts.into_iter().map(|(tag, count)| Tagged { tag: tag.to_owned(), count }).collect();
        mix.sort_by_key(|tagged| (std::cmp::Reverse(tagged.count), place(&tagged.tag)));
        mix
    }

    fn gap(&self, unit: &Unit) -> Option<RosterGap> {
        let bounces = |address: &str| self.undelivered.iter().any(|(_, to)| to == address);
        let lacks: Vec<Lack> = [
            (Lack::Leader, unit.reporters.iter().all(|reporter| reporter.role != Role::Leader)),
            (Lack::Reporter, unit.reporters.iter().all(|reporter| reporter.role == Role::Leader)),
            (Lack::Confirmation, self.unconfirmed.contains(&unit.id)),
            (Lack::Address, unit.reporters.iter().any(|reporter| bounces(reporter.address.as_str()))),
        ]
        .into_iter()
        .filter_map(|(lack, is_so)| is_so.then_some(lack))
        .collect();
        (!lacks.is_empty()).then(|| RosterGap { unit: named(unit), lacks })
    }
}

fn named(unit: &Unit) -> UnitRef {
    UnitRef { id: unit.id.clone(), name: unit.name.clone() }
}

fn gravity(kind: NoticeKind) -> u8 {
    match kind {
        NoticeKind::Zero => 0,
        NoticeKind::RankFall => 1,
        _ => 2,
    }
}

/// The middle of sorted `values`; of an even number, half way between the middle two, rounded down.
fn median(values: &[i64]) -> Option<i64> {
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => Some(values[middle]),
        _ if values.is_empty() => None,
        _ => Some((values[middle - 1] + values[middle]).div_euclid(2)),
    }
}

/// The lines of some units alone. Ranks are those among all; how the whole keeps pace is not for a reader of some.
fn only(standing: &StandingToDate, of: Option<&BTreeSet<UnitId>>) -> StandingToDate {
    let Some(units) = of else { return standing.clone() };
    let mut theirs = standing.clone();
    theirs.lines.retain(|line| units.contains(&line.unit.id));
    theirs.pace = None;
    theirs.external.clear();
    theirs
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_of_an_even_number_lies_half_way_and_of_none_there_is_none() {
        assert_eq!((median(&[]), median(&[-60]), median(&[-60, 61]), median(&[-3, 0, 900])), (None, Some(-60), Some(0), Some(0)));
        assert_eq!(median(&[-4, -1]), Some(-3));
    }
}
