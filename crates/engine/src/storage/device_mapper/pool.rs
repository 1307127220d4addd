//! A thin pool: devices whose blocks are taken from it when they are written, and their snapshots
//! (Documentation/admin-guide/device-mapper/thin-provisioning.rst, v6.18).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::control::{Control, Device, Table};
use crate::backing::LoopDevice;
use crate::storage::StorageError;
use crate::storage::error::failed;

/// Length of the pool's sparse data file, and of each thin device: more than the largest workload
/// writes.
pub const POOL_BYTES: u64 = 4 << 30;
/// The documentation asks for 48 bytes for each block of data, 3 MiB here, and for 2 MiB at least.
const METADATA_BYTES: u64 = 32 << 20;
/// 64 KiB, as Docker's driver has it.
const BLOCK_SECTORS: u64 = 128;
/// Below this many free blocks the kernel tells user space; nobody listens.
const LOW_WATER_BLOCKS: u64 = 0;

/// A pool on two files.
#[derive(Debug)]
pub struct ThinPool {
    control: Control,
    /// The prefix of the names of its devices.
    prefix: String,
    files: [PathBuf; 2],
    /// None before it was started, and once it was removed.
    started: Option<Started>,
}

#[derive(Debug)]
struct Started {
    pool: Device,
    loops: [LoopDevice; 2],
}

impl ThinPool {
    /// Starts an empty pool with its files in `folder`.
    ///
    /// # Errors
    /// When the kernel has no thin provisioning, or there are no loop devices. Nothing is left.
    pub fn start(prefix: &str, folder: &Path) -> Result<Self, StorageError> {
        let mut pool = Self {
            control: Control::open()?,
            prefix: prefix.to_owned(),
            files: ["thin-metadata", "thin-data"].map(|name| folder.join(name)),
            started: None,
        };
        match pool.make() {
            Ok(started) => {
                pool.started = Some(started);
                Ok(pool)
            }
            Err(error) => {
                // The first failure is the one to tell.
                let _ = pool.remove();
                Err(error)
            }
        }
    }

    fn make(&self) -> Result<Started, StorageError> {
        for (path, bytes) in self.files.iter().zip([METADATA_BYTES, POOL_BYTES]) {
            File::create_new(path)
                .and_then(|file| file.set_len(bytes))
                .map_err(failed("make", path))?;
        }
        let [metadata, data] = &self.files;
        let loops = [LoopDevice::attach(metadata)?, LoopDevice::attach(data)?];
        let table = Table {
            kind: "thin-pool",
            bytes: POOL_BYTES,
            parameters: format!(
                "{} {} {BLOCK_SECTORS} {LOW_WATER_BLOCKS} 1 skip_block_zeroing",
                loops[0].number(),
                loops[1].number()
            ),
        };
        let pool = self.control.create(&self.pool_name(), &table)?;
        Ok(Started { pool, loops })
    }

    fn pool_name(&self) -> String {
        format!("{}-pool", self.prefix)
    }

    /// Makes an empty thin device with this number.
    ///
    /// # Errors
    /// When there is one already.
    pub fn create_thin(&self, id: u32) -> Result<(), StorageError> {
        self.message(&format!("create_thin {id}"))
    }

    /// Makes the device `id` a snapshot of `origin`, which must not be active.
    ///
    /// # Errors
    /// When there is one already, or no origin.
    pub fn create_snapshot(&self, id: u32, origin: u32) -> Result<(), StorageError> {
        self.message(&format!("create_snap {id} {origin}"))
    }

    /// Deletes a thin device, which must not be active.
    ///
    /// # Errors
    /// When there is none.
    pub fn delete(&self, id: u32) -> Result<(), StorageError> {
        self.message(&format!("delete {id}"))
    }

    fn message(&self, text: &str) -> Result<(), StorageError> {
        self.control.message(&self.pool_name(), text)
    }

    /// Makes the thin device `id` a block device.
    ///
    /// # Errors
    /// When it is one already, or there is none.
    pub fn activate(&self, id: u32) -> Result<Device, StorageError> {
        let pool = self.started.as_ref().map(|started| &started.pool.number);
        let table = Table {
            kind: "thin",
            bytes: POOL_BYTES,
            parameters: format!("{} {id}", pool.map_or("", String::as_str)),
        };
        self.control.create(&self.thin_name(id), &table)
    }

    /// Makes it none again; not being one is as good.
    ///
    /// # Errors
    /// When it stays in use.
    pub fn deactivate(&self, id: u32) -> Result<(), StorageError> {
        self.control.remove(&self.thin_name(id))
    }

    fn thin_name(&self, id: u32) -> String {
        format!("{}-thin-{id}", self.prefix)
    }

    /// Removes the pool and its files. To be called again does no harm.
    ///
    /// # Errors
    /// When one of its devices is active.
    pub fn remove(&mut self) -> Result<(), StorageError> {
        if let Some(started) = &self.started {
            self.control.remove(&started.pool.name)?;
        }
        if let Some(Started { loops, .. }) = self.started.take() {
            for device in loops {
                device.detach()?;
            }
        }
        for path in &self.files {
            if path.exists() {
                fs::remove_file(path).map_err(failed("remove", path))?;
            }
        }
        Ok(())
    }
}
