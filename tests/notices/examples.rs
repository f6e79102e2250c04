//! One example, at least, of everything that a notice can say.

#[path = "office.rs"]
mod office_notices;
#[path = "standings.rs"]
pub mod standings;

use chrono::{DateTime, Utc};
use zhibao::domain::authentic::{Doubt, Finding};
use zhibao::domain::fields::Field;
use zhibao::domain::ids::{EventNo, NoticeNo, QuarantineNo, RequisitionNo, SubmissionNo};
use zhibao::domain::language::Language;
use zhibao::domain::notice::*;
use zhibao::domain::roster::{Address, Office};
use zhibao::domain::rules::{Anchor, Deadline, Instant, Rung, Severity, Stage, Verdict};
use zhibao::domain::submission::{Flag, Kind};
use zhibao::mail::compose::{Letter, Stationery, Thread};

pub const NUMBER: NoticeNo = NoticeNo { year: 2003, ordinal: 42 };

/// A notice and a name for it.
pub struct Example {
    pub name: String,
    pub notice: Notice,
}

pub fn t(text: &str) -> Instant {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub fn office(language: Language) -> Office {
    Office {
        name: if language == Language::ZhCn { "阳泉市委办公厅信息科" } else { "Yangquan Reporting Office" }.into(),
        address: address("xinxi@yangquan.example"),
        desk: vec![address("desk@yangquan.example")],
        operators: vec![address("ops@yangquan.example")],
    }
}

pub fn recipient(capacity: Capacity) -> Recipient {
    let (address_text, name) = match capacity {
        Capacity::Reporter => ("yuxian@yangquan.example", "盂县信息员"),
        Capacity::Supervisor => ("deputy@yangquan.example", "分管副秘书长"),
        Capacity::Desk => ("desk@yangquan.example", ""),
        Capacity::Operator => ("ops@yangquan.example", "Operator"),
        Capacity::Sender => ("pingding@yangquan.example", "平定县, \"信息员\""),
    };
    Recipient { address: address(address_text), name: name.into(), capacity }
}

/// Words of the examples in the language that is tried, so that English notices can be searched for stray Chinese.
#[derive(Clone, Copy)]
pub struct Say(pub Language);

impl Say {
    pub fn of(self, zh: &str, en: &str) -> String {
        if self.0 == Language::ZhCn { zh } else { en }.to_owned()
    }
    fn event(self) -> EventRef {
        EventRef { number: EventNo { year: 2003, ordinal: 7 }, title: self.of("盂县某煤矿透水事故", "Mine flooding in Yu County") }
    }
    fn other_event(self) -> EventRef {
        EventRef { number: EventNo { year: 2003, ordinal: 5 }, title: self.of("南娄镇煤矿险情", "Mine emergency at Nanlou") }
    }
    fn unit(self) -> UnitRef {
        UnitRef { id: "yuxian".into(), name: self.of("盂县", "Yu County") }
    }
    fn other_unit(self) -> UnitRef {
        UnitRef { id: "pingding".into(), name: self.of("平定县", "Pingding County") }
    }
    pub fn duty(self) -> Owed {
        Owed::Duty { name: self.of("每日零报告", "daily zero report"), quota: None }
    }
    fn quota(self) -> Owed {
        Owed::Duty { name: self.of("每月信息任务", "monthly reports"), quota: Some(Quota { min: 3, filed: 1 }) }
    }
}

pub const FIRST: Owed = Owed::Stage { stage: Stage::First, ordinal: 1 };
const FOLLOW_UP: Owed = Owed::Stage { stage: Stage::FollowUp, ordinal: 2 };
const FINAL: Owed = Owed::Stage { stage: Stage::Final, ordinal: 1 };

fn due() -> Instant {
    t("2003-03-03T10:30:00+08:00")
}

fn rule() -> DueBecause {
    DueBecause {
        deadline: Deadline::Within { anchor: Anchor::Occurred, seconds: 7_200 },
        severity: Some(Severity::II),
        anchored_at: Some(t("2003-03-03T08:30:00+08:00")),
        extended_from: None,
    }
}

fn headers(say: Say) -> Headers {
    Headers {
        event: Some(say.event().number),
        unit: Some(say.unit()),
        stage: Some(Stage::First),
        severity: Some(Severity::II),
        due: Some(due()),
        ..Headers::default()
    }
}

fn notice(kind: NoticeKind, to: &[Capacity], content: Content, about: Headers) -> Notice {
    Notice { kind, recipients: to.iter().map(|c| recipient(*c)).collect(), content, about, answers: None, follows: None }
}

pub fn breach(say: Say, rung: Rung) -> Breach {
    let (by, known, after, next) = match rung {
        Rung::Late => (0, None, None, Some((Rung::Unreported, t("2003-03-04T10:30:00+08:00")))),
        Rung::Omitted => {
            (7_200, Some(t("2003-03-03T09:05:00+08:00")), Some(7_200), Some((Rung::Unreported, t("2003-03-04T10:30:00+08:00"))))
        }
        Rung::Unreported => (86_400, Some(t("2003-03-03T09:05:00+08:00")), Some(86_400), None),
    };
    Breach {
        rung,
        owed: FIRST,
        due: due(),
        filed: None,
        by,
        event: Some(say.event()),
        place: Some(say.of("盂县南娄镇", "Nanlou, Yu County")),
        occurred: Some(t("2003-03-03T08:30:00+08:00")),
        severity: Some(Severity::II),
        known_at: known,
        rule: Some(rule()),
        rung_after: after,
        passed: vec![],
        next_rung: next,
        repeat: 0,
        repeats_at_most: 3,
        repeats_every: 14_400,
    }
}

pub fn breach_notice(say: Say, breach: Breach) -> Notice {
    let mut about = headers(say);
    about.filed = breach.filed;
    about.repeat = (breach.repeat > 0).then_some(breach.repeat);
    if let Owed::Duty { name, .. } = &breach.owed {
        about = Headers { event: None, stage: None, severity: None, duty: Some(name.clone()), ..about };
    }
    let to: &[Capacity] = if breach.rung == Rung::Late { &[Capacity::Supervisor, Capacity::Reporter] } else { &[Capacity::Supervisor] };
    notice(breach.rung.into(), to, Content::Breach(breach), about)
}

fn breaches(say: Say) -> Vec<(&'static str, Notice)> {
    let on = |rung| breach(say, rung);
    let duty = |owed: Owed, rung| Breach {
        owed,
        event: None,
        place: None,
        occurred: None,
        severity: None,
        known_at: None,
        rule: None,
        ..breach(say, rung)
    };
    let filed = Some(t("2003-03-03T12:35:00+08:00"));
    let every = Some(DueBecause { deadline: Deadline::Every { seconds: 86_400 }, anchored_at: None, ..rule() });
    let cron = Some(DueBecause {
        deadline: Deadline::Cron { cron: "0 8,20 * * *".into() },
        severity: None,
        anchored_at: None,
        extended_from: None,
    });
    let extended = Some(DueBecause { extended_from: Some(t("2003-03-03T09:30:00+08:00")), ..rule() });
    [
        ("late-at-due", on(Rung::Late)),
        ("late-filed", Breach { filed, by: 7_500, next_rung: None, ..on(Rung::Late) }),
        ("late-by-seconds", Breach { filed: Some(t("2003-03-03T10:30:02+08:00")), by: 2, next_rung: None, ..on(Rung::Late) }),
        ("late-repeat", Breach { repeat: 2, by: 28_800, ..on(Rung::Late) }),
        ("late-extended", Breach { rule: extended, by: 600, ..on(Rung::Late) }),
        ("late-follow-up", Breach { owed: FOLLOW_UP, rule: every, by: 600, ..on(Rung::Late) }),
        ("late-follow-up-cron", Breach { owed: FOLLOW_UP, rule: cron, by: 600, ..on(Rung::Late) }),
        ("late-final", Breach { owed: FINAL, rule: None, by: 600, ..on(Rung::Late) }),
        ("late-duty", duty(say.duty(), Rung::Late)),
        ("late-duty-filed", Breach { filed, by: 7_500, next_rung: None, ..duty(say.duty(), Rung::Late) }),
        ("late-quota", duty(say.quota(), Rung::Late)),
        ("late-requisition", duty(Owed::Requisition { number: "R-2003-0004".into() }, Rung::Late)),
        ("omitted", on(Rung::Omitted)),
        ("omitted-at-once", Breach { passed: vec![Rung::Late], by: 10_800, ..on(Rung::Omitted) }),
        ("unreported", on(Rung::Unreported)),
        ("unreported-at-once", Breach { passed: vec![Rung::Late, Rung::Omitted], repeat: 1, ..on(Rung::Unreported) }),
        ("unreported-quota", duty(say.quota(), Rung::Unreported)),
    ]
    .map(|(name, breach)| (name, breach_notice(say, breach)))
    .into()
}

pub fn receipt(say: Say) -> Receipt {
    Receipt {
        number: SubmissionNo { year: 2003, ordinal: 123 },
        subject: say.of("盂县某煤矿透水事故", "Mine flooding in Yu County"),
        kind: Kind::First,
        arrival: t("2003-03-03T10:05:00+08:00"),
        sent_at: None,
        duplicate: false,
        corrects: None,
        understood: vec![
            (Field::Occurred, say.of("2003年3月3日8时30分", "3 Mar 2003 08:30")),
            (Field::Place, say.of("盂县南娄镇", "Nanlou, Yu County")),
            (Field::Casualties, say.of("3人被困，人数正在核实", "3 trapped, being verified")),
        ],
        missing: vec![Field::Measures],
        flags: vec![Flag::Incomplete, Flag::DefaultSeverity],
        event: Some(say.event()),
        met: vec![Met { owed: FIRST, due: due(), verdict: Verdict::OnTime }],
        next: vec![
            NextDue { owed: Owed::Stage { stage: Stage::FollowUp, ordinal: 1 }, due: t("2003-03-04T10:05:00+08:00") },
            NextDue { owed: FINAL, due: t("2003-03-13T10:05:00+08:00") },
        ],
        correspondence: false,
    }
}

const FLAGS: [Flag; 10] = [
    Flag::Incomplete,
    Flag::DefaultSeverity,
    Flag::ApproximateTime,
    Flag::FutureTime,
    Flag::FutureArrival,
    Flag::CharsetDoubt,
    Flag::Truncated,
    Flag::FirstAgain,
    Flag::UnitNotInForce,
    Flag::NoReceipt,
];

fn receipts(say: Say) -> Vec<(&'static str, Notice)> {
    let bare = Receipt { understood: vec![], missing: vec![], flags: vec![], event: None, met: vec![], next: vec![], ..receipt(say) };
    let met = |owed: Owed, verdict| vec![Met { owed, due: due(), verdict }];
    let late = t("2003-03-03T12:35:00+08:00");
    [
        ("receipt-first", receipt(say)),
        ("receipt-late", Receipt { arrival: late, met: met(FIRST, Verdict::Late), sent_at: Some(due()), ..receipt(say) }),
        ("receipt-supplied", Receipt { arrival: late, met: met(FIRST, Verdict::Omitted), missing: vec![], flags: vec![], ..receipt(say) }),
        ("receipt-waived", Receipt { met: met(FIRST, Verdict::Waived), next: vec![], ..receipt(say) }),
        ("receipt-duplicate", Receipt { duplicate: true, ..receipt(say) }),
        (
            "receipt-correction",
            Receipt { kind: Kind::Correction, corrects: Some(SubmissionNo { year: 2003, ordinal: 99 }), met: vec![], ..receipt(say) },
        ),
        ("receipt-zero", Receipt { kind: Kind::Zero, subject: String::new(), met: met(say.duty(), Verdict::OnTime), ..bare.clone() }),
        (
            "receipt-routine",
            Receipt {
                kind: Kind::Routine, subject: say.of("盂县春耕备耕进展顺利", "Spring ploughing goes well"), ..bare.clone()
            },
        ),
        ("receipt-flags", Receipt { flags: FLAGS.into(), missing: vec![], ..receipt(say) }),
        ("receipt-final", Receipt { kind: Kind::Final, met: met(FINAL, Verdict::Unreported), next: vec![], ..receipt(say) }),
        (
            "receipt-overdue-next",
            Receipt { kind: Kind::FollowUp, next: vec![NextDue { owed: FIRST, due: due() }], met: vec![], ..receipt(say) },
        ),
        ("receipt-correspondence", Receipt { kind: Kind::Correspondence, correspondence: true, ..bare }),
    ]
    .map(|(name, receipt)| {
        let about = Headers { submission: Some(receipt.number), filed: Some(receipt.arrival), ..headers(say) };
        (name, notice(NoticeKind::Receipt, &[Capacity::Sender], Content::Receipt(receipt), about))
    })
    .into()
}

fn returned(say: Say) -> Vec<(String, Notice)> {
    [WhoMay::Supervisors, WhoMay::DeskAndSupervisors, WhoMay::SuperiorsAndDesk, WhoMay::ItsRecipient, WhoMay::Reporters]
        .into_iter()
        .map(|who_may| {
            let returned =
                Returned { wrote: say.of("豁免 停电", "waive no power"), who_may, subject: say.of("Re: 迟报", "Re: late") };
            (format!("returned-{who_may:?}"), notice(NoticeKind::Returned, &[Capacity::Sender], Content::Returned(returned), headers(say)))
        })
        .collect()
}

pub fn quarantined_item(say: Say, ordinal: u32, reason: QuarantineReason) -> QuarantinedItem {
    QuarantinedItem {
        number: QuarantineNo { year: 2003, ordinal },
        reason,
        from: say.of("盂县信息员 <yuxian@yangquan-example.test>", "Yu County <yuxian@yangquan-example.test>"),
        subject: say.of("【突发】盂县发生爆炸", "[URGENT] Explosion in Yu County"),
        arrival: t("2003-03-03T10:10:00+08:00"),
        unit: (ordinal % 2 == 1).then(|| say.unit()),
    }
}

fn not_authentic(why: Doubt) -> QuarantineReason {
    QuarantineReason::NotAuthentic { why }
}

fn quarantined(say: Say) -> Vec<(String, Notice)> {
    let reasons = vec![
        QuarantineReason::UnknownSender,
        QuarantineReason::SeveralSenders,
        QuarantineReason::NoSender,
        QuarantineReason::Imitation { imitates: say.unit().name, rostered: "yuxian@yangquan.example".into() },
        QuarantineReason::NotInForce { unit: say.unit().name },
        not_authentic(Doubt::NothingVouches { domain: "yangquan.example".into() }),
        not_authentic(Doubt::BadSignature { domain: "yangquan.example".into(), finding: Finding::TextChanged }),
        not_authentic(Doubt::NotAligned { others: vec!["elsewhere.example".into()], domain: "yangquan.example".into() }),
        not_authentic(Doubt::WrongHost { domain: "yangquan.example".into(), client: "192.0.2.66".into() }),
        not_authentic(Doubt::NoResults { authserv_id: "mx.yangquan.example".into(), beyond: Some("relay.example".into()) }),
        not_authentic(Doubt::ResultsDeny { authserv_id: "mx.yangquan.example".into(), says: "mx.yangquan.example; dmarc=fail".into() }),
        not_authentic(Doubt::ResultsDiffer { authserv_id: "mx.yangquan.example".into() }),
        not_authentic(Doubt::Doubled { header: "Subject".into() }),
        not_authentic(Doubt::Ambiguous { header: "no header".into() }),
        not_authentic(Doubt::DnsSilent { about: "yangquan.example".into(), seconds: 7_200 }),
        not_authentic(Doubt::CheckFailed),
        not_authentic(Doubt::MailboxGone { mailbox: "submissions".into() }),
        QuarantineReason::Unreadable { why: "too many parts".into() },
    ];
    let items: Vec<QuarantinedItem> = reasons.into_iter().zip(1..).map(|(reason, n)| quarantined_item(say, n, reason)).collect();
    let mut all: Vec<(String, Quarantined)> =
        items.iter().map(|item| (format!("quarantined-{}", item.number), Quarantined { items: vec![item.clone()], list: false })).collect();
    all.push(("quarantined-list".into(), Quarantined { items, list: true }));
    all.into_iter()
        .map(|(name, content)| {
            (name, notice(NoticeKind::Quarantined, &[Capacity::Desk], Content::Quarantined(content), Headers::default()))
        })
        .collect()
}

fn questions(say: Say) -> Vec<(String, Notice)> {
    let place = say.of("平定县冠山镇", "Guanshan, Pingding County");
    let others = vec![say.other_unit()];
    let requisition = |ordinal| RequisitionNo { year: 2003, ordinal };
    let abouts = vec![
        ("looks-like-event", About::LooksLikeEvent { words: vec![say.of("爆炸", "explosion"), say.of("死亡", "killed")] }),
        ("maybe-same-event", About::MaybeSameEvent { opened: say.event(), candidates: vec![say.other_event()] }),
        ("rival-place", About::RivalPlace { opened: say.event(), place: place.clone(), others: others.clone() }),
        ("several-places", About::SeveralPlaces { opened: say.event(), place: place.clone(), others: vec![say.unit(), say.other_unit()] }),
        ("reporters-tip", About::ReportersTip { place }),
        (
            "waiting-quarantine",
            About::WaitingQuarantine {
                number: QuarantineNo { year: 2003, ordinal: 3 },
                owed: FIRST,
                due: due(),
                event: Some(say.event()),
                rung: Rung::Late,
            },
        ),
        (
            "waiting-quarantine-duty",
            About::WaitingQuarantine {
                number: QuarantineNo { year: 2003, ordinal: 3 },
                owed: say.duty(),
                due: due(),
                event: None,
                rung: Rung::Unreported,
            },
        ),
        ("near-duplicate", About::NearDuplicate { of: SubmissionNo { year: 2003, ordinal: 122 }, by: say.other_unit() }),
        ("nothing-to-correct", About::NothingToCorrect),
        ("which-requisition", About::WhichRequisition { candidates: vec![requisition(4), requisition(2)] }),
        ("roster-answer", About::RosterAnswer { said: say.of("有变动 王五已调离", "changes Ann has left") }),
        ("lower-severity", About::LowerSeverity { event: say.event(), has: Severity::II, reported: Severity::IV }),
    ];
    let item = |about: About| QuestionItem {
        about,
        submission: Some(SubmissionNo { year: 2003, ordinal: 123 }),
        subject: say.of("盂县南娄镇煤矿有人被困", "Miners trapped at Nanlou"),
        unit: Some(say.unit()),
        at: due(),
    };
    let mut all: Vec<(String, Question)> = abouts
        .iter()
        .map(|(name, about)| (format!("question-{name}"), Question { items: vec![item(about.clone())], list: false }))
        .collect();
    let nameless = QuestionItem { unit: None, submission: None, subject: String::new(), ..item(About::NothingToCorrect) };
    all.push(("question-nameless".into(), Question { items: vec![nameless], list: false }));
    all.push(("question-list".into(), Question { items: abouts.into_iter().map(|(_, about)| item(about)).collect(), list: true }));
    all.into_iter()
        .map(|(name, content)| (name, notice(NoticeKind::Question, &[Capacity::Desk], Content::Question(content), Headers::default())))
        .collect()
}

fn deadlines(say: Say) -> Vec<(&'static str, Notice)> {
    let opened = EventOpened {
        event: say.event(),
        place: Some(say.of("盂县南娄镇", "Nanlou, Yu County")),
        occurred: Some(t("2003-03-03T08:30:00+08:00")),
        severity: Severity::II,
        next: NextDue { owed: FIRST, due: t("2003-03-03T14:30:00+08:00") },
        rule: Some(rule()),
    };
    let overdue = EventOpened { next: NextDue { owed: FIRST, due: due() }, place: None, occurred: None, rule: None, ..opened.clone() };
    let reminder = |owed: Owed, event| Reminder { owed, due: due(), left: 1_800, event, rule: None };
    let supplied = |withdrawn, verdict, by: i64| Supplied {
        owed: FIRST,
        due: due(),
        filed: due() + chrono::TimeDelta::seconds(by),
        by,
        withdrawn,
        verdict,
        earlier: Rung::Omitted,
        event: Some(say.event()),
        submission: Some(SubmissionNo { year: 2003, ordinal: 123 }),
    };
    let reporter = &[Capacity::Reporter];
    let both = &[Capacity::Supervisor, Capacity::Reporter];
    let by_duty =
        Headers { event: None, stage: None, severity: None, duty: Some("每日零报告 / daily zero report".into()), ..headers(say) };
    vec![
        ("event-opened", notice(NoticeKind::EventOpened, reporter, Content::EventOpened(opened), headers(say))),
        ("event-opened-overdue", notice(NoticeKind::EventOpened, reporter, Content::EventOpened(overdue), headers(say))),
        (
            "reminder",
            notice(
                NoticeKind::Reminder,
                reporter,
                Content::Reminder(Reminder { rule: Some(rule()), ..reminder(FIRST, Some(say.event())) }),
                headers(say),
            ),
        ),
        (
            "reminder-follow-up",
            notice(NoticeKind::Reminder, reporter, Content::Reminder(reminder(FOLLOW_UP, Some(say.event()))), headers(say)),
        ),
        ("reminder-duty", notice(NoticeKind::Reminder, reporter, Content::Reminder(reminder(say.duty(), None)), by_duty.clone())),
        ("reminder-quota", notice(NoticeKind::Reminder, reporter, Content::Reminder(reminder(say.quota(), None)), by_duty)),
        (
            "reminder-requisition",
            notice(
                NoticeKind::Reminder,
                reporter,
                Content::Reminder(reminder(Owed::Requisition { number: "R-2003-0004".into() }, None)),
                Headers { unit: None, ..Headers::default() },
            ),
        ),
        ("supplied", notice(NoticeKind::Supplied, both, Content::Supplied(supplied(false, Verdict::Omitted, 9_000)), headers(say))),
        ("supplied-withdrawn", notice(NoticeKind::Supplied, both, Content::Supplied(supplied(true, Verdict::OnTime, -600)), headers(say))),
        (
            "supplied-withdrawn-late",
            notice(NoticeKind::Supplied, both, Content::Supplied(supplied(true, Verdict::Late, 600)), headers(say)),
        ),
    ]
}

/// Everything, in one language.
pub fn all(language: Language) -> Vec<Example> {
    let say = Say(language);
    let named = |list: Vec<(&'static str, Notice)>| list.into_iter().map(|(name, notice)| (name.to_owned(), notice)).collect::<Vec<_>>();
    [
        named(receipts(say)),
        returned(say),
        quarantined(say),
        questions(say),
        named(deadlines(say)),
        named(breaches(say)),
        named(office_notices::operations(say)),
        office_notices::commands(say),
        standings::standings(say),
    ]
    .concat()
    .into_iter()
    .map(|(name, notice)| Example { name, notice })
    .collect()
}

/// The copies of a notice: one for each recipient.
pub fn copies(composer: &zhibao::mail::compose::Composer, notice: &Notice, stationery: &Stationery) -> Vec<(Recipient, Letter)> {
    let at = t("2003-03-03T12:40:00+08:00");
    let thread = Thread { in_reply_to: Some("abc@yuxian.example".into()), references: vec!["first@yuxian.example".into()] };
    let copy = |(n, to): (usize, &Recipient)| {
        (to.clone(), composer.compose(notice, NUMBER, at, to, n, &thread, stationery).unwrap_or_else(|e| panic!("{e:?}")))
    };
    notice.recipients.iter().enumerate().map(copy).collect()
}
