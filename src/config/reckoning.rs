//! `[[outlet]]`, `[standing]`, `[[scope]]`, `[[kind]]`, `[[field]]`, `[[bulletin]]`, `[[award]]`, `[digest]`, `[circular]`.

use super::clashes::{self, single};
use super::defaults;
use super::problem::{Noun, ReckoningFault};
use super::reader::{At, Table};
use super::roster::{People, once};
use super::values;
use crate::domain::ledger::{Deductions, Outlet, Scope, StandingRules};
use crate::domain::points::Points;
use crate::domain::reckoning::{Award, Bulletin, Reckoning, Topic};

/// Reads what the office keeps count of.
pub(super) fn read(top: &Table<'_>, people: &People) -> Reckoning {
    let outlets = outlets(top);
    Reckoning {
        standing: standing(top.section("standing")),
        scopes: scopes(top, people),
        kinds: topics(top, "kind", defaults::kinds(), Noun::Kind),
        fields: topics(top, "field", defaults::fields(), Noun::Field),
        bulletins: bulletins(top, &outlets),
        awards: awards(top, people),
        digest_cron: cron(top.section("digest"), defaults::DIGEST_CRON),
        circular_cron: cron(top.section("circular"), defaults::CIRCULAR_CRON),
        verify_roster_seconds: top.get_or("verify_roster", defaults::VERIFY_ROSTER_SECONDS, values::seconds),
        outlets,
    }
}

fn outlets(top: &Table<'_>) -> Vec<Outlet> {
    let (mut ids, mut names, mut outlets) = (Vec::new(), Vec::new(), Vec::new());
    for table in top.tables("outlet") {
        let id = table.need("id", "id = \"province\"", values::id);
        let name = table.need("name", "name = \"省委办公厅\"", values::text);
        let points = table.need("points", "points = \"5\"", values::points);
        table.finish();
        ids.extend(id.clone());
        names.extend(name.clone());
        let whole = id.zip(name).zip(points);
        outlets.extend(whole.map(|((id, name), points)| Outlet { id: id.value, name: name.value, points: points.value }));
    }
    single(top.notes(), Noun::Outlet, ids.iter());
    single(top.notes(), Noun::Outlet, names.iter());
    outlets
}

fn standing(table: Table<'_>) -> StandingRules {
    let usual = defaults::standing();
    let standing = StandingRules {
        assess_cron: table.get_or("assess", usual.assess_cron, values::cron),
        min_days: table.get_or("min_days", usual.min_days, values::whole(0, 366)),
        fall: table.get_or("fall", usual.fall, values::whole(1, 100_000)),
        bottom: table.get_or("bottom", usual.bottom, values::whole(0, 100_000)),
        top: table.get_or("top", usual.top, values::whole(0, 100_000)),
        joint: table.get_or("joint", usual.joint, values::word(&["full", "equal", "lead"])),
        silence_per_mille: table.get_or("silence", usual.silence_per_mille, values::per_mille),
        deductions: deductions(table.section("deductions")),
    };
    table.finish();
    standing
}

fn deductions(table: Table<'_>) -> Deductions {
    let deductions = Deductions {
        late: table.get_or("late", Points::ZERO, values::points),
        omitted: table.get_or("omitted", Points::ZERO, values::points),
        unreported: table.get_or("unreported", Points::ZERO, values::points),
    };
    table.finish();
    deductions
}

fn scopes(top: &Table<'_>, people: &People) -> Vec<Scope> {
    let (mut names, mut scopes) = (Vec::new(), Vec::new());
    for table in top.tables("scope") {
        let id = table.need("id", "id = \"city\"", values::id);
        let name = table.need("name", "name = \"阳泉市\"", values::text);
        let aliases = table.list("aliases", "[\"阳泉\"]", values::text).unwrap_or_default();
        table.finish();
        let all: Vec<At<String>> = id.iter().chain(&name).chain(&aliases).cloned().collect();
        for name in &all {
            clashes::no_units_name(people, name, top.notes());
        }
        names.extend(all);
        let aliases = aliases.into_iter().map(|at| at.value).collect();
        scopes.extend(id.zip(name).map(|(id, name)| Scope { id: id.value, name: name.value, aliases }));
    }
    single(top.notes(), Noun::Scope, names.iter());
    scopes
}

fn topics(top: &Table<'_>, key: &'static str, usual: Vec<Topic>, noun: Noun) -> Vec<Topic> {
    if !top.has(key) {
        return usual;
    }
    let (mut names, mut topics) = (Vec::new(), Vec::new());
    for table in top.tables(key) {
        let name = table.need("name", "name = \"问题\"", values::text);
        let words = table.list("words", "[\"问题\", \"困难\"]", values::text).map(|list| once(&table, list)).unwrap_or_default();
        table.finish();
        names.extend(name.clone());
        topics.extend(name.map(|name| Topic { name: name.value, words: words.into_iter().map(|at| at.value).collect() }));
    }
    single(top.notes(), noun, names.iter());
    topics
}

fn bulletins(top: &Table<'_>, outlets: &[Outlet]) -> Vec<Bulletin> {
    let (mut ids, mut bulletins) = (Vec::new(), Vec::new());
    for table in top.tables("bulletin") {
        let id = table.need("id", "id = \"yangquan\"", values::id);
        let title = table.need("title", "title = \"阳泉信息\"", values::text);
        let outlet = table.need("outlet", "outlet = \"bulletin\"", values::id);
        let readers = table.list("readers", "[\"leader@office.example\"]", values::address).map(|list| once(&table, list));
        if let Some(named) = outlet.as_ref().filter(|named| outlets.iter().all(|outlet| outlet.id != named.value)) {
            let known = outlets.iter().map(|outlet| outlet.id.clone()).collect();
            table.notes().fault(named.place.clone(), ReckoningFault::NoSuchOutlet { id: named.value.clone(), known });
        }
        table.finish();
        ids.extend(id.clone());
        let readers = readers.unwrap_or_default().into_iter().map(|at| at.value).collect();
        let whole = id.zip(title).zip(outlet);
        bulletins.extend(whole.map(|((id, title), outlet)| Bulletin { id: id.value, title: title.value, outlet: outlet.value, readers }));
    }
    single(top.notes(), Noun::Bulletin, ids.iter());
    bulletins
}

fn awards(top: &Table<'_>, people: &People) -> Vec<Award> {
    let (mut classes, mut awards) = (Vec::new(), Vec::new());
    for table in top.tables("award") {
        let class = table.need("class", "class = \"county\"", values::text);
        let places = table.need("places", "places = 3", values::whole(1, 10_000));
        if let Some(class) = &class {
            clashes::known_class(people, class, table.notes());
        }
        table.finish();
        classes.extend(class.clone());
        awards.extend(class.zip(places).map(|(class, places)| Award { class: class.value, places: places.value }));
    }
    single(top.notes(), Noun::Award, classes.iter());
    awards
}

fn cron(table: Table<'_>, usual: &str) -> String {
    let cron = table.get_or("cron", usual.to_owned(), values::cron);
    table.finish();
    cron
}
