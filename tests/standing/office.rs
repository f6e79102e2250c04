//! An office with a ledger and a clock of the test's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use zhibao::domain::fields::Fields;
use zhibao::domain::ids::{NoticeNo, SubmissionNo};
use zhibao::domain::ledger::{EntryKind, ExternalRow, NewEntry, identity};
use zhibao::domain::message::{ArrivalSource, Disposition};
use zhibao::domain::notice::{About, Content, NoticeKind};
use zhibao::domain::points::Points;
use zhibao::domain::roster::{Address, Supervisor};
use zhibao::domain::submission::Kind;
use zhibao::domain::table::CircularRow;
use zhibao::mail::token::Key;
use zhibao::steps::{World, assess, begin, enforce, silence};
use zhibao::store::{Books, CommitPoint, Durability, NewSubmission, PastNotice, Seen, SeenBody, Store, StoreError};
use zhibao::{config, daemon};

const NETWORK: &str = r#"
[[supervisor]]
name = "科长"
address = "chief@office.example"
level = 1
units = ["*"]
[[supervisor]]
name = "副秘书长"
address = "deputy@office.example"
level = 2
units = ["*"]
[[supervisor]]
name = "秘书长"
address = "secretary@office.example"
level = 3
units = ["*"]
[[superior]]
name = "省委办公厅信息处"
address = "province@above.example"
"#;

const OFFICE: &str = include_str!("../sample/office.toml");

/// What comes on a schedule of its own stays out of the way.
const NO_REGULARS: &str = "[digest]\ncron = \"0 8 29 2 *\"\n[circular]\ncron = \"0 8 29 2 *\"\n";

/// The superior whose circulars are read.
pub const PROVINCE: &str = "省委办公厅信息处";

/// A unit of the roster: its id, whether it is a direct-report point, and further lines of its entry.
pub type Entry = (&'static str, bool, &'static str);

/// Two outlets, unless a test says otherwise.
pub const OUTLETS: &str = "[[outlet]]\nid = \"province\"\nname = \"省委办公厅\"\npoints = \"5\"\n\
    [[outlet]]\nid = \"centre\"\nname = \"中央办公厅\"\npoints = \"9\"\n";

/// What was said: the day, the kind, the unit, and to how many levels.
pub type Said = (String, NoticeKind, String, usize);

/// An office whose clock the test sets.
pub struct Office {
    pub world: World,
    now: DateTime<Utc>,
    nth: u32,
}

/// A moment of the office's day, `2003-02-01T09:00`.
pub fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("{text}:00+08:00")).expect("a time").to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

impl Office {
    /// Opens at midnight on the first of January 2003, with these units and `[standing]` lines.
    pub fn new(units: &[Entry], standing: &str) -> Office {
        Office::with(units, &format!("{OUTLETS}[standing]\n{standing}"))
    }

    /// The same with settings of its own.
    pub fn with(units: &[Entry], settings: &str) -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["mail/new", "mail/cur"] {
            std::fs::create_dir_all(folder.path().join(part)).expect("a folder");
        }
        let entry = |(id, direct, more): &Entry| {
            format!(
                "[[unit]]\nid = \"{id}\"\nname = \"单位{id}\"\ndirect_report = {direct}\n{more}\n\
                 [[unit.reporter]]\nname = \"信息员{id}\"\naddress = \"{id}@office.example\"\nrole = \"full-time\"\n"
            )
        };
        let roster: String = units.iter().map(entry).collect();
        std::fs::write(folder.path().join("network.toml"), format!("{roster}{NETWORK}")).expect("a file");
        std::fs::write(folder.path().join("zhibao.toml"), format!("{OFFICE}{NO_REGULARS}{settings}")).expect("a file");
        let loaded = config::load(&folder.path().join("zhibao.toml")).expect("a sound configuration");
        let store = Store::open(std::path::Path::new(":memory:"), Durability::None).expect("a store");
        let now = at("2003-01-01T00:00");
        let setup = begin::begin(&store, daemon::setup(&loaded.config, Key::new([7; 32])), now).expect("a setup");
        let office = Office { world: World { store, setup: Arc::new(setup) }, now, nth: 0 };
        office.read_mail();
        office
    }

    /// Everything that arrived up to now has been read.
    pub fn read_mail(&self) {
        self.write(CommitPoint::MailboxRead, |books| books.mailbox_read("submissions", self.now, None));
    }

    pub fn write<T>(&self, point: CommitPoint, step: impl FnOnce(&Books<'_>) -> Result<T, StoreError>) -> T {
        self.world.store.write(point, step).expect("written")
    }

    /// Goes to `moment`, doing on the way what falls due.
    pub fn go(&mut self, moment: &str) {
        let until = at(moment);
        assert!(until >= self.now, "{moment} is past");
        let mut rounds = 0;
        loop {
            self.read_mail();
            while enforce::step(&self.world, self.now).expect("a step").worked {
                rounds += 1;
                assert!(rounds < 10_000, "at {} something is done again and again", self.now);
            }
            let next = self.world.store.read(enforce::next_due).expect("readable");
            match next.map(|next| next.max(self.now + TimeDelta::seconds(1))).filter(|next| *next <= until) {
                Some(next) => self.now = next,
                None => break,
            }
        }
        self.now = until;
        self.read_mail();
    }

    /// Sleeps until `moment`: nothing is done on the way.
    pub fn sleep(&mut self, moment: &str) {
        self.now = at(moment);
    }

    /// Rows of a table: day, unit, points; all of one outlet. The assessment that waited for them is made up.
    pub fn table_of(&mut self, outlet: &str, rows: &[(&str, &str, i64)]) {
        let now = self.now;
        let entries: Vec<NewEntry> = rows.iter().map(|(when, unit, points)| self.entry(outlet, when, unit, *points)).collect();
        let setup = self.world.setup.clone();
        let put = |books: &Books<'_>| {
            for entry in &entries {
                books.put_entry(entry, now)?;
            }
            assess::table_came(books, &setup, now)
        };
        self.world.store.write(CommitPoint::Filing, put).expect("written");
    }

    /// Rows of the province's table.
    pub fn table(&mut self, rows: &[(&str, &str, i64)]) {
        self.table_of("province", rows);
    }

    fn entry(&mut self, outlet: &str, when: &str, unit: &str, points: i64) -> NewEntry {
        self.nth += 1;
        let (unit, points) = (unit.into(), Points::from_thousandths(1000 * points));
        let title = format!("信息{}", self.nth);
        NewEntry {
            kind: EntryKind::Adoption,
            day: day(when),
            identity: identity(EntryKind::Adoption, day(when), std::slice::from_ref(&unit), outlet, &title, points, self.nth),
            shares: vec![(unit, points)],
            outlet: outlet.into(),
            title,
            points,
            submission: None,
            reverses: None,
            source: "a test".into(),
            by: "desk@office.example".into(),
        }
    }

    /// The province's circular: unit, period, total, rank, of.
    pub fn circular(&mut self, rows: &[(&str, &str, i64, u32, u32)]) {
        let now = self.now;
        let row = |(unit, period, total, rank, of): &(&str, &str, i64, u32, u32)| CircularRow {
            line: 2,
            period: period.parse().expect("a period"),
            row: ExternalRow {
                subject: (*unit).into(),
                adopted: None,
                points: None,
                total: Some(Points::from_thousandths(1000 * total)),
                rank: Some(*rank),
                of: Some(*of),
            },
        };
        let rows: Vec<CircularRow> = rows.iter().map(row).collect();
        let setup = self.world.setup.clone();
        let put = |books: &Books<'_>| {
            for row in &rows {
                books.put_circular_row(PROVINCE, None, row.period, &row.row, now)?;
            }
            assess::circular_read(books, &setup, PROVINCE, &rows, now)
        };
        self.world.store.write(CommitPoint::Filing, put).expect("written");
    }

    /// One more supervisor.
    pub fn supervise(&mut self, supervisor: Supervisor) {
        Arc::get_mut(&mut self.world.setup).expect("nobody else holds it").roster.supervisors.push(supervisor);
    }

    /// One less.
    pub fn dismiss(&mut self, name: &str) {
        Arc::get_mut(&mut self.world.setup).expect("nobody else holds it").roster.supervisors.retain(|supervisor| supervisor.name != name);
    }

    /// A mail of `unit` arrives and is filed.
    pub fn mail(&mut self, unit: &str, kind: Kind) -> SubmissionNo {
        self.nth += 1;
        let (nth, now, setup) = (self.nth, self.now, self.world.setup.clone());
        let address = Address::parse(&format!("{unit}@office.example")).expect("an address");
        let body = SeenBody::Raw(format!("{nth}").into_bytes(), [u8::try_from(nth % 251).expect("a byte"); 32]);
        let seen = Seen {
            mailbox: "submissions".into(),
            key: format!("{nth}"),
            size_bytes: 1,
            received_at: now,
            received_by: ArrivalSource::MaildirName,
            body,
        };
        let file = |books: &Books<'_>| {
            let delivery = books.put_seen(&seen, now)?.expect("a new message");
            let (unit, fields) = (unit.into(), Fields::default());
            let new = NewSubmission {
                delivery,
                unit: Some(&unit),
                sender: &address,
                kind,
                title: "信息",
                arrival: now,
                sent_at: None,
                fields: &fields,
                flags: &[],
                event: None,
                corrects: None,
                message_id: None,
                fingerprint: [0; 32],
                simhash: None,
            };
            let number = books.file_submission(&new, 2003)?;
            books.dispose(delivery, Disposition::Filed, &number.to_string(), now)?;
            silence::heard(books, &setup, &unit, now)?;
            Ok::<_, zhibao::steps::StepError>(number)
        };
        self.world.store.write(CommitPoint::Filing, file).expect("written")
    }

    /// Every notice so far, in order.
    pub fn notices(&self) -> Vec<PastNotice> {
        let all = |books: &Books<'_>| {
            let mut found = Vec::new();
            for year in 2003..2007 {
                let numbered = (1..).map(|ordinal| books.notice(NoticeNo { year, ordinal }));
                for notice in numbered {
                    match notice? {
                        Some(notice) => found.push(notice),
                        None => break,
                    }
                }
            }
            Ok::<_, StoreError>(found)
        };
        self.world.store.read(all).expect("readable")
    }

    /// Warnings so far: day, kind, unit, copies.
    pub fn said(&self) -> Vec<Said> {
        let warned = |notice: PastNotice| {
            let unit = notice.unit.clone()?.to_string();
            let copies = self.world.store.read(|books| books.copies(notice.number)).expect("readable").len();
            Some((self.local(notice.at), notice.kind, unit, copies))
        };
        let warns = |notice: &PastNotice| matches!(notice.kind, NoticeKind::Zero | NoticeKind::RankFall | NoticeKind::Silent);
        self.notices().into_iter().filter(warns).filter_map(warned).collect()
    }

    /// Warnings of one kind about one unit: days and copies.
    pub fn of(&self, kind: NoticeKind, unit: &str) -> Vec<(String, usize)> {
        self.said().into_iter().filter(|said| said.1 == kind && said.2 == unit).map(|said| (said.0, said.3)).collect()
    }

    /// Questions about a table that has not come: the day, and the outlets named.
    pub fn asked(&self) -> Vec<(String, Vec<String>)> {
        let asked = |notice: PastNotice| match notice.content {
            Content::Question(question) => question.items.into_iter().find_map(|item| match item.about {
                About::TableMissing { outlets, .. } => Some((self.local(notice.at), outlets)),
                _ => None,
            }),
            _ => None,
        };
        self.notices().into_iter().filter_map(asked).collect()
    }

    fn local(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.world.setup.zone).format("%Y-%m-%d").to_string()
    }

    /// How many warnings each unit got, by kind.
    pub fn counts(&self) -> BTreeMap<(NoticeKind, String), usize> {
        let mut counts = BTreeMap::new();
        for (_, kind, unit, _) in self.said() {
            *counts.entry((kind, unit)).or_default() += 1;
        }
        counts
    }
}
