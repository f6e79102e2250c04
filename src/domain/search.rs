//! Text as search sees it: each Chinese character a token, words for the rest, and a question as phrases of tokens.
//!
//! A word of one character, of two, of any number is then found wherever it stands, without a dictionary that would have to
//! know it. Width, script and case are made one, so that 煤矿, 煤礦 and Mine, mine, ＭＩＮＥ are each one word.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

use super::text::{is_cjk, readable, simplify_char};

/// A longer run of letters and digits is no word that anybody looks for.
const WORD_CHARACTERS: usize = 64;

/// Phrases of one question.
const PHRASES: usize = 16;

/// A line is shown up to so many characters, the match within it.
const LINE_CHARACTERS: usize = 72;

/// Whether a character stands for itself: Chinese, Japanese and Korean are written without spaces between words.
fn is_alone(c: char) -> bool {
    is_cjk(c) || matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}')
}

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'t> {
    /// A character that stands for itself.
    Alone(char),
    /// Letters and digits.
    Word(&'t str),
}

/// Hands each token of `text`, with the bytes that it was read from, to `take`, until that says that it has enough.
fn each_token(text: &str, mut take: impl FnMut(Piece<'_>, Range<usize>) -> bool) {
    let mut run = Run::default();
    for (at, c) in text.char_indices() {
        let enough = match c {
            _ if c.is_ascii_alphanumeric() => {
                run.push(at, c.to_ascii_lowercase());
                false
            }
            '\0'..='\u{7f}' => run.end(at, &mut take),
            '\u{4e00}'..='\u{9fff}' => run.end(at, &mut take) || take(Piece::Alone(simplify_char(c)), at..at + c.len_utf8()),
            _ => rare(c, at, &mut run, &mut take),
        };
        if enough {
            return;
        }
    }
    run.end(text.len(), &mut take);
}

/// A character that may fold to several, or to none: then it is invisible, and what stands at its sides belongs together.
fn rare(c: char, at: usize, run: &mut Run, take: &mut impl FnMut(Piece<'_>, Range<usize>) -> bool) -> bool {
    readable(c.encode_utf8(&mut [0; 4])).chars().any(|part| match part {
        part if is_alone(part) => run.end(at, take) || take(Piece::Alone(part), at..at + c.len_utf8()),
        part if part.is_alphanumeric() => {
            run.push(at, part);
            false
        }
        _ => run.end(at, take),
    })
}

/// Letters and digits that stand together.
#[derive(Default)]
struct Run {
    word: String,
    characters: usize,
    begun: usize,
}

impl Run {
    fn push(&mut self, at: usize, c: char) {
        if self.word.is_empty() {
            (self.begun, self.characters) = (at, 0);
        }
        self.characters += 1;
        if self.characters <= WORD_CHARACTERS {
            self.word.push(c);
        }
    }

    fn end(&mut self, at: usize, take: &mut impl FnMut(Piece<'_>, Range<usize>) -> bool) -> bool {
        if self.word.is_empty() {
            return false;
        }
        let enough = take(Piece::Word(&self.word), self.begun..at);
        self.word.clear();
        enough
    }
}

/// The tokens of a text with a space between them: what is put into the index.
pub fn split(text: &str) -> String {
    let mut tokens = String::with_capacity(text.len() + text.len() / 3);
    each_token(text, |token, _| {
        if !tokens.is_empty() {
            tokens.push(' ');
        }
        match token {
            Piece::Alone(c) => tokens.push(c),
            Piece::Word(word) => tokens.push_str(word),
        }
        false
    });
    tokens
}

/// What is looked for: phrases, all of which must occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    phrases: Vec<Phrase>,
}

/// A token that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Alone(char),
    Word(String),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanted::Alone(c) => write!(f, "{c}"),
            Wanted::Word(word) => f.write_str(word),
        }
    }
}

impl From<Piece<'_>> for Wanted {
    fn from(piece: Piece<'_>) -> Wanted {
        match piece {
            Piece::Alone(c) => Wanted::Alone(c),
            Piece::Word(word) => Wanted::Word(word.to_owned()),
        }
    }
}

/// Tokens that stand one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    tokens: Vec<Wanted>,
    /// The last is the beginning of a word: `flood*`.
    is_begun: bool,
}

impl Question {
    /// Reads a question: words set apart by spaces, each of which must occur; what stands in quotes occurs as it is, spaces
    /// and all; a `*` behind a word stands for any ending. `None`: it has nothing that could be looked for.
    pub fn read(text: &str) -> Option<Question> {
        let mut phrases: Vec<Phrase> = Vec::new();
        for part in parts(text) {
            let mut tokens = Vec::new();
            each_token(part, |token, _| {
                tokens.push(Wanted::from(token));
                false
            });
            let is_begun = part.trim_end_matches(['"', '”']).ends_with('*') && matches!(tokens.last(), Some(Wanted::Word(_)));
            let phrase = Phrase { tokens, is_begun };
            if !phrase.tokens.is_empty() && !phrases.contains(&phrase) && phrases.len() < PHRASES {
                phrases.push(phrase);
            }
        }
        (!phrases.is_empty()).then_some(Question { phrases })
    }

    /// In the language of the index, everything quoted: nothing that a person writes is an operator of it.
    pub fn for_index(&self) -> String {
        let phrase = |phrase: &Phrase| {
            let tokens: Vec<String> = phrase.tokens.iter().map(Wanted::to_string).collect();
            format!("\"{}\"{}", tokens.join(" "), if phrase.is_begun { " *" } else { "" })
        };
        self.phrases.iter().map(phrase).collect::<Vec<_>>().join(" AND ")
    }

    /// The line of `text` on which the first phrase that occurs in it stands, cut around it. `None`: none occurs.
    pub fn line_in(&self, text: &str) -> Option<Line> {
        let mut followers: Vec<Follower<'_>> = self.phrases.iter().map(Follower::new).collect();
        let mut found = None;
        each_token(text, |token, place| {
            found = followers.iter_mut().find_map(|follower| follower.follow(token, &place));
            found.is_some()
        });
        found.map(|place| Line::around(text, place))
    }

    /// How often each phrase occurs in `text`.
    fn counts_in(&self, text: &str) -> Vec<u32> {
        let mut followers: Vec<(Follower<'_>, u32)> = self.phrases.iter().map(|phrase| (Follower::new(phrase), 0)).collect();
        each_token(text, |token, place| {
            for (follower, count) in &mut followers {
                *count += u32::from(follower.follow(token, &place).is_some());
            }
            false
        });
        followers.into_iter().map(|(_, count)| count).collect()
    }

    /// How well a message answers the question, after Okapi BM25: the more often in a short text, the better, and what stands in
    /// the subject counts eightfold. Greater is better. `usual_bytes` is how long texts are in general.
    pub fn weight(&self, subject: &str, texts: &[&str], usual_bytes: usize) -> f64 {
        const SATURATION: f64 = 1.2;
        const LENGTH: f64 = 0.75;
        const IN_SUBJECT: f64 = 8.0;
        let mut often: Vec<f64> = self.counts_in(subject).into_iter().map(|count| f64::from(count) * IN_SUBJECT).collect();
        for text in texts {
            for (often, count) in often.iter_mut().zip(self.counts_in(text)) {
                *often += f64::from(count);
            }
        }
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let length = bytes as f64 / usual_bytes.max(1) as f64;
        let damping = SATURATION * (1.0 - LENGTH + LENGTH * length);
        often.into_iter().map(|often| often * (SATURATION + 1.0) / (often + damping)).sum()
    }
}

/// Follows one phrase through the tokens of a text.
struct Follower<'p> {
    phrase: &'p Phrase,
    /// Tokens of the phrase that the last tokens of the text are.
    matched: usize,
    /// Where these begin, oldest first.
    starts: VecDeque<usize>,
}

impl<'p> Follower<'p> {
    fn new(phrase: &'p Phrase) -> Follower<'p> {
        Follower { phrase, matched: 0, starts: VecDeque::new() }
    }

    /// The bytes of the phrase, where it ends with this token.
    fn follow(&mut self, token: Piece<'_>, place: &Range<usize>) -> Option<Range<usize>> {
        while self.matched > 0 && !self.phrase.is_next(self.matched, token) {
            let shorter = self.phrase.shorter(self.matched);
            self.starts.drain(..self.matched - shorter);
            self.matched = shorter;
        }
        if !self.phrase.is_next(self.matched, token) {
            return None;
        }
        self.matched += 1;
        self.starts.push_back(place.start);
        if self.matched < self.phrase.tokens.len() {
            return None;
        }
        let begin = self.starts.front().copied().unwrap_or(place.start);
        self.matched = 0;
        self.starts.clear();
        Some(begin..place.end)
    }
}

impl Phrase {
    fn is_next(&self, matched: usize, token: Piece<'_>) -> bool {
        match (self.tokens.get(matched), token) {
            (Some(Wanted::Alone(wanted)), Piece::Alone(c)) => *wanted == c,
            (Some(Wanted::Word(wanted)), Piece::Word(word)) if self.is_begun && matched + 1 == self.tokens.len() => {
                word.starts_with(wanted.as_str())
            }
            (Some(Wanted::Word(wanted)), Piece::Word(word)) => wanted == word,
            _ => false,
        }
    }

    /// The longest beginning, shorter than `matched`, that is also the end of the first `matched` tokens.
    fn shorter(&self, matched: usize) -> usize {
        let begun = self.tokens.get(..matched).unwrap_or_default();
        (0..matched).rev().find(|length| begun.get(..*length) == begun.get(matched - length..)).unwrap_or(0)
    }
}

/// The parts of a question: words, and what stands in quotes.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (part, after) = if matches!(first, '"' | '“' | '”' | '＂') {
            let inner = rest.get(first.len_utf8()..).unwrap_or_default();
            let end = inner.find(['"', '“', '”', '＂']).unwrap_or(inner.len());
            let (part, after) = inner.split_at(end);
            (part, after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default())
        } else {
            rest.split_at(rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '“' | '＂')).unwrap_or(rest.len()))
        };
        parts.push(part);
        rest = after.trim_start();
    }
    parts
}

/// A line with what was looked for in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As its writer wrote it, on one line; … where it was cut.
    pub text: String,
    /// The bytes of `text` that were looked for.
    pub place: Range<usize>,
}

impl Line {
    fn around(text: &str, found: Range<usize>) -> Line {
        let (before, rest) = text.split_at_checked(found.start).unwrap_or((text, ""));
        let (within, after) = rest.split_at_checked(found.len()).unwrap_or((rest, ""));
        let (before, after) = (before.rsplit('\n').next().unwrap_or_default(), after.split('\n').next().unwrap_or_default());
        let within: String = within.split_whitespace().collect::<Vec<_>>().join(" ");
        let room = LINE_CHARACTERS.saturating_sub(within.chars().count());
        let (before, after) = (before.trim_start(), after.trim_end());
        // Where one side needs less than its half, the other has the rest.
        let behind = after.chars().count().min(room / 2);
        let ahead = before.chars().count().min(room - behind);
        let behind = after.chars().count().min(room - ahead);
        let cut_ahead: String = before.chars().skip(before.chars().count() - ahead).collect();
        let cut_behind: String = after.chars().take(behind).collect();
        let mut line = String::new();
        line.push_str(if cut_ahead.len() < before.len() { "…" } else { "" });
        line.push_str(&cut_ahead);
        let start = line.len();
        line.push_str(&within);
        let place = start..line.len();
        line.push_str(&cut_behind);
        line.push_str(if cut_behind.len() < after.len() { "…" } else { "" });
        Line { text: line, place }
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
