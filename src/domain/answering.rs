//! Whether a mail may be answered, so that no loop can form.
//!
//! Headers tell most machines (`intake::may_be_answered`). These rules are for those that bear none: a program that answers
//! our answers, always with the same words or each time with others.
//! - One answer to one content in a day. A mail that was sent once more is told its number again (rules.md, "Duplicate"):
//!   that is a second one, and the last. A machine that repeats itself answers what we answered it, and is not told.
//! - What answers a mail of ours is the same content if its words are, whatever numbers and dates vary in it, and whatever
//!   subject of ours it repeats.
//! - Whoever answers our answers within a quarter of an hour is not answered the second time on end, whatever he says: a person
//!   may be so quick once.
//! - Thirty answers in a day to mails whose subjects differ in numbers at most, and thirty in an hour to one sender.
//!
//! A report with a tag of its own, one that meets what is owed without answering us, and a command are answered each by itself:
//! no machine writes these; the same words may meet what another event asks for. The caps for one content and for an hour hold for them, too.

use super::near::fingerprint;
use super::text::{comparable, normalised_subject};

/// Answers to one sender within an hour.
pub const AN_HOUR: u64 = 30;
/// Answers to one sender and one subject within a day.
pub const TO_A_SUBJECT: u64 = 30;
/// Answers in a chain in which each follows on our answer within `QUICK`.
pub const IN_A_CHAIN: u64 = 2;
/// Seconds within which a machine answers, and a person seldom.
pub const QUICK: i64 = 900;

/// What is known of a mail that is to be answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// It answers a notice of ours, or repeats its subject.
    pub answers_ours: bool,
    /// It carries a tag of its own, is a command, or meets what is owed without answering us.
    pub is_deliberate: bool,
    /// It is a duplicate of a mail that was filed.
    pub is_duplicate: bool,
    /// It answers an answer of ours.
    pub answers_an_answer: bool,
    /// So many answers of ours, each of which was answered within `QUICK`, stand before it.
    pub chain: u64,
}

/// How many answers the sender has had: see `Asking`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// To anything, within the last hour.
    pub lately: u64,
    /// To this very content, within the last day.
    pub same: u64,
    /// To this subject, numbers aside, within the last day.
    pub alike: u64,
}

/// Why a mail is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// This very content has had its answer today.
    SameContent,
    /// It answers an answer to an answer.
    Chain,
    /// Too many mails of this subject today.
    SameSubject,
    /// Too many mails of this sender within the hour.
    Flood,
}

/// Whether the mail is answered.
pub fn may_answer(asking: Asking, given: Given) -> Result<(), Silence> {
    let may_come_again = asking.is_deliberate || asking.is_duplicate && !asking.answers_an_answer;
    let to_a_content = if may_come_again { 2 } else { 1 };
    match () {
        () if given.same >= to_a_content => Err(Silence::SameContent),
        () if given.lately >= AN_HOUR => Err(Silence::Flood),
        () if asking.is_deliberate => Ok(()),
        () if asking.answers_ours && asking.chain >= IN_A_CHAIN => Err(Silence::Chain),
        () if given.alike >= TO_A_SUBJECT => Err(Silence::SameSubject),
        () => Ok(()),
    }
}

/// By what a content is known again: sender, kind of answer, subject, words and files; of an answer to ours, its words and
/// files alone, without digits.
pub fn content(asking: Asking, sender: &str, kind: &str, subject: &str, plain: &str, files: &[super::message::Attachment]) -> [u8; 32] {
    if asking.answers_ours && !asking.is_deliberate {
        return fingerprint(sender, "answers ours", "", &without_digits(plain), files);
    }
    fingerprint(sender, kind, subject, plain, files)
}

/// By what a subject is known again: sender, and the subject without digits.
pub fn subject(sender: &str, subject: &str) -> [u8; 32] {
    fingerprint(sender, "subject", "", &without_digits(&normalised_subject(subject)), &[])
}

/// Shorter subjects are anybody's.
const TELLING: usize = 6;
/// What is looked for of a longer one: subjects that repeat subjects are cut at their end.
const LOOKED_FOR: usize = 24;

/// Whether a subject repeats that of a letter of ours: whole, or behind words of its own (`自动回复：…`). Both without tags and
/// without the number at the end of ours.
pub fn repeats(subject: &str, ours: &str) -> bool {
    let (subject, ours) = (normalised_subject(subject), normalised_subject(ours));
    let beginning: String = ours.chars().take(LOOKED_FOR).collect();
    !ours.is_empty() && (subject == ours || beginning.chars().count() >= TELLING && subject.contains(&beginning))
}

fn without_digits(text: &str) -> String {
    let words: String = comparable(text).chars().map(|c| if c.is_numeric() { ' ' } else { c }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Asking = Asking { answers_ours: false, is_deliberate: false, is_duplicate: false, answers_an_answer: false, chain: 0 };
    const REPLY: Asking = Asking { answers_ours: true, ..FRESH };

    fn given(lately: u64, same: u64, alike: u64) -> Given {
        Given { lately, same, alike }
    }

    #[test]
    fn one_content_has_one_answer_and_a_mail_sent_again_its_number_again() {
        assert_eq!(may_answer(FRESH, given(0, 0, 0)), Ok(()));
        assert_eq!(may_answer(FRESH, given(1, 1, 1)), Err(Silence::SameContent));
        let again = Asking { is_duplicate: true, ..FRESH };
        assert_eq!(may_answer(again, given(1, 1, 1)), Ok(()));
        assert_eq!(may_answer(again, given(2, 2, 2)), Err(Silence::SameContent));
        assert_eq!(may_answer(Asking { is_duplicate: true, ..REPLY }, given(1, 1, 1)), Ok(()));
        assert_eq!(may_answer(Asking { is_duplicate: true, answers_an_answer: true, ..REPLY }, given(1, 1, 1)), Err(Silence::SameContent));
    }

    #[test]
    fn a_chain_of_answers_ends_and_a_report_in_it_is_answered() {
        assert_eq!(may_answer(Asking { chain: 1, ..REPLY }, given(1, 0, 1)), Ok(()));
        assert_eq!(may_answer(Asking { chain: 2, ..REPLY }, given(2, 0, 2)), Err(Silence::Chain));
        assert_eq!(may_answer(Asking { chain: 2, is_deliberate: true, ..REPLY }, given(2, 0, 2)), Ok(()));
    }

    #[test]
    fn nobody_gets_more_than_his_share() {
        assert_eq!(may_answer(FRESH, given(10, 0, 30)), Err(Silence::SameSubject));
        assert_eq!(may_answer(Asking { is_deliberate: true, ..FRESH }, given(10, 0, 30)), Ok(()));
        assert_eq!(may_answer(Asking { is_deliberate: true, ..FRESH }, given(30, 0, 0)), Err(Silence::Flood));
    }

    #[test]
    fn words_that_answer_ours_are_known_again_by_their_words() {
        let of = |asking, subject, text| content(asking, "a@b.example", "receipt", subject, text, &[]);
        assert_eq!(of(REPLY, "Re: one", "外出至3月5日（12:01）"), of(REPLY, "Re: two", "外出至3月5日（12:02）"));
        assert_ne!(of(REPLY, "Re: one", "外出"), of(REPLY, "Re: one", "已办"));
        assert_ne!(of(FRESH, "第1期", "第1期"), of(FRESH, "第2期", "第2期"));
        assert_eq!(subject("a@b.example", "回复：第1期"), subject("a@b.example", "第12期"));
    }

    #[test]
    fn a_subject_of_ours_is_known_behind_a_word_of_theirs() {
        assert!(repeats("自动回复：回执：盂县透水", "回执：盂县透水"));
        assert!(repeats("Re: 回执：盂县透水", "回执：盂县透水"));
        assert!(repeats("Receipt 7: Receipt 3: Reminder: the follow-up on", "Reminder: the follow-up on the flood in the mine"));
        assert!(!repeats("盂县透水", "回执：盂县透水"));
        assert!(!repeats("关于透水", "透水"));
        assert!(!repeats("", ""));
    }
}
