//! A notice, a recipient and a letterhead become a message: it is worded (`word`), drafted (`Draft`) and sealed (`seal`).
//!
//! Bytes are a function of the input: no clock, no randomness. `view` turns the notice's facts into words, a template of
//! its kind and language turns these into sentences, `layout` makes text and HTML of them, `envelope` the message.

mod answer;
mod asked;
mod charts;
mod circular;
mod desk;
mod digest;
mod draft;
mod envelope;
mod exhibit;
mod layout;
mod plain;
mod requests;
mod standings;
mod trial;
mod trouble;
mod view;
mod warnings;

pub use draft::{Draft, Wording};
pub use trial::trial_letter;

use std::fmt;
use std::sync::Arc;

use chrono_tz::Tz;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use self::envelope::{Attachment, compact};
use self::exhibit::Picture;
use self::layout::Parts;
use self::view::View;
use super::chart::{ChartError, Pen};
use super::token::Key;
use super::words::{Words, say};
use super::workbook::{self, WorkbookError};
use crate::domain::ids::NoticeNo;
use crate::domain::language::Language;
use crate::domain::notice::{Capacity, CommandAnswer, Content, Headers, Notice, NoticeKind, Outcome, Recipient, UnitRef};
use crate::domain::roster::{Address, Office};
use crate::domain::rules::Instant;

/// On what a notice is written: who writes, in which language, in whose time, with which key.
#[derive(Clone, Copy, Debug)]
pub struct Stationery<'a> {
    /// Sender of every notice.
    pub office: &'a Office,
    /// Of subject, text and HTML.
    pub language: Language,
    /// In which moments are shown.
    pub zone: Tz,
    /// Makes the tokens.
    pub key: &'a Key,
}

/// One copy of a notice, ready to be stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its one recipient.
    pub to: Address,
    /// Without angle brackets.
    pub message_id: String,
    /// As a person reads it.
    pub subject: String,
    /// The whole message, CRLF line ends.
    pub bytes: Vec<u8>,
}

/// What a letter answers and follows, for its recipient. Identifiers that are none are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Message-ID of the mail that it answers, or of the notice that it follows, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Message-IDs of what went before, oldest first.
    pub references: Vec<String>,
}

/// Why a notice could not be put into words.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The address cannot stand in a header; the configuration should not have let it in.
    #[error("mail cannot be addressed to {0}")]
    Address(Address),
    /// A template asked for what its view does not have: a defect of ours.
    #[error("the template of a {kind} notice failed: {error:#}")]
    Template {
        /// The notice's kind.
        kind: NoticeKind,
        /// What the engine says.
        #[source]
        error: minijinja::Error,
    },
    /// A chart of it could not be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// The workbook that goes with it could not be written.
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    /// The message could not be signed.
    #[error("the message could not be signed: {0}. Check [dkim]")]
    Sign(String),
    /// The message could not be built.
    #[error("the message could not be built")]
    Build(#[source] lettre::error::Error),
}

/// Holds the templates, read once.
pub struct Composer {
    sentences: Environment<'static>,
    layouts: Environment<'static>,
    pen: Pen,
}

impl fmt::Debug for Composer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Composer")
    }
}

impl Default for Composer {
    fn default() -> Self {
        Composer::new()
    }
}

macro_rules! templates {
    ($language:literal, $($name:literal),+ $(,)?) => {
        [$((concat!($language, "/", $name), include_str!(concat!("templates/", $language, "/", $name, ".txt")))),+]
    };
}

macro_rules! templates_of {
    ($language:literal) => {
        templates!(
            $language,
            "receipt",
            "returned",
            "quarantined",
            "question",
            "event-opened",
            "reminder",
            "breach",
            "late",
            "omitted",
            "unreported",
            "supplied",
            "intake-stalled",
            "undeliverable",
            "command",
            "zero",
            "rank-fall",
            "silent",
            "digest",
            "circular",
            "requisition",
            "roster-check",
            "bulletin",
            "canary",
            "why",
            "how-to-file"
        )
    };
}

const SENTENCES: [[(&str, &str); 25]; 2] = [templates_of!("zh-CN"), templates_of!("en")];
const LAYOUTS: [(&str, &str); 2] =
    [("layout.txt", include_str!("templates/layout.txt")), ("layout.html", include_str!("templates/layout.html"))];

impl Composer {
    /// A composer with every template compiled.
    #[allow(clippy::expect_used)] // templates are constants; tests/notices.rs renders each
    pub fn new() -> Composer {
        let mut sentences = Environment::new();
        sentences.set_undefined_behavior(UndefinedBehavior::Strict);
        sentences.set_auto_escape_callback(|_| AutoEscape::None);
        sentences.add_template_owned("parts", layout::parts_template()).expect("a constant template that the tests render");
        for (name, source) in SENTENCES.into_iter().flatten() {
            sentences.add_template(name, source).expect("a constant template that the tests render");
        }
        let mut layouts = Environment::new();
        layouts.set_undefined_behavior(UndefinedBehavior::Strict);
        layouts.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
        layouts.add_filter("numbers", layout::keep_numbers);
        for (name, source) in LAYOUTS {
            layouts.add_template(name, source).expect("a constant template that the tests render");
        }
        Composer { sentences, layouts, pen: Pen::default() }
    }

    /// The copy of `notice` for `to`, at one go; see `word`, `Draft` and `seal`.
    #[allow(clippy::too_many_arguments)] // each is a fact of its own
    pub fn compose(
        &self,
        notice: &Notice,
        number: NoticeNo,
        at: Instant,
        to: &Recipient,
        copy: usize,
        thread: &Thread,
        stationery: &Stationery<'_>,
    ) -> Result<Letter, ComposeError> {
        let wording = self.word(&Arc::new(notice.clone()), number, at, to.capacity, None, stationery)?;
        self.seal(&Draft::of(&Arc::new(wording), to, copy, thread.clone(), stationery)?, stationery)
    }

    /// The subject without number and token, for lists and logs: 迟报：盂县 首报 · 盂县某煤矿透水事故.
    pub fn title(&self, notice: &Notice, language: Language) -> Result<String, ComposeError> {
        let words = Words::new(language, Tz::UTC);
        let capacity = notice.recipients.first().map_or(Capacity::Sender, |recipient| recipient.capacity);
        let nobody = Office { name: String::new(), address: no_address(), desk: Vec::new(), operators: Vec::new() };
        let view = View::of(notice, capacity, Instant::UNIX_EPOCH, &nobody, words);
        Ok(plain::untagged(&self.parts(notice.kind, &view, words)?.subject, plain::SUBJECT_MAX))
    }

    /// What came of a command, in the sentences of its answer, for whoever gave it at the console.
    pub fn outcome(&self, outcome: &Outcome, language: Language, zone: Tz) -> Result<String, ComposeError> {
        let words = Words::new(language, zone);
        let content = Content::Command(CommandAnswer { wrote: String::new(), outcome: outcome.clone() });
        let kind = NoticeKind::Command;
        let notice = Notice { kind, recipients: Vec::new(), content, about: Headers::default(), answers: None, follows: None };
        let nobody = Office { name: String::new(), address: no_address(), desk: Vec::new(), operators: Vec::new() };
        let view = View::of(&notice, Capacity::Operator, Instant::UNIX_EPOCH, &nobody, words);
        Ok(layout::text(&self.parts(kind, &view, words)?.lead).trim().to_owned())
    }

    /// What happened and by what rule, in the sentences that `content` about `unit` has for supervisors, one each.
    pub fn reasons(
        &self,
        kind: NoticeKind,
        content: &Content,
        unit: Option<&UnitRef>,
        at: Instant,
        language: Language,
        zone: Tz,
    ) -> Result<Vec<String>, ComposeError> {
        let words = Words::new(language, zone);
        let about = Headers { unit: unit.cloned(), ..Headers::default() };
        let notice = Notice { kind, recipients: Vec::new(), content: content.clone(), about, answers: None, follows: None };
        let nobody = Office { name: String::new(), address: no_address(), desk: Vec::new(), operators: Vec::new() };
        let view = View::of(&notice, Capacity::Supervisor, at, &nobody, words);
        let parts = self.parts(kind, &view, words)?;
        let said = format!("{}\n{}", layout::text(&parts.lead), layout::text(&parts.why));
        Ok(said.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// The charts of a view, drawn.
    fn pictures(&self, view: &View, number: NoticeNo, office: &Office) -> Result<Vec<Picture>, ComposeError> {
        let charts = view.exhibits.iter().flat_map(|exhibit| &exhibit.charts);
        charts
            .map(|chart| {
                let content_id = format!("{}.{}@{}", chart.name, compact(number), office.address.domain());
                Ok(Picture { name: chart.name, content_id, bytes: self.pen.draw(chart)? })
            })
            .collect()
    }

    fn parts(&self, kind: NoticeKind, view: &View, words: Words) -> Result<Parts, ComposeError> {
        let name = format!("{}/{kind}", words.language);
        let rendered = self.sentences.get_template(&name).and_then(|template| template.render(view.values()));
        rendered.map(|rendered| Parts::split(&rendered)).map_err(|error| ComposeError::Template { kind, error })
    }
}

/// Why somebody gets what was for another.
fn stands_in(missed: &Address, words: Words) -> String {
    say!(
        words,
        format!("本通知原发 {missed}，未能送达，现改发给您，请接办。"),
        format!("This was for {missed}, where it could not be delivered. It goes to you now, so please see to it.")
    )
}

/// Whether its subject carries number and token: a person may answer it by a command; or it comes back to us, whatever relays make of its
/// Message-ID on the way.
fn carries_token(notice: &Notice) -> bool {
    matches!(
        notice.kind,
        NoticeKind::Late
            | NoticeKind::Omitted
            | NoticeKind::Unreported
            | NoticeKind::Quarantined
            | NoticeKind::Question
            | NoticeKind::RosterCheck
            | NoticeKind::Canary
    )
}

/// A title has no letterhead; no template's subject names the office.
#[allow(clippy::expect_used)]
fn no_address() -> Address {
    Address::parse("nobody@localhost").expect("a constant address that parses")
}

/// The workbooks that go with a notice: the circular's table, and a digest's that is too long for its page.
fn attachments(notice: &Notice, words: Words) -> Result<Vec<Attachment>, ComposeError> {
    let (name, bytes) = match &notice.content {
        Content::Circular(circular) => (format!("circular-{}.xlsx", circular.month), workbook::circular(circular, words)?),
        Content::Digest(digest) if digest.units.len() > digest::HTML_ROWS => {
            (format!("digest-{}.xlsx", digest.week), workbook::digest(digest, words)?)
        }
        _ => return Ok(Vec::new()),
    };
    Ok(vec![Attachment { name, bytes }])
}

/// The values of both layouts.
#[allow(clippy::too_many_arguments)] // each is a fact of its own
fn page(
    notice: &Notice,
    number: NoticeNo,
    office: &Office,
    words: Words,
    title: &str,
    parts: &Parts,
    view: &View,
    pictures: &[Picture],
) -> Value {
    let section = |heading: &'static str, blocks: &[layout::Block]| {
        context! { heading, text => layout::text(blocks), blocks => layout::values(blocks) }
    };
    let sections = [
        section(say!(words, "请注意", "Please note"), &parts.note),
        section(say!(words, "依据", "Why"), &parts.why),
        section(say!(words, "请办理", "What to do"), &parts.next),
        section(say!(words, "如何回复", "How to answer"), &parts.answer),
    ];
    let zone = words.zone_name();
    context! {
        lang => words.language.as_str(),
        title,
        rule => "─".repeat((plain::columns(title)).clamp(8, 72)),
        kind => view::capitalised(words.notice(notice.kind)),
        number => number.to_string(),
        colour => colour(notice),
        fonts => say!(words, FONTS_ZH, FONTS_EN),
        lead_text => layout::text(&parts.lead),
        lead => layout::values(&parts.lead),
        tables_text => layout::table_text(&view.tables),
        tables => layout::table_values(&view.tables),
        exhibits_text => exhibit::text(&view.exhibits),
        exhibits => exhibit::values(&view.exhibits, pictures),
        sections => Value::from_iter(sections),
        office => plain::line(&office.name, plain::NAME_MAX),
        foot => say!(words, format!("本邮件由直报系统自动发出，编号 {number}。文中时间均为{zone}。"),
            format!("Sent automatically by zhibao, number {number}. Times are in {zone}.")),
    }
}

/// Each language's own fonts first: they decide how wide quotation marks are.
const FONTS_ZH: &str = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',-apple-system,'Segoe UI',sans-serif";
const FONTS_EN: &str = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// The bar at the left: amber for late, red for what is graver, green for what has come, else blue-grey.
fn colour(notice: &Notice) -> &'static str {
    const AMBER: &str = "#d98200";
    const RED: &str = "#c62f2f";
    const GREEN: &str = "#2e8b57";
    const BLUE_GREY: &str = "#5b7083";
    match notice.kind {
        NoticeKind::Late | NoticeKind::Zero | NoticeKind::RankFall | NoticeKind::Silent => AMBER,
        NoticeKind::Omitted | NoticeKind::Unreported => RED,
        NoticeKind::Receipt | NoticeKind::Supplied => GREEN,
        _ => BLUE_GREY,
    }
}
