//! The house rules of the sources: who may use whom, what is named where, sizes, and what may not stand there at all.
//!
//! The sources are read as text: strings and comments are told apart from code, and test code is left out. Each rule is one
//! test; an offence names file and line, and the mend. `a_made_up_offender_is_caught_by_each_rule` tries the rules.

#[path = "house/trial.rs"]
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

/// The floors of the house, by top-level module: what each may use of ours besides itself. `None`: anything.
const FLOORS: [(&str, Option<&[&str]>); 19] = [
    ("domain", Some(&[])),
    ("config", Some(&["domain"])),
    ("clock", Some(&["domain"])),
    // Both ends of the house log in somewhere under TLS: secrets are read in one way, and one list says whom we believe.
    ("secrets", Some(&["domain"])),
    ("tls", Some(&[])),
    ("mail", Some(&["domain"])),
    ("mailbox", Some(&["domain", "secrets", "tls"])),
    ("transport", Some(&["domain", "tls"])),
    ("store", Some(&["domain"])),
    ("archive", Some(&["domain", "config", "clock", "mail", "mailbox", "store"])),
    ("steps", Some(&["domain", "config", "clock", "mail", "mailbox", "transport", "store", "archive"])),
    ("console", Some(&["domain", "store"])),
    ("daemon", None),
    ("replay", None),
    ("demo", None),
    ("cli", None),
    ("main", None),
    ("lib", None),
    ("zhibao", None),
];

/// What may be named only in some places: the name, the places (a prefix of the path), and what to do instead.
const NAMED_ONLY: [(&str, &[&str], &str); 5] = [
    ("rusqlite", &["store/", "store.rs"], "give the store a method for it"),
    ("lettre", &["transport/", "transport.rs", "mail/compose"], "compose in mail/compose, send in transport"),
    ("mail_auth", &["mail/", "mail.rs"], "let mail::authenticate say it in domain types"),
    ("mail_parser", &["mail/", "mail.rs"], "let mail::parse say it in domain types"),
    ("cron", &["domain/schedule"], "ask domain::schedule for the due times"),
];

const CLOCKS: [&str; 4] = ["SystemTime::now", "Utc::now", "Local::now", "Instant::now"];
const IMPURE: [&str; 7] = ["async", "await", "tokio", "std::fs", "std::net", "std::env", "std::process"];
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

// ---------------------------------------------------------------- the rules

#[test]
fn modules_use_only_what_their_floor_allows() {
    hold(&sources(), uses_above_its_floor);
}

#[test]
fn libraries_are_named_only_where_they_belong() {
    hold(&sources(), named_elsewhere);
}

#[test]
fn the_time_is_read_in_clock_only() {
    hold(&sources(), clock_read_elsewhere);
}

#[test]
fn sql_stands_in_store_only() {
    hold(&sources(), sql_elsewhere);
}

#[test]
fn domain_is_pure() {
    hold(&sources(), impure_domain);
}

#[test]
fn files_are_not_too_long() {
    hold(&sources(), long_files);
}

#[test]
fn functions_fit_a_screen() {
    hold(&sources(), long_functions);
}

#[test]
fn nothing_panics_without_a_stated_reason() {
    hold(&sources(), unexplained_panics);
}

#[test]
fn nothing_is_left_unfinished() {
    hold(&sources(), unfinished);
}

#[test]
fn unsafe_code_is_forbidden() {
    let manifest = read(&root().join("Cargo.toml"));
    let by_lint = manifest.parse::<toml::Table>().ok().is_some_and(|table| forbids_unsafe(&table));
    let by_attribute = ["lib.rs", "main.rs"].iter().all(|file| read(&root().join("src").join(file)).contains("#![forbid(unsafe_code)]"));
    assert!(by_lint || by_attribute, "write unsafe_code = \"forbid\" under [lints.rust] in Cargo.toml");
}

#[test]
fn timeline_names_are_unique_whatever_the_folder_and_the_case() {
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in files_below(&root().join("tests/timelines"), "toml") {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if let Some(other) = seen.insert(name, path.clone()) {
            panic!("{} and {}: rename one, so that ZHIBAO_TIMELINE means one", other.display(), path.display());
        }
    }
    assert!(seen.len() > 100, "only {} timelines", seen.len());
}

fn uses_above_its_floor(file: &Source) -> Vec<Offence> {
    let own = file.module();
    let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == own) else {
        return vec![file.offence(1, format!("module {own} has no floor"), "give it one in FLOORS of tests/house.rs, and in lib.rs")];
    };
    let Some(allowed) = allowed else { return Vec::new() };
    let not_ours = |name: &str| !FLOORS.iter().any(|(floor, _)| *floor == name);
    file.uses()
        .into_iter()
        .filter(|(_, used)| *used != own && !allowed.contains(&used.as_str()) && !not_ours(used))
        .map(|(line, used)| file.offence(line, format!("{own} uses {used}"), "move the deed up to steps, or the type down to domain"))
        .collect()
}

fn named_elsewhere(file: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (name, places, mend) in NAMED_ONLY {
        if places.iter().any(|place| file.path.starts_with(place)) {
            continue;
        }
        let found = file.code_lines().filter(|(_, line)| names_crate(line, name));
        offences.extend(found.map(|(number, _)| file.offence(number, format!("{name} is named outside {}", places[0]), mend)));
    }
    offences
}

fn clock_read_elsewhere(file: &Source) -> Vec<Offence> {
    if file.module() == "clock" {
        return Vec::new();
    }
    file.lines_with(&CLOCKS, "take now as an argument; only clock.rs reads the time")
}

fn sql_elsewhere(file: &Source) -> Vec<Offence> {
    if file.module() == "store" {
        return Vec::new();
    }
    let sql = file.strings.iter().filter(|(_, text)| is_sql(text));
    sql.map(|(line, _)| file.offence(*line, "SQL outside store".to_owned(), "give the store a method for this step")).collect()
}

fn impure_domain(file: &Source) -> Vec<Offence> {
    if file.module() != "domain" {
        return Vec::new();
    }
    file.lines_with(&IMPURE, "domain decides on facts that are handed in; do the deed in a step")
}

/// Blank lines and lines of comment are not counted: documentation does not make a room too small.
fn long_files(file: &Source) -> Vec<Offence> {
    let lines = file.code_lines().filter(|(_, line)| !line.trim().is_empty()).count();
    if lines <= FILE_LINES {
        return Vec::new();
    }
    vec![file.offence(1, format!("{lines} lines of code, more than {FILE_LINES}"), "a room is missing: split it by noun")]
}

fn long_functions(file: &Source) -> Vec<Offence> {
    let long = file.functions().into_iter().filter(|(_, _, lines)| *lines > FUNCTION_LINES);
    long.map(|(line, name, lines)| {
        file.offence(line, format!("fn {name} has {lines} lines, more than {FUNCTION_LINES}"), "split it by step")
    })
    .collect()
}

fn unexplained_panics(file: &Source) -> Vec<Offence> {
    let commented = |line: usize| file.comments.contains(&line) || file.comments.contains(&(line - 1));
    // The message of an `expect` may state the invariant itself, if it is more than a word or two.
    let stated = |line: usize| file.strings.iter().any(|(at, text)| *at == line && text.split_whitespace().count() >= 4);
    file.lines_with(&[".unwrap()", ".expect("], "return the error, or state the invariant in a comment on this line or the one above")
        .into_iter()
        .filter(|offence| !(commented(offence.line) || offence.what == ".expect(" && stated(offence.line)))
        .collect()
}

fn unfinished(file: &Source) -> Vec<Offence> {
    file.lines_with(&UNFINISHED, "finish it, or take it out")
}

fn forbids_unsafe(manifest: &toml::Table) -> bool {
    let lint = manifest.get("lints").and_then(|lints| lints.get("rust")).and_then(|rust| rust.get("unsafe_code"));
    lint.is_some_and(|lint| lint.as_str() == Some("forbid") || lint.get("level").and_then(toml::Value::as_str) == Some("forbid"))
}

/// IMAP has a SELECT of its own, so a SELECT counts only with its FROM.
fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let follows = |first: &str, then: &str| {
        let from = words.iter().position(|word| *word == first);
        from.is_some_and(|from| words[from..].contains(&then))
    };
    let pair = |first: &str, then: &str| words.windows(2).any(|two| two == [first, then]);
    follows("SELECT", "FROM") || follows("UPDATE", "SET") || pair("INSERT", "INTO") || pair("DELETE", "FROM") || pair("CREATE", "TABLE")
}

/// Whether a line names the crate: as the head of a path, in `use`, or in `extern crate`; `schedule::cron::` is not it.
fn names_crate(line: &str, name: &str) -> bool {
    places(line, name).any(|at| {
        let (before, after) = (line[..at].trim_end(), &line[at + name.len()..]);
        let head = !before.ends_with("::") || !before.trim_end_matches("::").ends_with(|c: char| is_word(c) || c == '>');
        head && (after.starts_with("::") || before.ends_with("use") || before.ends_with("crate"))
    })
}

// ---------------------------------------------------------------- reading the sources

/// Something that the house does not allow.
struct Offence {
    place: String,
    line: usize,
    what: String,
    mend: &'static str,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}: {}", self.place, self.line, self.what, self.mend)
    }
}

/// A source file in parts: its code (strings and comments blanked, test code too), its strings, its comments, by line.
struct Source {
    path: String,
    code: String,
    strings: Vec<(usize, String)>,
    comments: BTreeSet<usize>,
}

impl Source {
    fn parse(path: &str, text: &str) -> Source {
        let mut source = lex(path, text);
        blank_tests(&mut source);
        source
    }

    fn offence(&self, line: usize, what: String, mend: &'static str) -> Offence {
        Offence { place: self.path.clone(), line, what, mend }
    }

    /// The top-level module that the file belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or("");
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many `super::` lead from the file to the root of the crate.
    fn depth(&self) -> usize {
        let parts: Vec<&str> = self.path.trim_end_matches(".rs").split('/').collect();
        parts.len() - usize::from(matches!(parts.last(), Some(&"mod" | &"lib" | &"main")))
    }

    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    fn lines_with(&self, patterns: &[&str], mend: &'static str) -> Vec<Offence> {
        let found = self.code_lines().flat_map(|(number, line)| {
            patterns.iter().filter(move |pattern| places(line, pattern).next().is_some()).map(move |pattern| (number, *pattern))
        });
        found.map(|(number, pattern)| self.offence(number, pattern.to_owned(), mend)).collect()
    }

    /// The top-level modules that the file names, by `crate::`, `zhibao::`, or enough of `super::`.
    fn uses(&self) -> Vec<(usize, String)> {
        let ladder = "super::".repeat(self.depth());
        let mut roots = vec!["crate::", "zhibao::"];
        if !ladder.is_empty() {
            roots.push(&ladder);
        }
        let mut found = Vec::new();
        for root in roots {
            for at in places(&self.code, root) {
                let line = 1 + self.code[..at].matches('\n').count();
                found.extend(heads(&self.code[at + root.len()..]).into_iter().map(|name| (line, name)));
            }
        }
        found
    }

    /// Line, name and length of every function that has a body.
    fn functions(&self) -> Vec<(usize, String, usize)> {
        let mut found = Vec::new();
        for at in places(&self.code, "fn ") {
            let name: String = self.code[at + 3..].trim_start().chars().take_while(|c| is_word(*c)).collect();
            let Some(end) = (!name.is_empty()).then(|| item_end(&self.code, at)).flatten() else { continue };
            let line = 1 + self.code[..at].matches('\n').count();
            found.push((line, name, 1 + self.code[at..end].matches('\n').count()));
        }
        found
    }
}

/// Where `pattern` stands in `text`, not as a part of a longer word.
fn places<'a>(text: &'a str, pattern: &'a str) -> impl Iterator<Item = usize> + 'a {
    let starts_word = pattern.starts_with(is_word);
    let ends_word = pattern.ends_with(is_word);
    text.match_indices(pattern).map(|(at, _)| at).filter(move |at| {
        let before_fits = !starts_word || !text[..*at].ends_with(is_word);
        let after_fits = !ends_word || !text[at + pattern.len()..].starts_with(is_word);
        before_fits && after_fits
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first names of a path or of a braced list of paths: `a::b` → a; `{a::b, c}` → a, c.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| is_word(*c)).collect::<String>();
    let Some(list) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut names, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(name(&list[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// The end of the item that begins at `at`: past its closing brace; `None` where it has no body.
fn item_end(code: &str, at: usize) -> Option<usize> {
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (offset, c) in code[at..].char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly <= 0 {
                    return (curly == 0).then_some(at + offset + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Blanks every item under `#[cfg(test)]` or `#[test]`, and forgets its strings.
fn blank_tests(source: &mut Source) {
    for mark in ["#[cfg(test)]", "#[test]"] {
        while let Some(at) = source.code.find(mark) {
            let body = at + mark.len();
            let statement = || source.code[body..].find(';').map_or(source.code.len(), |semicolon| body + semicolon + 1);
            let end = item_end(&source.code, body).unwrap_or_else(statement);
            let line_of = |place: usize| 1 + source.code[..place].matches('\n').count();
            let (first, last) = (line_of(at), line_of(end));
            source.strings.retain(|(line, _)| *line < first || *line > last);
            let blank: String = source.code[at..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            source.code.replace_range(at..end, &blank);
        }
    }
}

/// Tells strings and comments from code. In `code` they are blank, and as long (in characters) as they were.
fn lex(path: &str, text: &str) -> Source {
    let chars: Vec<char> = text.chars().collect();
    let mut source = Source { path: path.to_owned(), code: String::new(), strings: Vec::new(), comments: BTreeSet::new() };
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = match token(&chars, at) {
            Token::Code => {
                source.code.push(chars[at]);
                line += usize::from(chars[at] == '\n');
                at += 1;
                continue;
            }
            Token::Comment(end) => {
                let spanned = chars[at..end].iter().filter(|c| **c == '\n').count();
                source.comments.extend(line..=line + spanned);
                end
            }
            Token::Text(end) => {
                source.strings.push((line, chars[at..end].iter().collect()));
                end
            }
        };
        source.code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    source
}

enum Token {
    Code,
    Comment(usize),
    Text(usize),
}

fn token(chars: &[char], at: usize) -> Token {
    let after_word = at > 0 && is_word(chars[at - 1]);
    match (chars[at], chars.get(at + 1)) {
        ('/', Some('/')) => Token::Comment(chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |end| at + end)),
        ('/', Some('*')) => Token::Comment(block_end(chars, at)),
        ('"', _) => Token::Text(quoted_end(chars, at, '"')),
        ('r', Some('"' | '#')) if !after_word || matches!(chars[at - 1], 'b' | 'c') => raw_end(chars, at).map_or(Token::Code, Token::Text),
        // 'a' and '\n' are characters, 'a alone is a lifetime
        ('\'', Some('\\')) => Token::Text(quoted_end(chars, at, '\'')),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => Token::Text(at + 3),
        _ => Token::Code,
    }
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut here = at + 1;
    while here < chars.len() && chars[here] != quote {
        here += 1 + usize::from(chars[here] == '\\');
    }
    (here + 1).min(chars.len())
}

fn raw_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None; // r#type is a name
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let found = chars[open + 1..].windows(close.len()).position(|window| window == close);
    Some(found.map_or(chars.len(), |found| open + 1 + found + close.len()))
}

fn block_end(chars: &[char], at: usize) -> usize {
    let (mut here, mut depth) = (at, 0_usize);
    while here + 1 < chars.len() {
        match (chars[here], chars[here + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                here += 1;
                continue;
            }
        }
        here += 2;
        if depth == 0 {
            return here;
        }
    }
    chars.len()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files_below(folder: &Path, ext: &str) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found = Vec::new();
    for path in listing.map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path()) {
        if path.is_dir() {
            found.extend(files_below(&path, ext));
        } else if path.extension().is_some_and(|have| have == ext) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every source that is not test code by its place (`tests.rs`, `tests/` below a module).
fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    for path in files_below(&src, "rs") {
        let name = path.strip_prefix(&src).unwrap_or(&path).to_string_lossy().into_owned();
        if !name.split('/').any(|part| part == "tests" || part == "tests.rs" || part == "properties.rs" || part.ends_with("_tests.rs")) {
            found.push(Source::parse(&name, &read(&path)));
        }
    }
    assert!(found.iter().any(|file| file.path == "lib.rs"), "src/lib.rs was not read");
    found
}

fn hold(files: &[Source], rule: fn(&Source) -> Vec<Offence>) {
    let offences: Vec<String> = files.iter().flat_map(rule).map(|offence| offence.to_string()).collect();
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}
