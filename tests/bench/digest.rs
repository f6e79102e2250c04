//! One digest of 3,000 units with a year behind it: gathered from the store, and put into words. Printed, not judged.
//!
//! `cargo bench --bench digest`; `ZHIBAO_BENCH_UNITS=300` makes a smaller network.

#[path = "network.rs"]
mod network;

use chrono::{Days, NaiveDate, TimeDelta};
use zhibao::clock::Stopwatch;
use zhibao::domain::fields::Fields;
use zhibao::domain::ids::{NoticeNo, SubmissionNo, UnitId};
use zhibao::domain::message::ArrivalSource;
use zhibao::domain::notice::{Capacity, Content, DueBecause, Headers, Notice, NoticeKind, Recipient};
use zhibao::domain::obligation::{Cause, Filing};
use zhibao::domain::period::Period;
use zhibao::domain::roster::Address;
use zhibao::domain::rules::{Deadline, Instant, Verdict};
use zhibao::domain::schedule::start_of_day;
use zhibao::domain::submission::Kind;
use zhibao::mail::compose::{Stationery, Thread};
use zhibao::steps::{Setup, StepError, begin, week};
use zhibao::store::{Books, CommitPoint, Durability, NewObligation, NewSubmission, Seen, SeenBody, Store};

const ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;
const LOOKS: usize = 5;

fn main() {
    // `cargo test --all-targets` starts benches too, without this word.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let units: usize = std::env::var("ZHIBAO_BENCH_UNITS").ok().and_then(|units| units.parse().ok()).unwrap_or(3000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let setup = network::setup(folder.path(), units);
    let store = Store::open(&folder.path().join("zhibao.db"), Durability::None).expect("it opens");
    let last = Period::Week(2003, 20);
    let now = start_of_day(last.end(), ZONE) + TimeDelta::hours(8);
    let setup = begin::begin(&store, setup, now).expect("it begins");
    let watch = Stopwatch::start();
    let rows = fill(&store, &setup, units, last);
    println!("{units} units: {} obligations, {} submissions, {} adoptions in {:.1} s", rows.0, rows.1, rows.2, watch.seconds());
    let mut costs: Vec<(f64, f64, usize)> = (0..LOOKS).map(|_| look(&store, &setup, last, now)).collect();
    costs.sort_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    let (gathered, composed, bytes) = costs[LOOKS / 2];
    println!(
        "one digest, median of {LOOKS}: gathered in {:.0} ms, composed in {:.0} ms ({} KB): {:.2} s",
        gathered * 1e3,
        composed * 1e3,
        bytes / 1024,
        gathered + composed
    );
}

/// A year up to the end of the week: each unit owes a zero report every second day and sends something every third; one in
/// twenty is missed or late; twelve adoptions a year.
fn fill(store: &Store, setup: &Setup, units: usize, last: Period) -> (usize, usize, usize) {
    let mut rows = (0, 0, 0);
    let delivery = store.write(CommitPoint::Fetch, message).expect("written");
    let days: Vec<NaiveDate> = (0..365).rev().map(|back| last.last() - Days::new(back)).collect();
    let ids: Vec<UnitId> = (0..units).map(network::unit).collect();
    for (nth_day, day) in days.iter().enumerate() {
        let put = |books: &Books<'_>| {
            for (nth, unit) in ids.iter().enumerate() {
                let mixed = nth * 7 + nth_day * 13;
                if (nth + nth_day) % 2 == 0 {
                    owe(books, setup, unit, *day, mixed)?;
                    rows.0 += 1;
                }
                if (nth + nth_day) % 3 == 0 {
                    rows.1 += 1;
                    file(books, unit, start_of_day(*day, ZONE) + TimeDelta::hours(9), delivery, rows.1)?;
                }
                if mixed % 30 == 0 {
                    rows.2 += 1;
                    adopt(books, unit, *day, rows.2)?;
                }
            }
            Ok::<_, StepError>(())
        };
        store.write(CommitPoint::Console, put).expect("written");
    }
    rows
}

fn owe(books: &Books<'_>, setup: &Setup, unit: &UnitId, day: NaiveDate, mixed: usize) -> Result<(), StepError> {
    let ladder = &setup.rules.ladder;
    let start = start_of_day(day, ZONE);
    let cause = Cause::Duty { name: "零报告".into(), window_start: start, min: None };
    let because =
        DueBecause { deadline: Deadline::Cron { cron: "0 17 * * *".into() }, severity: None, anchored_at: None, extended_from: None };
    let due = start + TimeDelta::hours(17);
    let new = NewObligation { cause, unit: unit.clone(), due, because, known_at: start, independent: true };
    let mut obligation = books.put_obligation(new, ladder, start)?.expect("new");
    let lag = TimeDelta::minutes(mixed as i64 % 97 - 90);
    obligation.verdict = if lag > TimeDelta::zero() { Verdict::Late } else { Verdict::OnTime };
    obligation.filed = Some(Filing { at: due + lag, submission: SubmissionNo { year: 2003, ordinal: 1 } });
    obligation.ended = true;
    if mixed.is_multiple_of(200) {
        (obligation.verdict, obligation.filed, obligation.ended) = (Verdict::Unreported, None, false);
    }
    Ok(books.save_obligation(&obligation, ladder)?)
}

/// One message, of which every submission here is.
fn message(books: &Books<'_>) -> Result<i64, StepError> {
    let at = start_of_day(NaiveDate::from_ymd_opt(2002, 1, 1).expect("a day"), ZONE);
    let seen = Seen {
        mailbox: "submissions".into(),
        key: "1".into(),
        size_bytes: 1,
        received_at: at,
        received_by: ArrivalSource::InternalDate,
        body: SeenBody::Raw(b"x".to_vec(), [1; 32]),
    };
    Ok(books.put_seen(&seen, at)?.expect("new"))
}

fn file(books: &Books<'_>, unit: &UnitId, arrival: Instant, delivery: i64, nth: usize) -> Result<(), StepError> {
    let sender = Address::parse("someone@office.example").expect("an address");
    let mut fingerprint = [0; 32];
    fingerprint[..8].copy_from_slice(&(nth as u64).to_be_bytes());
    let fields = Fields::default();
    let new = NewSubmission {
        delivery,
        unit: Some(unit),
        sender: &sender,
        kind: if nth.is_multiple_of(4) { Kind::Zero } else { Kind::Routine },
        title: "工作信息",
        arrival,
        sent_at: None,
        fields: &fields,
        flags: &[],
        event: None,
        corrects: None,
        message_id: None,
        fingerprint,
        simhash: None,
    };
    books.file_submission(&new, 2003)?;
    Ok(())
}

fn adopt(books: &Books<'_>, unit: &UnitId, day: NaiveDate, nth: usize) -> Result<(), StepError> {
    books.put_entry(&network::adoption(unit, day, nth), start_of_day(day, ZONE))?;
    Ok(())
}

/// Seconds to gather and to put into words, and the bytes that come of it.
fn look(store: &Store, setup: &Setup, last: Period, now: Instant) -> (f64, f64, usize) {
    let watch = Stopwatch::start();
    let digest =
        store.read(|books| Ok::<_, StepError>(week::gather(books, setup, last, &[], now)?.digest(setup, None, None))).expect("gathered");
    let gathered = watch.seconds();
    assert_eq!(digest.units.len(), setup.roster.units.len());
    let watch = Stopwatch::start();
    let to = Recipient { address: setup.roster.office.address.clone(), name: String::new(), capacity: Capacity::Supervisor };
    let about = Headers { period: Some(last.to_string()), ..Default::default() };
    let notice = Notice {
        kind: NoticeKind::Digest,
        recipients: vec![to.clone()],
        content: Content::Digest(digest),
        about,
        answers: None,
        follows: None,
    };
    let stationery = Stationery { office: &setup.roster.office, language: setup.language, zone: setup.zone, key: &setup.key };
    let number = NoticeNo { year: 2003, ordinal: 1 };
    let letter = setup.composer.compose(&notice, number, now, &to, 0, &Thread::default(), &stationery).expect("composed");
    (gathered, watch.seconds(), letter.bytes.len())
}
