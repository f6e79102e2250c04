//! Labels as outlines: the glyphs of the embedded font become paths, so that drawing needs no font machinery and no system.

use std::fmt::Write;
use std::sync::OnceLock;

use ttf_parser::{Face, OutlineBuilder};

use super::canvas::Anchor;

const FONT: &[u8] = include_bytes!("NotoSansSC-subset.otf");
/// Where systems keep fonts that have what ours lacks.
const SYSTEM_FONTS: [&str; 5] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
];

/// Characters of `text` that the embedded font lacks.
#[cfg(test)]
pub(super) fn missing(text: &str) -> std::collections::BTreeSet<char> {
    text.chars().filter(|c| own().is_none_or(|face| face.glyph_index(*c).is_none())).collect()
}

/// The data of an SVG path that draws `text` with its baseline at `y`, `size` pixels high. A character that neither the
/// embedded font nor one of the system's has takes its room and draws nothing.
pub(super) fn outline(x: u32, y: u32, size: u32, anchor: Anchor, text: &str) -> String {
    let glyphs: Vec<(f32, Option<(&Face<'_>, char)>)> = text.chars().filter(|c| !c.is_control()).map(|c| glyph(c, size)).collect();
    let width: f32 = glyphs.iter().map(|(advance, _)| advance).sum();
    let mut at = x as f32
        - match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
    let mut pen = Pen { path: String::new(), x: 0.0, y: y as f32, scale: 1.0 };
    for (advance, drawn) in glyphs {
        if let Some((face, c)) = drawn
            && let Some(id) = face.glyph_index(c)
        {
            pen.x = at;
            pen.scale = scale(face, size);
            face.outline_glyph(id, &mut pen);
        }
        at += advance;
    }
    pen.path
}

/// Pixels that `text` takes at `size`.
pub(super) fn width(text: &str, size: u32) -> f32 {
    text.chars().filter(|c| !c.is_control()).map(|c| glyph(c, size).0).sum()
}

/// The face that has `c`, and the room that it takes.
fn glyph(c: char, size: u32) -> (f32, Option<(&'static Face<'static>, char)>) {
    let has = |face: &&'static Face<'static>| face.glyph_index(c).is_some();
    let Some(face) = own().filter(has).or_else(|| of_the_system().filter(has)) else {
        return (size as f32 * if c.is_ascii() { 0.5 } else { 1.0 }, None);
    };
    let advance = face.glyph_index(c).and_then(|id| face.glyph_hor_advance(id)).unwrap_or(0);
    (f32::from(advance) * scale(face, size), Some((face, c)))
}

fn scale(face: &Face<'_>, size: u32) -> f32 {
    size as f32 / f32::from(face.units_per_em().max(1))
}

fn own() -> Option<&'static Face<'static>> {
    static OWN: OnceLock<Option<Face<'static>>> = OnceLock::new();
    OWN.get_or_init(|| Face::parse(FONT, 0).ok()).as_ref()
}

/// Looked for when a character is wanted that the embedded font lacks.
fn of_the_system() -> Option<&'static Face<'static>> {
    static BYTES: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    static FACE: OnceLock<Option<Face<'static>>> = OnceLock::new();
    let read = || SYSTEM_FONTS.iter().find_map(|path| std::fs::read(path).ok());
    FACE.get_or_init(|| Face::parse(BYTES.get_or_init(read).as_deref()?, 0).ok()).as_ref()
}

/// Writes outlines as path data; fonts count upwards, pictures downwards.
struct Pen {
    path: String,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn put(&mut self, command: char, points: &[(f32, f32)]) {
        self.path.push(command);
        for (nth, (x, y)) in points.iter().enumerate() {
            let gap = if nth == 0 { "" } else { " " };
            // Writing to a String cannot fail. A hundredth of a pixel is finer than any eye.
            let _ = write!(self.path, "{gap}{:.2} {:.2}", self.x + x * self.scale, self.y - y * self.scale);
        }
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.put('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.put('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.put('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.put('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}
