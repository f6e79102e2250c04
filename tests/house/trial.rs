//! The rules are tried on made-up sources: a rule that catches nothing is a defect.

use super::*;

type Rule = fn(&Source) -> Vec<Offence>;

fn lines(rule: Rule, path: &str, text: &str) -> Vec<usize> {
    rule(&Source::parse(path, text)).iter().map(|offence| offence.line).collect()
}

#[test]
fn a_made_up_offender_is_caught_by_each_rule() {
    let offenders: [(Rule, &str, &str, usize); 25] = [
        (uses_above_its_floor, "domain/a.rs", "\nuse crate::store::Store;\n", 2),
        (uses_above_its_floor, "domain/a.rs", "fn f() { crate::clock::now() }", 1),
        (uses_above_its_floor, "mail/a.rs", "use crate::{domain::X, store::{A, B}};", 1),
        (uses_above_its_floor, "mail/a.rs", "use super::super::mailbox::X;", 1),
        (uses_above_its_floor, "store/mod.rs", "use super::mail::X;", 1),
        (uses_above_its_floor, "config.rs", "use crate::mail::X;", 1),
        (uses_above_its_floor, "console/page.rs", "use crate::steps::X;", 1),
        (uses_above_its_floor, "helpers/a.rs", "", 1),
        (named_elsewhere, "steps/a.rs", "use rusqlite::Connection;", 1),
        (named_elsewhere, "steps/a.rs", "fn f(a: ::lettre::Message) {}", 1),
        (named_elsewhere, "mail/parse.rs", "use lettre::Message;", 1),
        (named_elsewhere, "domain/a.rs", "fn f() {\n    mail_parser::parse()\n}", 2),
        (named_elsewhere, "domain/duty.rs", "use cron::Schedule;", 1),
        (clock_read_elsewhere, "steps/a.rs", "let now = chrono::Utc::now();", 1),
        (clock_read_elsewhere, "steps/a.rs", "let now = tokio::time::Instant::now();", 1),
        (sql_elsewhere, "steps/a.rs", "let q = \"SELECT a\n FROM b\";", 1),
        (sql_elsewhere, "steps/a.rs", "\nlet q = r#\"DELETE FROM b\"#;", 2),
        (sql_elsewhere, "steps/a.rs", "let q = \"UPDATE b SET c = 1\";", 1),
        (impure_domain, "domain/a.rs", "pub async fn f() {}", 1),
        (impure_domain, "domain/a.rs", "use std::fs;", 1),
        (unexplained_panics, "steps/a.rs", "fn f() {\n    a.unwrap();\n}", 2),
        (unexplained_panics, "steps/a.rs", "let a = \"// no comment\";\nb.expect(\"c\");", 2),
        (unfinished, "steps/a.rs", "fn f() { todo!() }", 1),
        (unfinished, "steps/a.rs", "dbg!(x);", 1),
        (sql_elsewhere, "cli/a.rs", "let q = \"INSERT INTO a VALUES (1)\";", 1),
    ];
    for (rule, path, text, line) in offenders {
        assert_eq!(lines(rule, path, text), [line], "{path}: {text}");
    }
}

#[test]
fn what_is_allowed_is_not_caught() {
    let allowed: [(Rule, &str, &str); 17] = [
        (uses_above_its_floor, "domain/a.rs", "use crate::domain::ids::X;\nuse super::rules::Y;"),
        (uses_above_its_floor, "mail/parse/b.rs", "use super::super::charset::X;\nuse crate::domain::Y;"),
        (uses_above_its_floor, "steps/a.rs", "use crate::{clock::Clock, store::Store};"),
        (uses_above_its_floor, "domain/a.rs", "// use crate::store::Store;\nlet a = \"crate::store::Store\";"),
        (uses_above_its_floor, "domain/a.rs", "#[cfg(test)]\nmod tests {\n    use crate::store::Store;\n}"),
        (named_elsewhere, "store/a.rs", "use rusqlite::Connection;"),
        (named_elsewhere, "mail/compose.rs", "use lettre::Message;"),
        (named_elsewhere, "domain/duty.rs", "use super::schedule::cron::Times; let cron = 1; rule.cron; my_cron::x()"),
        (clock_read_elsewhere, "clock.rs", "chrono::Utc::now()"),
        (sql_elsewhere, "store/a.rs", "\"SELECT a FROM b\""),
        (sql_elsewhere, "mailbox/imap.rs", "\"SELECT INBOX\"; \"update the set\""),
        (impure_domain, "steps/a.rs", "async fn f() { std::fs::read() }"),
        (
            unexplained_panics,
            "steps/a.rs",
            "// it was checked above\na.unwrap();\nb.expect(\"c\"); // never empty\nc.expect(\"the pattern is a constant\");",
        ),
        (unexplained_panics, "steps/a.rs", "#[test]\nfn f() {\n    a.unwrap();\n}"),
        (unexplained_panics, "steps/a.rs", "a.unwrap_or(1); a.expect_err; let c = '\"'; let d = \".unwrap()\";"),
        (unfinished, "steps/a.rs", "/* todo!() /* dbg!() */ */ fn f<'a>(b: &'a str) {}"),
        (unfinished, "steps/a.rs", "#[cfg(test)]\nuse a::b;\nfn f() {}"),
    ];
    for (rule, path, text) in allowed {
        assert_eq!(lines(rule, path, text), [0_usize; 0], "{path}: {text}");
    }
}

#[test]
fn long_functions_and_files_are_caught_and_braces_in_strings_do_not_count() {
    let function = |lines: usize| {
        format!("impl A {{\n    fn f(a: [u8; 2]) -> B {{\n{}    }}\n}}\n", "        a(\"}\", '{'); // }\n".repeat(lines - 2))
    };
    assert_eq!(lines(long_functions, "steps/a.rs", &function(FUNCTION_LINES)), [0_usize; 0]);
    assert_eq!(lines(long_functions, "steps/a.rs", &function(FUNCTION_LINES + 1)), [2]);
    assert_eq!(lines(long_functions, "steps/a.rs", "trait A { fn f(&self); }\ntype F = fn (u8);\n"), [0_usize; 0]);
    let file = |lines: usize| "let a = 1;\n\n// why\n".repeat(lines);
    assert_eq!(lines(long_files, "steps/a.rs", &file(FILE_LINES)), [0_usize; 0]);
    assert_eq!(lines(long_files, "steps/a.rs", &file(FILE_LINES + 1)), [1]);
}

#[test]
fn an_offence_names_file_line_and_mend() {
    let source = Source::parse("steps/a.rs", "\ndbg!(x);");
    let told = unfinished(&source)[0].to_string();
    assert_eq!(told, "src/steps/a.rs:2: dbg!: finish it, or take it out");
    assert!(std::panic::catch_unwind(|| hold(&[Source::parse("steps/a.rs", "dbg!(x);")], unfinished)).is_err());
}

#[test]
fn the_lint_against_unsafe_code_is_read() {
    let forbids = |text: &str| forbids_unsafe(&text.parse().expect("it is TOML"));
    assert!(forbids("[lints.rust]\nunsafe_code = \"forbid\""));
    assert!(forbids("[lints.rust]\nunsafe_code = { level = \"forbid\", priority = 1 }"));
    assert!(!forbids("[lints.rust]\nunsafe_code = \"warn\""));
    assert!(!forbids("[package]\nname = \"a\""));
}
