//! What stands in a store after a play.

use std::collections::BTreeMap;

use serde_json::Value;
use zhibao::domain::ids::NoticeNo;
use zhibao::domain::notice::NoticeKind;
use zhibao::domain::obligation::{Cause, Obligation};
use zhibao::store::{Books, PastNotice, RecordEntry, Store, StoreError};

/// Reads, and takes it for granted that it can be read.
pub fn read<T>(store: &Store, look: impl FnOnce(&Books<'_>) -> Result<T, StoreError>) -> T {
    store.read(look).expect("readable")
}

/// Every obligation.
pub fn obligations(store: &Store) -> Vec<Obligation> {
    read(store, |books| {
        let mut rows = books.obligation_rows(zhibao::store::Which::All, None, u32::MAX)?;
        // The store lists the latest due first.
        rows.reverse();
        rows.iter().map(|row| books.obligation(row.id).map(|found| found.expect("it was listed"))).collect()
    })
}

/// What an obligation is called whatever the numbers: unit, and event by name, stage, ordinal; or duty and due time.
pub fn name(store: &Store, obligation: &Obligation) -> String {
    let cause = match &obligation.cause {
        Cause::Event { event, stage, ordinal } => {
            let event = read(store, |books| books.event(*event)).expect("its event");
            format!("{} {stage} {ordinal}", event.title)
        }
        Cause::Duty { name, .. } => format!("{name} {}", obligation.due),
        Cause::Requisition { number } => number.to_string(),
    };
    format!("{} {cause}", obligation.unit)
}

/// Verdicts by name of what was owed, with how many there are of each.
pub fn verdicts(store: &Store) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for obligation in obligations(store) {
        *counts.entry(format!("{}: {}", name(store, &obligation), obligation.verdict)).or_default() += 1;
    }
    counts
}

/// Every notice on record, with who got it.
pub fn notices(store: &Store) -> Vec<(PastNotice, Vec<String>)> {
    read(store, |books| {
        let year = 2005;
        let mut found = Vec::new();
        let mut ordinal = 1;
        while let Some(notice) = books.notice(NoticeNo { year, ordinal })? {
            let copies = books.copies(notice.number)?;
            found.push((notice, copies.into_iter().map(|(to, _)| to).collect()));
            ordinal += 1;
        }
        Ok(found)
    })
}

/// Notices of one kind.
pub fn of_kind(store: &Store, kind: NoticeKind) -> Vec<(PastNotice, Vec<String>)> {
    notices(store).into_iter().filter(|(notice, _)| notice.kind == kind).collect()
}

/// The record of one obligation.
pub fn record(store: &Store, obligation: i64) -> Vec<RecordEntry> {
    read(store, |books| books.record_of(obligation))
}

/// A text of the evidence or the record.
pub fn text<'a>(data: &'a Value, key: &str) -> &'a str {
    data[key].as_str().unwrap_or_default()
}

/// A moment of the evidence or the record.
pub fn moment(data: &Value, key: &str) -> Option<super::Instant> {
    data[key].as_str().and_then(|text| text.parse().ok())
}
