//! The checksum of cksum(1): the CRC that POSIX describes.

/// A sum that grows with every piece.
#[derive(Clone, Debug)]
pub struct Cksum {
    crc: crc32fast::Hasher,
    reversed: Vec<u8>,
    bytes: u64,
}

impl Default for Cksum {
    fn default() -> Self {
        Self {
            // The CRC of POSIX begins with zeros; the usual one inverts what it is given.
            crc: crc32fast::Hasher::new_with_initial(u32::MAX),
            reversed: Vec::new(),
            bytes: 0,
        }
    }
}

impl Cksum {
    /// Adds a piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.feed(piece);
    }

    /// The usual CRC-32 has the same polynomial with the bits of every byte, and of the result, in
    /// the other order.
    fn feed(&mut self, piece: &[u8]) {
        self.reversed.clear();
        self.reversed
            .extend(piece.iter().map(|byte| byte.reverse_bits()));
        self.crc.update(&self.reversed);
    }

    /// The output of `cksum` for its standard input: the sum and the number of bytes.
    pub fn line(mut self) -> String {
        let bytes = self.bytes;
        // The length follows the contents, its lowest byte first, without zeros at the end.
        let used = (u64::BITS - bytes.leading_zeros()).div_ceil(8) as usize;
        self.feed(&bytes.to_le_bytes()[..used]);
        format!("{} {bytes}\n", self.crc.finalize().reverse_bits())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    fn of_the_program(input: &[u8]) -> String {
        let mut child = Command::new("cksum")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    }

    #[test]
    fn the_sum_is_that_of_the_program() {
        let long: Vec<u8> = (0..70_000_u32).map(|at| (at * 7 % 251) as u8).collect();
        for input in [&b""[..], b"a", b"hello world\n", &long] {
            let mut sum = Cksum::default();
            for piece in input.chunks(1_000) {
                sum.update(piece);
            }
            assert_eq!(sum.line(), of_the_program(input));
        }
    }
}
