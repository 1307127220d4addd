//! The errors of making an image.

use std::io;
use std::path::PathBuf;

use crate::workload::data::DataError;

/// The errors of making an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A program of the host that every image holds.
    #[error(
        "the host has no program '{name}' to make an image from; install it (debian: apt-get install {package})"
    )]
    MissingProgram {
        /// Name of the program.
        name: &'static str,
        /// Package that Debian has it in.
        package: &'static str,
    },
    /// A shared library that a program of the host needs.
    #[error("{} needs the library {name}, which is in none of the loader's folders; reinstall the package of that program", user.display())]
    MissingLibrary {
        /// Name of the library.
        name: String,
        /// The file that needs it.
        user: PathBuf,
    },
    /// A script, for instance, whose interpreter would be missing in the image.
    #[error("{} is no ELF file, so the libraries that it needs cannot be found out; put a binary in its place", path.display())]
    NotElf {
        /// The file.
        path: PathBuf,
    },
    /// A BusyBox that needs libraries.
    #[error("{} is linked with libraries, which the image would not have; install the static one (debian: apt-get install busybox-static)", path.display())]
    DynamicBusybox {
        /// The program.
        path: PathBuf,
    },
    /// A program that makes images failed.
    #[error("{program} failed: {message}")]
    Tool {
        /// The program.
        program: String,
        /// Its message.
        message: String,
    },
    /// The image has another version of a file that a program of the host needs.
    #[error("the image has another {} than the host, so the host's programs would not run in it; install the workload's programs in the image", path.display())]
    Conflict {
        /// Path in the image.
        path: PathBuf,
    },
    /// A link where data should be written.
    #[error("{} is a link, where a workload's data would be written; use an image without it", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Files to add to what only the manager has.
    #[error(
        "the workload {workload} adds files to its image, but {reference} is pulled by the manager as it is; save it to a file and use archive:FILE"
    )]
    OnlyReference {
        /// The reference.
        reference: String,
        /// The workload.
        workload: String,
    },
    /// No archive of what only the manager has.
    #[error("{reference} is pulled by the manager, so there is no archive of it here")]
    NoArchive {
        /// The reference.
        reference: String,
    },
    /// A file that is no image.
    #[error("{} is no image: {why}; use a folder of the OCI image layout, or a file that docker save or podman save wrote", path.display())]
    NotAnImage {
        /// The folder or file.
        path: PathBuf,
        /// The problem.
        why: String,
    },
    /// A layer.
    #[error("failed to unpack {}: {source}; check the image and the free space", layer.display())]
    Unpack {
        /// The file of the layer.
        layer: PathBuf,
        source: io::Error,
    },
    /// The data of a workload.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An ELF file with headers that lead nowhere.
    #[error("{} is damaged ({source}); reinstall the package it belongs to", path.display())]
    BadElf {
        /// The file.
        path: PathBuf,
        source: object::Error,
    },
    /// A file of the host.
    #[error("failed to read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        source: io::Error,
    },
    /// A file of the cache.
    #[error("failed to write the image at {}: {source}; free some space, or set XDG_CACHE_HOME to a folder that can be written", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        source: io::Error,
    },
}
