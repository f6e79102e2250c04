//! The view of the monthly circular: the table of standings, ties and zeros named.

use super::digest::HTML_ROWS;
use super::exhibit::{Cell, Column, Exhibit, Grid};
use super::plain;
use super::view::View;
use crate::domain::digest::{Circular, CircularLine, StandingLine};
use crate::mail::words::say;

impl View {
    pub(super) fn circular(&mut self, circular: &Circular) {
        let w = self.words;
        self.set("month", w.period(circular.month));
        self.set("to_date", w.period(circular.to_date));
        self.set("same", circular.month.first() == circular.to_date.first());
        self.set("month_total", w.points(circular.month_total));
        self.set("total", w.points(circular.total));
        self.set("as_of", w.day(circular.as_of));
        self.set("put_off", self.moment(circular.put_off));
        let first: Vec<String> = circular
            .lines
            .iter()
            .filter(|line| line.to_date.rank == 1 && !line.to_date.points.is_zero())
            .map(|line| {
                let (name, points) = (self.unit_name(&line.to_date.unit), w.points(line.to_date.points));
                say!(w, format!("{name}（{points}）"), format!("{name} ({points})"))
            })
            .collect();
        self.set("first", w.list(&first));
        let zero: Vec<String> = circular.zero.iter().take(HTML_ROWS).map(|unit| self.unit_name(unit)).collect();
        let more = circular.zero.len() > zero.len();
        self.set("zero", format!("{}{}", w.list(&zero), if more { say!(w, "等", ", …") } else { "" }));
        self.set("zero_count", circular.zero.len());
        self.exhibits = vec![self.to_date(circular), self.of_month(circular)];
    }

    fn to_date(&self, circular: &Circular) -> Exhibit {
        let w = self.words;
        let window = w.period(circular.to_date);
        let mut exhibit = Exhibit::new(say!(w, format!("累计（{window}）"), format!("Year to date ({window})")));
        let columns = vec![
            Column::name(say!(w, "单位", "Unit")),
            Column::figures("", say!(w, "积分", "Points")),
            Column::figures("", say!(w, "占比", "Share")),
            Column::figures("", say!(w, "位次", "Rank")),
            Column::figures("", say!(w, "升降", "Move")),
            Column::figures("", say!(w, "采用", "Adopt.")),
            Column::figures("", say!(w, "采用率", "Rate")),
        ];
        let lines: Vec<StandingLine> = circular.lines.iter().map(|line| line.to_date.clone()).collect();
        exhibit.charts.extend(self.standings_chart(&lines));
        let rows = circular.lines.iter().map(|line| {
            let mut row = vec![self.name_cell(line)];
            row.extend(self.standing_cells(&line.to_date));
            row.push(Cell::of(line.to_date.items.to_string()));
            row.push(self.adoption_rate(line));
            row
        });
        let rows: Vec<Vec<Cell>> = rows.collect();
        exhibit.notes.push(
            say!(
                w,
                "采用率为采用条数与报送件数之比，报送件数只计报到本室的。位次相同的为并列。“—”为没有数字，与0不同。",
                "The rate is adoptions over submissions, those sent to us alone. Equal points share a rank. “—” means that there is no figure, unlike 0."
            )
            .to_owned(),
        );
        let shown = self.capped(&mut exhibit, (0..rows.len()).collect());
        exhibit.grid = Some(Grid { columns, rows, shown });
        exhibit
    }

    fn of_month(&self, circular: &Circular) -> Exhibit {
        let w = self.words;
        let month = w.period(circular.month);
        let mut exhibit = Exhibit::new(say!(w, format!("当月（{month}）"), format!("The month ({month})")));
        let columns = vec![
            Column::name(say!(w, "单位", "Unit")),
            Column::figures("", say!(w, "积分", "Points")),
            Column::figures("", say!(w, "采用", "Adopt.")),
            Column::figures("", say!(w, "位次", "Rank")),
        ];
        let rows: Vec<Vec<Cell>> = circular
            .lines
            .iter()
            .map(|line| {
                vec![
                    self.name_cell(line),
                    Cell::of(line.month_points.to_string()),
                    Cell::of(line.month_items.to_string()),
                    Cell::of(line.month_rank.to_string()),
                ]
            })
            .collect();
        let shown = self.capped(&mut exhibit, (0..rows.len()).collect());
        exhibit.grid = Some(Grid { columns, rows, shown });
        exhibit
    }

    fn name_cell(&self, line: &CircularLine) -> Cell {
        Cell::of(plain::line(&line.to_date.unit.name, 40))
    }

    fn adoption_rate(&self, line: &CircularLine) -> Cell {
        match line.to_date.submitted {
            0 => Cell::missing(),
            submitted => Cell::of(self.words.rate(line.to_date.items, submitted)).with(format!("{}/{submitted}", line.to_date.items)),
        }
    }
}
