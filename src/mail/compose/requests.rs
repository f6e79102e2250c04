//! Views of what the office asks of units, and of the bulletin that it puts out.

use minijinja::Value;

use super::exhibit::Exhibit;
use super::layout::{Block, Table};
use super::plain::{self, TITLE_MAX};
use super::view::View;
use crate::domain::notice::{BulletinIssue, Owed, Requisition, RosterCheck, UnitRef};
use crate::domain::roster::Role;
use crate::mail::words::say;

/// Lines of a requisition's details that are shown.
const DETAILS: usize = 40;
/// The longest paragraph of a bulletin, in characters.
const PARAGRAPH: usize = 5_000;

impl View {
    pub(super) fn requisition(&mut self, requisition: &Requisition, unit: Option<&UnitRef>) {
        let w = self.words;
        let owed = Owed::Requisition { number: requisition.number.to_string() };
        self.due_of(&owed, requisition.due, None, None);
        let left = (requisition.due - self.at).num_seconds();
        self.set("left", (left > 0).then(|| w.span(left)));
        self.set("number", requisition.number.to_string());
        let topic = self.title(&requisition.topic);
        self.set("topic", topic.as_str());
        let details = requisition.details.lines().map(|line| self.line(line)).filter(|line| !line.is_empty());
        self.set("details", Value::from_iter(details.take(DETAILS).collect::<Vec<_>>()));
        let mut rows = Vec::new();
        View::row(&mut rows, say!(w, "约稿编号", "Number"), requisition.number.to_string());
        View::row(&mut rows, say!(w, "题目", "Topic"), topic);
        View::row(&mut rows, say!(w, "单位", "Unit"), unit.map(|unit| self.unit_name(unit)));
        View::row(&mut rows, say!(w, "报送时限", "Due"), w.moment(requisition.due));
        self.tables.push(Table { heading: "", rows });
    }

    pub(super) fn roster_check(&mut self, check: &RosterCheck) {
        let w = self.words;
        let has = |wanted: fn(Role) -> bool| check.reporters.iter().any(|(_, _, role)| wanted(*role));
        self.set("again", check.again);
        self.set("count", check.reporters.len());
        self.set("leader", w.role(Role::Leader));
        self.set("no_leader", !has(|role| role == Role::Leader));
        self.set("no_reporter", !has(|role| role != Role::Leader));
        let mut rows = Vec::new();
        for (name, address, role) in &check.reporters {
            View::row(&mut rows, w.role(*role), format!("{} {address}", plain::line(name, TITLE_MAX)).trim().to_owned());
        }
        self.tables.push(Table { heading: "", rows });
    }

    pub(super) fn bulletin(&mut self, issue: &BulletinIssue) {
        let w = self.words;
        self.set("title", plain::untagged(&issue.title, TITLE_MAX));
        self.set("year", issue.year);
        self.set("issue", issue.issue);
        self.set("day", w.day(issue.day));
        self.set("count", issue.items.len());
        for (nth, (title, text, units)) in (1..).zip(&issue.items) {
            let mut exhibit = Exhibit::new(format!("{nth}. {}", self.as_written(title)));
            let paragraphs = text.lines().map(|line| plain::line(line, PARAGRAPH)).filter(|line| !line.is_empty());
            exhibit.lead = paragraphs.map(Block::Paragraph).collect();
            let names = w.list(&units.iter().map(|unit| self.unit_name(unit)).collect::<Vec<_>>());
            exhibit.notes.extend((!names.is_empty()).then(|| say!(w, format!("（{names}）"), format!("({names})"))));
            self.exhibits.push(exhibit);
        }
    }
}
