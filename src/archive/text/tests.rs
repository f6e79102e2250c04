use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).expect("a file");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

fn docx(body: &str) -> Vec<u8> {
    let document = format!("<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())])
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn only(name: &str, bytes: &[u8]) -> FileText {
    let mut read = read(name, "application/octet-stream", bytes);
    assert_eq!(read.len(), 1, "{read:?}");
    read.remove(0)
}

#[test]
fn a_document_gives_its_paragraphs_and_the_cells_of_its_tables() {
    let row = |label: &str, value: &str| format!("<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>", paragraph(label), paragraph(value));
    let body = format!(
        "{}<w:tbl>{}{}</w:tbl>{}<w:p><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t><w:br/><w:t>丙 &amp; &#19969;</w:t></w:r><w:del><w:r><w:delText>删</w:delText></w:r></w:del></w:p>",
        paragraph("关于透水事故的报告"),
        row("发生时间", "6月6日9时"),
        row("地点", "黑石沟矿"),
        paragraph(""),
    );
    let read = only("报告.docx", &docx(&body));
    assert_eq!(read.text, "关于透水事故的报告\n发生时间\t6月6日9时\n地点\t黑石沟矿\n甲\t乙\n丙 & 丁\n");
    assert_eq!((read.name.as_str(), read.lacks), ("报告.docx", None));
}

#[test]
fn a_workbook_gives_its_rows() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "单位").expect("a cell");
    sheet.write_string(0, 1, "伤亡").expect("a cell");
    sheet.write_string(1, 0, "盂县").expect("a cell");
    sheet.write_number(1, 2, 3).expect("a cell");
    let bytes = book.save_to_buffer().expect("a workbook");
    assert_eq!(only("表.xlsx", &bytes).text, "单位\t伤亡\n盂县\t\t3\n");
}

#[test]
fn plain_text_and_pages_and_messages_are_read_in_their_charsets() {
    let gbk = encoding_rs::GBK.encode("发生时间：六月六日\r\n地点：黑石沟").0.into_owned();
    assert_eq!(only("说明.TXT", &gbk).text, "发生时间：六月六日\n地点：黑石沟");
    assert_eq!(only("a.htm", "<table><tr><td>地点<td>黑石沟</tr></table>".as_bytes()).text, "地点\t黑石沟");
    assert_eq!(only("a.eml", "Subject: 透水\nFrom: a@b\n\n正文\n".as_bytes()).text, "透水\n正文\n");
}

#[test]
fn an_archive_gives_its_files_and_those_of_archives_within_it_are_named() {
    let inner = zip(&[("deep.txt", "深".as_bytes())]);
    let bytes = zip(&[
        ("说明.txt", "正文在此".as_bytes()),
        ("folder/报告.docx", &docx(&paragraph("透水"))),
        ("inner.zip", &inner),
        ("../../etc/passwd.txt", b"no path"),
        ("photo.jpg", b"\xff\xd8\xff\xe0"),
    ]);
    let read = read("包.zip", "application/zip", &bytes);
    let shown: Vec<(&str, &str)> = read.iter().map(|file| (file.name.as_str(), file.text.trim())).collect();
    assert_eq!(
        shown,
        [
            ("包.zip", ""),
            ("包.zip/说明.txt", "正文在此"),
            ("包.zip/folder/报告.docx", "透水"),
            ("包.zip/inner.zip", ""),
            ("包.zip/../../etc/passwd.txt", "no path"),
            ("包.zip/photo.jpg", ""),
        ]
    );
    assert!(read.iter().all(|file| file.lacks.is_none()), "{read:?}");
}

#[test]
fn what_is_no_text_is_named() {
    for (name, bytes) in [
        ("旧.doc", COMPOUND),
        ("winmail.dat", b"\x78\x9f\x3e\x22".as_slice()),
        ("a.jpg", b"\xff\xd8\xff"),
        ("a.bin", b"\0\0\0"),
        ("empty.txt", b""),
    ] {
        assert_eq!(only(name, bytes), FileText::named(name));
    }
}

#[test]
fn damage_and_bombs_are_said_and_end_nothing() {
    let zeroes = vec![b' '; 40 << 20];
    let bomb = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &[b"<a>".as_slice(), &zeroes].concat())]);
    assert_eq!(only("a.docx", &bomb).lacks, Some(Lack::TooLarge));
    let packed = read("a.zip", "", &zip(&[("a.txt", &zeroes), ("b.txt", b"after")]));
    assert_eq!(packed[1].lacks, Some(Lack::TooLarge));
    assert_eq!(packed[2].text, "after");
    let many = read("a.zip", "", &zip(&[("a.txt", &zeroes), ("b.txt", &zeroes), ("c.txt", &zeroes), ("d.txt", &zeroes), ("e.txt", b"x")]));
    assert_eq!(many[0].lacks, Some(Lack::TooLarge));
    let cut = docx(&paragraph("透水"));
    assert_eq!(only("a.docx", &cut[..cut.len() / 2]).lacks, Some(Lack::Damaged));
    assert_eq!(only("a.pdf", b"%PDF-1.4\n nothing").lacks, Some(Lack::Damaged));
    let long = "字".repeat(TEXT_BYTES);
    let read = only("a.txt", long.as_bytes());
    assert_eq!((read.text.len() > TEXT_BYTES - 4, read.text.len() <= TEXT_BYTES, read.lacks), (true, true, Some(Lack::TooLarge)));
}

#[test]
fn entities_of_the_file_itself_are_not_resolved() {
    let laughs = "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    let document = format!("<?xml version=\"1.0\"?>{laughs}<w:document><w:p><w:t>甲&b;&c;乙</w:t></w:p></w:document>");
    let bytes = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())]);
    assert_eq!(only("a.docx", &bytes).text, "甲乙\n");
}
