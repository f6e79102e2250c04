use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Asia::Shanghai;

use super::*;

/// Sunday, 22 November 2026, 15:00 in Shanghai, unless a test says otherwise.
fn arrival() -> Instant {
    at("2026-11-22 15:00")
}

fn at(text: &str) -> Instant {
    Shanghai.from_local_datetime(&NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()).unwrap().to_utc()
}

fn read(body: &str) -> Fields {
    read_fields("", body, arrival(), Shanghai)
}

#[test]
fn a_whole_report_reads_as_its_fields() {
    let fields = read(
        "盂县应急局报告：\n一、发生时间：2026年11月22日14时30分\n二、地点：盂县东梁乡某煤矿\n三、级别：重大（初步判定）\n四、单位：盂县、平定县\n\
         五、伤亡情况：3人被困\n六、原因：正在调查\n七、处置措施：已组织抢险，\n　　调集水泵4台\n八、联系人：张三 13812345678\n九、事件：E-2003-0007\n以上。",
    );
    assert_eq!(
        fields,
        Fields {
            occurred: Some(at("2026-11-22 14:30")),
            occurred_reading: OccurredReading::Field,
            place: Some("盂县东梁乡某煤矿".into()),
            place_in_prose: None,
            severity: Some(Severity::II),
            units: vec!["盂县".into(), "平定县".into()],
            casualties: Some("3人被困".into()),
            cause: Some("正在调查".into()),
            measures: Some("已组织抢险， 调集水泵4台".into()),
            contact: Some("张三 13812345678".into()),
            kinds: Vec::new(),
            topics: Vec::new(),
            due: None,
            attached: Default::default(),
            event: Some("E-2003-0007".into()),
        }
    );
    assert_eq!(fields.missing(&[Field::Occurred, Field::Place, Field::Event]), []);
}

#[test]
fn labels_read_in_every_form_that_people_write() {
    for line in [
        "地点：盂县",
        "地点:盂县",
        "地点： 盂县 ",
        "地點：盂县",
        "事发地点：盂县",
        "发生地点：盂县",
        "發生地點：盂县",
        "事發地點：盂县",
        "　　地点：盂县",
        "地　点：盂县",
        "地 点 ：盂县",
        "- 地点：盂县",
        "• 地点：盂县",
        "* 地点：盂县",
        "1. 地点：盂县",
        "2、地点：盂县",
        "二、地点：盂县",
        "（二）地点：盂县",
        "(2) 地点：盂县",
        "２．地点：盂县",
        "十一、地点：盂县",
        "**地点**：盂县",
        "【地点】：盂县",
        "■地点：盂县",
        "\u{feff}地点：盂县",
        "Place: 盂县",
        "PLACE：盂县",
        "location: 盂县",
        "Ｐｌａｃｅ：盂县",
    ] {
        assert_eq!(read(line).place.as_deref(), Some("盂县"), "{line}");
    }
}

#[test]
fn every_field_has_its_names() {
    let field = |line: &str| {
        let fields = read(line);
        Field::ALL.iter().copied().filter(|field| fields.missing(&[*field]).is_empty()).collect::<Vec<_>>()
    };
    for (line, expected) in [
        ("发生时间：22日14时", Field::Occurred),
        ("事发时间：22日14时", Field::Occurred),
        ("時間：22日14時", Field::Occurred),
        ("發生時間：22日14時", Field::Occurred),
        ("Occurred: 22 Nov 2026 14:00", Field::Occurred),
        ("Occurred at: 14:00", Field::Occurred),
        ("Time of occurrence: 14:00", Field::Occurred),
        ("级别：一般", Field::Severity),
        ("事件级别：较大", Field::Severity),
        ("等級：重大", Field::Severity),
        ("Severity: II", Field::Severity),
        ("Level: 3", Field::Severity),
        ("单位：盂县", Field::Unit),
        ("涉事单位：盂县", Field::Unit),
        ("責任單位：盂縣", Field::Unit),
        ("Units: Yu", Field::Unit),
        ("伤亡：无", Field::Casualties),
        ("人員傷亡：無", Field::Casualties),
        ("Casualties: none", Field::Casualties),
        ("原因：不明", Field::Cause),
        ("Cause: unknown", Field::Cause),
        ("措施：已救援", Field::Measures),
        ("处置情况：已救援", Field::Measures),
        ("Action taken: pumps", Field::Measures),
        ("联系人：张三", Field::Contact),
        ("聯絡人：張三", Field::Contact),
        ("聯繫人：張三", Field::Contact),
        ("Contact: Zhang", Field::Contact),
        ("事件：E-2003-0007", Field::Event),
        ("事件编号：Ｅ－２００３－０００７", Field::Event),
        ("Event: e-2003-7", Field::Event),
    ] {
        assert_eq!(field(line), [expected], "{line}");
    }
}

#[test]
fn what_is_no_label_makes_no_field() {
    for line in [
        "会议地点：盂县",
        "地点在盂县：见图",
        "请填写地点等内容：",
        "地点",
        "报告时间：14时",
        "网址 http://a.cn：80",
        "地点：",
        "地点：   ",
        "place - Yu",
    ] {
        let fields = read(line);
        assert_eq!((fields.place, fields.occurred), (None, None), "{line}");
    }
}

#[test]
fn a_value_goes_on_only_on_indented_lines() {
    let fields = read("措施：一是排水\n　　二是通风\n  三是搜救\n此外无事。\n  不算。");
    assert_eq!(fields.measures.as_deref(), Some("一是排水 二是通风 三是搜救"));
    assert_eq!(read("地点：\n  盂县").place.as_deref(), Some("盂县"));
    assert_eq!(read("地点：\n盂县").place, None);
    assert_eq!(read("地点：\n地点：盂县\n地点：平定").place.as_deref(), Some("盂县"));
}

#[test]
fn the_time_of_occurrence_says_how_sure_it_is() {
    for (body, reading, occurred) in [
        ("发生时间：22日14时30分", OccurredReading::Field, Some("2026-11-22 14:30")),
        ("发生时间：22日14时许", OccurredReading::Approximate, Some("2026-11-22 14:30")),
        ("发生时间：22日18时", OccurredReading::Future, None),
        ("发生时间：不详", OccurredReading::Unclear, None),
        ("发生时间：2月30日9时", OccurredReading::Unclear, None),
        ("发生时间：不详\n22日14时盂县发生透水。", OccurredReading::Unclear, None),
        ("发生时间：\n22日14时盂县发生透水。", OccurredReading::Prose, Some("2026-11-22 14:00")),
        ("22日14时盂县发生透水。", OccurredReading::Prose, Some("2026-11-22 14:00")),
        ("22日14时许盂县发生透水。", OccurredReading::Approximate, Some("2026-11-22 14:30")),
        ("盂县发生透水。", OccurredReading::Absent, None),
        ("", OccurredReading::Absent, None),
    ] {
        let fields = read(body);
        assert_eq!((fields.occurred_reading, fields.occurred), (reading, occurred.map(at)), "{body}");
        assert_eq!(fields.missing(&[Field::Occurred]).is_empty(), occurred.is_some(), "{body}");
    }
}

#[test]
fn the_subject_is_prose_unless_it_is_a_reply() {
    let occurred = |subject: &str| read_fields(subject, "详见附件。", arrival(), Shanghai).occurred;
    assert_eq!(occurred("【突发】22日14时盂县某煤矿发生透水"), Some(at("2026-11-22 14:00")));
    assert_eq!(occurred("Re: 22日14时盂县某煤矿发生透水"), None);
    assert_eq!(occurred("迟报：22日14时盂县某煤矿透水（N-2026-000042.ab）"), None);
}

#[test]
fn places_in_prose_are_kept_apart() {
    for (body, place) in [
        ("22日14时30分，盂县东梁乡某煤矿发生透水事故。", "盂县东梁乡某煤矿"),
        ("今晨6点半，一起火灾发生在平定县冠山镇南关村。", "平定县冠山镇南关村"),
        ("事故发生于郊区荫营镇。", "郊区荫营镇"),
        ("昨日，在盂县秀水镇发生一起交通事故。", "盂县秀水镇"),
        ("我县南娄镇一化工厂突然发生爆炸", "我县南娄镇一化工厂"),
        ("An explosion occurred in Yu County at 14:30.", "Yu County"),
        ("On Friday a fire broke out at the Dongshan Mine near Pingding.", "the Dongshan Mine"),
    ] {
        let fields = read(body);
        assert_eq!((fields.place.as_deref(), fields.place_in_prose.as_deref()), (None, Some(place)), "{body}");
        assert_eq!(fields.missing(&[Field::Place]), [], "{body}");
    }
    for body in ["一切正常。", "In total 5 people came. At Noon we met.", "事故发生后，我们赶到。", "没有发生任何事故。", "发生在今天的事"]
    {
        assert_eq!(read(body).place_in_prose, None, "{body}");
    }
    assert_eq!(read("地点：盂县\n昨日在平定发生火灾。").place_in_prose, None);
}

#[test]
fn casualties_are_found_in_prose() {
    for (body, casualties) in [
        ("事故造成2人死亡、3人受伤。", "2人死亡、3人受伤"),
        ("造成死亡3人，失踪1人。", "死亡3人、失踪1人"),
        ("井下5名矿工被困。", "5名矿工被困"),
        ("三人遇难。", "三人遇难"),
        ("造成3死5伤。", "3死5伤"),
        ("无人员伤亡。", "无人员伤亡"),
        ("未造成人员伤亡。", "未造成人员伤亡"),
        ("目前没有人员伤亡。", "目前没有人员伤亡"),
        ("尚無人員傷亡。", "尚無人員傷亡"),
        ("伤亡情况正在核实。", "伤亡情况正在核实"),
        ("Two people were injured, 1 missing.", "Two people were injured、1 missing"),
        ("There were no casualties.", "no casualties"),
    ] {
        assert_eq!(read(body).casualties.as_deref(), Some(casualties), "{body}");
    }
    for body in ["5人参加会议。", "人员到位。", "Nine people came.", "防止人员伤亡。"] {
        assert_eq!(read(body).casualties, None, "{body}");
    }
}

#[test]
fn causes_and_measures_are_found_in_prose() {
    for (body, cause) in [
        ("事故原因正在调查。", "事故原因正在调查"),
        ("初步原因系电线短路。", "初步原因系电线短路"),
        ("因电线短路引发火灾。", "因电线短路引发"),
        ("由于连日降雨导致滑坡。", "由于连日降雨导致"),
        ("The fire was caused by a short circuit.", "caused by a short circuit"),
    ] {
        assert_eq!(read(body).cause.as_deref(), Some(cause), "{body}");
    }
    for body in [
        "已组织抢险。",
        "县里已启动应急预案。",
        "出动消防车5辆。",
        "正在开展救援。",
        "现场已疏散群众200人。",
        "启动三级应急响应。",
        "Rescue work is under way.",
        "Firefighters were sent.",
        "The area was sealed off.",
    ] {
        assert_eq!(read(body).missing(&[Field::Measures]), [], "{body}");
    }
    for body in ["一切正常。", "盂县透水。", "请指示。"] {
        assert_eq!(read(body).missing(&[Field::Measures, Field::Cause]).len(), 2, "{body}");
    }
}

#[test]
fn severities_are_read_longest_first_and_whole() {
    use Severity::{I, II, III, IV};
    for (value, severity) in [
        ("特别重大", Some(I)),
        ("特別重大", Some(I)),
        ("特大", Some(I)),
        ("重大", Some(II)),
        ("较大", Some(III)),
        ("較大", Some(III)),
        ("一般", Some(IV)),
        ("I", Some(I)),
        ("II", Some(II)),
        ("III", Some(III)),
        ("IV", Some(IV)),
        ("Ⅰ", Some(I)),
        ("Ⅱ", Some(II)),
        ("Ⅲ级", Some(III)),
        ("Ⅳ級", Some(IV)),
        ("一级", Some(I)),
        ("二级", Some(II)),
        ("三級", Some(III)),
        ("四级", Some(IV)),
        ("2级", Some(II)),
        ("２級", Some(II)),
        ("3", Some(III)),
        ("重大级", Some(II)),
        ("重大事故", Some(II)),
        ("特别重大事故", Some(I)),
        ("较大以上", Some(III)),
        ("重大（初步判定）", Some(II)),
        ("初步判定为较大", Some(III)),
        ("一般突发事件", Some(IV)),
        ("重大 火灾", Some(II)),
        ("II级响应", Some(II)),
        ("level 2", Some(II)),
        ("Level II", Some(II)),
        ("grade 4", Some(IV)),
        ("Major", Some(II)),
        ("catastrophic", Some(I)),
        ("relatively serious", Some(III)),
        ("级别：重大", Some(II)),
        ("", None),
        ("不明", None),
        ("重大项目", None),
        ("IVB", None),
        ("IIII", None),
        ("V", None),
        ("5级", None),
        ("0", None),
        ("一般来说", None),
        ("majority", None),
        ("In progress", None),
        ("i think so", None),
        ("22日", None),
        ("2人", None),
        ("level 22", None),
    ] {
        assert_eq!(severity_from(value), severity, "{value}");
    }
    for (piece, severity) in
        [("重大", Some(II)), ("Ⅱ级", Some(II)), ("重大事故", None), ("重大项目进展", None), ("major", None), ("2", None), ("", None)]
    {
        assert_eq!(severity_word(piece), severity, "{piece}");
    }
}

#[test]
fn units_are_separated_but_not_torn() {
    for (value, units) in [
        ("盂县", vec!["盂县"]),
        ("盂县、平定县", vec!["盂县", "平定县"]),
        ("盂县，平定县；郊区", vec!["盂县", "平定县", "郊区"]),
        ("盂县和平定县", vec!["盂县", "平定县"]),
        ("和顺县", vec!["和顺县"]),
        ("盂县和和顺县", vec!["盂县", "和顺县"]),
        ("永和县", vec!["永和县"]),
        ("Yu and Pingding", vec!["Yu", "Pingding"]),
        ("yuxian, pingding", vec!["yuxian", "pingding"]),
    ] {
        assert_eq!(read(&format!("单位：{value}")).units, units, "{value}");
    }
}

#[test]
fn missing_fields_come_in_the_order_asked_for() {
    let required = [Field::Occurred, Field::Place, Field::Casualties, Field::Measures];
    assert_eq!(read("盂县透水。").missing(&required), required);
    assert_eq!(read("地点：盂县\n伤亡：无").missing(&required), [Field::Occurred, Field::Measures]);
}

#[test]
fn simplified_and_traditional_labels_read_the_same() {
    let simple =
        "发生时间：22日14时\n地点：某村\n级别：较大\n单位：某单位\n伤亡：3人\n原因：雨\n措施：排水\n联系人：李四\n事件：E-2003-0007";
    let traditional =
        "發生時間：22日14時\n地點：某村\n級別：較大\n單位：某单位\n傷亡：3人\n原因：雨\n措施：排水\n聯繫人：李四\n事件：E-2003-0007";
    assert_eq!(read(simple), read(traditional));
    assert_eq!(read(simple).missing(&Field::ALL), []);
}

#[test]
fn a_huge_body_is_read_in_time() {
    let hostile = [
        "在",
        "发生",
        "因",
        "22日14时",
        "已组织",
        "昨日发生",
        "：",
        "1人",
        "in A ",
        "发生在",
        "无人员",
        "地点：",
        "一、",
        "\n",
        " ",
        "约",
        "9至",
    ];
    for piece in hostile {
        let body = piece.repeat(1_000_000 / piece.len());
        let watch = crate::clock::Stopwatch::start();
        let _ = read(&body);
        assert!(watch.seconds() < 8.0, "{piece} took {} s", watch.seconds());
    }
}

proptest::proptest! {
    #[test]
    fn no_report_panics(subject in ".*", body in "(地点|发生时间|：|:|22日|14时|许|在|发生|盂县|\n|　| |因|引发|[0-9]{1,4}|人|死亡|、|.){0,40}|.*") {
        let fields = read_fields(&subject, &body, arrival(), Shanghai);
        if let Some(occurred) = fields.occurred {
            proptest::prop_assert!(occurred <= arrival() + times::TOLERANCE);
        }
    }

    #[test]
    fn widths_change_nothing_that_is_read(hour in 0_u32..15, minute in 0_u32..60) {
        let narrow = format!("Occurred: 22日{hour}:{minute:02}\nSeverity: II");
        let wide: String = narrow.chars().map(|c| if ('!'..='~').contains(&c) { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c }).collect();
        proptest::prop_assert_eq!(read(&narrow), read(&wide));
    }
}

#[test]
fn kinds_and_fields_and_the_due_time_stand_on_lines_of_their_own() {
    let fields = read("栏目：问题、综合\n領域：经济\nField: 农村\n截止：6月30日17时\n正文。");
    assert_eq!((fields.kinds, fields.topics), (vec!["问题".into(), "综合".into()], vec!["经济".to_owned(), "农村".into()]));
    assert_eq!(fields.due.as_deref(), Some("6月30日17时"));
    let english = read("Kind: problems\nDue: 30 June 2003 17:00\n");
    assert_eq!((english.kinds, english.due.as_deref()), (vec!["problems".to_owned()], Some("30 June 2003 17:00")));
    assert_eq!(prose_of("栏目：问题\n一、夏收\n截止：明日\n二、夏种"), "一、夏收\n二、夏种");
}

#[test]
fn what_the_text_does_not_say_is_taken_from_the_attachments_in_their_order() {
    let mut fields = read("地点：盂县\n伤亡：3人被困");
    fields.complete_with(read("地点：平定\n原因：正在调查\n事件：E-2003-0007"), "a.docx");
    fields.complete_with(read("发生时间：2026年11月22日14时30分\n原因：不明\n级别：重大"), "b.docx");
    assert_eq!((fields.place.as_deref(), fields.cause.as_deref()), (Some("盂县"), Some("正在调查")));
    assert_eq!((fields.occurred, fields.severity, fields.event.as_deref()), (Some(at("2026-11-22 14:30")), Some(Severity::II), None));
    let from: Vec<(Field, &str)> = fields.attached.iter().map(|(field, name)| (*field, name.as_str())).collect();
    assert_eq!(from, [(Field::Occurred, "b.docx"), (Field::Severity, "b.docx"), (Field::Cause, "a.docx")]);
}
