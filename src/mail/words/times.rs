//! Spans and schedules in words.

use super::{Words, say};

const UNITS: [(i64, &str, &str); 4] = [(86_400, "天", "d"), (3_600, "小时", "h"), (60, "分", "min"), (1, "秒", "s")];

impl Words {
    /// 2小时5分 / 2 h 5 min: the two largest units, rounded down; the sign is dropped. Whole days from two days on, so that 24h stays 24小时.
    pub fn span(self, seconds: i64) -> String {
        let mut left = seconds.saturating_abs();
        let skip = usize::from(left <= 86_400);
        let mut parts = Vec::new();
        for (size, zh, en) in &UNITS[skip..] {
            let count = left / size;
            if count > 0 {
                parts.push(say!(self, format!("{count}{zh}"), format!("{count} {en}")));
                left %= size;
            }
            if parts.len() == 2 || (!parts.is_empty() && count == 0) {
                break;
            }
        }
        match parts.as_slice() {
            [] => say!(self, "0分钟", "0 min").to_owned(),
            // 30分 alone reads like a mark in an examination.
            [only] if only.ends_with('分') => format!("{only}钟"),
            _ => parts.join(say!(self, "", " ")),
        }
    }

    /// 每天17时 / daily at 17:00, for schedules of common shapes; others as the expression itself.
    pub fn cron(self, cron: &str) -> String {
        let fields: Vec<&str> = cron.split_whitespace().collect();
        let simple = match fields.as_slice() {
            [minute, hours, "*", "*", "*"] => self.at(hours, minute).map(|at| say!(self, format!("每天{at}"), format!("daily at {at}"))),
            [minute, hours, "*", "*", day] => weekday(day)
                .zip(self.at(hours, minute))
                .map(|(day, at)| say!(self, format!("每周{}{at}", WEEKDAYS[day].1), format!("every {} at {at}", WEEKDAYS[day].2))),
            [minute, hours, day, "*", "*"] => number(day, 31)
                .zip(self.at(hours, minute))
                .map(|(day, at)| say!(self, format!("每月{day}日{at}"), format!("on day {day} of each month at {at}"))),
            _ => None,
        };
        simple.unwrap_or_else(|| say!(self, format!("规定时刻（{cron}）"), format!("by the schedule {cron}")))
    }

    /// Times of day: `8,20` and `30` → 8时30分、20时30分.
    fn at(self, hours: &str, minute: &str) -> Option<String> {
        let minute = number(minute, 59)?;
        let times: Option<Vec<String>> = hours
            .split(',')
            .map(|hour| {
                let hour = number(hour, 23)?;
                let zh = if minute == 0 { format!("{hour}时") } else { format!("{hour}时{minute:02}分") };
                Some(say!(self, zh, format!("{hour:02}:{minute:02}")))
            })
            .collect();
        Some(self.list(&times?))
    }
}

const WEEKDAYS: [(&str, &str, &str); 7] = [
    ("SUN", "日", "Sunday"),
    ("MON", "一", "Monday"),
    ("TUE", "二", "Tuesday"),
    ("WED", "三", "Wednesday"),
    ("THU", "四", "Thursday"),
    ("FRI", "五", "Friday"),
    ("SAT", "六", "Saturday"),
];

fn weekday(text: &str) -> Option<usize> {
    let named = WEEKDAYS.iter().position(|(name, _, _)| name.eq_ignore_ascii_case(text));
    named.or_else(|| number(text, 7).map(|day| day as usize % 7))
}

fn number(text: &str, most: u32) -> Option<u32> {
    text.parse().ok().filter(|n| *n <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    fn zh() -> Words {
        Words::new(Language::ZhCn, chrono_tz::Asia::Shanghai)
    }

    fn en() -> Words {
        Words::new(Language::En, chrono_tz::Asia::Shanghai)
    }

    #[test]
    fn a_span_shows_its_two_largest_units() {
        let spans = [
            (0, "0分钟", "0 min"),
            (1, "1秒", "1 s"),
            (90, "1分30秒", "1 min 30 s"),
            (1_800, "30分钟", "30 min"),
            (7_500, "2小时5分", "2 h 5 min"),
            (7_501, "2小时5分", "2 h 5 min"),
            (7_200, "2小时", "2 h"),
            (7_203, "2小时", "2 h"),
            (86_400, "24小时", "24 h"),
            (90_000, "1天1小时", "1 d 1 h"),
            (864_000, "10天", "10 d"),
            (-7_500, "2小时5分", "2 h 5 min"),
        ];
        for (seconds, chinese, english) in spans {
            assert_eq!((zh().span(seconds), en().span(seconds)), (chinese.into(), english.into()), "{seconds}");
        }
    }

    #[test]
    fn common_schedules_have_words() {
        for (cron, chinese, english) in [
            ("0 17 * * *", "每天17时", "daily at 17:00"),
            ("30 8,20 * * *", "每天8时30分、20时30分", "daily at 08:30, 20:30"),
            ("0 8 * * MON", "每周一8时", "every Monday at 08:00"),
            ("0 8 * * 7", "每周日8时", "every Sunday at 08:00"),
            ("0 9 5 * *", "每月5日9时", "on day 5 of each month at 09:00"),
            ("*/5 * * * *", "规定时刻（*/5 * * * *）", "by the schedule */5 * * * *"),
        ] {
            assert_eq!((zh().cron(cron), en().cron(cron)), (chinese.into(), english.into()));
        }
    }
}
