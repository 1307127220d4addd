//! One boot of a guest under QEMU: software emulation, so that it works on machines that may not
//! use virtualisation, and is the same everywhere.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::archive::Archive;
use super::kernel::Kernel;
use super::modules::{self, EARLY};
use super::patience::Patience;
use super::tools::Tools;
use super::{clock, console};

const FIRST_INIT: &str = include_str!("first-init.sh");
/// How long a boot may take, which is 2 s on an idle machine.
const BOOT_LIMIT: Duration = Duration::from_secs(40);
/// How often a boot that hangs is tried again.
const BOOT_TRIES: u32 = 4;
/// Nobody attacks a guest, and what defends it is dear in emulation
/// (Documentation/admin-guide/kernel-parameters.txt, v6.18).
const CHEAPER: &str = "mitigations=off init_on_alloc=0 randomize_kstack_offset=off";
const MEMORY_MIB: u32 = 1536;
/// Room for what the tests leave in /run/results.
const RESULTS_BYTES: u64 = 1 << 30;

/// A guest that can be booted.
pub struct Machine<'a> {
    /// QEMU and what else is needed.
    pub tools: &'a Tools,
    /// The kernel that it boots.
    pub kernel: &'a Kernel,
    /// Which of the guests it is that share the kernel's tests, from 0 on, and how many they are.
    pub part: u32,
    /// See [`part`](Self::part).
    pub parts: u32,
    /// Its disk, of which it only ever writes to a copy.
    pub image: &'a Path,
    /// Where its console and its results are put.
    pub folder: PathBuf,
}

/// The outcome of a boot.
enum Ending {
    /// The task ended with this status.
    Status(i32),
    /// The guest was not up in time.
    Hung,
}

impl Machine<'_> {
    /// Boots, runs the task, prints what it prints and collects its results; a boot that hangs is
    /// tried again, the task is not.
    ///
    /// # Errors
    /// When the task did not end with 0, or took too long.
    pub fn run(&self) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        self.write_first_root()?;
        for attempt in 1..=BOOT_TRIES {
            let results = self.results_disk();
            File::create(&results)?.set_len(RESULTS_BYTES)?;
            let ending = self.attempt();
            let unpacked = self.unpack_results();
            fs::remove_file(&results)?;
            match ending? {
                Ending::Hung => eprintln!(
                    "[{}] boot {attempt} was not up within {} s",
                    self.name(),
                    BOOT_LIMIT.as_secs()
                ),
                Ending::Status(0) => return unpacked,
                Ending::Status(status) => bail!("the tests in {} ended with {status}", self.name()),
            }
        }
        bail!("{} did not boot in {BOOT_TRIES} tries", self.name())
    }

    /// Boots with the console on this terminal, until the guest is switched off.
    pub fn run_shell(&self) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        self.write_first_root()?;
        File::create(self.results_disk())?.set_len(RESULTS_BYTES)?;
        let status = self.qemu()?.args(["-serial", "mon:stdio"]).status()?;
        fs::remove_file(self.results_disk())?;
        if !status.success() {
            bail!("qemu ended with {status}");
        }
        Ok(())
    }

    /// `6.1`, or `6.12 1/2` where guests share the tests of a kernel.
    fn name(&self) -> String {
        let series = self.kernel.series.name();
        match self.parts {
            1 => series.to_owned(),
            parts => format!("{series} {}/{parts}", self.part + 1),
        }
    }

    fn results_disk(&self) -> PathBuf {
        self.folder.join("results.img")
    }

    fn first_root(&self) -> PathBuf {
        self.folder.join("initrd")
    }

    fn write_first_root(&self) -> Result<()> {
        let mut archive = Archive::default();
        for folder in ["bin", "dev", "modules", "proc", "root", "sys"] {
            archive.directory(folder);
        }
        archive.program("bin/busybox", &fs::read(self.tools.busybox())?);
        archive.program("init", FIRST_INIT.as_bytes());
        let drivers = modules::in_order(&self.kernel.modules(), EARLY)?;
        for (index, driver) in drivers.iter().enumerate() {
            archive.program(&format!("modules/{index:02}.ko"), &fs::read(driver)?);
        }
        fs::write(self.first_root(), archive.finish())?;
        Ok(())
    }

    fn qemu(&self) -> Result<Command> {
        let mut qemu = self.tools.qemu();
        // Without its frequency the kernel measures the time stamp counter against an emulated
        // timer, and hangs where that fails because this machine was busy: about one boot in six.
        // For the same reason it must not distrust the counter later.
        let command_line = format!(
            "console=ttyS0 panic=-1 loglevel=4 tsc=reliable tsc_early_khz={} {CHEAPER} \
             part={} parts={}",
            clock::time_stamp_khz(),
            self.part,
            self.parts
        );
        qemu.args(["-accel", "tcg", "-cpu", "max", "-M", "microvm"])
            .args(["-nodefaults", "-no-reboot", "-nographic", "-smp", "1"])
            .args(["-m", &MEMORY_MIB.to_string(), "-append", &command_line])
            .arg("-kernel")
            .arg(self.kernel.image())
            .arg("-initrd")
            .arg(self.first_root());
        for (id, file, options) in [
            // The guest's writes to its root go into a file without a name that QEMU makes.
            ("root", self.image, ",snapshot=on"),
            ("results", &self.results_disk(), ""),
        ] {
            qemu.arg("-drive").arg(format!(
                "id={id},file={},format=raw,if=none{options}",
                file.display()
            ));
            qemu.args(["-device", &format!("virtio-blk-device,drive={id}")]);
        }
        Ok(qemu)
    }

    fn attempt(&self) -> Result<Ending> {
        let mut qemu = self
            .qemu()?
            .args(["-serial", "stdio"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start qemu")?;
        let lines = lines_of(&mut qemu)?;
        let ending = self.follow(&lines, qemu.id());
        // It has switched itself off, or is to be.
        let _ = qemu.kill();
        qemu.wait()?;
        ending
    }

    /// Prints the console's lines until the guest has switched itself off.
    fn follow(&self, lines: &Receiver<String>, qemu: u32) -> Result<Ending> {
        let mut log = File::create(self.folder.join("console.log"))?;
        let begun = Instant::now();
        let mut status = None;
        let mut patience: Option<Patience> = None;
        loop {
            let rest = match &patience {
                None => BOOT_LIMIT.saturating_sub(begun.elapsed()),
                Some(patience) => self.check(patience)?,
            };
            let line = match lines.recv_timeout(rest) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) if patience.is_none() => return Ok(Ending::Hung),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if let Some(patience) = &mut patience {
                patience.heard();
            }
            writeln!(log, "{line}")?;
            match console::read(&line) {
                console::Line::Up => {
                    patience = Some(Patience::begin(qemu)?);
                    println!(
                        "[{}] up after {:.1} s",
                        self.name(),
                        begun.elapsed().as_secs_f64()
                    );
                }
                console::Line::Status(ended) => status = Some(ended),
                console::Line::NoTests => bail!("no test for guests has such a name"),
                console::Line::Other => println!("[{}] {line}", self.name()),
            }
        }
        match status {
            Some(status) => Ok(Ending::Status(status)),
            None => bail!(
                "the guest {} ended before its tests did; see {}",
                self.name(),
                self.folder.join("console.log").display()
            ),
        }
    }

    /// How long to wait for the next line, unless it has been long enough.
    fn check(&self, patience: &Patience) -> Result<Duration> {
        patience
            .check()
            .with_context(|| format!("the tests in {} are given up", self.name()))
    }

    /// The guest writes an archive to its second disk.
    fn unpack_results(&self) -> Result<()> {
        let folder = self.folder.join("results");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir(&folder)?;
        let mut magic = [0; 512];
        File::open(self.results_disk())?.read_exact(&mut magic)?;
        if magic.iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        let mut tar = Command::new("tar");
        tar.arg("-x").arg("-C").arg(&folder).arg("-f");
        crate::command::run(tar.arg(self.results_disk()))
    }
}

/// The lines of the console, as they come.
fn lines_of(qemu: &mut Child) -> Result<Receiver<String>> {
    let output = qemu.stdout.take().context("qemu has no output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
