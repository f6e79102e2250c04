//! What a speech of 2003 said of the network, worked out from the single rows, circulars, bulletins and notices of a replay.
//!
//! Nothing here knows what comes out: the speech's own figures stand in `screen`, beside these, and in the tests.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::network::{CENTRAL, PROVINCE, kinds};
use crate::config::Config;
use crate::domain::commendation::{Candidate, Earned, commendation};
use crate::domain::digest::Pace;
use crate::domain::ids::UnitId;
use crate::domain::notice::{Content, NoticeKind};
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::schedule::local_day;
use crate::store::{Books, EntryFilter, ExternalEntry, Store, StoreError};

/// The whole of last year, and this year as far as the speech looked.
pub const SPANS: [Period; 2] = [Period::Year(2002), Period::YearThrough(2003, 5)];

/// See the module.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Points from the province, by span (`2002`, `2003-01..2003-05`).
    pub points: BTreeMap<String, Scored>,
    /// The city among the cities, by the period of the province's circular.
    pub city: BTreeMap<String, Place>,
    /// The direct-report points in the province's list, by the period of its circular, then by unit.
    pub direct: BTreeMap<String, BTreeMap<UnitId, Place>>,
    /// The city among the country's points, and its quality coefficient.
    pub central: Option<Place>,
    /// The same among the province's.
    pub central_in_province: Option<Place>,
    /// The city office among the city offices, by adoption rate.
    pub adoption_rate: Option<Place>,
    /// What it put forward and what of it the province adopted, in 2002.
    pub office_submitted: u64,
    /// See `office_submitted`.
    pub office_adopted: u64,
    /// The bulletins of 2002.
    pub bulletins: Printed,
    /// Items of 《阳泉信息》 on the central work, on problems, and composite; tags overlap.
    pub made_up_of: [Share; 3],
    /// Units commended for 2002.
    pub commended: Vec<UnitId>,
    /// Days on which direct-report points were said to stand at zero, and which.
    pub zero_warned: BTreeMap<NaiveDate, BTreeSet<UnitId>>,
    /// The pace against last year, as the last digest told it.
    pub pace: Option<Pace>,
}

/// Points of a span.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scored {
    /// Of all units.
    pub total: Points,
    /// Of each that has any adoption.
    pub units: BTreeMap<UnitId, Points>,
}

impl Scored {
    /// Of one unit.
    pub fn of(&self, unit: &str) -> Points {
        self.units.get(&UnitId::from(unit)).copied().unwrap_or_default()
    }

    /// Of one unit, as a share in tenths of a percent.
    pub fn share(&self, unit: &str) -> Option<i64> {
        self.of(unit).share_of(self.total)
    }
}

/// A place in a superior's list.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    /// 1: the best.
    pub rank: u32,
    /// Of so many, where the list says it.
    pub of: Option<u32>,
    /// Points, where the list gives them.
    pub points: Option<Points>,
}

/// What was printed in a year.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Printed {
    /// Bulletins.
    pub titles: u64,
    /// Issues of all.
    pub issues: u64,
    /// Items of all.
    pub items: u64,
    /// Characters of all, white space aside.
    pub characters: u64,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Share {
    /// The part.
    pub items: u64,
    /// The whole.
    pub of: u64,
}

impl Share {
    /// In tenths of a percent.
    pub fn per_mille(&self) -> u64 {
        (self.items * 1000 + self.of / 2) / self.of.max(1)
    }
}

/// Works them out.
pub(super) fn work_out(store: &Store, config: &Config) -> Result<Figures, StoreError> {
    store.read(|books| {
        let mut figures = Figures { commended: commended(books, config)?, pace: last_pace(books)?, ..Figures::default() };
        for span in SPANS {
            figures.points.insert(span.to_string(), scored(books, span)?);
        }
        places(books, config, &mut figures)?;
        printed(books, config, &mut figures)?;
        figures.office_adopted = adopted(books, "office")?;
        let (from, until) = SPANS[0].bounds(config.timezone);
        figures.office_submitted = books.submitted_by_unit(from, until)?.get(&UnitId::from("office")).copied().unwrap_or(0);
        for notice in books.notices_of_kind(NoticeKind::Zero)? {
            let day = local_day(notice.at, config.timezone);
            figures.zero_warned.entry(day).or_default().extend(notice.unit);
        }
        Ok(figures)
    })
}

/// More rows than a year has.
const ROWS: u32 = 100_000;

fn of_province(span: Period, unit: Option<&str>) -> EntryFilter {
    EntryFilter { unit: unit.map(UnitId::from), outlet: Some("province".into()), first: Some(span.first()), end: Some(span.end()) }
}

/// Added up from single adoptions.
fn scored(books: &Books<'_>, span: Period) -> Result<Scored, StoreError> {
    let mut scored = Scored::default();
    for (unit, points) in books.entries(&of_province(span, None), ROWS)?.into_iter().flat_map(|entry| entry.shares) {
        scored.total += points;
        *scored.units.entry(unit).or_default() += points;
    }
    Ok(scored)
}

fn adopted(books: &Books<'_>, unit: &str) -> Result<u64, StoreError> {
    Ok(books.entries(&of_province(SPANS[0], Some(unit)), ROWS)?.len() as u64)
}

/// What superiors' circulars say.
fn places(books: &Books<'_>, config: &Config, figures: &mut Figures) -> Result<(), StoreError> {
    let name = |address: &str| {
        let superiors = &config.roster.superiors;
        superiors.iter().find(|superior| superior.address.as_str() == address).map(|superior| superior.name.as_str()).unwrap_or_default()
    };
    let (province, central) = (name(PROVINCE), name(CENTRAL));
    let place = |entry: &ExternalEntry| entry.row.rank.map(|rank| Place { rank, of: entry.row.of, points: entry.row.total });
    for entry in books.external_rows("city")? {
        figures.city.extend(place(&entry).map(|place| (entry.period.to_string(), place)));
    }
    for unit in config.roster.units.iter().filter(|unit| unit.direct_report) {
        for entry in books.external_rows(unit.id.as_str())? {
            let of_period = figures.direct.entry(entry.period.to_string()).or_default();
            of_period.extend(place(&entry).map(|place| (unit.id.clone(), place)));
        }
    }
    for entry in books.external_rows("central-point")? {
        let slot = if entry.by == central { &mut figures.central } else { &mut figures.central_in_province };
        *slot = place(&entry);
    }
    let rates = books.external_rows("adoption-rate")?;
    figures.adoption_rate = rates.iter().filter(|entry| entry.by == province).find_map(place);
    Ok(())
}

fn printed(books: &Books<'_>, config: &Config, figures: &mut Figures) -> Result<(), StoreError> {
    let year = SPANS[0].year();
    let counts = books.issue_counts(year)?;
    let sum = |part: fn(&crate::store::IssueCounts) -> u64| counts.iter().map(part).sum();
    figures.bulletins = Printed {
        titles: counts.iter().filter(|counts| counts.issues > 0).count() as u64,
        issues: sum(|counts| counts.issues),
        items: sum(|counts| counts.items),
        characters: sum(|counts| counts.characters),
    };
    let of = counts.iter().find(|counts| counts.bulletin == "yangquan").map_or(0, |counts| counts.items);
    let tagged = books.make_up(year)?;
    figures.made_up_of = kinds(config.language).map(|kind| {
        let items = tagged.iter().find(|share| share.bulletin == "yangquan" && share.name == kind).map_or(0, |share| share.items);
        Share { items, of }
    });
    Ok(())
}

fn commended(books: &Books<'_>, config: &Config) -> Result<Vec<UnitId>, StoreError> {
    let candidates: Vec<Candidate> =
        config.roster.units.iter().map(|unit| Candidate { unit: unit.id.clone(), class: unit.class.clone() }).collect();
    let rows = books.sums_by_kind(SPANS[0].first(), SPANS[0].end())?;
    let earned: Vec<Earned> =
        rows.into_iter().map(|row| Earned { unit: row.unit, kind: row.kind, points: row.points, items: row.items }).collect();
    let classes = commendation(&candidates, &earned, &config.reckoning.awards);
    Ok(classes.into_iter().flat_map(|class| class.lines).filter(|line| line.commended).map(|line| line.unit).collect())
}

fn last_pace(books: &Books<'_>) -> Result<Option<Pace>, StoreError> {
    let digests = books.notices_of_kind(NoticeKind::Digest)?;
    Ok(digests.into_iter().next_back().and_then(|notice| match notice.content {
        Content::Digest(digest) => digest.standing.and_then(|standing| standing.pace),
        _ => None,
    }))
}
