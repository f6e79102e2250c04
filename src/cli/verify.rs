//! `zhibao verify`: is the store what it says it is?

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::Everywhere;
use super::failure::{FAILED, Failure};
use super::page::{self, Page, count};
use super::session::Session;
use crate::mail::words::{Words, say};
use crate::steps::verify::{Finding, Verified, verify};
use crate::store::{RecordEnd, Store, StoreError};

/// Options of `verify`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A backup [default: the store of the configuration]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let path = args.file.as_ref().unwrap_or(&session.config.store_path);
    if path.symlink_metadata().is_err() {
        return Err(match &args.file {
            Some(file) => missing(file),
            None => Failure::NoStore(path.clone()),
        });
    }
    let seen = look(&session, path)?;
    let mut page = Page::new();
    if session.json {
        page.json(&facts(path, &seen));
    } else {
        sentences(&mut page, &session, path, &seen);
    }
    if !seen.sound() {
        page.exit(FAILED);
    }
    Ok(page)
}

/// There is no such file.
pub fn missing(file: &Path) -> Failure {
    let file = file.display();
    Failure::failed(format!("没有 {file} 这个文件。请核对路径。"), format!("There is no file {file}. Check its path."))
}

/// Verifies a store that nobody changes by it, with progress on a terminal. A file that cannot even be opened is a finding.
pub fn look(session: &Session, path: &Path) -> Result<Verified, Failure> {
    let store = match Store::read_only(path) {
        Ok(store) => store,
        Err(error @ StoreError::Open { .. }) => return Err(error.into()),
        Err(error) => return Ok(unreadable(&error)),
    };
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A constant template; where it could not be read, the plain bar does.
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3}% {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(say!(session.words, "核验", "Verifying"));
    let seen = verify(&store, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    Ok(seen?)
}

fn unreadable(error: &StoreError) -> Verified {
    Verified { findings: vec![Finding::Unreadable { why: error.to_string() }], found: 1, ..Verified::default() }
}

/// The last line of the record, for scripts: kept elsewhere, it tells later whether the record still leads there.
pub fn end(end: Option<&RecordEnd>) -> Value {
    end.map_or(Value::Null, |end| json!({ "line": end.seq, "at": end.at, "hash": data_encoding::HEXLOWER.encode(&end.hash) }))
}

fn facts(path: &Path, seen: &Verified) -> Value {
    json!({
        "ok": seen.sound(), "store": path, "messages": seen.messages, "bytes": seen.bytes, "record": seen.lines, "record_end": end(seen.end.as_ref()),
        "notices": seen.notices, "obligations": seen.obligations, "found": seen.found, "findings": seen.findings,
    })
}

fn sentences(page: &mut Page, session: &Session, path: &Path, seen: &Verified) {
    let w = session.words;
    let (messages, lines, notices, obligations) = (seen.messages, seen.lines, seen.notices, seen.obligations);
    let mib = seen.bytes.div_ceil(1 << 20);
    page.line(say!(
        w,
        format!(
            "已核验 {}：来信 {messages} 封（{mib} MB），处理记录 {lines} 条，通知 {notices} 份，应报事项 {obligations} 项。",
            path.display()
        ),
        format!(
            "Verified {}: {} ({mib} MB), {} of the record, {}, {}.",
            path.display(),
            count(messages, "message"),
            count(lines, "line"),
            count(notices, "notice"),
            count(obligations, "obligation")
        )
    ));
    if let Some(end) = &seen.end {
        let (seq, at, hash) = (end.seq, session.at(end.at), data_encoding::HEXLOWER.encode(&end.hash));
        page.line(say!(
            w,
            format!("记录止于第 {seq} 条（{at}），校验值 {hash}。"),
            format!("The record ends with line {seq} ({at}), hash {hash}.")
        ));
    }
    if seen.sound() {
        page.line(say!(w, "全部相符。", "Everything is as it must be."));
        return;
    }
    page.gap();
    complain(page, w, seen);
}

/// What was found, each with what to do.
pub fn complain(page: &mut Page, w: Words, seen: &Verified) {
    for finding in &seen.findings {
        page.complain(format!("✗ {}", sentence(w, finding)));
    }
    let untold = seen.found.saturating_sub(seen.findings.len() as u64);
    if untold > 0 {
        page.complain(say!(w, format!("……另有 {untold} 处。"), format!("… and {untold} more.")));
    }
    page.complain(say!(
        w,
        "→ 请先停止守护进程，原样保存现有文件，再核验最近的备份（zhibao verify 文件），用完好的那份恢复（zhibao restore 文件）。",
        "→ Stop the daemon and keep the file as it is; then verify the newest backups (zhibao verify FILE) and restore one that is whole (zhibao restore FILE)."
    ));
}

fn sentence(w: Words, finding: &Finding) -> String {
    match finding {
        Finding::Damaged { .. } | Finding::Unreadable { .. } | Finding::Orphan { .. } => of_the_file(w, finding),
        Finding::RecordChanged { .. } | Finding::RecordMissing { .. } | Finding::NoticeGone { .. } | Finding::NoticeUnrecorded { .. } => {
            of_the_record(w, finding)
        }
        Finding::VerdictUnrecorded { .. } | Finding::VerdictDiffers { .. } | Finding::TooEarly { .. } | Finding::FilingDiffers { .. } => {
            of_a_verdict(w, finding)
        }
        Finding::MessageChanged { message } => say!(
            w,
            format!("来信 M-{message} 与收到时不同：内容的校验值不符。可与邮箱中的原信对照（zhibao search --show M-{message} --raw）。"),
            format!(
                "Message M-{message} is not what came: its hash differs. Compare it with the mailbox's own (zhibao search --show M-{message} --raw)."
            )
        ),
        Finding::MessageLonely { message } => say!(
            w,
            format!("内容 M-{message} 不属于任何来信，也不是导入的：登记行已被删去。"),
            format!("The content M-{message} belongs to no message and was not imported: its row was taken out.")
        ),
        Finding::Unaccounted { messages, accounted } => say!(
            w,
            format!("来信共 {messages} 封，而已处置和待处置的合计 {accounted} 封：有来信的处置被改动。"),
            format!("{messages} messages came, and {accounted} wait or have a disposition: that of some was changed.")
        ),
        Finding::FiledNowhere { delivery } => say!(
            w,
            format!("第 {delivery} 封来信记为已登记或已隔离，却没有相应的登记：该行已被删去。"),
            format!("The {delivery}th message is marked as filed or quarantined, and nothing stands there for it: that row was taken out.")
        ),
        Finding::LettersDiffer { notice, people, letters } => say!(
            w,
            format!("通知 {notice} 按记录应发 {people} 人，现有信件 {letters} 份，两者不符（zhibao outbox show {notice}）。"),
            format!(
                "Notice {notice}: the record names {people} to be told, and there are {letters} letters, not the same (zhibao outbox show {notice})."
            )
        ),
    }
}

fn of_the_file(w: Words, finding: &Finding) -> String {
    match finding {
        Finding::Damaged { said } => {
            let said = page::clean(said);
            say!(w, format!("数据库文件受损：{said}。请检查磁盘。"), format!("The file is damaged: {said}. Check the disk."))
        }
        Finding::Unreadable { why } => {
            let why = page::clean(why);
            say!(w, format!("有一部分无法读取：{why}。"), format!("A part cannot be read: {why}."))
        }
        Finding::Orphan { table, row, parent } => {
            let row = row.map(|row| row.to_string()).unwrap_or_default();
            say!(
                w,
                format!("{table} 表的行 {row} 所指的 {parent} 不存在。"),
                format!("Row {row} of {table} points at a row of {parent} that is not there.")
            )
        }
        _ => String::new(),
    }
}

fn of_the_record(w: Words, finding: &Finding) -> String {
    match finding {
        Finding::RecordChanged { line } => say!(
            w,
            format!("处理记录第 {line} 条与前一条的校验链不符：该条或其位置被改动过，自此起都不可信。请与备份对照。"),
            format!(
                "Line {line} of the record does not follow from the one before it: it was changed. From there on nothing is sure; compare it with a backup."
            )
        ),
        Finding::RecordMissing { line } => say!(
            w,
            format!("处理记录第 {line} 条之前缺少记录：有记录被删去或移动。请与备份对照。"),
            format!("Before line {line} the record lacks lines: they were taken out or moved. Compare it with a backup.")
        ),
        Finding::NoticeGone { notice, line } => say!(
            w,
            format!("处理记录第 {line} 条所载的通知 {notice} 已不存在：被删去。"),
            format!("The notice {notice}, of which line {line} of the record tells, is not there: it was taken out.")
        ),
        Finding::NoticeUnrecorded { notice } => say!(
            w,
            format!("通知 {notice} 没有处理记录：不是本程序所发，或记录被删去。"),
            format!("The record does not know of notice {notice}: this program did not send it, or the line was taken out.")
        ),
        _ => String::new(),
    }
}

fn of_a_verdict(w: Words, finding: &Finding) -> String {
    match finding {
        Finding::VerdictUnrecorded { obligation, stands, recorded } => {
            let (stands, recorded) = (w.verdict(*stands), w.verdict(*recorded));
            say!(
                w,
                format!("事项 {obligation} 现为“{stands}”，而记录止于“{recorded}”（zhibao obligation show {obligation}）。"),
                format!(
                    "Obligation {obligation} is “{stands}”, and the record leads to “{recorded}” (zhibao obligation show {obligation})."
                )
            )
        }
        Finding::VerdictDiffers { obligation, recorded, judged } => {
            let (recorded, judged) = (w.verdict(*recorded), w.verdict(*judged));
            say!(
                w,
                format!("事项 {obligation} 记为“{recorded}”，而按规则应为“{judged}”（zhibao obligation show {obligation}）。"),
                format!(
                    "Obligation {obligation} is on record as “{recorded}”; by the rules it is “{judged}” (zhibao obligation show {obligation})."
                )
            )
        }
        Finding::TooEarly { obligation, rung, told, reached } => {
            let (rung, told) = (w.verdict((*rung).into()), w.moment(*told));
            let reached = reached.map_or_else(|| say!(w, "从未到达", "never reached").to_owned(), |at| w.moment(at));
            say!(
                w,
                format!("事项 {obligation} 在 {told} 判为“{rung}”，早于规则所定（{reached}）（zhibao obligation show {obligation}）。"),
                format!(
                    "Obligation {obligation} was called “{rung}” at {told}, before the rules do ({reached}) (zhibao obligation show {obligation})."
                )
            )
        }
        Finding::FilingDiffers { obligation } => say!(
            w,
            format!("事项 {obligation} 所登记的报送与记录不符（zhibao obligation show {obligation}）。"),
            format!("What met obligation {obligation} is not what the record says (zhibao obligation show {obligation}).")
        ),
        _ => String::new(),
    }
}
