//! Charts of the digest and the circular: facts become SVG, SVG becomes a PNG of the same bytes every time.
//!
//! The font is a part of Noto Sans CJK SC (`chart/`, OFL 1.1, licence beside it): GB 2312, ASCII, punctuation and characters
//! of names. `chart/characters.txt` lists what it holds. It was made from Debian's fonts-noto-cjk and fonttools:
//!
//! ```text
//! apt-get install fonts-noto-cjk && pip install fonttools
//! pyftsubset /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc --font-number=2 --text-file=characters.txt \
//!     --no-hinting --layout-features='' --name-IDs=0,1,2,3,4,5,6,13,14 --notdef-outline --output-file=NotoSansSC-subset.otf
//! ```
//!
//! A character that it lacks is drawn from a font of the system, where there is one; nothing else is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

mod bars;
mod canvas;

pub use bars::{Bar, Stack, UNITS_MAX, stacks, standings, weeks};

const FONT: &[u8] = include_bytes!("chart/NotoSansSC-subset.otf");
const CHARACTERS: &str = include_str!("chart/characters.txt");
/// Where systems keep fonts that have what ours lacks.
const SYSTEM_FONTS: [&str; 5] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
];
/// Pixels a point: sharp on the screens of telephones.
const DENSITY: u32 = 2;
/// Drawings that are kept: a digest goes to several people, and each copy has the same charts.
const KEPT: usize = 8;

/// A chart before it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Short name, unique in a mail; the picture's content id begins with it.
    pub name: &'static str,
    /// What it shows, in words, for whoever does not see it.
    pub alt: String,
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    svg: String,
}

/// Why a chart could not be drawn: a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("the chart “{name}” could not be drawn: {why}")]
pub struct ChartError {
    name: &'static str,
    why: String,
}

/// Draws charts; reads its fonts when it first has to.
#[derive(Default)]
pub struct Pen {
    fonts: OnceLock<Arc<Database>>,
    more_fonts: OnceLock<Arc<Database>>,
    drawn: Mutex<Vec<(String, Arc<[u8]>)>>,
}

impl Pen {
    /// The chart as PNG.
    pub fn draw(&self, chart: &Chart) -> Result<Arc<[u8]>, ChartError> {
        // What a panic may have left behind is whole drawings still.
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, png)) = drawn.iter().find(|(svg, _)| *svg == chart.svg) {
            return Ok(Arc::clone(png));
        }
        let png: Arc<[u8]> = self.png(chart)?.into();
        if drawn.len() >= KEPT {
            drawn.remove(0);
        }
        drawn.push((chart.svg.clone(), Arc::clone(&png)));
        Ok(png)
    }

    fn png(&self, chart: &Chart) -> Result<Vec<u8>, ChartError> {
        let failed = |why: String| ChartError { name: chart.name, why };
        let options = Options { fontdb: self.fonts_for(&chart.svg), font_family: canvas::FAMILY.to_owned(), ..Options::default() };
        let tree = Tree::from_str(&chart.svg, &options).map_err(|error| failed(error.to_string()))?;
        let (width, height) = (chart.width * DENSITY, chart.height * DENSITY);
        let mut pixmap = Pixmap::new(width, height).ok_or_else(|| failed(format!("{width} × {height} pixels")))?;
        let scale = DENSITY as f32;
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
        posterise(&mut pixmap);
        pixmap.encode_png().map_err(|error| failed(error.to_string()))
    }

    fn fonts_for(&self, svg: &str) -> Arc<Database> {
        let own = || {
            let mut fonts = Database::new();
            fonts.load_font_source(Source::Binary(Arc::new(FONT)));
            fonts
        };
        if missing(svg).is_empty() {
            return Arc::clone(self.fonts.get_or_init(|| Arc::new(own())));
        }
        let with_system = || {
            let mut fonts = own();
            if let Some(font) = SYSTEM_FONTS.iter().find_map(|path| std::fs::read(path).ok()) {
                fonts.load_font_data(font);
            }
            Arc::new(fonts)
        };
        Arc::clone(self.more_fonts.get_or_init(with_system))
    }
}

/// Characters of `text` that our font lacks.
pub fn missing(text: &str) -> BTreeSet<char> {
    static HELD: OnceLock<BTreeSet<char>> = OnceLock::new();
    let held = HELD.get_or_init(|| CHARACTERS.chars().collect());
    text.chars().filter(|c| !c.is_control() && !held.contains(c)).collect()
}

/// Sixteen steps a colour: an eye sees no difference, and the file is half as long.
fn posterise(pixmap: &mut Pixmap) {
    for byte in pixmap.data_mut() {
        *byte = (u16::from(*byte) + 8).min(255) as u8 / 17 * 17;
    }
}

#[cfg(test)]
mod tests;
