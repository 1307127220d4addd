//! The axes of the matrix whose values are a fixed list.

/// An axis: an enumeration, its names on the command line and in files, and its parser.
macro_rules! axis {
    (
        $(#[$meta:meta])* $name:ident as $axis:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the command line, in files and in reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = super::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name() == text)
                    .ok_or_else(|| super::UnknownValue {
                        axis: $axis,
                        found: text.to_owned(),
                        known: Self::ALL.iter().map(|value| value.name()).collect::<Vec<_>>().join(", "),
                    })
            }
        }
    };
}

axis! {
    /// Who takes a container through its lifecycle.
    ManagerKind as "manager" {
        /// Ours: an OCI runtime and our own storage, network and control groups.
        #[default]
        Embedded = "embedded",
        /// podman(1), with a graph root of the run's own.
        Podman = "podman",
        /// A dockerd(8) of the run's own, and its client.
        Docker = "docker",
        /// A containerd of the run's own, and ctr.
        Containerd = "containerd",
        /// The programs of LXC.
        Lxc = "lxc",
        /// An LXD daemon of the run's own, and its client.
        Lxd = "lxd",
        /// Nobody: the engine does the workload's steps itself, without a container.
        Bare = "bare",
    }
}

impl ManagerKind {
    /// The runtime that it has unless told otherwise, as Debian ships it.
    pub const fn preferred_runtime(self) -> &'static str {
        match self {
            Self::Embedded => "libcontainer",
            Self::Podman => "crun",
            Self::Docker | Self::Containerd => "runc",
            Self::Lxc | Self::Lxd => "liblxc",
            Self::Bare => "none",
        }
    }

    /// Whether a daemon does its work, whose first container takes longer than those after it.
    pub const fn has_daemon(self) -> bool {
        match self {
            Self::Docker | Self::Containerd | Self::Lxd => true,
            Self::Embedded | Self::Podman | Self::Lxc | Self::Bare => false,
        }
    }
}

axis! {
    /// Version of the control groups that the container is in.
    CgroupVersion as "cgroup" {
        /// The host's.
        #[default]
        Host = "host",
        /// A hierarchy for each controller.
        V1 = "v1",
        /// One hierarchy for all.
        V2 = "v2",
    }
}

axis! {
    /// Where the embedded engine has a container's control groups from.
    CgroupSource as "cgroup source" {
        /// The runtime makes them.
        #[default]
        Fresh = "fresh",
        /// They were made before the stage `create`, and are replaced after the run.
        Pool = "pool",
    }
}

axis! {
    /// How the container's processes come into their control group.
    CgroupAttach as "cgroup attachment" {
        /// As the runtime does it: by `cgroup.procs`, or, crun under version 2, by birth.
        #[default]
        Runtime = "runtime",
        /// The engine has the runtime's process write itself to `cgroup.procs`, before it is one.
        Procs = "procs",
        /// The engine has the runtime's process be born there: clone3(2) with `CLONE_INTO_CGROUP`.
        CloneInto = "clone-into",
    }
}

axis! {
    /// Which seccomp profile the container has (seccomp(2)).
    SeccompChoice as "seccomp profile" {
        /// The one that the manager gives it by itself.
        #[default]
        Usual = "usual",
        /// None.
        None = "none",
        /// The manager's own; of the embedded engine, an allow-list as long as those of the others.
        Default = "default",
    }
}

axis! {
    /// The network of the container.
    NetworkKind as "network" {
        /// A network namespace with nothing but loopback.
        #[default]
        None = "none",
        /// The one of the sandbox that the engine runs in.
        Host = "host",
        /// A pair of virtual devices on a bridge, with a mapped port.
        Bridge = "bridge",
        /// As `bridge`, with a namespace that was made before the stage `create`.
        Pool = "pool",
    }
}
