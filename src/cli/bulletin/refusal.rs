//! Why an issue is left as it is, in a sentence.

use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::domain::bulletin::Refusal;

/// The sentence, with its mend.
pub(super) fn refused(session: &Session, why: &Refusal) -> Failure {
    let (zh, en) = match why {
        Refusal::NoSuchBulletin { named, known } if known.is_empty() => (
            format!("没有刊物“{named}”：配置中没有 [[bulletin]]。"),
            format!("There is no bulletin “{named}”: the configuration has no [[bulletin]]."),
        ),
        Refusal::NoSuchBulletin { named, known } => {
            let known = session.words.list(known);
            (format!("没有刊物“{named}”；配置中有：{known}。"), format!("There is no bulletin “{named}”; the configuration has {known}."))
        }
        Refusal::NoSuchIssue(issue) => (
            format!("没有 {issue}；可用 zhibao bulletin list 查看。"),
            format!("There is no issue {issue}; zhibao bulletin list shows those that are."),
        ),
        Refusal::Frozen { issue, day } => {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            (
                format!("{issue} 已于 {day} 编发，不能再改；如有更正，请在下一期刊登。"),
                format!("{issue} was issued on {day} and can no longer be changed; print a correction in the next issue."),
            )
        }
        Refusal::Empty(issue) => (
            format!("{issue} 还没有内容，没有编发；请先用 zhibao bulletin add 编入。"),
            format!("{issue} was not issued: it has no item yet. Add one with zhibao bulletin add."),
        ),
        Refusal::NoTitle => ("没有编入：请用 --title 写明标题。".to_owned(), "Nothing was added: give a heading with --title.".to_owned()),
        Refusal::NoText => (
            "没有编入：没有正文；请用 --text 或 --file 给出。".to_owned(),
            "Nothing was added: it has no text. Give one with --text or --file.".to_owned(),
        ),
        Refusal::NoSuchSubmission(number) => return Failure::unknown(number, "submission list"),
        Refusal::Withdrawn(number) => (format!("没有编入：{number} 已经撤回。"), format!("Nothing was added: {number} was withdrawn.")),
        Refusal::Twice(number) => {
            (format!("没有编入：{number} 已在本期之中。"), format!("Nothing was added: {number} stands in this issue already."))
        }
        Refusal::NoSuchUnit(unit) => {
            (format!("没有编入：花名册上没有单位“{unit}”。"), format!("Nothing was added: the roster has no unit “{unit}”."))
        }
    };
    Failure::failed(zh, en)
}
