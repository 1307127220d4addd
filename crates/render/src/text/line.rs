//! A line of text in several inks, and the page that lines are written on.

use std::io::{self, Write};

use super::fit;
use super::ink::Ink;
use crate::Style;

/// A line that is being put together, from left to right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pieces: Vec<(Ink, String)>,
    width: usize,
}

impl Line {
    /// An empty line.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Columns taken so far.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Appends text as it is.
    pub(crate) fn text(mut self, ink: Ink, text: &str) -> Self {
        self.push(ink, text);
        self
    }

    /// Appends text as it is.
    pub(crate) fn push(&mut self, ink: Ink, text: &str) {
        let text = fit::clean(text);
        self.width += fit::width(&text);
        self.pieces.push((ink, text));
    }

    /// Appends `columns` of nothing.
    pub(crate) fn gap(self, columns: usize) -> Self {
        self.text(Ink::Plain, &" ".repeat(columns))
    }

    /// Appends a cell of `columns`, text to the left, its middle elided if it is too long.
    pub(crate) fn left(self, ink: Ink, text: &str, columns: usize) -> Self {
        let text = fit::elide_middle(&fit::clean(text), columns);
        let padding = columns.saturating_sub(fit::width(&text));
        self.text(ink, &text).gap(padding)
    }

    /// Appends a cell of `columns`, text to the right; a number that is too long is not cut.
    pub(crate) fn right(self, ink: Ink, text: &str, columns: usize) -> Self {
        let padding = columns.saturating_sub(fit::width(text));
        self.gap(padding).text(ink, text)
    }

    /// Appends such a cell where there is room for it.
    pub(crate) fn right_if(self, has_room: bool, ink: Ink, text: &str, columns: usize) -> Self {
        if has_room {
            self.right(ink, text, columns)
        } else {
            self
        }
    }

    /// The line in exactly `columns`: filled up with blanks, or its last pieces cut.
    pub(crate) fn within(self, columns: usize) -> Self {
        let mut line = Self::new();
        for (ink, text) in self.pieces {
            let room = columns.saturating_sub(line.width);
            line.push(ink, &fit::elide_end(&text, room));
        }
        let padding = columns.saturating_sub(line.width);
        line.gap(padding)
    }

    /// Appends the pieces of another line.
    pub(crate) fn line(mut self, other: Self) -> Self {
        self.width += other.width;
        self.pieces.extend(other.pieces);
        self
    }
}

/// The lines of a report as they are written.
pub(crate) struct Page<'a> {
    out: &'a mut dyn Write,
    style: Style,
    lines: usize,
    top: Option<usize>,
}

impl<'a> Page<'a> {
    /// A page that goes to `out`.
    pub(crate) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        Self {
            out,
            style,
            lines: 0,
            top: None,
        }
    }

    /// The same page with so many rows of each table; with nothing, as many as the tables have by themselves.
    pub(crate) fn with_top(mut self, top: Option<usize>) -> Self {
        self.top = top;
        self
    }

    /// How many rows were asked for.
    pub(crate) fn top(&self) -> Option<usize> {
        self.top
    }

    /// How many rows of a table are drawn that has `usual` by itself.
    pub(crate) fn rows(&self, usual: usize) -> usize {
        self.top.unwrap_or(usual)
    }

    /// Lines written so far.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// Columns of a line.
    pub(crate) fn columns(&self) -> usize {
        self.style.columns()
    }

    /// Whether tables have room for all their columns.
    pub(crate) fn is_roomy(&self) -> bool {
        self.columns() >= Style::ROOMY_WIDTH
    }

    /// Columns of figures that only roomy pages have.
    pub(crate) fn if_roomy(&self, columns: usize) -> usize {
        if self.is_roomy() { columns } else { 0 }
    }

    /// Writes an empty line.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.lines += 1;
        writeln!(self.out)
    }

    /// Writes a line, cut at the edge of the page and without blanks at its end.
    pub(crate) fn write(&mut self, line: Line) -> io::Result<()> {
        self.lines += 1;
        for (ink, text) in trimmed(cut(trimmed(line.pieces), self.columns())) {
            let style = ink.style();
            if self.style.colour && !text.trim().is_empty() && style != anstyle::Style::new() {
                write!(self.out, "{style}{text}{style:#}")?;
            } else {
                write!(self.out, "{text}")?;
            }
        }
        writeln!(self.out)
    }

    /// Writes a rule across the page with a title in it and, at its end, a figure.
    pub(crate) fn rule(&mut self, title: &str, figure: &str) -> io::Result<()> {
        let figure_width = if figure.is_empty() {
            0
        } else {
            fit::width(figure) + 4
        };
        let room = self.columns().saturating_sub(figure_width + 4);
        if !figure.is_empty() && fit::width(title) > room {
            self.rule(title, "")?;
            let columns = self.columns();
            return self.write(Line::new().right(Ink::Strong, figure, columns));
        }
        let title = fit::elide_middle(&fit::clean(title), room);
        let dashes = room.saturating_sub(fit::width(&title));
        let mut line = Line::new()
            .text(Ink::Dim, "── ")
            .text(Ink::Strong, &title)
            .text(Ink::Dim, &format!(" {}", "─".repeat(dashes)));
        if !figure.is_empty() {
            line = line
                .text(Ink::Strong, &format!(" {figure} "))
                .text(Ink::Dim, "──");
        }
        self.write(line)
    }

    /// Writes a label and, beside it, text that goes on in as many lines as it needs; below it, where there is
    /// more room.
    pub(crate) fn entry(
        &mut self,
        label: &str,
        columns: usize,
        ink: Ink,
        text: &str,
    ) -> io::Result<()> {
        const BELOW: usize = 4;
        let room = self.columns().saturating_sub(columns);
        if room < columns {
            let label = Line::new().left(Ink::Dim, label, self.columns());
            self.write(label)?;
            return self.entry("", BELOW, ink, text);
        }
        self.beside(label, columns, ink, fit::wrap(&fit::clean(text), room))
    }

    /// Writes a label and, beside it, facts with dots between them.
    pub(crate) fn facts(
        &mut self,
        label: &str,
        columns: usize,
        ink: Ink,
        facts: &[String],
    ) -> io::Result<()> {
        let room = self.columns().saturating_sub(columns);
        let facts: Vec<String> = facts.iter().map(|fact| fit::clean(fact)).collect();
        let lines = fit::flow(facts.iter().map(String::as_str), " · ", room);
        self.beside(label, columns, ink, lines)
    }

    fn beside(
        &mut self,
        label: &str,
        columns: usize,
        ink: Ink,
        lines: Vec<String>,
    ) -> io::Result<()> {
        let mut label = label;
        for line in lines {
            self.write(Line::new().left(Ink::Dim, label, columns).text(ink, &line))?;
            label = "";
        }
        Ok(())
    }
}

/// As much of `pieces` as fits into `columns`.
fn cut(pieces: Vec<(Ink, String)>, columns: usize) -> Vec<(Ink, String)> {
    let mut room = columns;
    let pieces = pieces.into_iter().map(|(ink, text)| {
        let text = fit::elide_end(&text, room);
        room -= fit::width(&text);
        (ink, text)
    });
    pieces.collect()
}

/// `pieces` without the blanks at the end.
fn trimmed(mut pieces: Vec<(Ink, String)>) -> Vec<(Ink, String)> {
    while let Some((_, text)) = pieces.last_mut() {
        text.truncate(text.trim_end_matches(' ').len());
        if !text.is_empty() {
            break;
        }
        pieces.pop();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(style: Style, line: Line) -> io::Result<String> {
        let mut out = Vec::new();
        Page::new(&mut out, style).write(line)?;
        String::from_utf8(out).map_err(io::Error::other)
    }

    #[test]
    fn a_line_ends_at_the_edge() -> io::Result<()> {
        let line = Line::new()
            .text(Ink::Plain, &"x".repeat(79))
            .text(Ink::Strong, "yz");
        assert_eq!(
            written(Style::PLAIN, line)?,
            format!("{}…\n", "x".repeat(79))
        );
        Ok(())
    }

    #[test]
    fn blanks_at_the_end_are_dropped_in_colour_too() -> io::Result<()> {
        let style = Style {
            colour: true,
            ..Style::PLAIN
        };
        let line = Line::new().left(Ink::Strong, "a", 4).gap(3);
        assert_eq!(written(style, line)?, "\u{1b}[1ma\u{1b}[0m\n");
        Ok(())
    }
}
