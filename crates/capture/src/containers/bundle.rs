//! What a container's bundle, and the engine's files that it leads to, say of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trace::manifest::KnownContainer;

/// Annotations that hold a container's name: CRI-O's, containerd's for Kubernetes, and nerdctl's.
const NAMES: &[&str] = &[
    "io.kubernetes.cri.container-name",
    "io.kubernetes.cri-o.Name",
    "io.kubernetes.container.name",
    "nerdctl/name",
];
/// Annotations that hold the name of its image.
const IMAGES: &[&str] = &[
    "io.kubernetes.cri.image-name",
    "io.kubernetes.cri-o.ImageName",
    "org.opencontainers.image.ref.name",
];

/// What is found of the container `id` by the folder of its bundle, as the process `tgid` sees it.
pub(super) fn read(tgid: u32, bundle: &str, id: &str) -> KnownContainer {
    let files = Files { tgid };
    let Some(config) = files.json(&Path::new(bundle).join("config.json")) else {
        return KnownContainer::default();
    };
    let mut container = of_bundle(&config);
    let docker = folders_of_docker(&config, id)
        .into_iter()
        .find_map(|folder| files.json(&folder.join("config.v2.json")));
    if let Some(docker) = docker {
        of_docker(&docker, &mut container);
    }
    container
}

/// Files as a process sees them; once it is gone, as ctrprof does.
struct Files {
    tgid: u32,
}

impl Files {
    fn json(&self, path: &Path) -> Option<Value> {
        let inside = path.strip_prefix("/").ok()?;
        let seen = Path::new("/proc")
            .join(self.tgid.to_string())
            .join("root")
            .join(inside);
        let bytes = fs::read(seen).or_else(|_| fs::read(path)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// What config.json says (OCI runtime specification, config.md).
fn of_bundle(config: &Value) -> KnownContainer {
    let annotation = |names: &[&str]| {
        let found = names
            .iter()
            .find_map(|name| config["annotations"][*name].as_str());
        found.unwrap_or_default().to_owned()
    };
    KnownContainer {
        name: annotation(NAMES),
        image: annotation(IMAGES),
        program: words(&config["process"]["args"]),
        ..KnownContainer::default()
    }
}

fn words(value: &Value) -> Vec<String> {
    let words = value.as_array().into_iter().flatten();
    words
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

/// Folders that may be dockerd's own for the container, `DATAROOT/containers/ID`: it mounts files
/// from there, and the root file system lies below the same data root.
fn folders_of_docker(config: &Value, id: &str) -> Vec<PathBuf> {
    let mounts = config["mounts"].as_array().into_iter().flatten();
    let sources = mounts.filter_map(|mount| Path::new(mount["source"].as_str()?).parent());
    let by_mounts = sources
        .filter(|folder| folder.ends_with(id))
        .map(Path::to_path_buf);
    let root = Path::new(config["root"]["path"].as_str().unwrap_or_default());
    let above = root.ancestors().skip(1);
    let by_root = above.map(|folder| folder.join("containers").join(id));
    by_mounts.take(1).chain(by_root).collect()
}

/// What dockerd's config.v2.json says (moby, container/container.go, 20.10).
fn of_docker(docker: &Value, container: &mut KnownContainer) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&docker["Name"]);
    container.name = name.trim_start_matches('/').to_owned();
    container.image = text(&docker["Config"]["Image"]);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_come_from_annotations_and_from_docker() {
        let config = json!({
            "process": {"args": ["sh", "-c", "x"]},
            "root": {"path": "/var/lib/docker/overlay2/77/merged"},
            "annotations": {"io.kubernetes.container.name": "web"},
            "mounts": [{"source": "proc"}, {"source": "/var/lib/docker/containers/a1/hosts"}],
        });
        let mut container = of_bundle(&config);
        assert_eq!(
            (container.name.as_str(), container.program.len()),
            ("web", 3)
        );
        let folders = folders_of_docker(&config, "a1");
        assert!(folders.contains(&PathBuf::from("/var/lib/docker/containers/a1")));
        let docker = json!({"Name": "/one", "Config": {"Image": "bb"}});
        of_docker(&docker, &mut container);
        assert_eq!(
            (container.name.as_str(), container.image.as_str()),
            ("one", "bb")
        );
    }
}
