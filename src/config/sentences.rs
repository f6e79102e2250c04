//! What the daemon will do under a configuration, in sentences.

use super::accounts;
use super::outgoing::outgoing;
use super::service::MailboxSource;
use super::wording::{field, list, pick, plural, schedule, severities, severity, span, stage};
use super::{Config, MailboxConfig, trust, watching};
use crate::domain::language::Language;
use crate::domain::roster::{Address, Supervisor, Unit};
use crate::domain::rules::{Anchor, Deadline, Duty, DutyKind, DutyUnits, Rung, Severity, Stage, StageRule};

/// What the daemon will do, one sentence or two an entry: where mail comes from and who is believed, who takes part, what is due
/// when, who hears of what, and where notices go.
pub fn describe(config: &Config, language: Language) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(config.mailboxes.iter().map(|each| mailbox(each, language)));
    said.extend(trust::dns(config, language));
    said.push(people(config, language));
    said.extend(config.rules.stages.iter().map(|each| rule(each, language)));
    said.extend(not_owed(&config.rules.stages, language));
    said.extend(ladder(config, language));
    said.extend(events(config, language));
    said.extend(config.rules.duties.iter().map(|each| duty(each, config, language)));
    said.extend(calendar(config, language));
    said.extend(outgoing(config, language));
    said.extend(watching::described(config, language));
    said.extend(reckoning(config, language));
    said
}

fn mailbox(mailbox: &MailboxConfig, language: Language) -> String {
    let (name, poll) = (&mailbox.name, span(mailbox.poll_seconds, language));
    let megabytes = mailbox.max_size_bytes as f64 / f64::from(1 << 20);
    let mut said = match &mailbox.source {
        MailboxSource::Maildir { path } => {
            let path = path.display();
            pick(
                language,
                format!("从邮件目录 {path}（{name}）收信，至少每 {poll}查看一次。"),
                format!("Reads the Maildir {path} (“{name}”), at least every {poll}."),
            )
        }
        MailboxSource::Imap(account) => accounts::sentence(account, name, &poll, language),
    };
    said += &trust::described(mailbox, language);
    if !mailbox.boundary.is_empty() {
        let hosts = list(&mailbox.boundary, language);
        said += &pick(
            language,
            format!("到达时间以 {hosts} 写下的 Received 为准。"),
            format!(" The Received header of {hosts} tells when it arrived."),
        );
    }
    said + &pick(
        language,
        format!("超过 {megabytes} MB 的只作登记，留在原处。"),
        format!(" Over {megabytes} MB, it is recorded and left in place."),
    )
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn people(config: &Config, language: Language) -> String {
    let roster = &config.roster;
    let (units, points) = (count(roster.units.len()), count(roster.units.iter().filter(|unit| unit.direct_report).count()));
    let reporters = count(roster.units.iter().map(|unit| unit.reporters.len()).sum());
    let (supervisors, superiors) = (count(roster.supervisors.len()), count(roster.superiors.len()));
    let office = &roster.office;
    pick(
        language,
        format!(
            "{}（{}）的花名册上有单位 {units} 个（直报点 {points} 个）、信息员 {reporters} 名、督办人 {supervisors} 名、上级单位 {superiors} 个；时间一律按 {} 时区。",
            office.name, office.address, config.timezone
        ),
        format!(
            "The roster of {} ({}) has {} ({}), {}, {} and {}; all times are those of {}.",
            office.name,
            office.address,
            plural(units, "unit"),
            plural(points, "direct-report point"),
            plural(reporters, "reporter"),
            plural(supervisors, "supervisor"),
            plural(superiors, "superior"),
            config.timezone
        ),
    )
}

fn rule(rule: &StageRule, language: Language) -> String {
    let (stage, events) = (stage(rule.stage, language), severities(&rule.severities, language));
    match &rule.deadline {
        Deadline::Within { anchor, seconds } => {
            let within = span(*seconds, language);
            let (zh, en) = match anchor {
                Anchor::Occurred => ("事件发生起", "the occurrence (where that is unknown, of when the unit knew of it)"),
                Anchor::Learned => ("该单位得知起", "when the unit knew of it"),
                Anchor::First => ("该单位首报起", "the unit's first report"),
                Anchor::Previous => ("该单位上次报告起", "the unit's previous report"),
            };
            let unknown = if *anchor == Anchor::Occurred { "；发生时间不明的，自该单位得知起算" } else { "" };
            pick(
                language,
                format!("{stage}：{events}，自{zh} {within}内报送{unknown}。"),
                format!("{stage}, {events}: within {within} of {en}."),
            )
        }
        Deadline::Every { seconds } => {
            let every = span(*seconds, language);
            pick(
                language,
                format!("{stage}：{events}，上次报告后 {every}内再报，直至终报或结案。"),
                format!("{stage}, {events}: within {every} of the previous report, until the final report or the closing."),
            )
        }
        Deadline::Cron { cron } => {
            let times = schedule(cron, language);
            pick(
                language,
                format!("{stage}：{events}，{times} 前报一次，直至终报或结案。"),
                format!("{stage}, {events}: {times}, until the final report or the closing."),
            )
        }
    }
}

/// Stages that no rule asks for.
fn not_owed(rules: &[StageRule], language: Language) -> Vec<String> {
    let bare = |stage| -> Vec<Severity> {
        Severity::ALL.into_iter().filter(|severity| !rules.iter().any(|rule| rule.applies(*severity, stage))).collect()
    };
    let sentence = |which: Stage| {
        let bare = bare(which);
        let events = severities(&bare, language);
        let name = stage(which, language);
        (!bare.is_empty()).then(|| pick(language, format!("{events}不要求{name}。"), format!("{name}, {events}: none is owed.")))
    };
    [Stage::FollowUp, Stage::Final].into_iter().filter_map(sentence).collect()
}

fn ladder(config: &Config, language: Language) -> Vec<String> {
    let ladder = &config.rules.ladder;
    let told = |rung: Rung| told(config, rung.level(), language);
    let after = |seconds| span(seconds, language);
    let remind: Vec<String> = ladder.remind_before.iter().map(|seconds| after(*seconds)).collect();
    let remind = list(&remind, language);
    let operators = list(&texts(&config.roster.office.operators), language);
    let mut said = vec![
        if ladder.remind_before.is_empty() {
            pick(language, "到期前不作提醒。".to_owned(), "Nobody is reminded before a deadline.".to_owned())
        } else {
            pick(
                language,
                format!("到期前 {remind}仍未报的，提醒该单位信息员。"),
                format!("{remind} before a deadline, the unit's reporters are reminded, if nothing has come."),
            )
        },
        pick(
            language,
            format!("到期未报为迟报，通知该单位信息员和{}。", told(Rung::Late)),
            format!("Due and not filed is late; the notice goes to the unit's reporters and {}.", told(Rung::Late)),
        ),
        pick(
            language,
            format!("另有来源得知而该单位逾期 {}仍未报的，为漏报，通知{}。", after(ladder.omitted_after), told(Rung::Omitted)),
            format!(
                "Known from elsewhere and still not filed {} later is omitted; the notice goes to {}.",
                after(ladder.omitted_after),
                told(Rung::Omitted)
            ),
        ),
        pick(
            language,
            format!("逾期 {}仍未报的，为不报，通知{}。", after(ladder.unreported_after), told(Rung::Unreported)),
            format!(
                "Still not filed {} after the deadline is unreported; the notice goes to {}.",
                after(ladder.unreported_after),
                told(Rung::Unreported)
            ),
        ),
    ];
    let (nag, times) = (after(ladder.nag), ladder.nag_max);
    said.push(match times {
        0 => pick(language, "上述警示不重复发送。".to_owned(), "These alerts are not repeated.".to_owned()),
        _ => pick(
            language,
            format!("无人回复“收到”的，每 {nag}重发一次，至多 {times} 次。"),
            format!("Until somebody answers “ack”, each is repeated every {nag}, {} at most.", plural(times.into(), "time")),
        ),
    });
    let stall = after(ladder.stall_escalate);
    said.push(pick(
        language,
        format!("收信中断、无从判断时，不判任何单位迟报：先告知运维人员（{operators}），{stall}仍未恢复的，再告知督办人。"),
        format!(
            "While mail cannot be read, nobody is called late: the operators ({operators}) are told, and after {stall} the supervisors too."
        ),
    ));
    said
}

/// Supervisors up to a level by name, with their units where these are not all.
fn told(config: &Config, level: u8, language: Language) -> String {
    let roster = &config.roster;
    let name = |supervisor: &Supervisor| match &supervisor.units {
        None => supervisor.name.clone(),
        Some(units) => {
            let names: Vec<&str> = units.iter().filter_map(|id| roster.unit(id)).map(|unit| unit.name.as_str()).collect();
            let names = list(&names, language);
            pick(language, format!("{}（限{names}）", supervisor.name), format!("{} (for {names})", supervisor.name))
        }
    };
    let names: Vec<String> = roster.supervisors.iter().filter(|each| each.level <= level).map(name).collect();
    match names.as_slice() {
        [] => pick(language, "督办人（花名册上暂无）".to_owned(), "supervisors (the roster has none of this level)".to_owned()),
        _ => list(&names, language),
    }
}

fn texts(addresses: &[Address]) -> Vec<&str> {
    addresses.iter().map(Address::as_str).collect()
}

fn events(config: &Config, language: Language) -> Vec<String> {
    let rules = &config.rules.events;
    let desk = list(&texts(&config.roster.office.desk), language);
    let default = severity(rules.default_severity, language);
    let mut said = vec![pick(
        language,
        format!("报告未写级别的，按{default}处理，并在回执中注明。"),
        format!("A report without a severity counts as {default}, and its receipt says so."),
    )];
    if !rules.required.is_empty() {
        let fields: Vec<&str> = rules.required.iter().map(|each| field(*each, language)).collect();
        let fields = list(&fields, language);
        said.push(pick(
            language,
            format!("首报应写明{fields}；有缺项的照常收报计时，由回执催补。"),
            format!("A first report must say {fields}; it counts without, and the receipt asks for what is missing."),
        ));
    }
    if !rules.words.is_empty() {
        let words = rules.words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>();
        let (zh, en) = (words.concat(), words.join(", "));
        said.push(pick(
            language,
            format!("来信未加标签而含{zh}等字样的，按普通信息收下，并请值班室（{desk}）判断。"),
            format!("Untagged mail that says {en} is filed as routine, and the desk ({desk}) is asked."),
        ));
    }
    if rules.jurisdiction {
        said.push(pick(
            language,
            "无辖区的单位（如消防）在“地点”栏报告了其他单位辖区内的事件，该辖区单位也须报告。".to_owned(),
            "When a unit without places of its own reports an event in another's, that unit owes a report too.".to_owned(),
        ));
    }
    said
}

fn duty(duty: &Duty, config: &Config, language: Language) -> String {
    let units: Vec<&Unit> = match &duty.units {
        DutyUnits::Named(ids) => ids.iter().filter_map(|id| config.roster.unit(id)).collect(),
        DutyUnits::Class(class) => config.roster.units.iter().filter(|unit| unit.class.as_ref() == Some(class)).collect(),
    };
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    let (names, times, name) = (list(&names, language), schedule(&duty.cron, language), &duty.name);
    let (zh, en) = match duty.kind {
        DutyKind::ZeroReport => ("报送零报告或信息".to_owned(), "a zero report or a submission".to_owned()),
        DutyKind::Quota { min } => (format!("报送信息不少于 {min} 篇"), format!("at least {}", plural(min.into(), "submission"))),
    };
    let days = match (duty.from, duty.until) {
        (Some(from), Some(until)) => pick(language, format!("，自 {from} 起至 {until} 止"), format!(", from {from} to {until}")),
        (Some(from), None) => pick(language, format!("，自 {from} 起"), format!(", from {from} on")),
        (None, Some(until)) => pick(language, format!("，至 {until} 止"), format!(", to {until}")),
        (None, None) => String::new(),
    };
    let workdays =
        if duty.workdays_only { pick(language, "，限工作日".to_owned(), ", on workdays only".to_owned()) } else { String::new() };
    pick(
        language,
        format!("日常报送任务“{name}”：{names}须于{times} 前{zh}{days}{workdays}；到期未报为迟报，其后为不报，不设漏报。"),
        format!("Duty “{name}”: {en}, due from {names} {times}{days}{workdays}; if not filed, late and later unreported, never omitted."),
    )
}

fn calendar(config: &Config, language: Language) -> Option<String> {
    let calendar = &config.rules.calendar;
    let (off, on) = (calendar.holidays.len(), calendar.workdays.len());
    (off + on > 0).then(|| {
        pick(
            language,
            format!("日历列有放假 {off} 天、调休上班 {on} 天，其余按周一至周五为工作日。"),
            format!(
                "The calendar lists {} off and {}; for the rest, Monday to Friday are workdays.",
                plural(count(off), "day"),
                plural(count(on), "make-up workday")
            ),
        )
    })
}

/// What is counted, and who is told of it when.
fn reckoning(config: &Config, language: Language) -> Vec<String> {
    let reckoning = &config.reckoning;
    let readers: Vec<&str> = config.roster.supervisors.iter().filter(|each| each.digest).map(|each| each.name.as_str()).collect();
    let readers = list(&readers, language);
    let to = if readers.is_empty() { pick(language, "无人".into(), "nobody".into()) } else { readers };
    let (assess, digest) = (schedule(&reckoning.standing.assess_cron, language), schedule(&reckoning.digest_cron, language));
    let circular = schedule(&reckoning.circular_cron, language);
    let outlets: Vec<String> = reckoning.outlets.iter().map(|outlet| format!("{} {}", outlet.name, outlet.points)).collect();
    let mut said = Vec::new();
    if !outlets.is_empty() {
        let outlets = list(&outlets.iter().map(String::as_str).collect::<Vec<_>>(), language);
        said.push(pick(
            language,
            format!("采用计分：{outlets}。{assess}考核；直报点归零、位次下滑或单位异常沉寂的，告知督办人，逐次升级。"),
            format!(
                "Adoptions earn points: {outlets}. Standings are assessed {assess}; supervisors hear of a direct-report point at zero, of a fall in rank and of an unlikely silence, one level higher each time."
            ),
        ));
        said.push(pick(language, format!("月度通报（{circular}）送{to}。"), format!("The monthly circular ({circular}) goes to {to}.")));
    }
    said.push(pick(language, format!("周报（{digest}）送{to}。"), format!("The weekly digest ({digest}) goes to {to}.")));
    let verify = span(reckoning.verify_roster_seconds, language);
    said.push(pick(
        language,
        format!("每 {verify}请各单位信息员回复确认一次名册。"),
        format!("Every {verify}, each unit's reporters are asked to confirm their entry in the roster."),
    ));
    said
}
