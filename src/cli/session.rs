//! What every command begins with: the configuration, the store, who gives the command, and how times are read and shown.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::Everywhere;
use super::failure::Failure;
use crate::clock::Clock;
use crate::config::{self, Config, Problem};
use crate::daemon;
use crate::domain::ids::UnitId;
use crate::domain::roster::{Address, Unit};
use crate::domain::rules::Instant;
use crate::domain::schedule;
use crate::mail::words::{Words, say};
use crate::steps::{Setup, StepError, begin};
use crate::store::{Books, CommitPoint, Durability, Store};

const HERE: &str = "zhibao.toml";
const SYSTEM: &str = "/etc/zhibao/zhibao.toml";

/// The configuration file that holds: the one named, else the one here, else the system's.
pub fn config_path(everywhere: &Everywhere) -> Result<PathBuf, Failure> {
    if let Some(path) = &everywhere.config {
        return Ok(path.clone());
    }
    let tried = [PathBuf::from(HERE), PathBuf::from(SYSTEM)];
    // A file that is there and cannot be read is a mistake to be told, not to be passed over.
    let there = tried.iter().find(|path| path.symlink_metadata().is_ok()).cloned();
    there.ok_or_else(|| Failure::NoConfig { tried: [std::path::absolute(HERE).unwrap_or_else(|_| HERE.into()), SYSTEM.into()] })
}

/// A configuration, and how to speak under it.
pub struct Session {
    /// The configuration.
    pub config: Config,
    /// What is doubtful about it.
    pub warnings: Vec<Problem>,
    /// The language of what is printed, and the office's zone.
    pub words: Words,
    /// Facts are asked for as JSON.
    pub json: bool,
    /// Taken once.
    pub now: Instant,
}

impl Session {
    /// Reads the configuration.
    pub fn open(everywhere: &Everywhere) -> Result<Session, Failure> {
        let config::Loaded { config, warnings } = config::load(&config_path(everywhere)?)?;
        let words = Words::new(everywhere.lang.unwrap_or(config.language), config.timezone);
        Ok(Session { config, warnings, words, json: everywhere.json, now: Clock::Wall.now() })
    }

    /// The store that the daemon uses. A command never makes one: whose it were would depend on who looked first.
    pub fn store(&self) -> Result<Store, Failure> {
        let path = &self.config.store_path;
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Err(Failure::NoStore(path.clone()));
        }
        Ok(Store::open(path, Durability::Full)?)
    }

    /// Looks into the store.
    pub fn look<T>(&self, look: impl FnOnce(&Books<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        self.store()?.read(look)
    }

    /// Looks into the store under the rules that it holds.
    pub fn look_with<T>(&self, look: impl FnOnce(&Books<'_>, &Setup) -> Result<T, Failure>) -> Result<T, Failure> {
        let store = self.store()?;
        let key = daemon::load_or_make_key(&self.config.key_file)?;
        store.read(|books| look(books, &begin::join(books, daemon::setup(&self.config, key))?))
    }

    /// Changes the store as one step, under the rules that it holds, and wakes the daemon.
    pub fn change<T>(&self, step: impl FnOnce(&Books<'_>, &Setup) -> Result<T, Failure>) -> Result<T, Failure> {
        let store = self.store()?;
        let key = daemon::load_or_make_key(&self.config.key_file)?;
        let signer = daemon::signer(&self.config)
            .map_err(|why| Failure::failed(format!("[dkim] 的密钥无法使用：{why}"), format!("the key of [dkim] cannot be used: {why}")))?;
        let setup = Setup { signer, ..daemon::setup(&self.config, key) };
        let setup = store.read::<_, StepError>(|books| begin::join(books, setup))?;
        if setup.rulesets.is_empty() {
            return Err(Failure::NotBegun(store.path().to_owned()));
        }
        let done = store.write(CommitPoint::Console, |books| step(books, &setup))?;
        self.wake(store.path());
        Ok(done)
    }

    /// Wakes the daemon of the store, if one runs. It looks at the store now and then by itself: a failure costs time only.
    pub fn wake(&self, store: &Path) {
        if let Err(error) = daemon::wake(store) {
            tracing::warn!(%error, "the daemon could not be woken; it looks by itself before long");
        }
    }

    /// Who gives the command: `--by`, else the first operator.
    pub fn by(&self, by: Option<&str>) -> Result<Address, Failure> {
        let office = &self.config.roster.office;
        match by {
            None => Ok(office.operators.first().unwrap_or(&office.address).clone()),
            Some(text) => Address::parse(text).ok_or_else(|| {
                Failure::usage(
                    format!("--by 后的“{text}”不是邮件地址；请写决定人的地址，例如 --by {}。", office.address),
                    format!("--by “{text}” is no email address; write that of the person who decides, as in --by {}.", office.address),
                )
            }),
        }
    }

    /// The unit that goes by this id, name or alias.
    pub fn unit(&self, name: &str) -> Result<&Unit, Failure> {
        let roster = &self.config.roster;
        roster.unit_ever_named(name).ok_or_else(|| {
            let near = roster
                .units
                .iter()
                .max_by(|a, b| likeness(a, name).total_cmp(&likeness(b, name)))
                .filter(|unit| likeness(unit, name) > 0.7);
            let (zh, en) = match near {
                Some(unit) => (format!("是否想写“{}”？", unit.id), format!("Did you mean “{}”?", unit.id)),
                None => ("可用 zhibao unit list 查看。".to_owned(), "zhibao unit list shows those that are.".to_owned()),
            };
            Failure::failed(format!("花名册上没有单位“{name}”。{zh}"), format!("The roster has no unit “{name}”. {en}"))
        })
    }

    /// A unit's name; one that has left the roster keeps its id.
    pub fn name<'a>(&'a self, id: &'a UnitId) -> &'a str {
        self.config.roster.unit(id).map_or(id.as_str(), |unit| unit.name.as_str())
    }

    /// 2003-03-03 11:10, in the office's zone.
    pub fn at(&self, at: Instant) -> String {
        at.with_timezone(&self.words.zone).format("%Y-%m-%d %H:%M").to_string()
    }

    /// The same, or nothing.
    pub fn at_opt(&self, at: Option<Instant>) -> String {
        at.map(|at| self.at(at)).unwrap_or_default()
    }

    /// A moment of the command line: RFC 3339, or a date or date-time in the office's zone.
    pub fn moment(&self, text: &str, option: &str) -> Result<Instant, Failure> {
        let zone = self.words.zone;
        read_moment(text).map(|read| read.in_zone(zone)).ok_or_else(|| {
            Failure::usage(
                format!("{option} 后的“{text}”不是时间；请写 2003-03-03、2003-03-03T08:00（{zone}）或 2003-03-03T08:00:00+08:00。"),
                format!("{option} “{text}” is no moment; write 2003-03-03, 2003-03-03T08:00 (of {zone}) or 2003-03-03T08:00:00+08:00."),
            )
        })
    }

    /// How long ago, or in how long: 3小时前 / 3 h ago.
    pub fn ago(&self, at: Instant) -> String {
        let span = self.words.span((self.now - at).num_seconds());
        match at > self.now {
            true => say!(self.words, format!("{span}后"), format!("in {span}")),
            false => say!(self.words, format!("{span}前"), format!("{span} ago")),
        }
    }
}

fn likeness(unit: &Unit, name: &str) -> f64 {
    let names = std::iter::once(unit.id.as_str()).chain(unit.names());
    names.map(|known| strsim::jaro_winkler(&known.to_lowercase(), &name.to_lowercase())).fold(0.0, f64::max)
}

/// A moment as it was written.
#[derive(Debug, PartialEq, Eq)]
enum Moment {
    Fixed(Instant),
    Local(NaiveDateTime),
}

impl Moment {
    fn in_zone(self, zone: chrono_tz::Tz) -> Instant {
        match self {
            Moment::Fixed(at) => at,
            Moment::Local(local) => schedule::resolve(local, zone),
        }
    }
}

fn read_moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return DateTime::from_timestamp(at.with_timezone(&Utc).timestamp(), 0).map(Moment::Fixed);
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Moment::Local(day.and_time(NaiveTime::MIN)));
    }
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"];
    forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(Moment::Local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai(text: &str) -> Option<String> {
        read_moment(text).map(|moment| moment.in_zone(chrono_tz::Asia::Shanghai).to_rfc3339())
    }

    #[test]
    fn moments_are_rfc_3339_or_the_offices_own() {
        for text in ["2003-03-03T08:00:00+08:00", "2003-03-03T00:00:00Z", "2003-03-03T08:00", "2003-03-03 08:00", "2003-03-03 08:00:00"] {
            assert_eq!(shanghai(text).as_deref(), Some("2003-03-03T00:00:00+00:00"), "{text}");
        }
        assert_eq!(shanghai("2003-03-03").as_deref(), Some("2003-03-02T16:00:00+00:00"));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "yesterday", "2003-02-30", "2003-03-03T25:00", "03/03/2003", "1046649600"] {
            assert_eq!(shanghai(text), None, "{text}");
        }
    }
}
