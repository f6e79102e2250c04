//! A day with every kind of notice about events, a summer with every kind about standings and a bulletin, and the surroundings that
//! outlive a process.

use std::path::PathBuf;

use tempfile::TempDir;
use zhibao::domain::notice::NoticeKind;
use zhibao::mailbox::MemoryMailbox;
use zhibao::steps::{StepError, World, bulletins};
use zhibao::store::{CommitHook, CommitPoint, Durability, NewItem, Store};
use zhibao::transport::memory::Sent;
use zhibao::transport::{Accepted, FileTransport, Letter, MemoryTransport, SendError, Transport};

use crate::world::mail::Mail;
use crate::world::office::{Office, address};
use crate::world::play::Play;
use crate::world::{Instant, at, written};

/// In these minutes of the day the mailbox cannot be read.
const UNREADABLE: (i64, i64) = (700, 800);

/// The minute at which the day ends: nothing moves any more.
const EVENING: i64 = 4 * 24 * 60;

/// The minute at which the summer ends, at noon of 11 August.
const NOON: i64 = 66 * 24 * 60 + 240;

const OUTLET: &str = "[[outlet]]\nid = \"province\"\nname = \"省委办公厅\"\npoints = \"5\"\n";

/// Half the usual stretch without mail is silence.
const STANDING: &str = "[standing]\nsilence = \"50%\"\n";

/// Nobody's matter: it changes no standing.
const BULLETIN: &str = "[[bulletin]]\nid = \"news\"\ntitle = \"云州信息\"\noutlet = \"province\"\nreaders = [\"mayor@yunzhou.example\", \"chief@yunzhou.example\"]\n";

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
    unreadable: (i64, i64),
    /// From this minute on an issue of the bulletin is made and issued at the console, once.
    issue: i64,
    end: i64,
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

    /// Where the store is.
    pub fn path(&self) -> PathBuf {
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
            return Err(SendError::Permanent { why: "550 no such mailbox".into(), names_recipient: true });
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
        Day { office, mails: mails.collect(), unreadable: UNREADABLE, issue: i64::MAX, end: EVENING }
    }

    /// A summer: tables of adoptions and ranks, a requisition, a unit that falls silent; every Monday a digest, then a circular.
    pub fn of_standings() -> Day {
        let office = Office::with_network(|main, network| {
            let (head, rest) = main.split_once("[[mailbox]]\nname = \"second\"").expect("a second mailbox");
            let (_, tail) = rest.split_once("[[transport]]").expect("a transport");
            *main = format!("{head}[[transport]]{tail}{OUTLET}{BULLETIN}{STANDING}")
                .replace("verify_roster = \"3650d\"", "verify_roster = \"40d\"");
            *network = network.replace("class = \"county\"\n", "class = \"county\"\ndirect_report = true\n");
            // One reader is enough, and pictures are slow to draw.
            *network = network.replace("level = 2\n", "level = 2\ndigest = false\n").replace("level = 3\n", "level = 3\ndigest = false\n");
        });
        let mails = summer_mails().into_iter().enumerate();
        let mails = mails.map(|(nth, (minute, mail, table))| (minute, with_table(&mail, table, &format!("m{nth}"), at(minute))));
        Day { office, mails: mails.collect(), unreadable: (NOON, NOON), issue: 1000, end: NOON }
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
        let mut play = self.process(around, hook, from).map_err(|_| from)?;
        for _ in 0..500 {
            self.moment(&mut play).map_err(|_| play.now())?;
            match self.next(&play) {
                Some(next) => play.set_now(next),
                None => return Ok(()),
            }
        }
        panic!("at {} something is due again and again, and is never done", play.now());
    }

    /// A process that starts at `now`.
    pub fn process(&self, around: &Surroundings, hook: Option<CommitHook>, now: Instant) -> Result<Play, StepError> {
        let both = Both { relay: around.outbox.clone(), folder: FileTransport::not_durable("folder", around.folder.path().join("outbox")) };
        let (mailbox, outbox) = (around.mailbox.clone(), around.outbox.clone());
        Play::started(&self.office, around.path(), vec![mailbox], outbox, vec![Box::new(both)], hook, now)
    }

    /// Everything that happens at the process's moment.
    pub fn moment(&self, play: &mut Play) -> Result<(), StepError> {
        let now = play.now();
        for (nth, (minute, bytes)) in self.mails.iter().enumerate().filter(|(_, (minute, _))| at(*minute) <= now) {
            play.mailboxes[0].put(format!("{nth:04}"), at(*minute), bytes.clone());
        }
        let (from, until) = self.unreadable;
        play.readable(!(at(from) <= now && now < at(until)));
        if self.issue < i64::MAX && at(self.issue) <= now {
            issue(&play.world, now)?;
        }
        play.moment()
    }

    /// The moment after that of the process; `None`: it has come to the end.
    pub fn next(&self, play: &Play) -> Option<Instant> {
        let now = play.now();
        let (from, until) = self.unreadable;
        let minutes = self.mails.iter().map(|(minute, _)| *minute).chain([from, until]).chain(Some(self.issue).filter(|at| *at < i64::MAX));
        let come = minutes.map(at).filter(|moment| *moment > now);
        come.chain(play.next_due()).min().filter(|next| *next < at(self.end))
    }
}

/// A person at the console issues the bulletin; if the program dies under his hands he tries again.
fn issue(world: &World, now: Instant) -> Result<(), StepError> {
    world.store.write(CommitPoint::Console, |books| {
        if !books.notices_of_kind(NoticeKind::Bulletin)?.is_empty() {
            return Ok(());
        }
        let name = bulletins::draft(books, &world.setup, "news", 2005, "desk", now)?.expect("there is such a bulletin");
        let item = NewItem { title: "防汛", text: "水位平稳。", submissions: Vec::new(), units: Vec::new() };
        bulletins::add(books, &world.setup, &name, &item, "desk", now)?.expect("an item");
        bulletins::issue(books, &world.setup, &name, "desk", now)?.expect("an issue");
        Ok(())
    })
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

/// Minute, mail, attached table.
fn summer_mails() -> Vec<(i64, Mail, &'static str)> {
    const DAY: i64 = 24 * 60;
    let desk = |subject: &str| Mail::from(address("desk"), subject, "见附件。\n");
    let province = |subject: &str| Mail::from("province@beijiang.example", subject, "见附件。\n");
    let whole = "日期,单位,刊物,标题,积分\n2004-02-11,西岭县,省委办公厅,西岭退耕还林,3\n2004-05-11,西岭县,省委办公厅,西岭煤矿整顿,4\n\
                 2004-03-11,东河县,省委办公厅,东河税费改革,5\n2005-03-11,东河县,省委办公厅,东河夏粮,5\n2005-04-11,南川区,省委办公厅,南川用水,2\n";
    let june = "日期,单位,刊物,标题,积分\n2005-06-11,东河县,省委办公厅,东河防汛,5\n2005-06-12,南川区,省委办公厅,南川防汛,2\n";
    let ranks = "单位,期间,累计积分,位次,总数\n东河县,2005-04,30,5,49\n南川区,2005-04,20,9,49\n";
    let fallen = "单位,期间,累计积分,位次,总数\n东河县,2005-06,30,40,49\n南川区,2005-06,40,6,49\n";
    let mut mails = vec![
        (10, desk("【采用】上年和今年采用情况"), whole),
        (20, province("【通报】四月"), ranks),
        (30, Mail::from(address("desk"), "【约稿】夏粮收购进展", "单位：南川区\n截止：06月07日 17:00\n"), ""),
        (22 * DAY, desk("【采用】六月"), june),
        (23 * DAY, province("【通报】六月"), fallen),
    ];
    mails.extend((0..13).map(|nth| {
        let mail = Mail::from(address("nanchuan-a"), format!("南川防汛情况之{nth}"), format!("水位平稳，第{nth}期。\n"));
        (60 + 5 * nth * DAY, mail, "")
    }));
    mails.sort_by_key(|(minute, ..)| *minute);
    mails
}

/// The bytes of a mail to which a table is attached.
fn with_table(mail: &Mail, table: &str, id: &str, sent: Instant) -> Vec<u8> {
    let plain = String::from_utf8(mail.bytes(id, sent)).expect("mail of ours is ASCII");
    if table.is_empty() {
        return plain.into_bytes();
    }
    let (head, _) = plain.split_once("Content-Type:").expect("a body");
    let table = data_encoding::BASE64.encode(table.as_bytes());
    let (text, csv) =
        ("Content-Type: text/plain\r\n\r\nsee the table", "Content-Type: text/csv; charset=utf-8\r\nContent-Transfer-Encoding: base64");
    let parts = format!("--b\r\n{text}\r\n--b\r\n{csv}\r\nContent-Disposition: attachment; filename=t.csv\r\n\r\n{table}\r\n--b--\r\n");
    format!("{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}").into_bytes()
}
