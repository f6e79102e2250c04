//! Points, shares, ranks and chances in words.

use super::{Words, say};
use crate::domain::digest::Lack;
use crate::domain::period::Period;
use crate::domain::points::Points;
use crate::domain::warning::{List, Ranked, Scored};

impl Words {
    /// 2.5分 / 2.5 points.
    pub fn points(self, points: Points) -> String {
        let one = points == Points::from_thousandths(1000);
        say!(self, format!("{points}分"), format!("{points} point{}", if one { "" } else { "s" }))
    }

    /// 1.9% / 1.9 %, of tenths of a percent; a dash where there is no share.
    pub fn share(self, tenths: Option<i64>) -> String {
        let Some(tenths) = tenths else { return "—".to_owned() };
        let (sign, size) = (if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs());
        say!(self, format!("{sign}{}.{}%", size / 10, size % 10), format!("{sign}{}.{} %", size / 10, size % 10))
    }

    /// 75% / 75 %, half up; a dash where nothing was to be counted.
    pub fn rate(self, part: u64, whole: u64) -> String {
        match whole {
            0 => "—".to_owned(),
            _ => {
                let percent = (200 * u128::from(part) + u128::from(whole)) / (2 * u128::from(whole));
                say!(self, format!("{percent}%"), format!("{percent} %"))
            }
        }
    }

    /// 56% / 56 %, of thousandths; of what is under one percent, a decimal.
    pub fn chance(self, per_mille: u32) -> String {
        let text = match per_mille {
            0 => say!(self, "不到0.1", "under 0.1").to_owned(),
            1..10 => format!("0.{per_mille}"),
            995.. => say!(self, "99以上", "over 99").to_owned(),
            _ => ((per_mille + 5) / 10).to_string(),
        };
        // 99%以上, not 99以上%
        say!(self, format!("{}%{}", text.trim_end_matches("以上"), if text.ends_with("以上") { "以上" } else { "" }), format!("{text} %"))
    }

    /// 约为56% / about 56 %; at the ends, 不到0.1%, 在99%以上 / under 0.1 %, over 99 %.
    pub fn chance_about(self, per_mille: u32) -> String {
        let chance = self.chance(per_mille);
        match per_mille {
            0 => chance,
            995.. => say!(self, format!("在{chance}"), chance),
            _ => say!(self, format!("约为{chance}"), format!("about {chance}")),
        }
    }

    /// 第48位（共49个，2个并列） / 48th of 49 (2 tie).
    pub fn rank(self, ranked: &Ranked) -> String {
        let Ranked { rank, of, tied, last, .. } = *ranked;
        let zh = [(of > 0).then(|| format!("共{of}个")), (tied > 1).then(|| format!("{tied}个并列")), last.then(|| "末位".to_owned())];
        let zh: Vec<String> = zh.into_iter().flatten().collect();
        let zh = if zh.is_empty() { String::new() } else { format!("（{}）", zh.join("，")) };
        let en_of = if of > 0 { format!(" of {of}") } else { String::new() };
        let en_tie = if tied > 1 { format!(" ({tied} tie)") } else { String::new() };
        let en_last = if last { ", the last" } else { "" };
        say!(self, format!("第{rank}位{zh}"), format!("{}{en_of}{en_tie}{en_last}", ordinal(rank)))
    }

    /// 第48位（共49个） / 48th of 49.
    pub fn place_of(self, ranked: &Ranked) -> String {
        self.rank(&Ranked { tied: 1, last: false, ..*ranked })
    }

    /// 48/49; 48 where it is not known of how many.
    pub fn rank_short(self, ranked: &Ranked) -> String {
        if ranked.of > 0 { format!("{}/{}", ranked.rank, ranked.of) } else { ranked.rank.to_string() }
    }

    /// 第48位 / 48th.
    pub fn place(self, rank: u32) -> String {
        say!(self, format!("第{rank}位"), ordinal(rank))
    }

    /// Whose list: 本室台账 / our own ledger.
    pub fn standings_list(self, list: &List) -> String {
        match list {
            List::Own => say!(self, "本室台账", "our own ledger").to_owned(),
            List::Circular { by } => say!(self, format!("{by}的通报"), format!("the circular of {by}")),
        }
    }

    /// 11分，采用2条 / 11 points, 2 adoptions.
    pub fn scored(self, scored: &Scored) -> String {
        let points = self.points(scored.points);
        say!(self, format!("{points}，采用{}条", scored.items), format!("{points}, {}", self.adoptions(scored.items)))
    }

    /// 采用2条 / 2 adoptions.
    pub fn adoptions(self, count: u64) -> String {
        say!(self, format!("采用{count}条"), format!("{count} adoption{}", if count == 1 { "" } else { "s" }))
    }

    /// 报送5件 / 5 submissions.
    pub fn submissions(self, count: u64) -> String {
        say!(self, format!("报送{count}件"), format!("{count} submission{}", if count == 1 { "" } else { "s" }))
    }

    /// `text` as a further part of a row: ，报送5件 / , 5 submissions.
    pub fn comma(self, text: &str) -> String {
        say!(self, format!("，{text}"), format!(", {text}"))
    }

    /// What a unit's entry in the roster lacks.
    pub fn lack(self, lack: Lack) -> &'static str {
        match lack {
            Lack::Leader => say!(self, "没有分管领导", "no leader in charge"),
            Lack::Reporter => say!(self, "没有信息员", "no reporter"),
            Lack::Confirmation => say!(self, "名册尚未确认", "roster not confirmed"),
            Lack::Address => say!(self, "地址退信", "an address bounces"),
        }
    }
}

/// Whether two windows are of one kind and length, so that their figures compare: a year to date with the same span of
/// another year, not with a whole one.
pub fn alike(a: Period, b: Period) -> bool {
    let from_january = |period: Period| period.first().format("%m-%d").to_string();
    let until = |period: Period| period.last().format("%m-%d").to_string();
    // The last day of February is the last day of February.
    let february = |period: Period| if until(period) == "02-29" { "02-28".to_owned() } else { until(period) };
    match (a, b) {
        (Period::Week(..), Period::Week(..)) => true,
        _ => from_january(a) == from_january(b) && february(a) == february(b),
    }
}

/// 1st, 2nd, 3rd, 11th.
pub fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    #[test]
    fn chances_shares_and_ranks_have_words() {
        let (zh, en) = (Words::new(Language::ZhCn, chrono_tz::UTC), Words::new(Language::En, chrono_tz::UTC));
        for (per_mille, chinese, english) in [
            (0, "不到0.1%", "under 0.1 %"),
            (4, "0.4%", "0.4 %"),
            (10, "1%", "1 %"),
            (558, "56%", "56 %"),
            (846, "85%", "85 %"),
            (999, "99%以上", "over 99 %"),
        ] {
            assert_eq!((zh.chance(per_mille), en.chance(per_mille)), (chinese.into(), english.into()));
        }
        assert_eq!((zh.share(Some(839)), en.share(Some(0)), zh.share(None)), ("83.9%".into(), "0.0 %".into(), "—".into()));
        assert_eq!(
            (zh.rate(3, 4), en.rate(0, 3), zh.rate(0, 0), zh.rate(199, 200)),
            ("75%".into(), "0 %".into(), "—".into(), "100%".into())
        );
        let ranked = Ranked { window: Period::Year(2003), rank: 48, of: 49, tied: 2, last: true, points: None };
        assert_eq!((zh.rank(&ranked), en.rank(&ranked)), ("第48位（共49个，2个并列，末位）".into(), "48th of 49 (2 tie), the last".into()));
        assert_eq!([1, 2, 3, 4, 11, 13, 21, 112].map(ordinal), ["1st", "2nd", "3rd", "4th", "11th", "13th", "21st", "112th"]);
    }

    #[test]
    fn a_whole_year_is_not_like_a_year_to_date() {
        let of = |text: &str| text.parse::<Period>().unwrap();
        assert!(alike(of("2004-01..2004-02"), of("2003-01..2003-02")) && alike(of("2002"), of("2003")));
        assert!(alike(of("2003-01-01..2003-03-09"), of("2002-01-01..2002-03-09")));
        assert!(!alike(of("2003-01..2003-02"), of("2002")) && !alike(of("2003-01"), of("2002")));
    }
}
