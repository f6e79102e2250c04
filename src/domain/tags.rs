//! The subject of a message: tags, title, numbers of ours.

use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;

use super::fields::severity_word;
use super::ids::{EventNo, NoticeNo, QuarantineNo, RequisitionNo, SubmissionNo};
use super::rules::Severity;
use super::text::{comparable, fold, readable, without_reply_prefixes};

/// What a tag in a subject says about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// 首报 / FIRST
    First,
    /// 续报 / FOLLOW-UP
    FollowUp,
    /// 终报 / FINAL
    Final,
    /// 突发 / URGENT: the stage that is due.
    Urgent,
    /// 零报告 / ZERO
    Zero,
    /// 更正 / CORRECTION
    Correction,
    /// 撤回 / WITHDRAW
    Withdraw,
    /// 事件 / EVENT
    Event,
    /// 采用 / ADOPTION
    Adoption,
    /// 通报 / CIRCULAR
    Circular,
    /// 约稿 / REQUISITION
    Requisition,
}

/// What the tags of a subject say, and what is left of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Of several kinds the first.
    pub kind: Option<Tag>,
    /// Of several severities the first.
    pub severity: Option<Severity>,
    /// The recognised tags as they were written, without their brackets, separated by `·`.
    pub wrote: Option<String>,
    /// The subject without recognised tags, reply prefixes and the number that we put at the end of ours.
    pub title: String,
}

/// In comparable form; every word stands once.
const WORDS: [(&str, Tag); 29] = [
    ("首报", Tag::First),
    ("初报", Tag::First),
    ("first", Tag::First),
    ("first report", Tag::First),
    ("续报", Tag::FollowUp),
    ("followup", Tag::FollowUp),
    ("follow up", Tag::FollowUp),
    ("终报", Tag::Final),
    ("结报", Tag::Final),
    ("final", Tag::Final),
    ("final report", Tag::Final),
    ("突发", Tag::Urgent),
    ("突发事件", Tag::Urgent),
    ("urgent", Tag::Urgent),
    ("零报告", Tag::Zero),
    ("zero", Tag::Zero),
    ("zero report", Tag::Zero),
    ("更正", Tag::Correction),
    ("correction", Tag::Correction),
    ("撤回", Tag::Withdraw),
    ("withdraw", Tag::Withdraw),
    ("事件", Tag::Event),
    ("event", Tag::Event),
    ("采用", Tag::Adoption),
    ("adoption", Tag::Adoption),
    ("通报", Tag::Circular),
    ("circular", Tag::Circular),
    ("约稿", Tag::Requisition),
    ("requisition", Tag::Requisition),
];

/// Reads the tags of a subject. A tag is the whole of a bracket (【】, [], 〔〕, ［］), or the whole of a piece of one
/// (`【突发·重大】`); brackets that hold anything else stay in the title and mean nothing.
pub fn read_tags(subject: &str) -> Tags {
    let mut tags = Tags::default();
    let mut wrote: Vec<&str> = Vec::new();
    let mut title = String::with_capacity(subject.len());
    let mut rest = without_own_number(subject);
    while let Some((before, inside, after)) = bracket(rest) {
        title.push_str(before);
        let mut unknown: Vec<&str> = Vec::new();
        for piece in inside.split(is_separator).map(str::trim).filter(|piece| !piece.is_empty()) {
            match meaning(piece) {
                Some((kind, severity)) => {
                    tags.kind = tags.kind.or(kind);
                    tags.severity = tags.severity.or(severity);
                    wrote.push(piece);
                }
                None => unknown.push(piece),
            }
        }
        let whole = &rest[before.len()..rest.len() - after.len()];
        if unknown.is_empty() && !inside.trim().is_empty() {
            title.push(' ');
        } else if inside.split(is_separator).filter(|piece| !piece.trim().is_empty()).count() == unknown.len() {
            title.push_str(whole);
        } else {
            title.push_str(&format!("【{}】", unknown.join("·")));
        }
        rest = after;
    }
    title.push_str(rest);
    tags.title = without_reply_prefixes(&title).split_whitespace().collect::<Vec<_>>().join(" ");
    tags.wrote = (!wrote.is_empty()).then(|| wrote.join("·"));
    tags
}

/// The first pair of brackets with nothing but text inside: before, inside, after.
fn bracket(text: &str) -> Option<(&str, &str, &str)> {
    const PAIRS: [(char, char); 5] = [('【', '】'), ('[', ']'), ('［', '］'), ('〔', '〕'), ('〖', '〗')];
    let mut open: Option<(usize, char, char)> = None;
    for (at, c) in text.char_indices() {
        if let Some((left, right)) = PAIRS.iter().find(|(left, _)| *left == c) {
            open = Some((at, *left, *right));
        } else if let Some((start, left, right)) = open
            && c == right
        {
            return Some((&text[..start], &text[start + left.len_utf8()..at], &text[at + c.len_utf8()..]));
        }
    }
    None
}

fn is_separator(c: char) -> bool {
    matches!(c, '·' | '・' | '•' | '‧' | '∙' | '･' | '/' | '／' | ',' | '，' | '、' | '|' | '｜' | ';' | '；' | '+' | '＋')
}

/// What one piece of a bracket says: a word, words side by side (`突发 重大`, `urgent-II`), or a severity and a stage
/// written as one (`重大突发`, `续报2`).
fn meaning(piece: &str) -> Option<(Option<Tag>, Option<Severity>)> {
    let piece = comparable(piece).replace(['-', '—', '–', '_', '－'], " ");
    let words: Vec<&str> = piece.split(' ').filter(|word| !word.is_empty()).collect();
    let (mut kind, mut severity) = (None, None);
    let mut next = 0;
    while next < words.len() {
        let two = (next + 1 < words.len()).then(|| words[next..next + 2].join(" ")).and_then(|two| tag(&two));
        if let Some(tag) = two {
            kind = kind.or(Some(tag));
            next += 2;
            continue;
        }
        let (of_kind, of_severity) = word(words[next])?;
        (kind, severity) = (kind.or(of_kind), severity.or(of_severity));
        next += 1;
    }
    (kind.is_some() || severity.is_some()).then_some((kind, severity))
}

fn word(word: &str) -> Option<(Option<Tag>, Option<Severity>)> {
    if let Some(tag) = tag(word) {
        return Some((Some(tag), None));
    }
    if let Some(severity) = severity_word(word) {
        return Some((None, Some(severity)));
    }
    let joined = word.char_indices().skip(1).find_map(|(at, _)| {
        let (first, second) = word.split_at(at);
        let pair = |kind: &str, severity: &str| Some((tag(kind).filter(|tag| *tag <= Tag::Urgent)?, severity_word(severity)?));
        pair(first, second).or_else(|| pair(second, first))
    });
    joined.map(|(tag, severity)| (Some(tag), Some(severity)))
}

fn tag(word: &str) -> Option<Tag> {
    // 续报2, 续报(三): which follow-up it is, we count ourselves.
    let counted = word.strip_prefix("续报").is_some_and(|rest| {
        let rest = rest.trim_matches(['(', ')', '第', '次', '期']);
        !rest.is_empty() && rest.chars().count() <= 3 && rest.chars().all(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(c))
    });
    if counted {
        return Some(Tag::FollowUp);
    }
    WORDS.iter().find(|(text, _)| *text == word).map(|(_, tag)| *tag)
}

/// The number of a notice and its token as they end our own subjects, with the brackets around them.
static OWN_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[（(]\s*[NＮ][-－]\d{4}[-－]\d{1,9}(?:[.．][0-9A-Za-z_-]{1,64})?\s*[）)]")
        .expect("a constant expression that the tests compile")
});

fn without_own_number(subject: &str) -> &str {
    let subject = subject.trim();
    match OWN_NUMBER.find_iter(subject).last() {
        Some(found) if found.end() == subject.len() => subject[..found.start()].trim_end(),
        _ => subject,
    }
}

/// Whether a subject is one of ours: it carries `（N-2003-000042.token）`, with or without a reply prefix. Its tags are then not
/// the sender's.
pub fn carries_our_number(subject: &str) -> bool {
    OWN_NUMBER.is_match(subject)
}

/// Whether a subject says that the message is a reply or a forward (`Re:`, `Fw:`, `回复：`, `答复：`, `转发：` …).
pub fn is_reply_subject(subject: &str) -> bool {
    let subject = subject.trim();
    without_reply_prefixes(subject).len() < subject.len()
}

/// Whether a subject says that the message is passed on (`Fw:`, `转发：`): what stands below is then the report itself.
pub fn is_forward_subject(subject: &str) -> bool {
    let subject = readable(subject.trim());
    ["fw:", "fwd:", "转发:", "转寄:"].iter().any(|prefix| subject.starts_with(prefix))
}

/// The first number of each kind in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// E-2003-0007
    pub event: Option<EventNo>,
    /// S-2003-000123
    pub submission: Option<SubmissionNo>,
    /// N-2003-000042
    pub notice: Option<NoticeNo>,
    /// R-2003-0004
    pub requisition: Option<RequisitionNo>,
    /// Q-2003-0003
    pub quarantine: Option<QuarantineNo>,
}

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[ESNRQesnrq]-[0-9]{4}-[0-9]+").expect("a constant expression that the tests compile"));

/// The numbers of ours that a text names, full-width forms folded.
pub fn numbers_in(text: &str) -> Numbers {
    let folded = fold(text);
    let mut numbers = Numbers::default();
    for found in NUMBER.find_iter(&folded) {
        let inside_word = folded[..found.start()].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/'));
        let goes_on = folded[found.end()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if inside_word || goes_on {
            continue;
        }
        match found.as_str().as_bytes()[0].to_ascii_uppercase() {
            b'E' => keep(&mut numbers.event, found.as_str()),
            b'S' => keep(&mut numbers.submission, found.as_str()),
            b'N' => keep(&mut numbers.notice, found.as_str()),
            b'R' => keep(&mut numbers.requisition, found.as_str()),
            _ => keep(&mut numbers.quarantine, found.as_str()),
        }
    }
    numbers
}

fn keep<T: FromStr>(slot: &mut Option<T>, text: &str) {
    if slot.is_none() {
        *slot = text.parse().ok();
    }
}

#[cfg(test)]
#[path = "tags_tests.rs"]
mod tests;
