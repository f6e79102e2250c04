//! Strangers' text made fit to stand in ours: one line, no controls, nothing that turns the direction of writing.

/// Longest stranger's value in a body, in characters.
pub(super) const VALUE_MAX: usize = 300;
/// Longest subject of ours, in characters, before number and token.
pub(super) const SUBJECT_MAX: usize = 150;
/// Longest stranger's subject inside a sentence or a subject of ours.
pub(super) const TITLE_MAX: usize = 80;
/// Longest display name.
pub(super) const NAME_MAX: usize = 60;

/// `text` on one line, without controls and invisible characters, at most `max` characters.
pub(super) fn line(text: &str, max: usize) -> String {
    let visible: String = text.chars().map(|c| if is_space(c) { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    let mut line = String::with_capacity(visible.len());
    for word in visible.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(max) {
        None => line,
        Some((end, _)) => {
            let keep = line[..end].char_indices().next_back().map_or(0, |(last, _)| last);
            format!("{}…", line[..keep].trim_end())
        }
    }
}

/// A value of the roster for a header: its spaces stay, controls go.
pub(super) fn header(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c) && !matches!(c, '\u{2028}' | '\u{2029}')).take(VALUE_MAX).collect()
}

/// `line`, with brackets that the intake would read as a tag made round: our own subjects carry no tag.
pub(super) fn untagged(text: &str, max: usize) -> String {
    line(text, max)
        .chars()
        .map(|c| match c {
            '【' | '〖' | '［' => '（',
            '】' | '〗' | '］' => '）',
            '[' => '(',
            ']' => ')',
            _ => c,
        })
        .collect()
}

/// A Message-ID of a stranger, if it can stand in a header as it is: `local@domain`, printable ASCII, no brackets.
pub(super) fn message_id(id: &str) -> Option<String> {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    let fits = (3..=250).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_graphic() && !b"<>(),;\\\"".contains(&b))
        && id.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    fits.then(|| id.to_owned())
}

/// Columns that `text` takes in a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// East Asian wide and full-width characters (Unicode TR 11, the blocks that occur in mail), and the punctuation that CJK fonts draw wide.
fn is_wide(c: char) -> bool {
    matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{0}'
}

/// Controls, bidirectional marks and overrides, zero-width characters, tag characters, byte order marks, private use, noncharacters.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c as u32, 0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe0000..=0xe0fff)
        || (c as u32) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_controls_and_no_overrides() {
        assert_eq!(line("盂县\r\nBcc: a@b\u{202e}\u{0} 事故\u{1e}", 99), "盂县 Bcc: a@b 事故");
        assert_eq!(line("一二三四五", 5), "一二三四五");
        assert_eq!(line("一二三四五六", 5), "一二三四…");
        assert_eq!(line("", 0), "");
        assert_eq!(untagged("【首报】[II] 塌方", 99), "（首报）(II) 塌方");
    }

    #[test]
    fn only_plain_message_ids_are_referred_to() {
        assert_eq!(message_id(" <a.b@c> "), Some("a.b@c".into()));
        for bad in ["", "a", "a@", "@b", "a b@c", "a@b@c", "a\r\n@b", "é@b", "<a@b><c@d>"] {
            assert_eq!(message_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(columns("盂县 E-1"), 8);
    }
}
