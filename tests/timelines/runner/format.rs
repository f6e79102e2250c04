//! How a timeline is written.
//!
//! The format is that of the shared scenarios: `title`, `from`, `until`, any number of `[[mail]]`, `[[expect]]`,
//! `[[never]]`, and `[summary]`, `[replace."FILE"]`, `[append]`. A mail has `at` (its Maildir name, so the arrival),
//! `from`, `to`, `subject`, `body`, `date`, `charset`, `label`, `raw_header`, `message_id`, `headers`, `attach`, or
//! `raw` with `raw_charset`; `reply_to` picks the notice that it answers. A match has `notice`, `unit`, `stage`, `duty`,
//! `event`, `severity`, `period`, `repeat`, `due`, `filed` (± `slack` seconds), `at` (up to `within` seconds later),
//! `after`, `before`, `says`, `to` (all recipients of one number), `times` (how many numbers).
//!
//! Added here:
//! - `day = "2005-06-06"`: times may then be written `10:30`, `10:30:01` or `06-07 10:30`, in `zone` (else +08:00);
//!   `from` is then the start of that day and `until` the start of the next, where they are not given.
//! - An address without `@` is at the office's domain.
//! - `lang = "en"` sets `language`.
//! - `[obligations]`: the replay's obligations by verdict; a verdict that the replay does not name counts 0.
//! - `prefix = true`: replays that stop at three of the mails' times give the same bytes up to there. (Wherever a mail is
//!   a reply this is checked anyway: the notice that it answers comes out of such a replay.)
//! - `text_never` on an expect: no notice that matches may say any of these.
//! - `headers` on a match: whole header lines by name, to the letter.
//! - `submission` on a match: `X-Zhibao-Submission`. `repeat = 0`: no repeat, so no such header.
//! - `nested = 1000` on a mail: its text stands inside so many multiparts.
//! - `to_office = true` on a reply: it goes to the office's plain address, as where a provider refuses plus-addresses;
//!   `threaded = false`: it has no In-Reply-To and no References; `quoted = false`: no quotation below the text.
//! - `bounce` on a mail: a delivery report (RFC 3464) on the copy of a notice that went `to` somebody, from its server.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

/// One timeline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub title: String,
    day: Option<NaiveDate>,
    zone: Option<String>,
    from: Option<String>,
    until: Option<String>,
    pub lang: Option<String>,
    #[serde(default)]
    pub prefix: bool,
    #[serde(default)]
    pub mail: Vec<Mail>,
    #[serde(default)]
    pub expect: Vec<Match>,
    #[serde(default)]
    pub never: Vec<Match>,
    #[serde(default)]
    pub summary: toml::Table,
    pub obligations: Option<BTreeMap<String, u64>>,
    #[serde(default)]
    pub replace: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    pub append: BTreeMap<String, String>,
}

/// One mail that arrives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub at: String,
    pub from: Option<OneOrMany>,
    pub to: Option<String>,
    pub subject: Option<String>,
    #[serde(default)]
    pub body: String,
    pub date: Option<String>,
    pub charset: Option<String>,
    pub label: Option<String>,
    #[serde(default)]
    pub raw_header: bool,
    pub message_id: Option<String>,
    #[serde(default)]
    pub headers: Vec<String>,
    #[serde(default)]
    pub attach: Vec<Attachment>,
    pub raw: Option<String>,
    pub raw_charset: Option<String>,
    pub reply_to: Option<Match>,
    pub nested: Option<usize>,
    #[serde(default)]
    pub to_office: bool,
    pub threaded: Option<bool>,
    pub quoted: Option<bool>,
    pub bounce: Option<Bounce>,
}

/// What another mail system says about a notice of ours.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounce {
    /// The notice, and whose copy.
    pub of: Match,
    pub to: String,
    /// `failed`, `delayed`, `delivered`.
    pub action: String,
    pub status: String,
    pub said: String,
    /// Whom the report names, where it is another.
    pub names: Option<String>,
    /// The Message-ID that it returns, where it is no notice's.
    pub about: Option<String>,
}

/// `from`: one sender, or several in one header each.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn all(&self) -> Vec<&str> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many.iter().map(String::as_str).collect(),
        }
    }
}

/// A file that comes with a mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub name: String,
    pub text: String,
    pub charset: Option<String>,
}

/// Which notices are meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    pub notice: String,
    pub unit: Option<String>,
    pub stage: Option<String>,
    pub duty: Option<String>,
    pub event: Option<String>,
    pub severity: Option<String>,
    pub submission: Option<String>,
    pub period: Option<String>,
    pub repeat: Option<u32>,
    pub due: Option<String>,
    pub filed: Option<String>,
    pub slack: Option<i64>,
    pub at: Option<String>,
    pub within: Option<i64>,
    pub after: Option<String>,
    pub before: Option<String>,
    #[serde(default)]
    pub says: Vec<String>,
    #[serde(default)]
    pub text_never: Vec<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub to: Option<Vec<String>>,
    pub times: Option<usize>,
}

impl Scenario {
    /// Reads a file; misspelt keys, unreadable times and timelines that check nothing are faults.
    pub fn read(file: &Path) -> Result<Scenario, String> {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
        Scenario::parse(&text)
    }

    /// Reads the text of a file, and puts the mails in order of arrival.
    pub fn parse(text: &str) -> Result<Scenario, String> {
        let mut scenario: Scenario = toml::from_str(text).map_err(|error| error.to_string())?;
        scenario.check()?;
        let moments: BTreeMap<String, DateTime<Utc>> =
            scenario.mail.iter().map(|mail| Ok((mail.at.clone(), scenario.instant(&mail.at)?))).collect::<Result<_, String>>()?;
        scenario.mail.sort_by_key(|mail| moments[&mail.at]);
        Ok(scenario)
    }

    fn check(&self) -> Result<(), String> {
        if self.title.trim().is_empty() {
            return Err("no title".to_owned());
        }
        if self.expect.is_empty() && self.summary.is_empty() && self.obligations.is_none() {
            return Err("no expect, no summary, no obligations: it could not fail".to_owned());
        }
        if self.begin()? >= self.end()? {
            return Err("`until` is not after `from`".to_owned());
        }
        for mail in &self.mail {
            let at = self.instant(&mail.at)?;
            if at < self.begin()? || at >= self.end()? {
                return Err(format!("the mail at {} lies outside the timeline", mail.at));
            }
            mail.date.as_deref().map(|date| self.instant(date)).transpose()?;
            if mail.raw.is_none() && mail.from.is_none() && mail.bounce.is_none() {
                return Err(format!("the mail at {} has no `from`", mail.at));
            }
            if let Some(bounce) = &mail.bounce {
                self.check_match(&bounce.of)?;
            }
            if let Some(answered) = &mail.reply_to {
                self.check_match(answered)?;
            }
        }
        self.expect.iter().chain(&self.never).try_for_each(|want| self.check_match(want))?;
        if let Some(want) = self.never.iter().find(|want| want.times.is_some() || want.to.is_some() || !want.text_never.is_empty()) {
            return Err(format!("`times`, `to` and `text_never` say nothing on a never: {want:?}"));
        }
        Ok(())
    }

    fn check_match(&self, want: &Match) -> Result<(), String> {
        if !NOTICES.contains(&want.notice.as_str()) {
            return Err(format!("no notice of kind {:?}", want.notice));
        }
        [&want.due, &want.filed, &want.at, &want.after, &want.before]
            .into_iter()
            .flatten()
            .try_for_each(|time| self.instant(time).map(|_| ()))
    }

    /// When the simulated clock starts.
    pub fn begin(&self) -> Result<DateTime<Utc>, String> {
        match (&self.from, self.day) {
            (Some(time), _) => self.instant(time),
            (None, Some(_)) => self.instant("00:00"),
            (None, None) => Err("neither `from` nor `day`".to_owned()),
        }
    }

    /// When it stops; exclusive.
    pub fn end(&self) -> Result<DateTime<Utc>, String> {
        match (&self.until, self.day) {
            (Some(time), _) => self.instant(time),
            (None, Some(_)) => Ok(self.instant("00:00")? + Days::new(1)),
            (None, None) => Err("neither `until` nor `day`".to_owned()),
        }
    }

    /// A time with its offset, or a short one on `day`.
    pub fn instant(&self, text: &str) -> Result<DateTime<Utc>, String> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Ok(moment.to_utc());
        }
        let day = self.day.ok_or_else(|| format!("{text}: a time needs its date and offset, or the timeline a `day`"))?;
        let (date, clock) = match text.split_once(' ') {
            Some((month_day, clock)) => (format!("{}-{month_day}", day.format("%Y")), clock),
            None => (day.to_string(), text),
        };
        let clock = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
        NaiveTime::parse_from_str(&clock, "%H:%M:%S").map_err(|error| format!("{text}: {error}"))?;
        DateTime::parse_from_rfc3339(&format!("{date}T{clock}{}", self.zone.as_deref().unwrap_or("+08:00")))
            .map(|moment| moment.to_utc())
            .map_err(|error| format!("{text}: {error}"))
    }

    /// The same moment in the timeline's zone, for a mail's `Date`.
    pub fn written(&self, moment: DateTime<Utc>) -> String {
        let offset =
            self.zone.as_deref().unwrap_or("+08:00").parse().unwrap_or_else(|_| chrono::FixedOffset::east_opt(0).expect("0 is in range"));
        moment.with_timezone::<chrono::FixedOffset>(&offset).to_rfc2822()
    }
}

/// interface.md, "Mail that we send".
const NOTICES: [&str; 21] = [
    "receipt",
    "returned",
    "quarantined",
    "question",
    "event-opened",
    "reminder",
    "late",
    "omitted",
    "unreported",
    "supplied",
    "zero",
    "rank-fall",
    "silent",
    "intake-stalled",
    "undeliverable",
    "command",
    "digest",
    "circular",
    "requisition",
    "roster-check",
    "bulletin",
];

/// The network that timelines start from.
pub struct Base {
    files: BTreeMap<&'static str, String>,
    /// The office's own address.
    pub office: String,
}

impl Base {
    /// Reads `zhibao.toml` and `network.toml` of a folder.
    pub fn read(folder: &Path) -> Base {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let files: BTreeMap<&'static str, String> = ["zhibao.toml", "network.toml"].map(|name| (name, read(name))).into();
        let settings: toml::Table = files["zhibao.toml"].parse().unwrap_or_else(|error| panic!("base/zhibao.toml: {error}"));
        let office = settings["office"]["address"].as_str().unwrap_or_else(|| panic!("base/zhibao.toml: [office] has no address"));
        Base { office: office.to_owned(), files }
    }

    /// A file of the base as a timeline changes it.
    pub fn adapted(&self, name: &str, scenario: &Scenario) -> Result<String, String> {
        if let Some(other) = scenario.replace.keys().chain(scenario.append.keys()).find(|key| !self.files.contains_key(key.as_str())) {
            return Err(format!("the base has no file {other}"));
        }
        let mut text = self.files[name].clone();
        if let (Some(lang), "zhibao.toml") = (&scenario.lang, name) {
            text = text.replace("language = \"zh-CN\"", &format!("language = \"{lang}\""));
        }
        for (old, new) in scenario.replace.get(name).into_iter().flatten() {
            if !text.contains(old.as_str()) {
                return Err(format!("{name} has no {old:?} to replace"));
            }
            text = text.replace(old.as_str(), new);
        }
        Ok(format!("{text}\n{}", scenario.append.get(name).map_or("", String::as_str)))
    }

    /// An address as a timeline may shorten it: `desk`, or `Name <desk>`.
    pub fn address(&self, text: &str) -> String {
        let domain = self.office.rsplit_once('@').map_or("", |(_, domain)| domain);
        if text.contains('@') {
            return text.to_owned();
        }
        match text.strip_suffix('>') {
            Some(open) => format!("{open}@{domain}>"),
            None => format!("{text}@{domain}"),
        }
    }
}

#[test]
fn a_misspelt_key_and_a_timeline_without_checks_are_faults() {
    let good = "title = \"t\"\nday = \"2005-06-06\"\n[[expect]]\nnotice = \"late\"\nat = \"10:30\"\n";
    assert!(Scenario::parse(good).is_ok());
    for (wrong, because) in [
        (good.replace("title", "titel"), "titel"),
        (good.replace("at =", "att ="), "att"),
        (good.replace("\"late\"", "\"tardy\""), "tardy"),
        (good.replace("10:30", "25:30"), "25:30"),
        ("title = \"t\"\nday = \"2005-06-06\"\n".to_owned(), "could not fail"),
        (format!("{good}[[mail]]\nat = \"06-08 10:00\"\nfrom = \"desk\"\n"), "outside"),
    ] {
        let fault = Scenario::parse(&wrong).expect_err("the fault is seen");
        assert!(fault.contains(because), "{fault}");
    }
}

#[test]
fn short_times_are_of_the_day_and_its_zone() {
    let text = "title = \"t\"\nday = \"2005-06-06\"\nzone = \"+02:00\"\n[[expect]]\nnotice = \"late\"\n";
    let scenario = Scenario::parse(text).expect("it is well written");
    let utc = |text: &str| scenario.instant(text).expect("it is a time").to_rfc3339();
    assert_eq!(utc("10:30"), "2005-06-06T08:30:00+00:00");
    assert_eq!(utc("06-07 01:00:05"), "2005-06-06T23:00:05+00:00");
    assert_eq!(utc("2005-06-06T10:30:00+08:00"), "2005-06-06T02:30:00+00:00");
    assert_eq!(scenario.end().expect("a day has an end").to_rfc3339(), "2005-06-06T22:00:00+00:00");
}
