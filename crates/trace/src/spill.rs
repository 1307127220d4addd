//! The spill: what capture writes while it records, and decode reads afterwards.
//!
//! A sequence of frames, each behind its length in 32 bits (native order: a spill never leaves its
//! machine). A frame is one record as it came from the ring buffer or, where the highest bit of the
//! length is set, the tasks that were there before, as JSON.

use std::io::{self, ErrorKind, Read, Write};

use super::rows::Task;

const TASKS_BIT: u32 = 1 << 31;
/// No record is longer; a length beyond it means a damaged spill.
const RECORD_MAX_BYTES: u32 = 1 << 16;

/// Appends a record.
pub fn write_record(spill: &mut impl Write, record: &[u8]) -> io::Result<()> {
    spill.write_all(&(record.len() as u32).to_ne_bytes())?;
    spill.write_all(record)
}

/// Appends the tasks that were there before.
pub fn write_tasks(spill: &mut impl Write, tasks: &[Task]) -> io::Result<()> {
    let json = serde_json::to_vec(tasks)?;
    spill.write_all(&(json.len() as u32 | TASKS_BIT).to_ne_bytes())?;
    spill.write_all(&json)
}

/// A frame of a spill.
#[derive(Debug, PartialEq)]
pub enum Frame<'a> {
    /// A record.
    Record(&'a [u8]),
    /// Tasks that were there before.
    Tasks(Vec<Task>),
}

/// Reads a spill from the beginning.
pub struct SpillReader<R> {
    source: R,
    buffer: Vec<u8>,
    is_cut: bool,
}

impl<R: Read> SpillReader<R> {
    /// Reads from `source`, which should be buffered.
    pub fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            is_cut: false,
        }
    }

    /// Whether the last frame was cut short, as it is when the writer was killed.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The next frame; `None` at the end, and where the last frame is cut.
    ///
    /// # Errors
    /// Of the source; `InvalidData` for a length or tasks that no writer writes.
    pub fn next_frame(&mut self) -> io::Result<Option<Frame<'_>>> {
        let mut length = [0; 4];
        if !self.fill(&mut length)? {
            return Ok(None);
        }
        let length = u32::from_ne_bytes(length);
        let is_record = length & TASKS_BIT == 0;
        if is_record && length > RECORD_MAX_BYTES {
            return Err(invalid(format!("a record of {length} bytes")));
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize((length & !TASKS_BIT) as usize, 0);
        let is_whole = self.fill(&mut buffer);
        self.buffer = buffer;
        if !is_whole? {
            self.is_cut = true;
            return Ok(None);
        }
        if is_record {
            return Ok(Some(Frame::Record(&self.buffer)));
        }
        let tasks = serde_json::from_slice(&self.buffer)
            .map_err(|error| invalid(format!("tasks that cannot be read: {error}")))?;
        Ok(Some(Frame::Tasks(tasks)))
    }

    /// Fills the buffer; false where the source ends first.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.source.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.is_cut = filled > 0;
                    return Ok(false);
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the spill holds {what}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn spill() -> Vec<u8> {
        let mut spill = Vec::new();
        write_tasks(&mut spill, &[]).unwrap();
        write_record(&mut spill, b"one").unwrap();
        write_record(&mut spill, b"three").unwrap();
        spill
    }

    #[test]
    fn frames_come_back_in_order() {
        let spill = spill();
        let mut reader = SpillReader::new(spill.as_slice());
        assert_eq!(reader.next_frame().unwrap(), Some(Frame::Tasks(Vec::new())));
        assert_eq!(reader.next_frame().unwrap(), Some(Frame::Record(b"one")));
        assert_eq!(reader.next_frame().unwrap(), Some(Frame::Record(b"three")));
        assert_eq!(reader.next_frame().unwrap(), None);
        assert!(!reader.is_cut());
    }

    #[test]
    fn a_cut_tail_ends_the_spill_and_is_told() {
        let spill = spill();
        for cut in 1..9 {
            let mut reader = SpillReader::new(&spill[..spill.len() - cut]);
            reader.next_frame().unwrap();
            reader.next_frame().unwrap();
            assert_eq!(reader.next_frame().unwrap(), None);
            assert_eq!(reader.is_cut(), cut != 9);
        }
    }

    #[test]
    fn a_length_that_nobody_writes_is_an_error() {
        let bytes = (RECORD_MAX_BYTES + 1).to_ne_bytes();
        let mut reader = SpillReader::new(bytes.as_slice());
        assert_eq!(
            reader.next_frame().unwrap_err().kind(),
            ErrorKind::InvalidData
        );
    }
}
