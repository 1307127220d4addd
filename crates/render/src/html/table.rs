//! Tables that scripts sort and filter.

use maud::{Markup, html};

use crate::text::quantity::{count, duration, signed_duration};

/// A cell: its text, and the number that it is sorted by, if it is one.
pub(super) struct Cell {
    text: String,
    value: Option<i64>,
}

/// A text.
pub(super) fn text(text: &str) -> Cell {
    Cell {
        text: text.to_owned(),
        value: None,
    }
}

/// A text that is sorted by a number.
pub(super) fn by(text: String, value: u64) -> Cell {
    Cell {
        text,
        value: Some(i64::try_from(value).unwrap_or(i64::MAX)),
    }
}

/// A time in nanoseconds.
pub(super) fn time(time_ns: u64) -> Cell {
    by(duration(time_ns), time_ns)
}

/// A time in nanoseconds; nothing where there is none.
pub(super) fn some_time(time_ns: Option<u64>) -> Cell {
    by(
        time_ns.map(duration).unwrap_or_default(),
        time_ns.unwrap_or(0),
    )
}

/// A text that is sorted by a number, which may be below zero.
pub(super) fn signed(text: String, value: i64) -> Cell {
    Cell {
        text,
        value: Some(value),
    }
}

/// A difference in nanoseconds.
pub(super) fn change(difference_ns: i64) -> Cell {
    signed(signed_duration(difference_ns), difference_ns)
}

/// A count.
pub(super) fn number(number: u64) -> Cell {
    by(count(number), number)
}

/// A table; nothing without rows.
pub(super) fn table(name: &str, titles: &[&str], rows: &[Vec<Cell>]) -> Markup {
    html! {
        @if !rows.is_empty() {
            table {
                @if !name.is_empty() { caption { (name) } }
                thead {
                    tr {
                        @for title in titles { th scope="col" { (title) } }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @for cell in row {
                                @if let Some(value) = cell.value {
                                    td.number data-value=(value) { (cell.text) }
                                } @else {
                                    td { (cell.text) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
