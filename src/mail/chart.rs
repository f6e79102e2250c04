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
//! Labels are drawn as outlines. A character that it lacks is drawn from a font of the system, where there is one; nothing else is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

mod bars;
mod canvas;
mod letters;

pub use bars::{Bar, Stack, UNITS_MAX, stacks, standings, weeks};

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

/// Draws charts.
#[derive(Default)]
pub struct Pen {
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
        let png: Arc<[u8]> = png(chart)?.into();
        if drawn.len() >= KEPT {
            drawn.remove(0);
        }
        drawn.push((chart.svg.clone(), Arc::clone(&png)));
        Ok(png)
    }
}

fn png(chart: &Chart) -> Result<Vec<u8>, ChartError> {
    let failed = |why: String| ChartError { name: chart.name, why };
    let tree = Tree::from_str(&chart.svg, &Options::default()).map_err(|error| failed(error.to_string()))?;
    let (width, height) = (chart.width * DENSITY, chart.height * DENSITY);
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| failed(format!("{width} × {height} pixels")))?;
    let scale = DENSITY as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    indexed(&pixmap).map_err(|error| failed(error.to_string()))
}

/// The most bytes that a picture takes in a mail.
const BYTES_MAX: usize = 30_000;

/// A PNG with a palette, a third of what true colour takes. Steps of 17 a colour: an eye sees no difference; coarser ones
/// where it would grow too long.
fn indexed(pixmap: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let fine = encoded(pixmap, paletted(pixmap, 17))?;
    match fine {
        Some(bytes) if bytes.len() <= BYTES_MAX => Ok(bytes),
        // Steps of 51 leave 216 colours.
        _ => Ok(encoded(pixmap, paletted(pixmap, 51))?.unwrap_or_default()),
    }
}

/// `None` where there are more colours than a palette holds.
fn encoded(pixmap: &Pixmap, (palette, pixels): (Vec<[u8; 3]>, Vec<u8>)) -> Result<Option<Vec<u8>>, png::EncodingError> {
    if palette.len() > 256 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_compression(png::Compression::Balanced);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(Some(bytes))
}

/// Colours in the order in which they occur, and each pixel's place among them. Charts have no transparent pixel.
fn paletted(pixmap: &Pixmap, step: u16) -> (Vec<[u8; 3]>, Vec<u8>) {
    let rounded = |byte: u8| u8::try_from((u16::from(byte) + step / 2) / step * step).unwrap_or(u8::MAX);
    let mut palette: Vec<[u8; 3]> = Vec::new();
    let mut known: BTreeMap<[u8; 3], usize> = BTreeMap::new();
    let mut pixels = Vec::with_capacity(pixmap.data().len() / 4);
    // Most pixels are as the one before: white, or within a bar.
    let mut last: (&[u8], u8) = (&[], 0);
    for pixel in pixmap.data().chunks_exact(4) {
        if pixel != last.0 {
            let colour = [rounded(pixel[0]), rounded(pixel[1]), rounded(pixel[2])];
            let index = *known.entry(colour).or_insert_with(|| {
                palette.push(colour);
                palette.len() - 1
            });
            // A longer palette is not used.
            last = (pixel, u8::try_from(index).unwrap_or(u8::MAX));
        }
        pixels.push(last.1);
    }
    (palette, pixels)
}

#[cfg(test)]
mod tests;
