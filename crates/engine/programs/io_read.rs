//! `io-read FOLDER COUNT`: reads the files 000000, 000001, ... of a folder and sums them up.
//!
//! For each file it makes exactly seven system calls: openat(2), a read(2) of 1 024 bytes for each
//! of the four KiB, one more that finds the end, and close(2). It prints how many files and bytes
//! it read and a checksum over all contents, so that a wrong file cannot go unnoticed.
//!
//! One program has to run in every image, with whatever C library or none, and nothing but the
//! reading may be in its measurement: so it has no C library, no allocator, no standard library.
//! The build script of ctrprof compiles it; ctrprof writes it into images.

#![no_std]
#![no_main]

use core::arch::global_asm;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;

/// Bytes asked for by each read(2).
const CHUNK_BYTES: usize = 1024;
/// Digits of a file's name.
const NAME_DIGITS: usize = 6;
/// Longest path of a folder, with its end.
const PATH_BYTES: usize = 4096;

/// Basis and prime of FNV-1a with 64 bits (RFC 9923), here over words of eight bytes.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// Exit codes: 1 for a file that cannot be read, 2 for arguments that make no sense.
const FAILED: i32 = 1;
const USAGE: i32 = 2;

// The kernel enters a program with the stack pointer at argc, and no return address (System V ABI
// of each architecture, "Process Initialization").
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {main}",
    "ud2",
    main = sym main,
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl _start",
    "_start:",
    "mov x29, #0",
    "mov x30, #0",
    "mov x0, sp",
    "bl {main}",
    "brk #1",
    main = sym main,
);

#[cfg(target_arch = "x86_64")]
mod number {
    // arch/x86/entry/syscalls/syscall_64.tbl, v6.18.
    pub const READ: usize = 0;
    pub const WRITE: usize = 1;
    pub const CLOSE: usize = 3;
    pub const EXIT_GROUP: usize = 231;
    pub const OPENAT: usize = 257;
}

#[cfg(target_arch = "aarch64")]
mod number {
    // scripts/syscall.tbl, v6.18.
    pub const OPENAT: usize = 56;
    pub const CLOSE: usize = 57;
    pub const READ: usize = 63;
    pub const WRITE: usize = 64;
    pub const EXIT_GROUP: usize = 94;
}

/// `AT_FDCWD` of fcntl.h, as an argument.
const AT_FDCWD: usize = -100_isize as usize;
/// `O_CLOEXEC` of fcntl.h; reading only is zero.
const O_CLOEXEC: usize = 0o2_000_000;

/// # Safety
///
/// The arguments must be those that the system call asks for.
#[cfg(target_arch = "x86_64")]
unsafe fn system_call(number: usize, arguments: [usize; 4]) -> isize {
    let result: isize;
    // SAFETY: the kernel keeps all registers but these three (syscall(2)); what the arguments
    // point to is the caller's promise.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// # Safety
///
/// The arguments must be those that the system call asks for.
#[cfg(target_arch = "aarch64")]
unsafe fn system_call(number: usize, arguments: [usize; 4]) -> isize {
    let result: isize;
    // SAFETY: the kernel keeps all registers but x0 (syscall(2)); what the arguments point to is
    // the caller's promise.
    unsafe {
        core::arch::asm!(
            "svc #0",
            in("x8") number,
            inlateout("x0") arguments[0] as isize => result,
            in("x1") arguments[1],
            in("x2") arguments[2],
            in("x3") arguments[3],
            options(nostack),
        );
    }
    result
}

fn exit(code: i32) -> ! {
    // SAFETY: exit_group(2) takes a number.
    unsafe { system_call(number::EXIT_GROUP, [code as usize, 0, 0, 0]) };
    loop {
        core::hint::spin_loop();
    }
}

fn print(descriptor: usize, text: &[u8]) {
    // SAFETY: the text lives as long as the call.
    unsafe {
        system_call(
            number::WRITE,
            [descriptor, text.as_ptr() as usize, text.len(), 0],
        )
    };
}

fn fail(what: &[u8], code: i32) -> ! {
    print(2, b"io-read: ");
    print(2, what);
    print(2, b"\n");
    exit(code)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    fail(b"internal error", FAILED)
}

/// The compiler asks for this symbol by name when it moves a value (core, "core::mem" and its
/// symbols); a C library would have it.
///
/// # Safety
///
/// As memcpy(3).
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    for at in 0..length {
        // SAFETY: both have `length` bytes. Volatile, lest the loop becomes a call of itself.
        unsafe { to.add(at).write_volatile(from.add(at).read()) };
    }
    to
}

/// As [`memcpy`], for filling.
///
/// # Safety
///
/// As memset(3).
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, length: usize) -> *mut u8 {
    for at in 0..length {
        // SAFETY: there are `length` bytes.
        unsafe { to.add(at).write_volatile(byte as u8) };
    }
    to
}

/// The precompiled core names it in its unwind tables, which are never read: a panic ends the
/// program at once.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// # Safety
///
/// `stack` must be the stack pointer that the kernel entered the program with.
unsafe extern "C" fn main(stack: *const usize) -> ! {
    // SAFETY: argc stands there, with so many pointers to ended strings behind it.
    let (folder, count) = unsafe {
        if *stack != 3 {
            fail(b"usage: io-read FOLDER COUNT", USAGE);
        }
        (text_at(*stack.add(2)), text_at(*stack.add(3)))
    };
    let count = number_of(count);
    let mut path = Path::new(folder);
    let mut sum = Sum {
        bytes: 0,
        hash: FNV_BASIS,
    };
    for index in 0..count {
        read_file(path.of(index), &mut sum);
    }
    report(count, &sum);
    exit(0)
}

/// # Safety
///
/// `address` must be that of a string that ends with a zero and is never written to.
unsafe fn text_at(address: usize) -> &'static [u8] {
    let start = address as *const u8;
    let mut length = 0;
    // SAFETY: all bytes up to the zero can be read, which the caller promises.
    unsafe {
        while start.add(length).read_volatile() != 0 {
            length += 1;
        }
        core::slice::from_raw_parts(start, length)
    }
}

/// The number that the digits say, of as many files as names have room for.
fn number_of(digits: &[u8]) -> u64 {
    let mut value = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() || value > 100_000 {
            fail(b"COUNT is no number up to 1000000", USAGE);
        }
        value = value * 10 + u64::from(digit - b'0');
    }
    value
}

/// The path of a file: the folder, a slash, six digits and the end.
struct Path {
    bytes: [MaybeUninit<u8>; PATH_BYTES],
    digits_at: usize,
}

impl Path {
    fn new(folder: &[u8]) -> Self {
        if folder.len() + 1 + NAME_DIGITS + 1 > PATH_BYTES {
            fail(b"FOLDER is too long", USAGE);
        }
        let mut bytes = [MaybeUninit::uninit(); PATH_BYTES];
        for (to, from) in bytes.iter_mut().zip(folder) {
            to.write(*from);
        }
        bytes[folder.len()].write(b'/');
        bytes[folder.len() + 1 + NAME_DIGITS].write(0);
        Self {
            bytes,
            digits_at: folder.len() + 1,
        }
    }

    /// Address of the path of the file with this number.
    fn of(&mut self, index: u64) -> usize {
        let mut rest = index;
        for digit in self.bytes[self.digits_at..][..NAME_DIGITS].iter_mut().rev() {
            digit.write(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
        self.bytes.as_ptr() as usize
    }
}

/// The sum of all that was read.
struct Sum {
    bytes: u64,
    hash: u64,
}

fn read_file(path: usize, sum: &mut Sum) {
    // SAFETY: the path ends with a zero and lives as long as the call.
    let file = unsafe { system_call(number::OPENAT, [AT_FDCWD, path, O_CLOEXEC, 0]) };
    if file < 0 {
        fail(b"a file of the folder cannot be opened", FAILED);
    }
    // Words, so that their bytes are aligned for the hash.
    let mut chunk = [MaybeUninit::<u64>::uninit(); CHUNK_BYTES / 8];
    loop {
        let buffer = chunk.as_mut_ptr() as usize;
        // SAFETY: the buffer has as many bytes as are asked for.
        let read = unsafe { system_call(number::READ, [file as usize, buffer, CHUNK_BYTES, 0]) };
        match read {
            0 => break,
            1.. => add(&mut chunk, read as usize, sum),
            _ => fail(b"a file of the folder cannot be read", FAILED),
        }
    }
    // SAFETY: the descriptor is ours.
    unsafe { system_call(number::CLOSE, [file as usize, 0, 0, 0]) };
}

/// Adds the first `length` bytes, with zeros up to a whole word.
fn add(chunk: &mut [MaybeUninit<u64>; CHUNK_BYTES / 8], length: usize, sum: &mut Sum) {
    let bytes: *mut u8 = chunk.as_mut_ptr().cast();
    for at in length..length.next_multiple_of(8) {
        // SAFETY: the buffer is a whole number of words, and `length` is within it.
        unsafe { bytes.add(at).write_volatile(0) };
    }
    for word in &chunk[..length.div_ceil(8)] {
        // SAFETY: the kernel wrote these bytes, or the loop above did.
        let word = u64::from_le(unsafe { word.assume_init() });
        sum.hash = (sum.hash ^ word).wrapping_mul(FNV_PRIME);
    }
    sum.bytes += length as u64;
}

/// Prints files, bytes and the hash with sixteen hexadecimal digits, in one write(2).
fn report(files: u64, sum: &Sum) {
    let mut line = Line {
        bytes: [MaybeUninit::uninit(); 64],
        start: 64,
    };
    line.before(b'\n');
    let mut hash = sum.hash;
    for _ in 0..16 {
        line.before(b"0123456789abcdef"[(hash & 15) as usize]);
        hash >>= 4;
    }
    line.before(b' ');
    line.number_before(sum.bytes);
    line.before(b' ');
    line.number_before(files);
    print(1, line.text());
}

/// A line that is written from its end.
struct Line {
    bytes: [MaybeUninit<u8>; 64],
    start: usize,
}

impl Line {
    fn before(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start].write(byte);
    }

    fn number_before(&mut self, mut value: u64) {
        loop {
            self.before(b'0' + (value % 10) as u8);
            value /= 10;
            if value == 0 {
                break;
            }
        }
    }

    fn text(&self) -> &[u8] {
        let written = &self.bytes[self.start..];
        // SAFETY: all bytes from `start` on were written.
        unsafe { core::slice::from_raw_parts(written.as_ptr().cast(), written.len()) }
    }
}
