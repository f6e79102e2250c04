//! A cursor-free view of readable text, and the numbers in it.

use crate::domain::text::is_cjk;

/// Text in readable form (`text::readable`), by character.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    chars: &'a [char],
}

/// A number as it stands in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub value: u32,
    /// How many characters it takes.
    pub length: usize,
    /// Written with 0–9.
    pub ascii: bool,
    /// Index behind it.
    pub next: usize,
}

impl<'a> Text<'a> {
    pub fn new(chars: &'a [char]) -> Self {
        Text { chars }
    }

    pub fn len(self) -> usize {
        self.chars.len()
    }

    pub fn at(self, index: usize) -> Option<char> {
        self.chars.get(index).copied()
    }

    pub fn before(self, index: usize) -> Option<char> {
        index.checked_sub(1).and_then(|i| self.at(i))
    }

    pub fn is(self, index: usize, c: char) -> bool {
        self.at(index) == Some(c)
    }

    pub fn any(self, index: usize, set: &str) -> bool {
        self.at(index).is_some_and(|c| set.contains(c))
    }

    /// The index behind `word` where it stands at `index`.
    pub fn word(self, index: usize, word: &str) -> Option<usize> {
        let mut next = index;
        for c in word.chars() {
            if self.at(next) != Some(c) {
                return None;
            }
            next += 1;
        }
        Some(next)
    }

    /// The first of `words` that stands at `index`, with the index behind it. Longer words must come first.
    pub fn one_of<T: Copy>(self, index: usize, words: &[(&str, T)]) -> Option<(T, usize)> {
        words.iter().find_map(|(word, meaning)| self.word(index, word).map(|next| (*meaning, next)))
    }

    /// Like `one_of`, for words with nothing of a Latin word or number around them.
    pub fn latin<T: Copy>(self, index: usize, words: &[(&str, T)]) -> Option<(T, usize)> {
        if self.before(index).is_some_and(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        words.iter().find_map(|(word, meaning)| {
            let next = self.word(index, word)?;
            (!self.at(next).is_some_and(|c| c.is_ascii_alphabetic())).then_some((*meaning, next))
        })
    }

    /// The index of the first character from `index` that is no space.
    pub fn spaces(self, mut index: usize) -> usize {
        while self.is(index, ' ') {
            index += 1;
        }
        index
    }

    pub fn is_digit(self, index: usize) -> bool {
        self.at(index).is_some_and(|c| c.is_ascii_digit())
    }

    pub fn is_han(self, index: usize) -> bool {
        self.at(index).is_some_and(is_cjk)
    }

    /// The index behind the run of digits at `index`.
    pub fn digits_end(self, mut index: usize) -> usize {
        while self.is_digit(index) {
            index += 1;
        }
        index
    }

    /// The ASCII number at `index`, at most nine digits.
    pub fn digits(self, index: usize) -> Option<Number> {
        let next = self.digits_end(index);
        let length = next - index;
        let value = self.chars.get(index..next)?.iter().try_fold(0_u32, |value, c| value.checked_mul(10)?.checked_add(c.to_digit(10)?));
        (1..=9).contains(&length).then_some(Number { value: value?, length, ascii: true, next })
    }

    /// The number at `index`, in digits or in Chinese numerals (`二十二`, `廿二`, `二〇〇三`, `零五`).
    pub fn number(self, index: usize) -> Option<Number> {
        if self.is_digit(index) { self.digits(index) } else { self.numerals(index) }
    }

    fn numerals(self, index: usize) -> Option<Number> {
        let mut next = index;
        while self.at(next).is_some_and(is_numeral) {
            next += 1;
            if next - index > 5 {
                return None;
            }
        }
        let run = self.chars.get(index..next).filter(|run| !run.is_empty())?;
        let value = if run.iter().any(|c| matches!(c, '十' | '廿' | '卅' | '百')) { positional(run)? } else { digitwise(run)? };
        Some(Number { value, length: next - index, ascii: false, next })
    }
}

pub(super) fn is_numeral(c: char) -> bool {
    matches!(c, '十' | '廿' | '卅' | '百') || digit(c).is_some()
}

fn digit(c: char) -> Option<u32> {
    match c {
        '零' | '〇' | '○' => Some(0),
        '一' => Some(1),
        '二' | '两' => Some(2),
        '三' => Some(3),
        '四' => Some(4),
        '五' => Some(5),
        '六' => Some(6),
        '七' => Some(7),
        '八' => Some(8),
        '九' => Some(9),
        _ => None,
    }
}

/// 二〇〇三 → 2003; 零五 → 5. 两 stands for two only alone.
fn digitwise(run: &[char]) -> Option<u32> {
    if run.len() > 1 && run.contains(&'两') {
        return None;
    }
    run.iter().try_fold(0, |value, c| Some(value * 10 + digit(*c)?))
}

/// 二十二 → 22; 廿二 → 22; 一百二十 → 120.
fn positional(run: &[char]) -> Option<u32> {
    let mut total = 0;
    let mut pending: Option<u32> = None;
    for &c in run {
        match c {
            '十' => total += pending.take().unwrap_or(1) * 10,
            '百' => total += pending.take().unwrap_or(1) * 100,
            '廿' | '卅' if pending.is_none() => total += if c == '廿' { 20 } else { 30 },
            _ if pending.is_some_and(|p| p != 0) => return None,
            _ => pending = Some(digit(c)?),
        }
    }
    Some(total + pending.unwrap_or(0))
}
