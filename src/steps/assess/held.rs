//! One assessment: coverage, ranking, and each direct-report point in turn.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::say::{self, Occasion, apart};
use super::super::{Setup, StepError};
use super::warn::{Sent, Warning, warn};
use super::{WHAT, put, unwritten};
use crate::domain::ids::UnitId;
use crate::domain::ledger::Tally;
use crate::domain::notice::{About, Content, Headers, QuestionItem};
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::roster::Unit;
use crate::domain::rules::Instant;
use crate::domain::standing::assessment::{covers, year_to};
use crate::domain::standing::fall::{self, Earlier};
use crate::domain::standing::zero::{self, completed_months};
use crate::domain::standing::{Ranking, tally_of};
use crate::domain::warning::{Fall, List, RankFall, Ranked, Scored, WarningState};
use crate::store::{Books, OccasionRow, OccasionState};

/// What is kept of an assessment that was held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessed {
    /// Where everybody stood.
    pub ranking: Ranking,
    /// Units that wait for the table of their outlet.
    pub waiting: Vec<UnitId>,
    /// Units whose warning could not be written; `true`: that of an assessment that was made up.
    #[serde(default)]
    pub unwritten: Vec<(UnitId, bool)>,
}

/// What an assessment is about, and when.
#[derive(Clone, Copy)]
struct Subject {
    /// The month that ended.
    month: Period,
    /// The year through it.
    window: Period,
    /// When it was due.
    due: Instant,
    /// It was put off until the table came.
    made_up: bool,
}

impl Subject {
    /// That of an assessment which has been held.
    fn of(row: &OccasionRow, made_up: bool) -> Subject {
        Subject { month: row.period, window: year_to(row.period), due: row.due, made_up }
    }
}

/// Holds the assessment of `month`, or puts it off and asks the desk for the table.
pub(super) fn hold(books: &Books<'_>, setup: &Setup, month: Period, due: Instant, now: Instant) -> Result<(), StepError> {
    let subject = Subject { month, window: year_to(month), due, made_up: false };
    let as_of = as_of(books, subject.window)?;
    if covers(as_of, month) {
        return assess(books, setup, subject, now);
    }
    tracing::info!(%month, "the ledger does not reach into the month: the assessment is put off");
    put(books, month, due, OccasionState::PutOff, now)?;
    ask(books, setup, subject, Vec::new(), now)
}

/// Holds one that was put off, if the ledger reaches far enough by now.
pub(super) fn make_up(books: &Books<'_>, setup: &Setup, month: Period, due: Instant, now: Instant) -> Result<bool, StepError> {
    let subject = Subject { month, window: year_to(month), due, made_up: true };
    if !covers(as_of(books, subject.window)?, month) {
        return Ok(false);
    }
    assess(books, setup, subject, now)?;
    Ok(true)
}

/// Units that were left out of the last assessment are taken up, where the table of their outlet has come.
pub(super) fn make_up_units(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    let Some((row, mut kept)) = last_held(books)?.filter(|(_, kept)| !kept.waiting.is_empty()) else { return Ok(()) };
    let mut round = Round::gather(books, setup, Subject::of(&row, true))?;
    for id in std::mem::take(&mut kept.waiting) {
        let Some(unit) = round.population().find(|unit| unit.id == id) else { continue };
        if round.outlet_missing(unit)?.is_some() {
            kept.waiting.push(id);
        } else {
            round.judge_apart(unit, &mut kept.unwritten, now)?;
        }
    }
    keep(books, &row, &kept, now)
}

/// Units whose warning could not be written are judged again.
pub(super) fn write_again(books: &Books<'_>, setup: &Setup, now: Instant) -> Result<(), StepError> {
    let Some((row, mut kept)) = last_held(books)?.filter(|(_, kept)| !kept.unwritten.is_empty()) else { return Ok(()) };
    for (id, made_up) in std::mem::take(&mut kept.unwritten) {
        let mut round = Round::gather(books, setup, Subject::of(&row, made_up))?;
        if let Some(unit) = round.population().find(|unit| unit.id == id) {
            round.judge_apart(unit, &mut kept.unwritten, now)?;
        }
    }
    keep(books, &row, &kept, now)
}

/// The last assessment that was held.
fn last_held(books: &Books<'_>) -> Result<Option<(OccasionRow, Assessed)>, StepError> {
    let Some(row) = books.last_assessment(None)? else { return Ok(None) };
    Ok(books.occasion_data::<Assessed>(WHAT, row.period)?.map(|kept| (row, kept)))
}

/// Keeps what is to be kept of an assessment; what could not be written is tried again.
fn keep(books: &Books<'_>, row: &OccasionRow, kept: &Assessed, now: Instant) -> Result<(), StepError> {
    if !kept.unwritten.is_empty() {
        unwritten::try_later(books, row.period, Vec::new(), now)?;
    }
    Ok(books.put_occasion(row, kept)?)
}

/// The last day of the window of which the ledger has an adoption.
fn as_of(books: &Books<'_>, window: Period) -> Result<Option<chrono::NaiveDate>, StepError> {
    Ok(books.reaches(None, window.first(), window.end())?)
}

fn assess(books: &Books<'_>, setup: &Setup, subject: Subject, now: Instant) -> Result<(), StepError> {
    let mut round = Round::gather(books, setup, subject)?;
    let (mut waiting, mut outlets, mut unwritten) = (Vec::new(), Vec::new(), Vec::new());
    for unit in round.population().filter(|unit| unit.direct_report) {
        match round.outlet_missing(unit)? {
            Some(outlet) => {
                round.end_zero(&unit.id)?;
                waiting.push(unit.id.clone());
                if !outlets.contains(&outlet) {
                    outlets.push(outlet);
                }
            }
            None => round.judge_apart(unit, &mut unwritten, now)?,
        }
    }
    for gone in books.warnings()?.into_iter().filter(|standing| !round.population().any(|unit| unit.id == standing.state.unit)) {
        // Nothing stands against a unit that is no longer there.
        books.set_warning(&gone.state.unit, &gone.state.about, None, None)?;
    }
    for older in books.put_off(WHAT)?.into_iter().filter(|older| older.due < subject.due) {
        put(books, older.period, older.due, OccasionState::Passed, now)?;
    }
    if !waiting.is_empty() {
        ask(books, setup, subject, outlets, now)?;
    }
    tracing::info!(month = %subject.month, made_up = subject.made_up, waiting = waiting.len(), "standings assessed");
    let row = OccasionRow { what: WHAT.to_owned(), period: subject.month, due: subject.due, state: OccasionState::Done, at: now };
    keep(books, &row, &Assessed { ranking: round.ranking, waiting, unwritten }, now)
}

/// Asks the desk for the table.
fn ask(books: &Books<'_>, setup: &Setup, subject: Subject, outlets: Vec<String>, now: Instant) -> Result<(), StepError> {
    let as_of = as_of(books, subject.window)?;
    let why = json!({ "assessment": subject.month, "due": subject.due, "window": subject.window, "as_of": as_of, "outlets": outlets });
    let about = About::TableMissing { month: subject.month, as_of, outlets };
    let item = QuestionItem { about, submission: None, subject: String::new(), unit: None, at: subject.due };
    let headers = Headers { period: Some(subject.month.to_string()), ..Default::default() };
    say::ask(books, setup, item, headers, &Occasion { why, ..Default::default() }, now)
}

/// An assessment under way: what it is about, and the figures that it goes by.
struct Round<'a> {
    books: &'a Books<'a>,
    setup: &'a Setup,
    subject: Subject,
    as_of: Option<chrono::NaiveDate>,
    ranking: Ranking,
    /// Earlier rankings of the same population, like ones first, and whether their windows are unlike.
    earlier: Vec<(Ranking, bool)>,
    this: Vec<Tally>,
    same_span: (Period, Vec<Tally>),
    last_year: (Period, Vec<Tally>),
    ever: Vec<UnitId>,
    sent: Sent<'a>,
}

impl<'a> Round<'a> {
    fn gather(books: &'a Books<'a>, setup: &'a Setup, subject: Subject) -> Result<Round<'a>, StepError> {
        let window = subject.window;
        let tallies = |window: Period| books.tallies(window.first(), window.end());
        let (span, year) = (window.year_before(), Period::Year(window.year() - 1));
        let (this, same_span, last_year) = (tallies(window)?, tallies(span)?, tallies(year)?);
        let ranking = Ranking::of(window, in_force(setup, window), &this);
        let earlier = earlier(books, setup, subject, &ranking, [(span, &same_span), (year, &last_year)])?;
        Ok(Round {
            books,
            setup,
            subject,
            as_of: as_of(books, window)?,
            ranking,
            earlier,
            this,
            same_span: (span, same_span),
            last_year: (year, last_year),
            ever: books.ever_adopted()?,
            sent: Sent::new(books, setup),
        })
    }

    /// Those who take part.
    fn population(&self) -> impl Iterator<Item = &'a Unit> + use<'a> {
        let (setup, last) = (self.setup, self.subject.window.last());
        setup.roster.units.iter().filter(move |unit| unit.valid_on(last))
    }

    /// The name of the outlet by which a unit is left out: the one that gave it most in the window of comparison, and of which the ledger
    /// has nothing in the month that ended.
    fn outlet_missing(&self, unit: &Unit) -> Result<Option<String>, StepError> {
        let compared = zero::comparison(self.scored(&self.same_span, &unit.id), self.scored(&self.last_year, &unit.id)).window;
        let by_outlet = self.books.points_by_outlet(&unit.id, compared.first(), compared.end())?;
        let Some(most) = by_outlet.values().copied().max().filter(|most| *most > Points::ZERO) else { return Ok(None) };
        let window = self.subject.window;
        let mut missing = None;
        // Of several that gave it as much, one that has come is enough.
        for outlet in by_outlet.iter().filter(|(_, points)| **points == most).map(|(outlet, _)| outlet) {
            if covers(self.books.reaches(Some(outlet), window.first(), window.end())?, self.subject.month) {
                return Ok(None);
            }
            let name = self.setup.reckoning.outlet(outlet).map_or_else(|| outlet.clone(), |known| known.name.clone());
            missing.get_or_insert(name);
        }
        Ok(missing)
    }

    fn scored(&self, (window, tallies): &(Period, Vec<Tally>), unit: &UnitId) -> Scored {
        let tally = tally_of(tallies, unit);
        Scored { window: *window, points: tally.points, items: u64::try_from(tally.earning).unwrap_or(0) }
    }

    /// A unit that is left out has no zero standing against it all the same once it has points.
    fn end_zero(&self, unit: &UnitId) -> Result<(), StepError> {
        if tally_of(&self.this, unit).points > Points::ZERO {
            self.books.set_warning(unit, zero::ABOUT, None, None)?;
        }
        Ok(())
    }

    /// Judges one unit; where its warning cannot be written, it alone is put among `unwritten`.
    fn judge_apart(&mut self, unit: &Unit, unwritten: &mut Vec<(UnitId, bool)>, now: Instant) -> Result<(), StepError> {
        if apart(self.books, &unit.id, || self.judge(unit, now))?.is_none() {
            unwritten.push((unit.id.clone(), self.subject.made_up));
        }
        Ok(())
    }

    /// Tests one direct-report point, and says what is to be said: a fall within the notice of a zero, where there is one.
    fn judge(&mut self, unit: &Unit, now: Instant) -> Result<(), StepError> {
        let Some(ranked) = self.ranking.ranked(&unit.id) else { return Ok(()) };
        let (books, rules) = (self.books, &self.setup.reckoning.standing);
        let falls = self.falls(ranked, &unit.id);
        let facts = self.zero_facts(unit, falls.clone())?;
        let why = self.evidence(&facts);
        let standing = |about| Ok::<_, StepError>(books.warning(&unit.id, about)?.map(|standing| standing.state));
        let zeroed = zero::zero(facts, standing(zero::ABOUT)?.as_ref(), rules);
        let fallen = fall::fall(&unit.id, fall::ABOUT, ranked, &falls, standing(fall::ABOUT)?.as_ref());
        let told = zeroed.say.is_some();
        match (zeroed.say, &zeroed.state) {
            (Some(zero), Some(state)) => self.warn(state, zero.level, Content::Zero(zero), why.clone(), now)?,
            (_, state) => books.set_warning(&unit.id, zero::ABOUT, state.as_ref(), None)?,
        }
        match (fallen.say, fallen.state) {
            (Some(tells), Some(state)) if !told => {
                let content = Content::RankFall(self.rank_fall(&unit.id, ranked, falls, tells)?);
                self.warn(&state, tells.level, content, why, now)
            }
            // Told within the notice of the zero: the rank is known, and the next warning of its own is what it would have been.
            (Some(tells), Some(state)) => {
                let known = WarningState { times: tells.warned_before, ..state };
                Ok(books.set_warning(&unit.id, fall::ABOUT, Some(&known), None)?)
            }
            (_, state) => Ok(books.set_warning(&unit.id, fall::ABOUT, state.as_ref(), None)?),
        }
    }

    fn warn(&self, state: &WarningState, level: u8, content: Content, why: Value, now: Instant) -> Result<(), StepError> {
        warn(self.books, self.setup, Warning { state, content, level, period: Some(self.subject.window), why }, now)
    }

    fn falls(&self, now: Ranked, unit: &UnitId) -> Vec<Fall> {
        let place = |(ranking, unlike): &(Ranking, bool)| ranking.ranked(unit).map(|ranked| Earlier { ranked, unlike: *unlike });
        fall::falls(now, &self.earlier.iter().filter_map(place).collect::<Vec<_>>(), &self.setup.reckoning.standing)
    }

    fn zero_facts(&mut self, unit: &Unit, falls: Vec<Fall>) -> Result<zero::Facts, StepError> {
        let window = self.subject.window;
        let (same_span, last_year) = (self.scored(&self.same_span, &unit.id), self.scored(&self.last_year, &unit.id));
        let first = unit.since.map_or(window.first(), |since| since.max(window.first()));
        Ok(zero::Facts {
            unit: unit.id.clone(),
            window,
            days: (window.end() - first).num_days(),
            months: completed_months(window, unit.since),
            points: tally_of(&self.this, &unit.id).points,
            same_span,
            last_year,
            ever: self.ever.contains(&unit.id),
            submissions: self.sent.within(&unit.id, window)?,
            submissions_before: self.sent.within(&unit.id, zero::comparison(same_span, last_year).window)?,
            ranked: self.ranking.ranked(&unit.id),
            falls,
            made_up: self.subject.made_up,
        })
    }

    fn rank_fall(&mut self, unit: &UnitId, now: Ranked, falls: Vec<Fall>, told: fall::Told) -> Result<RankFall, StepError> {
        let from = falls.iter().find_map(fall::from);
        let points_before = from.and_then(|from| from.points);
        let before = from.and_then(|from| self.earlier.iter().map(|(ranking, _)| ranking).find(|ranking| ranking.window == from.window));
        let passed = before.map(|before| self.ranking.passed(before, unit)).unwrap_or_default();
        Ok(RankFall {
            list: List::Own,
            now,
            points_before,
            passed_by: passed.iter().map(|id| self.setup.unit_ref(id)).collect(),
            zero: now.points.is_some_and(|now| now <= Points::ZERO) && points_before.is_some_and(|before| before > Points::ZERO),
            submissions: self.sent.within(unit, now.window)?,
            submissions_before: from.map_or(Ok(0), |from| self.sent.within(unit, from.window))?,
            falls,
            warned_before: told.warned_before,
            level: told.level,
        })
    }

    fn evidence(&self, facts: &zero::Facts) -> Value {
        let rules = &self.setup.reckoning.standing;
        let against: Vec<Value> =
            self.earlier.iter().map(|(ranking, unlike)| json!({ "window": ranking.window, "unlike": unlike })).collect();
        json!({
            "assessment": self.subject.month, "due": self.subject.due, "made_up": self.subject.made_up,
            "as_of": self.as_of, "window": self.subject.window, "days": facts.days, "points": facts.points,
            "same_span": facts.same_span, "last_year": facts.last_year, "ranked": facts.ranked, "ranked_against": against,
            "min_days": rules.min_days, "fall": rules.fall, "bottom": rules.bottom, "top": rules.top,
        })
    }
}

/// The units of the roster in force on the last day of `window`.
fn in_force(setup: &Setup, window: Period) -> impl Iterator<Item = &UnitId> {
    setup.roster.units.iter().filter(move |unit| unit.valid_on(window.last())).map(|unit| &unit.id)
}

/// The rankings with which `ranking` is compared: the last assessment of its year, the same span last year, the whole of last year. Only
/// those of the same population that tell anybody from anybody; none where the window is too short.
fn earlier(
    books: &Books<'_>,
    setup: &Setup,
    subject: Subject,
    ranking: &Ranking,
    last_year: [(Period, &Vec<Tally>); 2],
) -> Result<Vec<(Ranking, bool)>, StepError> {
    if subject.window.days() < i64::from(setup.reckoning.standing.min_days) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    if let Some(row) = books.last_assessment(Some(subject.due))?.filter(|row| row.period.year() == subject.month.year())
        && let Some(kept) = books.occasion_data::<Assessed>(WHAT, row.period)?
    {
        found.push((kept.ranking, false));
    }
    for (window, tallies) in last_year {
        let unlike = !fall::alike(window, subject.window);
        // Of a whole year that ended the same span is the whole of the year before.
        if found.iter().all(|(ranking, _)| ranking.window != window) {
            found.push((Ranking::of(window, in_force(setup, window), tallies), unlike));
        }
    }
    found.retain(|(before, _)| before.same_population(ranking) && before.tells());
    Ok(found)
}
