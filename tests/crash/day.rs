//! A day with every kind of notice, and the surroundings that outlive a process.

use std::path::PathBuf;

use tempfile::TempDir;
use zhibao::mailbox::MemoryMailbox;
use zhibao::store::{CommitHook, Durability, Store};
use zhibao::transport::memory::Sent;
use zhibao::transport::{Accepted, FileTransport, Letter, MemoryTransport, SendError, Transport};

use crate::world::mail::Mail;
use crate::world::office::{Office, address};
use crate::world::play::Play;
use crate::world::{Instant, at, written};

/// In these minutes the mailbox cannot be read.
const UNREADABLE: (i64, i64) = (700, 800);

const DUTY: &str = r#"
[[duty]]
name = "每日零报告"
kind = "zero-report"
units = ["xiling"]
cron = "0 17 * * *"
from = "2005-06-06"
until = "2005-06-06"
"#;

/// What happens, and under which configuration.
pub struct Day {
    office: Office,
    mails: Vec<(i64, Vec<u8>)>,
}

/// What is there before a process and after it.
pub struct Surroundings {
    folder: TempDir,
    mailbox: MemoryMailbox,
    /// What was taken by the relay, copies and all.
    pub outbox: MemoryTransport,
}

impl Surroundings {
    /// Nothing yet.
    pub fn new() -> Surroundings {
        let folder = tempfile::tempdir().expect("a folder");
        Surroundings { folder, mailbox: MemoryMailbox::new("reports"), outbox: MemoryTransport::new("outbox") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("zhibao.db")
    }

    /// The store as it was left.
    pub fn store(&self) -> Store {
        Store::open(&self.path(), Durability::None).expect("it opens")
    }

    /// Every letter in the outbox folder.
    pub fn files(&self) -> Vec<Sent> {
        let files = std::fs::read_dir(self.folder.path().join("outbox")).expect("a folder");
        let read = |path: PathBuf| {
            let bytes = std::fs::read(&path).expect("readable");
            let to =
                String::from_utf8_lossy(&bytes).lines().find_map(|line| line.strip_prefix("To: ").map(address_in)).expect("a recipient");
            Sent { file_name: path.display().to_string(), bytes, to, envelope_from: None }
        };
        files.map(|file| read(file.expect("a file").path())).collect()
    }
}

fn address_in(header: &str) -> String {
    header.rsplit_once('<').map_or(header, |(_, address)| address).trim_end_matches('>').to_owned()
}

/// A relay that keeps every copy, a folder that keeps one, and one address that is always refused.
struct Both {
    relay: MemoryTransport,
    folder: FileTransport,
}

impl Transport for Both {
    fn name(&self) -> &str {
        "both"
    }

    fn send(&mut self, letter: &Letter<'_>, before_final_dot: &mut dyn FnMut() -> Result<(), SendError>) -> Result<Accepted, SendError> {
        if letter.to.local() == "secretary" {
            return Err(SendError::Permanent { why: "550 no such mailbox".into() });
        }
        self.relay.send(letter, before_final_dot)?;
        self.folder.send(letter, &mut || Ok(()))
    }
}

impl Day {
    /// The day: what is owed is one first report in the morning, one in the evening, and one zero report.
    pub fn new() -> Day {
        let office = Office::with(|text| {
            let (head, rules) = text.split_once("[[rule]]").expect("rules");
            let (rules, ladder) = rules.split_once("[ladder]").expect("a ladder");
            let firsts = rules.split("[[rule]]").take(2).collect::<Vec<_>>().join("[[rule]]");
            let second = head.find("[[mailbox]]\nname = \"second\"").expect("a second mailbox");
            let transport = head.find("[[transport]]").expect("a transport");
            *text = format!("{}{}[[rule]]{firsts}[ladder]{ladder}{DUTY}", &head[..second], &head[transport..]);
        });
        let mails = mails().into_iter().enumerate().map(|(nth, (minute, mail))| (minute, mail.bytes(&format!("d{nth}"), at(minute))));
        Day { office, mails: mails.collect() }
    }

    /// How many mails there are.
    pub fn mails(&self) -> u64 {
        self.mails.len() as u64
    }

    /// The day without any trouble but its own.
    pub fn undisturbed(&self) -> Surroundings {
        let mut around = Surroundings::new();
        self.run(&mut around, None, at(0)).expect("nothing stops it");
        around
    }

    /// Runs a process from `from` to the end, or until it dies: then it says when.
    pub fn run(&self, around: &mut Surroundings, hook: Option<CommitHook>, from: Instant) -> Result<(), Instant> {
        let both = Both { relay: around.outbox.clone(), folder: FileTransport::not_durable("folder", around.folder.path().join("outbox")) };
        let (mailbox, outbox) = (around.mailbox.clone(), around.outbox.clone());
        let mut play =
            Play::started(&self.office, around.path(), vec![mailbox], outbox, vec![Box::new(both)], hook, from).map_err(|_| from)?;
        for _ in 0..500 {
            let now = play.now();
            for (nth, (minute, bytes)) in self.mails.iter().enumerate().filter(|(_, (minute, _))| at(*minute) <= now) {
                play.mailboxes[0].put(format!("{nth:04}"), at(*minute), bytes.clone());
            }
            play.readable(!(at(UNREADABLE.0) <= now && now < at(UNREADABLE.1)));
            play.moment().map_err(|_| now)?;
            let mail = self.mails.iter().map(|(minute, _)| at(*minute));
            let come = mail.chain([at(UNREADABLE.0), at(UNREADABLE.1)]).filter(|moment| *moment > now);
            match come.chain(play.next_due()).min() {
                Some(next) => play.set_now(next),
                None => return Ok(()),
            }
        }
        panic!("at {} something is due again and again, and is never done", play.now());
    }
}

fn mails() -> Vec<(i64, Mail)> {
    let facts = |place: &str, minute: i64| format!("发生时间：{}\n地点：{place}\n伤亡：正在核实\n措施：已组织救援\n", written(at(minute)));
    let mine = "西岭县黑石沟煤矿透水";
    let fire = "东河县化工仓库起火";
    let mut mails = vec![
        (10, Mail::from(address("desk"), format!("【事件】【重大】{mine}"), format!("单位：西岭县\n{}", facts("西岭黑石沟", 0)))),
        (30, Mail::from(address("donghe-a"), "东河县仓库爆炸后复产情况", "已经复产。\n")),
        (30, Mail::from(address("donghe-a"), "【通报】某事", "正文。\n")),
        (300, Mail::from(address("xiling-a"), "【零报告】西岭县", "今日无其他情况。\n")),
        (605, Mail::from(address("xiling-a"), format!("【首报】{mine}"), facts("西岭黑石沟", 0))),
        (610, Mail::from(address("desk"), format!("【事件】【重大】{fire}"), format!("单位：东河县\n{}", facts("东河工业园", 600)))),
        (710, Mail::from(address("donghe-b"), format!("【首报】{fire}"), facts("东河工业园", 600))),
    ];
    // Twelve strangers at once: ten are told of singly, two in a list.
    mails.extend((0..12).map(|nth| (20, Mail::from("someone@elsewhere.example", format!("投稿{nth}"), "你好。\n"))));
    mails.sort_by_key(|(minute, _)| *minute);
    mails
}
