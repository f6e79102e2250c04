//! `[calendar]`: holidays and make-up workdays, in the file or in one of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};

use super::Config;
use super::files;
use super::problem::{DutyFault, Fault, Place, ValueFault};
use super::reader::{Notes, Table};
use super::tree::{Node, Value};
use super::values;
use crate::domain::rules::{Calendar, Duty};

/// Reads `[calendar]` and the file that it names; yields that file's path too.
pub(super) fn read(top: &Table<'_>, read: &dyn Fn(&Path) -> io::Result<Vec<u8>>) -> (Calendar, Option<PathBuf>) {
    let table = top.section("calendar");
    let mut calendar = Calendar::default();
    let mut seen = BTreeMap::new();
    days(&table, &mut calendar, &mut seen);
    let file = table.path("file");
    if let Some(file) = &file
        && let (Some(document), true) = files::open(&file.value, Some(file.place.clone()), read, top.notes())
    {
        let root = Table::root(&document.file, &document.entries, top.notes());
        days(&root, &mut calendar, &mut seen);
        root.finish();
    }
    table.finish();
    (calendar, file.map(|file| file.value))
}

fn days(table: &Table<'_>, calendar: &mut Calendar, seen: &mut BTreeMap<NaiveDate, Place>) {
    let example = "[\"2026-10-01 国庆节\"]";
    for (key, into) in [("holidays", &mut calendar.holidays), ("workdays", &mut calendar.workdays)] {
        for at in table.list(key, example, named_day).unwrap_or_default() {
            let (day, name) = at.value;
            match seen.get(&day) {
                Some(first) => table.notes().fault(at.place, DutyFault::DayTwice { day, first: first.clone() }),
                None => {
                    seen.insert(day, at.place);
                    into.insert(day, name);
                }
            }
        }
    }
}

/// `"2026-10-01 国庆节"`, `"2026-10-01"`, or a bare date.
fn named_day(node: &Node) -> Result<(NaiveDate, String), Fault> {
    if let Value::Day(Some(day)) = node.value {
        return Ok((day, String::new()));
    }
    let text = values::text(node)?;
    let (first, name) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
    let day = values::day(first).ok_or_else(|| ValueFault::Date { text: values::shown(&text) })?;
    Ok((day, name.trim().to_owned()))
}

/// Years that a duty touches and the calendar does not know. Without both ends, only the ends that there are.
fn unknown_years(calendar: &Calendar, duty: &Duty) -> Vec<i32> {
    let known = known_years(calendar);
    let (first, last) = match (duty.from, duty.until) {
        (Some(from), Some(until)) => (from.year(), until.year().min(from.year() + 100)),
        (Some(day), None) | (None, Some(day)) => (day.year(), day.year()),
        (None, None) => return Vec::new(),
    };
    (first..=last).filter(|year| !known.contains(year)).collect()
}

fn known_years(calendar: &Calendar) -> BTreeSet<i32> {
    calendar.holidays.keys().chain(calendar.workdays.keys()).map(Datelike::year).collect()
}

/// Warns of a duty that keeps to workdays which nobody has listed.
pub(super) fn warn(calendar: &Calendar, duty: &Duty, place: Place, notes: &Notes) {
    let bare = known_years(calendar).is_empty();
    let years = if bare { Vec::new() } else { unknown_years(calendar, duty) };
    if duty.workdays_only && (bare || !years.is_empty()) {
        notes.warn(place, DutyFault::CalendarYears { duty: duty.name.clone(), years });
    }
}

impl Config {
    /// The duties that keep to workdays and are in force on `today`, when the calendar has no day of that year. `load` knows no
    /// today; `check` and the daemon ask.
    pub fn duties_without_calendar(&self, today: NaiveDate) -> Vec<&Duty> {
        let known = known_years(&self.rules.calendar).contains(&today.year());
        let in_force = |duty: &&Duty| {
            duty.workdays_only && duty.from.is_none_or(|from| from <= today) && duty.until.is_none_or(|until| today <= until)
        };
        if known { Vec::new() } else { self.rules.duties.iter().filter(in_force).collect() }
    }
}
