//! Delivers the mails, runs the replays, builds the replies.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};

use super::format::{Base, Bounce, Mail, OneOrMany, Scenario};
use super::judge;
use super::mail::message_bytes;
use super::outbox::{Notice, bytes_of, notices_of};

const LIMIT: Duration = Duration::from_secs(120);
const PREFIXES: usize = 3;

/// What came of a timeline.
pub struct Played {
    pub faults: Vec<String>,
    pub notices: Vec<Notice>,
}

/// What one replay printed and left.
struct Replayed {
    until: DateTime<Utc>,
    summary: serde_json::Value,
    files: BTreeMap<String, Vec<u8>>,
}

/// Runs a timeline in a folder of its own.
pub fn play(base: &Base, scenario: &Scenario) -> Result<Played, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let work = folder.path();
    prepare(base, scenario, work)?;
    let mut earlier = Vec::new();
    for (index, mail) in scenario.mail.iter().enumerate() {
        let mail = match (&mail.reply_to, &mail.bounce) {
            (None, None) => mail.clone(),
            (reply, bounce) => {
                let so_far = replay(scenario, work, scenario.instant(&mail.at)?)?;
                let notices = notices_of(&so_far.files)?;
                let made = match (reply, bounce) {
                    (_, Some(bounce)) => report(base, scenario, mail, bounce, &notices)?,
                    _ => answer(base, scenario, mail, &notices)?,
                };
                earlier.push(so_far);
                made
            }
        };
        deliver(work, scenario, &mail, index, &message_bytes(&mail, index, scenario, base)?)?;
    }
    let whole = replay(scenario, work, scenario.end()?)?;
    let again = replay(scenario, work, scenario.end()?)?;
    if scenario.prefix {
        for moment in sampled(scenario)? {
            earlier.push(replay(scenario, work, moment)?);
        }
    }
    let notices = notices_of(&whole.files)?;
    let mut faults = judge::judge(base, scenario, &whole.summary, &notices)?;
    if whole.files != again.files || without_wall(&whole.summary) != without_wall(&again.summary) {
        faults.push("two replays of the same input differ".to_owned());
    }
    faults.extend(verify_faults(work)?);
    for shorter in &earlier {
        faults.extend(prefix_faults(&whole.files, &notices, shorter));
    }
    Ok(Played { faults, notices })
}

/// The store that the last replay left must be what it says it is, each verdict judged anew.
fn verify_faults(work: &Path) -> Result<Option<String>, String> {
    let binary = std::env::var_os("ZHIBAO_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_zhibao").into());
    let mut command = Command::new(binary);
    command.args(["verify", "--lang", "en", "out/zhibao.db", "--config", "zhibao.toml"]).current_dir(work).stdin(Stdio::null());
    let done = command.output().map_err(|error| error.to_string())?;
    Ok((!done.status.success()).then(|| format!("verify: {}", String::from_utf8_lossy(&done.stderr).trim())))
}

fn prepare(base: &Base, scenario: &Scenario, work: &Path) -> Result<(), String> {
    for name in ["zhibao.toml", "network.toml"] {
        std::fs::write(work.join(name), base.adapted(name, scenario)?).map_err(|error| error.to_string())?;
    }
    for folder in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(work.join("mail").join(folder)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn deliver(work: &Path, scenario: &Scenario, mail: &Mail, index: usize, bytes: &[u8]) -> Result<(), String> {
    let seconds = scenario.instant(&mail.at)?.timestamp();
    let path: PathBuf = work.join("mail/new").join(format!("{seconds}.M{index:06}P1.mx.example"));
    std::fs::write(path, bytes).map_err(|error| error.to_string())
}

/// `mail` as a mail program would answer the notice that its `reply_to` means.
fn answer(base: &Base, scenario: &Scenario, mail: &Mail, so_far: &[Notice]) -> Result<Mail, String> {
    let want = mail.reply_to.as_ref().ok_or("no reply")?;
    let asked: Vec<&Notice> = judge::matching(scenario, so_far, want)?;
    let sender = match &mail.from {
        Some(OneOrMany::One(sender)) => base.address(sender),
        _ => return Err("a reply has one sender".to_owned()),
    };
    let address = sender.rsplit_once('<').map_or(sender.as_str(), |(_, rest)| rest.trim_end_matches('>')).to_owned();
    let Some(answered) = asked.iter().rfind(|notice| notice.to.contains(&address)).or(asked.last()) else {
        let sent: Vec<String> = so_far.iter().map(ToString::to_string).collect();
        return Err(format!("nothing to reply to: {}; sent so far:\n{}", judge::told(want), sent.join("\n")));
    };
    let mut reply = mail.clone();
    reply.subject.get_or_insert_with(|| format!("Re: {}", answered.subject));
    reply.to = Some(if mail.to_office { base.office.clone() } else { answered.reply_address.clone() });
    if mail.threaded != Some(false) {
        let id = &answered.message_id;
        reply.headers.extend([format!("In-Reply-To: <{id}>"), format!("References: <{id}>")]);
    }
    if mail.quoted != Some(false) {
        let quoted: String = answered.text.lines().map(|line| format!("> {line}\n")).collect();
        reply.body = format!("{}\n\n{quoted}", mail.body);
    }
    Ok(reply)
}

/// What the server of a notice's recipient says about it, long after it took it.
fn report(base: &Base, scenario: &Scenario, mail: &Mail, bounce: &Bounce, so_far: &[Notice]) -> Result<Mail, String> {
    let to = base.address(&bounce.to);
    let asked: Vec<&Notice> = judge::matching(scenario, so_far, &bounce.of)?;
    let letter = asked.iter().rfind(|notice| notice.to.contains(&to));
    let id = match (&bounce.about, letter) {
        (Some(id), _) => id.clone(),
        (None, Some(letter)) => letter.message_id.clone(),
        (None, None) => return Err(format!("nothing to report on: {} to {to}", judge::told(&bounce.of))),
    };
    let named = bounce.names.as_ref().map_or(to, |name| base.address(name));
    let Bounce { action, status, said, .. } = bounce;
    let date = scenario.written(scenario.instant(&mail.at)?);
    let raw = format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nTo: {}\nSubject: Undelivered Mail Returned to Sender\n\
         Date: {date}\nMessage-ID: <{}.{status}@mx.example>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\nThis is the mail system at host mx.example.\n\n<{named}>: {said}\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {named}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\nFrom: {}\n\n--b--\n",
        base.office,
        mail.at.replace([' ', ':'], "-"),
        base.office,
    );
    Ok(Mail { raw: Some(raw), ..mail.clone() })
}

fn replay(scenario: &Scenario, work: &Path, until: DateTime<Utc>) -> Result<Replayed, String> {
    let out = work.join("out");
    if out.exists() {
        std::fs::remove_dir_all(&out).map_err(|error| error.to_string())?;
    }
    let written = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, false);
    let (stdout, stderr) = (work.join("stdout"), work.join("stderr"));
    let file = |path: &Path| File::create(path).map_err(|error| error.to_string());
    let binary = std::env::var_os("ZHIBAO_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_zhibao").into());
    let mut child = Command::new(binary)
        .args(["replay", "--config"])
        .arg(work.join("zhibao.toml"))
        .args(["--from", &written(scenario.begin()?), "--until", &written(until), "--dir"])
        .arg(&out)
        .arg("--json")
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(file(&stdout)?)
        .stderr(file(&stderr)?)
        .spawn()
        .map_err(|error| error.to_string())?;
    let status = waited(&mut child)?;
    let said = |path: &Path| std::fs::read_to_string(path).map_err(|error| error.to_string());
    if !status.success() {
        return Err(format!("replay ended with {status}: {}", said(&stderr)?.trim()));
    }
    let text = said(&stdout)?;
    let summary = serde_json::from_str(&text).map_err(|error| format!("replay --json printed no JSON ({error}): {text:?}"))?;
    Ok(Replayed { until, summary, files: bytes_of(&out.join("outbox"))? })
}

fn waited(child: &mut std::process::Child) -> Result<std::process::ExitStatus, String> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        if started.elapsed() > LIMIT {
            child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
            return Err(format!("replay did not end within {} s", LIMIT.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// First, middle and last of the mails' times, or of the span where there are fewer.
fn sampled(scenario: &Scenario) -> Result<Vec<DateTime<Utc>>, String> {
    let (begin, end) = (scenario.begin()?, scenario.end()?);
    let mut moments = scenario.mail.iter().map(|mail| scenario.instant(&mail.at)).collect::<Result<Vec<_>, _>>()?;
    moments.push(begin + (end - begin) / 2);
    moments.retain(|moment| *moment > begin);
    moments.sort();
    moments.dedup();
    let last = moments.len().saturating_sub(1);
    let mut picked: Vec<_> = (0..PREFIXES).filter_map(|part| moments.get(last * part / (PREFIXES - 1)).copied()).collect();
    picked.dedup();
    Ok(picked)
}

fn without_wall(summary: &serde_json::Value) -> serde_json::Value {
    let mut summary = summary.clone();
    if let Some(facts) = summary.as_object_mut() {
        facts.remove("wall_seconds");
    }
    summary
}

fn prefix_faults(whole: &BTreeMap<String, Vec<u8>>, notices: &[Notice], shorter: &Replayed) -> Vec<String> {
    let up_to_there: BTreeMap<&str, &[u8]> = notices
        .iter()
        .filter(|notice| notice.at < shorter.until)
        .filter_map(|notice| whole.get(&notice.file).map(|bytes| (notice.file.as_str(), bytes.as_slice())))
        .collect();
    let short: BTreeMap<&str, &[u8]> = shorter.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let names = |a: &BTreeMap<&str, &[u8]>, b: &BTreeMap<&str, &[u8]>| -> Vec<String> {
        a.iter().filter(|(name, bytes)| b.get(*name) != Some(bytes)).map(|(name, _)| (*name).to_owned()).collect()
    };
    if up_to_there == short {
        return Vec::new();
    }
    vec![format!(
        "a replay until {} differs: the whole one has {:?}, the shorter one {:?}",
        shorter.until,
        names(&up_to_there, &short),
        names(&short, &up_to_there)
    )]
}
