//! dockerd with its containerd, with everything that they write kept in a scratch folder, private
//! namespaces of mounts and of the network, and a cgroup of their own.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::scratch::Scratch;
use crate::{cgroup, rootfs};

/// The program that the containers run.
pub const PROGRAM: &str = "/bin/echo";
/// The image that holds [`PROGRAM`] alone.
pub const IMAGE: &str = "hello";

/// After [`cgroup::GATHER`]: `sh -euc SCRIPT sh FOLDER CGROUP DOCKER COMMAND...`. The daemon is up,
/// has run a container once, and ends after the command.
const SERVE: &str = r#"
mount -t tmpfs run /run
mount -t sysfs sysfs /sys
mount --rbind "$folder/cgroup" /sys/fs/cgroup
mount --make-rshared /
ip link set lo up
export DOCKER_HOST=unix:///run/docker.sock
dockerd --data-root "$folder/data" --exec-root /run/docker --pidfile /run/docker.pid \
    -H "$DOCKER_HOST" --cgroup-parent "/$cgroup" --exec-opt native.cgroupdriver=cgroupfs \
    --default-ulimit nofile=1024:1024 > "$folder/dockerd.log" 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon || true' EXIT
tries=0
until "$docker" info > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 150 ]; then
        tail -n 20 "$folder/dockerd.log" >&2
        exit 1
    fi
    sleep 0.2
done
tar -C "$folder/rootfs" -c . | "$docker" import - hello > /dev/null
"$docker" run --rm hello /bin/echo > /dev/null
"$@"
"#;

/// A dockerd that leaves nothing behind.
pub struct Docker {
    scratch: Scratch,
    cgroup: String,
}

impl Docker {
    /// Sets up a root file system that holds [`PROGRAM`] alone. The daemon is started by
    /// [`Docker::private`].
    pub fn new() -> Result<Self> {
        let scratch = Scratch::new()?;
        std::fs::create_dir(scratch.path().join("cgroup"))?;
        rootfs::fill(&scratch.path().join("rootfs"), PROGRAM)?;
        let cgroup = format!("ctrprof-test-docker-{}", std::process::id());
        Ok(Self { scratch, cgroup })
    }

    /// `command`, where a daemon of its own serves.
    pub fn private(&self, command: &Command) -> Command {
        let script = format!(
            "folder=$1; cgroup=$2; docker=$3; shift 3\n{}{SERVE}",
            cgroup::GATHER
        );
        let mut private = Command::new("unshare");
        private
            .args(["--mount", "--net", "--propagation", "private"])
            .args(["sh", "-euc", &script, "sh"])
            .arg(self.scratch.path())
            .args([self.cgroup.as_str(), client()])
            .arg(command.get_program())
            .args(command.get_args());
        private
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        cgroup::remove(&self.cgroup);
    }
}

/// `docker run` of [`PROGRAM`] in a container of this name, with its name as the argument.
pub fn run(name: &str) -> Vec<String> {
    [
        client(),
        "run",
        "--rm",
        "--name",
        name,
        IMAGE,
        PROGRAM,
        name,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A call of the client, as words.
pub fn call(words: &[&str]) -> Vec<String> {
    let words = [client()].into_iter().chain(words.iter().copied());
    words.map(str::to_owned).collect()
}

/// The client that came with the daemon, where another one is found first.
fn client() -> &'static str {
    const PACKAGED: &str = "/usr/bin/docker";
    if Path::new(PACKAGED).exists() {
        PACKAGED
    } else {
        "docker"
    }
}
