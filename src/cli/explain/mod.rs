//! `zhibao explain`: why a notice was sent, or why a unit was or was not called late: rule, times, evidence.

mod authentic;
mod notice;
mod obligation;
mod question;
mod rest;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Everywhere;
use super::failure::Failure;
use super::page::{self, Fit, Page};
use super::session::Session;
use crate::domain::event::Event;
use crate::domain::ids::{EventNo, NoticeNo, QuarantineNo, SubmissionNo};
use crate::domain::notice::{Breach, Content};
use crate::domain::roster::Address;
use crate::domain::rules::{Instant, Rules};
use crate::mail::words::say;
use crate::store::{BY_RULES, Books, PastNotice};

pub use obligation::obligation_page;
pub use rest::{event_page, quarantine_page, submission_page};

/// Arguments of `explain`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// N-2003-000042, E-…, S-…, Q-…, a unit, or `obligation` and its number
    #[arg(required = true, num_args = 1..=2, value_name = "WHAT")]
    what: Vec<String>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    match args.what.as_slice() {
        [word, id] if word == "obligation" => match id.trim_start_matches('#').parse() {
            Ok(id) => obligation_page(&session, id),
            Err(_) => Err(not_understood(id)),
        },
        [what] => one(&session, what),
        other => Err(not_understood(&other.join(" "))),
    }
}

fn one(session: &Session, what: &str) -> Result<Page, Failure> {
    if let Ok(number) = what.parse::<NoticeNo>() {
        return notice::notice_page(session, number);
    }
    if let Ok(number) = what.parse::<EventNo>() {
        return event_page(session, number);
    }
    if let Ok(number) = what.parse::<SubmissionNo>() {
        return submission_page(session, number, false);
    }
    if let Ok(number) = what.parse::<QuarantineNo>() {
        return quarantine_page(session, number);
    }
    if let Ok(id) = what.trim_start_matches('#').parse() {
        return obligation_page(session, id);
    }
    if session.config.roster.unit_ever_named(what).is_none() && what.contains('-') && what.contains(|c: char| c.is_ascii_digit()) {
        return Err(not_understood(what));
    }
    rest::unit_page(session, session.unit(what)?)
}

fn not_understood(what: &str) -> Failure {
    Failure::usage(
        format!("“{what}”不是编号，也不是单位；请写 N-、E-、S-、Q- 编号、obligation 加数字，或单位。"),
        format!(
            "“{what}” is no number and no unit; write a number like N-2003-000042 (or E-, S-, Q-), obligation and its number, or a unit."
        ),
    )
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    at: Instant,
    what: String,
    /// Who did it, or whom it went to.
    who: String,
}

/// An explanation: what it is about, sentences, what happened when, and the facts for scripts.
struct Story {
    title: String,
    sentences: Vec<String>,
    timeline: Vec<Entry>,
    facts: Map<String, Value>,
}

impl Story {
    fn new(title: impl Into<String>) -> Story {
        Story { title: title.into(), sentences: Vec::new(), timeline: Vec::new(), facts: Map::new() }
    }

    fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    fn happened(&mut self, at: Instant, what: impl Into<String>, who: impl Into<String>) {
        self.timeline.push(Entry { at, what: what.into(), who: who.into() });
    }

    fn fact(&mut self, name: &str, value: impl Serialize) {
        // Our types have string keys and finite numbers.
        self.facts.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
    }

    /// The page, the title first, what happened last.
    fn page(mut self, session: &Session) -> Page {
        self.timeline.sort_by_key(|entry| entry.at);
        let mut page = Page::new();
        if session.json {
            self.fact("about", self.title.clone());
            let said: Vec<String> = self.sentences.iter().filter(|sentence| !sentence.is_empty()).cloned().collect();
            self.fact("sentences", said);
            self.fact("timeline", self.timeline.clone());
            page.json(&self.facts);
            return page;
        }
        page.line(page::clean(&self.title));
        page.gap();
        for sentence in &self.sentences {
            page.line(page::clean_lines(sentence));
        }
        self.table(&mut page, session);
        page
    }

    fn table(&self, page: &mut Page, session: &Session) {
        if self.timeline.is_empty() {
            return;
        }
        let w = session.words;
        page.gap();
        let columns =
            [(say!(w, "时间", "time"), Fit::Whole), (say!(w, "经过", "what happened"), Fit::Wrap), (say!(w, "何人", "who"), Fit::Wrap)];
        page.table(&columns, self.timeline.iter().map(|entry| vec![session.at(entry.at), entry.what.clone(), entry.who.clone()]).collect());
    }
}

/// The rules by which an event is judged, or those in force.
fn rules_for(session: &Session, books: &Books<'_>, event: Option<&Event>) -> Result<Rules, Failure> {
    let Some(event) = event else { return Ok(session.config.rules.clone()) };
    let kept = books.rulesets()?.into_iter().find(|(id, ..)| *id == event.ruleset);
    Ok(kept.map_or_else(|| session.config.rules.clone(), |(.., rules)| rules))
}

/// A notice on a timeline: what it was, and to whom each copy went.
fn told(story: &mut Story, session: &Session, books: &Books<'_>, notice: &PastNotice) -> Result<(), Failure> {
    let w = session.words;
    let letters = books.letters_of(notice.number)?;
    let undelivered = letters.iter().filter(|letter| letter.state != "accepted").count();
    let people: Vec<String> = letters.iter().map(|letter| named(session, &letter.to)).collect();
    let mut who = say!(w, format!("致 {}", w.list(&people)), format!("to {}", w.list(&people)));
    if undelivered > 0 {
        who += &say!(w, format!("（{undelivered} 份尚未发出）"), format!(" ({undelivered} not sent yet)"));
    }
    let repeat = match &notice.content {
        Content::Breach(Breach { repeat: repeat @ 1.., .. }) => say!(w, format!("（第{repeat}次重发）"), format!(", repeat {repeat}")),
        _ => String::new(),
    };
    story.happened(notice.at, format!("{} {}{repeat}", w.notice(notice.kind), notice.number), who);
    Ok(())
}

/// A person's name, where the roster gives one, else the address.
fn named(session: &Session, address: &str) -> String {
    let known = Address::parse(address).and_then(|address| session.config.roster.name_of(&address).map(str::to_owned));
    known.unwrap_or_else(|| address.to_owned())
}

/// Who decided: the rules, or a person.
fn decided_by(session: &Session, by: &str) -> String {
    match by {
        BY_RULES => say!(session.words, "按规则", "the rules").to_owned(),
        person => named(session, person),
    }
}
