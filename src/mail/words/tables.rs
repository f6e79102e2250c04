//! What is wrong with a table, and how to mend it.

use chrono::NaiveDate;

use super::{Words, say};
use crate::domain::table::{CellFault, Wrong};

impl Words {
    /// 第3行“单位”栏“孟县”：不在单位名单内；最接近的是“盂县”，请核对。 / Line 3, column “unit”, “Meng”: …
    pub fn fault(self, fault: &CellFault) -> String {
        let wrong = self.wrong(&fault.wrong);
        match self.cell(fault) {
            place if place.is_empty() => say!(self, format!("{wrong}。"), format!("{}.", capital(&wrong))),
            place => say!(self, format!("{place}：{wrong}。"), format!("{place}: {wrong}.")),
        }
    }

    /// Where it stands and what stands there: sheet, line, column, value, as far as each is known.
    fn cell(self, fault: &CellFault) -> String {
        let mut parts = Vec::new();
        if !fault.sheet.is_empty() {
            parts.push(say!(self, format!("工作表“{}”", fault.sheet), format!("sheet “{}”", fault.sheet)));
        }
        if let Some(line) = fault.line {
            parts.push(say!(self, format!("第{line}行"), format!("line {line}")));
        }
        if !fault.column.is_empty() {
            parts.push(say!(self, format!("“{}”栏", fault.column), format!("column “{}”", fault.column)));
        }
        if !fault.value.is_empty() {
            parts.push(say!(self, format!("“{}”", fault.value), format!("“{}”", fault.value)));
        }
        say!(self, parts.concat(), capital(&parts.join(", ")))
    }

    /// What is wrong and the mend, as a clause.
    fn wrong(self, wrong: &Wrong) -> String {
        match wrong {
            Wrong::Unreadable { why } => {
                say!(
                    self,
                    format!("文件无法读取（{why}），请另存为 CSV 或 XLSX 后重发"),
                    format!("the file cannot be read ({why}); please save it as CSV or XLSX and send it again")
                )
            }
            Wrong::TooLarge { limit } => {
                say!(
                    self,
                    format!("超出限度（{limit}），请分成几份发送"),
                    format!("it is over the limit ({limit}); please send it in several files")
                )
            }
            Wrong::ColumnMissing { wanted } => {
                say!(self, format!("缺少一栏，列名可写：{wanted}"), format!("a column is missing; its heading may be: {wanted}"))
            }
            Wrong::UnknownUnit { .. } | Wrong::AmbiguousUnit { .. } | Wrong::UnknownOutlet { .. } => self.unknown_name(wrong),
            Wrong::ColumnTwice { first } => {
                say!(self, format!("与“{first}”栏重复，请只留一栏"), format!("it repeats the column “{first}”; please keep one of them"))
            }
            Wrong::UnitNotInForce { since, until } => self.not_in_force(*since, *until),
            Wrong::UnitTwice { first } => {
                say!(
                    self,
                    format!("同一时段该单位已在第{first}行出现，请删去一行或合并"),
                    format!("the unit already stands in line {first} for this period; please keep one of them")
                )
            }
            Wrong::TotalDiffers { sum } => {
                say!(
                    self,
                    format!("合计与各行不符，各行相加为{sum}，请核对"),
                    format!("the total differs from its lines, which add up to {sum}; please check")
                )
            }
            Wrong::OtherPoints { number, points } => say!(
                self,
                format!("台账上已有此条（{number}，{points}分），再记会重复；分值有误的，先用 adoption reverse {number} 冲销"),
                format!(
                    "this item is on the ledger as {number} with {points} points and would count twice; if those are wrong, take them back first: adoption reverse {number}"
                )
            ),
            _ => self.plainly_wrong(wrong).to_owned(),
        }
    }

    /// What needs no further fact.
    fn plainly_wrong(self, wrong: &Wrong) -> &'static str {
        match wrong {
            Wrong::Protected => {
                say!(self, "文件加了密码，请去掉密码后重发", "the workbook is locked with a password; please take it off and send it again")
            }
            Wrong::Merged => say!(
                self,
                "合并单元格里的一个数字属于几行，请取消合并、逐行填写",
                "one figure in a merged cell stands for several lines; please fill in each line"
            ),
            Wrong::NoUnitOfOurs => say!(
                self,
                "没有一行是本网络的单位，请核对是否发错了表",
                "no line is about a unit of ours; please check that it is the right table"
            ),
            Wrong::NoHeader => say!(
                self,
                "没有列名行，请在首行写明列名，例如：日期、单位、刊物、标题、积分",
                "no line names the columns; please begin with one such as: date, unit, outlet, title, points"
            ),
            Wrong::NoRows => {
                say!(self, "只有列名，没有内容，请填写后重发", "there are headings and no rows; please fill it in and send it again")
            }
            Wrong::CellMissing => say!(self, "必填而空缺，请补上", "it must be filled in and is empty"),
            Wrong::NotADay => say!(self, "不是日期，请写成 2003-01-20 这样", "it is no date; please write it like 2003-01-20"),
            Wrong::DayInFuture => say!(self, "日期还没有到，请核对", "the day has not come yet; please check it"),
            Wrong::NotAPeriod => say!(
                self,
                "不是可用的期间，请写成 2003、2003-01 这样，且不得晚于今天",
                "it is no period that has begun; please write it like 2003 or 2003-01"
            ),
            Wrong::NotPoints => say!(
                self,
                "不是积分，请只写数字，例如 5 或 2.5，小数不过三位",
                "it is no number of points; please write a number such as 5 or 2.5, with at most three decimals"
            ),
            Wrong::NegativePoints => say!(
                self,
                "积分不得为负；要冲销已登记的一行，请用 zhibao adoption reverse",
                "points cannot be negative; to take back an earlier row, use zhibao adoption reverse"
            ),
            Wrong::NotACount => say!(self, "不是整数，请只写数字", "it is no whole number; please write digits only"),
            Wrong::RankOutOfRange => {
                say!(self, "位次应在1与总数之间，请核对", "a rank lies between 1 and the number of units; please check it")
            }
            Wrong::UnknownSubmission => say!(
                self,
                "没有这个报送编号，请核对，或删去编号只写标题",
                "no submission has this number; please check it, or leave it out and give the title"
            ),
            Wrong::NothingNamed => {
                say!(self, "标题和编号都空缺，请至少写一项", "neither title nor number is given; please write one of them")
            }
            _ => say!(self, "有误，请核对", "it is wrong; please check it"),
        }
    }

    fn not_in_force(self, since: Option<NaiveDate>, until: Option<NaiveDate>) -> String {
        let (since, until) = (since.map(|day| self.day(day)), until.map(|day| self.day(day)));
        let zh = match (&since, &until) {
            (Some(since), Some(until)) => format!("（{since}至{until}在名单内）"),
            (Some(since), None) => format!("（{since}起在名单内）"),
            (None, Some(until)) => format!("（{until}止在名单内）"),
            (None, None) => String::new(),
        };
        let en = match (&since, &until) {
            (Some(since), Some(until)) => format!(" (it is from {since} to {until})"),
            (Some(since), None) => format!(" (it is from {since})"),
            (None, Some(until)) => format!(" (it is to {until})"),
            (None, None) => String::new(),
        };
        say!(
            self,
            format!("当时不在单位名单内{zh}，请核对日期或单位"),
            format!("the unit was not on the roster then{en}; please check the day or the unit")
        )
    }

    fn unknown_name(self, wrong: &Wrong) -> String {
        match wrong {
            Wrong::UnknownUnit { nearest: Some(nearest) } => say!(
                self,
                format!("不在单位名单内，最接近的是“{nearest}”，请核对"),
                format!("no unit on the roster has this name; the nearest is “{nearest}”")
            ),
            Wrong::AmbiguousUnit { among } => say!(
                self,
                format!("不止一个单位用这个名称（{}），请写全称", self.list(among)),
                format!("several go by this name ({}); please write it in full", self.list(among))
            ),
            Wrong::UnknownOutlet { known } if !known.is_empty() => say!(
                self,
                format!("不是已登记的刊物或采用单位；已登记的有：{}", self.list(known)),
                format!("no outlet has this name; there are: {}", self.list(known))
            ),
            Wrong::UnknownOutlet { .. } => say!(
                self,
                "不是已登记的刊物或采用单位；配置中还没有登记任何一个",
                "no outlet has this name; the configuration has no outlet yet"
            )
            .to_owned(),
            _ => say!(self, "不在单位名单内，请核对名称", "no unit on the roster has this name; please check it").to_owned(),
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().to_string() + chars.as_str())
}
