//! The table of units and addresses → who takes part, or everything that is wrong with it, line by line.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::Both;
use super::headings::{Column, Table};
use super::names;
use crate::domain::language::Language;
use crate::domain::roster::{Address, Role};
use crate::domain::table::{CellFault, Row};
use crate::mail::table::read_sheets;
use crate::mail::words::Words;

/// Characters in a name, as in a configuration.
pub(super) const TEXT_LIMIT: usize = 1_000;

/// One thing that is wrong with the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line in the file; `None`: the table as a whole.
    pub line: Option<u32>,
    /// What is wrong; what would mend it.
    pub said: Both,
}

impl Fault {
    /// On a line.
    pub fn at(line: u32, zh: impl Into<String>, en: impl Into<String>) -> Fault {
        Fault { line: Some(line), said: Both::new(zh, en) }
    }

    /// Of the table as a whole.
    pub fn whole(zh: impl Into<String>, en: impl Into<String>) -> Fault {
        Fault { line: None, said: Both::new(zh, en) }
    }
}

/// A unit of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnitRow {
    /// Where it stands first.
    pub line: u32,
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub class: String,
    pub direct_report: bool,
    pub places: Vec<String>,
    pub reporters: Vec<(String, Address, Role)>,
    /// An address of its was refused, and that is said: it is not also told that it has none.
    pub refused: bool,
    /// As written; then the place of that unit in the list.
    pub parent_name: String,
    pub parent: Option<usize>,
}

/// Somebody who is told of breaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SupervisorRow {
    pub line: u32,
    pub name: String,
    pub address: Address,
    pub level: u8,
    /// As written; then places in the list of units. `None`: all.
    pub scope_names: Vec<String>,
    pub units: Option<BTreeSet<usize>>,
    /// No unit was named, and that was read as all.
    pub by_blank: bool,
}

/// Everybody in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Network {
    /// In the order of the table.
    pub units: Vec<UnitRow>,
    pub supervisors: Vec<SupervisorRow>,
    pub superiors: Vec<(String, Address)>,
    /// Headings of columns that were not read.
    pub unread: Vec<String>,
    /// Names of sheets that were not read.
    pub unread_sheets: Vec<String>,
}

impl Network {
    /// Whether every unit has a supervisor of the first level.
    pub fn is_supervised(&self) -> bool {
        let first: Vec<_> = self.supervisors.iter().filter(|each| each.level == 1).map(|each| &each.units).collect();
        (0..self.units.len()).all(|unit| first.iter().any(|units| units.as_ref().is_none_or(|units| units.contains(&unit))))
    }
}

/// Reads a table. `office` is the office's own address, at which nobody reports.
///
/// # Errors
/// Everything that is wrong, in the order of lines.
pub(super) fn read(file_name: &str, bytes: &[u8], office: Option<&Address>) -> Result<Network, Vec<Fault>> {
    let sheets = read_sheets(file_name, bytes).map_err(|fault| vec![unreadable(&fault)])?;
    let table = Table::find(&sheets).map_err(|fault| vec![fault])?;
    let network = Network { unread: table.unread.clone(), unread_sheets: table.other_sheets.clone(), ..Network::default() };
    let mut reading = Reading { office, network, ..Reading::default() };
    for row in table.rows() {
        reading.row(&table, row);
    }
    if reading.network.units.is_empty() && reading.faults.is_empty() {
        reading.faults.push(Fault::whole(
            "列名之下没有单位；请每行写一个单位和它的邮箱",
            "there is no unit below the headings; write one a line, with its address",
        ));
    }
    reading.blank_scopes();
    names::settle(&mut reading.network, &mut reading.faults);
    if reading.faults.is_empty() {
        return Ok(reading.network);
    }
    reading.faults.sort_by_key(|fault| fault.line);
    reading.faults.dedup();
    Err(reading.faults)
}

fn unreadable(fault: &CellFault) -> Fault {
    let said = |language| Words::new(language, chrono_tz::UTC).fault(&CellFault { line: None, ..fault.clone() });
    let bare = |said: String| said.trim_end_matches(['。', '.']).to_owned();
    Fault { line: fault.line, said: Both::new(bare(said(Language::ZhCn)), bare(said(Language::En))) }
}

/// What a row is about.
enum About {
    Reporter(Role),
    Supervisor,
    Superior,
}

#[derive(Default)]
struct Reading<'o> {
    office: Option<&'o Address>,
    network: Network,
    faults: Vec<Fault>,
    by_name: BTreeMap<String, usize>,
    /// Of reporters: where each address stands first, and for whom.
    reporting: BTreeMap<Address, (u32, String)>,
    supervising: BTreeMap<Address, u32>,
    above: BTreeMap<Address, u32>,
    /// The unit of the row before, for rows that name none.
    current: Option<usize>,
    /// The first row that named none and was read as of that unit.
    relied: Option<u32>,
}

impl Reading<'_> {
    fn fault(&mut self, line: u32, zh: impl Into<String>, en: impl Into<String>) {
        self.faults.push(Fault::at(line, zh, en));
    }

    fn row(&mut self, table: &Table<'_>, row: &Row) {
        let text = |column| table.text(row, column);
        let (unit, written) = (text(Column::Unit), text(Column::Address));
        if unit.is_empty() && written.is_empty() {
            return;
        }
        let line = row.line;
        for column in [Column::Unit, Column::Person, Column::Class, Column::Places, Column::Aliases, Column::Parent] {
            if text(column).chars().count() > TEXT_LIMIT {
                self.fault(
                    line,
                    format!("一格超过 {TEXT_LIMIT} 个字符；请缩短"),
                    format!("a cell has more than {TEXT_LIMIT} characters; shorten it"),
                );
                return;
            }
        }
        let about = match about(&text(Column::Role)) {
            Some(about) => about,
            None => {
                let role = text(Column::Role);
                self.fault(
                    line,
                    format!("不认识角色“{role}”；可写 专职、兼职、分管领导、督办人、上级，不写即专职"),
                    format!(
                        "“{role}” is no role; write full-time, part-time, leader, supervisor or superior, or leave it out for full-time"
                    ),
                );
                return;
            }
        };
        let address = self.address(line, &written);
        match about {
            About::Reporter(role) => self.reporter(table, row, address, role, written.is_empty()),
            About::Supervisor => self.supervisor(line, address, [unit, text(Column::Person), text(Column::Level)], written.is_empty()),
            About::Superior => self.superior(line, address, [unit, text(Column::Person)], written.is_empty()),
        }
    }

    /// An address that can be used; what is wrong with it is noted. Full-width characters are read as what they stand for.
    fn address(&mut self, line: u32, written: &str) -> Option<Address> {
        if written.is_empty() {
            return None;
        }
        let plain: String = written.nfkc().collect();
        let Some(address) = Address::parse(&plain) else {
            let shown: String = written.chars().take(80).collect();
            let several = plain.matches('@').count() > 1;
            let (zh, en) = match several {
                true => ("一行只写一个地址，另一人请另起一行", "write one address a line; another person has a line of his own"),
                false => ("请写成 yuxian@example.net 的样子，不带姓名", "write it like yuxian@example.net, without a name"),
            };
            self.fault(line, format!("“{shown}”不是邮箱地址；{zh}"), format!("“{shown}” is no email address; {en}"));
            return None;
        };
        if self.office == Some(&address) {
            self.fault(
                line,
                format!("{address} 是办公室自己的地址；请写对方的地址"),
                format!("{address} is the office's own address; write that of the person"),
            );
            return None;
        }
        Some(address)
    }

    fn reporter(&mut self, table: &Table<'_>, row: &Row, address: Option<Address>, role: Role, without: bool) {
        let (line, name) = (row.line, table.text(row, Column::Unit));
        let index = match (name.is_empty(), self.current) {
            (true, None) => {
                self.fault(line, "有地址而没有单位；请写明是哪个单位", "there is an address and no unit; write whose it is");
                return;
            }
            (true, Some(current)) => {
                self.relied.get_or_insert(line);
                current
            }
            (false, _) => self.unit(line, &name),
        };
        self.current = Some(index);
        self.particulars(table, row, index);
        let Some(address) = address else {
            if !without {
                self.network.units[index].refused = true;
            }
            return;
        };
        let unit = self.network.units[index].name.clone();
        if let Some((first, owner)) = self.reporting.get(&address) {
            let (first, owner) = (*first, owner.clone());
            self.network.units[index].refused = true;
            self.fault(
                line,
                format!("{address} 在第 {first} 行已用于“{owner}”；一个地址只能为一个单位报送一次，请删去其中一处"),
                format!("{address} stands on line {first} already, for “{owner}”; an address reports once, for one unit: take one of the two out"),
            );
            return;
        }
        self.reporting.insert(address.clone(), (line, unit));
        let person = table.text(row, Column::Person);
        self.network.units[index].reporters.push((person, address, role));
    }

    fn unit(&mut self, line: u32, name: &str) -> usize {
        let units = &mut self.network.units;
        *self.by_name.entry(name.to_lowercase()).or_insert_with(|| {
            units.push(UnitRow {
                line,
                id: String::new(),
                name: name.to_owned(),
                aliases: Vec::new(),
                class: String::new(),
                direct_report: false,
                places: Vec::new(),
                reporters: Vec::new(),
                refused: false,
                parent_name: String::new(),
                parent: None,
            });
            units.len() - 1
        })
    }

    /// What a row says of its unit, beside who reports. Each may stand in any of the unit's rows, and only once differently.
    fn particulars(&mut self, table: &Table<'_>, row: &Row, index: usize) {
        let line = row.line;
        let mut differing = Vec::new();
        let unit = &mut self.network.units[index];
        for (column, have) in [(Column::Id, &mut unit.id), (Column::Class, &mut unit.class), (Column::Parent, &mut unit.parent_name)] {
            let found = table.text(row, column);
            if have.is_empty() {
                *have = found;
            } else if !found.is_empty() && *have != found {
                differing.push((have.clone(), found));
            }
        }
        for (column, have) in [(Column::Aliases, &mut unit.aliases), (Column::Places, &mut unit.places)] {
            for found in several(&table.text(row, column)) {
                if !have.contains(&found) {
                    have.push(found);
                }
            }
        }
        let (unit_name, first) = (unit.name.clone(), unit.line);
        let direct = table.text(row, Column::DirectReport);
        match truth(&direct) {
            Some(truth) => unit.direct_report |= truth,
            None => self.fault(
                line,
                format!("是否直报点写的是“{direct}”；请写 是 或 否"),
                format!("direct report is “{direct}”; write yes or no"),
            ),
        }
        for (one, other) in differing {
            self.fault(
                line,
                format!("“{unit_name}”在第 {first} 行写的是“{one}”，这里是“{other}”；请改为一致"),
                format!("“{unit_name}” has “{one}” on line {first} and “{other}” here; make them the same"),
            );
        }
    }

    fn supervisor(&mut self, line: u32, address: Option<Address>, [scope, person, level]: [String; 3], without: bool) {
        let level = match level.nfkc().collect::<String>().as_str() {
            "" | "1" => 1,
            "2" => 2,
            "3" => 3,
            other => {
                let other = other.to_owned();
                self.fault(
                    line,
                    format!("督办级别“{other}”应为 1、2 或 3：1 从迟报起告知，2 从漏报起，3 只告知不报"),
                    format!("the level “{other}” must be 1, 2 or 3: 1 hears from late on, 2 from omitted on, 3 of unreported only"),
                );
                return;
            }
        };
        if without {
            self.fault(line, "督办人没有邮箱地址；请写上", "a supervisor has no address; write it");
        }
        let Some(address) = address else { return };
        if let Some(first) = self.supervising.get(&address).copied() {
            self.fault(
                line,
                format!("督办人 {address} 在第 {first} 行已有；请并为一行，所督办的单位用顿号隔开"),
                format!("the supervisor {address} stands on line {first} already; make it one line, with commas between the units"),
            );
            return;
        }
        self.supervising.insert(address.clone(), line);
        let by_blank = scope.is_empty();
        let everything = by_blank || ["*", "全部", "所有单位", "all"].contains(&scope.to_lowercase().as_str());
        let scope_names = if everything { Vec::new() } else { several(&scope) };
        let name = if person.is_empty() { address.local().to_owned() } else { person };
        self.network.supervisors.push(SupervisorRow { line, name, address, level, scope_names, units: None, by_blank });
    }

    /// Where a blank means the unit above for a reporter, nobody can tell what it means for a supervisor.
    fn blank_scopes(&mut self) {
        let Some(relied) = self.relied else { return };
        for supervisor in self.network.supervisors.iter().filter(|supervisor| supervisor.by_blank) {
            let address = &supervisor.address;
            self.faults.push(Fault::at(
                supervisor.line,
                format!(
                    "督办人 {address} 没有写所督办的单位，而第 {relied} 行的空白表示与上一行同一单位；请写明单位，督办全部单位的写“全部”"
                ),
                format!(
                    "the supervisor {address} names no unit, and the blank of line {relied} stands for the unit above; write a unit's name, or “all” for every unit"
                ),
            ));
        }
    }

    fn superior(&mut self, line: u32, address: Option<Address>, [unit, person]: [String; 2], without: bool) {
        if without {
            self.fault(line, "上级没有邮箱地址；请写上", "a superior has no address; write it");
        }
        let Some(address) = address else { return };
        if let Some(first) = self.above.get(&address).copied() {
            self.fault(
                line,
                format!("上级 {address} 在第 {first} 行已有；请删去其中一处"),
                format!("the superior {address} stands on line {first} already; take one of the two out"),
            );
            return;
        }
        self.above.insert(address.clone(), line);
        let name = [unit, person].into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| address.to_string());
        self.network.superiors.push((name, address));
    }
}

fn about(role: &str) -> Option<About> {
    let role: String = role.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace() && *c != '-').collect();
    Some(match role.as_str() {
        "" | "专职" | "专职信息员" | "信息员" | "fulltime" | "reporter" => About::Reporter(Role::FullTime),
        "兼职" | "兼职信息员" | "parttime" => About::Reporter(Role::PartTime),
        "分管领导" | "领导" | "分管" | "leader" => About::Reporter(Role::Leader),
        "督办" | "督办人" | "supervisor" => About::Supervisor,
        "上级" | "上级单位" | "superior" => About::Superior,
        _ => return None,
    })
}

fn truth(text: &str) -> Option<bool> {
    match text.nfkc().collect::<String>().to_lowercase().as_str() {
        "" | "否" | "不是" | "no" | "n" | "false" | "0" | "×" => Some(false),
        "是" | "yes" | "y" | "true" | "1" | "√" | "✓" | "✔" => Some(true),
        _ => None,
    }
}

/// Names in one cell, each once.
fn several(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(['、', '，', ',', ';', '；', '|']).map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}
