//! A notice in the words of one sort of reader, and a letter before its bytes are made. A draft is quickly made, and fails where the
//! letter cannot be addressed; bytes take several times as long, and nothing but the letter itself waits for them.

use std::sync::{Arc, OnceLock};

use super::envelope::{Addressee, Attachment, Envelope, compact};
use super::exhibit::Picture;
use super::layout::{Block, Parts};
use super::view::View;
use super::{ComposeError, Composer, Letter, Stationery, Thread, attachments, carries_token, page, plain, stands_in};
use crate::domain::ids::NoticeNo;
use crate::domain::notice::{Capacity, Notice, Recipient};
use crate::domain::roster::Address;
use crate::domain::rules::Instant;
use crate::mail::token;
use crate::mail::words::{Words, say};

/// A notice in words, the same for all readers of one capacity.
pub struct Wording {
    notice: Arc<Notice>,
    number: NoticeNo,
    at: Instant,
    view: View,
    parts: Parts,
    title: String,
    /// Made for the first letter that is sealed.
    pages: OnceLock<Pages>,
}

/// What of a letter does not depend on who gets it.
struct Pages {
    text: String,
    html: String,
    pictures: Vec<Picture>,
    attachments: Vec<Attachment>,
}

/// A letter to one reader, its bytes still to be made: they are a function of it.
pub struct Draft {
    wording: Arc<Wording>,
    token: String,
    thread: Thread,
    to: Address,
    addressee: Addressee,
    /// Without angle brackets.
    pub message_id: String,
    /// As a person reads it.
    pub subject: String,
}

impl Composer {
    /// `notice` in words for readers of `capacity`; `missed`: whose copy did not arrive, where they get theirs instead.
    ///
    /// # Errors
    /// Where a template asks for what its view does not have.
    pub fn word(
        &self,
        notice: &Arc<Notice>,
        number: NoticeNo,
        at: Instant,
        capacity: Capacity,
        missed: Option<&Address>,
        stationery: &Stationery<'_>,
    ) -> Result<Wording, ComposeError> {
        let words = Words::new(stationery.language, stationery.zone);
        let view = View::of(notice, capacity, at, stationery.office, words);
        let mut parts = self.parts(notice.kind, &view, words)?;
        if let Some(missed) = missed {
            parts.note.insert(0, Block::Paragraph(stands_in(missed, words)));
        }
        let title = plain::untagged(&parts.subject, plain::SUBJECT_MAX);
        Ok(Wording { notice: Arc::clone(notice), number, at, view, parts, title, pages: OnceLock::new() })
    }

    /// The bytes of a letter, drafted on the same `stationery`.
    ///
    /// # Errors
    /// Where a page, a picture or the message cannot be made.
    pub fn seal(&self, draft: &Draft, stationery: &Stationery<'_>) -> Result<Letter, ComposeError> {
        let wording = &*draft.wording;
        let pages = match wording.pages.get() {
            Some(pages) => pages,
            None => {
                let made = self.pages(wording, stationery)?;
                wording.pages.get_or_init(|| made)
            }
        };
        let envelope = Envelope {
            notice: &wording.notice,
            number: wording.number,
            at: wording.at,
            to: &draft.addressee,
            office: stationery.office,
            zone: stationery.zone,
            token: &draft.token,
            message_id: &draft.message_id,
            subject: &draft.subject,
            thread: &draft.thread,
            pictures: &pages.pictures,
            attachments: &pages.attachments,
        };
        let bytes = envelope.seal(&pages.text, &pages.html)?;
        Ok(Letter { to: draft.to.clone(), message_id: draft.message_id.clone(), subject: draft.subject.clone(), bytes })
    }

    fn pages(&self, wording: &Wording, stationery: &Stationery<'_>) -> Result<Pages, ComposeError> {
        let Wording { notice, number, view, parts, title, .. } = wording;
        let words = view.words;
        let pictures = self.pictures(view, *number, stationery.office)?;
        let page = page(notice, *number, stationery.office, words, title, parts, view, &pictures);
        let render = |name| self.layouts.get_template(name).and_then(|template| template.render(&page));
        let failed = |error| ComposeError::Template { kind: notice.kind, error };
        let (text, html) = (render("layout.txt").map_err(failed)? + "\n", render("layout.html").map_err(failed)? + "\n");
        Ok(Pages { text, html, pictures, attachments: attachments(notice, words)? })
    }
}

impl Draft {
    /// The copy for `to`. `copy` counts the notice's recipients, so that each copy has a Message-ID of its own.
    ///
    /// # Errors
    /// Where mail cannot be addressed to `to`.
    pub fn of(
        wording: &Arc<Wording>,
        to: &Recipient,
        copy: usize,
        thread: Thread,
        stationery: &Stationery<'_>,
    ) -> Result<Draft, ComposeError> {
        let (number, title) = (wording.number, &wording.title);
        let token = token::mint(stationery.key, number, &to.address);
        let subject = match carries_token(&wording.notice) {
            true => say!(wording.view.words, format!("{title}（{number}.{token}）"), format!("{title} ({number}.{token})")),
            false => title.clone(),
        };
        let message_id = format!("{}.{token}.{copy}@{}", compact(number), stationery.office.address.domain());
        let (to, addressee) = (to.address.clone(), Addressee::of(&to.name, &to.address)?);
        Ok(Draft { wording: Arc::clone(wording), token, thread, to, addressee, message_id, subject })
    }
}
