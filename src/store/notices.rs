//! Notices: what was said, to whom, on what evidence; and the letters that carry them.

use std::borrow::Cow;

use serde_json::Value;

use super::Books;
use super::rows::{Result, from_json, instant, json, seconds, text_opt, weeks_from, word, word_opt};
use crate::domain::answering::Given;
use crate::domain::ids::{EventNo, NoticeNo, QuarantineNo, SubmissionNo, UnitId};
use crate::domain::notice::{Content, Headers, Notice, NoticeKind, UnitRef};
use crate::domain::roster::Address;
use crate::domain::rules::Instant;

/// A notice to be put on record, in the transaction of its cause.
#[derive(Clone, Debug)]
pub struct NewNotice<'a> {
    /// Its number.
    pub number: NoticeNo,
    /// What it says.
    pub notice: &'a Notice,
    /// When it was decided.
    pub at: Instant,
    /// The obligation that it is about.
    pub obligation: Option<i64>,
    /// The quarantined message that it is about.
    pub quarantine: Option<QuarantineNo>,
    /// The first notice in whose stead it goes to somebody else.
    pub stands_in_for: Option<NoticeNo>,
    /// The evidence: rule, times, readings.
    pub why: &'a Value,
}

/// A notice on record.
#[derive(Clone, Debug)]
pub struct PastNotice {
    /// Its number.
    pub number: NoticeNo,
    /// Its kind.
    pub kind: NoticeKind,
    /// When it was decided.
    pub at: Instant,
    /// The event that it is about.
    pub event: Option<EventNo>,
    /// The unit that it is about.
    pub unit: Option<UnitId>,
    /// The obligation that it is about.
    pub obligation: Option<i64>,
    /// The submission that it is about.
    pub submission: Option<SubmissionNo>,
    /// The quarantined message that it is about.
    pub quarantine: Option<QuarantineNo>,
    /// What its headers say; of a notice from an earlier version, what is in the store besides.
    pub about: Headers,
    /// What it says, as facts.
    pub content: Content,
    /// The evidence.
    pub why: Value,
}

const COLUMNS: &str =
    "n.number, n.kind, n.at, n.event, n.unit, n.obligation, n.submission, n.quarantine, n.content, n.why, n.about, n.repeat";

fn past(row: &rusqlite::Row<'_>) -> Result<PastNotice> {
    let about = match row.get::<_, Option<String>>(10)? {
        Some(about) => from_json("headers of a notice", &about)?,
        None => Headers {
            event: word_opt("event number", row.get(3)?)?,
            submission: word_opt("submission number", row.get(6)?)?,
            unit: row.get::<_, Option<String>>(4)?.map(|id| UnitRef { name: id.clone(), id: UnitId(id) }),
            repeat: row.get(11)?,
            ..Headers::default()
        },
    };
    Ok(PastNotice {
        about,
        number: word("notice number", &row.get::<_, String>(0)?)?,
        kind: word("notice kind", &row.get::<_, String>(1)?)?,
        at: instant(row.get(2)?)?,
        event: word_opt("event number", row.get(3)?)?,
        unit: row.get::<_, Option<String>>(4)?.map(UnitId),
        obligation: row.get(5)?,
        submission: word_opt("submission number", row.get(6)?)?,
        quarantine: word_opt("quarantine number", row.get(7)?)?,
        content: from_json("notice", &row.get::<_, String>(8)?)?,
        why: from_json("evidence", &row.get::<_, String>(9)?)?,
    })
}

/// The bytes of a letter that is queued.
#[derive(Clone, Copy, Debug)]
pub enum LetterBytes<'a> {
    /// All of them: they never change.
    Made(&'a [u8]),
    /// They are being made, under the order of this number. Until they come the letter is not due.
    Ordered(u64),
}

fn placeholder(order: u64) -> Vec<u8> {
    order.to_string().into_bytes()
}

impl Books<'_> {
    /// The next notice number of `year`.
    pub fn next_notice_number(&self, year: u16) -> Result<NoticeNo> {
        Ok(NoticeNo { year, ordinal: self.next_ordinal(NoticeNo::LETTER, year)? })
    }

    /// Puts a notice on record.
    pub fn put_notice(&self, new: &NewNotice<'_>) -> Result<()> {
        let about = &new.notice.about;
        let sql = "INSERT INTO notice (number, kind, at, event, unit, obligation, submission, quarantine, repeat, content, why, about, stands_in_for)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        self.run(
            sql,
            (
                new.number.to_string(),
                new.notice.kind.as_str(),
                new.at.timestamp(),
                text_opt(about.event),
                about.unit.as_ref().map(|unit| unit.id.as_str()),
                new.obligation,
                text_opt(about.submission),
                text_opt(new.quarantine),
                about.repeat,
                json(&new.notice.content),
                new.why.to_string(),
                json(about),
                text_opt(new.stands_in_for),
            ),
        )?;
        Ok(())
    }

    /// Queues one copy of a notice, and returns its row.
    #[allow(clippy::too_many_arguments)] // a row, column by column
    pub fn put_letter(
        &self,
        notice: NoticeNo,
        copy: usize,
        recipient: &Address,
        message_id: &str,
        subject: &str,
        file_name: &str,
        bytes: LetterBytes<'_>,
        urgent: bool,
        now: Instant,
    ) -> Result<i64> {
        let sql = "INSERT INTO letter (notice, copy, recipient, message_id, subject, file_name, bytes, state, queued_at, next_try, urgent)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?10, ?9)";
        let copy = i64::try_from(copy).unwrap_or(i64::MAX);
        let (held, next_try) = match bytes {
            LetterBytes::Made(bytes) => (Cow::Borrowed(bytes), Some(now.timestamp())),
            LetterBytes::Ordered(order) => (Cow::Owned(placeholder(order)), None),
        };
        let values =
            (notice.to_string(), copy, recipient.as_str(), message_id, subject, file_name, held, now.timestamp(), urgent, next_try);
        self.insert(sql, values)
    }

    /// Gives a letter the bytes that it waits for under this order, and makes it due. Another letter may have the place of one that was
    /// undone; it waits for another order.
    pub fn put_bytes(&self, letter: i64, order: u64, bytes: &[u8]) -> Result<()> {
        let sql = "UPDATE letter SET bytes = ?3, next_try = queued_at WHERE id = ?1 AND bytes = ?2";
        self.run(sql, (letter, placeholder(order), bytes))?;
        Ok(())
    }

    /// Whether a letter waits for its bytes under this order.
    pub fn awaits_bytes(&self, letter: i64, order: u64) -> Result<bool> {
        Ok(self.count("SELECT count(*) FROM letter WHERE id = ?1 AND bytes = ?2", (letter, placeholder(order)))? > 0)
    }

    /// The notice of this number.
    pub fn notice(&self, number: NoticeNo) -> Result<Option<PastNotice>> {
        self.one(&format!("SELECT {COLUMNS} FROM notice n WHERE n.number = ?1"), [number.to_string()], past)
    }

    /// The notice of which one copy has this Message-ID, without brackets.
    pub fn notice_by_message_id(&self, message_id: &str) -> Result<Option<PastNotice>> {
        let sql = format!("SELECT {COLUMNS} FROM letter l JOIN notice n ON n.number = l.notice WHERE l.message_id = ?1");
        self.one(&sql, [message_id], past)
    }

    /// The Message-ID of the copy of `notice` that went to `recipient`.
    pub fn copy_sent_to(&self, notice: NoticeNo, recipient: &Address) -> Result<Option<String>> {
        // The plus keeps SQLite from going through all that the recipient ever got.
        let sql = "SELECT message_id FROM letter WHERE notice = ?1 AND +recipient = ?2";
        self.one(sql, (notice.to_string(), recipient.as_str()), |row| Ok(row.get(0)?))
    }

    /// Who got a copy, and how it stands.
    pub fn copies(&self, notice: NoticeNo) -> Result<Vec<(String, String)>> {
        let sql = "SELECT recipient, state FROM letter WHERE notice = ?1 ORDER BY copy";
        self.all(sql, [notice.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The notice that `number` stands in for, or itself; and who got a copy of any that says the same, and how it stands.
    pub fn family(&self, number: NoticeNo) -> Result<(NoticeNo, Vec<(String, String)>)> {
        let first = "SELECT coalesce(stands_in_for, number) FROM notice WHERE number = ?1";
        let first: Option<NoticeNo> = self.one(first, [number.to_string()], |row| word("notice number", &row.get::<_, String>(0)?))?;
        let first = first.unwrap_or(number);
        let sql = "SELECT recipient, state FROM letter WHERE notice = ?1 OR notice IN (SELECT number FROM notice WHERE stands_in_for = ?1)
                   ORDER BY id";
        Ok((first, self.all(sql, [first.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?))
    }

    /// The subject of the first copy.
    pub fn subject_of(&self, notice: NoticeNo) -> Result<Option<String>> {
        self.one("SELECT subject FROM letter WHERE notice = ?1 ORDER BY copy LIMIT 1", [notice.to_string()], |row| Ok(row.get(0)?))
    }

    /// Every notice about an obligation, oldest first.
    pub fn notices_of_obligation(&self, obligation: i64) -> Result<Vec<PastNotice>> {
        self.all(&format!("SELECT {COLUMNS} FROM notice n WHERE n.obligation = ?1 ORDER BY n.number"), [obligation], past)
    }

    /// Every notice about an event, oldest first.
    pub fn notices_of_event(&self, event: EventNo) -> Result<Vec<PastNotice>> {
        self.all(&format!("SELECT {COLUMNS} FROM notice n WHERE n.event = ?1 ORDER BY n.number"), [event.to_string()], past)
    }

    /// Every notice about a submission, oldest first.
    pub fn notices_of_submission(&self, submission: SubmissionNo) -> Result<Vec<PastNotice>> {
        let sql = format!("SELECT {COLUMNS} FROM notice n WHERE n.submission = ?1 ORDER BY n.number");
        self.all(&sql, [submission.to_string()], past)
    }

    /// Every notice about a quarantined message, oldest first.
    pub fn notices_of_quarantine(&self, quarantine: QuarantineNo) -> Result<Vec<PastNotice>> {
        let sql = format!("SELECT {COLUMNS} FROM notice n WHERE n.quarantine = ?1 ORDER BY n.number");
        self.all(&sql, [quarantine.to_string()], past)
    }

    /// The bytes of one copy of a notice.
    pub fn letter_bytes(&self, notice: NoticeNo, copy: u32) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT bytes FROM letter WHERE notice = ?1 AND copy = ?2";
        self.one(sql, (notice.to_string(), copy), |row| Ok(row.get(0)?))
    }

    /// Every notice of a kind, oldest first.
    pub fn notices_of_kind(&self, kind: NoticeKind) -> Result<Vec<PastNotice>> {
        self.all(&format!("SELECT {COLUMNS} FROM notice n WHERE n.kind = ?1 ORDER BY n.at, n.number"), [kind.as_str()], past)
    }

    /// The copy of a notice of `kind` about `unit` that went to `recipient`, after passing over the `skip` newest ones.
    pub fn letter_about(&self, kind: NoticeKind, unit: &UnitId, recipient: &Address, skip: u32) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT l.bytes FROM notice n JOIN letter l ON l.notice = n.number
                   WHERE n.kind = ?1 AND coalesce(n.unit, '') = ?2 AND l.recipient = ?3 ORDER BY n.at DESC, n.number DESC LIMIT 1 OFFSET ?4";
        self.one(sql, (kind.as_str(), unit.as_str(), recipient.as_str(), skip), |row| Ok(row.get(0)?))
    }

    /// The letters to `recipient` queued since `since`, newest first: notice and subject.
    pub fn subjects_sent_to(&self, recipient: &Address, since: Instant, limit: u32) -> Result<Vec<(NoticeNo, String)>> {
        let sql = "SELECT notice, subject FROM letter WHERE recipient = ?1 AND queued_at >= ?2 ORDER BY queued_at DESC, id DESC LIMIT ?3";
        self.all(sql, (recipient.as_str(), since.timestamp(), limit), |row| {
            Ok((word("notice number", &row.get::<_, String>(0)?)?, row.get(1)?))
        })
    }

    /// Which answers went to `sender`: after `hour` in all, and after `day` to this very content and to this subject. What was noted a week
    /// after `day` or later was noted by a clock that stood ahead: it would silence us until then, and does not count.
    pub fn answers_to(&self, sender: &Address, fingerprint: &[u8; 32], alike: &[u8; 32], hour: Instant, day: Instant) -> Result<Given> {
        let [from, until] = [0, 604_800].map(|seconds| day.timestamp() + seconds);
        let weeks = weeks_from(from);
        let sql = "SELECT count(*) FILTER (WHERE at > ?6), count(*) FILTER (WHERE fingerprint = ?7), count(*) FILTER (WHERE alike = ?8)
                   FROM answer WHERE at / 604800 IN (?1, ?2) AND sender = ?3 AND at > ?4 AND at < ?5";
        let values = (weeks[0], weeks[1], sender.as_str(), from, until, hour.timestamp(), &fingerprint[..], &alike[..]);
        let counted = |row: &rusqlite::Row<'_>, nth| row.get::<_, i64>(nth).map(i64::unsigned_abs);
        let given = |row: &rusqlite::Row<'_>| Ok(Given { lately: counted(row, 0)?, same: counted(row, 1)?, alike: counted(row, 2)? });
        Ok(self.db.prepare_cached(sql)?.query_row(values, given)?)
    }

    /// Notes that an answer was given.
    pub fn put_answer(&self, sender: &Address, fingerprint: &[u8; 32], alike: &[u8; 32], now: Instant) -> Result<()> {
        let sql = "INSERT INTO answer (sender, fingerprint, alike, at) VALUES (?1, ?2, ?3, ?4)";
        self.insert(sql, (sender.as_str(), &fingerprint[..], &alike[..], seconds(Some(now))))?;
        Ok(())
    }
}
