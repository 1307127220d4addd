//! The executable mappings of a process at one instant.

use std::path::PathBuf;

/// One executable mapping: a line of proc_pid_maps(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MapsLine {
    /// Address of its first byte.
    pub(super) start: u64,
    /// Address behind its last byte.
    pub(super) end: u64,
    /// Where in the file it begins, in bytes.
    pub(super) file_offset: u64,
    /// Device of the file, as major and minor number.
    pub(super) device: (u32, u32),
    /// Inode number of the file, 0 if there is none.
    pub(super) inode: u64,
    /// Path of the file, as the process sees it; `None` for memory without one (JIT code, vdso).
    pub(super) path: Option<PathBuf>,
}

/// The executable mappings in the text of /proc/PID/maps. Lines of another form are passed over.
pub(super) fn parse_maps(text: &str) -> Vec<MapsLine> {
    text.lines().filter_map(parse_line).collect()
}

/// `start-end perms offset major:minor inode path`
fn parse_line(line: &str) -> Option<MapsLine> {
    let mut words = line.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    let permissions = words.next()?;
    if permissions.as_bytes().get(2) != Some(&b'x') {
        return None;
    }
    let file_offset = u64::from_str_radix(words.next()?, 16).ok()?;
    let (major, minor) = words.next()?.split_once(':')?;
    let inode = words.next()?.parse().ok()?;
    let path = words.next().unwrap_or("").trim_start();
    Some(MapsLine {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        file_offset,
        device: (
            u32::from_str_radix(major, 16).ok()?,
            u32::from_str_radix(minor, 16).ok()?,
        ),
        inode,
        path: path.starts_with('/').then(|| PathBuf::from(path)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
55d0c8a00000-55d0c8a03000 r--p 00000000 fe:01 1312   /usr/bin/cat
55d0c8a03000-55d0c8a08000 r-xp 00003000 fe:01 1312   /usr/bin/cat
7f1200000000-7f1200021000 rwxp 00000000 00:00 0 
7f12a4000000-7f12a4155000 r-xp 00026000 fe:01 4711   /opt/my lib/libc.so.6 (deleted)
7ffd5a9f2000-7ffd5a9f4000 r-xp 00000000 00:00 0                          [vdso]
nonsense
";

    #[test]
    fn executable_mappings_are_read() {
        let lines = parse_maps(MAPS);
        let paths: Vec<_> = lines
            .iter()
            .map(|line| line.path.as_deref().and_then(|path| path.to_str()))
            .collect();
        assert_eq!(
            paths,
            [
                Some("/usr/bin/cat"),
                None,
                Some("/opt/my lib/libc.so.6 (deleted)"),
                None
            ]
        );
        assert_eq!(
            lines.first(),
            Some(&MapsLine {
                start: 0x55d0_c8a0_3000,
                end: 0x55d0_c8a0_8000,
                file_offset: 0x3000,
                device: (0xfe, 1),
                inode: 1312,
                path: Some(PathBuf::from("/usr/bin/cat")),
            })
        );
    }
}
