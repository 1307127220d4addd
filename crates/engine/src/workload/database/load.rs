//! Makes the database file, with the sqlite3 program of the host.

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::populate::populate;
use super::row::Row;
use super::scale::Scale;
use super::tables::{TABLES, Table};

/// Rows of one INSERT: more save little, and make the statement long.
const ROWS_PER_INSERT: u32 = 100;

/// The errors of filling a database.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The program did not start.
    #[error("failed to run {}: {source}; install it (debian: apt-get install sqlite3)", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        source: io::Error,
    },
    /// The program ended early or refused something.
    #[error("{} could not fill the database: {status}: {stderr}; check the free space", program.display())]
    Failed {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// Its standard error.
        stderr: String,
    },
    /// The pipe to the program.
    #[error("failed to hand rows to {}: {source}", program.display())]
    Pipe {
        /// The program.
        program: PathBuf,
        source: io::Error,
    },
}

/// Fills a new database at `file` by `program`. The rows are streamed: memory does not grow with
/// the scale.
///
/// # Errors
/// When the program is missing or fails.
pub fn load(program: &Path, file: &Path, scale: Scale) -> Result<(), LoadError> {
    let mut child = Command::new(program)
        .args(["-batch", "-bail"])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| LoadError::Start {
            program: program.to_path_buf(),
            source,
        })?;
    let written = write_all(&mut child, scale);
    let mut stderr = String::new();
    let pipe_error = |source| LoadError::Pipe {
        program: program.to_path_buf(),
        source,
    };
    if let Some(mut pipe) = child.stderr.take() {
        // Standard error is shown if the program failed; a failure to read it changes nothing.
        let _ = pipe.read_to_string(&mut stderr);
    }
    let status = child.wait().map_err(pipe_error)?;
    if !status.success() {
        return Err(LoadError::Failed {
            program: program.to_path_buf(),
            status,
            stderr: stderr.trim_end().to_owned(),
        });
    }
    written.map_err(pipe_error)
}

fn write_all(child: &mut Child, scale: Scale) -> io::Result<()> {
    let Some(stdin) = child.stdin.take() else {
        return Ok(());
    };
    let mut out = BufWriter::with_capacity(1 << 16, stdin);
    // The file is made in one go and used by nobody yet: a crash loses nothing.
    out.write_all(
        b"PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;PRAGMA page_size=4096;BEGIN;\n",
    )?;
    for table in &TABLES {
        write_table(table, scale, &mut out)?;
    }
    out.write_all(b"COMMIT;\n")?;
    out.flush()
}

fn write_table(table: &Table, scale: Scale, out: &mut impl Write) -> io::Result<()> {
    out.write_all(table.schema().as_bytes())?;
    let mut statement = Vec::new();
    let mut rows = 0;
    populate(table, scale, &mut |row: &Row| {
        if rows == 0 {
            statement.extend_from_slice(format!("INSERT INTO {} VALUES ", table.name).as_bytes());
        } else {
            statement.push(b',');
        }
        row.write_sql(&mut statement);
        rows += 1;
        if rows == ROWS_PER_INSERT {
            statement.extend_from_slice(b";\n");
            out.write_all(&statement)?;
            statement.clear();
            rows = 0;
        }
        Ok(())
    })?;
    if rows > 0 {
        statement.extend_from_slice(b";\n");
        out.write_all(&statement)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::super::{PATH, count_script, expected, expected_counts, read_script};
    use super::*;
    use setup::size::Size;

    /// The output of a script when the database is at `file`.
    fn output(script: &str, file: &Path) -> String {
        let output = Command::new("sh")
            .args(["-c", &script.replace(PATH, file.to_str().unwrap())])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn sqlite_reads_the_rows_that_were_generated_at_the_documented_sizes() {
        let folder = tempfile::tempdir().unwrap();
        for size in [Size::Xs, Size::Sm, Size::Md] {
            let file = folder.path().join(size.name());
            load(Path::new("sqlite3"), &file, Scale::of(size)).unwrap();
            let expected = expected(size);
            assert_eq!(output(&read_script(), &file), expected.cksum);
            assert_eq!(output(&count_script(), &file), expected_counts(expected));
            let bytes = file.metadata().unwrap().len() as f64;
            let ratio = bytes / size.database_bytes() as f64;
            assert!((0.95..=1.05).contains(&ratio), "{size}: {bytes} bytes");
        }
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = load(
            Path::new("/no/sqlite3"),
            Path::new("x"),
            Scale::of(Size::Xs),
        );
        let message = error.unwrap_err().to_string();
        assert!(message.contains("/no/sqlite3") && message.contains("apt-get"));
    }

    #[test]
    fn a_program_that_fails_is_no_database() {
        let error = load(Path::new("/bin/false"), Path::new("x"), Scale::of(Size::Xs));
        assert!(matches!(error, Err(LoadError::Failed { .. })));
    }
}
