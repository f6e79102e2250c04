use std::collections::BTreeSet;

use super::letters::missing;
use super::*;

fn chart(names: &[&str]) -> Chart {
    let bars: Vec<Bar> = names.iter().map(|name| Bar { name: (*name).to_owned(), value: 5, figure: "5分 83.9%".into() }).collect();
    standings("standings", "累计积分", "…".into(), &bars)
}

#[test]
fn the_font_holds_what_rosters_and_charts_write() {
    let rosters =
        "阳泉市委办公厅平定县盂县郊区市公安局消防支队卫生局喆赟堃镕鄄城郏县濉溪勐海亳州衢州阆中邛崃歙县涿鹿砀山Yu County 0123456789%（）·—";
    assert_eq!(missing(rosters), BTreeSet::new());
    assert_eq!(missing("ꀀ龘"), BTreeSet::from(['龘', 'ꀀ']));
}

#[test]
fn each_listed_character_has_a_glyph_in_the_font() {
    let listed = include_str!("characters.txt").replace('\n', "");
    assert_eq!(missing(&listed), BTreeSet::new(), "make the font anew from characters.txt");
}

#[test]
fn a_chart_is_drawn_the_same_every_time_small_and_with_its_labels() {
    let chart = chart(&["市委办公厅", "郊区", "盂县", "平定县", "喆赟堃镕"]);
    let once = Pen::default().draw(&chart).unwrap();
    assert_eq!(once, Pen::default().draw(&chart).unwrap());
    assert!(once.starts_with(b"\x89PNG") && once.len() <= 30_000, "{} bytes", once.len());
    let nameless = self::chart(&["", "", "", "", ""]);
    // Letters make a file longer.
    assert!(Pen::default().draw(&nameless).unwrap().len() + 2_000 < once.len());
}

#[test]
fn names_of_strangers_are_no_markup() {
    let tags = |name: &str| chart(&[name]).svg.matches('<').count();
    assert_eq!(tags("<rect>&\"盂县\u{1}"), tags("盂县"));
    assert!(!chart(&["\"/><x y=\""]).svg.contains("<x"));
    Pen::default().draw(&chart(&["<rect>&\"盂县\u{1}"])).unwrap();
}
