//! The standings of a replay's report: of every year and month on the ledger, and of the last year to date.

use chrono::Datelike;
use serde_json::{Map, Number, Value, json};

use crate::domain::digest::StandingLine;
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::standing::assessment::year_to;
use crate::steps::{Setup, StepError, standings};
use crate::store::Books;

/// By period: unit → points, share in percent (`null` at a total of zero), rank.
pub(super) fn by_period(books: &Books<'_>, setup: &Setup) -> Result<Map<String, Value>, StepError> {
    let Some((first, last)) = books.ledger_days()? else { return Ok(Map::new()) };
    let mut periods = vec![year_to(Period::month_of(last))];
    for year in first.year()..=last.year() {
        periods.push(Period::Year(year));
        periods.extend((1..=12).map(|month| Period::Month(year, month)));
    }
    let mut found = Map::new();
    for period in periods {
        if !books.tallies(period.first(), period.end())?.is_empty() {
            let lines = standings::table(books, setup, period, None)?.lines;
            let units: Map<String, Value> = lines.iter().map(|line| (line.unit.id.to_string(), figures(line))).collect();
            found.insert(period.to_string(), units.into());
        }
    }
    Ok(found)
}

fn figures(line: &StandingLine) -> Value {
    let share = line.share.map(|tenths| decimal(Points::from_thousandths(100 * tenths)));
    json!({ "points": decimal(line.points), "share": share, "rank": line.rank })
}

/// 373 and 2.5, not 373.0: three decimals of points stand in a number as they are written.
fn decimal(points: Points) -> Value {
    let text = points.to_string();
    let number = text.parse::<i64>().ok().map(Number::from).or_else(|| text.parse().ok().and_then(Number::from_f64));
    number.map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_as_they_are_written() {
        let written = |thousandths| decimal(Points::from_thousandths(thousandths)).to_string();
        assert_eq!([written(373_000), written(2_500), written(-125), written(83_900)], ["373", "2.5", "-0.125", "83.9"]);
    }
}
