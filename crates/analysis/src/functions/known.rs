//! Functions and libraries whose name says which subsystem they are.
//!
//! Each name has its source: the file and version in which it is what the table says.

/// How a function is recognised.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pattern {
    /// By its whole name.
    Function(&'static str),
    /// By how its name begins: a package of Go, a name space of C++ or Rust.
    Prefix(&'static str),
    /// By its shared library, without the version.
    Library(&'static str),
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) pattern: Pattern,
    /// What it is.
    pub(super) subsystem: &'static str,
}

impl Known {
    /// Whether it is an allocator.
    pub(super) fn is_allocator(&self) -> bool {
        self.subsystem == ALLOCATOR || self.subsystem == GO_ALLOCATOR
    }
}

const fn function(name: &'static str, subsystem: &'static str) -> Known {
    Known {
        pattern: Pattern::Function(name),
        subsystem,
    }
}

const fn prefix(name: &'static str, subsystem: &'static str) -> Known {
    Known {
        pattern: Pattern::Prefix(name),
        subsystem,
    }
}

const fn library(name: &'static str, subsystem: &'static str) -> Known {
    Known {
        pattern: Pattern::Library(name),
        subsystem,
    }
}

/// Linking when a program starts, and of a function when it is first called.
pub(super) const LINKING: &str = "dynamic linking";
const GC: &str = "Go garbage collector";
const SCHEDULER: &str = "Go scheduler";
const GO_START: &str = "start of the Go runtime";
const GO_ALLOCATOR: &str = "Go allocator";
const ALLOCATOR: &str = "allocator";
const REGEXP: &str = "regular expressions";
const JSON: &str = "JSON";
const PROTOBUF: &str = "protocol buffers";
const COMPRESSION: &str = "compression";
const HASHING: &str = "hashing";
const CRYPTO: &str = "cryptography";
const TEMPLATES: &str = "templates";

/// The table. Of several that match, that of the outermost frame counts.
pub(super) const KNOWN: &[Known] = &[
    // Go 1.19 to 1.25: src/runtime/mgc.go, mgcmark.go, mgcsweep.go, mgcscavenge.go.
    prefix("runtime.gcBgMarkWorker", GC),
    prefix("runtime.gcDrain", GC),
    prefix("runtime.gcAssistAlloc", GC),
    prefix("runtime.gcStart", GC),
    prefix("runtime.gcMark", GC),
    prefix("runtime.gcSweep", GC),
    prefix("runtime.bgsweep", GC),
    prefix("runtime.bgscavenge", GC),
    prefix("runtime.gcenable", GC),
    prefix("runtime.gcWriteBarrier", GC),
    prefix("runtime.wbBufFlush", GC),
    prefix("runtime.freeSomeWbufs", GC),
    prefix("runtime.scanobject", GC),
    // Go 1.19 to 1.25: src/runtime/proc.go.
    function("runtime.schedule", SCHEDULER),
    function("runtime.findRunnable", SCHEDULER),
    function("runtime.findrunnable", SCHEDULER),
    function("runtime.mcall", SCHEDULER),
    function("runtime.mstart", SCHEDULER),
    function("runtime.mstart0", SCHEDULER),
    function("runtime.mstart1", SCHEDULER),
    function("runtime.sysmon", SCHEDULER),
    function("runtime.gopark", SCHEDULER),
    function("runtime.goready", SCHEDULER),
    function("runtime.startm", SCHEDULER),
    function("runtime.exitsyscall", SCHEDULER),
    function("runtime.entersyscall", SCHEDULER),
    // Go 1.19 to 1.25: src/runtime/asm_amd64.s, proc.go (schedinit), symtab.go.
    function("runtime.schedinit", GO_START),
    function("runtime.check", GO_START),
    function("runtime.args", GO_START),
    function("runtime.osinit", GO_START),
    function("runtime.rt0_go", GO_START),
    // Go 1.19 to 1.25: src/runtime/malloc.go, slice.go, map.go.
    prefix("runtime.mallocgc", GO_ALLOCATOR),
    function("runtime.newobject", GO_ALLOCATOR),
    function("runtime.growslice", GO_ALLOCATOR),
    function("runtime.makeslice", GO_ALLOCATOR),
    // Go's library: src/regexp, encoding/json, compress, crypto, hash, text/template.
    prefix("regexp.", REGEXP),
    prefix("regexp/syntax.", REGEXP),
    prefix("encoding/json.", JSON),
    prefix("github.com/json-iterator/go.", JSON),
    prefix("google.golang.org/protobuf/", PROTOBUF),
    prefix("github.com/golang/protobuf/", PROTOBUF),
    prefix("github.com/gogo/protobuf/", PROTOBUF),
    prefix("compress/", COMPRESSION),
    prefix("github.com/klauspost/compress/", COMPRESSION),
    prefix("crypto/sha", HASHING),
    prefix("crypto/md5.", HASHING),
    prefix("crypto/internal/fips140/sha", HASHING),
    prefix("github.com/minio/sha256-simd.", HASHING),
    prefix("github.com/opencontainers/go-digest.", HASHING),
    prefix("hash/", HASHING),
    prefix("crypto/", CRYPTO),
    prefix("text/template.", TEMPLATES),
    prefix("text/template/parse.", TEMPLATES),
    prefix("html/template.", TEMPLATES),
    // glibc 2.36: elf/, in the library ld-linux-*.so; musl 1.2.3: ldso/dynlink.c, the C library itself.
    library("ld-linux-x86-64", LINKING),
    library("ld-linux-aarch64", LINKING),
    function("_dl_runtime_resolve_xsavec", LINKING),
    function("_dl_relocate_object", LINKING),
    function("_dl_map_object", LINKING),
    function("_dl_relocate_static_pie", LINKING),
    function("apply_irel", LINKING),
    function("do_lookup_x", LINKING),
    function("__dls2b", LINKING),
    function("__dls3", LINKING),
    // glibc 2.36: malloc/malloc.c, arena.c; musl 1.2.3: src/malloc.
    function("malloc", ALLOCATOR),
    function("__libc_malloc", ALLOCATOR),
    function("__GI___libc_malloc", ALLOCATOR),
    function("calloc", ALLOCATOR),
    function("__libc_calloc", ALLOCATOR),
    function("realloc", ALLOCATOR),
    function("__GI___libc_realloc", ALLOCATOR),
    function("free", ALLOCATOR),
    function("cfree", ALLOCATOR),
    function("__GI___libc_free", ALLOCATOR),
    function("_int_malloc", ALLOCATOR),
    function("_int_free", ALLOCATOR),
    function("_int_realloc", ALLOCATOR),
    function("malloc_consolidate", ALLOCATOR),
    function("sysmalloc", ALLOCATOR),
    function("unlink_chunk", ALLOCATOR),
    function("tcache_get", ALLOCATOR),
    function("tcache_put", ALLOCATOR),
    function("__libc_malloc_impl", ALLOCATOR),
    function("__rust_alloc", ALLOCATOR),
    function("__rust_dealloc", ALLOCATOR),
    function("__rust_realloc", ALLOCATOR),
    // glibc 2.36: posix/regcomp.c, regexec.c; libstdc++ 12: bits/regex*.h; crates regex 1, pcre2.
    function("regcomp", REGEXP),
    function("regexec", REGEXP),
    function("re_search", REGEXP),
    function("re_compile_internal", REGEXP),
    prefix("std::__detail::_Compiler", REGEXP),
    prefix("std::__detail::_Executor", REGEXP),
    prefix("regex::", REGEXP),
    prefix("regex_automata::", REGEXP),
    prefix("regex_syntax::", REGEXP),
    library("libpcre2-8", REGEXP),
    library("libpcre", REGEXP),
    // Crate serde_json 1; nlohmann-json 3; yajl 2 (crun), jansson 2, json-c 0.16.
    prefix("serde_json::", JSON),
    prefix("nlohmann::", JSON),
    prefix("yajl_", JSON),
    library("libyajl", JSON),
    library("libjansson", JSON),
    library("libjson-c", JSON),
    library("libprotobuf", PROTOBUF),
    // libseccomp 2.5.
    library("libseccomp", "libseccomp"),
    prefix("seccomp_", "libseccomp"),
    // zlib 1.2.13, zstd 1.5, xz 5.4, bzip2 1.0.8, lz4 1.9; crates flate2, miniz_oxide, zstd.
    library("libz", COMPRESSION),
    library("libzstd", COMPRESSION),
    library("liblzma", COMPRESSION),
    library("libbz2", COMPRESSION),
    library("liblz4", COMPRESSION),
    prefix("miniz_oxide::", COMPRESSION),
    prefix("flate2::", COMPRESSION),
    prefix("ZSTD_", COMPRESSION),
    // OpenSSL 3.0: crypto/sha; crates sha1, sha2, blake3, crc32fast.
    prefix("SHA256_", HASHING),
    prefix("SHA512_", HASHING),
    prefix("sha256_block_data_order", HASHING),
    prefix("sha2::", HASHING),
    prefix("sha1::", HASHING),
    prefix("blake3", HASHING),
    prefix("crc32fast::", HASHING),
    library("libcrypto", CRYPTO),
    library("libssl", CRYPTO),
    library("libgnutls", CRYPTO),
    library("libgcrypt", CRYPTO),
    prefix("rustls::", CRYPTO),
    prefix("ring::", CRYPTO),
];

/// Libraries that belong to every program, and whose functions tell nothing by the library's name.
pub(super) const LANGUAGE_LIBRARIES: &[&str] = &[
    "libc",
    "libm",
    "libpthread",
    "libdl",
    "librt",
    "libgcc_s",
    "libstdc++",
    "libc++",
    "[vdso]",
    "linux-vdso",
];

/// The language's own functions by how they begin: Go's runtime, and the libraries of Rust and C++.
pub(super) const LANGUAGE_PREFIXES: &[&str] = &[
    "runtime.",
    "core::",
    "<core::",
    "alloc::",
    "<alloc::",
    "std::",
    "<std::",
    "compiler_builtins::",
];

/// Functions of libraries of the language that are called in passing by the linker's library, and
/// are no linking.
pub(super) const NOT_LINKING: &[&str] = &["__tls_get_addr"];

/// Frames between the start of a process or thread and what it is there for.
/// glibc 2.36: csu/libc-start.c, sysdeps/nptl; Go: src/runtime/proc.go; Rust 1.95: library/std/src/rt.rs.
pub(super) const ENTRIES: &[&str] = &[
    "_start",
    "__libc_start_main",
    "__libc_start_call_main",
    "__libc_start_main_impl",
    "__libc_start_main@@GLIBC_2.34",
    "libc_start_main_stage2",
    "_start_c",
    "main",
    "start_thread",
    "clone3",
    "__clone3",
    "clone",
    "__clone",
    "runtime.goexit",
    "runtime.main",
    "main.main",
    "runtime.systemstack",
    "runtime.mstart",
    "_cgo_topofstack",
    "crosscall1",
    "crosscall2",
    "runtime.asmcgocall",
    "runtime.cgocall",
    "lang_start",
];

/// Frames of that kind by how they begin.
pub(super) const ENTRY_PREFIXES: &[&str] = &[
    "std::rt::lang_start",
    "std::sys::backtrace::__rust_begin_short_backtrace",
    "std::sys_common::backtrace::__rust_begin_short_backtrace",
    "core::ops::function::FnOnce::call_once",
    "<alloc::boxed::Box<",
    "std::panicking::try",
    "std::panicking::catch_unwind",
    "std::panic::catch_unwind",
    "core::ops::function::impls",
    "std::thread::",
    "std::sys::pal::unix::thread",
    "std::sys::thread",
];
