//! Writing the bundle that a runtime reads.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use oci_spec::runtime::LinuxSeccomp;

use super::spec::{HostLimits, spec};
use crate::cgroup::source::Placement;
use crate::manager::ManagerError;
use crate::network::ContainerNetwork;
use crate::runtime::Bundle;

/// Writes `config.json` for a container on `rootfs`, with a seccomp profile if one is given, into
/// `directory`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(
    directory: &Path,
    id: &str,
    rootfs: &Path,
    placement: Placement,
    network: &ContainerNetwork,
    (limits, seccomp): (HostLimits, Option<&LinuxSeccomp>),
) -> Result<Bundle, ManagerError> {
    let path = directory.join("config.json");
    let failed = |source| ManagerError::Bundle {
        path: path.clone(),
        source,
    };
    let spec = spec(rootfs, id, &placement, network, (limits, seccomp))
        .map_err(|error| failed(std::io::Error::other(error)))?;
    let mut file = BufWriter::new(File::create(&path).map_err(failed)?);
    serde_json::to_writer(&mut file, &spec).map_err(|error| failed(error.into()))?;
    file.flush().map_err(failed)?;
    Ok(Bundle {
        id: id.to_owned(),
        directory: directory.to_path_buf(),
        entrance: placement.entrance,
    })
}
