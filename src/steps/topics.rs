//! The desk's word about the kinds and fields of a submission.

use serde_json::json;

use super::StepError;
use crate::domain::ids::SubmissionNo;
use crate::domain::rules::Instant;
use crate::domain::topics::{Sort, TopicOf};
use crate::store::{Books, RecordEntry};

/// Gives a submission these topics, or takes them from it; each change is on record. Returns how many changed.
pub fn tag(
    books: &Books<'_>,
    submission: SubmissionNo,
    topics: &[(Sort, String)],
    remove: bool,
    by: &str,
    now: Instant,
) -> Result<u32, StepError> {
    let before = books.topics_of(submission)?;
    let mut changed = 0;
    for (sort, name) in topics {
        let has = before.iter().any(|topic| topic.sort == *sort && topic.name == *name);
        if has != remove {
            continue;
        }
        if remove {
            books.take_topic(submission, *sort, name)?;
        } else {
            books.put_topics(submission, &[TopicOf { sort: *sort, name: name.clone(), by: by.to_owned() }])?;
        }
        changed += 1;
        let data = json!({ "submission": submission, "sort": sort, "name": name, "removed": remove });
        books.record(&RecordEntry { at: now, what: "topic".into(), obligation: None, event: None, by: by.into(), data })?;
    }
    Ok(changed)
}
