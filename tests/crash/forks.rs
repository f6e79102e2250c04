//! A death on either side of every commit of the day and of the summer, exhaustively.
//!
//! Before each moment the store is copied. On a copy, a process dies at one commit of the moment, another starts and takes the moment
//! up, and the store must then be row for row what it is where the first process was ended and not killed, and the letters of the moment
//! the same to the byte. What comes later follows from the store alone. Where rows differ (a letter in doubt was tried once more) the
//! whole span is lived through to its end, and looked at there.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use zhibao::store::{CommitHook, CommitPoint, Side};
use zhibao::transport::memory::Sent;

use super::day::{Day, Surroundings};
use super::{copies, crashed, dies_at, faults, said};
use crate::world::{self, Instant};

/// What may differ: how often a letter was tried, and the name of the folder in what the transport said.
const COUNTED: [(&str, &[&str]); 1] = [("letter", &["attempts", "indeterminate", "reply"])];

/// One moment of a span that nothing disturbs.
struct Moment {
    now: Instant,
    /// The store before it; before the first there is none.
    before: Option<PathBuf>,
    /// Its commits, in order; before the first of the span there are so many.
    commits: Vec<CommitPoint>,
    earlier: u32,
    sent: Vec<Sent>,
}

/// What was tried.
#[derive(Debug, Default)]
struct Tally {
    moments: u32,
    deaths: u32,
    /// Of them, those that were lived through to the end.
    to_the_end: u32,
}

#[test]
fn a_death_before_any_commit_of_day_and_summer_leaves_the_store_as_it_would_be() {
    exhaustively(Side::Before);
}

#[test]
fn a_death_after_any_commit_of_day_and_summer_leaves_the_store_as_it_would_be() {
    exhaustively(Side::After);
}

fn exhaustively(side: Side) {
    for (name, day) in [("the day", Day::new()), ("the summer", Day::of_standings())] {
        let mut tally = Tally::default();
        let whole = day.undisturbed();
        let wanted = (said(&whole.store()), copies(&whole.outbox.sent()));
        moments(&day, &mut |moment| {
            tally.moments += 1;
            // A process that starts commits once before it does anything else.
            let started = u32::from(moment.before.is_some());
            let ended = ended_and_started(&day, moment);
            for nth in 0..started + moment.commits.len() as u32 {
                tally.deaths += 1;
                let Err(difference) = forked(&day, moment, nth, side, &ended) else { continue };
                let at = moment.now;
                assert!(nth >= started, "{side:?} the start of a process at {at}: {difference}");
                let of_span = moment.earlier + nth - started;
                let point = moment.commits[(nth - started) as usize];
                let (around, _) = crashed(&day, of_span, side, 0);
                let found = faults(&day, &around, &wanted);
                assert!(found.is_empty(), "{side:?} commit {of_span} ({point:?}) at {at}: {difference}; in the end: {found:#?}");
                tally.to_the_end += 1;
            }
        });
        println!("{name}, {side:?}: {tally:?}");
        assert!(tally.deaths > 100 && tally.to_the_end < tally.deaths / 5, "{name}: {tally:?}");
    }
}

/// Shows every moment of the span.
fn moments(day: &Day, look: &mut dyn FnMut(&Moment)) {
    let points = Arc::new(Mutex::new(Vec::new()));
    let seen = points.clone();
    let hook: CommitHook = Arc::new(move |point, side| {
        if side == Side::Before {
            seen.lock().expect("no panic").push(point);
        }
        Ok(())
    });
    let around = Surroundings::new();
    let copies = tempfile::tempdir().expect("a folder");
    let copy = |nth: usize| copies.path().join(nth.to_string());
    let mut play = day.process(&around, Some(hook), world::begin()).expect("it starts");
    let (mut before, mut earlier) = (None, 0);
    for nth in 0.. {
        let taken = around.outbox.sent().len();
        day.moment(&mut play).expect("nothing stops it");
        std::fs::copy(around.path(), copy(nth)).expect("copied");
        let commits = std::mem::take(&mut *points.lock().expect("no panic"));
        let sent = around.outbox.sent().split_off(taken);
        let moment = Moment { now: play.now(), before, commits, earlier, sent };
        look(&moment);
        earlier += moment.commits.len() as u32;
        if let Some(old) = moment.before {
            std::fs::remove_file(old).expect("removed");
        }
        before = Some(copy(nth));
        match day.next(&play) {
            Some(next) => play.set_now(next),
            None => return,
        }
    }
}

/// What lies there before a moment.
fn around(moment: &Moment) -> Surroundings {
    let around = Surroundings::new();
    if let Some(before) = &moment.before {
        std::fs::copy(before, around.path()).expect("copied");
    }
    around
}

/// A moment at which one process ends as it should and another takes its place, which does nothing but what a start does: the store
/// after the first of them lies beside that after both.
fn ended_and_started(day: &Day, moment: &Moment) -> Surroundings {
    let around = around(moment);
    for nth in 0..2 {
        let mut play = day.process(&around, None, moment.now).expect("it starts");
        day.moment(&mut play).expect("nothing stops it");
        drop(play);
        if nth == 0 {
            std::fs::copy(around.path(), once(&around)).expect("copied");
        }
    }
    assert_eq!(copies(&around.outbox.sent()), copies(&moment.sent), "a start at {} sends something else", moment.now);
    around
}

fn once(around: &Surroundings) -> PathBuf {
    around.path().with_extension("once")
}

/// One death in a moment, and the process after it. An error says how it differs from the moment at which nothing dies.
fn forked(day: &Day, moment: &Moment, nth: u32, side: Side, ended: &Surroundings) -> Result<(), String> {
    let around = around(moment);
    let dead = day.process(&around, Some(dies_at(nth, side)), moment.now).and_then(|mut play| day.moment(&mut play));
    assert!(dead.is_err(), "{side:?} commit {nth} of the moment {}: it does not die", moment.now);
    let mut play = day.process(&around, None, moment.now).expect("it starts again");
    day.moment(&mut play).expect("nothing stops it");
    drop(play);
    let unsure = in_doubt(&around.path())?;
    let (were, are) = (copies(&moment.sent), copies(&around.outbox.sent()));
    if !were.keys().eq(are.keys()) {
        return Err("other letters".into());
    }
    for (letter, copies) in &are {
        if copies.iter().any(|copy| *copy != were[letter][0]) {
            return Err(format!("{letter:?} has other bytes"));
        }
        let unsure = unsure.iter().filter(|in_doubt| *in_doubt == letter).count();
        if copies.len() > 1 + unsure {
            return Err(format!("{} copies of {letter:?}, {unsure} in doubt", copies.len()));
        }
    }
    // The second process may have started before something came of which a start takes note, or after it.
    same_rows(&around.path(), &once(ended)).or_else(|_| same_rows(&around.path(), &ended.path()))
}

/// Letters of which an attempt got no answer, each as often as that.
fn in_doubt(store: &Path) -> Result<Vec<(String, String)>, String> {
    let look = || -> rusqlite::Result<Vec<(String, String)>> {
        let db = Connection::open(store)?;
        let mut rows = db.prepare("SELECT notice, recipient, indeterminate FROM letter WHERE indeterminate > 0")?;
        let rows = rows.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, u32>(2)?)))?;
        let rows = rows.collect::<rusqlite::Result<Vec<((String, String), u32)>>>()?;
        Ok(rows.into_iter().flat_map(|(letter, times)| std::iter::repeat_n(letter, times as usize)).collect())
    };
    look().map_err(|error| error.to_string())
}

/// Every table of both stores, row for row, save what counts attempts.
fn same_rows(one: &Path, other: &Path) -> Result<(), String> {
    let look = || -> rusqlite::Result<Option<String>> {
        let db = Connection::open(one)?;
        db.execute("ATTACH ?1 AS other", [other.to_string_lossy()])?;
        let names = |sql: &str| db.prepare(sql)?.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>();
        let tables = names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?;
        for table in tables {
            let left_out = COUNTED.iter().find(|(name, _)| *name == table).map_or(&[][..], |(_, columns)| columns);
            let mut columns = names(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
            columns.retain(|column| !left_out.contains(&column.as_str()));
            let columns = columns.join(", ");
            let only = |these: &str, those: &str| {
                let sql =
                    format!("SELECT count(*) FROM (SELECT {columns} FROM {these}.{table} EXCEPT SELECT {columns} FROM {those}.{table})");
                db.query_row(&sql, [], |row| row.get::<_, u32>(0))
            };
            let (more, less) = (only("main", "other")?, only("other", "main")?);
            if more + less > 0 {
                return Ok(Some(format!("{table}: {more} rows that there would not be, {less} rows missing")));
            }
        }
        Ok(None)
    };
    match look() {
        Ok(None) => Ok(()),
        Ok(Some(difference)) => Err(difference),
        Err(error) => Err(error.to_string()),
    }
}
