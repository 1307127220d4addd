//! Reading `report --format folded`: the critical path as `stage;role;process;phase;... N`.

use std::path::Path;

use anyhow::{Context, Result};

/// Time on the critical path that one stack of frames stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Role of the process.
    pub role: String,
    /// Name of the process.
    pub process: String,
    /// Phase.
    pub phase: String,
    /// System call and kernel functions, as far as there are any.
    pub frames: Vec<String>,
    /// Nanoseconds.
    pub duration_ns: u64,
}

/// The critical path of a recording, over all stages.
pub fn critical_path(recording: &Path) -> Result<Vec<Piece>> {
    let mut report = crate::ctrprof::command()?;
    let output = report
        .arg("report")
        .arg(recording)
        .args(["--format", "folded"])
        .output()?;
    crate::ctrprof::succeeded(&output)?;
    parse(&String::from_utf8(output.stdout)?)
}

fn parse(text: &str) -> Result<Vec<Piece>> {
    text.lines()
        .map(|line| piece(line).with_context(|| format!("not a folded stack: {line}")))
        .collect()
}

fn piece(line: &str) -> Option<Piece> {
    let (stack, duration_ns) = line.rsplit_once(' ')?;
    let mut frames = stack.split(';').map(str::to_owned);
    let _stage = frames.next()?;
    Some(Piece {
        role: frames.next()?,
        process: frames.next()?,
        phase: frames.next()?,
        frames: frames.collect(),
        duration_ns: duration_ns.parse().ok()?,
    })
}

/// Nanoseconds of the pieces that `wanted` picks.
pub fn total_ns(path: &[Piece], wanted: impl Fn(&Piece) -> bool) -> u64 {
    path.iter()
        .filter(|piece| wanted(piece))
        .map(|piece| piece.duration_ns)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_behind_the_phase_may_be_missing() -> Result<()> {
        let path = parse("command;client;sh;user 12\ncommand;other;a b;ipc;read;pipe_read 30\n")?;
        assert_eq!(path[0].frames, Vec::<String>::new());
        assert_eq!((path[1].process.as_str(), path[1].frames.len()), ("a b", 2));
        assert_eq!(total_ns(&path, |piece| piece.phase == "ipc"), 30);
        assert!(parse("command;client 12").is_err());
        Ok(())
    }
}
