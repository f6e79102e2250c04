//! A sheet on which bars and labels are drawn, as SVG.

use std::fmt::Write;

/// The embedded font's family.
pub(super) const FAMILY: &str = "Noto Sans CJK SC";
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
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(text)
        );
    }

    pub(super) fn finish(self) -> String {
        let (width, height) = (self.width, self.height);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"{FAMILY}\"><rect width=\"{width}\" \
             height=\"{height}\" fill=\"#ffffff\"/>{}</svg>",
            self.body
        )
    }
}

/// Pixels that `text` takes at `size`, about: Chinese is as wide as it is high.
pub(super) fn width(text: &str, size: u32) -> u32 {
    let tenths: u32 = text.chars().map(|c| if c.is_ascii() { 6 } else { 10 }).sum();
    tenths * size / 10
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

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
