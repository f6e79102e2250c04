//! Bounces in prose: whom the mail did not reach, whether the server goes on trying, and what it said.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::status::is_status;
use super::{MAX_PART_BYTES, MAX_RECIPIENTS, Sight, header, one_line};
use crate::domain::report::{Fate, ReportedRecipient};
use crate::mail::parse::fields::Headers;

/// Where the returned mail begins: what stands below is its own.
static RETURNED: LazyLock<Regex> = LazyLock::new(|| {
    let said = concat!(
        r"below this line is a copy|this is a copy of|copy of (?:the|your) (?:original |returned )?message|returned (?:mail|message)|",
        r"original (?:mail|message)|unsent message|undelivered message|message header follows|header of the (?:source|original)|",
        r"the header and top|first \d+ lines of your|headers of your original|the full headers|message headers follow|start of message|",
        r"old message:|message follows|the text of (?:the|your) message|原邮件|以下是原|邮件内容",
    );
    pattern(&format!(
        r"(?im)^[ \t>|]*(?:[-=*_#+]+[ \t]*[^\n]{{0,80}}?(?:{said})|(?:{said})[^\n]{{0,60}}(?:follows|:)[ \t]*$|(?:received|return-path):[ \t])"
    ))
});

static FAILED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)could ?not be delivered|(?:can ?not|can't|unable to|could not|not able to|wasn't able to|failed to) (?:be )?deliver|",
        r"delivery (?:to [^\n]{0,80} )?(?:has )?(?:failed|been delayed|failure)|has not (?:yet )?been delivered|not been delivered|undeliver|",
        r"not delivered|did not reach|delivery (?:problem|error)|has been postponed|",
        r"(?:user|recipient|mailbox|address|account)[^\n]{0,60}(?:unknown|not (?:found|known|exist|listed|recogni)|unavailable|does ?n[o']t exist|is full|invalid|disabled)",
        r"|(?:unknown|invalid|no such) (?:local )?(?:user|recipient|address|mailbox|account)|over ?quota|quota exceeded|mailbox (?:is )?full|",
        r"failed recipient|delivery attempts|returned to sender|addresses? failed|host (?:unknown|not found)|",
        r"\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b|(?:error|said|code|>>>|reply)[^\n]{0,20}\b[45]\d\d\b|",
        r"无法投递|投递失败|未能送达|无法送达|退信|不存在|邮箱已满|拒收|传输失败|配信できません|送信できませんでした|失敗しました|エラーテスト|エラー",
    ))
});

static DELAYED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:has|have) been delayed|\bdelay(?:ed)?\b[^\n]{0,30}(?:hours?|days?|minutes?|warning)|not yet been delivered|not been delivered yet|",
        r"will (?:continue|keep)[^\n]{0,10} (?:to )?(?:try|attempt|deliver)|(?:delivery )?attempts will continue|will be (?:retried|attempted)|",
        r"been postponed|not need to resend|warning message only|this is (?:just )?a warning|still (?:being )?(?:trying|tried)|",
        r"将继续(?:尝试|投递)|稍后(?:重试|再次)|延迟投递|投递延迟",
    ))
});

static GIVEN_UP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)permanent|(?:has been|i'm|have|am) giv(?:en|ing) up|retry time(?:out)? (?:not reached|exceeded)|retry timeout exceeded|",
        r"undeliverable (?:for|after)|too old|expired|(?:will|can) not be retried|has been removed from the queue|delivery failed",
    ))
});

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"[A-Za-z0-9!#$%&*+/=?^_`{|}~.-]{1,80}@(?:\[[0-9.]{7,15}\]|[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8})"#)
});

/// Lines on which an address is not that of a failed recipient.
static OF_OTHERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)^[ \t>|]*(?:from|sender|reply-to|cc|bcc|date|subject|message-id|mail from|x-[a-z-]+|in-reply-to|references|errors-to|return-path)\s*:",
        r"|mail from:|<<<\s*mail|contact|abuse@|further assistance|for (?:more )?(?:help|information|assistance)|message-id|送信者|please (?:visit|see|send)",
    ))
});

/// Words beside which an address is most likely that of the recipient.
static OF_RECIPIENTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)rcpt to|recipient|\bto:|delivered to|reach|unknown|user|mailbox|account|address|\b[45]\d\d\b|deliver|quota|reject|fail|",
        r"收件人|地址|用户|用戶|邮箱|宛先|メールアドレス",
    ))
});

static STATUS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[^0-9.])([45]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.?$|\.\s)"));
static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[^0-9.-])([45][0-9][0-9])(?:[ -]|[^0-9.]|$)"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern") // every test of reports uses each
}

/// The part of the text that the mail system wrote.
fn own<'t>(sight: &Sight<'t>) -> &'t str {
    let text = sight.text;
    let mut end = text.len().min(MAX_PART_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    RETURNED.find(text).map_or(text, |found| text.get(..found.start()).unwrap_or_default())
}

/// Whether the text says whom a mail did not reach.
pub(super) fn says_undelivered(sight: &Sight<'_>) -> bool {
    let own = own(sight);
    FAILED.is_match(own) && (ADDRESS.is_match(sight.text.get(..own.len()).unwrap_or_default()) || own.len() < sight.text.trim_end().len())
}

/// Whom the report names, all with one fate: which failed and which is late, prose does not tell apart. Never empty; without
/// an address where it names nobody.
pub(super) fn recipients(headers: &Headers<'_>, sight: &Sight<'_>) -> Vec<ReportedRecipient> {
    let own = own(sight);
    let mut addresses = of_header(headers);
    if addresses.is_empty() {
        addresses = of_text(own, sight);
    }
    if addresses.is_empty() && own.len() < sight.text.len() {
        addresses = of_returned(sight.text.get(own.len()..).unwrap_or_default(), sight);
    }
    let said_of_delay = DELAYED.is_match(own) || DELAYED.is_match(sight.subject);
    let fate = if said_of_delay && !GIVEN_UP.is_match(own) { Fate::Delayed } else { Fate::Failed };
    let (status, said) = diagnosis(own);
    if addresses.is_empty() {
        // It names nobody; what it says is worth keeping all the same.
        addresses.push(String::new());
    }
    let one = |address| ReportedRecipient { address, original: None, fate, status: status.clone(), said: said.clone() };
    addresses.into_iter().map(one).collect()
}

fn of_header(headers: &Headers<'_>) -> Vec<String> {
    let listed = header(headers, "X-Failed-Recipients").unwrap_or_default();
    let mut found = Vec::new();
    ADDRESS.find_iter(&listed).for_each(|address| keep(address.as_str(), &mut found));
    found
}

/// The addresses that stand alone on their lines or beside words about recipients; where there are none of these, all.
fn of_text(own: &str, sight: &Sight<'_>) -> Vec<String> {
    let ours: BTreeSet<String> = sight.recipients.iter().map(|address| address.to_lowercase()).collect();
    let (mut likely, mut others, mut ours_too) = (Vec::new(), Vec::new(), Vec::new());
    for line in own.lines() {
        for found in ADDRESS.find_iter(line) {
            let address = trimmed(found.as_str());
            if OF_OTHERS.is_match(line) {
                continue;
            }
            if ours.contains(&address.to_lowercase()) {
                keep(address, &mut ours_too);
                continue;
            }
            let before = line.get(..found.start()).unwrap_or_default();
            let alone = before.chars().all(|c| !c.is_alphanumeric()) || before.trim_start().len() < 8 && before.trim_end().ends_with(':');
            let is_header = before.trim().eq_ignore_ascii_case("to:") && line.starts_with([' ', 't', 'T']);
            let folded = address.to_lowercase();
            let is_other = is_header || folded.starts_with("postmaster@") || folded.starts_with("mailer-daemon@");
            let list = if (alone || OF_RECIPIENTS.is_match(before)) && !is_other { &mut likely } else { &mut others };
            keep(address, list);
        }
    }
    [likely, others, ours_too].into_iter().find(|list| !list.is_empty()).unwrap_or_default()
}

/// To whom the returned mail was addressed.
fn of_returned(returned: &str, sight: &Sight<'_>) -> Vec<String> {
    let ours: BTreeSet<String> = sight.recipients.iter().map(|address| address.to_lowercase()).collect();
    let mut found = Vec::new();
    for line in returned.lines().filter(|line| line.trim_start_matches(['>', ' ', '\t']).to_ascii_lowercase().starts_with("to:")) {
        ADDRESS
            .find_iter(line)
            .filter(|address| !ours.contains(&address.as_str().to_lowercase()))
            .for_each(|a| keep(a.as_str(), &mut found));
    }
    found
}

fn trimmed(address: &str) -> &str {
    address.trim_matches(['.', '=', '-', '*', '|', '/', '`', '?', '!', '#'])
}

fn keep(address: &str, to: &mut Vec<String>) {
    let address = trimmed(address);
    if to.len() < MAX_RECIPIENTS && address.contains('@') && !to.iter().any(|known| known.eq_ignore_ascii_case(address)) {
        to.push(address.to_owned());
    }
}

/// The status in what a server said (`5.1.1`), else its SMTP code (`550`).
pub fn status_in(said: &str) -> Option<String> {
    let found = STATUS.captures(said).map(|groups| groups[1].to_owned());
    found.filter(|status| is_status(status)).or_else(|| CODE.captures(said).map(|groups| groups[1].to_owned()))
}

/// Status and words: the first line with a status, else with an SMTP code, else with words of failure; and what is indented
/// below it.
fn diagnosis(own: &str) -> (Option<String>, String) {
    let lines: Vec<&str> = own.lines().collect();
    let by = |is_it: &dyn Fn(&str) -> bool| lines.iter().position(|line| is_it(line));
    let at = by(&|line| STATUS.is_match(line)).or_else(|| by(&|line| CODE.is_match(line) && FAILED.is_match(line)));
    let at = at.or_else(|| by(&|line| CODE.is_match(line))).or_else(|| by(&|line| FAILED.is_match(line)));
    let Some(at) = at else { return (None, String::new()) };
    let below = lines.iter().skip(at + 1).take(3).take_while(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
    let said: Vec<&str> = std::iter::once(&lines[at]).chain(below).copied().collect();
    (status_in(lines[at]), one_line(&said.join(" ")))
}
