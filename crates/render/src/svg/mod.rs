//! Pictures for documents, each one SVG file that needs nothing else: the critical path as a waterfall, and
//! stacks as an icicle.
//!
//! They have a light ground of their own, since documents may be dark. Texts are in what every program that
//! draws SVG has; nothing is asked of style sheets or scripts. A box has its exact time in `data-ns`, what is
//! too short to be drawn is put together with its sum.

mod frame;
mod icicle;
mod waterfall;

pub use icicle::write_icicle;
pub use waterfall::write_waterfall;

use trace::manifest::Manifest;

use crate::text::fit;
use crate::text::header::command_line;

/// Width of a picture, in pixels.
const WIDTH: usize = 1_000;
/// What is left free around it.
const MARGIN: usize = 14;
/// Widths are given in thousandths of a pixel.
const MILLI: u128 = 1_000;
/// Columns of a letter: no common font without serifs has wider ones at 12 pixels, on average.
const LETTER: usize = 7;

/// A stretch of pixels that stands for a stretch of time.
#[derive(Clone, Copy)]
struct Scale {
    /// Where it begins, in pixels.
    left: usize,
    /// How long it is, in pixels.
    pixels: usize,
    /// How long the time is.
    whole_ns: u64,
}

impl Scale {
    /// The time that is a pixel long, at least.
    fn pixel_ns(self) -> u64 {
        self.whole_ns.div_ceil(self.pixels as u64).max(1)
    }

    /// The place of an instant, in thousandths of a pixel.
    fn at(self, ns: u64) -> u128 {
        let length = u128::from(ns) * self.pixels as u128 * MILLI;
        self.left as u128 * MILLI + length / u128::from(self.whole_ns.max(1))
    }

    /// The box from one instant to another: boxes that follow one another have no gap.
    fn extent(self, from_ns: u64, to_ns: u64) -> Extent {
        Extent {
            left: self.at(from_ns),
            right: self.at(to_ns),
        }
    }
}

/// From where to where something reaches, in thousandths of a pixel.
#[derive(Clone, Copy)]
struct Extent {
    left: u128,
    right: u128,
}

impl Extent {
    fn x(self) -> String {
        pixels(self.left)
    }

    fn width(self) -> String {
        pixels(self.right - self.left)
    }

    /// Where a text begins in it.
    fn text_x(self) -> String {
        pixels(self.left + 4 * MILLI)
    }

    /// The columns of text that it has room for.
    fn columns(self) -> usize {
        let pixels = (self.right - self.left) / MILLI;
        usize::try_from(pixels).unwrap_or(0).saturating_sub(7) / LETTER
    }
}

/// Thousandths as a number, as short as it can be.
fn pixels(milli: u128) -> String {
    let text = format!("{}.{:03}", milli / MILLI, milli % MILLI);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The command line of a recording.
fn title(manifest: &Manifest) -> String {
    command_line(&manifest.command, !manifest.configuration.is_empty())
}

/// A text that fits into so many columns, at its end shortened; nothing if all but its first letters would
/// go. XML has no place for control characters.
fn fitted(text: &str, columns: usize) -> String {
    let text = fit::clean(text);
    if fit::width(&text) > columns && columns < 4 {
        return String::new();
    }
    fit::elide_end(&text, columns)
}

#[cfg(test)]
mod tests;
