//! No loop can form: two offices that report to each other, and programs that answer whatever they get, on one mail system.
//!
//! The worst are those that say nothing of what they are: their mail has no header by which a machine is known, and a relay on
//! the way takes away those of our own letters. Every letter is carried at once; the clock goes on by minutes, for two days.

#[path = "world/mod.rs"]
mod world;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use zhibao::domain::notice::NoticeKind;
use zhibao::transport::memory::Sent;

use world::mail::{Mail, header, kind};
use world::office::{OFFICE, Office, address};
use world::play::Play;
use world::{Instant, at};

/// The other office.
const OTHER: &str = "xinxike@binhai.example";

/// How a responder behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manners {
    /// As RFC 3834 asks: marked, and never to the null sender.
    Good,
    /// No mark; in the thread; the same words each time, but for a number.
    Numbered,
    /// No mark and no thread; our subject behind a word of its own; the same words.
    Unthreaded,
    /// No mark; in the thread; other words each time.
    Wordy,
}

/// Words of people who are away, to be put together anew each time.
const WORDS: [&str; 8] = ["主人外出", "天气晴好", "请稍候", "下周再说", "会议未散", "电话联系", "一切如常", "多谢来信"];

/// What a responder at `me` answers to a letter; `nth` counts its answers.
fn response(manners: Manners, me: &str, letter: &Sent, nth: usize, now: Instant) -> Option<Vec<u8>> {
    let subject = header(letter, "Subject").unwrap_or_default();
    let back = letter.envelope_from.clone();
    let words = |n: usize| WORDS[n % WORDS.len()];
    let mail = match manners {
        Manners::Good => {
            let mut mail = Mail::from(me, format!("自动回复：{subject}"), format!("外出，{nth}\n")).header("Auto-Submitted: auto-replied");
            mail.to = Some(back?);
            mail
        }
        Manners::Numbered => {
            Mail::from(me, format!("Re: {subject}"), format!("外出至6月20日，回后即复。工单号{nth}。\n")).answering(letter)
        }
        Manners::Unthreaded => Mail::from(me, format!("自动回复：{subject}"), "外出至6月20日，回后即复。\n"),
        Manners::Wordy => {
            let body = format!("{}，{}，{}，{}。\n", words(nth), words(nth / 2 + 3), words(nth * 5 + 1), words(nth / 7 + nth));
            Mail::from(me, format!("Re: {subject}"), body).answering(letter)
        }
    };
    Some(mail.bytes(&format!("r{nth}.{}", me.split('@').next().unwrap_or_default()), now))
}

/// What the relay between the offices does to letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relay {
    /// Nothing.
    Honest,
    /// It drops every header that marks a machine.
    Strips,
    /// It gives them Message-IDs of its own, besides.
    Renames,
}

/// A letter of ours after such a relay.
fn stripped(letter: &Sent, renamed: bool) -> Vec<u8> {
    let text = String::from_utf8(letter.bytes.clone()).expect("our letters are ASCII");
    let dropped = ["X-Zhibao-", "Auto-Submitted:", "X-Auto-Response-Suppress:"];
    let lines: Vec<&str> = text.split("\r\n").filter(|line| !dropped.iter().any(|name| line.starts_with(name))).collect();
    let text = lines.join("\r\n");
    if renamed { text.replacen("\r\nMessage-ID: <", "\r\nMessage-ID: <relayed.", 1) } else { text }.into_bytes()
}

/// The two offices and the mail system between them.
struct Network {
    offices: [(Play, &'static str); 2],
    responders: BTreeMap<String, Manners>,
    relay: Relay,
    carried: [usize; 2],
    responses: usize,
    /// Answers to each address, by day and office.
    answers: BTreeMap<(usize, String, i64), Vec<String>>,
}

impl Network {
    fn new(relay: Relay, responders: &[(&str, Manners)]) -> Network {
        let ours = Office::with_network(|_, network| *network = network.replace("fire-a@yunzhou.example", OTHER));
        let theirs = Office::with_network(|main, network| {
            *main = main.replace(OFFICE, OTHER);
            *network = network.replace("fire-a@yunzhou.example", OFFICE);
        });
        Network {
            offices: [(Play::new(&ours), OFFICE), (Play::new(&theirs), OTHER)],
            responders: responders.iter().map(|(name, manners)| (address(name), *manners)).collect(),
            relay,
            carried: [0, 0],
            responses: 0,
            answers: BTreeMap::new(),
        }
    }

    fn put(&self, office: usize, bytes: Vec<u8>, now: Instant, key: &str) {
        self.offices[office].0.mailboxes[0].put(format!("{}.{key}", now.timestamp()), now, bytes);
    }

    /// Both offices have a moment, and what they sent is carried to where it goes.
    fn minute(&mut self, now: Instant) {
        for office in 0..2 {
            self.offices[office].0.set_now(now);
            self.offices[office].0.moment().expect("nothing fails for good");
            let sent = self.offices[office].0.outbox.sent();
            for letter in &sent[self.carried[office]..] {
                self.carry(office, letter, now);
            }
            self.carried[office] = sent.len();
        }
    }

    fn carry(&mut self, office: usize, letter: &Sent, now: Instant) {
        let is_answer =
            [NoticeKind::Receipt, NoticeKind::Returned, NoticeKind::Command].iter().any(|answer| answer.as_str() == kind(letter));
        if is_answer {
            let day = (now - at(0)).num_days();
            self.answers.entry((office, letter.to.clone(), day)).or_default().push(header(letter, "Subject").unwrap_or_default());
            assert_eq!(letter.envelope_from, None, "an answer has the null sender");
        } else {
            assert!(letter.envelope_from.as_deref().is_some_and(|from| from.contains("+v")), "an alert has a return path");
        }
        let other = 1 - office;
        if letter.to == self.offices[other].1 {
            let bytes = match self.relay {
                Relay::Honest => letter.bytes.clone(),
                relay => stripped(letter, relay == Relay::Renames),
            };
            self.put(other, bytes, now, &letter.file_name);
        } else if let Some(manners) = self.responders.get(&letter.to).copied() {
            self.responses += 1;
            if let Some(bytes) = response(manners, &letter.to, letter, self.responses, now) {
                self.put(office, bytes, now, &format!("r{}", self.responses));
            }
        }
    }

    /// Two days after the desk of each office has told of an event in the other's unit and in that of the responder.
    fn run(mut self) -> Network {
        let told = |n: usize| {
            let body = "单位：市消防队、西岭县\n发生时间：2005-06-06 08:00\n地点：西岭县老鹰岩\n";
            Mail::from(address("desk"), format!("【事件】西岭县山体滑坡{n}"), body).bytes(&format!("told{n}"), at(0))
        };
        // The other office's unit writes to us of itself, as a person there would, once.
        let person = Mail::from(OTHER, "近期工作安排", "防汛物资已经清点完毕，队伍在岗。\n").bytes("person", at(0));
        self.put(0, told(0), at(0), "told");
        self.put(1, told(1), at(0), "told");
        self.put(0, person, at(0), "person");
        for minute in 0..2 * 24 * 60 {
            self.minute(at(0) + TimeDelta::minutes(minute));
        }
        self
    }

    fn answers_to(&self, who: &str) -> Vec<usize> {
        let counts = self.answers.iter().filter(|((_, to, _), _)| to == who);
        counts.map(|(_, subjects)| subjects.len()).collect()
    }

    fn print(&self, title: &str) {
        println!("{title}: {} responses; answers by office, address and day:", self.responses);
        for ((office, to, day), subjects) in &self.answers {
            println!("  office {office} to {to} on day {day}: {} ({})", subjects.len(), subjects.join(" | "));
        }
    }
}

#[test]
fn two_offices_and_a_responder_with_good_manners_are_silent() {
    let network = Network::new(Relay::Honest, &[("xiling-a", Manners::Good)]).run();
    network.print("good manners");
    assert!(network.responses > 0, "the responder got letters");
    assert_eq!(network.answers_to(&address("xiling-a")), Vec::<usize>::new());
    assert_eq!(network.answers_to(OFFICE), Vec::<usize>::new());
    assert_eq!(network.answers_to(OTHER), [1], "the receipt for the one mail of a person");
}

#[test]
fn a_responder_that_hides_gets_one_answer_a_day_to_its_words() {
    for manners in [Manners::Numbered, Manners::Unthreaded] {
        let network = Network::new(Relay::Honest, &[("xiling-a", manners)]).run();
        network.print(&format!("{manners:?}"));
        assert!(network.responses > 0, "{manners:?}: the responder got letters");
        let counts = network.answers_to(&address("xiling-a"));
        assert!(!counts.is_empty() && counts.iter().all(|count| *count <= 1), "{manners:?}: {counts:?}");
    }
}

#[test]
fn a_responder_with_ever_new_words_is_soon_left_alone() {
    let network = Network::new(Relay::Honest, &[("xiling-a", Manners::Wordy)]).run();
    network.print("ever new words");
    let counts = network.answers_to(&address("xiling-a"));
    assert!(!counts.is_empty() && counts.iter().all(|count| *count <= 12), "{counts:?}");
}

#[test]
fn two_offices_know_each_others_notices_though_a_relay_takes_their_marks() {
    let network = Network::new(Relay::Strips, &[("xiling-a", Manners::Numbered)]).run();
    network.print("marks taken away");
    assert_eq!(network.answers_to(OFFICE), Vec::<usize>::new());
    assert_eq!(network.answers_to(OTHER), [1], "the receipt for the one mail of a person");
}

#[test]
fn two_offices_that_cannot_know_each_other_settle() {
    let network = Network::new(Relay::Renames, &[("xiling-a", Manners::Numbered)]).run();
    network.print("marks and numbers taken away");
    for who in [OFFICE, OTHER] {
        let counts = network.answers_to(who);
        assert!(counts.iter().all(|count| *count <= 16), "{who}: {counts:?}");
    }
    for (of, subjects) in &network.answers {
        let mut seen = subjects.clone();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), subjects.len(), "{of:?}: one content had two answers: {subjects:?}");
    }
}
