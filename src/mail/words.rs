//! What things are called in the office's language: stages, kinds, fields, flags, verdicts, spans, moments, rules.
//!
//! Sentences of notices stand in `templates/`; here are the words that they, and the command line, put in.

use chrono::{Datelike, Timelike};
use chrono_tz::Tz;

use crate::domain::fields::Field;
use crate::domain::language::Language;
use crate::domain::notice::{DueBecause, EventRef, NoticeKind, Owed, QuarantineReason, WhoMay};
use crate::domain::roster::Role;
use crate::domain::rules::{Anchor, Deadline, Instant, Rung, Severity, Stage, Verdict};
use crate::domain::submission::{Flag, Kind};

mod attached;
mod authentic;
mod periods;
pub mod standings;
mod statuses;
mod tables;
mod times;

/// A language and the office's zone: everything that it takes to name a fact.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// In which the words are.
    pub language: Language,
    /// In which moments are shown.
    pub zone: Tz,
}

/// `($words, 中文, English)` → the one that is asked for.
macro_rules! say {
    ($words:expr, $zh:expr, $en:expr) => {
        match $words.language {
            $crate::domain::language::Language::ZhCn => $zh,
            $crate::domain::language::Language::En => $en,
        }
    };
}
pub(crate) use say;

impl Words {
    /// Words of `language`, moments in `zone`.
    pub fn new(language: Language, zone: Tz) -> Words {
        Words { language, zone }
    }

    /// 重大 / major.
    pub fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::I => say!(self, "特别重大", "extreme"),
            Severity::II => say!(self, "重大", "major"),
            Severity::III => say!(self, "较大", "serious"),
            Severity::IV => say!(self, "一般", "ordinary"),
        }
    }

    /// 重大（II级） / II (major).
    pub fn severity_full(self, severity: Severity) -> String {
        let word = self.severity(severity);
        say!(self, format!("{word}（{severity}级）"), format!("{severity} ({word})"))
    }

    /// 首报 / first report.
    pub fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::First => say!(self, "首报", "first report"),
            Stage::FollowUp => say!(self, "续报", "follow-up"),
            Stage::Final => say!(self, "终报", "final report"),
        }
    }

    /// The tag that a reporter puts into the subject, brackets included: 【首报】 / `[FIRST]`.
    pub fn tag(self, stage: Stage) -> &'static str {
        match stage {
            Stage::First => say!(self, "【首报】", "[FIRST]"),
            Stage::FollowUp => say!(self, "【续报】", "[FOLLOW-UP]"),
            Stage::Final => say!(self, "【终报】", "[FINAL]"),
        }
    }

    /// What is owed, in few words: 续报（第2次） / follow-up no. 2, a duty's name, a requisition's number.
    pub fn owed(self, owed: &Owed) -> String {
        match owed {
            Owed::Stage { stage: Stage::FollowUp, ordinal } if *ordinal > 1 => {
                say!(self, format!("续报（第{ordinal}次）"), format!("follow-up no. {ordinal}"))
            }
            Owed::Stage { stage, .. } => self.stage(*stage).to_owned(),
            Owed::Duty { name, .. } => say!(self, format!("“{name}”"), format!("“{name}”")),
            Owed::Requisition { number } => say!(self, format!("约稿 {number}"), format!("requisition {number}")),
        }
    }

    /// What is owed, as the object of a sentence: “盂县某煤矿透水事故”首报 / the first report on “Mine flooding”.
    pub fn owed_of(self, owed: &Owed, event: Option<&EventRef>) -> String {
        let short = self.owed(owed);
        let article = if short.contains(" no. ") { "" } else { "the " };
        match (owed, event) {
            (Owed::Stage { .. }, Some(event)) => {
                say!(self, format!("“{}”{short}", event.title), format!("{article}{short} on “{}”", event.title))
            }
            (Owed::Stage { .. }, None) => say!(self, short, format!("{article}{short}")),
            (Owed::Duty { .. }, _) => short,
            (Owed::Requisition { .. }, _) => say!(self, short, format!("the answer to {short}")),
        }
    }

    /// How a submission was read.
    pub fn kind(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Routine => say!(self, "日常信息", "routine report"),
            Kind::First => self.stage(Stage::First),
            Kind::FollowUp => self.stage(Stage::FollowUp),
            Kind::Final => self.stage(Stage::Final),
            Kind::Zero => say!(self, "零报告", "zero report"),
            Kind::Correction => say!(self, "更正", "correction"),
            Kind::Correspondence => say!(self, "往来邮件", "correspondence"),
        }
    }

    /// A field's label, as a reporter writes it.
    pub fn field(self, field: Field) -> &'static str {
        match field {
            Field::Occurred => say!(self, "发生时间", "Occurred"),
            Field::Place => say!(self, "地点", "Place"),
            Field::Severity => say!(self, "级别", "Severity"),
            Field::Unit => say!(self, "单位", "Unit"),
            Field::Casualties => say!(self, "伤亡", "Casualties"),
            Field::Cause => say!(self, "原因", "Cause"),
            Field::Measures => say!(self, "措施", "Measures"),
            Field::Contact => say!(self, "联系人", "Contact"),
            Field::Event => say!(self, "事件", "Event"),
            Field::Kind => say!(self, "栏目", "Kind"),
            Field::Topic => say!(self, "领域", "Field"),
            Field::Due => say!(self, "截止", "Due"),
        }
    }

    /// What a flag means, in a sentence to the sender.
    pub fn flag(self, flag: Flag) -> &'static str {
        match flag {
            Flag::Incomplete => say!(self, "内容不全，但已按收到时间计报。", "It is incomplete, but it counts from its arrival."),
            Flag::DefaultSeverity => say!(
                self,
                "来件未写明级别，暂按默认级别处理；如实际更重，请回复注明。",
                "It names no severity, so the default stands in. If it is graver, please reply and say so."
            ),
            Flag::ApproximateTime => say!(
                self,
                "发生时间是约数或时段，已取其中最晚的时刻。",
                "The time of occurrence is approximate; its latest plausible end was taken."
            ),
            Flag::FutureTime => say!(
                self,
                "所写发生时间晚于收到时间，未予采用，暂以收到时间代替，请核对。",
                "The time of occurrence lies after the arrival. It was not used, and the arrival stands in; please check it."
            ),
            Flag::FutureArrival => say!(
                self,
                "邮件系统记载的收到时间晚于当前时间，已按当前时间登记。",
                "The mail system dated its arrival in the future; it was filed under the present time."
            ),
            Flag::CharsetDoubt => say!(
                self,
                "来件的文字编码有误，已尽量还原；上列内容如有乱码，请重新发送。",
                "Its characters were encoded wrongly and restored as well as possible; if anything above is garbled, please send it again."
            ),
            Flag::Truncated => {
                say!(self, "来件超出限度，超出部分未予识别。", "It is over the limits, and what lies beyond them was not read.")
            }
            Flag::AttachmentUnread => say!(
                self,
                "有附件未能读完（过大、损坏、加密或耗时过长）；其中的要素请写在正文里。",
                "An attachment was not read to its end: too large, damaged, locked or too slow. Please put what it says into the text."
            ),
            Flag::FirstAgain => say!(
                self,
                "该事件的首报此前已经登记，本件并入该事件，不另作首报。",
                "The first report on this event is already on file; this one was added to the event."
            ),
            Flag::UnitNotInForce => say!(
                self,
                "来件之日该单位不在有效名单之内，请与值班室核对。",
                "The unit is not on the roster on that day; please check with the duty desk."
            ),
            Flag::NoReceipt => say!(self, "来件要求不作答复。", "It asks for no answer."),
        }
    }

    /// How an obligation stands or ended.
    pub fn verdict(self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Open => say!(self, "待报", "open"),
            Verdict::OnTime => say!(self, "按时", "on time"),
            Verdict::Late => say!(self, "迟报", "late"),
            Verdict::Omitted => say!(self, "漏报", "omitted"),
            Verdict::Unreported => say!(self, "不报", "unreported"),
            Verdict::Waived => say!(self, "已豁免", "waived"),
            Verdict::Void => say!(self, "已终止", "void"),
        }
    }

    /// 迟报 / late.
    pub fn rung(self, rung: Rung) -> &'static str {
        self.verdict(rung.into())
    }

    /// What a kind of notice is called.
    pub fn notice(self, kind: NoticeKind) -> &'static str {
        match kind {
            NoticeKind::Receipt => say!(self, "回执", "receipt"),
            NoticeKind::Returned => say!(self, "退回通知", "notice of return"),
            NoticeKind::Quarantined => say!(self, "待核来件", "quarantine notice"),
            NoticeKind::Question => say!(self, "请核事项", "question"),
            NoticeKind::EventOpened => say!(self, "报送通知", "request to report"),
            NoticeKind::Reminder => say!(self, "报送提醒", "reminder"),
            NoticeKind::Late => say!(self, "迟报通知", "late notice"),
            NoticeKind::Omitted => say!(self, "漏报通知", "omitted notice"),
            NoticeKind::Unreported => say!(self, "不报通知", "unreported notice"),
            NoticeKind::Supplied => say!(self, "补报通知", "supplied notice"),
            NoticeKind::IntakeStalled => say!(self, "收件停滞告警", "intake alert"),
            NoticeKind::Undeliverable => say!(self, "投递失败告警", "delivery alert"),
            NoticeKind::Command => say!(self, "办理结果", "answer to a command"),
            NoticeKind::Zero => say!(self, "零采用提示", "zero warning"),
            NoticeKind::RankFall => say!(self, "位次下滑提示", "rank warning"),
            NoticeKind::Silent => say!(self, "沉寂提示", "silence warning"),
            NoticeKind::Digest => say!(self, "周报", "weekly digest"),
            NoticeKind::Circular => say!(self, "采用通报", "monthly circular"),
            NoticeKind::Requisition => say!(self, "约稿通知", "requisition"),
            NoticeKind::RosterCheck => say!(self, "名册核对", "roster check"),
            NoticeKind::Bulletin => say!(self, "刊物", "bulletin"),
            NoticeKind::Canary => say!(self, "巡检信", "canary"),
        }
    }

    /// How much of a reporter's time the network has.
    pub fn role(self, role: Role) -> &'static str {
        match role {
            Role::Leader => say!(self, "分管领导", "leader"),
            Role::FullTime => say!(self, "专职信息员", "full-time reporter"),
            Role::PartTime => say!(self, "兼职信息员", "part-time reporter"),
        }
    }

    /// Who may give a command.
    pub fn who_may(self, who: WhoMay) -> &'static str {
        match who {
            WhoMay::Supervisors => say!(self, "该单位的分管领导", "a supervisor of the unit"),
            WhoMay::DeskAndSupervisors => say!(self, "值班室或分管领导", "the duty desk or a supervisor"),
            WhoMay::SuperiorsAndDesk => say!(self, "上级单位或值班室", "a superior office or the duty desk"),
            WhoMay::ItsRecipient => say!(self, "该通知的收件人本人", "the person to whom the notice was sent"),
            WhoMay::Reporters => say!(self, "报送单位的信息员", "a reporter of a unit"),
        }
    }

    /// Why a message was put aside, as the rest of a sentence: “因…” / "because …".
    pub fn quarantine_reason(self, reason: &QuarantineReason) -> String {
        match reason {
            QuarantineReason::UnknownSender => say!(self, "发件地址不在名单内", "its sender is on no roster").to_owned(),
            QuarantineReason::SeveralSenders => say!(self, "写有一个以上的发件人", "it names more than one sender").to_owned(),
            QuarantineReason::NoSender => say!(self, "没有可用的发件地址", "it has no usable sender address").to_owned(),
            QuarantineReason::Imitation { imitates, rostered } => say!(
                self,
                format!("发件人与名单内的“{imitates}”相像，但地址不是登记的 {rostered}"),
                format!("its sender looks like “{imitates}” but does not write from the rostered address {rostered}")
            ),
            QuarantineReason::NotInForce { unit } => {
                say!(self, format!("{unit}目前不在有效名单之内"), format!("{unit} is not on the roster at present"))
            }
            QuarantineReason::NotAuthentic { why } => {
                let why = self.doubt(why);
                say!(self, format!("发件人身份未能证实：{why}"), format!("its sender could not be authenticated: {why}"))
            }
            QuarantineReason::Unreadable { why } => {
                say!(self, format!("内容无法读取（{why}）"), format!("it could not be read ({why})"))
            }
        }
    }

    /// The rule by which `owed` is due, as a sentence: 重大突发事件首报应在发生后2小时内报出。 `None` where no rule of stages is behind it.
    pub fn rule(self, owed: &Owed, because: &DueBecause) -> Option<String> {
        let Owed::Stage { stage, .. } = owed else { return None };
        let what = match (self.language, because.severity) {
            (Language::ZhCn, Some(severity)) => format!("{}突发事件{}", self.severity(severity), self.stage(*stage)),
            (Language::ZhCn, None) => format!("突发事件{}", self.stage(*stage)),
            (Language::En, Some(severity)) => format!("{} of a level {} event", self.stage(*stage), self.severity_full(severity)),
            (Language::En, None) => format!("{} of an event", self.stage(*stage)),
        };
        Some(match &because.deadline {
            Deadline::Within { anchor, seconds } => {
                let (span, from) = (self.span(*seconds), self.anchor(*anchor));
                say!(self, format!("{what}应在{from}后{span}内报出。"), format!("The {what} is due within {span} of {from}."))
            }
            Deadline::Every { seconds } => {
                let span = self.span(*seconds);
                say!(
                    self,
                    format!("{what}每{span}至少一次，自上次报送起算。"),
                    format!("A {what} is due every {span}, counted from the previous report.")
                )
            }
            Deadline::Cron { cron } => {
                let when = self.cron(cron);
                say!(self, format!("{what}于{when}截止报送。"), format!("A {what} is due {when}."))
            }
        })
    }

    fn anchor(self, anchor: Anchor) -> &'static str {
        match anchor {
            Anchor::Occurred => say!(self, "发生", "its occurrence"),
            Anchor::Learned => say!(self, "获知", "the unit's learning of it"),
            Anchor::First => say!(self, "首报", "the first report"),
            Anchor::Previous => say!(self, "上次报送", "the previous report"),
        }
    }

    /// Names put in a row: 伤亡、措施 / Casualties, Measures.
    pub fn list<T: AsRef<str>>(self, names: &[T]) -> String {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        names.join(say!(self, "、", ", "))
    }

    /// 北京时间 / Asia/Shanghai: in what zone moments are shown.
    pub fn zone_name(self) -> String {
        match (self.language, self.zone) {
            (Language::ZhCn, Tz::Asia__Shanghai) => "北京时间".to_owned(),
            (Language::ZhCn, zone) => format!("{zone} 时间"),
            (Language::En, zone) => zone.to_string(),
        }
    }

    /// 2003年3月3日11时10分 / 3 Mar 2003 11:10; seconds are left out.
    pub fn moment(self, at: Instant) -> String {
        let at = at.with_timezone(&self.zone);
        say!(
            self,
            format!("{}年{}月{}日{}时{:02}分", at.year(), at.month(), at.day(), at.hour(), at.minute()),
            at.format("%-d %b %Y %H:%M").to_string()
        )
    }

    /// Like `moment`, with the seconds where there are any: for two moments that differ by less than a minute.
    pub fn moment_exact(self, at: Instant) -> String {
        let moment = self.moment(at);
        match at.second() {
            0 => moment,
            second => say!(self, format!("{moment}{second:02}秒"), format!("{moment}:{second:02}")),
        }
    }
}
