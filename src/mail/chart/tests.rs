use super::*;

fn chart(names: &[&str]) -> Chart {
    let bars: Vec<Bar> = names.iter().map(|name| Bar { name: (*name).to_owned(), value: 5, figure: "5分 83.9%".into() }).collect();
    standings("standings", "累计积分", "…".into(), &bars)
}

#[test]
fn the_font_holds_what_rosters_and_charts_write() {
    let rosters = "阳泉市委办公厅平定县盂县郊区市公安局消防支队卫生局喆赟堃镕鄄城郏县濉溪勐海亳州衢州阆中邛崃歙县涿鹿砀山Yu County 0123456789%（）·—";
    assert_eq!(missing(rosters), BTreeSet::new());
    assert_eq!(missing("ꀀ龘"), BTreeSet::from(['龘', 'ꀀ']));
}

#[test]
fn each_listed_character_has_a_glyph_in_the_font() {
    let held = codepoints(FONT);
    let lacking: Vec<char> = CHARACTERS.chars().filter(|c| !held.contains(&u32::from(*c))).collect();
    assert_eq!(lacking, [], "make the font anew from characters.txt");
    assert!(!held.contains(&u32::from('龘')));
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
    let chart = chart(&["<rect>&\"盂县\u{1}"]);
    assert!(chart.svg.contains("&lt;rect&gt;&amp;&quot;盂县 "));
    Pen::default().draw(&chart).unwrap();
}

/// The characters that the font's `cmap` maps (formats 4 and 12, OpenType 1.9, "cmap").
fn codepoints(font: &[u8]) -> BTreeSet<u32> {
    let u16_at = |at: usize| u32::from(u16::from_be_bytes([font[at], font[at + 1]]));
    let u32_at = |at: usize| (u16_at(at) << 16) | u16_at(at + 2);
    let tables = u16_at(4) as usize;
    let cmap = (0..tables).map(|n| 12 + 16 * n).find(|at| &font[*at..*at + 4] == b"cmap").map(|at| u32_at(at + 8) as usize).unwrap();
    let mut held = BTreeSet::new();
    for n in 0..u16_at(cmap + 2) as usize {
        let at = cmap + u32_at(cmap + 4 + 8 * n + 4) as usize;
        match u16_at(at) {
            4 => {
                let segments = u16_at(at + 6) as usize / 2;
                for s in 0..segments {
                    let (end, start) = (u16_at(at + 14 + 2 * s), u16_at(at + 16 + 2 * segments + 2 * s));
                    held.extend((start..=end).filter(|c| *c != 0xffff));
                }
            }
            12 => (0..u32_at(at + 12) as usize).map(|g| at + 16 + 12 * g).for_each(|g| held.extend(u32_at(g)..=u32_at(g + 4))),
            _ => {}
        }
    }
    held
}
