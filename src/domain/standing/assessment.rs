//! What an assessment is about, and whether the ledger reaches far enough for it.

use chrono::{Datelike, Months, NaiveDate};

use crate::domain::period::Period;

/// The month that ended before `day`: an assessment is about it, and about the year through it.
pub fn month_before(day: NaiveDate) -> Period {
    Period::month_of(day.with_day(1).and_then(|first| first.checked_sub_months(Months::new(1))).unwrap_or(day))
}

/// The year through `month`; through December the year that ended.
pub fn year_to(month: Period) -> Period {
    let last = month.last();
    if last.month() == 12 { Period::Year(last.year()) } else { Period::YearThrough(last.year(), last.month()) }
}

/// Whether a ledger whose last adoption in the year to date lies on `as_of` reaches into `month`. Where it does not, a table has not
/// come: that says nothing of anybody.
pub fn covers(as_of: Option<NaiveDate>, month: Period) -> bool {
    as_of.is_some_and(|last| last >= month.first())
}
