//! The three charts: weeks side by side, units one below the other, and units whose bars have parts.

use super::Chart;
use super::canvas::{Anchor, Canvas, INK, SOFT, clip, width};

/// As wide as a column of text on a telephone twice over: labels stay legible where it is shown at two thirds.
const WIDTH: u32 = 460;
const MARGIN: u32 = 14;
const TEXT: u32 = 14;
const SMALL: u32 = 12;
const BLUE: &str = "#2f6f9f";
const PALE: &str = "#a9c4d8";
/// Units that a chart shows.
pub const UNITS_MAX: usize = 10;

/// One bar with its name and its figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What stands before it.
    pub name: String,
    /// How long it is, in units of one kind.
    pub value: u64,
    /// What stands behind it.
    pub figure: String,
}

/// One bar that has parts, left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// What stands before it.
    pub name: String,
    /// As many as there are in the legend.
    pub parts: Vec<u64>,
    /// What stands behind it.
    pub figure: String,
}

/// Weeks from left to right, the last one dark: what each is called, and how many.
pub fn weeks(name: &'static str, title: &str, alt: String, weeks: &[(String, u64)]) -> Chart {
    const HEIGHT: u32 = 170;
    const TOP: u32 = 58;
    const FLOOR: u32 = 142;
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    canvas.label(MARGIN, 26, TEXT, INK, Anchor::Start, title);
    let most = weeks.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let step = (WIDTH - 2 * MARGIN) / length(weeks.len()).max(1);
    let bar = (step * 6 / 10).max(2);
    for (index, (week, count)) in (0..).zip(weeks) {
        let left = MARGIN + index * step + (step - bar) / 2;
        let high = scaled(*count, most, FLOOR - TOP);
        let last = index + 1 == length(weeks.len());
        canvas.bar(left, FLOOR - high, bar, high, if last { BLUE } else { PALE });
        canvas.label(left + bar / 2, FLOOR - high - 5, SMALL, INK, Anchor::Middle, &count.to_string());
        canvas.label(left + bar / 2, FLOOR + 17, SMALL, SOFT, Anchor::Middle, week);
    }
    canvas.line(MARGIN, FLOOR, WIDTH - MARGIN, FLOOR);
    Chart { name, alt, width: WIDTH, height: HEIGHT, svg: canvas.finish() }
}

/// Units one below the other, at most `UNITS_MAX`.
pub fn standings(name: &'static str, title: &str, alt: String, bars: &[Bar]) -> Chart {
    let bars = &bars[..bars.len().min(UNITS_MAX)];
    let stacks: Vec<Stack> =
        bars.iter().map(|bar| Stack { name: bar.name.clone(), parts: vec![bar.value], figure: bar.figure.clone() }).collect();
    stacks_of(name, title, alt, &[("", BLUE)], &stacks)
}

/// Units one below the other, each bar in parts of the legend's names and colours, at most `UNITS_MAX`.
pub fn stacks(name: &'static str, title: &str, alt: String, legend: &[(&str, &'static str)], stacks: &[Stack]) -> Chart {
    stacks_of(name, title, alt, legend, &stacks[..stacks.len().min(UNITS_MAX)])
}

fn stacks_of(name: &'static str, title: &str, alt: String, legend: &[(&str, &'static str)], stacks: &[Stack]) -> Chart {
    const ROW: u32 = 26;
    const NAMES_MAX: u32 = 130;
    let named = legend.iter().any(|(name, _)| !name.is_empty());
    let top = if named { 62 } else { 40 };
    let height = top + ROW * length(stacks.len()) + 10;
    let mut canvas = Canvas::new(WIDTH, height);
    canvas.label(MARGIN, 26, TEXT, INK, Anchor::Start, title);
    let mut at = MARGIN;
    for (name, colour) in legend.iter().filter(|(name, _)| !name.is_empty()) {
        canvas.bar(at, 40, 10, 10, colour);
        canvas.label(at + 15, 50, SMALL, SOFT, Anchor::Start, name);
        at += 15 + width(name, SMALL) + 16;
    }
    let names = stacks.iter().map(|stack| width(&stack.name, TEXT)).max().unwrap_or(0).min(NAMES_MAX);
    let figures = stacks.iter().map(|stack| width(&stack.figure, SMALL)).max().unwrap_or(0);
    let left = MARGIN + names + 10;
    let room = (WIDTH - MARGIN).saturating_sub(left + figures + 10).max(40);
    let most = stacks.iter().map(|stack| stack.parts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    for (index, stack) in (0..).zip(stacks) {
        let y = top + index * ROW;
        canvas.label(MARGIN + names, y + 14, TEXT, INK, Anchor::End, &clip(&stack.name, TEXT, NAMES_MAX));
        let (mut x, mut done) = (left, 0);
        for (count, (_, colour)) in stack.parts.iter().zip(legend) {
            done += count;
            // From the running total, so that roundings do not add up.
            let end = left + scaled(done, most, room);
            canvas.bar(x, y + 2, end - x, 16, colour);
            x = end;
        }
        canvas.label(x + 7, y + 14, SMALL, SOFT, Anchor::Start, &stack.figure);
    }
    canvas.line(left, top - 2, left, height - 8);
    Chart { name, alt, width: WIDTH, height, svg: canvas.finish() }
}

/// `count` of `most` in pixels of `room`; what is not nothing shows.
fn scaled(count: u64, most: u64, room: u32) -> u32 {
    let pixels = u128::from(count) * u128::from(room) / u128::from(most);
    let least = u32::from(count > 0) * 2;
    u32::try_from(pixels).unwrap_or(room).clamp(least, room)
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
