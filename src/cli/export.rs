//! Tables into files: .csv and .xlsx, in which no cell becomes a formula.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::page::Page;
use crate::domain::points::Points;
use crate::mail::words::{Words, say};
use crate::mail::workbook::{self, Cell, Column};

/// Where a table is to be written instead of the screen.
#[derive(clap::Args, Debug)]
pub struct Export {
    /// Write the table as .csv
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the table as .xlsx
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
}

impl Export {
    /// Writes the table where it is asked for; `false`: nowhere.
    pub fn write(&self, page: &mut Page, w: Words, title: &str, columns: &[Column], rows: &[Vec<Cell>]) -> Result<bool, Failure> {
        if let Some(file) = &self.csv {
            save(page, w, file, &comma_separated(columns, rows))?;
        }
        if let Some(file) = &self.xlsx {
            let bytes = workbook::table(title, columns, rows)
                .map_err(|error| Failure::failed(format!("表格写不成：{error}。"), format!("The workbook could not be made: {error}.")))?;
            save(page, w, file, &bytes)?;
        }
        Ok(self.asked())
    }

    /// Whether a file is asked for.
    pub fn asked(&self) -> bool {
        self.csv.is_some() || self.xlsx.is_some()
    }
}

fn save(page: &mut Page, w: Words, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let shown = file.display();
    std::fs::write(file, bytes).map_err(|error| {
        Failure::failed(
            format!("写不了 {shown}：{error}。请换一个可写的位置。"),
            format!("{shown} cannot be written: {error}. Name a place where this user may write."),
        )
    })?;
    page.line(say!(w, format!("已写入 {shown}。"), format!("Written to {shown}.")));
    Ok(())
}

/// With a byte order mark: spreadsheet programs take a .csv without one for the system's old charset.
fn comma_separated(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
    let heads = columns.iter().map(|column| column.head.clone()).collect();
    for row in std::iter::once(heads).chain(rows.iter().map(|row| row.iter().map(plain).collect::<Vec<String>>())) {
        // Writing into memory does not fail.
        let _ = writer.write_record(&row);
    }
    writer.into_inner().unwrap_or_default()
}

/// A cell as a .csv has it; a text that a spreadsheet would take for a formula gets an apostrophe before it.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Points(points) => points.to_string(),
        // A share in thousandths is a percentage in tenths.
        Cell::Share(thousandths) => format!("{}%", Points::from_thousandths(thousandths * 100)),
    }
}

/// A cell as the screen has it; a missing figure is no zero.
pub fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "—".to_owned(),
        Cell::Text(text) => text.clone(),
        cell => plain(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula_and_nothing_is_lost() {
        let rows = [vec![Cell::Text("=cmd|' /C calc'!A0".into()), Cell::Count(-3), Cell::Share(839), Cell::Empty]];
        let columns = ["标题", "升降", "占比", "无"].map(Column::text);
        let bytes = comma_separated(&columns, &rows);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\u{feff}标题,升降,占比,无\n'=cmd|' /C calc'!A0,-3,83.9%,\n");
    }
}
