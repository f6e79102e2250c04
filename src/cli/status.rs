//! `zhibao status`: what is due, overdue, unacknowledged, quarantined, undelivered; last reading of each mailbox.

use super::Everywhere;
use super::failure::Failure;
use super::page::{self, Fit, Page};
use super::session::Session;
use super::{obligation, outbox, quarantine, restore};
use crate::daemon::watched::status_report;
use crate::domain::rules::span;
use crate::mail::words::say;
use crate::store::{CanaryState, FailingAddress, LetterRow, MailboxStatus, ObligationRow, QuarantineEntry, StatusReport, Which};

/// Rows of each table.
const ROWS: u32 = 10;
/// What is due within this many seconds is listed.
const SOON: i64 = 86_400;

/// What `status` looks at.
struct Seen {
    report: StatusReport,
    overdue: Vec<ObligationRow>,
    soon: Vec<ObligationRow>,
    unacknowledged: Vec<ObligationRow>,
    quarantined: Vec<QuarantineEntry>,
    letters: Vec<LetterRow>,
}

pub fn run(everywhere: &Everywhere) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let now = session.now;
    let mut seen = session.look(|books| {
        Ok(Seen {
            report: status_report(books, &session.config, now)?,
            overdue: books.obligation_rows(Which::Overdue(now), None, ROWS)?,
            soon: books.obligation_rows(Which::Upcoming(now), None, ROWS)?,
            unacknowledged: books.obligation_rows(Which::Unacknowledged, None, ROWS)?,
            quarantined: books.quarantine_list(false, ROWS)?,
            letters: books.letter_rows(false, ROWS)?,
        })
    })?;
    outbox::hide_tokens(&mut seen.letters);
    seen.soon.retain(|row| row.due <= now + span(SOON));
    let mut page = Page::new();
    if session.json {
        page.json(&seen.report);
        return Ok(page);
    }
    let w = session.words;
    let moment = session.at(now);
    page.line(say!(
        w,
        format!("{} · {moment}（{}）", session.config.roster.office.name, w.zone_name()),
        format!("{} · {moment} ({})", session.config.roster.office.name, w.zone_name())
    ));
    if let Some(hold) = &seen.report.held {
        page.gap();
        page.line(restore::held_since(&session, hold));
    }
    mailboxes(&mut page, &session, &seen.report);
    obligations(&mut page, &session, &seen);
    quarantined(&mut page, &session, &seen);
    failing(&mut page, &session, &seen.report);
    letters(&mut page, &session, &seen);
    failing_addresses(&mut page, &session, &seen.report);
    watching(&mut page, &session, &seen.report);
    fine(&mut page, &session, &seen);
    Ok(page)
}

fn mailboxes(page: &mut Page, session: &Session, report: &StatusReport) {
    let w = session.words;
    page.gap();
    let columns =
        [(say!(w, "邮箱", "mailbox"), Fit::Wrap), (say!(w, "上次读取", "last read"), Fit::Whole), (say!(w, "现状", "state"), Fit::Wrap)];
    let state = |mailbox: &MailboxStatus| match (&mailbox.error, mailbox.last_read) {
        (Some(error), _) => say!(w, format!("读不到：{error}"), format!("cannot be read: {error}")),
        (None, None) => say!(w, "从未读过", "never read").to_owned(),
        (None, Some(at)) if mailbox.stalled => {
            say!(w, format!("停滞：{}读过", session.ago(at)), format!("stands still: read {}", session.ago(at)))
        }
        (None, Some(at)) => say!(w, format!("正常（{}）", session.ago(at)), format!("in order ({})", session.ago(at))),
    };
    let rows = report.mailboxes.iter().map(|mailbox| vec![mailbox.name.clone(), session.at_opt(mailbox.last_read), state(mailbox)]);
    page.table(&columns, rows.collect());
    if report.mailboxes.iter().any(|mailbox| mailbox.stalled && mailbox.error.is_none()) {
        page.line(say!(
            w,
            "→ 守护进程在运行吗？用 zhibao run 启动，或检查系统服务。",
            "→ Is the daemon running? Start zhibao run, or look at its service."
        ));
    }
    if report.unfiled > 0 {
        let unfiled = report.unfiled;
        page.line(say!(
            w,
            format!("→ {unfiled} 封来信已收下，尚未登记：由守护进程登记。"),
            format!("→ {} on record and not filed yet: the daemon files them.", page::count(unfiled, "message"))
        ));
    }
}

/// A list with what there is to say about it.
struct Section<'a> {
    heading: &'a str,
    total: u64,
    shown: usize,
    /// The command that lists all of it.
    all: &'a str,
    mend: &'a str,
}

impl Section<'_> {
    /// The heading with its count, the table, what is left out of it, and the mend.
    fn print(&self, page: &mut Page, session: &Session, table: impl FnOnce(&mut Page)) {
        let w = session.words;
        let Section { heading, total, shown, all, mend } = *self;
        if shown == 0 {
            return;
        }
        page.gap();
        page.line(say!(w, format!("{heading} {total} 项"), format!("{heading}: {total}")));
        table(page);
        if total > shown as u64 {
            let rest = total - shown as u64;
            page.line(say!(w, format!("……另有 {rest} 项：zhibao {all}"), format!("… and {rest} more: zhibao {all}")));
        }
        if !mend.is_empty() {
            page.line(format!("→ {mend}"));
        }
    }
}

fn obligations(page: &mut Page, session: &Session, seen: &Seen) {
    let w = session.words;
    let mut list = |heading: &str, rows: &[ObligationRow], total: u64, mend: &str| {
        let section = Section { heading, total, shown: rows.len(), all: "obligation list", mend };
        let cells = |row| obligation::cells(session, row);
        section.print(page, session, |page| page.table(&obligation::columns(w), rows.iter().map(cells).collect()));
    };
    let overdue = seen.report.obligations.get("overdue").copied().unwrap_or(0);
    list(say!(w, "逾期未报", "Overdue"), &seen.overdue, overdue, "");
    let ack = say!(
        w,
        "确认：zhibao obligation ack 号；延期、豁免同此。",
        "Acknowledge with zhibao obligation ack ID; extend and waive work alike."
    );
    list(say!(w, "警示无人确认", "Alerts that nobody acknowledged"), &seen.unacknowledged, seen.report.unacknowledged, ack);
    list(say!(w, "24小时内到期", "Due within 24 hours"), &seen.soon, seen.soon.len() as u64, "");
}

fn quarantined(page: &mut Page, session: &Session, seen: &Seen) {
    let w = session.words;
    let section = Section {
        heading: say!(w, "待核来件", "Mail to check"),
        total: seen.report.quarantined,
        shown: seen.quarantined.len(),
        all: "quarantine list",
        mend: say!(w, "放行：zhibao quarantine release 编号；拒收：reject。", "zhibao quarantine release NUMBER, or reject."),
    };
    section.print(page, session, |page| quarantine::table(page, session, &seen.quarantined, false));
}

fn letters(page: &mut Page, session: &Session, seen: &Seen) {
    let w = session.words;
    let (pending, failed) = (waiting(&seen.report, "pending"), waiting(&seen.report, "failed"));
    let section = Section {
        heading: say!(w, "待发和未送达的通知", "Notices waiting or undelivered"),
        total: pending + failed,
        shown: seen.letters.len(),
        all: "outbox list",
        mend: if failed > 0 {
            say!(w, "查明原因后重发：zhibao outbox retry。", "When the cause is mended: zhibao outbox retry.")
        } else {
            ""
        },
    };
    section.print(page, session, |page| outbox::table(page, session, &seen.letters));
}

/// Transports that are failing; nothing where all work.
fn failing(page: &mut Page, session: &Session, report: &StatusReport) {
    let w = session.words;
    if report.failing.is_empty() {
        return;
    }
    page.gap();
    let columns = [
        (say!(w, "不通的发信通道", "failing transport"), Fit::Wrap),
        (say!(w, "始于", "since"), Fit::Whole),
        (say!(w, "原因", "error"), Fit::Wrap),
    ];
    let rows = report.failing.iter().map(|each| vec![each.name.clone(), session.at(each.since), each.error.clone()]);
    page.table(&columns, rows.collect());
}

/// Addresses at which mail fails.
fn failing_addresses(page: &mut Page, session: &Session, report: &StatusReport) {
    let w = session.words;
    let shown = &report.failing_addresses[..report.failing_addresses.len().min(ROWS as usize)];
    let section = Section {
        heading: say!(w, "投递不通的地址", "Addresses at which mail fails"),
        total: report.failing_addresses.len() as u64,
        shown: shown.len(),
        all: "status --json",
        mend: say!(
            w,
            "请核对名单中的地址，改正后重发：zhibao outbox retry 编号。此后投递成功，即不再列出。",
            "Check the address on the roster, then zhibao outbox retry NUMBER. It is listed no more once mail gets through."
        ),
    };
    let columns = [
        (say!(w, "地址", "address"), Fit::Wrap),
        (say!(w, "自", "since"), Fit::Whole),
        (say!(w, "次数", "times"), Fit::Count),
        (say!(w, "通知", "notice"), Fit::Whole),
        (say!(w, "对方答复", "the server said"), Fit::Wrap),
    ];
    let cells = |row: &FailingAddress| {
        vec![row.address.clone(), session.at(row.since), row.times.to_string(), row.notice.to_string(), row.said.clone()]
    };
    section.print(page, session, |page| page.table(&columns, shown.iter().map(cells).collect()));
}

/// The canary, and a heartbeat that fails; nothing where neither is in use.
fn watching(page: &mut Page, session: &Session, report: &StatusReport) {
    let w = session.words;
    if report.canary.is_some() || report.heartbeat_failing.is_some() {
        page.gap();
    }
    if let Some(canary) = &report.canary {
        let (number, sent) = (canary.number, session.at(canary.sent));
        page.line(match canary.state {
            CanaryState::Out => {
                say!(w, format!("巡检信 {number}：{sent}寄出，尚在途中。"), format!("The canary {number}, sent at {sent}, is on its way."))
            }
            CanaryState::Back => {
                let took = w.span(canary.last_took_seconds.unwrap_or_default());
                say!(
                    w,
                    format!("巡检信 {number}：{sent}寄出，{took}后收到。"),
                    format!("The canary {number}, sent at {sent}, came back after {took}.")
                )
            }
            CanaryState::Missing => say!(
                w,
                format!("巡检信 {number}：{sent}寄出，没有收到，已告知运维人员。"),
                format!("The canary {number}, sent at {sent}, has not come back; the operators have been told.")
            ),
            CanaryState::Dropped => say!(
                w,
                format!("巡检信 {number}：{sent}寄出，其间暂停发信，不再等候。"),
                format!("The canary {number}, sent at {sent}, is not waited for: sending was held meanwhile.")
            ),
        });
    }
    if let Some(failing) = &report.heartbeat_failing {
        let (since, error) = (session.at(failing.since), &failing.error);
        page.line(say!(
            w,
            format!("心跳地址自{since}起没有应答：{error}"),
            format!("The heartbeat address has not answered since {since}: {error}")
        ));
    }
}

fn waiting(report: &StatusReport, state: &str) -> u64 {
    report.outbox.get(state).copied().unwrap_or(0)
}

/// What there is nothing of, in one sentence.
fn fine(page: &mut Page, session: &Session, seen: &Seen) {
    let w = session.words;
    let none = [
        (seen.overdue.is_empty(), say!(w, "逾期未报的事项", "nothing is overdue")),
        (seen.unacknowledged.is_empty(), say!(w, "待确认的警示", "no alert waits for an acknowledgement")),
        (seen.quarantined.is_empty(), say!(w, "待核来件", "no mail waits for the desk")),
        (seen.letters.is_empty(), say!(w, "未送达的通知", "every notice was delivered")),
    ];
    let none: Vec<&str> = none.into_iter().filter(|(empty, _)| *empty).map(|(_, what)| what).collect();
    if none.is_empty() {
        return;
    }
    page.gap();
    let mut sentence = say!(w, format!("没有{}。", none.join("、")), format!("{}.", none.join("; ")));
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    page.line(sentence);
    let open = seen.report.obligations.get("open").copied().unwrap_or(0);
    if open > 0 {
        page.line(say!(
            w,
            format!("待报事项共 {open} 项：zhibao obligation list。"),
            format!("{} in all: zhibao obligation list.", page::count(open, "open obligation"))
        ));
    }
}
