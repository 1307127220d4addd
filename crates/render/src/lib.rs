//! Draws reports: text for a terminal, JSON, JSON by line, CSV, Markdown, pages, pictures, and files for the
//! viewers of the field.
//!
//! Pure: a renderer writes to what it is given and asks neither the environment nor the terminal;
//! whether there is colour and how wide a line may be is the caller's to say. No figure is worked
//! out here beyond its format: percentages, units, the length of a bar.

mod colours;
pub mod csv;
pub mod doctor;
pub mod folded;
pub mod html;
pub mod hyperfine;
pub mod json;
pub mod markdown;
pub mod ndjson;
pub mod svg;
pub mod text;
pub mod viewers;

/// How text is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to write colours (ANSI escape sequences).
    pub colour: bool,
    /// Columns of a line. Nothing is drawn wider; less than [`Style::MIN_WIDTH`] counts as that.
    pub width: usize,
}

impl Style {
    /// The narrowest that a report is drawn for.
    pub const MIN_WIDTH: usize = 40;
    /// From here on tables have all their columns; narrower ones leave out figures, the least important
    /// first, and shorten names.
    pub const ROOMY_WIDTH: usize = 72;
    /// The widest that is still read with ease.
    pub const MAX_WIDTH: usize = 120;

    /// 80 columns without colour: for pipes and files.
    pub const PLAIN: Self = Self {
        colour: false,
        width: 80,
    };

    /// The width to draw in.
    fn columns(self) -> usize {
        self.width.clamp(Self::MIN_WIDTH, Self::MAX_WIDTH)
    }
}

#[cfg(test)]
mod contract;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_bench;
#[cfg(test)]
mod golden_profile;
#[cfg(test)]
mod golden_question;
#[cfg(test)]
mod golden_study;
#[cfg(test)]
mod sample;
