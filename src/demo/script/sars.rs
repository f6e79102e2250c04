//! The zero reports of spring 2003: every place, every day before 17:00, with the lapses that a duty shows.

use chrono::{Datelike, Days};

use super::{DAYS, Play, day};
use crate::demo::dice::Dice;

/// Who, as subjects call it, and about how many minutes past 15:00.
const PLACES: [(&str, &str, &str, u32); 5] = [
    ("pingding", "平定县", "Pingding", 70),
    ("yuxian", "盂县", "Yuxian", 62),
    ("jiaoqu", "郊区", "Jiaoqu", 20),
    ("chengqu", "城区", "Chengqu", 35),
    ("kuangqu", "矿区", "Kuangqu", 45),
];

/// Minutes past 15:00 of what comes after its time; none at all.
const LATE: [(&str, u32, u32, u32); 4] =
    [("pingding", 4, 27, 205), ("yuxian", 5, 3, 150), ("kuangqu", 5, 11, 131), ("pingding", 5, 18, 420)];
const NEVER: [(&str, u32, u32); 2] = [("yuxian", 5, 10), ("pingding", 5, 25)];

pub(super) fn write(play: &mut Play) {
    let mut date = day(2003, 4, 20);
    while date < DAYS.1 {
        let (month, today) = (date.month(), date.day());
        for (unit, chinese, english, minute) in PLACES {
            if NEVER.contains(&(unit, month, today)) {
                continue;
            }
            let late = LATE.iter().find(|(late, m, d, _)| (*late, *m, *d) == (unit, month, today)).map(|(.., minutes)| *minutes);
            let minutes = late.unwrap_or_else(|| minute + Dice::of(&format!("zero {unit} {date}")).below(40));
            let subject = (format!("【零报告】{chinese}{month}月{today}日"), format!("[ZERO] {english}, {today} {}", date.format("%B")));
            let checked = Dice::of(&format!("checked {unit} {date}")).between(300, 4800);
            let body = (
                format!("今日无疑似病例，无临床诊断病例。登记外来返乡人员{checked}人次，均无异常。"),
                format!("No suspected and no clinical case today. {checked} returning travellers registered, none with symptoms."),
            );
            play.write((2003, month, today, 15, minutes), unit, (&subject.0, &subject.1), (&body.0, &body.1));
        }
        date = date + Days::new(1);
    }
}
