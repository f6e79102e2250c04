use super::*;

fn question(text: &str) -> Question {
    Question::read(text).expect(text)
}

fn line(asked: &str, text: &str) -> Option<String> {
    question(asked)
        .line_in(text)
        .map(|line| format!("{}[{}]{}", &line.text[..line.place.start], &line.text[line.place.clone()], &line.text[line.place.end..]))
}

#[test]
fn every_chinese_character_is_a_token_and_words_are_words() {
    assert_eq!(split("盂县某煤矿 No.3 Mine发生透水，3人被困"), "盂 县 某 煤 矿 no 3 mine 发 生 透 水 3 人 被 困");
    assert_eq!(split(""), "");
    assert_eq!(split("，。——!?"), "");
}

#[test]
fn width_script_and_case_make_no_difference() {
    assert_eq!(split("盂縣煤礦"), split("盂县煤矿"));
    assert_eq!(split("ＦＬＯＯＤ１２"), "flood12");
    assert_eq!(split("Café ÉCOLE Ⅱ ①"), "café école ii 1");
    assert_eq!(split("透\u{200b}水 mi\u{ad}ne"), "透 水 mine");
    assert_eq!(split("カタカナ 한국"), "カ タ カ ナ 한 국");
    assert_eq!(split("𠮷㐂"), "𠮷 㐂");
}

#[test]
fn a_run_that_is_no_word_is_cut() {
    assert_eq!(split(&"a".repeat(500)), "a".repeat(WORD_CHARACTERS));
}

#[test]
fn a_question_is_phrases_and_nothing_of_it_is_an_operator() {
    assert_eq!(question("透水").for_index(), "\"透 水\"");
    assert_eq!(question(" 盂縣  透水 ").for_index(), "\"盂 县\" AND \"透 水\"");
    assert_eq!(question("\"mine flood\" 水").for_index(), "\"mine flood\" AND \"水\"");
    assert_eq!(question("“mine flood”水").for_index(), "\"mine flood\" AND \"水\"");
    assert_eq!(question("flood*").for_index(), "\"flood\" *");
    assert_eq!(question("透水*").for_index(), "\"透 水\"");
    assert_eq!(question("E-2003-0007").for_index(), "\"e 2003 0007\"");
    for hostile in ["a OR b", "NEAR(a b)", "subject:a", "a\" OR \"b", "-a", "^a", "(a", "{a} : b", "'; DROP"] {
        let asked = question(hostile).for_index();
        let bare: String = asked.split('"').step_by(2).collect();
        assert!(bare.split_whitespace().all(|word| word == "AND"), "{hostile}: {asked}");
    }
    for nothing in ["", "  ", "\"\"", "，。", "*", "\u{200b}"] {
        assert_eq!(Question::read(nothing), None, "{nothing:?}");
    }
}

#[test]
fn the_line_is_that_on_which_it_stands_as_it_was_written() {
    let text = "第一行\n盂縣某煤礦發生透水事故，3人被困。\n第三行";
    assert_eq!(line("透水", text).as_deref(), Some("盂縣某煤礦發生[透水]事故，3人被困。"));
    assert_eq!(line("煤矿", text).as_deref(), Some("盂縣某[煤礦]發生透水事故，3人被困。"));
    assert_eq!(line("MINE", "the Mine is wet").as_deref(), Some("the [Mine] is wet"));
    assert_eq!(line("flo*", "a flooding").as_deref(), Some("a [flooding]"));
    assert_eq!(line("flo", "a flooding"), None);
    assert_eq!(line("火灾", text), None);
    // Mail programs break lines in the middle of words.
    assert_eq!(line("透水", "发生透\n水事故").as_deref(), Some("发生[透 水]事故"));
    // A phrase that overlaps its own beginning.
    assert_eq!(line("天天向上", "天天天天向上").as_deref(), Some("天天[天天向上]"));
}

#[test]
fn a_long_line_is_cut_around_what_was_looked_for() {
    let text = format!("{}透水{}", "甲".repeat(500), "乙".repeat(500));
    let found = question("透水").line_in(&text).expect("it is there");
    assert_eq!(&found.text[found.place.clone()], "透水");
    assert!(found.text.starts_with("…甲") && found.text.ends_with("乙…"), "{}", found.text);
    assert_eq!(found.text.chars().count(), LINE_CHARACTERS + 2);
    let at_start = question("透水").line_in(&text[1500..]).expect("it is there");
    assert!(at_start.text.starts_with("透水"), "{}", at_start.text);
}
