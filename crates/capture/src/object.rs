//! The compiled programs, before they are attached.

use aya::{Ebpf, EbpfLoader};

use super::error::CaptureError;
use super::verify::TOO_LARGE;

/// The kernel programs, as `cargo xtask ebpf` built them.
#[cfg(not(feature = "ebpf-log"))]
static OBJECT: &[u8] = aya::include_bytes_aligned!("../bpf/ctrprof.bpf.o");
/// The kernel programs with diagnostics, as `cargo xtask ebpf --log` built them.
#[cfg(feature = "ebpf-log")]
static OBJECT: &[u8] = aya::include_bytes_aligned!("../bpf/ctrprof-log.bpf.o");

/// The object, and the constants that it is loaded with.
#[derive(Clone)]
pub(super) struct Object {
    /// Size of the ring buffer.
    pub(super) ring_bytes: u32,
    /// Constants of 32 bits, by name.
    pub(super) globals32: Vec<(&'static str, u32)>,
    /// Constants of 64 bits, by name.
    pub(super) globals64: Vec<(&'static str, u64)>,
}

impl Object {
    /// Loads maps and programs into this process; the kernel sees a program when it is attached.
    pub(super) fn load(&self) -> Result<Ebpf, CaptureError> {
        let mut loader = EbpfLoader::new();
        loader
            .allow_unsupported_maps()
            .map_max_entries("RECORDS", self.ring_bytes);
        for (name, value) in &self.globals32 {
            loader.override_global(name, value, true);
        }
        for (name, value) in &self.globals64 {
            loader.override_global(name, value, true);
        }
        #[cfg_attr(
            not(feature = "ebpf-log"),
            expect(unused_mut, reason = "only diagnostics change it")
        )]
        let mut ebpf = loader.load(OBJECT).map_err(load_error)?;
        #[cfg(feature = "ebpf-log")]
        super::diagnostics::start(&mut ebpf)?;
        Ok(ebpf)
    }
}

/// The last series whose verifier is known to refuse that: it takes v6.1 longer to refuse than all else takes.
const REFUSES: [u32; 2] = [6, 1];

/// Whether a kernel of this release (uname(2)) is none of those that are known to refuse the largest
/// program.
pub(super) fn is_not_known_to_refuse(release: &str) -> Result<(), String> {
    let numbers = release.split(|character: char| !character.is_ascii_digit());
    let series: Vec<u32> = numbers
        .take(2)
        .filter_map(|number| number.parse().ok())
        .collect();
    if series.as_slice() > REFUSES.as_slice() {
        Ok(())
    } else {
        Err(TOO_LARGE.to_owned())
    }
}

fn load_error(error: aya::EbpfError) -> CaptureError {
    let mut source: &dyn std::error::Error = &error;
    let mut text = error.to_string();
    while let Some(next) = source.source() {
        source = next;
        text = format!("{text}: {next}");
        let permission = next
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
        if permission {
            return CaptureError::NotPermitted(text);
        }
    }
    CaptureError::Load(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_that_are_known_to_refuse_are_not_tried() {
        for (release, is_tried) in [
            ("5.18.0", false),
            ("6.1.0-56-cloud-amd64", false),
            ("6.2.1", true),
            ("6.12.117+deb12-cloud-amd64", true),
            ("6.18.44", true),
            ("10.0.1", true),
        ] {
            assert_eq!(
                is_not_known_to_refuse(release).is_ok(),
                is_tried,
                "{release}"
            );
        }
    }
}
