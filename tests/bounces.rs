//! What comes back: matched to its letter whatever its shape, followed up once, and never believed where it could be forged.

#[path = "world/mod.rs"]
mod world;

use chrono::TimeDelta;
use zhibao::domain::notice::{Content, NoticeKind};
use zhibao::store::{CommitPoint, FailingAddress, PastNotice, StoreError};
use zhibao::transport::memory::{Fault, Sent};

use world::look::read;
use world::mail::{Mail, kind};
use world::office::{Office, address};
use world::play::Play;
use world::{Instant, at};

/// An office in which an event was told at minute 0 that Xiling does not report; its late notice is due at minute 120.
fn told() -> (Office, Play) {
    let office = Office::without_repeats();
    let mut play = Play::new(&office);
    let body = "单位：西岭县\n发生时间：2005-06-06 08:00\n地点：西岭县老鹰岩\n";
    put(&play, at(0), "told", Mail::from(address("desk"), "【事件】【重大】西岭县山体滑坡", body).bytes("told", at(0)));
    for minute in 0..12 {
        moment(&mut play, at(10 * minute));
    }
    assert!(kinds(&play, "late").is_empty());
    (office, play)
}

/// The same, and the late notice went out.
fn late() -> (Office, Play) {
    let (office, mut play) = told();
    moment(&mut play, at(121));
    assert_eq!(to(&kinds(&play, "late")), ["chief", "xiling-a"]);
    (office, play)
}

fn put(play: &Play, now: Instant, key: &str, bytes: Vec<u8>) {
    play.mailboxes[0].put(format!("{}.{key}", now.timestamp()), now, bytes);
}

fn moment(play: &mut Play, now: Instant) {
    play.set_now(now);
    play.moment().expect("nothing fails for good");
}

fn kinds(play: &Play, of: &str) -> Vec<Sent> {
    play.outbox.sent().into_iter().filter(|letter| kind(letter) == of).collect()
}

fn to(letters: &[Sent]) -> Vec<&str> {
    letters.iter().map(|letter| letter.to.split('@').next().unwrap_or_default()).collect()
}

/// A bounce of a shape that nobody knows, to the envelope sender of a letter.
fn odd(letter: &Sent, now: Instant) -> Vec<u8> {
    odd_to(letter.envelope_from.as_deref().expect("an alert has a return path"), now)
}

fn odd_to(path: &str, now: Instant) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nFrom: Post Office <postmaster@odd.example>\r\nTo: <{path}>\r\nSubject: failure notice\r\nDate: {}\r\n\
         Message-ID: <odd.{}@odd.example>\r\n\r\nSorry, your mail could not be delivered. 550 5.1.1 no such user\r\n",
        now.to_rfc2822(),
        now.timestamp(),
    )
    .into_bytes()
}

fn failing(play: &Play) -> Vec<FailingAddress> {
    read(&play.world.store, |books| books.failing_addresses(play.now()))
}

fn undeliverable(play: &Play) -> Vec<PastNotice> {
    read(&play.world.store, |books| books.notices_of_kind(NoticeKind::Undeliverable))
}

fn letter_to(letters: &[Sent], who: &str) -> Sent {
    letters.iter().rfind(|letter| letter.to == address(who)).cloned().unwrap_or_else(|| panic!("no letter to {who}"))
}

#[test]
fn a_bounce_of_any_shape_is_known_by_its_envelope() {
    let (_, mut play) = late();
    let sent = kinds(&play, "late");
    let now = play.now() + TimeDelta::minutes(5);
    put(&play, now, "odd", odd(&letter_to(&sent, "chief"), now));
    moment(&mut play, now);
    assert_eq!(to(&kinds(&play, "late")), ["chief", "xiling-a", "deputy"], "it went on to the next level");
    let told = undeliverable(&play);
    let Content::Undeliverable(what) = &told[0].content else { panic!("{told:?}") };
    assert_eq!((what.to.as_str(), what.bounced, what.status.as_deref()), ("chief@yunzhou.example", true, Some("5.1.1")));
    assert_eq!(what.went_on_to[0].address.as_str(), "deputy@yunzhou.example");
    assert!(what.error.contains("no such user"), "{what:?}");
    assert_eq!(to(&kinds(&play, "undeliverable")), ["ops"]);
    assert_eq!(failing(&play).iter().map(|mark| mark.address.as_str()).collect::<Vec<_>>(), ["chief@yunzhou.example"]);
    let bounces = read(&play.world.store, |books| books.bounces_of(what.notice));
    assert_eq!(bounces.len(), 1);
    let again = now + TimeDelta::minutes(5);
    put(&play, again, "again", odd(&letter_to(&sent, "chief"), again));
    moment(&mut play, again);
    assert_eq!(undeliverable(&play).len(), 1, "a second report of the same letter is no news");
    assert_eq!(kinds(&play, "late").len(), 3);
}

#[test]
fn a_bounce_with_a_made_up_envelope_changes_nothing() {
    let (_, mut play) = late();
    let letter = letter_to(&kinds(&play, "late"), "chief");
    let path = letter.envelope_from.expect("a return path");
    let (before, token) = path.split_once("+v").expect("a tag");
    let (id, rest) = token.split_once('.').expect("a token");
    let forged = format!("{before}+v{id}.aaaaaaaaaa@{}", rest.split_once('@').expect("a domain").1);
    let other = format!("{before}+v{}.{rest}", id.parse::<i64>().expect("a number") + 1);
    for (n, path) in [forged, other].iter().enumerate() {
        let now = play.now() + TimeDelta::minutes(1);
        put(&play, now, &format!("forged{n}"), odd_to(path, now));
        moment(&mut play, now);
    }
    assert_eq!((undeliverable(&play).len(), failing(&play).len(), kinds(&play, "late").len()), (0, 0, 2));
}

#[test]
fn a_refusal_at_sending_takes_the_same_way_and_a_later_success_lifts_the_mark() {
    let (_, mut play) = told();
    play.outbox.script([Fault::Permanent]);
    let later = at(121);
    moment(&mut play, later);
    assert_eq!(to(&kinds(&play, "late")), ["xiling-a", "deputy"], "the refused copy went on");
    let told = undeliverable(&play);
    let Content::Undeliverable(what) = &told[0].content else { panic!("{told:?}") };
    assert!(!what.bounced && what.given_up && what.went_on_to.len() == 1, "{what:?}");
    assert_eq!(failing(&play)[0].address, "chief@yunzhou.example");
    play.world.store.write(CommitPoint::Console, |books| books.retry_letters(None, later)).map_err(|e: StoreError| e).expect("written");
    moment(&mut play, later + TimeDelta::minutes(1));
    assert_eq!(failing(&play), [], "a relay that had refused has taken a letter");
}

#[test]
fn the_mark_of_a_bounce_lasts_a_day_after_the_next_letter_was_taken_or_until_the_address_is_gone() {
    let (_, mut play) = late();
    let now = play.now() + TimeDelta::minutes(5);
    put(&play, now, "odd", odd(&letter_to(&kinds(&play, "late"), "chief"), now));
    moment(&mut play, now);
    play.world.store.write(CommitPoint::Console, |books| books.retry_letters(None, now)).map_err(|e: StoreError| e).expect("written");
    moment(&mut play, now + TimeDelta::minutes(1));
    assert_eq!(failing(&play).len(), 1, "a relay took it before, too");
    play.set_now(now + TimeDelta::days(1) + TimeDelta::minutes(2));
    assert_eq!(failing(&play), [], "a day has passed, and nothing came back");
    play.set_now(now + TimeDelta::minutes(2));
    let gone = Office::with_network(|_, network| *network = network.replace("chief@yunzhou.example", "chief2@yunzhou.example"));
    zhibao::steps::begin::reload(&play.world.store, gone.setup(), play.now()).expect("a reload");
    assert_eq!(failing(&play), [], "nobody has that address any more");
}

#[test]
fn a_letter_that_is_sent_again_may_come_back_again() {
    let (_, mut play) = late();
    let letter = letter_to(&kinds(&play, "late"), "chief");
    let now = play.now() + TimeDelta::minutes(5);
    put(&play, now, "odd", odd(&letter, now));
    moment(&mut play, now);
    assert_eq!(undeliverable(&play).len(), 1);
    play.world.store.write(CommitPoint::Console, |books| books.retry_letters(None, now)).map_err(|e: StoreError| e).expect("written");
    moment(&mut play, now + TimeDelta::minutes(1));
    let again = now + TimeDelta::minutes(5);
    put(&play, again, "odder", odd(&letter, again));
    moment(&mut play, again);
    assert_eq!(undeliverable(&play).len(), 2, "the operators hear that it failed once more");
    assert_eq!((failing(&play)[0].times, failing(&play)[0].last), (2, again));
}

#[test]
fn what_tells_of_trouble_makes_no_loop_of_its_own() {
    let (_, mut play) = late();
    let mut now = play.now() + TimeDelta::minutes(5);
    put(&play, now, "odd", odd(&letter_to(&kinds(&play, "late"), "chief"), now));
    moment(&mut play, now);
    for who in ["ops", "desk"] {
        now += TimeDelta::minutes(5);
        let letter = letter_to(&kinds(&play, "undeliverable"), who);
        put(&play, now, who, odd(&letter, now));
        moment(&mut play, now);
    }
    assert_eq!(undeliverable(&play).len(), 2, "that the operators cannot be reached is not told to them, but goes on");
    assert_eq!(to(&kinds(&play, "undeliverable")), ["ops", "desk"], "the desk hears instead, and then nobody is left");
    assert_eq!(failing(&play).len(), 3);
}

#[test]
fn every_message_of_a_machine_has_its_reason() {
    let (_, mut play) = late();
    let letter = letter_to(&kinds(&play, "late"), "chief");
    let now = play.now() + TimeDelta::minutes(5);
    let away = Mail::from(address("chief"), "自动回复：外出", "外出\n").header("Auto-Submitted: auto-replied").answering(&letter);
    put(&play, now, "away", away.bytes("away", now));
    put(&play, now, "lost", odd_to("xinxike@yunzhou.example", now));
    moment(&mut play, now);
    let ignored = read(&play.world.store, |books| books.summary()).dispositions;
    assert_eq!(ignored.get(&zhibao::domain::message::Disposition::Ignored), Some(&2));
    assert_eq!((undeliverable(&play).len(), to(&kinds(&play, "command"))), (0, vec!["desk"]), "absence is no command");
}
