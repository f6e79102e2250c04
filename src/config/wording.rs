//! Spans, schedules and lists in words.

use crate::domain::fields::Field;
use crate::domain::language::Language;
use crate::domain::rules::{Severity, Stage};

/// Picks the sentence of a language.
pub(super) fn pick(language: Language, zh: String, en: String) -> String {
    match language {
        Language::ZhCn => zh,
        Language::En => en,
    }
}

/// `2 小时` / `2 hours`; whole days from two days on.
pub(super) fn span(seconds: i64, language: Language) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, least, zh, en) in
        [(86_400, 2 * 86_400, "天", "day"), (3_600, 3_600, "小时", "hour"), (60, 60, "分钟", "minute"), (1, 1, "秒", "second")]
    {
        // A minute and a half is said in seconds, a day in hours.
        if rest < least || (length == 60 && seconds < 3_600 && seconds % 60 != 0) {
            continue;
        }
        let count = rest / length;
        rest %= length;
        parts.push(match language {
            Language::ZhCn => format!("{count} {zh}"),
            Language::En => plural(count, en),
        });
    }
    parts.join(" ")
}

/// `1 unit`, `2 units`.
pub(super) fn plural(count: i64, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with('a') => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}

/// `甲、乙、丙` / `a, b and c`.
pub(super) fn list<S: AsRef<str>>(items: &[S], language: Language) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match (language, items.as_slice()) {
        (Language::En, [rest @ .., last]) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (Language::En, _) => items.join(", "),
        (Language::ZhCn, _) => items.join("、"),
    }
}

/// `每周一 08:00` / `every Monday at 08:00`; what is not so simple stays an expression.
pub(super) fn schedule(cron: &str, language: Language) -> String {
    simple_schedule(cron, language).unwrap_or_else(|| pick(language, format!("cron“{cron}”所定时刻"), format!("on the schedule “{cron}”")))
}

fn simple_schedule(cron: &str, language: Language) -> Option<String> {
    const WEEKDAYS: [(&str, &str, &str); 7] = [
        ("SUN", "日", "Sunday"),
        ("MON", "一", "Monday"),
        ("TUE", "二", "Tuesday"),
        ("WED", "三", "Wednesday"),
        ("THU", "四", "Thursday"),
        ("FRI", "五", "Friday"),
        ("SAT", "六", "Saturday"),
    ];
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let time = format!("{:02}:{:02}", hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    match (*day, *month, *weekday) {
        ("*", "*", "*") => Some(pick(language, format!("每天 {time}"), format!("every day at {time}"))),
        ("*", "*", name) => {
            let by_name = WEEKDAYS.iter().find(|(short, ..)| short.eq_ignore_ascii_case(name));
            let (_, zh, en) = by_name.or_else(|| WEEKDAYS.get(name.parse::<usize>().ok()? % 7))?;
            Some(pick(language, format!("每周{zh} {time}"), format!("every {en} at {time}")))
        }
        (day, "*", "*") => {
            let day: u32 = day.parse().ok()?;
            Some(pick(language, format!("每月 {day} 日 {time}"), format!("on day {day} of every month at {time}")))
        }
        _ => None,
    }
}

/// `特别重大（I）` / `I`.
pub(super) fn severity(severity: Severity, language: Language) -> String {
    let name = match severity {
        Severity::I => "特别重大",
        Severity::II => "重大",
        Severity::III => "较大",
        Severity::IV => "一般",
    };
    pick(language, format!("{name}（{severity}）"), severity.to_string())
}

/// `特别重大（I）、重大（II）事件`, `各级事件` / `events of severity I and II`, `every event`.
pub(super) fn severities(given: &[Severity], language: Language) -> String {
    if Severity::ALL.iter().all(|severity| given.contains(severity)) {
        return pick(language, "各级事件".to_owned(), "every event".to_owned());
    }
    let names: Vec<String> = given.iter().map(|each| severity(*each, language)).collect();
    let names = list(&names, language);
    pick(language, format!("{names}事件"), format!("events of severity {names}"))
}

/// `首报` / `First report`.
pub(super) fn stage(stage: Stage, language: Language) -> &'static str {
    match (stage, language) {
        (Stage::First, Language::ZhCn) => "首报",
        (Stage::FollowUp, Language::ZhCn) => "续报",
        (Stage::Final, Language::ZhCn) => "终报",
        (Stage::First, Language::En) => "First report",
        (Stage::FollowUp, Language::En) => "Follow-up",
        (Stage::Final, Language::En) => "Final report",
    }
}

/// `地点` / `place`.
pub(super) fn field(field: Field, language: Language) -> &'static str {
    let (zh, en) = match field {
        Field::Occurred => ("发生时间", "time of occurrence"),
        Field::Place => ("地点", "place"),
        Field::Severity => ("级别", "severity"),
        Field::Unit => ("单位", "unit"),
        Field::Casualties => ("伤亡", "casualties"),
        Field::Cause => ("原因", "cause"),
        Field::Measures => ("措施", "measures"),
        Field::Contact => ("联系人", "contact"),
        Field::Event => ("事件", "event"),
        Field::Kind => ("栏目", "kind"),
        Field::Topic => ("领域", "field"),
        Field::Due => ("截止", "due"),
    };
    match language {
        Language::ZhCn => zh,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        for (seconds, zh, en) in [
            (1_800, "30 分钟", "30 minutes"),
            (90, "90 秒", "90 seconds"),
            (3_600, "1 小时", "1 hour"),
            (5_400, "1 小时 30 分钟", "1 hour 30 minutes"),
            (86_400, "24 小时", "24 hours"),
            (864_000, "10 天", "10 days"),
            (180_000, "2 天 2 小时", "2 days 2 hours"),
        ] {
            assert_eq!((span(seconds, Language::ZhCn).as_str(), span(seconds, Language::En).as_str()), (zh, en));
        }
    }

    #[test]
    fn common_schedules_are_said_in_words() {
        for (cron, zh, en) in [
            ("0 17 * * *", "每天 17:00", "every day at 17:00"),
            ("0 8 * * MON", "每周一 08:00", "every Monday at 08:00"),
            ("30 9 * * 7", "每周日 09:30", "every Sunday at 09:30"),
            ("0 9 5 * *", "每月 5 日 09:00", "on day 5 of every month at 09:00"),
            ("*/5 * * * *", "cron“*/5 * * * *”所定时刻", "on the schedule “*/5 * * * *”"),
        ] {
            assert_eq!((schedule(cron, Language::ZhCn).as_str(), schedule(cron, Language::En).as_str()), (zh, en));
        }
    }
}
