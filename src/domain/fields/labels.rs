//! Lines of the form `label：value`.

use super::{Field, VALUE_CHARACTERS};
use crate::domain::text::{is_cjk, readable};

/// What people write before the colon, in comparable form without inner spaces.
const LABELS: [(&str, Field); 90] = [
    ("发生时间", Field::Occurred),
    ("事发时间", Field::Occurred),
    ("事件发生时间", Field::Occurred),
    ("事故发生时间", Field::Occurred),
    ("事故时间", Field::Occurred),
    ("事件时间", Field::Occurred),
    ("时间", Field::Occurred),
    ("occurred", Field::Occurred),
    ("occurredat", Field::Occurred),
    ("occurredon", Field::Occurred),
    ("timeofoccurrence", Field::Occurred),
    ("timeofevent", Field::Occurred),
    ("timeofincident", Field::Occurred),
    ("time", Field::Occurred),
    ("地点", Field::Place),
    ("事发地点", Field::Place),
    ("发生地点", Field::Place),
    ("事故地点", Field::Place),
    ("事件地点", Field::Place),
    ("事发地", Field::Place),
    ("发生地", Field::Place),
    ("place", Field::Place),
    ("location", Field::Place),
    ("级别", Field::Severity),
    ("事件级别", Field::Severity),
    ("事故级别", Field::Severity),
    ("等级", Field::Severity),
    ("事件等级", Field::Severity),
    ("事故等级", Field::Severity),
    ("severity", Field::Severity),
    ("level", Field::Severity),
    ("单位", Field::Unit),
    ("涉事单位", Field::Unit),
    ("责任单位", Field::Unit),
    ("事发单位", Field::Unit),
    ("unit", Field::Unit),
    ("units", Field::Unit),
    ("unit(s)", Field::Unit),
    ("伤亡", Field::Casualties),
    ("伤亡情况", Field::Casualties),
    ("人员伤亡", Field::Casualties),
    ("人员伤亡情况", Field::Casualties),
    ("伤亡人数", Field::Casualties),
    ("casualties", Field::Casualties),
    ("casualty", Field::Casualties),
    ("原因", Field::Cause),
    ("事发原因", Field::Cause),
    ("事故原因", Field::Cause),
    ("事件原因", Field::Cause),
    ("初步原因", Field::Cause),
    ("发生原因", Field::Cause),
    ("cause", Field::Cause),
    ("措施", Field::Measures),
    ("处置措施", Field::Measures),
    ("处置情况", Field::Measures),
    ("应对措施", Field::Measures),
    ("采取措施", Field::Measures),
    ("采取的措施", Field::Measures),
    ("已采取措施", Field::Measures),
    ("已采取的措施", Field::Measures),
    ("measures", Field::Measures),
    ("measurestaken", Field::Measures),
    ("actiontaken", Field::Measures),
    ("actionstaken", Field::Measures),
    ("联系人", Field::Contact),
    ("联络人", Field::Contact),
    ("联系人及电话", Field::Contact),
    ("联系方式", Field::Contact),
    ("contact", Field::Contact),
    ("contactperson", Field::Contact),
    ("事件", Field::Event),
    ("事件编号", Field::Event),
    ("event", Field::Event),
    ("栏目", Field::Kind),
    ("信息栏目", Field::Kind),
    ("kind", Field::Kind),
    ("kinds", Field::Kind),
    ("领域", Field::Topic),
    ("信息领域", Field::Topic),
    ("field", Field::Topic),
    ("fields", Field::Topic),
    ("截止", Field::Due),
    ("截止时间", Field::Due),
    ("截止日期", Field::Due),
    ("报送截止", Field::Due),
    ("报送时限", Field::Due),
    ("due", Field::Due),
    ("dueby", Field::Due),
    ("duedate", Field::Due),
    ("deadline", Field::Due),
];

/// No label is longer than this with its bullet and inner spaces.
const LABEL_CHARACTERS: usize = 32;

/// Values by field, as written; of several values of one field the first that is not empty.
#[derive(Debug, Default)]
pub(super) struct Values {
    found: Vec<(Field, String)>,
}

impl Values {
    pub fn get(&self, field: Field) -> Option<String> {
        self.found.iter().find(|(f, value)| *f == field && !value.is_empty()).map(|(_, value)| value.clone())
    }

    /// Every name that a field of names holds, on one line or on several.
    pub fn all(&self, field: Field) -> Vec<String> {
        self.found.iter().filter(|(f, _)| *f == field).flat_map(|(_, value)| names(value)).collect()
    }
}

/// The fields of a text, and the lines that belong to none.
pub(super) fn split(body: &str) -> (Values, String) {
    let mut values = Values::default();
    let mut prose = String::new();
    let mut open = false;
    for line in body.lines() {
        let indented = line.starts_with([' ', '\t', '\u{3000}']);
        match field(line) {
            Some((field, value)) => {
                values.found.push((field, capped(value)));
                open = true;
            }
            None if open && indented && !line.trim().is_empty() => {
                if let Some((_, value)) = values.found.last_mut()
                    && value.len() < 4 * VALUE_CHARACTERS
                {
                    if !value.is_empty() {
                        value.push(' ');
                    }
                    value.push_str(&capped(line.trim()));
                }
            }
            None => {
                open = false;
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    (values, prose)
}

fn capped(value: &str) -> String {
    value.chars().take(VALUE_CHARACTERS).collect()
}

/// The field of a line, and its value as written.
fn field(line: &str) -> Option<(Field, &str)> {
    let (at, colon) = line.char_indices().take(LABEL_CHARACTERS).find(|(_, c)| matches!(c, ':' | '：' | '∶' | '﹕' | '︰'))?;
    let label = label(&line[..at]);
    let field = LABELS.iter().find(|(name, _)| *name == label).map(|(_, field)| *field)?;
    let value = line[at + colon.len_utf8()..].trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '\u{feff}' | '\u{200b}'));
    Some((field, value))
}

/// What stands before the colon without its bullet, its number and its spaces: `（1）地　点` → `地点`.
fn label(text: &str) -> String {
    let readable = readable(text);
    let mut rest = readable.trim_matches(is_bullet);
    if let Some(behind) = rest.find([')', '、', '.']).filter(|at| *at <= 12) {
        let number = rest[..behind].trim_start_matches('(');
        if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(c)) {
            rest = rest[behind..].trim_start_matches([')', '、', '.']).trim_matches(is_bullet);
        }
    }
    let rest = rest.trim_start_matches(['【', '[', '〔']).trim_end_matches(['】', ']', '〕']);
    rest.chars().filter(|c| !c.is_whitespace()).collect()
}

fn is_bullet(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '*'
                | '•'
                | '·'
                | '●'
                | '○'
                | '■'
                | '□'
                | '◆'
                | '◇'
                | '▲'
                | '★'
                | '☆'
                | '—'
                | '–'
                | '>'
                | '+'
                | '#'
                | '・'
                | '▪'
                | '➢'
        )
}

/// Names of units: separated by 、，,；; or 和, `and`. 和 at the start of a name (和顺县) or with a single character before it
/// (永和县) is part of it.
pub(super) fn names(value: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in value.split(['、', '，', ',', '；', ';', '/', '／', '\n']) {
        let mut rest = piece.trim();
        while let Some((name, behind)) = split_at_and(rest) {
            names.push(name.to_owned());
            rest = behind;
        }
        if !rest.is_empty() {
            names.push(rest.to_owned());
        }
    }
    names
}

fn split_at_and(text: &str) -> Option<(&str, &str)> {
    let latin = text.find(" and ").map(|at| (&text[..at], &text[at + 5..]));
    let chinese = || {
        text.match_indices('和').find_map(|(at, and)| {
            let (name, behind) = (text[..at].trim(), text[at + and.len()..].trim());
            let long = |name: &str| name.chars().filter(|c| is_cjk(*c) || c.is_alphanumeric()).count() >= 2;
            (long(name) && long(behind)).then_some((name, behind))
        })
    };
    let (name, behind) = latin.or_else(chinese)?;
    Some((name.trim(), behind.trim()))
}
