//! The database of `db-read` and `db-write`: the nine tables of TPC-C in SQLite.
//!
//! Columns and lengths are those of clauses 1.3 and 4.3 of the TPC-C specification, revision
//! 5.11. Two things differ: amounts are whole cents and rates ten-thousandths, because programs
//! print floating-point numbers in more than one way; and one warehouse is scaled down, not up.
//! Every row follows from a seed, so what `SELECT *` must print is known without asking SQLite.

pub mod cksum;
pub mod load;
pub mod populate;
pub mod row;
pub mod scale;
pub mod tables;

use std::io;
use std::sync::OnceLock;

use cksum::Cksum;
use populate::populate;
use row::Row;
use scale::Scale;
use setup::size::Size;
use tables::TABLES;

/// Where the database is in a container.
pub const PATH: &str = "/data/db/tpcc.db";
/// Its folder, which SQLite also writes its journal to.
pub const FOLDER: &str = "/data/db";

/// The right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Rows of each table, in the order of [`TABLES`].
    pub rows: Vec<u64>,
    /// The output of cksum(1) for all rows as sqlite3 lists them, table after table.
    pub cksum: String,
}

/// The answer for a size, computed once in a process: the largest has a million rows.
pub fn expected(size: Size) -> &'static Expected {
    static ANSWERS: [OnceLock<Expected>; Size::ALL.len()] =
        [const { OnceLock::new() }; Size::ALL.len()];
    ANSWERS[size.index()].get_or_init(|| compute(Scale::of(size)))
}

fn compute(scale: Scale) -> Expected {
    let mut cksum = Cksum::default();
    let mut line = Vec::new();
    let rows = TABLES
        .iter()
        .map(|table| {
            let mut rows = 0;
            let mut add = |row: &Row| -> io::Result<()> {
                rows += 1;
                line.clear();
                row.write_line(&mut line);
                cksum.update(&line);
                Ok(())
            };
            // The closure cannot fail, so every row is counted.
            let _ = populate(table, scale, &mut add);
            rows
        })
        .collect();
    Expected {
        rows,
        cksum: cksum.line(),
    }
}

/// Shell script that selects everything, and sums up what was printed.
pub fn read_script() -> String {
    let select: String = TABLES
        .iter()
        .map(|table| format!("SELECT * FROM {} ORDER BY rowid;", table.name))
        .collect();
    piped_into_cksum(&select)
}

/// Shell script that copies every table.
pub fn write_script() -> String {
    let copy: String = TABLES
        .iter()
        .map(|table| {
            format!(
                "CREATE TABLE {0}_copy AS SELECT * FROM {0} ORDER BY rowid;",
                table.name
            )
        })
        .collect();
    format!("{SEARCH_PATH}exec sqlite3 -batch {PATH} '{copy}'")
}

/// Shell script that prints how many rows each table has, a line for each.
pub fn count_script() -> String {
    format!(
        "{SEARCH_PATH}exec sqlite3 -batch -readonly {PATH} \"{}\"",
        counts("")
    )
}

/// Shell script that prints how many rows each copy has, and the sum of what they hold.
pub fn verify_copies_script() -> String {
    let select: String = TABLES
        .iter()
        .map(|table| format!("SELECT * FROM {}_copy ORDER BY rowid;", table.name))
        .collect();
    format!(
        "{SEARCH_PATH}sqlite3 -batch -readonly {PATH} \"{}\" && {}",
        counts("_copy"),
        piped_into_cksum(&select)
    )
}

/// The output of [`count_script`].
pub fn expected_counts(expected: &Expected) -> String {
    expected
        .rows
        .iter()
        .zip(&TABLES)
        .map(|(rows, table)| format!("{}|{rows}\n", table.name))
        .collect()
}

/// The managers give programs different search paths, or none.
const SEARCH_PATH: &str = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin; ";

fn piped_into_cksum(select: &str) -> String {
    format!("{SEARCH_PATH}sqlite3 -batch -readonly {PATH} '{select}' | cksum")
}

fn counts(suffix: &str) -> String {
    TABLES
        .iter()
        .map(|table| format!("SELECT '{0}', count(*) FROM {0}{suffix};", table.name))
        .collect()
}
