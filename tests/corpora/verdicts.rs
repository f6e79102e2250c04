//! Bounce, automatic, or a person's: as the corpora say, and never without a reason elsewhere.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use zhibao::domain::intake::{IgnoreReason, not_by_a_person};
use zhibao::domain::message::ParsedMail;
use zhibao::domain::report::{Fate, Report};
use zhibao::mail::parse::{Limits, read};

use super::{corpora, messages, verbose};

/// Where we differ from the expected verdict, and why we are right, or as right as they are.
const DIFFERENT: [(&str, &str, &str); 4] = [
    ("flufl-bounce", "simple_42.txt", "a report of RFC 3464 whose one address is masked: no address to them, a bounce all the same"),
    ("flufl-bounce", "simple_43.txt", "a bounce that names nobody: nothing to take off a list for them, a bounce all the same"),
    (
        "sisimai",
        "lhost-apachejames-01",
        "its Content-Type is broken across lines, so that its text cannot be found; the subject is a reply's",
    ),
    (
        "sisimai",
        "lhost-fml-03",
        "a list program tells its owner of a loop: nothing was returned, and no header or subject says that it bounced",
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Bounce,
    Automatic,
    Human,
}

fn verdict(mail: &ParsedMail) -> Verdict {
    match not_by_a_person(mail) {
        Some(IgnoreReason::Bounce) => Verdict::Bounce,
        Some(_) => Verdict::Automatic,
        None if mail.automatic.answers_by_itself => Verdict::Automatic,
        None => Verdict::Human,
    }
}

/// What a corpus expects of each of its messages: name, path, verdict where it is one.
fn expected(corpus: &str) -> Option<Vec<(String, std::path::PathBuf, Value)>> {
    let folder = corpora()?.join(corpus);
    let text = fs::read(folder.join("expected.json")).expect("expected values");
    let all: BTreeMap<String, Value> = serde_json::from_slice(&text).expect("JSON");
    let path = |name: &str| match corpus {
        "sisimai" => folder.join("emails").join(format!("{name}.eml")),
        _ => folder.join("tests/data").join(name),
    };
    Some(all.into_iter().map(|(name, value)| (name.clone(), path(&name), value)).collect())
}

/// sisimai: nothing → a person; vacation and feedback → automatic; every other reason is that of a bounce.
/// flufl.bounce: failed recipients → a bounce; none → it is none, whoever wrote it.
fn agrees(corpus: &str, value: &Value, ours: Verdict) -> (bool, String) {
    if corpus == "flufl-bounce" {
        let is_bounce = value["recipients"].as_array().is_some_and(|list| !list.is_empty());
        return (is_bounce == (ours == Verdict::Bounce), if is_bounce { "Bounce" } else { "no bounce" }.to_owned());
    }
    let reasons: Vec<&str> = value.as_array().into_iter().flatten().filter_map(|entry| entry["reason"].as_str()).collect();
    let theirs = match &reasons[..] {
        [] => Verdict::Human,
        list if list.iter().all(|reason| matches!(*reason, "vacation" | "feedback")) => Verdict::Automatic,
        _ => Verdict::Bounce,
    };
    (theirs == ours, format!("{theirs:?}"))
}

#[test]
fn verdicts_agree_with_those_of_others() {
    let (mut agreed, mut all, mut unexplained) = (0, 0, Vec::new());
    for corpus in ["flufl-bounce", "sisimai"] {
        let Some(messages) = expected(corpus) else { return };
        for (name, path, value) in messages {
            let mail = read(&fs::read(&path).expect("a readable message"), &[], &Limits::default()).expect("a mail");
            let ours = verdict(&mail);
            let (is_same, theirs) = agrees(corpus, &value, ours);
            all += 1;
            agreed += usize::from(is_same);
            let reason = DIFFERENT.iter().find(|(in_corpus, file, _)| *in_corpus == corpus && *file == name);
            match (is_same, reason) {
                (false, Some((.., why))) => println!("{corpus}/{name}: they say {theirs}, we {ours:?}: {why}"),
                (false, None) => {
                    unexplained.push(format!("{corpus}/{name}: they say {theirs}, we {ours:?}: {:?} {:?}", mail.subject, mail.from))
                }
                (true, Some(_)) => unexplained.push(format!("{corpus}/{name}: listed as different, and is not")),
                (true, None) => {}
            }
        }
    }
    println!("verdicts: {agreed} of {all} agree, {:.1} %", percent(agreed, all));
    assert!(unexplained.is_empty(), "without a reason:\n{}", unexplained.join("\n"));
    assert!(agreed * 100 >= all * 99);
}

#[test]
fn recipients_and_fates_agree_with_those_of_others() {
    let Some(messages) = expected("flufl-bounce") else { return };
    let (mut named, mut fates, mut all) = (0, 0, 0);
    for (name, path, value) in messages {
        let mut theirs: Vec<String> =
            value["recipients"].as_array().into_iter().flatten().filter_map(|r| r.as_str()).map(str::to_lowercase).collect();
        if theirs.is_empty() {
            continue;
        }
        let mail = read(&fs::read(&path).expect("a readable message"), &[], &Limits::default()).expect("a mail");
        let recipients = match mail.report {
            Some(Report::Delivery(report)) => report.recipients,
            _ => Vec::new(),
        };
        let mut ours: Vec<String> = recipients
            .iter()
            .flat_map(|r| [Some(r.address.to_lowercase()), r.original.as_deref().map(str::to_lowercase)])
            .flatten()
            .collect();
        ours.sort();
        ours.dedup();
        theirs.sort();
        theirs.dedup();
        all += 1;
        let is_temporary = recipients.iter().map(|r| r.fate).min() == Some(Fate::Delayed);
        let same_people = theirs.iter().all(|address| ours.contains(address)) && recipients.len() <= theirs.len();
        named += usize::from(same_people);
        fates += usize::from(is_temporary == (value["temporary"] == true));
        if verbose() && (!same_people || is_temporary != (value["temporary"] == true)) {
            println!("{name}: they {theirs:?} temporary {}; we {recipients:?}", value["temporary"]);
        }
    }
    println!(
        "recipients: {named} of {all} agree, {:.1} %; temporary or permanent: {fates}, {:.1} %",
        percent(named, all),
        percent(fates, all)
    );
    assert!(named * 100 >= all * 93 && fates * 100 >= all * 97);
}

#[test]
fn statuses_agree_with_those_of_others() {
    let Some(messages) = expected("sisimai") else { return };
    let (mut agreed, mut all) = (0, 0);
    for (name, path, value) in messages {
        let theirs: Vec<&str> = value.as_array().into_iter().flatten().filter_map(|entry| entry["status"].as_str()).collect();
        // 5.0.9xx is theirs for a bounce that has no status.
        let Some(theirs) = theirs.first().filter(|status| !status.is_empty() && !status.contains(".0.9")) else { continue };
        let mail = read(&fs::read(&path).expect("a readable message"), &[], &Limits::default()).expect("a mail");
        let ours = match &mail.report {
            Some(Report::Delivery(report)) => report.recipients.first().and_then(|r| r.status.clone()),
            _ => None,
        };
        all += 1;
        // What is permanent to one may be of another class to the other; the class is what we go by.
        let is_same = ours.as_deref().is_some_and(|ours| ours.chars().next() == theirs.chars().next());
        agreed += usize::from(is_same);
        if verbose() && !is_same {
            println!("{name}: they {theirs}, we {ours:?} {:?}", mail.text.chars().take(300).collect::<String>());
        }
    }
    println!("classes of status: {agreed} of {all} agree, {:.1} %", percent(agreed, all));
    assert!(agreed * 100 >= all * 90);
}

/// Headers of which one must be there before a message counts as automatic, and what says that it does not come from one.
fn has_a_header_that_says_so(mail: &ParsedMail, raw: &[u8]) -> bool {
    let head = String::from_utf8_lossy(raw).to_lowercase();
    let head = head.split("\n\n").next().unwrap_or_default().split("\r\n\r\n").next().unwrap_or_default().to_owned();
    let signs = &mail.automatic;
    signs.auto_submitted.is_some()
        || signs.precedence.is_some()
        || signs.answers_by_itself
        || signs.suppress
        || signs.null_return_path
        || ["multipart/report", "x-failed-recipients:", "from: mailer-daemon", "from: mail delivery", "x-zhibao-notice"]
            .iter()
            .any(|mark| head.contains(mark))
        || mail.from.iter().any(|from| {
            let whole = format!("{} {}", from.name, from.address).to_lowercase();
            ["mailer-daemon", "postmaster", "mail delivery", "mail administrator"].iter().any(|name| whole.contains(name))
        })
}

#[test]
fn ordinary_mail_is_a_persons() {
    let Some(folder) = corpora() else { return };
    let (mut people, mut machines) = (0, 0);
    for corpus in ["mime4j", "mail-parser", "email_reply_parser"] {
        for path in messages(&folder.join(corpus)) {
            let raw = fs::read(&path).expect("a readable message");
            let Ok(mail) = read(&raw, &[], &Limits::default()) else { continue };
            match verdict(&mail) {
                Verdict::Human => people += 1,
                verdict => {
                    machines += 1;
                    let name = path.strip_prefix(&folder).expect("in the corpus").display();
                    println!("{name}: {verdict:?}, for {:?} is from {:?}", mail.subject, mail.from);
                    assert!(has_a_header_that_says_so(&mail, &raw), "{name} is called {verdict:?}, and no header says so");
                }
            }
        }
    }
    println!("of other mail, {people} are people's and {machines} bear a header that says that they are not");
}

fn percent(part: usize, all: usize) -> f64 {
    part as f64 * 100.0 / all.max(1) as f64
}
