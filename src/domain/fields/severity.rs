//! Words for severities.

use crate::domain::rules::Severity;
use crate::domain::text::comparable;

/// In comparable form, where `Ⅲ` is `iii`. Longer words stand before those that they contain.
const WORDS: [(&str, Severity); 13] = [
    ("特别重大", Severity::I),
    ("特大", Severity::I),
    ("重大", Severity::II),
    ("较大", Severity::III),
    ("一般", Severity::IV),
    ("一级", Severity::I),
    ("二级", Severity::II),
    ("三级", Severity::III),
    ("四级", Severity::IV),
    ("iii", Severity::III),
    ("ii", Severity::II),
    ("iv", Severity::IV),
    ("i", Severity::I),
];

/// English words, for fields only: a tag `[SERIOUS]` is somebody else's.
const ENGLISH: [(&str, Severity); 11] = [
    ("catastrophic", Severity::I),
    ("extremely serious", Severity::I),
    ("particularly serious", Severity::I),
    ("especially serious", Severity::I),
    ("extraordinarily serious", Severity::I),
    ("relatively serious", Severity::III),
    ("comparatively serious", Severity::III),
    ("serious", Severity::II),
    ("major", Severity::II),
    ("ordinary", Severity::IV),
    ("general", Severity::IV),
];

/// What may follow a Chinese severity within its word (重大事故, 较大以上, Ⅱ级响应).
const TAILS: [&str; 20] = [
    "级",
    "事故",
    "事件",
    "突发",
    "安全",
    "生产",
    "火灾",
    "交通",
    "公共",
    "自然",
    "环境",
    "社会",
    "灾害",
    "以上",
    "及以上",
    "响应",
    "险情",
    "疫情",
    "舆情",
    "案件",
];

/// The severity that the whole of `piece` names: 重大, `II`, `Ⅱ级`, 二级; for tags.
pub fn severity_word(piece: &str) -> Option<Severity> {
    let piece = comparable(piece);
    let exactly = |text: &str| WORDS.iter().find(|(word, _)| *word == text).map(|(_, severity)| *severity);
    exactly(&piece).or_else(|| exactly(piece.strip_suffix('级')?.trim_end()))
}

/// The severity that the value of a field names: the first of its pieces that begins with one. `重大（初步判定）`, `II级`,
/// `2级`, `level 2`, `特别重大事故`; not `重大项目`, not `IVB`.
pub fn severity_from(value: &str) -> Option<Severity> {
    let value = comparable(value);
    if value.len() > 400 {
        return None;
    }
    value
        .split(['(', ')', ',', '。', ';', '、', '/', '[', ']', '【', '】', '"', '“', '”', ':', '|', '!'])
        .find_map(|piece| piece_from(piece.trim()))
}

fn piece_from(piece: &str) -> Option<Severity> {
    const OPENINGS: [&str; 16] = [
        "初步判定为",
        "初步判断为",
        "初步认定为",
        "初步研判为",
        "初判为",
        "初步",
        "初判",
        "暂定为",
        "暂定",
        "拟定为",
        "拟定",
        "定为",
        "属于",
        "属",
        "为",
        "按",
    ];
    const LATIN_OPENINGS: [&str; 7] = ["severity", "level", "grade", "class", "category", "no.", "#"];
    let piece = OPENINGS.iter().find_map(|word| piece.strip_prefix(word)).unwrap_or(piece);
    let led = LATIN_OPENINGS.iter().find_map(|word| piece.strip_prefix(word)).map(|rest| rest.trim_start_matches([' ', ':', '-']));
    let piece = led.unwrap_or(piece).trim();
    if let Some(severity) = severity_word(piece) {
        return Some(severity);
    }
    let chinese = WORDS.iter().find_map(|(word, severity)| {
        let rest = piece.strip_prefix(word)?;
        let tail = rest.trim_start();
        let latin = word.is_ascii();
        let apart = rest.starts_with(' ') && (!latin || !tail.starts_with(|c: char| c.is_ascii_alphabetic()));
        (apart || TAILS.iter().any(|t| tail.starts_with(t))).then_some(*severity)
    });
    let english = || {
        let found =
            ENGLISH.iter().find(|(word, _)| piece.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric())));
        found.map(|(_, severity)| *severity)
    };
    chinese.or_else(|| numbered(piece, led.is_some())).or_else(english)
}

/// 2级, `level 2`, and a lone `2` that the label has already called a level.
fn numbered(piece: &str, led: bool) -> Option<Severity> {
    let number = piece.chars().next()?.to_digit(10)?;
    let rest = piece[1..].trim_start();
    let stands = rest.starts_with('级') || rest.is_empty() || led && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.');
    let severity = Severity::ALL.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
    stands.then_some(*severity)
}
