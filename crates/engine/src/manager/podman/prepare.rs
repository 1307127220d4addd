//! Making podman's folders, user and settings.

use std::fs;
use std::path::{Path, PathBuf};

use super::command::{CONTAINERS_CONF, PodmanCommand, STORAGE_CONF};
use super::delegation;
use super::directories::Directories;
use super::driver::Driver;
use super::host_folders;
use super::settings::{self, NetworkBackend};
use super::user::User;
use crate::cgroup::CgroupLayout;
use crate::interrupt::Interrupt;
use crate::manager::docker_commands::DockerClient;
use crate::manager::embedded::host;
use crate::manager::graph_root::GraphRoot;
use crate::manager::{ManagerError, Refusal, Site, program};
use crate::runtime::runsc;
use crate::{limits, runtime};

/// Where podman looks for its helpers (containers.conf(5), `helper_binaries_dir`).
const HELPER_FOLDERS: &[&str] = &[
    "/usr/local/libexec/podman",
    "/usr/local/lib/podman",
    "/usr/libexec/podman",
    "/usr/lib/podman",
];
/// Where podman keeps what it knows of layers in registries, with root (`blobinfocache` of
/// github.com/containers/image, v5).
const IMAGE_STATE: &str = "/var/lib/containers";
/// Where the plug-ins of the container network interface keep leases and results (`CacheDir` of
/// libcni, and the plug-in host-local).
const CNI_STATE: &str = "/var/lib/cni";
/// Number of the capability to raise resource limits (capabilities(7)).
const CAP_SYS_RESOURCE: u64 = 24;

/// Makes everything that podman needs before its first command.
///
/// # Errors
/// When a program is missing, or a folder or file cannot be made.
pub fn podman(site: &Site<'_>, graph_root: &Path) -> Result<PodmanCommand, ManagerError> {
    let configuration = &site.spec.configuration;
    let driver = Driver::of(configuration.storage)?;
    let runtime = runtime::find_program(&configuration.runtime.argument())?;
    let mount_program = driver
        .mount_program
        .map(|name| program::find(name, name))
        .transpose()?;
    let program = program::find("podman", "podman")?;
    let (directories, user) = make_directories(site, graph_root)
        .map_err(ManagerError::system("make podman's folders in the sandbox"))?;
    if !configuration.rootless {
        hide_host_folders(site)?;
    }
    let podman = PodmanCommand {
        program,
        directories,
        driver,
        runtime,
        runtime_options: runsc::options(&configuration.runtime, configuration.network),
        mount_program,
        user,
    };
    write_settings(&podman).map_err(ManagerError::system("write podman's settings"))?;
    Ok(podman)
}

/// A folder for what is only needed while the engine lives.
pub fn scratch(site: &Site<'_>) -> PathBuf {
    site.directory.path().join("podman")
}

/// Where images and layers are to be. Two drivers could use one folder, but each would look through
/// the other's images; what a user without root made, root's podman could not use.
///
/// # Errors
/// When podman has no such driver, or the store is refused.
pub fn graph_root(site: &Site<'_>) -> Result<GraphRoot, ManagerError> {
    let configuration = &site.spec.configuration;
    let driver = Driver::of(configuration.storage)?;
    let rights = if configuration.rootless {
        "rootless"
    } else {
        "root"
    };
    GraphRoot::open(site, &format!("podman-{}-{rights}", driver.storage()))
}

/// Hides the folders of the host that podman with root writes to.
fn hide_host_folders(site: &Site<'_>) -> Result<(), ManagerError> {
    let folders: &[&str] = match network_backend() {
        NetworkBackend::Netavark => &[IMAGE_STATE],
        NetworkBackend::Cni => &[IMAGE_STATE, CNI_STATE],
    };
    for covered in host_folders::needed(folders) {
        let needed = [site.directory.path(), site.state, &site.spec.report];
        if let Some(path) = needed.into_iter().find(|path| covered.hides(path)) {
            return Err(ManagerError::from(Refusal::new(
                format!(
                    "podman writes to {}, which is covered for that, but {} lies there",
                    covered.path(),
                    path.display()
                ),
                "choose folders outside of it, for instance with --run-dir",
            )));
        }
        host_folders::cover(covered, &Directories::layers_of_cover())
            .map_err(ManagerError::system(format!("cover {}", covered.path())))?;
    }
    Ok(())
}

fn make_directories(
    site: &Site<'_>,
    graph_root: &Path,
) -> std::io::Result<(Directories, Option<User>)> {
    let directories = Directories::make()?;
    let rootless = site.spec.configuration.rootless;
    let user = rootless
        .then(|| User::add(&directories.notes(), &directories.home()))
        .transpose()?;
    directories.fill(graph_root, &scratch(site), user)?;
    Ok((directories, user))
}

fn write_settings(podman: &PodmanCommand) -> std::io::Result<()> {
    let directories = &podman.directories;
    let can_raise = host::limits()?.capabilities & (1 << CAP_SYS_RESOURCE) != 0;
    let limits = if can_raise && podman.user.is_none() {
        Vec::new()
    } else {
        limits::of_this_process()
    };
    let containers = settings::containers(directories, network_backend(), &limits);
    fs::write(directories.settings(CONTAINERS_CONF), containers)?;
    fs::write(
        directories.settings(STORAGE_CONF),
        settings::storage(directories, podman.driver),
    )
}

fn network_backend() -> NetworkBackend {
    let mut folders = HELPER_FOLDERS.iter();
    if folders.any(|folder| Path::new(folder).join("netavark").is_file()) {
        NetworkBackend::Netavark
    } else {
        NetworkBackend::Cni
    }
}

/// Removes the containers of an engine that was killed: images stay, for the next one.
///
/// # Errors
/// When podman cannot remove them.
pub fn discard_leftovers(
    podman: &PodmanCommand,
    interrupt: &Interrupt,
) -> Result<(), ManagerError> {
    let mut command = podman.command("rm");
    command.args(["--all", "--force", "--time", "0"]);
    program::succeed(&mut command, interrupt)?;
    Ok(())
}

/// The control group that containers' groups are made in. Without root podman may make groups only
/// where it was given one, which takes version 2.
///
/// # Errors
/// When no group can be given.
pub fn cgroup_parent(site: &Site<'_>, user: Option<User>) -> Result<Option<String>, ManagerError> {
    let name = site.directory.cgroup_parent();
    let Some(user) = user else {
        return Ok(Some(format!("/{name}")));
    };
    let give = || match CgroupLayout::of_host()? {
        CgroupLayout::V2 => delegation::delegate(&name, user).map(Some),
        CgroupLayout::V1 | CgroupLayout::Hybrid => Ok(None),
    };
    give().map_err(ManagerError::system("give podman's user a control group"))
}
