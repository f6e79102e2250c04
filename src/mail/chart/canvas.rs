//! A sheet on which bars and labels are drawn, as SVG.

use std::fmt::Write;

use super::letters;

pub(super) const INK: &str = "#1c2733";
pub(super) const SOFT: &str = "#5b6874";
const LINE: &str = "#dde3e8";

/// Where a label stands in relation to its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// An SVG in the making; a white card, so that it reads in dark mode, too.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    body: String,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Canvas {
        Canvas { width, height, body: String::new() }
    }

    pub(super) fn bar(&mut self, x: u32, y: u32, width: u32, height: u32, colour: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.body, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\"/>");
    }

    pub(super) fn line(&mut self, x: u32, y: u32, to_x: u32, to_y: u32) {
        let _ = write!(self.body, "<path d=\"M{x} {y}L{to_x} {to_y}\" stroke=\"{LINE}\" stroke-width=\"1\"/>");
    }

    pub(super) fn label(&mut self, x: u32, y: u32, size: u32, colour: &str, anchor: Anchor, text: &str) {
        let outline = letters::outline(x, y, size, anchor, text);
        let _ = write!(self.body, "<path fill=\"{colour}\" d=\"{outline}\"/>");
    }

    pub(super) fn finish(self) -> String {
        let (width, height) = (self.width, self.height);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\"><rect width=\"{width}\" \
             height=\"{height}\" fill=\"#ffffff\"/>{}</svg>",
            self.body
        )
    }
}

/// Pixels that `text` takes at `size`, rounded up.
pub(super) fn width(text: &str, size: u32) -> u32 {
    // Labels are short, and no width is negative.
    letters::width(text, size).ceil() as u32
}

/// `text` cut so that it takes at most `room` pixels.
pub(super) fn clip(text: &str, size: u32, room: u32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size) + size > room {
            kept.pop();
            break;
        }
    }
    kept + "…"
}
