//! A required element that stands in an attachment alone counts, and the receipt says where it was read.

use chrono::Local;

use crate::archive::{Office, docx, mail, pdf, xlsx};

fn today() -> String {
    Local::now().with_timezone(&chrono_tz::Asia::Shanghai).format("%Y年%-m月%-d日0时1分").to_string()
}

/// The receipt for a first report with these files, and the submission as it is on record.
fn filed(body: &str, files: &[(&str, &[u8])]) -> (String, serde_json::Value) {
    let mut office = Office::new();
    office.deliver(&mail("donghe@office.example", "【首报】东河县煤矿透水", body, files));
    office.file_all();
    let receipt = office.notices("receipt").pop().expect("a receipt");
    let number = office.json(&["submission", "list"])[0]["number"].as_str().expect("a number").to_owned();
    (receipt, office.json(&["submission", "show", &number]))
}

#[test]
fn what_the_text_lacks_is_read_in_the_document() {
    let document = docx(&[&format!("发生时间：{}", today()), "地点：东河黑石沟", "伤亡：三人被困", "措施：正在抽水", "级别：重大"]);
    let (receipt, on_record) = filed("详见附件。", &[("report.docx", &document)]);
    assert!(receipt.contains("黑石沟（据附件“report.docx”）"), "{receipt}");
    assert!(!receipt.contains("尚缺"), "{receipt}");
    assert_eq!(on_record["fields"]["place"], "东河黑石沟");
    assert_eq!(on_record["fields"]["severity"], "II");
    assert_eq!(on_record["fields"]["attached"]["place"], "report.docx");
    assert!(!on_record["flags"].as_array().expect("flags").iter().any(|flag| flag == "incomplete"), "{on_record}");
}

#[test]
fn the_text_comes_first_and_files_of_every_kind_fill_it_up() {
    let table = xlsx(&[&["地点", "南川"], &["伤亡：无人员伤亡", ""]]);
    let page = pdf("措施：正在抽水");
    let body = format!("发生时间：{}\r\n地点：东河黑石沟", today());
    let (_, on_record) = filed(&body, &[("table.xlsx", &table), ("page.pdf", &page)]);
    assert_eq!(on_record["fields"]["place"], "东河黑石沟");
    assert_eq!(on_record["fields"]["attached"]["casualties"], "table.xlsx", "{on_record}");
    assert_eq!(on_record["fields"]["attached"]["measures"], "page.pdf", "{on_record}");
    assert_eq!(on_record["fields"]["attached"]["place"], serde_json::Value::Null);
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_report_incomplete_and_the_receipt_says_so() {
    let document = docx(&["地点：东河黑石沟"]);
    let (receipt, on_record) = filed("详见附件。", &[("cut.docx", &document[..document.len() / 2])]);
    assert!(receipt.contains("附件未能读完"), "{receipt}");
    let flags = on_record["flags"].to_string();
    assert!(flags.contains("attachment-unread") && flags.contains("incomplete"), "{flags}");
}
