//! `zhibao replay`: a deterministic run on a simulated clock.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Everywhere;
use super::failure::Failure;
use super::page::{Fit, Page};
use super::session::Session;
use crate::config::Trust;
use crate::domain::notice::NoticeKind;
use crate::domain::rules::Verdict;
use crate::mail::words::say;
use crate::replay::{self, Report, Span};

/// Options of `replay`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The clock starts here: RFC 3339, or a date or date-time in the office's zone
    #[arg(long, value_name = "T")]
    from: String,
    /// It stops before this
    #[arg(long, value_name = "T")]
    until: String,
    /// Where DIR/zhibao.db and DIR/outbox/*.eml are written
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

pub fn run(everywhere: &Everywhere, args: &Args) -> Result<Page, Failure> {
    let session = Session::open(everywhere)?;
    let span = Span { from: session.moment(&args.from, "--from")?, until: session.moment(&args.until, "--until")?, dir: args.dir.clone() };
    let bar = bar(&span);
    let result = replay::run(&session.config, &span, &mut |at| {
        bar.set_position((at - span.from).num_seconds().unsigned_abs());
        bar.set_message(session.at(at));
    });
    bar.finish_and_clear();
    let report = result?;
    let mut page = Page::new();
    if session.json {
        page.json(&report);
        return Ok(page);
    }
    summary(&mut page, &session, &report, &span);
    Ok(page)
}

/// In the order in which a person asks for them.
const VERDICTS: [Verdict; 7] =
    [Verdict::Open, Verdict::OnTime, Verdict::Late, Verdict::Omitted, Verdict::Unreported, Verdict::Waived, Verdict::Void];

/// Drawn on standard error where that is a terminal, and nowhere else.
fn bar(span: &Span) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some((span.until - span.from).num_seconds().unsigned_abs()), ProgressDrawTarget::stderr());
    // A constant template; where it could not be read, the plain bar does.
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3}% {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar
}

fn summary(page: &mut Page, session: &Session, report: &Report, span: &Span) {
    let w = session.words;
    let wall = format!("{:.1}", report.wall_seconds);
    let (from, until, simulated) = (session.at(span.from), session.at(span.until), w.span(report.simulated_seconds));
    page.line(say!(
        w,
        format!("重放 {from} 至 {until}，模拟时长{simulated}，实际用时 {wall} 秒。"),
        format!("Replayed {from} to {until}: {simulated} in {wall} s.")
    ));
    if session.config.mailboxes.iter().any(|mailbox| matches!(mailbox.trust, Trust::Verify { .. })) {
        page.line(say!(
            w,
            "重放时不查域名：trust = \"verify\" 的收信处，凡能投进者均认可。",
            "A replay asks no DNS: where trust = \"verify\", whoever could deliver was believed."
        ));
    }
    let dispositions = [
        (say!(w, "登记", "filed"), report.filed),
        (say!(w, "指令", "commands"), report.commands),
        (say!(w, "通报附表", "circulars"), report.circulars),
        (say!(w, "重复", "duplicates"), report.duplicates),
        (say!(w, "自动邮件", "ignored"), report.ignored),
        (say!(w, "待核", "quarantined"), report.quarantined),
    ];
    let rows = dispositions.into_iter().map(|(name, number)| vec![name.to_owned(), number.to_string()]);
    let total = vec![say!(w, "来件合计", "all messages").to_owned(), report.messages.to_string()];
    counts(page, say!(w, "来件", "Messages"), session, rows.chain([total]).collect());
    let row = |word: &str, number: Option<&u64>| number.map(|number| vec![word.to_owned(), number.to_string()]);
    let verdicts = VERDICTS.iter().filter_map(|verdict| row(w.verdict(*verdict), report.obligations.get(verdict.as_str())));
    counts(page, say!(w, "应报事项", "Obligations"), session, verdicts.collect());
    let notices = NoticeKind::ALL.iter().filter_map(|kind| row(w.notice(*kind), report.notices.get(kind.as_str())));
    counts(page, say!(w, "通知", "Notices"), session, notices.collect());
    page.gap();
    let (outbox, store) = (span.dir.join("outbox"), span.dir.join("zhibao.db"));
    let events = report.events;
    page.line(say!(
        w,
        format!("突发事件 {events} 件。通知在 {}，数据库在 {}。", outbox.display(), store.display()),
        format!(
            "{}. The notices are in {}, the store is {}.",
            super::page::count(events, "sudden event"),
            outbox.display(),
            store.display()
        )
    ));
}

/// A table of counts; where there is nothing to count, nothing.
fn counts(page: &mut Page, heading: &str, session: &Session, rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    page.gap();
    page.table(&[(heading, Fit::Whole), (say!(session.words, "件数", "count"), Fit::Count)], rows);
}
