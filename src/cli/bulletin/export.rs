//! An issue as text or HTML, to be printed.

use std::path::Path;

use super::title_of;
use crate::cli::failure::Failure;
use crate::cli::page::{Page, clean, clean_lines};
use crate::cli::session::Session;
use crate::mail::words::say;
use crate::store::{IssueRow, ItemRow};

/// The text on the page, or the HTML in `file` and a sentence on the page.
pub(super) fn page(session: &Session, row: &IssueRow, items: &[ItemRow], file: Option<&Path>) -> Result<Page, Failure> {
    let mut page = Page::new();
    let Some(file) = file else {
        page.line(text(session, row, items));
        return Ok(page);
    };
    let shown = file.display();
    std::fs::write(file, html(session, row, items))
        .map_err(|error| Failure::failed(format!("{shown} 写不进去：{error}。"), format!("{shown} cannot be written: {error}.")))?;
    let name = &row.issue;
    page.line(say!(session.words, format!("{name} 已写入 {shown}。"), format!("{name} is written to {shown}.")));
    Ok(page)
}

/// 第17期（2002-03-04）
fn number(session: &Session, row: &IssueRow) -> String {
    let (year, number) = (row.issue.year, row.issue.number);
    let day = row.day.map_or_else(|| say!(session.words, "未编发", "draft").to_owned(), |day| day.to_string());
    say!(session.words, format!("{year}年第{number}期（{day}）"), format!("No. {number} of {year} ({day})"))
}

/// The units whose matter an item carries without a submission, and the submissions.
fn source(session: &Session, item: &ItemRow) -> String {
    let units = item.units.iter().map(|unit| session.name(unit).to_owned());
    session.words.list(&units.chain(item.submissions.iter().map(ToString::to_string)).collect::<Vec<_>>())
}

fn text(session: &Session, row: &IssueRow, items: &[ItemRow]) -> String {
    let mut text = format!("{}\n{}\n", title_of(session, &row.issue.bulletin), number(session, row));
    for item in items {
        text.push_str(&format!("\n{}. {}\n\n{}\n", item.position, clean(&item.title), clean_lines(&item.text)));
        let source = source(session, item);
        if !source.is_empty() {
            text.push_str(&say!(session.words, format!("（{source}）\n"), format!("({source})\n")));
        }
    }
    text.trim_end().to_owned()
}

fn html(session: &Session, row: &IssueRow, items: &[ItemRow]) -> String {
    let (title, number) = (escaped(title_of(session, &row.issue.bulletin)), escaped(&number(session, row)));
    let lang = session.words.language.as_str();
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title} {number}</title>\n\
         <style>body{{max-width:40em;margin:2em auto;font-family:serif;line-height:1.7}}h1{{color:#b22;text-align:center}}\
         .no{{text-align:center;border-bottom:2px solid #b22}}p{{text-indent:2em;margin:.4em 0}}.from{{text-align:right;color:#555}}</style></head>\n\
         <body>\n<h1>{title}</h1>\n<div class=\"no\">{number}</div>\n"
    );
    for item in items {
        html.push_str(&format!("<h2>{}</h2>\n", escaped(&clean(&item.title))));
        for line in clean_lines(&item.text).lines().map(str::trim).filter(|line| !line.is_empty()) {
            html.push_str(&format!("<p>{}</p>\n", escaped(line)));
        }
        let source = source(session, item);
        if !source.is_empty() {
            html.push_str(&format!("<div class=\"from\">{}</div>\n", escaped(&source)));
        }
    }
    html.push_str("</body></html>\n");
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
