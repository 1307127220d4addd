//! The kernel: its release, its types, its symbols, and whether it is locked down.

use std::fs;
use std::io;

use super::group::Group;
use analysis::attribution::kernel::Kind;
use analysis::attribution::kernel::lock::locks;
use capture::BTF_PATH;
use capture::symbols::KernelSymbols;
use render::doctor::report::Check;
use trace::manifest::Host;

const GROUP: Group = Group("kernel");

/// The oldest kernel whose `sched_switch` has the arguments that the probes read
/// (include/trace/events/sched.h, v5.18: `prev_state`).
const OLDEST: (u32, u32) = (5, 18);
const MACHINE: &str = "x86_64";
/// kernel_lockdown(7), shown by securityfs.
const LOCKDOWN_PATH: &str = "/sys/kernel/security/lockdown";

/// Facts about the kernel.
pub struct KernelFacts<'h> {
    host: &'h Host,
    btf_bytes: io::Result<u64>,
    lockdown: io::Result<String>,
    symbols: Result<SymbolFacts, String>,
}

#[derive(Clone, Copy, Debug)]
struct SymbolFacts {
    has_locks: bool,
}

/// Locks that are variables of their own: listed only with the other data symbols.
fn lock_variables() -> impl Iterator<Item = &'static str> {
    let names = locks().map(|lock| &lock.name);
    names
        .filter(|name| name.kind == Kind::Variable && name.module.is_none())
        .map(|name| name.text)
}

impl<'h> KernelFacts<'h> {
    /// Asks.
    pub fn gather(host: &'h Host) -> Self {
        let symbols = KernelSymbols::read()
            .map_err(|error| error.to_string())
            .map(|symbols| SymbolFacts {
                has_locks: lock_variables().any(|name| symbols.kernel_address_of(name).is_some()),
            });
        Self {
            host,
            btf_bytes: fs::metadata(BTF_PATH).map(|metadata| metadata.len()),
            lockdown: fs::read_to_string(LOCKDOWN_PATH),
            symbols,
        }
    }

    /// Whether `/proc/kallsyms` shows addresses to this process.
    pub fn addresses_are_shown(&self) -> bool {
        self.symbols.is_ok()
    }

    /// All checks of the kernel.
    pub fn checks(&self) -> Vec<Check> {
        vec![
            release(&self.host.kernel),
            machine(&self.host.machine),
            btf(&self.btf_bytes),
            lockdown(&self.lockdown),
            kallsyms(self.symbols.as_ref().map(|_| ()).map_err(String::as_str)),
        ]
        .into_iter()
        .chain(self.symbols.as_ref().ok().map(lock_names))
        .collect()
    }
}

fn release(release: &str) -> Check {
    let remedy = format!("boot Linux {}.{} or later", OLDEST.0, OLDEST.1);
    match parse_release(release) {
        Some(version) if version >= OLDEST => GROUP.ok("release", release),
        Some(_) => GROUP.missing("release", format!("{release} is too old"), remedy),
        None => GROUP.warn(
            "release",
            format!("{release:?} is not understood"),
            format!("if it is older: {remedy}"),
        ),
    }
}

/// Major and minor version of a release such as `6.18.44-fc` or `5.18-rc3`.
fn parse_release(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next()?.parse().ok()?))
}

fn machine(machine: &str) -> Check {
    if machine == MACHINE {
        return GROUP.ok("machine", machine);
    }
    GROUP.missing(
        "machine",
        format!("system calls of {machine} are not known"),
        format!("use a machine of kind {MACHINE}"),
    )
}

fn btf(bytes: &io::Result<u64>) -> Check {
    match bytes {
        Ok(bytes) => GROUP.ok("btf", format!("{BTF_PATH}, {:.1} MB", *bytes as f64 / 1e6)),
        Err(error) => GROUP.missing(
            "btf",
            format!("{BTF_PATH}: {error}"),
            "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, and mount sysfs",
        ),
    }
}

fn lockdown(shown: &io::Result<String>) -> Check {
    const NAME: &str = "lockdown";
    let Ok(shown) = shown else {
        return GROUP.ok(NAME, "none, or not shown (no securityfs)");
    };
    match lockdown_mode(shown) {
        Some("confidentiality") => GROUP.missing(
            NAME,
            "confidentiality: programs may not read kernel memory",
            "boot with lockdown=integrity, or without (kernel_lockdown(7))",
        ),
        Some(mode) => GROUP.ok(NAME, mode),
        None => GROUP.ok(NAME, format!("{:?} is not understood", shown.trim())),
    }
}

/// The mode in force, which the kernel puts in brackets: `none [integrity] confidentiality`.
fn lockdown_mode(shown: &str) -> Option<&str> {
    let (_, rest) = shown.split_once('[')?;
    rest.split_once(']').map(|(mode, _)| mode)
}

fn kallsyms(read: Result<(), &str>) -> Check {
    match read {
        Ok(()) => GROUP.ok("kallsyms", "addresses of functions are shown"),
        Err(error) => {
            let (detail, remedy) = error.split_once("; ").unwrap_or((error, ""));
            GROUP.missing("kallsyms", detail, remedy)
        }
    }
}

fn lock_names(symbols: &SymbolFacts) -> Check {
    if symbols.has_locks {
        return GROUP.ok("lock names", "kallsyms lists variables");
    }
    GROUP.warn(
        "lock names",
        "kallsyms lists no variables",
        "nothing needs to be done: locks go by the function that waits; a kernel with CONFIG_KALLSYMS_ALL=y names them itself",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use render::doctor::report::CheckState;

    #[test]
    fn releases_are_understood() {
        assert_eq!(parse_release("6.18.44-fc-v769"), Some((6, 18)));
        assert_eq!(parse_release("5.18-rc3"), Some((5, 18)));
        assert_eq!(parse_release("6.1.0-18-amd64"), Some((6, 1)));
        assert_eq!(parse_release("custom"), None);
        assert_eq!(parse_release(""), None);
    }

    #[test]
    fn the_oldest_supported_kernel_is_5_18() {
        assert_eq!(release("5.18.0").state, CheckState::Ok);
        assert_eq!(release("6.1.0").state, CheckState::Ok);
        let old = release("5.17.15");
        assert_eq!(old.state, CheckState::Missing);
        assert_eq!(old.remedy, "boot Linux 5.18 or later");
        assert_eq!(release("4.15.0-112-generic").state, CheckState::Missing);
    }

    #[test]
    fn other_machines_are_refused() {
        assert_eq!(machine("x86_64").state, CheckState::Ok);
        assert_eq!(machine("aarch64").state, CheckState::Missing);
    }

    #[test]
    fn the_mode_of_lockdown_is_the_one_in_brackets() {
        assert_eq!(
            lockdown_mode("[none] integrity confidentiality\n"),
            Some("none")
        );
        assert_eq!(lockdown_mode("none integrity\n"), None);
        let confidential = lockdown(&Ok("none integrity [confidentiality]\n".to_owned()));
        assert_eq!(confidential.state, CheckState::Missing);
        assert_eq!(
            lockdown(&Ok("none [integrity] x".to_owned())).detail,
            "integrity"
        );
        let unseen = lockdown(&Err(io::ErrorKind::NotFound.into()));
        assert_eq!(unseen.state, CheckState::Ok);
    }

    #[test]
    fn a_kernel_without_btf_is_missing_it() {
        assert_eq!(
            btf(&Ok(6_100_000)).detail,
            "/sys/kernel/btf/vmlinux, 6.1 MB"
        );
        assert_eq!(
            btf(&Err(io::ErrorKind::NotFound.into())).state,
            CheckState::Missing
        );
    }

    #[test]
    fn what_hides_the_symbols_is_told_with_its_remedy() {
        let hidden = kallsyms(Err("all addresses read as zero; run as root"));
        assert_eq!(
            (hidden.detail.as_str(), hidden.remedy.as_str()),
            ("all addresses read as zero", "run as root")
        );
        assert_eq!(hidden.state, CheckState::Missing);
        assert_eq!(
            lock_names(&SymbolFacts { has_locks: false }).state,
            CheckState::Warn
        );
    }
}
