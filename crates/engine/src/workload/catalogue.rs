//! The workloads that ctrprof brings along.

use std::fmt;
use std::str::FromStr;

use super::data::Data;
use super::database;
use super::database::tables::TABLES;
use super::files;
use super::website;
use super::{HttpCheck, Namespaces, Needs, Verification, Workload};
use crate::program::Program;
use setup::size::{Size, UnknownSize};

/// Who answers pings: an address for documentation (RFC 5737), which the engine gives to a
/// namespace of its own. Nobody on the internet has it.
pub const PING_TARGET: &str = "198.51.100.1";

const DATABASE_PROGRAMS: [Program; 2] = [
    Program::new("sqlite3", "sqlite3"),
    Program::new("cksum", "coreutils"),
];
const HTTP_PROGRAMS: [Program; 1] = [Program::new("lighttpd", "lighttpd")];
const PING_PROGRAMS: [Program; 1] = [Program::new("ping", "iputils-ping")];

/// One of the workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `/bin/echo hello world`.
    HelloWorld,
    /// SQLite selects every row of a database.
    DbRead,
    /// SQLite copies every table of a database.
    DbWrite,
    /// Many small files are read.
    IoRead,
    /// The image's own tar extracts an archive of many small files.
    IoWrite,
    /// lighttpd starts and gives an answer.
    HttpServer,
    /// One ping is answered.
    Ping,
    /// Network namespaces are made at once.
    Netns,
    /// The same, while as many others are deleted.
    NetnsChurn,
}

/// A name that no workload has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UnknownWorkload {
    /// No such name.
    #[error("there is no workload '{name}'; choose one of {}", known())]
    Name {
        /// The name.
        name: String,
    },
    /// A size where there are none.
    #[error("the workload {name} has no sizes, but {size} was asked for; leave the size out")]
    NoSizes {
        /// The workload.
        name: &'static str,
        /// The size.
        size: Size,
    },
    /// No such size.
    #[error(transparent)]
    Size(#[from] UnknownSize),
}

fn known() -> String {
    let names: Vec<&str> = Kind::every().map(Kind::name).collect();
    names.join(", ")
}

impl Kind {
    /// All that are done in a container.
    pub const ALL: [Self; 7] = [
        Self::HelloWorld,
        Self::DbRead,
        Self::DbWrite,
        Self::IoRead,
        Self::IoWrite,
        Self::HttpServer,
        Self::Ping,
    ];

    /// All that the engine does itself, without a container.
    pub const BARE: [Self; 2] = [Self::Netns, Self::NetnsChurn];

    /// Both.
    pub fn every() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::BARE)
    }

    /// Whether it is done in a container.
    pub fn has_container(self) -> bool {
        !Self::BARE.contains(&self)
    }

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HelloWorld => "hello-world",
            Self::DbRead => "db-read",
            Self::DbWrite => "db-write",
            Self::IoRead => "io-read",
            Self::IoWrite => "io-write",
            Self::HttpServer => "http-server",
            Self::Ping => "ping",
            Self::Netns => "netns",
            Self::NetnsChurn => "netns-churn",
        }
    }

    /// A description in a few words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::HelloWorld => "/bin/echo hello world",
            Self::DbRead => "SQLite selects every row of the TPC-C tables",
            Self::DbWrite => "SQLite copies every one of the TPC-C tables",
            Self::IoRead => "10 to 100 000 files of 4 096 bytes are read",
            Self::IoWrite => "the image's own tar extracts 10 to 100 000 files of 4 096 bytes",
            Self::HttpServer => "lighttpd starts and gives its first answer",
            Self::Ping => "one ping is answered by a neighbour",
            Self::Netns => "1 to 64 network namespaces are made at once",
            Self::NetnsChurn => "the same, while as many others are deleted",
        }
    }

    /// Whether it comes in five sizes.
    pub const fn has_sizes(self) -> bool {
        match self {
            Self::DbRead
            | Self::DbWrite
            | Self::IoRead
            | Self::IoWrite
            | Self::Netns
            | Self::NetnsChurn => true,
            Self::HelloWorld | Self::HttpServer | Self::Ping => false,
        }
    }

    /// The unit of its work. Nothing where the container is all that can be counted.
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::IoRead | Self::IoWrite => Some("file"),
            Self::DbRead | Self::DbWrite => Some("query"),
            Self::HttpServer => Some("request"),
            Self::Netns | Self::NetnsChurn => Some("namespace"),
            Self::HelloWorld | Self::Ping => None,
        }
    }

    /// Units of its work with data of this size, which only those without sizes do without: files that it
    /// reads or writes, queries, requests, or namespaces.
    pub fn units(self, size: Option<Size>) -> Option<u64> {
        match self {
            Self::IoRead | Self::IoWrite => Some(size?.files()),
            // A query for each table.
            Self::DbRead | Self::DbWrite => Some(TABLES.len() as u64),
            // That of the first answer.
            Self::HttpServer => Some(1),
            Self::Netns | Self::NetnsChurn => Some(size?.namespaces() as u64),
            Self::HelloWorld | Self::Ping => None,
        }
    }

    /// The data that its image must hold beside the programs.
    pub const fn data(self, size: Size) -> Data {
        match self {
            Self::HelloWorld | Self::Ping | Self::Netns | Self::NetnsChurn => Data::None,
            Self::DbRead | Self::DbWrite => Data::Database(size),
            Self::IoRead => Data::Files(size),
            Self::IoWrite => Data::Archive(size),
            Self::HttpServer => Data::Website,
        }
    }

    /// The programs that it calls. `tar` is not among them: which one the image has is what
    /// `io-write` is about.
    pub const fn programs(self) -> &'static [Program] {
        match self {
            Self::HelloWorld | Self::IoRead | Self::IoWrite | Self::Netns | Self::NetnsChurn => &[],
            Self::DbRead | Self::DbWrite => &DATABASE_PROGRAMS,
            Self::HttpServer => &HTTP_PROGRAMS,
            Self::Ping => &PING_PROGRAMS,
        }
    }

    /// Folders that it writes to: what a storage of read-only binds must copy.
    pub const fn writable(self) -> &'static [&'static str] {
        match self {
            Self::HelloWorld
            | Self::DbRead
            | Self::IoRead
            | Self::HttpServer
            | Self::Ping
            | Self::Netns
            | Self::NetnsChurn => &[],
            Self::DbWrite => &[database::FOLDER],
            Self::IoWrite => &[files::WRITE_FOLDER],
        }
    }

    /// The workload with data of this size, which only those without sizes do without.
    pub fn workload(self, size: Option<Size>) -> Workload {
        let size_or_smallest = size.unwrap_or(Size::Xs);
        let described = match self {
            Self::HelloWorld => Workload {
                command: words(["/bin/echo", "hello", "world"]),
                expected_stdout: Some("hello world\n".to_owned()),
                ..Workload::default()
            },
            Self::DbRead => db_read(size_or_smallest),
            Self::DbWrite => db_write(size_or_smallest),
            Self::IoRead => Workload {
                command: reader(files::READ_FOLDER, size_or_smallest),
                expected_stdout: Some(files::expected(size_or_smallest).to_owned()),
                ..Workload::default()
            },
            Self::IoWrite => Workload {
                command: words([
                    "/bin/tar",
                    "-xf",
                    files::ARCHIVE_PATH,
                    "-C",
                    files::WRITE_FOLDER,
                ]),
                expected_stdout: Some(String::new()),
                verification: Some(Verification {
                    command: reader(files::WRITE_FOLDER, size_or_smallest),
                    expected_stdout: files::expected(size_or_smallest).to_owned(),
                }),
                ..Workload::default()
            },
            Self::HttpServer => http_server(),
            Self::Ping => ping(),
            Self::Netns => netns(size_or_smallest, false),
            Self::NetnsChurn => netns(size_or_smallest, true),
        };
        Workload {
            name: self.name().to_owned(),
            size,
            ..described
        }
    }
}

fn db_read(size: Size) -> Workload {
    let expected = database::expected(size);
    Workload {
        command: shell(database::read_script()),
        expected_stdout: Some(expected.cksum.clone()),
        verification: Some(Verification {
            command: shell(database::count_script()),
            expected_stdout: database::expected_counts(expected),
        }),
        ..Workload::default()
    }
}

fn db_write(size: Size) -> Workload {
    let expected = database::expected(size);
    Workload {
        command: shell(database::write_script()),
        expected_stdout: Some(String::new()),
        verification: Some(Verification {
            command: shell(database::verify_copies_script()),
            expected_stdout: database::expected_counts(expected) + &expected.cksum,
        }),
        ..Workload::default()
    }
}

fn http_server() -> Workload {
    Workload {
        command: shell(website::START_SCRIPT.to_owned()),
        expected_stdout: Some(String::new()),
        response: Some(HttpCheck {
            container_port: website::PORT,
            path: website::URL_PATH.to_owned(),
            expected_body: website::PAGE.to_owned(),
        }),
        needs: Needs {
            network: true,
            mapped_port: true,
            ping_target: false,
        },
        ..Workload::default()
    }
}

fn ping() -> Workload {
    Workload {
        command: words(["/bin/ping", "-c", "1", PING_TARGET]),
        // As much as iputils and BusyBox agree on.
        expected_pieces: vec![
            "1 packets transmitted, 1 ".to_owned(),
            " 0% packet loss".to_owned(),
        ],
        needs: Needs {
            network: true,
            mapped_port: false,
            ping_target: true,
        },
        ..Workload::default()
    }
}

fn netns(size: Size, beside_deletion: bool) -> Workload {
    Workload {
        namespaces: Some(Namespaces {
            count: size.namespaces(),
            beside_deletion,
        }),
        ..Workload::default()
    }
}

fn words<const COUNT: usize>(words: [&str; COUNT]) -> Vec<String> {
    words.map(str::to_owned).into()
}

fn shell(script: String) -> Vec<String> {
    vec!["/bin/sh".to_owned(), "-c".to_owned(), script]
}

fn reader(folder: &str, size: Size) -> Vec<String> {
    words([files::READER_PATH, folder, &size.files().to_string()])
}

impl FromStr for Kind {
    type Err = UnknownWorkload;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::every()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownWorkload::Name {
                name: name.to_owned(),
            })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use study::design::TESTS;

    #[test]
    fn names_lead_to_workloads_and_back() {
        for kind in Kind::every() {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(kind.workload(Some(Size::Xs)).kind(), Some(kind));
        }
    }

    #[test]
    fn what_the_engine_does_itself_has_a_number_and_no_command() {
        for kind in Kind::every() {
            let workload = kind.workload(Some(Size::Md));
            assert_eq!(workload.namespaces.is_none(), kind.has_container());
            assert_eq!(workload.command.is_empty(), !kind.has_container());
        }
        let churn = Kind::NetnsChurn.workload(Some(Size::Xl)).namespaces;
        let expected = Namespaces {
            count: 64,
            beside_deletion: true,
        };
        assert_eq!(churn, Some(expected));
    }

    #[test]
    fn every_result_is_checked() {
        for kind in Kind::ALL {
            let workload = kind.workload(Some(Size::Xs));
            let checked =
                workload.expected_stdout.is_some() || !workload.expected_pieces.is_empty();
            assert!(checked, "{kind}");
            assert!(workload.command[0].starts_with('/'), "{kind}");
            let writes = !kind.writable().is_empty();
            assert!(!writes || workload.verification.is_some(), "{kind}");
        }
    }

    #[test]
    fn every_test_of_the_study_is_a_workload_and_every_workload_is_one() {
        let names = Kind::ALL.iter().flat_map(|kind| {
            let sizes = Size::ALL.iter().map(move |size| format!("{kind}/{size}"));
            let alone = (!kind.has_sizes()).then(|| kind.to_string());
            alone.into_iter().chain(sizes.filter(|_| kind.has_sizes()))
        });
        let tests = TESTS.iter().map(|test| test.workload.to_owned());
        assert_eq!(tests.collect::<Vec<_>>(), names.collect::<Vec<_>>());
    }

    #[test]
    fn units_are_named_where_they_are_counted() {
        for kind in Kind::every() {
            let size = kind.has_sizes().then_some(Size::Md);
            assert_eq!(kind.unit().is_some(), kind.units(size).is_some(), "{kind}");
        }
    }

    #[test]
    fn servers_say_what_they_need() {
        for kind in Kind::ALL {
            let workload = kind.workload(None);
            assert_eq!(workload.response.is_some(), workload.needs.mapped_port);
        }
    }
}
