use super::*;

const HOUR: i64 = 3600;

fn read(own: &str) -> Option<(Verb, Argument, String)> {
    command(own).map(|command| (command.verb, command.argument, command.remark))
}

const EVENT: Argument = Argument::Event(EventNo { year: 2003, ordinal: 7 });

fn check(table: &[(&str, Verb, Argument, &str)]) {
    for (own, verb, argument, remark) in table {
        assert_eq!(read(own), Some((*verb, *argument, (*remark).to_owned())), "{own}");
    }
}

#[test]
fn acknowledgements_and_extensions() {
    use Argument::{None as Nothing, Seconds};
    check(&[
        ("收到", Verb::Ack, Nothing, ""),
        ("收到。", Verb::Ack, Nothing, ""),
        ("收到！", Verb::Ack, Nothing, ""),
        ("收到，已电话督办", Verb::Ack, Nothing, "已电话督办"),
        ("收到 已督办", Verb::Ack, Nothing, "已督办"),
        ("\n\n  收到\n请抓紧", Verb::Ack, Nothing, "请抓紧"),
        ("知悉", Verb::Ack, Nothing, ""),
        ("已阅。", Verb::Ack, Nothing, ""),
        ("已閱", Verb::Ack, Nothing, ""),
        ("ack", Verb::Ack, Nothing, ""),
        ("ACK", Verb::Ack, Nothing, ""),
        ("ＡＣＫ", Verb::Ack, Nothing, ""),
        ("Ack, calling them now", Verb::Ack, Nothing, "calling them now"),
        ("Acknowledged.", Verb::Ack, Nothing, ""),
        ("延期 2小时", Verb::Extend, Seconds(2 * HOUR), ""),
        ("延期2小时", Verb::Extend, Seconds(2 * HOUR), ""),
        ("延期２小時", Verb::Extend, Seconds(2 * HOUR), ""),
        ("延期：2个小时", Verb::Extend, Seconds(2 * HOUR), ""),
        ("延期两小时，道路中断", Verb::Extend, Seconds(2 * HOUR), "道路中断"),
        ("延期 两个半小时", Verb::Extend, Seconds(9000), ""),
        ("延期半小时", Verb::Extend, Seconds(1800), ""),
        ("延期半个小时", Verb::Extend, Seconds(1800), ""),
        ("延期 30分钟 台风", Verb::Extend, Seconds(1800), "台风"),
        ("延期 1天", Verb::Extend, Seconds(24 * HOUR), ""),
        ("延期一天半", Verb::Extend, Seconds(36 * HOUR), ""),
        ("延期1天12小时", Verb::Extend, Seconds(36 * HOUR), ""),
        ("延期十二小时", Verb::Extend, Seconds(12 * HOUR), ""),
        ("延期 1.5小时", Verb::Extend, Seconds(5400), ""),
        ("延期", Verb::Extend, Nothing, ""),
        ("延期到明天", Verb::Extend, Nothing, "到明天"),
        ("extend 2h", Verb::Extend, Seconds(2 * HOUR), ""),
        ("extend 1h30m bad roads", Verb::Extend, Seconds(5400), "bad roads"),
        ("Extend 90 minutes", Verb::Extend, Seconds(5400), ""),
        ("extend: 2 hours, flood", Verb::Extend, Seconds(2 * HOUR), "flood"),
        ("extend by half an hour", Verb::Extend, Seconds(1800), ""),
        ("extend 1 month", Verb::Extend, Nothing, "1 month"),
        ("延期 0小时", Verb::Extend, Nothing, "0小时"),
    ]);
}

#[test]
fn other_commands() {
    use Argument::None as Nothing;
    check(&[
        ("豁免 台风停电", Verb::Waive, Nothing, "台风停电"),
        ("豁免因台风停电", Verb::Waive, Nothing, "因台风停电"),
        ("waive typhoon", Verb::Waive, Nothing, "typhoon"),
        ("结案", Verb::Close, Nothing, ""),
        ("結案：已处理完毕", Verb::Close, Nothing, "已处理完毕"),
        ("close", Verb::Close, Nothing, ""),
        ("合并 E-2003-0007", Verb::Merge, EVENT, ""),
        ("合併 Ｅ－２００３－０００７ 同一事件", Verb::Merge, EVENT, "同一事件"),
        ("合并到E-2003-0007", Verb::Merge, EVENT, ""),
        ("merge E-2003-0007", Verb::Merge, EVENT, ""),
        ("merge into e-2003-7, same fire", Verb::Merge, EVENT, "same fire"),
        ("合并", Verb::Merge, Nothing, ""),
        ("级别 II", Verb::Severity, Argument::Severity(Severity::II), ""),
        ("级别 重大", Verb::Severity, Argument::Severity(Severity::II), ""),
        ("级别：特别重大，死亡人数上升", Verb::Severity, Argument::Severity(Severity::I), "死亡人数上升"),
        ("级别改为较大", Verb::Severity, Argument::Severity(Severity::III), ""),
        ("級別Ⅲ", Verb::Severity, Argument::Severity(Severity::III), ""),
        ("级别 重大 伤亡扩大", Verb::Severity, Argument::Severity(Severity::II), "伤亡扩大"),
        ("severity III", Verb::Severity, Argument::Severity(Severity::III), ""),
        ("severity to II more dead", Verb::Severity, Argument::Severity(Severity::II), "more dead"),
        ("级别 不明", Verb::Severity, Nothing, "不明"),
        ("放行", Verb::Release, Nothing, ""),
        ("release", Verb::Release, Nothing, ""),
        ("拒收 伪造", Verb::Reject, Nothing, "伪造"),
        ("reject", Verb::Reject, Nothing, ""),
        ("撤回 重复报送", Verb::Withdraw, Nothing, "重复报送"),
        ("withdraw", Verb::Withdraw, Nothing, ""),
    ]);
}

#[test]
fn first_lines_that_are_none() {
    for own in [
        "",
        "  \n ",
        "收到了3份材料",
        "收到材料如下",
        "收到3份材料",
        "没有收到",
        "已收到通知的单位",
        "acknowledgement of receipt",
        "acknowledgements",
        "extended to Friday",
        "extension please",
        "closed road",
        "closely",
        "close-up",
        "merged",
        "released",
        "release2",
        "rejected",
        "withdrawn",
        "severity2",
        "延期申请已提交",
        "延期间无事",
        "豁免权问题",
        "结案报告如下",
        "结案了吗",
        "合并同类项",
        "级别高的领导",
        "级别较高",
        "放行车辆20辆",
        "拒收材料",
        "撤回人员",
        "请延期2小时",
        "盂县透水，收到请回复",
        "acked",
        "ack-ack",
        "已阅读",
        "知悉情况",
        "尊敬的领导：\n收到",
    ] {
        assert_eq!(read(own), None, "{own}");
    }
}

#[test]
fn a_command_is_kept_as_written_up_to_80_characters() {
    assert_eq!(command("  延期２小時，因台風 ").unwrap().wrote, "延期２小時，因台風");
    assert_eq!(command(&format!("收到，{}", "好".repeat(200))).unwrap().wrote.chars().count(), 80);
}

#[test]
fn what_the_sender_wrote_himself() {
    for (text, own) in [
        ("收到", "收到"),
        ("收到\n\n> 盂县透水\n> 请报", "收到"),
        ("> 盂县透水\n\n收到，马上报", "收到，马上报"),
        ("On Sun, 22 Nov 2026 at 14:30, zhibao <a@b.cn> wrote:\n> 请报\n\n收到", "收到"),
        ("收到\n\nOn Sun, Nov 22, 2026 at 2:30 PM zhibao <a@b.cn>\nwrote:\n\n请报", "收到"),
        ("收到\n\n在 2026-11-22 14:30:00，\"zhibao\" <a@b.cn> 写道：\n\n请报", "收到"),
        ("收到\n\nzhibao <a@b.cn> 于2026年11月22日周日 14:30写道：\n\n请报", "收到"),
        ("收到\n\nAt 2026-11-22 14:30:00, \"zhibao\" <a@b.cn> wrote:\n请报", "收到"),
        ("收到\n\n-----原始邮件-----\n请报", "收到"),
        ("收到\n\n------------------ 原始邮件 ------------------\n发件人: a\n请报", "收到"),
        ("收到\n\n---- 回复的原邮件 ----\n请报", "收到"),
        ("收到\n-----Original Message-----\nFrom: a", "收到"),
        ("收到\n---------- Forwarded message ---------\nFrom: a", "收到"),
        ("收到\n\n发件人：zhibao\n发送时间：2026年11月22日\n收件人：a\n主题：迟报\n\n请报", "收到"),
        ("收到\n\n寄件者: zhibao\n日期: 2026\n收件者: a\n\n请报", "收到"),
        ("ack\n\nFrom: zhibao\nSent: Sunday\nTo: a\nSubject: late\n\nplease", "ack"),
        ("ack\n\n**From:** zhibao\n**Sent:** Sunday\n**To:** a\n\nplease", "ack"),
        ("ack\n________________________________\nFrom: zhibao\nSent: Sunday\nTo: a\n\nplease", "ack"),
        ("收到\n-- \n张三\n值班室", "收到"),
        ("收到\n\n发自我的iPhone", "收到"),
        ("Sent from my iPhone", ""),
        ("> 请报", ""),
        ("-----原始邮件-----\n收到", ""),
        ("", ""),
    ] {
        assert_eq!(own_text(text), own, "{text}");
    }
}

#[test]
fn what_stands_above_a_quotation_is_never_cut() {
    for text in [
        "发件人：张三\n盂县某煤矿透水",
        "发生时间：22日14时\n地点：盂县\n收件人：无",
        "________________________________\n表一",
        "一、情况\n-----\n二、措施",
        "From: the mine gate to the shaft\nall is flooded",
        "On Sunday the mine was flooded.\nHe wrote:",
        "在盂县，他在墙上写道：",
        "--\n张三",
        "a\n\nb\n\n\nc",
    ] {
        assert_eq!(own_text(text), text);
    }
}

proptest::proptest! {
    #[test]
    fn no_reply_panics(text in "(收到|延期|2小时|半|合并|级别|Ⅱ|E-2003-0007|> |\n|写道：|wrote:|发件人：|-----原始邮件-----|On |[a-z0-9 ,，。]){0,20}|.*") {
        let own = own_text(&text);
        let _ = command(&own);
        let _ = command(&text);
        proptest::prop_assert!(own.lines().all(|line| text.contains(line)));
    }
}

#[test]
fn a_confirmation_is_a_word_of_its_own() {
    for line in ["确认", "確認", "确认无误", "确认。", "Confirm", "confirmed, thank you", "属实"] {
        assert_eq!(command(line).map(|command| command.verb), Some(Verb::Confirm), "{line}");
    }
    for line in ["确认书已寄出", "confirmation", "有变动", "请确认"] {
        assert_eq!(command(line).map(|command| command.verb), None, "{line}");
    }
}
