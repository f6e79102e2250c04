//! Days and periods in words.

use chrono::{Datelike, NaiveDate};

use super::{Words, say};
use crate::domain::period::Period;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

impl Words {
    /// 2003年3月3日 / 3 Mar 2003.
    pub fn day(self, day: NaiveDate) -> String {
        say!(self, format!("{}年{}月{}日", day.year(), day.month(), day.day()), day.format("%-d %b %Y").to_string())
    }

    /// 2003年1—3月 / January–March 2003: a period in full.
    pub fn period(self, period: Period) -> String {
        match period {
            Period::Year(year) => say!(self, format!("{year}年"), year.to_string()),
            Period::Half(year, half) => {
                let zh = if half == 1 { "上" } else { "下" };
                say!(self, format!("{year}年{zh}半年"), format!("{} half of {year}", if half == 1 { "first" } else { "second" }))
            }
            Period::Quarter(year, quarter) => say!(self, format!("{year}年第{quarter}季度"), format!("Q{quarter} {year}")),
            Period::Month(year, month) => say!(self, format!("{year}年{month}月"), format!("{} {year}", month_name(month))),
            Period::Week(year, week) => {
                let days = self.days(period.first(), period.last());
                say!(self, format!("{year}年第{week}周（{days}）"), format!("week {week} of {year} ({days})"))
            }
            Period::YearThrough(year, 1) => self.period(Period::Month(year, 1)),
            Period::YearThrough(year, 12) => self.period(Period::Year(year)),
            Period::YearThrough(year, month) => {
                say!(self, format!("{year}年1—{month}月"), format!("January–{} {year}", month_name(month)))
            }
            Period::Days(first, last) if first == last => self.day(first),
            Period::Days(first, last) => {
                let days = self.days(first, last);
                say!(self, format!("{}年{days}", first.year()), format!("{days} {}", last.year()))
            }
        }
    }

    /// 2003年第10周 / week 10 of 2003: a period without its days, for subjects.
    pub fn period_short(self, period: Period) -> String {
        match period {
            Period::Week(year, week) => say!(self, format!("{year}年第{week}周"), format!("week {week} of {year}")),
            other => self.period(other),
        }
    }

    /// 3月3日至9日 / 3–9 Mar: the days of a span, the year left out where both ends have the same.
    pub fn days(self, first: NaiveDate, last: NaiveDate) -> String {
        let same_year = first.year() == last.year();
        let same_month = same_year && first.month() == last.month();
        let zh = match (same_year, same_month) {
            (_, true) => format!("{}月{}日至{}日", first.month(), first.day(), last.day()),
            (true, false) => format!("{}月{}日至{}月{}日", first.month(), first.day(), last.month(), last.day()),
            (false, _) => format!("{}月{}日至{}", first.month(), first.day(), self.day_zh(last)),
        };
        let en = match (same_year, same_month) {
            (_, true) => format!("{}–{}", first.day(), last.format("%-d %b")),
            (true, false) => format!("{} – {}", first.format("%-d %b"), last.format("%-d %b")),
            (false, _) => format!("{} – {}", first.format("%-d %b %Y"), last.format("%-d %b")),
        };
        say!(self, zh, en)
    }

    fn day_zh(self, day: NaiveDate) -> String {
        format!("{}年{}月{}日", day.year(), day.month(), day.day())
    }

    /// 三个月 / three months: a number of completed months.
    pub fn months(self, count: u32) -> String {
        const ZH: [&str; 13] = ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
        const EN: [&str; 13] = ["no", "a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
        let number = |names: &[&str; 13]| names.get(count as usize).map_or_else(|| count.to_string(), |name| (*name).to_owned());
        say!(self, format!("{}个月", number(&ZH)), format!("{} month{}", number(&EN), if count == 1 { "" } else { "s" }))
    }
}

fn month_name(month: u32) -> &'static str {
    MONTHS.get(month.saturating_sub(1) as usize).copied().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    #[test]
    fn periods_have_words() {
        let (zh, en) = (Words::new(Language::ZhCn, chrono_tz::UTC), Words::new(Language::En, chrono_tz::UTC));
        for (period, chinese, english) in [
            ("2003", "2003年", "2003"),
            ("2003-H1", "2003年上半年", "first half of 2003"),
            ("2003-Q2", "2003年第2季度", "Q2 2003"),
            ("2003-02", "2003年2月", "February 2003"),
            ("2003-W10", "2003年第10周（3月3日至9日）", "week 10 of 2003 (3–9 Mar)"),
            ("2003-W01", "2003年第1周（12月30日至2003年1月5日）", "week 1 of 2003 (30 Dec 2002 – 5 Jan)"),
            ("2003-01..2003-01", "2003年1月", "January 2003"),
            ("2003-01..2003-03", "2003年1—3月", "January–March 2003"),
            ("2003-01..2003-12", "2003年", "2003"),
            ("2003-01-01..2003-03-09", "2003年1月1日至3月9日", "1 Jan – 9 Mar 2003"),
            ("2003-03-09..2003-03-09", "2003年3月9日", "9 Mar 2003"),
        ] {
            let period: Period = period.parse().unwrap();
            assert_eq!((zh.period(period), en.period(period)), (chinese.into(), english.into()));
        }
        assert_eq!(
            (zh.months(1), zh.months(2), en.months(1), en.months(13)),
            ("一个月".into(), "两个月".into(), "a month".into(), "13 months".into())
        );
    }
}
