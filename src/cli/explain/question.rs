//! What the desk is asked, and why.

use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::domain::notice::{About, Content, NoticeKind, Question, QuestionItem, UnitRef};
use crate::mail::compose::Composer;
use crate::mail::words::say;

/// The question in a sentence.
pub(super) fn asked(session: &Session, item: &QuestionItem) -> Result<String, Failure> {
    let w = session.words;
    let names = |units: &[UnitRef]| w.list(&units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>());
    Ok(match &item.about {
        About::TableMissing { .. } | About::TableFaulty { .. } => {
            let content = Content::Question(Question { items: vec![item.clone()], list: false });
            Composer::new().reasons(NoticeKind::Question, &content, None, item.at, w.language, w.zone)?.join("\n")
        }
        About::MaybeSameEvent { opened, candidates } => {
            let others: Vec<String> = candidates.iter().map(|event| event.number.to_string()).collect();
            let (number, others) = (opened.number, w.list(&others));
            say!(
                w,
                format!("新立的 {number} 可能就是 {others}：合错会掩盖迟报，故请值班室判断。"),
                format!(
                    "{number} was opened and may be the same as {others}; a wrong join would hide a late report, so the desk is asked."
                )
            )
        }
        About::RivalPlace { opened, place, others } => {
            let (number, others) = (opened.number, names(others));
            say!(
                w,
                format!("{number} 的地点“{place}”属于{others}：不因邻县来件自动要求其报送，请值班室判断。"),
                format!("The place of {number}, “{place}”, is {others}'s: no unit owes by a rival's mail alone, so the desk is asked.")
            )
        }
        About::SeveralPlaces { opened, place, others } => {
            let (number, others) = (opened.number, names(others));
            say!(
                w,
                format!("{number} 的地点“{place}”涉及{others}：请值班室判断由谁报送。"),
                format!("The place of {number}, “{place}”, belongs to {others}: who should report?")
            )
        }
        _ => about_a_mail(session, item),
    })
}

fn about_a_mail(session: &Session, item: &QuestionItem) -> String {
    let w = session.words;
    let what = item.submission.map_or_else(|| item.subject.clone(), |number| format!("{number} {}", item.subject));
    match &item.about {
        About::LooksLikeEvent { words } => {
            let words = w.list(words);
            say!(
                w,
                format!("{what} 没有标签，却写有“{words}”，像是突发事件：请值班室判断。"),
                format!("{what} has no tag and says “{words}”: is it a sudden event?")
            )
        }
        About::ReportersTip { place } => {
            say!(
                w,
                format!("信息员告知“{place}”有事件，该地不属其单位：请值班室判断。"),
                format!("A reporter told of an event in “{place}”, which is another's: the desk is asked.")
            )
        }
        About::WaitingQuarantine { number, rung, .. } => {
            let rung = w.rung(*rung);
            say!(
                w,
                format!("本应发{rung}通知，但该单位的来件 {number} 在待核：先请值班室核实。"),
                format!("A {rung} notice was due, but {number} from the unit's address waits in quarantine: the desk is asked first.")
            )
        }
        About::NearDuplicate { of, by } => {
            let by = &by.name;
            say!(
                w,
                format!("{what} 与{by}的 {of} 几乎相同：请值班室判断。"),
                format!("{what} is nearly the same as {of} of {by}: the desk is asked.")
            )
        }
        About::NothingToCorrect => say!(
            w,
            format!("{what} 是更正，却找不到所更正的报送。"),
            format!("{what} is a correction, and what it corrects cannot be found.")
        ),
        About::LowerSeverity { event, has, reported } => {
            let number = event.number;
            say!(
                w,
                format!("{what} 所报级别 {reported} 低于 {number} 的 {has}：没有降级，请值班室判断。"),
                format!("{what} says {reported}, less than the {has} of {number}; it was not lowered, and the desk is asked.")
            )
        }
        About::WhichRequisition { candidates } => {
            let numbers = w.list(&candidates.iter().map(ToString::to_string).collect::<Vec<_>>());
            say!(
                w,
                format!("{what} 标为约稿，可能答的是 {numbers} 中的一件：请值班室指明。"),
                format!("{what} is tagged as an answer, and may answer any of {numbers}: the desk is asked which.")
            )
        }
        About::RosterAnswer { said } => {
            say!(w, format!("名册核对的答复并非确认：“{said}”。"), format!("The answer to a roster check was no confirmation: “{said}”."))
        }
        About::MaybeSameEvent { .. }
        | About::RivalPlace { .. }
        | About::SeveralPlaces { .. }
        | About::TableMissing { .. }
        | About::TableFaulty { .. } => what,
    }
}
