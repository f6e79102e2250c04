use super::*;

fn shown(subject: &str) -> (Option<Tag>, Option<Severity>, String) {
    let tags = read_tags(subject);
    (tags.kind, tags.severity, tags.title)
}

#[test]
fn subjects_read_as_their_tags() {
    use Severity::{I, II, III, IV};
    use Tag::*;
    let table: &[(&str, Option<Tag>, Option<Severity>, &str)] = &[
        ("【首报】盂县某煤矿透水", Some(First), None, "盂县某煤矿透水"),
        ("【初报】盂县某煤矿透水", Some(First), None, "盂县某煤矿透水"),
        ("[FIRST] mine flood", Some(First), None, "mine flood"),
        ("[first report] mine flood", Some(First), None, "mine flood"),
        ("【续报】盂县某煤矿透水", Some(FollowUp), None, "盂县某煤矿透水"),
        ("【續報】盂縣某煤礦透水", Some(FollowUp), None, "盂縣某煤礦透水"),
        ("【续报2】盂县透水", Some(FollowUp), None, "盂县透水"),
        ("【续报（三）】盂县透水", Some(FollowUp), None, "盂县透水"),
        ("[FOLLOW-UP] E-2003-0007 pump restored", Some(FollowUp), None, "E-2003-0007 pump restored"),
        ("[followup] pump", Some(FollowUp), None, "pump"),
        ("[Follow up] pump", Some(FollowUp), None, "pump"),
        ("【终报】盂县透水", Some(Final), None, "盂县透水"),
        ("【结报】盂县透水", Some(Final), None, "盂县透水"),
        ("[FINAL] done", Some(Final), None, "done"),
        ("【突发】盂县透水", Some(Urgent), None, "盂县透水"),
        ("【突发事件】盂县透水", Some(Urgent), None, "盂县透水"),
        ("【突发·重大】盂县某煤矿透水事故", Some(Urgent), Some(II), "盂县某煤矿透水事故"),
        ("【突发・较大】盂县透水", Some(Urgent), Some(III), "盂县透水"),
        ("【突发/特别重大】盂县透水", Some(Urgent), Some(I), "盂县透水"),
        ("【突发，一般】盂县透水", Some(Urgent), Some(IV), "盂县透水"),
        ("【突发、Ⅱ级】盂县透水", Some(Urgent), Some(II), "盂县透水"),
        ("【突发 重大】盂县透水", Some(Urgent), Some(II), "盂县透水"),
        ("【突发-重大】盂县透水", Some(Urgent), Some(II), "盂县透水"),
        ("【重大突发事件】盂县透水", Some(Urgent), Some(II), "盂县透水"),
        ("【突发】【重大】盂县透水", Some(Urgent), Some(II), "盂县透水"),
        ("【重大】【首报】盂县透水", Some(First), Some(II), "盂县透水"),
        ("［突发］［II］盂县透水", Some(Urgent), Some(II), "盂县透水"),
        ("〔突发〕盂县透水", Some(Urgent), None, "盂县透水"),
        ("[ＵＲＧＥＮＴ－ＩＩＩ] flood", Some(Urgent), Some(III), "flood"),
        ("[URGENT, II] flood", Some(Urgent), Some(II), "flood"),
        ("[urgent/iv] flood", Some(Urgent), Some(IV), "flood"),
        ("盂县透水【突发】", Some(Urgent), None, "盂县透水"),
        ("盂县【突发】透水", Some(Urgent), None, "盂县 透水"),
        ("【零报告】盂县", Some(Zero), None, "盂县"),
        ("[ZERO REPORT] Yu", Some(Zero), None, "Yu"),
        ("【更正】盂县透水", Some(Correction), None, "盂县透水"),
        ("【撤回】S-2003-000123", Some(Withdraw), None, "S-2003-000123"),
        ("【事件】盂县某煤矿透水事故", Some(Event), None, "盂县某煤矿透水事故"),
        ("【採用】三月", Some(Adoption), None, "三月"),
        ("【通報】一月", Some(Circular), None, "一月"),
        ("【约稿】R-2003-0004 春耕", Some(Requisition), None, "R-2003-0004 春耕"),
        ("Re: 【首报】盂县透水", Some(First), None, "盂县透水"),
        ("回复：Fw: 【首报】盂县透水", Some(First), None, "盂县透水"),
        ("【首报】Re: 盂县透水", Some(First), None, "盂县透水"),
        ("【首报】【终报】盂县", Some(First), None, "盂县"),
        ("【突发·盂县】透水", Some(Urgent), None, "【盂县】透水"),
        ("【重大】【较大】透水", None, Some(II), "透水"),
    ];
    for (subject, kind, severity, title) in table {
        assert_eq!(shown(subject), (*kind, *severity, (*title).to_owned()), "{subject}");
    }
}

#[test]
fn other_brackets_mean_nothing_and_stay() {
    for subject in [
        "盂县某煤矿透水",
        "首报：盂县透水",
        "【约谈通知】关于安全生产",
        "[EXTERNAL] hello",
        "【重大项目进展】一季度",
        "【重大 项目进展】一季度",
        "【一般情况】说明",
        "【事件通报会】通知",
        "【final draft of the plan】",
        "[Final version] plan",
        "【采用通报】",
        "【突发公共卫生培训】",
        "[I think] so",
        "【】",
        "[ ]",
        "【首报",
        "首报】盂县",
        "[首报】盂县",
        "（首报）盂县",
        "《首报》格式",
        "[SERIOUS] hello",
        "",
    ] {
        let tags = read_tags(subject);
        assert_eq!((tags.kind, tags.severity, tags.wrote), (None, None, None), "{subject}");
        assert_eq!(tags.title, subject, "{subject}");
    }
}

#[test]
fn the_tag_is_kept_as_written() {
    assert_eq!(read_tags("【突发·重大】盂县").wrote.as_deref(), Some("突发·重大"));
    assert_eq!(read_tags("[Follow-Up] x [II]").wrote.as_deref(), Some("Follow-Up·II"));
}

#[test]
fn our_own_number_goes_from_the_end() {
    assert_eq!(read_tags("Re: 迟报：盂县透水（N-2003-000042.a7Xk）").title, "迟报：盂县透水");
    assert_eq!(read_tags("late: flood (N-2003-000042)").title, "late: flood");
    assert_eq!(read_tags("（N-2003-000042.x）的说明").title, "（N-2003-000042.x）的说明");
    assert!(carries_our_number("回复：迟报：盂县透水（N-2003-000042.a7Xk）"));
    assert!(!carries_our_number("回复：盂县透水"));
}

#[test]
fn replies_and_forwards_are_known_by_their_prefix() {
    for subject in ["Re: x", "RE：x", "Fw: x", "FWD: x", "回复：x", "答复: x", "轉發：x", "回覆：x", "Re[3]: x", " re:x"] {
        assert!(is_reply_subject(subject), "{subject}");
    }
    for subject in ["", "x", "Report: x", "关于回复：x", "【回复】x", "Request: re: x"] {
        assert!(!is_reply_subject(subject), "{subject}");
    }
}

#[test]
fn the_first_number_of_each_kind_is_found() {
    let numbers = numbers_in("续报 Ｅ－２００３－０００７ 与 e-2003-8，见 S-2003-000123、(N-2003-000042.ab)；R-2003-0004，Q-2003-0003。");
    assert_eq!(numbers.event.unwrap().to_string(), "E-2003-0007");
    assert_eq!(numbers.submission.unwrap().to_string(), "S-2003-000123");
    assert_eq!(numbers.notice.unwrap().to_string(), "N-2003-000042");
    assert_eq!(numbers.requisition.unwrap().to_string(), "R-2003-0004");
    assert_eq!(numbers.quarantine.unwrap().to_string(), "Q-2003-0003");
    for text in ["", "FREE-2003-0007", "E-2003", "E-2003-0000", "E-2003-0007-1", "E-2003-00071234567", "GB-E-2003-0007", "E-2003-0007x"] {
        assert_eq!(numbers_in(text), Numbers::default(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_subject_panics(subject in "[【】\\[\\]突发重大首报·/ ,Re:(N2003042)IV-]{0,40}|.*") {
        let tags = read_tags(&subject);
        let _ = (numbers_in(&subject), is_reply_subject(&subject), carries_our_number(&subject));
        proptest::prop_assert_eq!(tags.wrote.is_none(), tags.kind.is_none() && tags.severity.is_none());
    }
}
