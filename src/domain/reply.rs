//! Replies: what the sender wrote himself, and the command in its first line.

use std::sync::LazyLock;

use regex::Regex;

use super::fields::severity_from;
use super::ids::EventNo;
use super::rules::Severity;
use super::tags::numbers_in;
use super::text::{fold, is_cjk, readable};

/// What the sender of a reply wrote himself: without quoted lines, without the original message below, without a signature
/// after `-- `. Nothing that stands above the first quotation is ever cut. Empty where he wrote nothing.
pub fn own_text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let readable: Vec<String> = lines.iter().map(|line| readable(line).trim().to_owned()).collect();
    let mut own: Vec<&str> = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        if lines[index] == "-- " || original_begins(&readable, index) {
            break;
        }
        if readable[index].starts_with('>') {
            index += 1;
            continue;
        }
        if let Some(next) = attribution_ends(&readable, index) {
            // Quoted lines are known by their `>`, and the answer may stand below them. Without one, all that follows is quoted.
            let quoted = readable[next..].iter().find(|line| !line.is_empty()).is_some_and(|line| line.starts_with('>'));
            if !quoted {
                break;
            }
            index = next;
            continue;
        }
        if !is_sent_from(&readable[index]) {
            own.push(lines[index]);
        }
        index += 1;
    }
    own.join("\n").trim_matches(['\n', '\r']).trim_end().to_owned()
}

static ORIGINAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^[-_=*]{2,}\s*(?:原始邮件|原始信件|原邮件|邮件原件|回复的原邮件|回复的邮件|转发的邮件|转发邮件信息|被转发邮件信息|转发的原邮件|",
        r"original message|original appointment|original|forwarded message|forwarded by.*|reply message|replied message)\s*[-_=*]{2,}$",
        r"|^begin forwarded message:$|^以下是转发的邮件:?$",
    ))
    .expect("a constant expression that the tests compile")
});

/// Whether the original message begins at this line: a line that says so, or a block of headers, with a rule before it or not.
fn original_begins(lines: &[String], index: usize) -> bool {
    let line = &lines[index];
    if ORIGINAL.is_match(line) || header_block(lines, index) {
        return true;
    }
    let rule = line.len() >= 5 && line.chars().all(|c| matches!(c, '_' | '-' | '='));
    rule && (index + 1..lines.len()).take(2).any(|next| header_block(lines, next) && lines[index + 1..next].iter().all(String::is_empty))
}

/// `发件人：` or `From:`, and at least two of the other headers in the lines that follow it. One `发件人：` alone is text.
fn header_block(lines: &[String], index: usize) -> bool {
    const FIRST: [&str; 4] = ["发件人", "寄件者", "from", "寄件人"];
    const OTHERS: [&str; 14] =
        ["发送时间", "发送日期", "发件时间", "日期", "时间", "收件人", "收件者", "抄送", "主题", "sent", "date", "to", "cc", "subject"];
    let label = |line: &str| line.trim_start_matches(['*', '|', ' ']).split_once(':').map(|(label, _)| label.replace(['*', ' '], ""));
    if !label(&lines[index]).is_some_and(|label| FIRST.contains(&label.as_str())) {
        return false;
    }
    let following = lines[index + 1..].iter().filter(|line| !line.is_empty()).take(5);
    following.filter(|line| label(line).is_some_and(|label| OTHERS.contains(&label.as_str()))).count() >= 2
}

/// The index behind `On … wrote:`, `在 …写道：`, `… 于 … 写道：`, which may run over up to three lines.
fn attribution_ends(lines: &[String], index: usize) -> Option<usize> {
    let first = &lines[index];
    let begins = ["on ", "at ", "在", "于"].iter().any(|word| first.starts_with(word))
        || (first.contains('于') || first.contains('<') || first.contains('@')) && first.chars().any(|c| c.is_ascii_digit());
    if !begins {
        return None;
    }
    let mut length = 0;
    for (next, line) in lines.iter().enumerate().skip(index).take(3) {
        length += line.chars().count();
        let dated = || lines[index..=next].iter().any(|line| line.chars().any(|c| c.is_ascii_digit()) || line.contains('@'));
        let ends = ["写道:", "wrote:", "写:", "编写:", "写了:"].iter().any(|word| line.ends_with(word));
        if ends && length <= 400 && dated() {
            return Some(next + 1);
        }
        if line.is_empty() {
            return None;
        }
    }
    None
}

fn is_sent_from(line: &str) -> bool {
    line.chars().count() <= 40
        && ["发自我的", "从我的", "sent from my ", "get outlook for", "来自我的"].iter().any(|words| line.starts_with(words))
}

/// What a supervisor or the desk may order by reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// 收到 / ack
    Ack,
    /// 延期 / extend
    Extend,
    /// 豁免 / waive
    Waive,
    /// 结案 / close
    Close,
    /// 合并 / merge
    Merge,
    /// 级别 / severity
    Severity,
    /// 放行 / release
    Release,
    /// 拒收 / reject
    Reject,
    /// 撤回 / withdraw
    Withdraw,
    /// 确认 / confirm, in answer to a roster check: the only one that is a reporter's, too.
    Confirm,
}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing, or nothing that could be read where something was due.
    None,
    /// How long an extension is, in seconds; positive.
    Seconds(i64),
    /// Into which event.
    Event(EventNo),
    /// To which severity.
    Severity(Severity),
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is ordered.
    pub verb: Verb,
    /// The line as written, at most 80 characters.
    pub wrote: String,
    /// Its argument.
    pub argument: Argument,
    /// What else it says: the reason or a remark, with the lines below it. May be empty.
    pub remark: String,
}

impl Command {
    /// How many seconds an extension asks for.
    pub fn seconds(&self) -> Option<i64> {
        if let Argument::Seconds(seconds) = self.argument { Some(seconds) } else { None }
    }

    /// The event into which to merge.
    pub fn event(&self) -> Option<EventNo> {
        if let Argument::Event(event) = self.argument { Some(event) } else { None }
    }

    /// The severity that is set.
    pub fn severity(&self) -> Option<Severity> {
        if let Argument::Severity(severity) = self.argument { Some(severity) } else { None }
    }
}

/// What may stand behind a command word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// The end, a space, punctuation.
    Nothing,
    /// A number too (延期2小时).
    Number,
    /// Any text (豁免因台风).
    Text,
}

const WORDS: [(&str, Verb, Behind); 29] = [
    ("收到", Verb::Ack, Behind::Nothing),
    ("知悉", Verb::Ack, Behind::Nothing),
    ("已阅", Verb::Ack, Behind::Nothing),
    ("已收到", Verb::Ack, Behind::Nothing),
    ("已知悉", Verb::Ack, Behind::Nothing),
    ("acknowledged", Verb::Ack, Behind::Nothing),
    ("acknowledge", Verb::Ack, Behind::Nothing),
    ("ack", Verb::Ack, Behind::Nothing),
    ("延期", Verb::Extend, Behind::Text),
    ("extend", Verb::Extend, Behind::Nothing),
    ("豁免", Verb::Waive, Behind::Text),
    ("waive", Verb::Waive, Behind::Nothing),
    ("结案", Verb::Close, Behind::Nothing),
    ("close", Verb::Close, Behind::Nothing),
    ("合并", Verb::Merge, Behind::Number),
    ("merge", Verb::Merge, Behind::Nothing),
    ("级别", Verb::Severity, Behind::Number),
    ("severity", Verb::Severity, Behind::Nothing),
    ("放行", Verb::Release, Behind::Nothing),
    ("release", Verb::Release, Behind::Nothing),
    ("拒收", Verb::Reject, Behind::Nothing),
    ("reject", Verb::Reject, Behind::Nothing),
    ("撤回", Verb::Withdraw, Behind::Nothing),
    ("withdraw", Verb::Withdraw, Behind::Nothing),
    ("确认", Verb::Confirm, Behind::Nothing),
    ("确认无误", Verb::Confirm, Behind::Nothing),
    ("confirm", Verb::Confirm, Behind::Nothing),
    ("confirmed", Verb::Confirm, Behind::Nothing),
    ("属实", Verb::Confirm, Behind::Nothing),
];

/// How long the line of a command is kept.
const WROTE: usize = 80;

/// The command with which the sender's own text begins; `own` is what `own_text` left. `None` where its first line begins
/// with no command word: a word, not its first letters (`收到了3份材料`, `extended`, `closed road` are none).
pub fn command(own: &str) -> Option<Command> {
    let mut lines = own.lines().skip_while(|line| fold(line).trim().is_empty());
    let line = lines.next()?.trim();
    // One character of `readable` may come from several of the line; the rest is cut from the folded line, which it mirrors.
    let folded = fold(line);
    let folded = folded.trim();
    let (verb, length) = verb(&readable(folded))?;
    let rest: String = folded.chars().skip(length).collect();
    let rest = trim_punctuation(&rest);
    let (argument, remark) = argument(verb, rest);
    let below = lines.collect::<Vec<_>>().join("\n");
    let remark = format!("{}\n{}", remark.trim(), below.trim()).trim().to_owned();
    Some(Command { verb, wrote: line.chars().take(WROTE).collect(), argument, remark })
}

/// The verb with which a readable line begins, and the length of its word in characters.
fn verb(line: &str) -> Option<(Verb, usize)> {
    WORDS.iter().find_map(|(word, verb, behind)| {
        let rest = line.strip_prefix(word)?;
        let stands = match rest.chars().next() {
            None => true,
            Some(c) if is_cjk(c) => {
                *behind == Behind::Text && !is_cjk_word_tail(rest) || *behind == Behind::Number && begins_argument(rest)
            }
            Some(c) if c.is_ascii_digit() || c.is_alphabetic() => *behind != Behind::Nothing,
            Some(c) => c != '-' && c != '_' && c != '\'' && c != '’' && c != '@',
        };
        stands.then(|| (*verb, word.chars().count()))
    })
}

/// What makes another word or sentence of 延期 and 豁免 (延期间, 延期申请, 豁免权, 延期了).
fn is_cjk_word_tail(rest: &str) -> bool {
    ["间", "申请", "了", "的", "权", "至今", "交付", "通知", "报送的", "吗", "是否", "可否", "与否", "问题", "情况"]
        .iter()
        .any(|tail| rest.starts_with(tail))
}

/// 级别重大, 级别二级, 级别改为重大: text that can only be the argument.
fn begins_argument(rest: &str) -> bool {
    let rest = ["改为", "调整为", "升为", "降为", "定为", "为", "到", "至"].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    severity_from(rest).is_some() || numbers_in(rest).event.is_some()
}

fn trim_punctuation(text: &str) -> &str {
    text.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | '。' | '.' | ':' | ';' | '!' | '、' | '-' | '—' | '~' | '?' | '·')
    })
}

fn argument(verb: Verb, rest: &str) -> (Argument, &str) {
    match verb {
        Verb::Extend => {
            span(rest).map_or((Argument::None, rest), |(seconds, length)| (Argument::Seconds(seconds), trim_punctuation(&rest[length..])))
        }
        Verb::Merge => match numbers_in(rest).event {
            Some(event) => (Argument::Event(event), without_number(rest)),
            None => (Argument::None, rest),
        },
        Verb::Severity => {
            let end = rest.find([',', '。', ';', '、', '\n']).unwrap_or(rest.len());
            let value = &rest[..end];
            let bare = ["改为", "调整为", "升为", "降为", "定为", "为", "到", "至", "to "]
                .iter()
                .find_map(|w| value.strip_prefix(w))
                .unwrap_or(value)
                .trim();
            let word = bare.split_whitespace().next().unwrap_or("");
            match (severity_from(bare), severity_from(word)) {
                (Some(severity), None) => (Argument::Severity(severity), trim_punctuation(&rest[end..])),
                (_, Some(severity)) => {
                    let at = rest.find(word).map_or(end, |at| at + word.len());
                    (Argument::Severity(severity), trim_punctuation(&rest[at..]))
                }
                _ => (Argument::None, rest),
            }
        }
        _ => (Argument::None, rest),
    }
}

static EVENT_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:到|至|入|into |to |with )?\s*[Ee]-[0-9]{4}-[0-9]+").expect("a constant expression that the tests compile")
});

fn without_number(rest: &str) -> &str {
    EVENT_NUMBER.find(rest).map_or(rest, |found| trim_punctuation(&rest[found.end()..]))
}

static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?P<half>半|half an? )?(?P<count>[0-9]{1,4}(?:\.5)?|[一二两三四五六七八九十]{1,3}|an? |one |two |three )?",
        r"\s*(?:个)?(?P<more>半)?\s*(?P<unit>小时|小時|钟头|鐘頭|分钟|分鐘|分|天|日|hours?|hrs?|minutes?|mins?|days?|h|m|d)(?P<tail>半)?",
    ))
    .expect("a constant expression that the tests compile")
});

/// The span at the start of `text` in seconds, and its length in bytes: `2小时`, `两个半小时`, `半小时`, `1天12小时`, `1h30m`, `2 hours`.
fn span(text: &str) -> Option<(i64, usize)> {
    let (mut seconds, mut end) = (0_i64, 0);
    let openings = ["到", "至", "by ", "for ", "再", "约"];
    let start = openings.iter().find_map(|word| text.strip_prefix(word)).map_or(0, |rest| text.len() - rest.trim_start().len());
    let mut next = start;
    while let Some(found) = SPAN.captures(&text[next..]) {
        let Some(part) = one_span(&found, &text[next..]) else { break };
        seconds = seconds.checked_add(part)?;
        next += found.get(0)?.end();
        end = next;
        next = text.len() - text[next..].trim_start().len();
    }
    (seconds > 0).then_some((seconds, end))
}

fn one_span(found: &regex::Captures<'_>, text: &str) -> Option<i64> {
    let unit = found.name("unit")?;
    let size = match unit.as_str().to_lowercase().as_str() {
        "天" | "日" | "day" | "days" | "d" => 86_400,
        "分钟" | "分鐘" | "分" | "minute" | "minutes" | "min" | "mins" | "m" => 60,
        _ => 3600,
    };
    // `2 hoursworth`, `1 month`: another word.
    let behind = text[found.get(0)?.end()..].chars().next();
    if unit.as_str().is_ascii() && behind.is_some_and(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let half = i64::from(found.name("half").is_some());
    let count = match found.name("count") {
        Some(count) => halves(count.as_str().trim())?,
        None if half == 1 => 0,
        None => return None,
    };
    let more = i64::from(found.name("more").is_some()) + i64::from(found.name("tail").is_some());
    (count + half + more).checked_mul(size / 2)
}

/// Twice a count, so that halves are whole.
fn halves(count: &str) -> Option<i64> {
    if let Some(whole) = count.strip_suffix(".5") {
        return Some(whole.parse::<i64>().ok()? * 2 + 1);
    }
    if let Ok(number) = count.parse::<i64>() {
        return Some(number * 2);
    }
    match count.to_lowercase().as_str() {
        "a" | "an" | "one" => return Some(2),
        "two" => return Some(4),
        "three" => return Some(6),
        _ => {}
    }
    let digit = |c: char| "一二三四五六七八九".chars().position(|d| d == c).map(|at| at as i64 + 1).or((c == '两').then_some(2));
    let chars: Vec<char> = count.chars().collect();
    let number = match chars[..] {
        ['十'] => 10,
        ['十', ones] => 10 + digit(ones)?,
        [tens, '十'] => digit(tens)? * 10,
        [tens, '十', ones] => digit(tens)? * 10 + digit(ones)?,
        [one] => digit(one)?,
        _ => return None,
    };
    Some(number * 2)
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
