//! A question → the messages that answer it, best first, each with the line on which it stands.

use std::collections::BTreeSet;

use crate::domain::attached::Document;
use crate::domain::ids::UnitId;
use crate::domain::rules::Instant;
use crate::domain::search::{Line, Question};
use crate::store::{Books, Candidates, Found, SearchIndex, Span, Store, StoreError};

/// The newest messages that are weighed against each other, and the newest of those that have it in the subject.
pub const WEIGHED: usize = 300;
const WEIGHED_BY_SUBJECT: usize = 100;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is looked for.
    pub question: Question,
    /// When it must have come.
    pub span: Span,
    /// Whose it must be: filed by this unit, or from one of these addresses.
    pub unit: Option<(UnitId, Vec<String>)>,
    /// At most so many answers.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Messages that were weighed.
    pub weighed: usize,
    /// There are older ones that were not.
    pub more: bool,
}

/// A message that answers the question.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The store's key of its content.
    pub id: i64,
    /// When it arrived; of an imported one, when it was sent.
    pub at: Instant,
    /// What became of it.
    pub found: Found,
    /// Its subject.
    pub subject: String,
    /// From as written.
    pub from: String,
    /// Where it stands.
    pub place: Place,
    /// The line on which it stands.
    pub line: Line,
    /// How well it answers; greater is better.
    pub weight: f64,
    /// Some of the message was not read.
    pub incomplete: bool,
}

/// The part of a message in which something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The subject.
    Subject,
    /// The text, or who it is from.
    Text,
    /// A file of this name, or its name.
    File(String),
}

/// Looks for messages.
pub fn search(store: &Store, index: &SearchIndex, asked: &Asked) -> Result<Answer, StoreError> {
    let question = asked.question.for_index();
    let in_words = candidates(store, index, asked, &question, false, WEIGHED)?;
    let mut ids: BTreeSet<i64> = in_words.ids.iter().copied().collect();
    if in_words.more {
        ids.extend(candidates(store, index, asked, &question, true, WEIGHED_BY_SUBJECT)?.ids);
    }
    let mut documents = Vec::with_capacity(ids.len());
    for id in ids {
        documents.extend(index.document(id)?);
    }
    let length = |document: &Document| document.text.len() + document.files.iter().map(|file| file.text.len()).sum::<usize>();
    let usual = documents.iter().map(|found| length(&found.document)).sum::<usize>() / documents.len().max(1);
    let mut weighed: Vec<(f64, Instant, usize)> = Vec::with_capacity(documents.len());
    for (nth, found) in documents.iter().enumerate() {
        let document = &found.document;
        let files = document.files.iter().flat_map(|file| [file.name.as_str(), file.text.as_str()]);
        let texts: Vec<&str> = [document.text.as_str(), document.from.as_str()].into_iter().chain(files).collect();
        weighed.push((asked.question.weight(&document.subject, &texts, usual), found.at, nth));
    }
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2)));
    let mut hits = Vec::new();
    for (weight, at, nth) in weighed.iter().take(asked.limit) {
        let Some(found) = documents.get(*nth) else { continue };
        let Some(became) = store.read(|books: &Books<'_>| books.found(found.id))? else { continue };
        let (place, line) = shown(&asked.question, &found.document);
        hits.push(Hit {
            id: found.id,
            at: *at,
            found: became,
            subject: found.document.subject.clone(),
            from: found.document.from.clone(),
            place,
            line,
            weight: *weight,
            incomplete: found.document.incomplete,
        });
    }
    Ok(Answer { hits, weighed: documents.len(), more: in_words.more })
}

fn candidates(
    store: &Store,
    index: &SearchIndex,
    asked: &Asked,
    question: &str,
    in_subject: bool,
    limit: usize,
) -> Result<Candidates, StoreError> {
    match &asked.unit {
        None if asked.span == Span::default() => index.newest(question, in_subject, limit),
        None => index.newest_of(question, in_subject, asked.span, limit, |_, _| Ok::<_, StoreError>(true)),
        Some((unit, addresses)) => store.read(|books: &Books<'_>| {
            index.newest_of(question, in_subject, asked.span, limit, |id, sender| {
                Ok(addresses.iter().any(|address| address == sender)
                    || books.found(id)?.is_some_and(|found| found.unit.as_ref() == Some(unit)))
            })
        }),
    }
}

/// Where it stands: in the text rather than in the subject, which is shown anyway.
fn shown(question: &Question, document: &Document) -> (Place, Line) {
    let in_text = || [&document.text, &document.from].into_iter().find_map(|text| question.line_in(text)).map(|line| (Place::Text, line));
    let in_files = || {
        document.files.iter().find_map(|file| {
            let line = question.line_in(&file.text).or_else(|| question.line_in(&file.name))?;
            Some((Place::File(file.name.clone()), line))
        })
    };
    let in_subject = || question.line_in(&document.subject).map(|line| (Place::Subject, line));
    in_text()
        .or_else(in_files)
        .or_else(in_subject)
        .unwrap_or_else(|| (Place::Subject, Line { text: document.subject.clone(), place: 0..0 }))
}
