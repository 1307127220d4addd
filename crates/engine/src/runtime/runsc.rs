//! Options of gVisor's runsc beside the command line of all runtimes.
//!
//! It has a network stack of its own, and by default takes over the devices and addresses of the
//! container's namespace. With no network there is nothing to take over, and the namespace of the
//! sandbox it is to use as any other program does.

use setup::configuration::NetworkKind;
use setup::runtime::RuntimeChoice;

/// The runtime that takes them.
const NAME: &str = "runsc";

/// Options in front of every subcommand of this runtime; none for any other.
pub fn options(runtime: &RuntimeChoice, network: NetworkKind) -> &'static [&'static str] {
    if runtime.name() != NAME {
        return &[];
    }
    match network {
        NetworkKind::None => &["--network=none"],
        NetworkKind::Host => &["--network=host"],
        NetworkKind::Bridge | NetworkKind::Pool => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runsc_alone_is_told_of_the_network() {
        let runsc = RuntimeChoice::named("/opt/runsc");
        assert_eq!(options(&runsc, NetworkKind::None), ["--network=none"]);
        assert_eq!(options(&runsc, NetworkKind::Host), ["--network=host"]);
        assert!(options(&runsc, NetworkKind::Bridge).is_empty());
        let crun = RuntimeChoice::named("crun");
        assert!(options(&crun, NetworkKind::None).is_empty());
    }
}
