//! Weeks: when a digest comes, how a missed one is caught up, what it leads with, and that its counts add up.

use chrono::{DateTime, TimeDelta};
use zhibao::domain::digest::{Decision, Digest, Lack, TREND_WEEKS};
use zhibao::domain::rules::{Rung, Verdict};
use zhibao::mail::opened;

use crate::world::look::{obligations, read};
use crate::world::mail::{Mail, kind};
use crate::world::office::{Office, UNITS, address};
use crate::world::play::Play;
use crate::world::{Instant, at, begin, written};
use crate::{digests, go, moment, started};

const WEEK: i64 = 7 * 24 * 60;

/// A mail comes at its moment, up to which everything happens.
fn bring(play: &mut Play, at: Instant, key: &str, mail: &Mail) {
    go(play, at);
    play.mailboxes[0].put(key.to_owned(), at, mail.bytes(key, at));
}

fn weeks(play: &Play) -> Vec<String> {
    digests(play).iter().map(|(_, digest, _)| digest.week.to_string()).collect()
}

#[test]
fn a_new_store_begins_with_the_week_that_runs() {
    let mut play = started(&Office::plain(), begin());
    go(&mut play, moment("06-13T08:00"));
    assert_eq!(weeks(&play), [""; 0], "nothing is told of a week in which there was no store");
    go(&mut play, moment("06-13T08:01"));
    let sent = digests(&play);
    assert_eq!(sent.len(), 1);
    let (notice, digest, to) = &sent[0];
    assert_eq!((notice.at, digest.week.to_string().as_str(), digest.caught_up), (moment("06-13T08:00"), "2005-W23", None));
    assert_eq!(to, &["chief", "deputy", "secretary"].map(address));
    let letter = play.outbox.sent().into_iter().find(|letter| kind(letter) == "digest").expect("sent");
    assert!(String::from_utf8_lossy(&letter.bytes).contains("X-Zhibao-Period: 2005-W23"));
}

#[test]
fn weeks_that_were_missed_are_caught_up_the_oldest_first_and_each_is_marked() {
    let mut play = started(&Office::plain(), begin());
    go(&mut play, moment("06-14T00:00"));
    // Three Mondays later.
    play.set_now(moment("07-05T10:00"));
    go(&mut play, moment("07-05T10:01"));
    let sent = digests(&play);
    let told: Vec<(String, Option<Instant>, Instant)> =
        sent.iter().map(|(notice, digest, _)| (digest.week.to_string(), digest.caught_up, notice.at)).collect();
    let late = |week: &str, due: &str| (week.to_owned(), Some(moment(due)), moment("07-05T10:00"));
    assert_eq!(
        told,
        [
            ("2005-W23".to_owned(), None, moment("06-13T08:00")),
            late("2005-W24", "06-20T08:00"),
            late("2005-W25", "06-27T08:00"),
            late("2005-W26", "07-04T08:00"),
        ]
    );
    assert!(sent.windows(2).all(|pair| pair[0].0.number < pair[1].0.number));
    go(&mut play, moment("07-12T00:00"));
    assert_eq!(weeks(&play).last().map(String::as_str), Some("2005-W27"));
    assert_eq!(weeks(&play).len(), 5, "each once");
}

#[test]
fn a_restart_and_a_reload_send_nothing_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zhibao.db");
    let office = Office::plain();
    let mut sent = Vec::new();
    for now in ["06-06T08:00", "06-13T07:59", "06-13T08:00", "06-13T08:01", "06-14T00:00"] {
        let outbox = zhibao::transport::MemoryTransport::new("outbox");
        let mailboxes = crate::MAILBOXES.into_iter().map(zhibao::mailbox::MemoryMailbox::new).collect();
        let mut play =
            Play::started(&office, path.clone(), mailboxes, outbox.clone(), vec![Box::new(outbox)], None, moment(now)).expect("it starts");
        go(&mut play, moment(now) + TimeDelta::seconds(1));
        let setup = zhibao::steps::begin::reload(&play.world.store, office.setup(), moment(now)).expect("it reloads");
        play.world.setup = std::sync::Arc::new(setup);
        go(&mut play, moment(now) + TimeDelta::seconds(2));
        sent.push(weeks(&play).len());
    }
    assert_eq!(sent, [0, 0, 1, 1, 1]);
}

#[test]
fn a_schedule_that_is_changed_holds_for_the_week_that_runs() {
    let wednesdays = Office::with(|text| text.push_str("[digest]\ncron = \"30 9 * * WED\"\n"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut play = started(&Office::plain(), begin());
    go(&mut play, moment("06-14T00:00"));
    let setup = zhibao::steps::begin::reload(&play.world.store, wednesdays.setup(), play.now()).expect("it reloads");
    play.world.setup = std::sync::Arc::new(setup);
    go(&mut play, moment("06-23T00:00"));
    drop(folder);
    let told: Vec<(String, Instant)> = digests(&play).iter().map(|(notice, digest, _)| (digest.week.to_string(), notice.at)).collect();
    assert_eq!(told, [("2005-W23".to_owned(), moment("06-13T08:00")), ("2005-W24".to_owned(), moment("06-22T09:30"))]);
}

#[test]
fn a_supervisor_of_some_units_is_told_of_these_alone_and_one_who_wants_none_of_nothing() {
    let office = Office::with_network(|_, network| {
        *network =
            network.replace("level = 2\n", "level = 2\ndigest = false\n").replace("level = 3\n", "level = 3\nunits = [\"xiling\"]\n");
        network.push_str("[[supervisor]]\nname = \"联络员\"\naddress = \"liaison@yunzhou.example\"\nlevel = 1\nunits = [\"xiling\"]\n");
    });
    let mut play = started(&office, begin());
    for (nth, (unit, ..)) in UNITS.iter().enumerate() {
        bring(&mut play, at(60), unit, &Mail::from(address(&format!("{unit}-a")), format!("夏收进展{nth}"), "有序推进。\n"));
    }
    go(&mut play, moment("06-14T00:00"));
    let sent = digests(&play);
    assert_eq!(sent.len(), 2, "one for each set of units");
    let units = |digest: &Digest| digest.units.iter().map(|line| line.unit.id.to_string()).collect::<Vec<_>>();
    assert_eq!((units(&sent[0].1), &sent[0].2), (UNITS.map(|(id, ..)| id.to_owned()).to_vec(), &vec![address("chief")]));
    assert_eq!((units(&sent[1].1), &sent[1].2), (vec!["xiling".to_owned()], &vec![address("secretary"), address("liaison")]));
    assert_eq!((sent[0].1.submissions, sent[1].1.submissions), (4, 1));
}

#[test]
fn a_week_in_which_all_went_well_says_so_in_one_line() {
    let mut play = started(&Office::plain(), begin());
    bring(&mut play, at(60), "a", &Mail::from(address("xiling-a"), "西岭夏收进展", "有序推进。\n"));
    go(&mut play, moment("06-14T00:00"));
    let (_, digest, _) = digests(&play).remove(0);
    assert!(digest.all_good(), "{:?}", digest.decisions);
    let letter = play.outbox.sent().into_iter().find(|letter| kind(letter) == "digest").expect("sent");
    let text = opened::open(&letter.bytes).text;
    assert!(text.contains("没有需要决定的事项"), "{text}");
    let gaps: Vec<&[Lack]> = digest.roster.iter().map(|gap| gap.lacks.as_slice()).collect();
    assert_eq!(gaps, [[Lack::Leader]; 4], "what the roster lacks is named, and is nothing to decide on");
}

#[test]
fn the_counts_of_each_unit_add_up_to_what_fell_due() {
    let mut play = started(&Office::with_duties(), begin());
    let facts = |place: &str, minute: i64| format!("发生时间：{}\n地点：{place}\n伤亡：无\n措施：已处置\n", written(at(minute)));
    let told = Mail::from(address("desk"), "【事件】【重大】西岭县黑石沟煤矿透水", format!("单位：西岭县\n{}", facts("西岭黑石沟", 0)));
    bring(&mut play, at(10), "a", &told);
    bring(&mut play, at(300), "b", &Mail::from(address("xiling-a"), "【零报告】西岭县", "无。\n"));
    bring(&mut play, at(400), "c", &Mail::from(address("donghe-a"), "【首报】东河县化工仓库起火", facts("东河工业园", 390)));
    go(&mut play, moment("06-14T00:00"));
    let (_, digest, _) = digests(&play).remove(0);
    let (from, until) = digest.week.bounds(chrono_tz::Asia::Shanghai);
    for line in &digest.units {
        let due: Vec<_> = obligations(&play.world.store)
            .into_iter()
            .filter(|o| o.unit == line.unit.id && from <= o.due && o.due < until && !matches!(o.verdict, Verdict::Void | Verdict::Waived))
            .collect();
        let filed = due.iter().filter(|o| o.filed.is_some()).count() as u64;
        assert_eq!((line.expected, line.received), (due.len() as u64, filed), "{}", line.unit.id);
        assert_eq!(line.on_time + line.late + line.omitted + line.unreported, line.expected, "{}", line.unit.id);
        assert_eq!((line.trend.len(), line.trend.last()), (TREND_WEEKS, Some(&line.submissions)));
        assert_eq!(line.median_lag_seconds.is_some(), line.received > 0);
    }
    let expected: u64 = digest.units.iter().map(|line| line.expected).sum();
    assert!(expected >= 6 && digest.units.iter().any(|line| line.unreported > 0) && digest.units.iter().any(|line| line.on_time > 0));
    assert_eq!(digest.submissions, 1, "a zero report is none, and the telling is no unit's");
    let overdue: Vec<(Verdict, Instant)> = digest
        .decisions
        .iter()
        .filter_map(|decision| match decision {
            Decision::Overdue { verdict, due, notice: Some(_), acknowledged: false, .. } => Some((*verdict, *due)),
            _ => None,
        })
        .collect();
    assert_eq!(overdue.len(), digest.decisions.len(), "{:?}", digest.decisions);
    let grave = |verdict: Verdict| [Verdict::Unreported, Verdict::Omitted, Verdict::Late].iter().position(|grave| *grave == verdict);
    assert!(overdue.is_sorted_by_key(|(verdict, due)| (grave(*verdict), *due)), "{overdue:?}");
    assert_eq!(overdue[0].0, Rung::Unreported.into());
}

#[test]
fn what_was_late_and_has_come_needs_no_decision_and_is_counted() {
    let office = Office::with(|text| {
        text.push_str("[[duty]]\nname = \"零报告\"\nkind = \"zero-report\"\nunits = [\"xiling\"]\ncron = \"0 17 * * *\"\n");
        text.push_str("from = \"2005-06-06\"\nuntil = \"2005-06-06\"\n");
    });
    let mut play = started(&office, begin());
    bring(&mut play, moment("06-06T18:00"), "a", &Mail::from(address("xiling-a"), "【零报告】西岭县", "无。\n"));
    go(&mut play, moment("06-14T00:00"));
    let (_, digest, _) = digests(&play).remove(0);
    let line = digest.units.iter().find(|line| line.unit.id.as_str() == "xiling").expect("there");
    assert_eq!((line.expected, line.received, line.late, line.median_lag_seconds), (1, 1, 1, Some(3600)));
    assert!(digest.all_good(), "{:?}", digest.decisions);
}

#[test]
fn of_a_duty_only_the_last_of_the_misses_of_earlier_weeks_is_brought_up_again() {
    let office = Office::with(|text| {
        text.push_str("[[duty]]\nname = \"零报告\"\nkind = \"zero-report\"\nunits = [\"xiling\"]\ncron = \"0 17 * * *\"\n");
        text.push_str("from = \"2005-06-08\"\nuntil = \"2005-06-11\"\n");
    });
    let mut play = started(&office, begin());
    go(&mut play, moment("06-21T00:00"));
    let dues: Vec<Vec<Instant>> = digests(&play)
        .iter()
        .map(|(_, digest, _)| {
            let due = |decision: &Decision| match decision {
                Decision::Overdue { due, .. } => *due,
                other => panic!("{other:?}"),
            };
            digest.decisions.iter().map(due).collect()
        })
        .collect();
    let all = ["06-08T17:00", "06-09T17:00", "06-10T17:00", "06-11T17:00"].map(moment);
    assert_eq!(dues, [all.to_vec(), all[3..].to_vec()]);
}

#[test]
fn a_digest_goes_out_while_intake_stands_still_and_says_so_first() {
    let mut play = started(&Office::plain(), begin());
    go(&mut play, moment("06-13T07:00"));
    play.readable(false);
    go(&mut play, moment("06-13T09:00"));
    let sent = digests(&play);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].0.at > moment("06-13T08:00") && sent[0].0.at <= moment("06-13T08:20"), "{}", sent[0].0.at);
    let stalled: Vec<&Decision> = sent[0].1.decisions.iter().take_while(|decision| matches!(decision, Decision::Stalled { .. })).collect();
    assert_eq!(stalled.len(), 2, "{:?}", sent[0].1.decisions);
}

#[test]
fn what_arrived_before_a_digest_is_read_before_it() {
    let mut play = started(&Office::plain(), begin());
    play.readable(false);
    bring(&mut play, moment("06-12T23:59"), "a", &Mail::from(address("xiling-a"), "西岭夏收进展", "有序推进。\n"));
    play.set_now(moment("06-13T08:00"));
    play.readable(true);
    go(&mut play, moment("06-13T08:30"));
    let (notice, digest, _) = digests(&play).remove(0);
    assert_eq!((notice.at, digest.submissions), (moment("06-13T08:00"), 1));
}

#[test]
fn quarantine_and_mail_that_cannot_be_delivered_are_for_the_supervisor_of_all_units() {
    let office = Office::with_network(|_, network| {
        *network = network.replace("level = 3\n", "level = 3\nunits = [\"xiling\"]\n");
    });
    let mut play = started(&office, begin());
    bring(&mut play, moment("06-07T10:00"), "a", &Mail::from("someone@elsewhere.example", "投稿", "你好。\n"));
    go(&mut play, moment("06-14T00:00"));
    let sent = digests(&play);
    assert_eq!(sent[0].1.decisions, [Decision::Quarantined { count: 1, since: moment("06-07T10:00") }]);
    assert_eq!(sent[1].1.decisions, []);
}

#[test]
fn in_a_zone_with_summer_time_it_comes_at_eight_by_the_clock_and_in_the_gap_just_after_it() {
    let berlin = |cron: &str| {
        Office::with(|text| {
            *text = text.replace("Asia/Shanghai", "Europe/Berlin");
            text.push_str(&format!("[digest]\ncron = \"{cron}\"\n"));
        })
    };
    let utc = |text: &str| DateTime::parse_from_rfc3339(&format!("2005-{text}:00Z")).expect("a moment").to_utc();
    let came = |office: &Office, from: &str, until: &str| -> Vec<(String, Instant)> {
        let mut play = started(office, utc(from));
        go(&mut play, utc(until));
        digests(&play).iter().map(|(notice, digest, _)| (digest.week.to_string(), notice.at)).collect()
    };
    let mondays = came(&berlin("0 8 * * MON"), "03-14T12:00", "04-05T00:00");
    assert_eq!(mondays[0], ("2005-W11".to_owned(), utc("03-21T07:00")));
    assert_eq!(mondays[1], ("2005-W12".to_owned(), utc("03-28T06:00")), "summer time began on 27 March");
    // 02:30 does not exist on Sunday, 27 March; the week that had ended is the one before.
    let gap = came(&berlin("30 2 * * SUN"), "03-14T12:00", "04-05T00:00");
    assert_eq!(gap[..2], [("2005-W11".to_owned(), utc("03-27T01:00")), ("2005-W12".to_owned(), utc("04-03T00:30"))]);
    let autumn = came(&berlin("30 2 * * SUN"), "10-17T12:00", "11-07T00:00");
    assert_eq!(
        autumn,
        [("2005-W42".to_owned(), utc("10-30T00:30")), ("2005-W43".to_owned(), utc("11-06T01:30"))],
        "twice shown, once sent"
    );
}

#[test]
fn the_trend_has_twelve_weeks_and_leaves_out_what_is_no_report() {
    let mut play = started(&Office::plain(), begin());
    for week in 0..13 {
        for nth in 0..week {
            let name = format!("w{week:02}-{nth:02}");
            let mail = Mail::from(address("nanchuan-a"), format!("南川情况{week}之{nth}"), format!("第{week}周第{nth}件。\n"));
            bring(&mut play, at(week * WEEK + 600 + nth * 60), &name, &mail);
        }
    }
    let last = at(12 * WEEK + 1500);
    bring(&mut play, last, "zero", &Mail::from(address("nanchuan-a"), "【零报告】南川区", "无。\n"));
    bring(&mut play, last, "mend", &Mail::from(address("nanchuan-a"), "【更正】南川情况12之1", "更正。\n"));
    go(&mut play, at(13 * WEEK + 60));
    let sent = digests(&play);
    let line = sent.last().expect("sent").1.units.iter().find(|line| line.unit.id.as_str() == "nanchuan").cloned().expect("there");
    assert_eq!(line.trend, (1..=12).collect::<Vec<u64>>());
    assert_eq!(read(&play.world.store, |books| books.submission_rows(None, None, 200)).len(), 12 * 13 / 2 + 2);
}
