//! `zhibao backup`: a copy of the store while it is in use, verified before it gets its name.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::Everywhere;
use super::failure::{FAILED, Failure};
use super::page::{Page, count};
use super::session::Session;
use super::verify;
use crate::clock::Stopwatch;
use crate::mail::words::say;
use crate::steps::verify::Verified;
use crate::store::Store;

/// Options of `backup`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where it goes; a file that is there already is left alone
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let (store, file) = (&session.config.store_path, &args.file);
    if store.symlink_metadata().is_err() {
        return Err(Failure::NoStore(store.clone()));
    }
    if file.symlink_metadata().is_ok() {
        return Err(taken(file));
    }
    let watch = Stopwatch::start();
    // Beside its place, so that giving it its name copies nothing; of this process alone.
    let mut name = file.clone().into_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(name);
    copy(&session, store, &part)?;
    let named = named(&session, &part, file);
    if !matches!(&named, Ok(seen) if seen.sound()) {
        // A copy that nobody may rely on is of no use to anybody.
        let _ = std::fs::remove_file(&part);
    }
    let seen = named?;
    let bytes = if seen.sound() { file.metadata().map(|meta| meta.len()).unwrap_or(0) } else { 0 };
    let mut page = Page::new();
    if session.json {
        page.json(&json!({
            "ok": seen.sound(), "file": file, "bytes": bytes, "messages": seen.messages, "record_end": verify::end(seen.end.as_ref()),
            "seconds": (watch.seconds() * 10.0).round() / 10.0, "found": seen.found, "findings": seen.findings,
        }));
    } else {
        sentences(&mut page, &session, file, bytes, &seen, watch.seconds());
    }
    if !seen.sound() {
        page.exit(FAILED);
    }
    Ok(page)
}

fn taken(file: &Path) -> Failure {
    let file = file.display();
    Failure::failed(
        format!("{file} 已存在，没有改动。请另取一个名字。"),
        format!("{file} is there already and was left alone. Give another name."),
    )
}

/// Copies a store, with progress on a terminal.
pub fn copy(session: &Session, from: &Path, to: &Path) -> Result<(), Failure> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A constant template; where it could not be read, the plain bar does.
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3}% {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(say!(session.words, "复制", "Copying"));
    let copied = Store::copy(from, to, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    Ok(copied?)
}

/// Verifies the copy; one that is sound gets its name.
fn named(session: &Session, part: &Path, file: &Path) -> Result<Verified, Failure> {
    let seen = verify::look(session, part)?;
    if seen.sound() {
        if file.symlink_metadata().is_ok() {
            return Err(taken(file));
        }
        Store::name_copy(part, file)?;
    }
    Ok(seen)
}

fn sentences(page: &mut Page, session: &Session, file: &Path, bytes: u64, seen: &Verified, seconds: f64) {
    let w = session.words;
    if !seen.sound() {
        page.complain(say!(
            w,
            "没有留下备份：副本核验有误，很可能数据库本身已有问题。",
            "No backup was left: the copy did not pass, most likely because something is wrong with the store itself."
        ));
        verify::complain(page, w, seen);
        return;
    }
    let (shown, mib, messages) = (file.display(), bytes.div_ceil(1 << 20), seen.messages);
    page.line(say!(
        w,
        format!("已备份到 {shown}，并核验无误：{mib} MB，来信 {messages} 封，用时 {seconds:.1} 秒。"),
        format!("Backed up to {shown} and verified: {mib} MB, {}, in {seconds:.1} s.", count(messages, "message"))
    ));
    if let Some(end) = &seen.end {
        let (seq, at, hash) = (end.seq, session.at(end.at), data_encoding::HEXLOWER.encode(&end.hash));
        page.line(say!(
            w,
            format!("处理记录止于第 {seq} 条（{at}），校验值 {hash}。"),
            format!("Its record ends with line {seq} ({at}), hash {hash}.")
        ));
    }
    let (key, config) = (session.config.key_file.display(), session.config.files.len());
    page.line(say!(
        w,
        format!("密钥 {key} 和 {config} 个配置文件不在其中，请一并另存。"),
        format!("The key {key} and the {} of the configuration are not in it: keep those, too.", count(config as u64, "file"))
    ));
}
