//! Asks, or takes what was said on the command line. Each answer is looked at at once.

use std::io::{self, BufRead, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::super::failure::Failure;
use super::Both;
use crate::domain::language::Language;
use crate::domain::secret::Secret;
use crate::mail::words::say;

/// How many questions there are.
pub(super) const QUESTIONS: usize = 8;

/// A person at a terminal, or what stands for one.
pub(super) struct Console<'c> {
    pub input: Box<dyn BufRead + 'c>,
    pub output: Box<dyn Write + 'c>,
}

/// One question.
pub(super) struct Question<'q> {
    /// The option that answers it.
    pub flag: &'static str,
    /// What the option said.
    pub given: Option<&'q str>,
    /// What is asked.
    pub ask: Both,
    /// What is taken where nothing is said.
    pub default: Option<String>,
}

/// Who answers.
pub(super) struct Asker<'c> {
    pub language: Language,
    /// `None`: nobody is there to ask.
    pub console: Option<Console<'c>>,
    /// Nobody is asked, and defaults are taken.
    pub defaults: bool,
    /// Options that were needed and not given.
    pub missing: Vec<&'static str>,
    /// Questions so far.
    pub number: usize,
}

impl Asker<'_> {
    /// The answer to a question; `None` where nobody gave any, which is noted.
    ///
    /// # Errors
    /// An option says something that cannot be, or the person has gone.
    pub fn answer<T>(&mut self, question: &Question<'_>, read: impl Fn(&str) -> Result<T, Both>) -> Result<Option<T>, Failure> {
        self.number += 1;
        if let Some(given) = question.given {
            return read(given).map(Some).map_err(|wrong| refused(question.flag, &wrong));
        }
        if self.console.is_none() {
            let default = question.default.as_deref().filter(|_| self.defaults);
            if default.is_none() {
                self.missing.push(question.flag);
            }
            return default.map(|default| read(default).map_err(|wrong| refused(question.flag, &wrong))).transpose();
        }
        self.say(&format!("\n{}/{QUESTIONS}  {}", self.number, question.ask.of(self.language)));
        loop {
            let shown = question.default.as_ref().map_or_else(String::new, |default| format!("[{default}] "));
            self.prompt(&format!("     {shown}> "));
            let line = self.line()?;
            let text = match (line.trim(), &question.default) {
                ("", Some(default)) => default.as_str(),
                (text, _) => text,
            };
            match read(text) {
                Ok(answer) => return Ok(Some(answer)),
                Err(wrong) => {
                    let wrong = match self.language {
                        Language::ZhCn => wrong.zh.clone(),
                        Language::En => sentence(&wrong.en),
                    };
                    let wrong = wrong.replace('\n', "\n     ");
                    let end = if wrong.ends_with(['。', '.', '？', '?']) { "" } else { say!(self, "。", ".") };
                    self.say(&format!("     {wrong}{end}"));
                }
            }
        }
    }

    /// A password, which the terminal does not show. Nothing where nobody can be asked, or where nothing is typed.
    pub fn password(&mut self, ask: &Both) -> Result<Option<Secret>, Failure> {
        if self.console.is_none() {
            return Ok(None);
        }
        self.prompt(&format!("     {}{}", ask.of(self.language), say!(self, "：", ": ")));
        let quiet = Quiet::begin();
        let line = self.line();
        drop(quiet);
        self.say("");
        let line = line?;
        let typed = line.trim_end_matches(['\r', '\n']);
        Ok((!typed.is_empty()).then(|| Secret::new(typed)))
    }

    /// Says a line to the person, if there is one.
    pub fn say(&mut self, text: &str) {
        self.prompt(&format!("{text}\n"));
    }

    fn prompt(&mut self, text: &str) {
        if let Some(console) = &mut self.console {
            // A terminal that has gone is seen on reading.
            let _ = console.output.write_all(text.as_bytes()).and_then(|()| console.output.flush());
        }
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = Vec::new();
        let read = self.console.as_mut().map_or(Ok(0), |console| console.input.read_until(b'\n', &mut line));
        match read {
            Ok(1..) => Ok(String::from_utf8_lossy(&line).into_owned()),
            Ok(0) | Err(_) => Err(Failure::failed(
                "没有答完，什么也没有写。请再运行一次 zhibao init。",
                "Not all was answered, and nothing was written. Run zhibao init again.",
            )),
        }
    }
}

fn refused(flag: &str, wrong: &Both) -> Failure {
    let (zh, en) = (wrong.of(Language::ZhCn), wrong.of(Language::En));
    let end = |text: &str, stop: &str| if text.ends_with(['。', '.']) { String::new() } else { stop.to_owned() };
    Failure::usage(format!("{flag}：{zh}{}", end(zh, "。")), format!("{flag}: {en}{}", end(en, ".")))
}

/// Begins with a capital letter where it begins with a word.
fn sentence(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    let mut rest = text.chars();
    match rest.next() {
        Some(first) if word.bytes().all(|b| b.is_ascii_lowercase()) => first.to_ascii_uppercase().to_string() + rest.as_str(),
        _ => text.to_owned(),
    }
}

/// The terminal shows nothing of what is typed, until this is dropped.
struct Quiet(Option<Termios>);

impl Quiet {
    fn begin() -> Quiet {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut quiet = before.clone();
            quiet.local_modes.remove(LocalModes::ECHO);
            // Where it cannot be done the password is seen on the screen, as it is typed, and nowhere else.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &quiet);
        }
        Quiet(before)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
