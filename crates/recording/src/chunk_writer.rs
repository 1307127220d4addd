//! One column of a row group, coded and compressed in memory.
//!
//! In the file, each column of a row group is in one piece. Rows come with all their columns, so the
//! pieces grow side by side here, and are put into the file one after the other.

use std::io::{self, Write};
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use parquet::column::page::{CompressedPage, PageWriteSpec, PageWriter};
use parquet::column::writer::{ColumnWriter, get_column_writer};
use parquet::errors::Result;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::columns::write_column;
use trace::table::ColumnData;

/// A piece in the making.
pub(super) struct ChunkWriter {
    column: ColumnWriter<'static>,
    pages: SharedBytes,
}

impl ChunkWriter {
    /// Begins a piece of this column.
    pub(super) fn new(column: &ColumnDescPtr, properties: &WriterPropertiesPtr) -> Self {
        let pages = SharedBytes::default();
        let page_writer = Box::new(MemoryPages(TrackedWrite::new(pages.clone())));
        Self {
            column: get_column_writer(column.clone(), properties.clone(), page_writer),
            pages,
        }
    }

    /// Appends values.
    pub(super) fn write(&mut self, values: ColumnData) -> Result<()> {
        write_column(values, &mut self.column)
    }

    /// Ends the piece, and makes it the next one of the row group.
    pub(super) fn append_to<W: Write + Send>(
        self,
        row_group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let closed = self.column.close()?;
        let pages = Bytes::from(take(&mut *self.pages.lock()));
        row_group.append_column(&pages, closed)
    }
}

/// Pages, one after the other as they are in the file.
struct MemoryPages(TrackedWrite<SharedBytes>);

impl PageWriter for MemoryPages {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        SerializedPageWriter::new(&mut self.0).write_page(page)
    }

    fn close(&mut self) -> Result<()> {
        SerializedPageWriter::new(&mut self.0).close()
    }
}

/// Bytes that a column writer, which does not give its page writer back, shares with its owner.
#[derive(Clone, Default)]
struct SharedBytes(Arc<Mutex<Vec<u8>>>);

impl SharedBytes {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        // Appending leaves nothing half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for SharedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
