//! A network drawn by lot: zone, units, supervisors, rules, ladder, duties; as configuration text, read as any other.

use chrono::TimeDelta;

use super::dice::Dice;
use crate::world::office::Office;
use crate::world::{Instant, begin};

/// Who may be in it: id, name, place. A brigade has no place.
const UNITS: [(&str, &str, &str); 6] = [
    ("donghe", "东河县", "东河"),
    ("xiling", "西岭县", "西岭"),
    ("nanchuan", "南川区", "南川"),
    ("beiling", "北岭县", "北岭"),
    ("fire", "市消防队", ""),
    ("hospital", "市医院", ""),
];

/// Of them, those that have places.
const COUNTIES: usize = 4;

/// A unit, and who writes for it.
pub struct Unit {
    pub id: &'static str,
    pub name: &'static str,
    pub place: &'static str,
    pub reporters: Vec<String>,
}

/// Who hears of what is late.
pub struct Supervisor {
    pub address: String,
    pub level: u8,
    /// Of one unit alone.
    pub only: Option<&'static str>,
}

/// As the configuration has it, in seconds.
pub struct Steps {
    pub omitted_after: i64,
    pub unreported_after: i64,
}

/// An office and its network, from the first day to the last.
pub struct Network {
    pub office: Office,
    pub units: Vec<Unit>,
    pub supervisors: Vec<Supervisor>,
    pub steps: Steps,
    /// Units that owe zero reports.
    pub zero: Option<(&'static str, Vec<Instant>)>,
    pub zone: chrono_tz::Tz,
    pub begins: Instant,
    /// Mail comes and faults happen until then.
    pub quiet_from: Instant,
    /// The end. What is owed by then has been told of to the last rung, and what could not be sent has been given up.
    pub ends: Instant,
    pub relays: usize,
    /// The clock is set now and then.
    pub clock_steps: bool,
    /// Of how many days one is as eventful as a day elsewhere.
    pub calm: u64,
}

/// Days in which nothing new happens: longer than the longest ladder, and than letters are tried.
const QUIET_DAYS: i64 = 12;

fn mailbox(name: &str) -> String {
    format!(
        "[[mailbox]]\nname = \"{name}\"\nkind = \"maildir\"\npath = \"{name}\"\ntrust = \"mailbox\"\nboundary = [\"mx.yunzhou.example\"]\n"
    )
}

impl Network {
    /// The network of these numbers.
    pub fn drawn(dice: &mut Dice) -> Network {
        let begins = begin() + TimeDelta::days(dice.between(-400, 400)) + TimeDelta::minutes(dice.between(0, 1439));
        let calm = *dice.pick(&[1, 6, 6, 12]);
        let days = *dice.pick(&[20, 40, 60]) * calm;
        let (quiet_from, ends) = (begins + TimeDelta::days(days), begins + TimeDelta::days(days + QUIET_DAYS));
        let units = units(dice);
        let supervisors = supervisors(dice, &units);
        let zone = *dice.pick(&[chrono_tz::Asia::Shanghai, chrono_tz::Europe::Berlin, chrono_tz::America::New_York]);
        let hours = |dice: &mut Dice, of: &[i64]| *dice.pick(of) * 3600;
        let omitted_after = hours(dice, &[1, 2, 5]);
        let steps = Steps { omitted_after, unreported_after: omitted_after + hours(dice, &[1, 6, 30]) };
        let (duties, zero) = duties(dice, &units, zone, begins, quiet_from);
        let relays = usize::from(dice.one_in(2)) + 1;
        let clock_steps = dice.one_in(3);
        let main = main_text(dice, zone, &steps) + &duties;
        let roster = roster_text(&units, &supervisors, dice.one_in(4));
        let office = Office::with_network(|text, network| (*text, *network) = (main, roster));
        Network { calm: calm.unsigned_abs(), office, units, supervisors, steps, zero, zone, begins, quiet_from, ends, relays, clock_steps }
    }

    /// How long it runs, in years.
    pub fn years(&self) -> f64 {
        (self.ends - self.begins).num_seconds() as f64 / (365.25 * 86_400.0)
    }

    /// The units that have places, by their position.
    pub fn counties(&self) -> Vec<usize> {
        (0..self.units.len()).filter(|nth| !self.units[*nth].place.is_empty()).collect()
    }

    /// Supervisors of a unit up to a level.
    pub fn supervisors_of<'a>(&'a self, unit: &'a str, level: u8) -> impl Iterator<Item = &'a Supervisor> {
        self.supervisors.iter().filter(move |one| one.level <= level && one.only.is_none_or(|only| only == unit))
    }
}

fn units(dice: &mut Dice) -> Vec<Unit> {
    let counties = dice.between(1, COUNTIES as i64) as usize;
    let mut chosen: Vec<_> = UNITS[..counties].to_vec();
    chosen.extend(UNITS[COUNTIES..].iter().filter(|_| dice.one_in(2)));
    let reporters = |dice: &mut Dice, id: &str| (0..=usize::from(dice.one_in(2))).map(|n| format!("{id}-{n}@yunzhou.example")).collect();
    chosen.into_iter().map(|(id, name, place)| Unit { id, name, place, reporters: reporters(dice, id) }).collect()
}

fn supervisors(dice: &mut Dice, units: &[Unit]) -> Vec<Supervisor> {
    let of = |level: u8, name: &str| Supervisor { address: format!("{name}@yunzhou.example"), level, only: None };
    let mut all = vec![of(1, "chief")];
    if !dice.one_in(6) {
        all.push(of(2, "deputy"));
    }
    if !dice.one_in(4) {
        all.push(of(3, "secretary"));
    }
    if dice.one_in(3) {
        all.push(Supervisor { only: Some(units[0].id), ..of(1, "inspector") });
    }
    all
}

/// Their text; and the unit that owes zero reports, with their due times.
fn duties(
    dice: &mut Dice,
    units: &[Unit],
    zone: chrono_tz::Tz,
    begins: Instant,
    until: Instant,
) -> (String, Option<(&'static str, Vec<Instant>)>) {
    let mut text = String::new();
    let mut zero = None;
    let (from, last) = (begins.with_timezone(&zone).date_naive() + TimeDelta::days(1), until.with_timezone(&zone).date_naive());
    if dice.one_in(2) {
        let unit = dice.pick(units).id;
        let weekday = dice.between(1, 5);
        // Sundays are 0, and weeks begin with Mondays for chrono.
        let at = |day: chrono::NaiveDate| {
            day.and_hms_opt(17, 0, 0).and_then(|at| at.and_local_timezone(zone).single()).expect("no gap at 17:00")
        };
        let days = from.iter_days().take_while(|day| *day <= last);
        let due = days.filter(|day| i64::from(chrono::Datelike::weekday(day).num_days_from_sunday()) == weekday);
        zero = Some((unit, due.map(|day| at(day).to_utc()).collect()));
        text += &format!(
            "[[duty]]\nname = \"零报告\"\nkind = \"zero-report\"\nunits = [\"{unit}\"]\ncron = \"0 17 * * {weekday}\"\nfrom = \"{from}\"\nuntil = \"{last}\"\n"
        );
    }
    if dice.one_in(3) {
        let (unit, min) = (dice.pick(units).id, dice.between(1, 3));
        text += &format!(
            "[[duty]]\nname = \"定额\"\nkind = \"quota\"\nmin = {min}\nunits = [\"{unit}\"]\ncron = \"0 12 */10 * *\"\nfrom = \"{from}\"\nuntil = \"{last}\"\n"
        );
    }
    (text, zero)
}

fn main_text(dice: &mut Dice, zone: chrono_tz::Tz, steps: &Steps) -> String {
    let language = dice.pick(&["zh-CN", "zh-CN", "en"]);
    let roster = dice.pick(&["3650d", "3650d", "45d"]);
    let (grave, other) = (dice.between(1, 6), dice.between(2, 12));
    let anchor = dice.pick(&["occurred", "learned"]);
    let follow = dice.pick(&["every = \"12h\"", "every = \"2d\"", "cron = \"30 8 * * *\"", ""]);
    let follow = if follow.is_empty() { String::new() } else { format!("[[rule]]\nstage = \"follow-up\"\n{follow}\n") };
    let (last, remind) = (dice.between(1, 5), dice.pick(&["", "\"30m\"", "\"2h\", \"10m\""]));
    let (nag, nag_max, escalate) = (dice.pick(&["1h", "3h", "1d"]), dice.between(0, 2), dice.pick(&["30m", "2h"]));
    let (omitted, unreported) = (steps.omitted_after, steps.unreported_after);
    let outlet = if dice.one_in(4) { "[[outlet]]\nid = \"province\"\nname = \"省委办公厅\"\npoints = \"5\"\n" } else { "" };
    format!(
        "language = \"{language}\"\ntimezone = \"{zone}\"\nnetwork = \"network.toml\"\nverify_roster = \"{roster}\"\n\
         [office]\nname = \"云州市委办信息科\"\naddress = \"xinxike@yunzhou.example\"\ndesk = [\"desk@yunzhou.example\"]\n\
         operators = [\"ops@yunzhou.example\"]\n[store]\npath = \"zhibao.db\"\n{}{}\
         [[transport]]\nname = \"outbox\"\nkind = \"file\"\npath = \"outbox\"\n\
         [[rule]]\nseverity = [\"I\", \"II\"]\nstage = \"first\"\nanchor = \"occurred\"\nwithin = \"{grave}h\"\n\
         [[rule]]\nseverity = [\"III\", \"IV\"]\nstage = \"first\"\nanchor = \"{anchor}\"\nwithin = \"{other}h\"\n{follow}\
         [[rule]]\nstage = \"final\"\nanchor = \"first\"\nwithin = \"{last}d\"\n\
         [ladder]\nremind_before = [{remind}]\nomitted_after = \"{omitted}s\"\nunreported_after = \"{unreported}s\"\n\
         nag = \"{nag}\"\nnag_max = {nag_max}\nstall_escalate = \"{escalate}\"\n\
         [events]\ndefault_severity = \"III\"\nwords = [\"爆炸\", \"坍塌\", \"死亡\"]\njurisdiction = true\n{outlet}",
        mailbox("reports"),
        mailbox("second")
    )
}

fn roster_text(units: &[Unit], supervisors: &[Supervisor], digest: bool) -> String {
    let mut text = String::new();
    for unit in units {
        let class = if unit.place.is_empty() { "department" } else { "county" };
        let places = if unit.place.is_empty() { String::new() } else { format!("places = [\"{}\"]\n", unit.place) };
        text += &format!("[[unit]]\nid = \"{}\"\nname = \"{}\"\nclass = \"{class}\"\n{places}", unit.id, unit.name);
        for address in &unit.reporters {
            text += &format!("[[unit.reporter]]\naddress = \"{address}\"\n");
        }
    }
    for (nth, one) in supervisors.iter().enumerate() {
        let only = one.only.map(|unit| format!("units = [\"{unit}\"]\n")).unwrap_or_default();
        // Pictures are slow to draw: one reader is enough.
        let digest = digest && nth == 0;
        text += &format!(
            "[[supervisor]]\nname = \"督办人{nth}\"\naddress = \"{}\"\nlevel = {}\n{only}digest = {digest}\n",
            one.address, one.level
        );
    }
    text + "[[superior]]\nname = \"省委办公厅信息处\"\naddress = \"province@beijiang.example\"\n"
}
