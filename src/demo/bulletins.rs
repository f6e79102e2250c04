//! The three bulletins of 2002: which issue prints which of the mails, and when. They are put out as at the console.

use chrono::{Datelike, Days, NaiveDate, TimeDelta};

use super::message_id;
use super::script::{Scripted, moment, offset};
use crate::domain::bulletin::{IssueName, Refusal};
use crate::domain::ids::SubmissionNo;
use crate::domain::reply;
use crate::domain::rules::Instant;
use crate::mail::parse::{self, Limits};
use crate::replay::{Act, ActError, World};
use crate::steps::bulletins;
use crate::store::{Books, CommitPoint, NewItem};

/// A title of 2002: how many issues, and how many items in all. Which mail each item prints is made up.
struct Title {
    bulletin: &'static str,
    issues: u32,
    items: u32,
    /// The hour at which it is put out.
    hour: u32,
}

const TITLES: [Title; 3] = [
    Title { bulletin: "shanxi-yangquan", issues: 118, items: 118, hour: 17 },
    Title { bulletin: "yangquan", issues: 200, items: 430, hour: 16 },
    Title { bulletin: "zhaibian", issues: 100, items: 318, hour: 10 },
];

/// The year that the speech counted.
const YEAR: i32 = 2002;

/// Who puts them out.
const EDITOR: &str = "desk@yangquan.example";

/// Every issue, at its moment.
pub(super) fn acts(mails: &[Scripted]) -> Vec<Act<'_>> {
    TITLES.iter().flat_map(|title| issues(title, mails)).collect()
}

fn issues<'a>(title: &'static Title, mails: &'a [Scripted]) -> Vec<Act<'a>> {
    // 《阳泉信息》 prints what comes from below and from the office alike; all three take every so many of the mails in turn.
    let of_year = |mail: &Scripted| mail.routine && mail.at.with_timezone(&offset()).year() == YEAR;
    let sources: Vec<(usize, &Scripted)> = mails.iter().enumerate().filter(|(_, mail)| of_year(mail)).collect();
    let chosen = spread(&sources, title.items);
    let mut acts = Vec::new();
    for number in 0..title.issues {
        let of = |number: u32| (number * title.items / title.issues) as usize;
        let Some(items) = chosen.get(of(number)..of(number + 1)) else { continue };
        let Some(at) = items.iter().map(|(_, mail)| mail.at).max().map(|newest| put_out(newest, title.hour, number)) else { continue };
        let items: Vec<String> = items.iter().map(|(number, mail)| message_id(*number, mail)).collect();
        acts.push(Act { at, deed: Box::new(move |world, now| put_out_issue(world, title.bulletin, &items, now)) });
    }
    acts
}

/// `count` of a list, evenly.
fn spread<T: Copy>(all: &[T], count: u32) -> Vec<T> {
    let length = all.len() as u64;
    let place = |number: u32| u64::from(number) * length / u64::from(count.max(1));
    (0..count).filter_map(|number| all.get(usize::try_from(place(number)).ok()?).copied()).collect()
}

/// On the day after the newest item came, within the year.
fn put_out(newest: Instant, hour: u32, number: u32) -> Instant {
    let last = NaiveDate::from_ymd_opt(YEAR, 12, 31).unwrap_or(NaiveDate::MAX);
    let came = newest.with_timezone(&offset()).date_naive();
    let day = came.checked_add_days(Days::new(1)).unwrap_or(last).min(last);
    let at = moment((day.year(), day.month(), day.day(), hour, 5 + number % 50));
    if at > newest { at } else { newest + TimeDelta::minutes(10) }
}

/// Draft, items, issue: in one transaction, as somebody at the console would in three.
fn put_out_issue(world: &World, bulletin: &str, mails: &[String], now: Instant) -> Result<(), ActError> {
    let setup = &*world.setup;
    world.store.write(CommitPoint::Console, |books| {
        let name = done(bulletins::draft(books, setup, bulletin, YEAR, EDITOR, now)?)?;
        for mail in mails {
            add(books, world, &name, mail, now)?;
        }
        done(bulletins::issue(books, setup, &name, EDITOR, now)?).map(|_| ())
    })
}

fn add(books: &Books<'_>, world: &World, name: &IssueName, mail: &str, now: Instant) -> Result<(), ActError> {
    let missing = || ActError::Impossible(format!("no submission came of {mail}"));
    let number = books.submission_by_message_id(mail)?.ok_or_else(missing)?.number;
    let (title, text) = printed(books, number)?;
    let item = NewItem { title: &title, text: &text, submissions: vec![number], units: Vec::new() };
    done(bulletins::add(books, &world.setup, name, &item, EDITOR, now)?).map(|_| ())
}

/// The title of a submission, and what its sender wrote.
fn printed(books: &Books<'_>, number: SubmissionNo) -> Result<(String, String), ActError> {
    let missing = || ActError::Impossible(format!("{number} is not there any more"));
    let found = books.submission(number)?.ok_or_else(missing)?;
    let raw = books.delivery(found.delivery)?.and_then(|delivery| delivery.raw).ok_or_else(missing)?;
    let mail = parse::read(&raw, &[], &Limits::default()).map_err(|_| missing())?;
    Ok((found.title, reply::own_text(&mail.text)))
}

fn done<T>(done: Result<T, Refusal>) -> Result<T, ActError> {
    done.map_err(|refusal| ActError::Impossible(format!("{refusal:?}")))
}
