#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

struct Few;

impl Known for Few {
    fn values(&self, axis: &str) -> Vec<String> {
        let values: &[&str] = match axis {
            "manager" => &["embedded", "podman", "docker"],
            "runtime" => &["libcontainer", "crun", "runc"],
            "storage" => &["overlay", "btrfs", "vfs"],
            "rootless" => &["no", "yes"],
            _ => &["default"],
        };
        values.iter().map(|&value| value.to_owned()).collect()
    }

    fn workloads(&self) -> Vec<String> {
        ["hello-world", "io-read/xs", "io-read/md", "io-write/xs"]
            .map(str::to_owned)
            .into()
    }

    fn is_apart(&self, _: &str) -> bool {
        false
    }
}

fn matrix(text: &str) -> Matrix {
    Matrix::parse(text).unwrap()
}

/// Values of the axes named, in order, of each configuration.
fn names(matrix: &Matrix, axes: &[&str]) -> Vec<String> {
    let name = |point: &Point| {
        let values = axes
            .iter()
            .map(|&axis| point.get(axis).map_or("-", String::as_str));
        values.collect::<Vec<_>>().join("/")
    };
    matrix.points(&Few).unwrap().iter().map(name).collect()
}

#[test]
fn globs_and_lists_combine_and_nothing_comes_twice() {
    let matrix = matrix(
        r#"
        workloads = ["hello-world"]
        [[configurations]]
        manager = "podman"
        runtime = ["c*", "runc"]
        storage = ["overlay", "vfs"]
        [[configurations]]
        manager = ["podman", "docker"]
        runtime = "crun"
        storage = "overlay"
        "#,
    );
    assert_eq!(
        names(&matrix, &["manager", "runtime", "storage", "image"]),
        [
            "podman/crun/overlay/-",
            "podman/crun/vfs/-",
            "podman/runc/overlay/-",
            "podman/runc/vfs/-",
            "docker/crun/overlay/-",
        ]
    );
    assert_eq!((matrix.runs, matrix.warmups, matrix.seed), (20, 1, 1));
}

#[test]
fn switches_and_paths_are_taken_as_they_are() {
    let matrix = matrix(
        r#"
        workloads = "*"
        [[configurations]]
        runtime = "/opt/runsc"
        rootless = [false, true]
        "#,
    );
    assert_eq!(
        names(&matrix, &["runtime", "rootless"]),
        ["/opt/runsc/no", "/opt/runsc/yes"]
    );
}

#[test]
fn workloads_are_named_with_sizes_or_with_all_of_them() {
    let chosen = |patterns: &str| {
        matrix(&format!("workloads = {patterns}\nconfigurations = [{{}}]")).workloads(&Few)
    };
    assert_eq!(
        chosen(r#""io-read""#).unwrap(),
        ["io-read/xs", "io-read/md"]
    );
    assert_eq!(
        chosen(r#"["hello-world", "io-*/xs"]"#).unwrap(),
        ["hello-world", "io-read/xs", "io-write/xs"]
    );
    let error = chosen(r#""no-such""#).unwrap_err().to_string();
    assert!(error.contains("io-write/xs"), "{error}");
}

#[test]
fn an_exclusion_needs_every_axis_that_it_names() {
    let matrix = matrix(
        r#"
        workloads = "*"
        configurations = [{}]
        [[exclude]]
        manager = "podman"
        storage = ["btrfs", "z*"]
        [[exclude]]
        workload = "io-write"
        runtime = "runc"
        "#,
    );
    let is_out = |manager: &'static str, runtime: &'static str, workload| {
        let axes = move |axis: &str| match axis {
            "manager" => manager.to_owned(),
            "runtime" => runtime.to_owned(),
            _ => "btrfs".to_owned(),
        };
        matrix.excludes(&axes, workload)
    };
    assert!(is_out("podman", "crun", "hello-world"));
    assert!(!is_out("docker", "crun", "io-write/xs"));
    assert!(is_out("docker", "runc", "io-write/xs"));
    assert!(!is_out("docker", "runc", "io-read/xs"));
}

#[test]
fn a_label_is_written_in_the_words_of_the_source() {
    let matrix = matrix(
        r#"
        label = "{manager}, {storage} on {rootless}"
        workloads = "*"
        configurations = [{}]
        [labels.manager]
        embedded = "contingious"
        [labels.storage]
        "lxd/vfs" = "dir"
        vfs = "copy"
        "#,
    );
    let label = |manager: &'static str, storage: &'static str| {
        matrix.label(&move |axis: &str| match axis {
            "manager" => manager.to_owned(),
            "storage" => storage.to_owned(),
            _ => "no".to_owned(),
        })
    };
    assert_eq!(label("embedded", "zfs"), "contingious, zfs on no");
    assert_eq!(label("lxd", "vfs"), "lxd, dir on no");
    assert_eq!(label("docker", "vfs"), "docker, copy on no");
}

#[test]
fn what_is_wrong_is_said_with_the_remedy() {
    for (text, why) in [
        (
            "workloads = '*'\nconfigurations = [{ maneger = 'x' }]",
            "'maneger', which is no axis",
        ),
        (
            "workloads = '*'\nconfigurations = [{}]\nrun = 3",
            "unknown field `run`",
        ),
        (
            "workloads = '*'\nconfigurations = [{}]\nruns = 0",
            "measures nothing",
        ),
        (
            "workloads = '*'\nconfigurations = [{}]\ncache = 'hot'",
            "expected `warm` or `cold`",
        ),
        ("configurations = [{}]", "missing field `workloads`"),
        (
            "workloads = '*'\nconfigurations = [{ runtime = 3 }]",
            "line 2",
        ),
    ] {
        let error = Matrix::parse(text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let nothing = matrix("workloads = '*'\nconfigurations = [{ storage = 'z*' }]");
    let error = nothing.points(&Few).unwrap_err().to_string();
    assert!(
        error.contains("storage = \"z*\"") && error.contains("btrfs"),
        "{error}"
    );
    let empty = matrix("workloads = []\nconfigurations = []");
    assert!(matches!(
        empty.points(&Few),
        Err(MatrixError::Empty("configuration"))
    ));
    assert!(matches!(
        empty.workloads(&Few),
        Err(MatrixError::Empty("workload"))
    ));
}
