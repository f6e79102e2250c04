//! That the figures of the speech stand in the mails, with their doubt.

use super::examples::standings;
use super::*;

fn body(language: Language, kind: NoticeKind, content: Content) -> String {
    let (composer, key, office) = (Composer::new(), key(), office(language));
    let stationery = Stationery { office: &office, language, zone: chrono_tz::Asia::Shanghai, key: &key };
    let about =
        Headers { unit: Some(UnitRef { id: "yuxian".into(), name: Say(language).of("盂县", "Yu County") }), ..Headers::default() };
    let notice = Notice { kind, recipients: vec![recipient(Capacity::Supervisor)], content, about, answers: None, follows: None };
    text(&copies(&composer, &notice, &stationery).remove(0).1)
}

fn holds(text: &str, facts: &[&str]) {
    for fact in facts {
        assert!(text.contains(fact), "{fact}\n{text}");
    }
}

#[test]
fn a_zero_says_its_doubt_and_that_it_compares_a_whole_year_with_a_month() {
    let zero = || Content::Zero(standings::zero());
    holds(
        &body(Language::ZhCn, NoticeKind::Zero, zero()),
        &[
            "盂县2003年1月的积分为零",
            "11分，采用2条",
            "两个时段长短不同",
            "一个月没有采用的可能性约为85%，尚不能断定",
            "没有发给盂县",
            "报送5件",
        ],
    );
    holds(
        &body(Language::En, NoticeKind::Zero, zero()),
        &["11 points, 2 adoptions", "The two spans differ", "a month without any happens about 85 % of the time", "not to Yu County"],
    );
}

#[test]
fn a_zero_that_lasts_says_which_time_it_is() {
    let still = zhibao::domain::warning::Zero { warned_before: 2, level: 3, made_up: true, ..standings::zero() };
    let zh = body(Language::ZhCn, NoticeKind::Zero, Content::Zero(still.clone()));
    holds(&zh, &["仍为零（第3次）", "这是第3次提示", "一级至三级", "补做"]);
    assert!(!zh.contains("多报一级分管领导。"), "nothing lies above level 3:\n{zh}");
    holds(&body(Language::En, NoticeKind::Zero, Content::Zero(still)), &["Still zero (3rd time)", "levels 1 to 3", "put off"]);
}

#[test]
fn the_shortfall_is_split_as_the_arithmetic_has_it() {
    let say = Say;
    holds(
        &body(Language::ZhCn, NoticeKind::Digest, Content::Digest(standings::digest(say(Language::ZhCn)))),
        &[
            "2003年1—5月累计91分",
            "按上年全年373分直线推算，同期应为155.4分，差64.4分",
            "64.4分中，市委办公厅63.4分、盂县4.6分、平定县2.9分；超前的有郊区6.5分",
            "占比相加可能超过100%",
            "中心工作17件（81%）",
        ],
    );
    holds(
        &body(Language::En, NoticeKind::Digest, Content::Digest(standings::digest(say(Language::En)))),
        &["155.4", "64.4 short", "Of the 64.4: City Office 63.4, Yu County 4.6, Pingding County 2.9; ahead: Suburban District 6.5."],
    );
}

#[test]
fn a_zero_and_a_missing_figure_look_different() {
    let text = body(Language::ZhCn, NoticeKind::Digest, Content::Digest(standings::digest(Say(Language::ZhCn))));
    let line =
        |unit: &str| text.lines().find(|line| line.trim_start().starts_with(unit) && line.matches("  ").count() > 4).unwrap_or_default();
    let nothing_owed: Vec<&str> = line("市消防支队").split_whitespace().collect();
    assert_eq!(nothing_owed, ["市消防支队", "0", "—", "—", "—", "—", "—", "—"], "{text}");
    let nothing_late: Vec<&str> = line("郊区").split_whitespace().collect();
    assert_eq!(nothing_late, ["郊区", "7", "7", "100%", "(7/7)", "0", "0", "0", "早4小时"], "{text}");
}

#[test]
fn a_digest_leads_with_what_needs_a_decision_or_says_that_nothing_does() {
    let digest = standings::digest(Say(Language::ZhCn));
    let text = body(Language::ZhCn, NoticeKind::Digest, Content::Digest(digest.clone()));
    let (decisions, figures) = (text.find("需要决定的事项").expect("decisions"), text.find("各单位报送时效").expect("figures"));
    assert!(decisions < figures && text.find("不报").expect("the gravest") < text.find("沉寂").expect("a lesser one"));
    let good = zhibao::domain::digest::Digest { decisions: vec![], ..digest };
    let text = body(Language::ZhCn, NoticeKind::Digest, Content::Digest(good));
    assert!(text.contains("没有需要决定的事项。") && !text.contains("需要决定的事项\n"), "{text}");
}

#[test]
fn the_desk_is_shown_what_is_wrong_with_a_table_cell_by_cell() {
    let about = |refused| About::TableFaulty {
        from: "省委办公厅信息处".into(),
        file: "2003-01.csv".into(),
        faults: standings::faults(Say(Language::ZhCn)).into_iter().take(20).collect(),
        count: 28,
        refused,
    };
    let item = |about| QuestionItem { about, submission: None, subject: String::new(), unit: None, at: t("2003-02-01T09:00:00+08:00") };
    let ask = |about| {
        let question = Question { items: vec![item(about)], list: false };
        body(Language::ZhCn, NoticeKind::Question, Content::Question(question))
    };
    holds(
        &ask(about(true)),
        &[
            "请核：附表有误，整表未收 · 2003-01.csv",
            "有28处不能读，整表没有登记",
            "- 工作表“Sheet2”第3行“日期”栏“2003-02-30”：不是日期，请写成 2003-01-20 这样。",
            "- 第6行“单位”栏“孟县”：不在单位名单内，最接近的是“盂县”，请核对。",
            "- 其余8处没有列出。",
        ],
    );
    let missing = About::TableMissing { month: "2003-01".parse().expect("a month"), as_of: None, outlets: vec![] };
    holds(&ask(missing), &["请核：采用表未到 · 2003年1月", "表没到不等于没采用", "主题写：\n    【采用】2003年1月"]);
}
