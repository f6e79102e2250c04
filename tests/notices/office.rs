//! Examples of what is said about the office's own work: stalls, failed deliveries, answers to commands.

use zhibao::domain::ids::{NoticeNo, QuarantineNo, RequisitionNo, SubmissionNo};
use zhibao::domain::notice::*;
use zhibao::domain::rules::{Rung, Severity, Verdict};

use super::*;

pub fn operations(say: Say) -> Vec<(&'static str, Notice)> {
    let stalled = |mailboxes, unfiled, waiting, escalated| {
        Content::IntakeStalled(IntakeStalled { mailboxes, unfiled, since: due(), waiting, escalated })
    };
    let mailboxes = vec![
        StalledMailbox { name: "submissions".into(), last_read: Some(due()), error: Some("connection refused".into()) },
        StalledMailbox { name: "backup".into(), last_read: None, error: None },
    ];
    let undeliverable = |given_up, bounced, next: &[&str]| {
        Content::Undeliverable(Undeliverable {
            notice: NoticeNo { year: 2003, ordinal: 41 },
            kind: NoticeKind::Omitted,
            subject: say.of("漏报：盂县 首报", "Omitted: Yu County first report"),
            to: address("deputy@yangquan.example"),
            error: "550 5.1.1 No such user".into(),
            attempts: 3,
            given_up,
            bounced,
            status: Some("5.1.1".into()),
            went_on_to: next
                .iter()
                .map(|to| Recipient { address: address(to), name: String::new(), capacity: Capacity::Supervisor })
                .collect(),
            others: if given_up { 0 } else { 7 },
        })
    };
    let failing = |meanwhile: Option<&str>, webhook| {
        Content::Failing(FailingTransport {
            transport: "relay".into(),
            since: due(),
            error: "mx.yangquan.example:465: the connection: connection refused".into(),
            meanwhile: meanwhile.map(str::to_owned),
            webhook,
        })
    };
    let missing = |letter, said: &str, unfiled| {
        let mailboxes = vec![StalledMailbox { name: "submissions".into(), last_read: Some(due()), error: None }];
        let (canary, sent) = (NoticeNo { year: 2003, ordinal: 40 }, t("2003-03-03T06:00:00+08:00"));
        Content::CanaryMissing(CanaryMissing { canary, sent, back_by: due(), letter, said: said.into(), mailboxes, unfiled })
    };
    let ops = &[Capacity::Operator];
    let all = &[Capacity::Operator, Capacity::Supervisor];
    vec![
        ("intake-stalled", notice(NoticeKind::IntakeStalled, ops, stalled(mailboxes.clone(), 0, 2, false), Headers::default())),
        ("intake-stalled-escalated", notice(NoticeKind::IntakeStalled, all, stalled(mailboxes, 4, 0, true), Headers::default())),
        ("intake-stalled-unfiled", notice(NoticeKind::IntakeStalled, ops, stalled(vec![], 4, 0, false), Headers::default())),
        ("canary", notice(NoticeKind::Canary, ops, Content::Canary(Canary { back_by: due() }), Headers::default())),
        (
            "canary-missing",
            notice(NoticeKind::IntakeStalled, ops, missing(CanaryLetter::Taken, "250 2.0.0 Ok: queued", 3), Headers::default()),
        ),
        ("canary-waiting", notice(NoticeKind::IntakeStalled, ops, missing(CanaryLetter::Waiting, "", 0), Headers::default())),
        ("canary-failed", notice(NoticeKind::IntakeStalled, ops, missing(CanaryLetter::Failed, "550 no", 0), Headers::default())),
        ("canary-unsure", notice(NoticeKind::IntakeStalled, ops, missing(CanaryLetter::Unsure, "no answer", 0), Headers::default())),
        ("undeliverable", notice(NoticeKind::Undeliverable, ops, undeliverable(false, false, &[]), Headers::default())),
        ("transport-failing", notice(NoticeKind::Undeliverable, ops, failing(None, false), Headers::default())),
        ("transport-failing-next-serves", notice(NoticeKind::Undeliverable, ops, failing(Some("backup"), false), Headers::default())),
        ("webhook-failing", notice(NoticeKind::Undeliverable, ops, failing(Some("relay"), true), Headers::default())),
        ("undeliverable-given-up", notice(NoticeKind::Undeliverable, ops, undeliverable(true, false, &[]), Headers::default())),
        (
            "undeliverable-bounced",
            notice(NoticeKind::Undeliverable, ops, undeliverable(true, true, &["chief@yangquan.example"]), Headers::default()),
        ),
        ("undeliverable-held-up", notice(NoticeKind::Undeliverable, ops, undeliverable(false, true, &[]), Headers::default())),
    ]
}

#[rustfmt::skip] // a list
fn outcomes(say: Say) -> Vec<Outcome> {
    let (unit, event, owed) = (say.unit(), say.event(), FIRST);
    let some = || Some(event.clone());
    let next_rung = Some((Rung::Unreported, t("2003-03-04T10:30:00+08:00")));
    let (old_due, new_due) = (due(), t("2003-03-03T12:30:00+08:00"));
    let owing = vec![(unit.clone(), NextDue { owed: FIRST, due: due() }), (say.other_unit(), NextDue { owed: FIRST, due: t("2003-03-03T16:30:00+08:00") })];
    vec![
        Outcome::Acknowledged { unit: Some(unit.clone()), owed: Some(owed.clone()), event: some(), next_rung },
        Outcome::Acknowledged { unit: None, owed: None, event: None, next_rung: None },
        Outcome::NothingToAcknowledge { unit: Some(unit.clone()), owed: Some(owed.clone()), event: some() },
        Outcome::NothingToAcknowledge { unit: None, owed: None, event: None },
        Outcome::Extended { unit: unit.clone(), owed: owed.clone(), event: some(), old_due, new_due },
        Outcome::ExtensionTooShort { old_due, new_due },
        Outcome::ExtensionUnclear,
        Outcome::Waived { unit: unit.clone(), owed: say.duty(), event: None, reason: say.of("道路中断。", "the road is cut.") },
        Outcome::ReasonMissing,
        Outcome::AlreadyEnded { unit: unit.clone(), owed: owed.clone(), verdict: Verdict::OnTime, filed: Some(due()) },
        Outcome::AlreadyEnded { unit: unit.clone(), owed, verdict: Verdict::Void, filed: None },
        Outcome::Closed { event: event.clone(), ended: 2 },
        Outcome::Closed { event: event.clone(), ended: 0 },
        Outcome::AlreadyClosed { event: event.clone() },
        Outcome::Merged { from: event.clone(), into: say.other_event() },
        Outcome::CannotMerge { named: "E-2003-0099".into() },
        Outcome::SeverityChanged { event: event.clone(), old: Severity::III, new: Severity::II },
        Outcome::SeverityChanged { event: event.clone(), old: Severity::II, new: Severity::IV },
        Outcome::SeverityUnclear,
        Outcome::SeveritySame { event: event.clone(), severity: Severity::II },
        Outcome::Opened { event: event.clone(), severity: Severity::III, flagged_severity: true, owing: owing.clone(), already_filed: vec![say.other_unit()] },
        Outcome::Opened { event: event.clone(), severity: Severity::II, flagged_severity: false, owing: vec![], already_filed: vec![] },
        Outcome::Joined { event: event.clone(), owing, already_filed: vec![] },
        Outcome::Joined { event: event.clone(), owing: vec![], already_filed: vec![unit.clone()] },
        Outcome::UnitUnclear { unit: Some(say.of("孟县", "Meng County")), place: Some(say.of("某地", "somewhere")), known: vec![unit.name.clone(), say.other_unit().name] },
        Outcome::UnitUnclear { unit: None, place: None, known: vec![] },
        Outcome::Withdrawn { submission: Some(SubmissionNo { year: 2003, ordinal: 9 }), event: None },
        Outcome::Withdrawn { submission: None, event: some() },
        Outcome::NothingToWithdraw { named: Some("S-2003-000999".into()) },
        Outcome::NothingToWithdraw { named: None },
        Outcome::NotAbout { kind: Some(NoticeKind::IntakeStalled) },
        Outcome::NotAbout { kind: None },
        Outcome::NoToken,
        Outcome::Released { number: QuarantineNo { year: 2003, ordinal: 3 }, became: "S-2003-000124".into() },
        Outcome::Rejected { number: QuarantineNo { year: 2003, ordinal: 3 } },
        Outcome::DecidedBefore { number: QuarantineNo { year: 2003, ordinal: 3 } },
    ]
}

#[rustfmt::skip] // a list
fn asked(say: Say) -> Vec<Outcome> {
    let (number, topic) = (RequisitionNo { year: 2003, ordinal: 4 }, say.of("夏粮收购进展", "The harvest"));
    let submission = SubmissionNo { year: 2003, ordinal: 9 };
    let lacking = [
        Lacking::Topic,
        Lacking::Units,
        Lacking::Unit { named: say.of("孟县", "Meng County") },
        Lacking::Due,
        Lacking::DueReadable { wrote: say.of("尽快", "soon") },
        Lacking::DueToCome { due: due() },
    ];
    let mut all = vec![
        Outcome::Requisitioned { number, topic: topic.clone(), due: due(), units: vec![say.unit(), say.other_unit()] },
        Outcome::RequisitionClosed { number, topic: topic.clone(), ended: 2 },
        Outcome::RequisitionClosed { number, topic: topic.clone(), ended: 0 },
        Outcome::RequisitionOver { number, topic },
        Outcome::RequisitionAnswered { number, submission, unit: say.unit(), verdict: Verdict::OnTime },
        Outcome::RequisitionNotAnswered { number, submission },
    ];
    all.extend(lacking.map(|lacks| Outcome::RequisitionLacks { lacks }));
    all
}

pub fn commands(say: Say) -> Vec<(String, Notice)> {
    [outcomes(say), asked(say), standings::table_outcomes(say)]
        .concat()
        .into_iter()
        .enumerate()
        .map(|(n, outcome)| {
            let word = format!("{outcome:?}");
            let word = word.split([' ', '{']).next().unwrap_or_default().to_owned();
            let about = Headers { event: Some(say.event().number), ..Headers::default() };
            let wrote = say.of("延期 2小时", "extend 2h");
            (
                format!("command-{n:02}-{word}"),
                notice(NoticeKind::Command, &[Capacity::Sender], Content::Command(CommandAnswer { wrote, outcome }), about),
            )
        })
        .collect()
}
