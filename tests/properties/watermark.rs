//! Our own outage, or the mail server's, makes nobody late; it is told to those who can mend it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::domain::rules::Verdict;

use crate::hold;
use crate::world::acts::{Wants, timeline};
use crate::world::look::{moment, notices, obligations, of_kind, verdicts};
use crate::world::mail::Mail;
use crate::world::office::{Office, address};
use crate::world::play::{Circumstances, Play, QUIET, play, watched};
use crate::world::{Instant, at, written};

const NO_REPLIES: Wants = Wants { replies: false, doubtful: false };

fn outages() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0i64..2 * 1440, 5i64..900), 1..3).prop_map(|spans| {
        let mut spans: Vec<(i64, i64)> = spans.into_iter().map(|(from, long)| (from, from + long)).collect();
        spans.sort();
        spans
    })
}

/// The last moment up to `now` at which the mailboxes could be read.
fn last_readable(outages: &[(i64, i64)], now: Instant) -> Instant {
    let begun = outages.iter().filter(|(from, to)| at(*from) <= now && now < at(*to)).map(|(from, _)| at(*from)).min();
    begun.map_or(now, |from| last_readable(outages, from - chrono::TimeDelta::seconds(1)))
}

#[test]
fn nobody_is_called_late_on_mail_that_could_not_be_read() {
    let office = Office::without_repeats();
    hold(32, &(timeline(NO_REPLIES, 12, 2), outages()), |(entries, unreadable)| {
        let how = Circumstances { unreadable: unreadable.clone(), ..Circumstances::default() };
        let (end, _) = play(&office, &entries, &how);
        for (notice, _) in notices(&end.world.store) {
            let Content::Breach(breach) = &notice.content else { continue };
            let reached = moment(&notice.why, "reached_at").expect("a rung is reached at some time");
            let judged = breach.filed.is_some() || breach.repeat > 0;
            prop_assert!(judged || reached <= last_readable(&unreadable, notice.at), "{notice:?} in {unreadable:?}");
        }
        let (sound, _) = play(&office, &entries, &Circumstances::default());
        prop_assert_eq!(verdicts(&end.world.store), verdicts(&sound.world.store));
        Ok(())
    });
}

#[test]
fn a_standstill_is_told_to_the_operators_and_later_to_the_supervisors() {
    let office = Office::without_repeats();
    hold(32, &(timeline(NO_REPLIES, 12, 2), outages()), |(entries, unreadable)| {
        let how = Circumstances { unreadable, ..Circumstances::default() };
        let mut since: Option<Instant> = None;
        let mut wanted: Vec<(Instant, bool)> = Vec::new();
        let (end, _) = watched(&office, &entries, &how, &mut |now: &Play| match (now.awaits, since) {
            (true, None) => {
                since = Some(now.now());
                wanted.push((now.now(), false));
            }
            (true, Some(begun)) => {
                let told = wanted.last().is_some_and(|(_, escalated)| *escalated);
                if !told && now.now() >= begun + chrono::TimeDelta::hours(1) {
                    wanted.push((now.now(), true));
                }
            }
            (false, _) => since = None,
        });
        let told = of_kind(&end.world.store, NoticeKind::IntakeStalled);
        let found: Vec<(Instant, bool)> = told.iter().map(|(notice, to)| (notice.at, to.contains(&address("chief")))).collect();
        prop_assert_eq!(found, wanted);
        prop_assert!(told.iter().all(|(_, to)| to.contains(&address("ops"))));
        Ok(())
    });
}

/// A county is asked on Monday morning; its report arrives after so many minutes, and is delivered to us so much later.
#[test]
fn what_had_arrived_in_time_is_never_late_in_the_end() {
    let office = Office::plain();
    hold(48, &(0i64..900, 0i64..900), |(arrives, delay)| {
        let desk = Mail::from(
            address("desk"),
            "【事件】【重大】西岭县黑石沟煤矿透水",
            format!("单位：西岭县\n发生时间：{}\n地点：西岭黑石沟\n", written(at(0))),
        );
        let report =
            Mail::from(address("xiling-a"), "【首报】西岭县黑石沟煤矿透水", format!("发生时间：{}\n地点：西岭黑石沟\n", written(at(0))));
        let mut play = Play::new(&office);
        play.mailboxes[0].put("1", at(0), desk.bytes("desk", at(0)));
        let mut put = false;
        while play.now() < at(arrives + delay + QUIET) {
            if !put && play.now() >= at(arrives + delay) {
                let late = report.clone().received(at(arrives));
                play.mailboxes[1].put("2", at(arrives + delay), late.bytes("report", at(arrives)));
                put = true;
            }
            play.moment().expect("nothing fails");
            let next = [play.next_due(), Some(at(arrives + delay)).filter(|_| !put)].into_iter().flatten().min();
            let Some(next) = next else { break };
            play.set_now(next);
        }
        judged_by_arrival(&play, arrives, delay)
    });
}

/// Due after 2 hours, omitted after 4, unreported after 10.
fn judged_by_arrival(play: &Play, arrives: i64, delay: i64) -> Result<(), TestCaseError> {
    let store = &play.world.store;
    let first = obligations(store).into_iter().next().expect("a first report is owed");
    let wanted = match arrives {
        ..=120 => Verdict::OnTime,
        121..=240 => Verdict::Late,
        241..=600 => Verdict::Omitted,
        _ => Verdict::Unreported,
    };
    prop_assert_eq!(first.verdict, wanted);
    let kinds = [NoticeKind::Late, NoticeKind::Omitted, NoticeKind::Unreported];
    let about = |notice: &zhibao::store::PastNotice| notice.obligation == Some(first.id) && kinds.contains(&notice.kind);
    let warned: BTreeMap<String, Instant> = notices(store)
        .into_iter()
        .filter(|(notice, _)| about(notice))
        .flat_map(|(notice, to)| to.into_iter().map(move |to| (to, notice.at)))
        .collect();
    let supplied: Vec<_> = of_kind(store, NoticeKind::Supplied).into_iter().filter(|(n, _)| n.obligation == Some(first.id)).collect();
    // At the moment of a rung mail is read first: what comes just then prevents it.
    if arrives + delay <= 120 {
        prop_assert!(warned.is_empty() && supplied.is_empty(), "{warned:?} {supplied:?}");
        return Ok(());
    }
    let came_too_late = warned.values().any(|at| *at >= crate::world::at(arrives + delay));
    prop_assert_eq!(supplied.len(), usize::from(!came_too_late), "{:?} {:?}", warned, supplied);
    for (notice, to) in supplied {
        let Content::Supplied(said) = &notice.content else { panic!("{notice:?}") };
        prop_assert_eq!(said.withdrawn, arrives <= 120);
        prop_assert!(warned.keys().all(|person| to.contains(person)) && to.len() == warned.len(), "{warned:?} {to:?}");
    }
    Ok(())
}
