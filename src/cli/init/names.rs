//! What no single line of the table can show: names that clash, parents that are not there or go round, units without anybody.

use std::collections::{BTreeMap, BTreeSet};

use super::roster::{Fault, Network, UnitRow};

/// Characters in a short name.
const ID_LIMIT: usize = 40;
/// Local parts of addresses that tell no unit from another.
const GENERAL: [&str; 14] =
    ["xinxi", "xxk", "info", "office", "mail", "admin", "report", "reports", "news", "post", "contact", "bgs", "bangongshi", "zhiban"];

/// Gives every unit a short name, finds parents and scopes, and notes what does not agree.
pub(super) fn settle(network: &mut Network, faults: &mut Vec<Fault>) {
    for unit in &network.units {
        if unit.reporters.is_empty() && !unit.refused {
            faults.push(Fault::at(
                unit.line,
                format!("“{}”没有邮箱地址；请写上其信息员的地址", unit.name),
                format!("“{}” has no address; write that of its reporter", unit.name),
            ));
        }
    }
    ids_fit(&network.units, faults);
    clashes(&network.units, faults);
    short_names(&mut network.units);
    parents(&mut network.units, faults);
    cycles(&network.units, faults);
    if faults.is_empty() {
        scopes(network, faults);
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID_LIMIT && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

fn ids_fit(units: &[UnitRow], faults: &mut Vec<Fault>) {
    for unit in units.iter().filter(|unit| !unit.id.is_empty() && !is_id(&unit.id)) {
        faults.push(Fault::at(
            unit.line,
            format!("代号“{}”只能用英文字母、数字、- 和 _，不超过 {ID_LIMIT} 个字符；请改，或留空由程序取名", unit.id),
            format!(
                "the id “{}” may have letters a–z, digits, - and _ only, {ID_LIMIT} at most; change it, or leave it empty and one is made",
                unit.id
            ),
        ));
    }
}

/// No name, alias, id or place belongs to two units.
fn clashes(units: &[UnitRow], faults: &mut Vec<Fault>) {
    let (mut names, mut places) = (BTreeMap::new(), BTreeMap::new());
    for (index, unit) in units.iter().enumerate() {
        let known = std::iter::once(&unit.name).chain(&unit.aliases).chain(Some(&unit.id).filter(|id| !id.is_empty()));
        for (list, seen, (zh, en)) in [
            (known.collect::<Vec<_>>(), &mut names, ("名称", "the name")),
            (unit.places.iter().collect(), &mut places, ("辖区", "the place")),
        ] {
            for name in list {
                let owner: usize = *seen.entry(name.to_lowercase()).or_insert(index);
                if owner != index {
                    let other = &units[owner];
                    faults.push(Fault::at(
                        unit.line,
                        format!("“{}”的{zh}“{name}”已属第 {} 行的“{}”；请改其中一处", unit.name, other.line, other.name),
                        format!(
                            "{en} “{name}” of “{}” belongs to “{}” of line {} already; change one of the two",
                            unit.name, other.name, other.line
                        ),
                    ));
                }
            }
        }
    }
}

/// A short name for each unit that has none: out of its name, else of its first address, else a number.
fn short_names(units: &mut [UnitRow]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for unit in units.iter() {
        taken.extend(std::iter::once(&unit.name).chain(&unit.aliases).chain([&unit.id]).map(|name| name.to_lowercase()));
    }
    let mut number = 0;
    for unit in units.iter_mut().filter(|unit| unit.id.is_empty()) {
        let own = slug(&unit.name);
        let local = unit.reporters.first().map(|(_, address, _)| address.local().split('+').next().unwrap_or_default().to_lowercase());
        let tells = |id: &String| is_id(id) && id.bytes().any(|b| b.is_ascii_alphabetic()) && !GENERAL.contains(&id.as_str());
        // An id that is the unit's own name is no clash.
        let free = |id: &String| !taken.contains(id) || *id == unit.name.to_lowercase();
        let found = [own, local.unwrap_or_default()].into_iter().find(|id| tells(id) && free(id));
        unit.id = found.unwrap_or_else(|| {
            loop {
                number += 1;
                let id = format!("unit-{number:02}");
                if !taken.contains(&id) {
                    break id;
                }
            }
        });
        taken.insert(unit.id.to_lowercase());
    }
}

/// `North County` → `north-county`; nothing where a character of another script stands in it.
fn slug(name: &str) -> String {
    if !name.is_ascii() {
        return String::new();
    }
    let words: Vec<String> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("-")
}

/// The unit that goes by this name, alias or id.
fn find(units: &[UnitRow], name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let goes_by =
        |unit: &UnitRow| std::iter::once(&unit.name).chain(&unit.aliases).chain([&unit.id]).any(|known| known.to_lowercase() == name);
    units.iter().position(goes_by)
}

/// What a name may have been meant to be.
fn near(units: &[UnitRow], name: &str) -> Option<String> {
    let likeness = |unit: &UnitRow| strsim::jaro_winkler(&unit.name.to_lowercase(), &name.to_lowercase());
    let best = units.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.7).then(|| best.name.clone())
}

fn unknown(units: &[UnitRow], line: u32, (zh, en): (&str, &str), name: &str) -> Fault {
    let (hint_zh, hint_en) = match near(units, name) {
        Some(near) => {
            (format!("是否为“{near}”？请改正，或为它加上一行"), format!("did you mean “{near}”? Correct it, or add a line for that unit"))
        }
        None => ("请改正，或为它加上一行".to_owned(), "correct it, or add a line for that unit".to_owned()),
    };
    Fault::at(line, format!("表中没有{zh}“{name}”；{hint_zh}"), format!("the table has no unit “{name}”, named as {en}; {hint_en}"))
}

fn parents(units: &mut [UnitRow], faults: &mut Vec<Fault>) {
    for index in 0..units.len() {
        let name = units[index].parent_name.clone();
        if name.is_empty() {
            continue;
        }
        match find(units, &name) {
            Some(parent) => units[index].parent = Some(parent),
            None => faults.push(unknown(units, units[index].line, ("上级单位", "a parent"), &name)),
        }
    }
}

/// Notes each round of parents once, at its first line.
fn cycles(units: &[UnitRow], faults: &mut Vec<Fault>) {
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for start in 0..units.len() {
        let mut way = vec![start];
        while let Some(parent) = way.last().and_then(|at| units[*at].parent) {
            if let Some(from) = way.iter().position(|at| *at == parent) {
                let round = &way[from..];
                if told.insert(round.iter().copied().min().unwrap_or(parent)) {
                    let names: Vec<&str> = round.iter().chain([&parent]).map(|at| units[*at].name.as_str()).collect();
                    let chain = names.join(" → ");
                    faults.push(Fault::at(
                        units[start].line,
                        format!("上级单位绕成一圈：{chain}；请改正其中一处"),
                        format!("the parents go round: {chain}; correct one of them"),
                    ));
                }
                break;
            }
            way.push(parent);
        }
    }
}

/// Whom each supervisor answers for: the units named, and all beneath them.
fn scopes(network: &mut Network, faults: &mut Vec<Fault>) {
    let units = &network.units;
    for supervisor in network.supervisors.iter_mut().filter(|supervisor| !supervisor.scope_names.is_empty()) {
        let mut scope = BTreeSet::new();
        for name in &supervisor.scope_names {
            match find(units, name) {
                Some(top) => scope.extend((0..units.len()).filter(|unit| is_beneath(units, *unit, top))),
                None => faults.push(unknown(units, supervisor.line, ("督办人所督办的单位", "what a supervisor answers for"), name)),
            }
        }
        supervisor.units = (scope.len() < units.len()).then_some(scope);
    }
}

/// Whether a unit is `top`, or stands beneath it. Nothing goes round here.
fn is_beneath(units: &[UnitRow], unit: usize, top: usize) -> bool {
    std::iter::successors(Some(unit), |at| units[*at].parent).any(|at| at == top)
}

/// The units, each behind its parent, and how deep it stands; otherwise in the order of the table.
pub(super) fn in_order(units: &[UnitRow]) -> Vec<(usize, usize)> {
    let mut beneath: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (index, unit) in units.iter().enumerate() {
        beneath.entry(unit.parent).or_default().push(index);
    }
    let mut order = Vec::new();
    let mut next: Vec<(usize, usize)> = beneath.get(&None).into_iter().flatten().rev().map(|index| (*index, 0)).collect();
    while let Some((index, depth)) = next.pop() {
        order.push((index, depth));
        next.extend(beneath.get(&Some(index)).into_iter().flatten().rev().map(|child| (*child, depth + 1)));
    }
    order
}
