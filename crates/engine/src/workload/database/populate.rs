//! The rows of a table, from its description and a seed.

use std::io;

use super::row::Row;
use super::scale::{DISTRICTS, Scale};
use super::tables::{Fill, Level, TABLES, Table};
use setup::random::Random;

/// Where all sequences begin.
const SEED: u64 = 0x7463_7072_6f66;
/// The last name of customer n is made of the syllables of n's digits.
const SYLLABLES: [&str; 10] = [
    "BAR", "OUGHT", "ABLE", "PRI", "PRES", "ESE", "ANTI", "CALLY", "ATION", "EING",
];
/// Fewest and most lines of an order (clause 4.3.3.1).
const LINES: (u64, u64) = (5, 15);
/// No multiple of it is a number of customers, so that stepping by it meets each once.
const STEP: u64 = 7_919;

/// Hands the rows of `table` to `sink`, one by one.
///
/// # Errors
/// Those of the sink.
pub fn populate(
    table: &Table,
    scale: Scale,
    sink: &mut dyn FnMut(&Row) -> io::Result<()>,
) -> io::Result<()> {
    let number = TABLES.iter().position(|other| other.name == table.name);
    let mut writer = Writer {
        table,
        scale,
        random: Random::new(SEED + number.unwrap_or_default() as u64),
        row: Row::default(),
        sink,
    };
    writer.nest(table.levels, &mut Position::default())
}

/// The numbers of the rows that are being written, from 1.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    warehouse: u64,
    district: u64,
    person: u64,
    order: u64,
    line: u64,
    item: u64,
}

impl Position {
    fn of(&mut self, level: Level) -> &mut u64 {
        match level {
            Level::Warehouse => &mut self.warehouse,
            Level::District => &mut self.district,
            Level::Person => &mut self.person,
            Level::Order | Level::NewOrder => &mut self.order,
            Level::Line => &mut self.line,
            Level::Item => &mut self.item,
        }
    }

    /// Lines of the order: a number that both tables of orders agree on.
    fn lines(&self) -> u64 {
        Random::new(SEED ^ (self.district << 32 | self.order)).between(LINES.0, LINES.1)
    }
}

struct Writer<'a> {
    table: &'a Table,
    scale: Scale,
    random: Random,
    row: Row,
    sink: &'a mut dyn FnMut(&Row) -> io::Result<()>,
}

impl Writer<'_> {
    fn nest(&mut self, levels: &[Level], at: &mut Position) -> io::Result<()> {
        let Some((&level, inner)) = levels.split_first() else {
            return self.write(*at);
        };
        let (first, last) = match level {
            Level::Warehouse => (1, 1),
            Level::District => (1, DISTRICTS),
            Level::Person | Level::Order => (1, self.scale.customers),
            Level::NewOrder => (self.scale.first_new_order(), self.scale.customers),
            Level::Line => (1, at.lines()),
            Level::Item => (1, self.scale.items),
        };
        for number in first..=last {
            *at.of(level) = number;
            self.nest(inner, at)?;
        }
        Ok(())
    }

    fn write(&mut self, at: Position) -> io::Result<()> {
        self.row.clear();
        for (_, fill) in self.table.columns {
            self.field(*fill, at);
        }
        (self.sink)(&self.row)
    }

    fn field(&mut self, fill: Fill, mut at: Position) {
        let integer = |value: u64| value.cast_signed();
        match fill {
            Fill::Key(level) => self.row.integer(integer(*at.of(level))),
            Fill::Constant(value) => self.row.integer(value),
            Fill::Cents(low, high) => self.row.integer(integer(self.random.between(low, high))),
            Fill::Text(short, long) => self.row.random_text(&mut self.random, short, long),
            Fill::Digits(count) => {
                let digits: Vec<u8> = (0..count)
                    .map(|_| b'0' + self.random.between(0, 9) as u8)
                    .collect();
                self.row.text(&digits);
            }
            Fill::Chosen(text) => self.row.text(text.as_bytes()),
            Fill::Date => self.date(),
            Fill::LastName => self.last_name(at.person),
            Fill::Credit => {
                let bad = self.random.between(1, 10) == 1;
                self.row.text(if bad { b"BC" } else { b"GC" });
            }
            Fill::Customer => {
                let customer = (at.order * STEP + at.district) % self.scale.customers + 1;
                self.row.integer(integer(customer));
            }
            Fill::AnyItem => {
                let item = self.random.between(1, self.scale.items);
                self.row.integer(integer(item));
            }
            Fill::LineCount => self.row.integer(integer(at.lines())),
            Fill::NextOrder => self.row.integer(integer(self.scale.customers + 1)),
            Fill::UnlessNew(_) if at.order >= self.scale.first_new_order() => self.row.null(),
            Fill::UnlessNew(0) => self.date(),
            Fill::UnlessNew(high) => self.row.integer(integer(self.random.between(1, high))),
        }
    }

    fn date(&mut self) {
        let (month, day) = (self.random.between(1, 12), self.random.between(1, 28));
        let second = self.random.between(0, 86_399);
        let date = format!(
            "2020-{month:02}-{day:02} {:02}:{:02}:{:02}",
            second / 3_600,
            second / 60 % 60,
            second % 60
        );
        self.row.text(date.as_bytes());
    }

    /// The first thousand customers have a name each, the others any of those.
    fn last_name(&mut self, person: u64) {
        let number = match person {
            1..=1_000 => person - 1,
            _ => self.random.between(0, 999),
        };
        let name: String = [number / 100, number / 10 % 10, number % 10]
            .iter()
            .map(|&digit| SYLLABLES[digit as usize])
            .collect();
        self.row.text(name.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::collections::BTreeSet;

    use super::*;

    const SMALL: Scale = Scale {
        items: 20,
        customers: 10,
    };

    fn rows(name: &str) -> Vec<Vec<String>> {
        let table = TABLES.iter().find(|table| table.name == name).unwrap();
        let mut rows = Vec::new();
        populate(table, SMALL, &mut |row| {
            let mut line = Vec::new();
            row.write_line(&mut line);
            let line = String::from_utf8(line).unwrap();
            rows.push(line.trim_end().split('|').map(str::to_owned).collect());
            Ok(())
        })
        .unwrap();
        rows
    }

    #[test]
    fn every_table_has_its_rows_and_every_row_its_columns() {
        let expected = [
            ("warehouse", 1),
            ("district", 10),
            ("customer", 100),
            ("history", 100),
            ("new_order", 30),
            ("orders", 100),
            ("item", 20),
            ("stock", 20),
        ];
        for (name, count) in expected {
            let rows = rows(name);
            assert_eq!(rows.len(), count, "{name}");
            let table = TABLES.iter().find(|table| table.name == name).unwrap();
            assert!(rows.iter().all(|row| row.len() == table.columns.len()));
        }
    }

    #[test]
    fn orders_have_as_many_lines_as_they_say_and_a_customer_each() {
        let orders = rows("orders");
        let announced: usize = orders
            .iter()
            .map(|row| row[6].parse::<usize>().unwrap())
            .sum();
        assert_eq!(rows("order_line").len(), announced);
        let customers: BTreeSet<_> = orders.iter().map(|row| (&row[1], &row[3])).collect();
        assert_eq!(customers.len(), orders.len());
    }

    #[test]
    fn only_new_orders_have_no_carrier() {
        for row in rows("orders") {
            let number: u64 = row[0].parse().unwrap();
            assert_eq!(row[5].is_empty(), number >= SMALL.first_new_order());
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_rows() {
        assert_eq!(rows("customer"), rows("customer"));
        assert_ne!(rows("customer")[0], rows("customer")[1]);
    }

    #[test]
    fn last_names_are_made_of_syllables() {
        let first = &rows("customer")[0];
        assert_eq!(first[5], "BARBARBAR");
    }
}
