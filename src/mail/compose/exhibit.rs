//! What a digest, a circular or a bulletin shows below its lead: a heading, sentences, a chart, a grid of figures, remarks.
//!
//! One exhibit serves both layouts. In text, columns line up in a terminal where Chinese takes two; in HTML, figures are set
//! to the right. A grid names the rows that its HTML shows: mail readers cut long pages off.

use std::sync::Arc;

use minijinja::{Value, context};

use super::layout::{self, Block};
use super::plain::columns;
use crate::mail::chart::Chart;

/// Columns of a terminal.
const TERMINAL: usize = 78;
/// What the first column of a grid keeps, however many follow.
const NAME_MIN: usize = 10;

/// One section.
pub(super) struct Exhibit {
    /// May be empty.
    pub heading: String,
    /// Sentences before the figures.
    pub lead: Vec<Block>,
    /// Pictures of the figures.
    pub charts: Vec<Chart>,
    /// The figures.
    pub grid: Option<Grid>,
    /// Remarks below, in small type.
    pub notes: Vec<String>,
}

impl Exhibit {
    /// A section of this heading, empty.
    pub(super) fn new(heading: impl Into<String>) -> Exhibit {
        Exhibit { heading: heading.into(), lead: Vec::new(), charts: Vec::new(), grid: None, notes: Vec::new() }
    }
}

/// A chart as drawn for one mail.
pub(super) struct Picture {
    /// The chart's.
    pub name: &'static str,
    /// By which the page names it, without angle brackets.
    pub content_id: String,
    /// PNG.
    pub bytes: Arc<[u8]>,
}

/// A table of figures.
pub(super) struct Grid {
    /// From left to right; the first one is of names.
    pub columns: Vec<Column>,
    /// As many cells each as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// The rows that HTML shows, in its order; `None`: all of them as they stand.
    pub shown: Option<Vec<usize>>,
}

/// A column's heading.
pub(super) struct Column {
    /// Over the heading, in HTML on a line of its own; in text, English has no room for it.
    pub over: &'static str,
    /// What it holds.
    pub head: &'static str,
    /// How it is set.
    pub set: Set,
}

/// How a column is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// To the left; the first column gives way where there is no room.
    Left,
    /// Figures: to the right.
    Right,
    /// Sentences: to the left, over several lines in text. Only the last column.
    Wrapped,
    /// A line of bars: in HTML under the name, where a telephone has room for it.
    Trend,
}

/// What stands in a row under a column.
#[derive(Clone, Default)]
pub(super) struct Cell {
    /// The figure.
    pub main: String,
    /// Beside it, smaller.
    pub sub: String,
    /// How it is coloured.
    pub tone: Tone,
}

/// Colours say no more than the words do.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// As the text.
    #[default]
    Plain,
    /// Good or bad enough to be seen: amber.
    Warn,
    /// Red.
    Bad,
    /// There is no figure.
    Missing,
}

impl Cell {
    /// A figure or a name.
    pub(super) fn of(main: impl Into<String>) -> Cell {
        Cell { main: main.into(), ..Cell::default() }
    }

    /// No figure: a dash, so that it looks unlike a zero.
    pub(super) fn missing() -> Cell {
        Cell { main: "—".to_owned(), tone: Tone::Missing, ..Cell::default() }
    }

    /// With something beside it.
    pub(super) fn with(self, sub: impl Into<String>) -> Cell {
        Cell { sub: sub.into(), ..self }
    }

    /// Coloured.
    pub(super) fn toned(self, tone: Tone) -> Cell {
        Cell { tone, ..self }
    }

    fn text(&self) -> String {
        match (self.sub.as_str(), self.sub.is_ascii()) {
            ("", _) => self.main.clone(),
            (sub, true) => format!("{} ({sub})", self.main),
            (sub, false) => format!("{}（{sub}）", self.main),
        }
    }
}

impl Column {
    /// Of names.
    pub(super) fn name(head: &'static str) -> Column {
        Column { over: "", head, set: Set::Left }
    }

    /// Of sentences.
    pub(super) fn sentences(head: &'static str) -> Column {
        Column { over: "", head, set: Set::Wrapped }
    }

    /// Of lines of bars.
    pub(super) fn trend(head: &'static str) -> Column {
        Column { over: "", head, set: Set::Trend }
    }

    /// Of figures.
    pub(super) fn figures(over: &'static str, head: &'static str) -> Column {
        Column { over, head, set: Set::Right }
    }

    fn text(&self) -> String {
        if self.head.is_ascii() { self.head.to_owned() } else { format!("{}{}", self.over, self.head) }
    }
}

/// Exhibits as text.
pub(super) fn text(exhibits: &[Exhibit]) -> String {
    exhibits.iter().map(exhibit_text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn exhibit_text(exhibit: &Exhibit) -> String {
    let mut parts = Vec::new();
    if !exhibit.heading.is_empty() {
        parts.push(exhibit.heading.clone());
    }
    let lead = layout::text(&exhibit.lead);
    if !lead.is_empty() {
        parts.push(lead);
    }
    if let Some(grid) = &exhibit.grid {
        parts.push(grid_text(grid));
    }
    parts.extend(exhibit.notes.iter().cloned());
    parts.join("\n")
}

/// Columns two apart; the first one gives way where a line would be longer than a terminal.
fn grid_text(grid: &Grid) -> String {
    let head: Vec<String> = grid.columns.iter().map(Column::text).collect();
    let mut lines: Vec<Vec<String>> = Vec::new();
    lines.extend(Some(head).filter(|head| head.iter().any(|name| !name.is_empty())));
    lines.extend(grid.rows.iter().map(|row| row.iter().map(Cell::text).collect()));
    let wrapped = |index: usize| grid.columns.get(index).is_some_and(|column| column.set == Set::Wrapped);
    let widest = |index: usize| match wrapped(index) {
        true => 0,
        false => lines.iter().map(|line| line.get(index).map_or(0, |cell| columns(cell))).max().unwrap_or(0),
    };
    let mut widths: Vec<usize> = (0..grid.columns.len()).map(widest).collect();
    let others: usize = widths.iter().skip(1).map(|width| width + 2).sum();
    if let Some(first) = widths.first_mut() {
        *first = (*first).min(TERMINAL.saturating_sub(2 + others).max(NAME_MIN));
    }
    let mut out = String::new();
    for line in &lines {
        let mut text = " ".to_owned();
        for ((cell, column), width) in line.iter().zip(&grid.columns).zip(&widths) {
            if column.set == Set::Wrapped {
                text.push_str("  ");
                let indent = columns(&text);
                let lines = wrap(cell, TERMINAL.saturating_sub(indent).max(NAME_MIN));
                text.push_str(&lines.join(&format!("\n{}", " ".repeat(indent))));
                continue;
            }
            let cell = clip(cell, *width);
            let pad = " ".repeat(width.saturating_sub(columns(&cell)));
            let (left, right) = if column.set == Set::Right { (pad.as_str(), "") } else { ("", pad.as_str()) };
            text.push_str(if text == " " { " " } else { "  " });
            text.extend([left, &cell, right]);
        }
        out.extend([text.trim_end(), "\n"]);
    }
    out.truncate(out.trim_end().len());
    out
}

/// `text` in at most `width` columns.
fn clip(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if columns(&kept) + columns(c.encode_utf8(&mut [0; 4])) + 1 > width {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

/// `text` in lines of at most `width` columns: between words, and between Chinese characters, none of which begins a line
/// that closes something.
fn wrap(text: &str, width: usize) -> Vec<String> {
    const CLOSING: &str = "，。；：、）”》？！,.;:)";
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let fits = columns(&line) + columns(piece.trim_end()) <= width;
        if !fits && !line.is_empty() && !piece.starts_with(|c| CLOSING.contains(c)) {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(if line.is_empty() { piece.trim_start() } else { piece });
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// What must stay together: a word with the space behind it, a Chinese character, either with what opens before it.
fn pieces(text: &str) -> Vec<&str> {
    const OPENING: &str = "（“《(";
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let next_is_wide = text[end..].chars().next().is_some_and(|next| columns(next.encode_utf8(&mut [0; 4])) == 2);
        let breaks = c == ' ' || columns(&text[at..end]) == 2 || next_is_wide;
        if breaks && !OPENING.contains(c) {
            pieces.push(&text[start..end]);
            start = end;
        }
    }
    pieces.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    pieces
}

/// Exhibits as values for the HTML layout; a chart is shown where there is a picture of its name: its content id.
pub(super) fn values(exhibits: &[Exhibit], pictures: &[Picture]) -> Value {
    exhibits
        .iter()
        .map(|exhibit| {
            let grid = exhibit.grid.as_ref().map(grid_values);
            let shown = exhibit.charts.iter().filter_map(|chart| Some((chart, pictures.iter().find(|picture| picture.name == chart.name)?)));
            let charts = Value::from_iter(
                shown.map(|(chart, picture)| context! { cid => picture.content_id.as_str(), alt => chart.alt.as_str(), width => chart.width }),
            );
            context! { heading => exhibit.heading.as_str(), lead => layout::values(&exhibit.lead), charts, grid, notes => exhibit.notes.clone() }
        })
        .collect()
}

fn grid_values(grid: &Grid) -> Value {
    let headed = grid.columns.iter().any(|column| !column.head.is_empty());
    let beside = |column: &Column| column.set != Set::Trend;
    let columns = Value::from_iter(
        grid.columns
            .iter()
            .filter(|column| beside(column))
            .map(|column| context! { over => column.over, head => column.head, figures => column.set == Set::Right }),
    );
    let all: Vec<usize> = (0..grid.rows.len()).collect();
    let shown = grid.shown.as_ref().unwrap_or(&all);
    let rows = shown.iter().filter_map(|index| grid.rows.get(*index)).map(|row| {
        let cells = row.iter().zip(&grid.columns).filter(|(_, column)| beside(column));
        let trend = row.iter().zip(&grid.columns).find(|(_, column)| !beside(column)).map(|(cell, _)| cell.main.as_str());
        let cells = cells.map(|(cell, column)| {
            context! { main => cell.main.as_str(), sub => cell.sub.as_str(), tone => tone(cell.tone), figures => column.set == Set::Right }
        });
        context! { trend, cells => Value::from_iter(cells) }
    });
    context! { headed, columns, rows => Value::from_iter(rows) }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Missing => "missing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_line_up_where_chinese_takes_two_columns() {
        let grid = Grid {
            columns: vec![Column::name("单位"), Column::figures("本周", "报送"), Column::figures("", "位次")],
            rows: vec![
                vec![Cell::of("盂县"), Cell::of("12"), Cell::of("8").with("2并列")],
                vec![Cell::of("阳泉市郊区"), Cell::of("0"), Cell::missing()],
            ],
            shown: None,
        };
        let lines = ["  单位        本周报送        位次", "  盂县              12  8（2并列）", "  阳泉市郊区         0           —"];
        assert_eq!(grid_text(&grid), lines.join("\n"));
    }

    #[test]
    fn sentences_wrap_between_words_and_characters() {
        assert_eq!(wrap("盂县：E-2003-0007首报，未到（N-2003-000031）", 16), ["盂县：", "E-2003-0007首报，", "未到", "（N-2003-000031）"]);
        assert_eq!(wrap("due 3 Mar 2003 10:30, not acknowledged", 14), ["due 3 Mar 2003", "10:30, not", "acknowledged"]);
        assert_eq!(wrap("", 14), [""]);
    }

    #[test]
    fn names_give_way_where_a_line_would_not_fit_a_terminal() {
        let name = "阳泉市人民政府办公厅信息督查室直属的一个名称很长很长很长很长很长很长很长的单位";
        let mut row = vec![Cell::of(name)];
        row.extend((0..8).map(|_| Cell::of("123456")));
        let mut heads = vec![Column::name("单位")];
        heads.extend((0..8).map(|_| Column::figures("", "项")));
        let text = grid_text(&Grid { columns: heads, rows: vec![row], shown: None });
        assert!(text.lines().all(|line| columns(line) <= 80) && text.contains('…'), "{text}");
    }
}
