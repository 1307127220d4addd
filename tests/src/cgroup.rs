//! The cgroups of the engines under test.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Makes `$folder/cgroup` hold the hierarchies that an engine is to see; to be bound over
/// /sys/fs/cgroup, in a mount namespace of its own.
///
/// crun refuses hosts that mount both versions of cgroups with controllers on the second, so the
/// second is left out there.
pub const GATHER: &str = r#"
if mountpoint -q /sys/fs/cgroup/unified; then
    mount -t tmpfs -o size=16m cgroups "$folder/cgroup"
    for controller in /sys/fs/cgroup/*; do
        name=${controller##*/}
        if [ "$name" != unified ] && [ ! -L "$controller" ] && mountpoint -q "$controller"; then
            mkdir "$folder/cgroup/$name"
            mount --bind "$controller" "$folder/cgroup/$name"
        fi
    done
else
    mount --rbind /sys/fs/cgroup "$folder/cgroup"
fi
"#;

/// Removes the cgroup of this name in every hierarchy, as soon as nobody is left in it; says so
/// where that takes too long.
pub fn remove(name: &str) {
    for _ in 0..100 {
        if remove_cgroups(name) {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    eprintln!("cgroups named {name} are left under /sys/fs/cgroup");
}

/// Removes the cgroup of this name in every hierarchy; whether none is left.
fn remove_cgroups(name: &str) -> bool {
    let root = Path::new("/sys/fs/cgroup");
    let hierarchies = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let cgroups = hierarchies
        .chain([root.to_path_buf()])
        .map(|hierarchy| hierarchy.join(name));
    let kept = cgroups.filter(|cgroup| cgroup.is_dir() && !remove_cgroup(cgroup));
    kept.count() == 0
}

/// Removes a cgroup and those below it, which rmdir(2) does only from the leaves up.
fn remove_cgroup(cgroup: &Path) -> bool {
    for entry in fs::read_dir(cgroup).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_cgroup(&entry.path());
        }
    }
    fs::remove_dir(cgroup).is_ok()
}
