//! The mapping of the ring buffer, kept from children.

use std::fs;

/// The file of mappings of maps (kernel/bpf/syscall.c, bpf_map_new_fd, v6.18).
const MAPPED: &str = "anon_inode:bpf-map";

/// Leaves the ring buffer out of what a fork copies: its pages, mapped one by one, take a child
/// milliseconds to copy and to unmap. Best effort: without, children are merely slower to make.
pub(super) fn keep_from_children() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for (start, len) in maps.lines().filter_map(mapping) {
        // SAFETY: madvise(2) with MADV_DONTFORK changes nothing for this process, and its children run no
        // code that reads the ring buffer.
        unsafe {
            libc::madvise(start as *mut libc::c_void, len, libc::MADV_DONTFORK);
        }
    }
}

/// Start and length, in bytes, of a mapping of a map, from a line of maps: proc_pid_maps(5).
fn mapping(line: &str) -> Option<(usize, usize)> {
    let range = line.ends_with(MAPPED).then(|| line.split(' ').next())??;
    let (start, end) = range.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    let start = number(start)?;
    Some((start, number(end)?.checked_sub(start)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_of_maps_are_told_from_others() {
        let line = "7f00-8f00 rw-s 00000000 00:0e 1056     anon_inode:bpf-map";
        assert_eq!(mapping(line), Some((0x7f00, 0x1000)));
        assert_eq!(
            mapping("7f00-8f00 r--p 00000000 fe:00 12  /usr/lib/x"),
            None
        );
        assert_eq!(mapping(""), None);
    }
}
