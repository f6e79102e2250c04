//! `[[rule]]`, `[ladder]`, `[events]`, `[[duty]]`.

use super::problem::{DutyFault, Noun, RuleFault, ShapeFault};
use super::reader::{At, Table};
use super::roster::{People, days, once};
use super::{calendar, clashes, defaults, values};
use crate::domain::fields::Field;
use crate::domain::ids::UnitId;
use crate::domain::rules::{Anchor, Calendar, Deadline, Duty, DutyKind, DutyUnits, EventRules, Ladder, Rules, Severity, Stage, StageRule};

const SEVERITIES: &[&str] = &["I", "II", "III", "IV"];
const STAGES: &[&str] = &["first", "follow-up", "final"];
const ANCHORS: &[&str] = &["occurred", "learned", "first", "previous"];
const FIELDS: &[&str] = &["occurred", "place", "severity", "unit", "casualties", "cause", "measures", "contact", "event"];
/// Reminders before one deadline.
const REMINDERS: usize = 10;

/// Reads everything that decides deadlines and verdicts.
pub(super) fn read(top: &Table<'_>, people: &People, calendar: Calendar) -> Rules {
    let stages = stages(top);
    let ladder = ladder(top.section("ladder"));
    let events = events(top.section("events"));
    let duties = duties(top, people, &calendar);
    Rules { stages, ladder, events, duties, calendar }
}

fn stages(top: &Table<'_>) -> Vec<StageRule> {
    if !top.has("rule") {
        return defaults::stages();
    }
    let place = top.place_of("rule");
    let read: Vec<RuleRead> = top.tables("rule").into_iter().map(rule).collect();
    let mut never: Vec<Severity> = Severity::ALL.to_vec();
    let mut all_clear = true;
    for rule in &read {
        match (&rule.severities, rule.stage) {
            (Some(severities), Some(Stage::First)) => never.retain(|severity| !severities.contains(severity)),
            (Some(_), Some(_)) => {}
            _ => all_clear = false, // one that could not be read may be the one that is missed
        }
    }
    if all_clear && !never.is_empty() {
        top.notes().fault(place, RuleFault::NeverDue { severities: never });
    }
    let whole = |rule: RuleRead| Some(StageRule { severities: rule.severities?, stage: rule.stage?, deadline: rule.deadline? });
    read.into_iter().filter_map(whole).collect()
}

struct RuleRead {
    severities: Option<Vec<Severity>>,
    stage: Option<Stage>,
    deadline: Option<Deadline>,
}

fn rule(table: Table<'_>) -> RuleRead {
    let severities = if table.has("severity") {
        let list = once(&table, table.need_list("severity", "severity = [\"I\", \"II\"]", values::word(SEVERITIES)));
        let whole = !list.is_empty() && list.len() == table.length("severity");
        whole.then(|| list.into_iter().map(|at: At<Severity>| at.value).collect())
    } else {
        Some(Severity::ALL.to_vec())
    };
    let stage = table.need("stage", "stage = \"first\"", values::word(STAGES)).map(|at| at.value);
    let deadline = deadline(&table, stage);
    table.finish();
    RuleRead { severities, stage, deadline }
}

fn deadline(table: &Table<'_>, stage: Option<Stage>) -> Option<Deadline> {
    let within = table.get("within", values::seconds).map(|at| at.value);
    let every = table.get("every", values::seconds).map(|at| Deadline::Every { seconds: at.value });
    let cron = table.get("cron", values::cron).map(|at| Deadline::Cron { cron: at.value });
    let anchor = table.get("anchor", values::word::<Anchor>(ANCHORS));
    let given: Vec<&'static str> = ["within", "every", "cron"].into_iter().filter(|key| table.has(key)).collect();
    let note = |key: &str, fault: RuleFault| table.notes().fault(table.place_of(key), fault);
    match (given.as_slice(), stage) {
        ([], Some(stage)) => table.notes().fault(table.place(), RuleFault::NoDeadline { stage }),
        ([other, key, ..], _) => note(key, RuleFault::TwoDeadlines { other }),
        ([key], Some(stage)) if stage != Stage::FollowUp && *key != "within" => note(key, RuleFault::Repeats { stage }),
        (["within"], _) if !table.has("anchor") => note("within", RuleFault::AnchorNeeded),
        ([key], _) if *key != "within" && table.has("anchor") => note("anchor", RuleFault::AnchorIdle),
        _ => {}
    }
    if let (Some(anchor), Some(Stage::First)) = (&anchor, stage)
        && matches!(anchor.value, Anchor::First | Anchor::Previous)
    {
        note("anchor", RuleFault::AnchorMeaningless { anchor: anchor.value });
    }
    let within = within.zip(anchor).map(|(seconds, anchor)| Deadline::Within { anchor: anchor.value, seconds });
    within.or(every).or(cron)
}

fn ladder(table: Table<'_>) -> Ladder {
    let usual = defaults::ladder();
    let mut remind_before = match table.list("remind_before", "[\"30m\"]", values::seconds) {
        Some(list) => list.into_iter().map(|at| at.value).collect(),
        None => usual.remind_before,
    };
    if remind_before.len() > REMINDERS {
        table.notes().fault(table.place_of("remind_before"), ShapeFault::TooMany { limit: REMINDERS });
    }
    remind_before.sort_unstable_by(|a, b| b.cmp(a));
    remind_before.dedup();
    let ladder = Ladder {
        remind_before,
        omitted_after: table.get_or("omitted_after", usual.omitted_after, values::seconds),
        unreported_after: table.get_or("unreported_after", usual.unreported_after, values::seconds),
        nag: table.get_or("nag", usual.nag, values::seconds),
        nag_max: table.get_or("nag_max", usual.nag_max, values::whole(0, 1_000)),
        stall_escalate: table.get_or("stall_escalate", usual.stall_escalate, values::seconds),
    };
    if ladder.omitted_after >= ladder.unreported_after {
        let key = if table.has("omitted_after") { "omitted_after" } else { "unreported_after" };
        table.notes().fault(table.place_of(key), RuleFault::LadderReversed);
    }
    table.finish();
    ladder
}

fn events(table: Table<'_>) -> EventRules {
    let usual = defaults::events();
    let words = table.list("words", "[\"爆炸\", \"explosion\"]", values::text).map(|list| once(&table, list));
    let required = table.list("required", "[\"occurred\", \"place\"]", values::word::<Field>(FIELDS)).map(|list| once(&table, list));
    let events = EventRules {
        default_severity: table.get_or("default_severity", usual.default_severity, values::word(SEVERITIES)),
        words: words.map_or(usual.words, |list| list.into_iter().map(|at| at.value).collect()),
        jurisdiction: table.get_or("jurisdiction", usual.jurisdiction, values::truth),
        required: required.map_or(usual.required, |list| list.into_iter().map(|at| at.value).collect()),
    };
    table.finish();
    events
}

fn duties(top: &Table<'_>, people: &People, calendar: &Calendar) -> Vec<Duty> {
    let mut names = Vec::new();
    let mut duties = Vec::new();
    for table in top.tables("duty") {
        let place = table.place();
        let (name, duty) = duty(table, people);
        names.extend(name);
        if let Some(duty) = duty {
            calendar::warn(calendar, &duty, place, top.notes());
            duties.push(duty);
        }
    }
    clashes::single(top.notes(), Noun::Duty, names.iter());
    duties
}

/// The name by itself too: it must be its own even where the rest is wrong.
fn duty(table: Table<'_>, people: &People) -> (Option<At<String>>, Option<Duty>) {
    let name = table.need("name", "name = \"daily zero report\"", values::text);
    let kind = duty_kind(&table);
    let units = duty_units(&table, people);
    let cron = table.need("cron", "cron = \"0 17 * * *\"", values::cron);
    let (from, until) = days(&table, "from", "until");
    let workdays_only = table.get_or("workdays_only", false, values::truth);
    table.finish();
    let whole = name.clone().zip(kind).zip(units.zip(cron));
    let duty =
        whole.map(|((name, kind), (units, cron))| Duty { name: name.value, kind, units, cron: cron.value, from, until, workdays_only });
    (name, duty)
}

fn duty_kind(table: &Table<'_>) -> Option<DutyKind> {
    let kind = table.need("kind", "kind = \"zero-report\"", values::word::<String>(&["zero-report", "quota"]))?;
    let min = table.get("min", values::whole(1, 1_000_000));
    match (kind.value.as_str(), table.has("min")) {
        ("quota", true) => Some(DutyKind::Quota { min: min?.value }),
        ("quota", false) => {
            table.notes().fault(table.place_of("min"), DutyFault::QuotaWithoutMin);
            None
        }
        (_, true) => {
            table.notes().fault(table.place_of("min"), DutyFault::MinWithoutQuota);
            None
        }
        (_, false) => Some(DutyKind::ZeroReport),
    }
}

fn duty_units(table: &Table<'_>, people: &People) -> Option<DutyUnits> {
    let class = table.get("class", values::text);
    let named = table.has("units").then(|| once(table, table.need_list("units", "units = [\"yuxian\"]", values::text)));
    for unit in named.iter().flatten() {
        clashes::known_unit(people, unit, table.notes());
    }
    if let Some(class) = &class {
        clashes::known_class(people, class, table.notes());
    }
    match (table.has("units"), table.has("class")) {
        (true, true) => table.notes().fault(table.place_of("class"), DutyFault::UnitsAndClass),
        (false, false) => table.notes().fault(table.place(), DutyFault::BindsNobody),
        _ => {}
    }
    let named = named.map(|units| DutyUnits::Named(units.into_iter().map(|unit| UnitId(unit.value)).collect()));
    named.or(class.map(|class| DutyUnits::Class(class.value)))
}
