//! `zhibao restore`: a backup in the place of the store. It sends nothing until the operator says go.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Everywhere;
use super::failure::{FAILED, Failure};
use super::obligation::By;
use super::page::{Page, count};
use super::session::Session;
use super::{backup, verify};
use crate::config::MailboxSource;
use crate::domain::schedule::local_day;
use crate::mail::words::{Words, say};
use crate::steps::verify::Verified;
use crate::store::{CommitPoint, Durability, Hold, RecordEntry, Restored, SearchIndex, Store, StoreError};

/// Options of `restore`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where there is a store: put the backup in its place. The old one is kept beside it, under another name
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    by: By,
}

/// What came of it.
struct Done {
    aside: Option<PathBuf>,
    waits: Restored,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let by = session.by(args.by.address.as_deref())?;
    let (path, file) = (&session.config.store_path, &args.file);
    if file.symlink_metadata().is_err() {
        return Err(verify::missing(file));
    }
    // Until the end: no daemon may start meanwhile.
    let _lock = Store::lock(path)?;
    let there = path.symlink_metadata().is_ok();
    if there && path.canonicalize().ok() == file.canonicalize().ok() {
        return Err(Failure::usage(
            format!("{} 就是现用的数据库，不是备份。", file.display()),
            format!("{} is the store itself, no backup.", file.display()),
        ));
    }
    if there && !args.replace {
        return Err(Failure::failed(
            format!("数据库 {} 已存在，没有改动。确要以备份替换，请加 --replace：原数据库会改名保留。", path.display()),
            format!(
                "The store {} is there, and was left alone. To put the backup in its place say --replace: the old one is kept under another name.",
                path.display()
            ),
        ));
    }
    let part = part(path);
    forget(&part);
    let restored = prepared(&session, file, &part).and_then(|seen| {
        let done = if seen.sound() { Some(put_in_place(&session, args, &part, there, by.as_str(), &seen)?) } else { None };
        Ok((seen, done))
    });
    if !matches!(&restored, Ok((_, Some(_)))) {
        forget(&part);
    }
    let (seen, done) = restored?;
    Ok(page(&session, args, &seen, done.as_ref()))
}

/// The backup before it is in its place.
fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".restoring");
    PathBuf::from(name)
}

/// What a restoring that was cut off has left: nobody else can be at it, the lock is ours.
fn forget(part: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = part.as_os_str().to_owned();
        name.push(end);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
}

/// A copy of the backup beside the store, verified, and brought to this version.
fn prepared(session: &Session, file: &Path, part: &Path) -> Result<Verified, Failure> {
    backup::copy(session, file, part)?;
    match verify::look(session, part) {
        Err(Failure::Step(crate::steps::StepError::Store(StoreError::Older { .. }))) => {
            drop(Store::open(part, Durability::Full)?);
            verify::look(session, part)
        }
        seen => seen,
    }
}

fn put_in_place(session: &Session, args: &Args, part: &Path, there: bool, by: &str, seen: &Verified) -> Result<Done, Failure> {
    let (path, now) = (&session.config.store_path, session.now);
    let year = u16::try_from(chrono::Datelike::year(&local_day(now, session.words.zone))).unwrap_or_default();
    let store = Store::open(part, Durability::Full)?;
    let waits = store.write::<_, StoreError>(CommitPoint::Console, |books| {
        let waits = books.restored(year, now)?;
        let data = json!({ "from": args.file, "knew": verify::end(seen.end.as_ref()), "letters": waits.letters, "posts": waits.posts });
        books.record(&RecordEntry { at: now, what: "restored".into(), obligation: None, event: None, by: by.into(), data })?;
        Ok(waits)
    })?;
    // Closed, its log is in the file.
    drop(store);
    let stamp = now.format("%Y%m%dT%H%M%SZ");
    let aside = there.then(|| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".replaced-{stamp}"));
        PathBuf::from(name)
    });
    Store::replace(part, path, aside.as_deref())?;
    // The index of words tells of messages that may not be there; it is made anew.
    forget(&SearchIndex::path_of(path));
    Ok(Done { aside, waits })
}

fn page(session: &Session, args: &Args, seen: &Verified, done: Option<&Done>) -> Page {
    let w = session.words;
    let mut page = Page::new();
    if session.json {
        page.json(&json!({
            "ok": done.is_some(), "file": args.file, "store": session.config.store_path, "aside": done.and_then(|done| done.aside.as_ref()),
            "held": done.is_some(), "messages": seen.messages, "record_end": verify::end(seen.end.as_ref()),
            "letters": done.map(|done| done.waits.letters), "posts": done.map(|done| done.waits.posts), "found": seen.found,
            "findings": seen.findings,
        }));
    }
    let Some(done) = done else {
        page.exit(FAILED);
        if !session.json {
            page.complain(say!(
                w,
                "没有恢复：备份核验有误，原状未动。",
                "Nothing was restored: the backup did not pass. All was left as it was."
            ));
            verify::complain(&mut page, w, seen);
        }
        return page;
    };
    if !session.json {
        sentences(&mut page, session, seen, done);
    }
    page
}

fn sentences(page: &mut Page, session: &Session, seen: &Verified, done: &Done) {
    let w = session.words;
    let (path, messages) = (session.config.store_path.display(), seen.messages);
    let until = seen.end.as_ref().map_or_else(|| say!(w, "（无记录）", "(no record)").to_owned(), |end| session.at(end.at));
    page.line(say!(
        w,
        format!("已核验并恢复为 {path}：来信 {messages} 封，处理记录止于 {until}。"),
        format!("Verified, and restored as {path}: {}; its record ends at {until}.", count(messages, "message"))
    ));
    if let Some(aside) = &done.aside {
        let aside = aside.display();
        page.line(say!(w, format!("原数据库保留为 {aside}。"), format!("The old store is kept as {aside}.")));
    }
    page.gap();
    page.line(held(w));
    let (letters, posts) = (done.waits.letters, done.waits.posts);
    // Where nothing waited, nothing can come twice.
    let twice = (letters + posts > 0).then(|| {
        say!(
            w,
            format!("备份时待发的信件 {letters} 份、群消息 {posts} 条，可能此后已经发出：放行后再发一次，内容逐字相同，并记为“可能收到两份”。"),
            format!(
                "{} and {} that waited when the backup was made may have gone out since: after your go they go out once more, the same to the byte, and are marked as possibly doubled.",
                count(letters, "letter"),
                count(posts, "post")
            )
        )
    });
    let lines = say!(
        w,
        [
            "备份之后的来信，凡邮箱中还在的，会重新收取、登记并回执：报送人可能因此收到第二份回执，编号也不同。",
            "备份之后经 zhibao deliver 管道交来的邮件不在邮箱中，找不回来，其中的报送会被当作未报：请在保留的原数据库中查对，或请对方重发。",
            "对备份之后所发通知的回复（收到、延期等），因通知已不在案而无从照办；编号跳过一段，新旧不致混淆。",
        ],
        [
            "Mail that came after the backup and still lies in its mailbox is read, filed and answered again: its sender may get a second receipt, with another number.",
            "Mail that came after it through zhibao deliver lies in no mailbox and is not found again; reports among it count as missing: look in the old store, or ask for them.",
            "Replies to notices that were sent after it find no such notice, and nothing is done on them. Numbers leave a gap, so that no old notice is taken for a new one.",
        ]
    );
    let always = lines.map(str::to_owned);
    twice.iter().chain(&always).chain(&moved_away(session)).for_each(|line| page.line(format!("· {line}")));
    page.line(say!(
        w,
        "→ 启动 zhibao run，等邮箱读完，用 zhibao status 和 zhibao outbox list 查看，然后放行：zhibao outbox release。",
        "→ Start zhibao run, let it read its mailboxes, look at zhibao status and zhibao outbox list, then say go: zhibao outbox release."
    ));
}

/// Where mail was moved out of the mailbox that is read: what went there after the backup must come back.
fn moved_away(session: &Session) -> Vec<String> {
    let w = session.words;
    let sources = session.config.mailboxes.iter().filter_map(|mailbox| match &mailbox.source {
        MailboxSource::Imap(account) => Some((&mailbox.name, account)),
        MailboxSource::Maildir { .. } => None,
    });
    let said = sources.filter_map(|(name, account)| {
        let folders: Vec<&str> = [&account.processed, &account.quarantine].into_iter().flatten().map(String::as_str).collect();
        let (folders, inbox) = (folders.join(say!(w, "、", ", ")), &account.folder);
        (!folders.is_empty()).then(|| {
            say!(
                w,
                format!("邮箱 {name}：备份之后移入 {folders} 的来信，请移回 {inbox}，否则不会重新收取。"),
                format!("Mailbox {name}: move what went to {folders} after the backup back to {inbox}, or it is not read again.")
            )
        })
    });
    said.collect()
}

fn held(w: Words) -> &'static str {
    say!(
        w,
        "发送已暂停：放行之前，邮件和群消息一律不发；收信和登记照常。",
        "Sending is held: until you say go, no mail and no post goes out; mail is taken in and filed all the same."
    )
}

/// Since when and why nothing goes out, and what ends it.
pub fn held_since(session: &Session, hold: &Hold) -> String {
    let w = session.words;
    let since = session.at(hold.since);
    let until = hold.knows_until.map_or_else(|| "—".to_owned(), |at| session.at(at));
    say!(
        w,
        format!(
            "发送已暂停：数据库于 {since} 由备份恢复（记录止于 {until}），通知和群消息一律不发，收信和登记照常。→ 查看后放行：zhibao outbox release。"
        ),
        format!(
            "Sending is held: the store was restored from a backup at {since} (its record ended at {until}). No notice and no post goes out; mail is taken in and filed. → Look at it, then say go: zhibao outbox release."
        )
    )
}
