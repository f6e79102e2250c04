//! Is the store what it says it is? Pages, hashes, the chain of the record, rows that must be there, and every verdict judged anew.
//!
//! Judged anew is what the rules decide alone: a filing by the obligation's due time and ladder, a rung by the moment at which it was
//! reached. What a person decided (an extension, a waiver) is taken from the record, which shows who and when.

use serde::{Deserialize, Serialize};

use super::StepError;
use crate::domain::ids::NoticeNo;
use crate::domain::obligation::{Cause, Filing, Obligation};
use crate::domain::rules::{Instant, Ladder, Rules, Rung, Verdict};
use crate::store::{BY_RULES, Books, RecordEnd, RecordEntry, Store, StoreError};

/// Bytes of the archive hashed at one look: a daemon beside us can tidy its log between two.
const AT_ONCE: u64 = 8 << 20;

/// More findings than this are counted and not listed.
const LISTED: usize = 200;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Finding {
    /// The pages of the file are damaged.
    Damaged {
        /// As SQLite says it.
        said: String,
    },
    /// A part of the store cannot be read.
    Unreadable {
        /// Why.
        why: String,
    },
    /// A row points at one that is not there.
    Orphan {
        /// Its table.
        table: String,
        /// Its number there.
        row: Option<i64>,
        /// The table in which the other is missing.
        parent: String,
    },
    /// A message is not, byte for byte, what came.
    MessageChanged {
        /// Its number in the archive: M-…
        message: i64,
    },
    /// A line of the record, or the one before it, was changed.
    RecordChanged {
        /// Which.
        line: i64,
    },
    /// Lines before this one were taken out of the record, or put elsewhere.
    RecordMissing {
        /// The first that does not follow.
        line: i64,
    },
    /// Messages are more than those that wait and those with a disposition.
    Unaccounted {
        /// Seen.
        messages: u64,
        /// Waiting, or with a disposition that there is.
        accounted: u64,
    },
    /// A content that belongs to no message and was not imported.
    MessageLonely {
        /// Its number in the archive: M-…
        message: i64,
    },
    /// A message was filed or put aside, and nothing stands there for it.
    FiledNowhere {
        /// The number of its delivery.
        delivery: i64,
    },
    /// A notice has not one letter for each person to whom the record says it was to go.
    LettersDiffer {
        /// Which.
        notice: NoticeNo,
        /// People on record.
        people: usize,
        /// Letters that are there.
        letters: usize,
    },
    /// The record tells of a notice that is not there.
    NoticeGone {
        /// Which.
        notice: NoticeNo,
        /// The line.
        line: i64,
    },
    /// The record does not know of a notice.
    NoticeUnrecorded {
        /// Which.
        notice: NoticeNo,
    },
    /// The record does not lead to the verdict that stands.
    VerdictUnrecorded {
        /// The obligation.
        obligation: i64,
        /// What stands.
        stands: Verdict,
        /// Where the record leads.
        recorded: Verdict,
    },
    /// By the rules, a filing has another verdict than the one on record.
    VerdictDiffers {
        /// The obligation.
        obligation: i64,
        /// On record.
        recorded: Verdict,
        /// By the rules.
        judged: Verdict,
    },
    /// A rung was told before it was reached.
    TooEarly {
        /// The obligation.
        obligation: i64,
        /// Which rung.
        rung: Rung,
        /// When it was told.
        told: Instant,
        /// When it was reached; `None`: never.
        reached: Option<Instant>,
    },
    /// What met an obligation is not what the record says.
    FilingDiffers {
        /// The obligation.
        obligation: i64,
    },
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Contents hashed anew.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Lines of the record.
    pub lines: u64,
    /// The last of them.
    pub end: Option<RecordEnd>,
    /// Notices looked at.
    pub notices: u64,
    /// Obligations judged anew.
    pub obligations: u64,
    /// What is not as it must be, the first of each kind first.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub found: u64,
}

impl Verified {
    /// Nothing was found.
    pub fn sound(&self) -> bool {
        self.found == 0
    }

    fn find(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        }
    }

    /// A part that cannot be read is a finding, and holds up no other part.
    fn part(&mut self, done: Result<(), StoreError>) {
        if let Err(error) = done {
            self.find(Finding::Unreadable { why: error.to_string() });
        }
    }
}

/// Looks at all of it. `progress` hears how many contents have been hashed, and of how many.
///
/// # Errors
/// Where the store is of another version: then nothing can be said.
pub fn verify(store: &Store, progress: &mut dyn FnMut(u64, u64)) -> Result<Verified, StepError> {
    let mut seen = Verified::default();
    match store.must_be_current() {
        Err(error @ (StoreError::Older { .. } | StoreError::Newer { .. })) => return Err(error.into()),
        // The very first page cannot be read: there is no more to be had.
        Err(error) => {
            seen.find(Finding::Unreadable { why: error.to_string() });
            return Ok(seen);
        }
        Ok(()) => {}
    }
    let done = store.read(|books| pages(books, &mut seen));
    seen.part(done);
    let done = archive(store, &mut seen, progress);
    seen.part(done);
    // One look, so that a daemon that writes meanwhile changes nothing between two of its parts.
    store.read::<_, StoreError>(|books| {
        for part in [record, accounts, notices, verdicts] {
            let done = part(books, &mut seen);
            seen.part(done);
        }
        Ok(())
    })?;
    Ok(seen)
}

fn pages(books: &Books<'_>, seen: &mut Verified) -> Result<(), StoreError> {
    books.damages()?.into_iter().for_each(|said| seen.find(Finding::Damaged { said }));
    for orphan in books.orphans()? {
        seen.find(Finding::Orphan { table: orphan.table, row: orphan.row, parent: orphan.parent });
    }
    Ok(())
}

fn archive(store: &Store, seen: &mut Verified, progress: &mut dyn FnMut(u64, u64)) -> Result<(), StoreError> {
    let all = store.read::<_, StoreError>(|books| books.contents())?;
    let mut after = i64::MIN;
    loop {
        let done = store.read::<_, StoreError>(|books| books.rehash(after, AT_ONCE))?;
        seen.messages += done.contents;
        seen.bytes += done.bytes;
        done.changed.into_iter().for_each(|message| seen.find(Finding::MessageChanged { message }));
        progress(seen.messages, all.max(seen.messages));
        match done.last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

fn record(books: &Books<'_>, seen: &mut Verified) -> Result<(), StoreError> {
    let walk = books.walk_record()?;
    if let Some(broken) = walk.broken {
        let line = broken.seq;
        seen.find(if broken.missing { Finding::RecordMissing { line } } else { Finding::RecordChanged { line } });
    }
    (seen.lines, seen.end) = (walk.lines, walk.end);
    Ok(())
}

fn accounts(books: &Books<'_>, seen: &mut Verified) -> Result<(), StoreError> {
    let accounts = books.accounts()?;
    let accounted = accounts.waiting + accounts.disposed;
    if accounts.messages != accounted {
        seen.find(Finding::Unaccounted { messages: accounts.messages, accounted });
    }
    accounts.lonely.into_iter().for_each(|message| seen.find(Finding::MessageLonely { message }));
    accounts.vanished.into_iter().for_each(|delivery| seen.find(Finding::FiledNowhere { delivery }));
    Ok(())
}

fn notices(books: &Books<'_>, seen: &mut Verified) -> Result<(), StoreError> {
    books.recorded_notices(|line, notice, mut people| {
        seen.notices += 1;
        if books.notice(notice)?.is_none() {
            seen.find(Finding::NoticeGone { notice, line });
            return Ok(());
        }
        let mut letters: Vec<String> = books.copies(notice)?.into_iter().map(|(to, _)| to).collect();
        people.sort();
        letters.sort();
        if people != letters {
            seen.find(Finding::LettersDiffer { notice, people: people.len(), letters: letters.len() });
        }
        Ok(())
    })?;
    books.unrecorded_notices()?.into_iter().for_each(|notice| seen.find(Finding::NoticeUnrecorded { notice }));
    Ok(())
}

fn verdicts(books: &Books<'_>, seen: &mut Verified) -> Result<(), StoreError> {
    let rulesets = books.rulesets()?;
    books.each_obligation(|obligation, took_in| {
        seen.obligations += 1;
        let lines = books.record_of(obligation.id)?;
        let of_event = match &obligation.cause {
            Cause::Event { event, .. } => books.event(*event)?.map(|event| event.ruleset),
            Cause::Duty { .. } | Cause::Requisition { .. } => None,
        };
        let ladder = |at: Instant| ladder_at(&rulesets, of_event, at);
        judge(&obligation, took_in, &lines, ladder, seen);
        Ok(())
    })
}

/// The ladder by which an obligation was judged at `at`: its event's, else that of the rules in force.
fn ladder_at(rulesets: &[(i64, Option<Instant>, Rules)], of_event: Option<i64>, at: Instant) -> Option<&Ladder> {
    let found = match of_event {
        Some(id) => rulesets.iter().find(|(known, ..)| *known == id),
        None => rulesets.iter().rfind(|(_, from, _)| from.is_none_or(|from| from <= at)).or(rulesets.first()),
    };
    found.map(|(.., rules)| &rules.ladder)
}

/// What a line of the record says of a verdict.
#[derive(Deserialize)]
struct Change {
    from: Verdict,
    to: Verdict,
    why: String,
    due: Instant,
    filed: Option<Filing>,
}

/// Leads from one line of the record to the next, each judged anew as far as the rules alone decide.
///
/// An event that took in another one keeps the earlier knowledge and the filings of both: only whether a report was in time can be
/// judged there.
fn judge<'a>(
    obligation: &Obligation,
    took_in: bool,
    lines: &[RecordEntry],
    ladder: impl Fn(Instant) -> Option<&'a Ladder>,
    seen: &mut Verified,
) {
    let id = obligation.id;
    let (mut stands, mut filed) = (Verdict::Open, None);
    for line in lines.iter().filter(|line| line.what == "verdict") {
        let change: Change = match serde_json::from_value(line.data.clone()) {
            Ok(change) => change,
            Err(error) => return seen.find(Finding::Unreadable { why: format!("the record of obligation {id}: {error}") }),
        };
        if change.from != stands {
            seen.find(Finding::VerdictUnrecorded { obligation: id, stands: change.from, recorded: stands });
        }
        stands = change.to;
        filed.clone_from(&change.filed);
        let Some(ladder) = ladder(line.at).filter(|_| line.by == BY_RULES) else { continue };
        let then = Obligation { due: change.due, ..obligation.clone() };
        match (&change.filed, change.why.as_str(), rung_of(change.to)) {
            (Some(filing), "filed", _) => {
                let judged = then.verdict_if_filed(filing.at, ladder);
                let same = if took_in { (judged == Verdict::OnTime) == (change.to == Verdict::OnTime) } else { judged == change.to };
                if !same {
                    seen.find(Finding::VerdictDiffers { obligation: id, recorded: change.to, judged });
                }
            }
            (None, why, Some(rung)) if why == rung.as_str() && !took_in => {
                let reached = then.reached_at(rung, ladder);
                if reached.is_none_or(|at| at > line.at) {
                    seen.find(Finding::TooEarly { obligation: id, rung, told: line.at, reached });
                }
            }
            _ => {}
        }
    }
    if stands != obligation.verdict {
        seen.find(Finding::VerdictUnrecorded { obligation: id, stands: obligation.verdict, recorded: stands });
    }
    if filed != obligation.filed {
        seen.find(Finding::FilingDiffers { obligation: id });
    }
}

fn rung_of(verdict: Verdict) -> Option<Rung> {
    [Rung::Late, Rung::Omitted, Rung::Unreported].into_iter().find(|rung| Verdict::from(*rung) == verdict)
}
