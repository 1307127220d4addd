//! The kernel's list of its own symbols.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::SymbolError;
use trace::rows::Symbol;

/// Where the kernel lists its symbols: proc_kallsyms(5).
pub(super) const KALLSYMS: &str = "/proc/kallsyms";

/// Prefixes of the entry stubs of external interrupts on x86-64 (arch/x86/include/asm/idtentry.h,
/// v6.18). Those of exceptions (`asm_exc_*`) are not among them: a page fault is the task's own
/// doing.
const INTERRUPT_STUBS: &[&str] = &[
    "asm_common_interrupt",
    "asm_spurious_interrupt",
    "asm_sysvec_",
];

/// The symbol behind those stubs (include/asm-generic/vmlinux.lds.h, v6.18).
const END_OF_STUBS: &str = "__irqentry_text_end";

/// The symbols of the running kernel, by address.
#[derive(Clone, Debug)]
pub struct KernelSymbols {
    /// In ascending order of addresses.
    symbols: Vec<KernelSymbol>,
}

#[derive(Clone, Debug)]
struct KernelSymbol {
    address: u64,
    /// As nm(1) has them: t text, d data, b zeroed data, r constants; capital if global.
    kind: u8,
    name: Box<str>,
}

impl KernelSymbol {
    fn is_data(&self) -> bool {
        matches!(self.kind.to_ascii_lowercase(), b'd' | b'b' | b'r')
    }
}

impl KernelSymbols {
    /// Reads the symbols of the running kernel.
    ///
    /// # Errors
    /// [`SymbolError::Hidden`] if the kernel shows zeros to this process
    /// (`kernel.kptr_restrict`, Documentation/admin-guide/sysctl/kernel.rst, v6.18).
    pub fn read() -> Result<Self, SymbolError> {
        let path = Path::new(KALLSYMS);
        let text = fs::read(path).map_err(|source| SymbolError::Unreadable {
            path: path.to_path_buf(),
            source,
        })?;
        Self::parse(&String::from_utf8_lossy(&text)).ok_or_else(|| SymbolError::Hidden {
            path: PathBuf::from(KALLSYMS),
        })
    }

    /// Where the entry stubs of external interrupts of the running kernel lie, as
    /// [`Self::interrupt_entry_stubs`] says. The kernel writes its list as it is read, which takes longer
    /// than the recording of a short command takes to begin: no more of it is read than has them.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn read_interrupt_entry_stubs() -> Result<Option<Range<u64>>, SymbolError> {
        let path = PathBuf::from(KALLSYMS);
        let text = File::open(&path).and_then(|list| up_to_end_of_stubs(BufReader::new(list)));
        match text {
            Ok(text) => Self::parse(&text)
                .map(|symbols| symbols.interrupt_entry_stubs())
                .ok_or(SymbolError::Hidden { path }),
            Err(source) => Err(SymbolError::Unreadable { path, source }),
        }
    }

    /// The symbols in a text as /proc/kallsyms is; `None` if every address is zero.
    /// Lines that are not symbols are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let mut symbols: Vec<KernelSymbol> = text.lines().filter_map(parse_line).collect();
        if symbols.iter().all(|symbol| symbol.address == 0) {
            return None;
        }
        symbols.sort_by_key(|symbol| symbol.address);
        Some(Self { symbols })
    }

    /// Address of the symbol with this name; of several, the lowest.
    pub fn kernel_address_of(&self, name: &str) -> Option<u64> {
        self.symbols
            .iter()
            .find(|symbol| &*symbol.name == name)
            .map(|symbol| symbol.address)
    }

    /// From the lowest start to the highest end of all symbols that begin with one of `prefixes`.
    /// A symbol ends where the next one begins. `None` if there is none.
    pub fn range_of(&self, prefixes: &[&str]) -> Option<Range<u64>> {
        let belongs = |symbol: &&KernelSymbol| {
            prefixes
                .iter()
                .any(|prefix| symbol.name.starts_with(prefix))
        };
        let first = self.symbols.iter().find(belongs)?.address;
        let last = self.symbols.iter().rfind(belongs)?.address;
        let after = self
            .symbols
            .partition_point(|symbol| symbol.address <= last);
        let end = self.symbols.get(after)?.address;
        Some(first..end)
    }

    /// Where the entry stubs of external interrupts lie: a return address in there, on a kernel
    /// stack, says that an interrupt came in. `None` on machines other than x86-64.
    pub fn interrupt_entry_stubs(&self) -> Option<Range<u64>> {
        self.range_of(INTERRUPT_STUBS)
    }

    /// Rows for those of the locks at `addresses` that are variables of their own (rtnl_mutex,
    /// cgroup_mutex, ...), where the kernel lists its variables (CONFIG_KALLSYMS_ALL). A lock
    /// inside another object has no name.
    pub fn lock_symbols(&self, addresses: &BTreeSet<u64>) -> Vec<Symbol> {
        addresses
            .iter()
            .filter_map(|&address| {
                Some(Symbol {
                    tgid: 0,
                    address,
                    name: String::from(&*self.data_symbol_at(address)?.name),
                    offset: 0,
                    module: String::new(),
                    source: String::new(),
                    from_ns: 0,
                })
            })
            .collect()
    }

    fn data_symbol_at(&self, address: u64) -> Option<&KernelSymbol> {
        let first = self
            .symbols
            .partition_point(|symbol| symbol.address < address);
        self.symbols[first..]
            .iter()
            .take_while(|symbol| symbol.address == address)
            .find(|symbol| symbol.is_data())
    }
}

/// A list up to the end of the stubs, or all of it where it has no such end.
fn up_to_end_of_stubs(mut list: impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let begin = text.len();
        let is_over = list.read_line(&mut text)? == 0;
        if is_over || text[begin..].trim_end().ends_with(END_OF_STUBS) {
            return Ok(text);
        }
    }
}

/// `address kind name`, then `[module]` for modules.
fn parse_line(line: &str) -> Option<KernelSymbol> {
    let mut words = line.split_ascii_whitespace();
    let address = u64::from_str_radix(words.next()?, 16).ok()?;
    let kind = *words.next()?.as_bytes().first()?;
    let name = words.next()?.into();
    Some(KernelSymbol {
        address,
        kind,
        name,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    const LIST: &str = "\
        0000000000000000 A fixed_percpu_data\n\
        ffffffff81000d10 T asm_exc_double_fault\n\
        ffffffff81000d40 T asm_common_interrupt\n\
        ffffffff81000d80 T asm_spurious_interrupt\n\
        ffffffff81000df0 T asm_sysvec_apic_timer_interrupt\n\
        ffffffff81000f50 T asm_sysvec_kvm_asyncpf_interrupt\n\
        ffffffff81000f70 t common_interrupt_return\n\
        ffffffff81000f70 T __irqentry_text_end\n\
        ffffffff82f00000 D rtnl_mutex\n\
        ffffffff82f00020 d cgroup_mutex\n\
        ffffffffc0201000 t veth_xmit\t[veth]\n\
        ffffffff81000d00 T veth_xmit\n\
        not a symbol\n";

    fn symbols() -> KernelSymbols {
        KernelSymbols::parse(LIST).unwrap()
    }

    /// The names are shown to everybody, if not the addresses (proc_kallsyms(5)).
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn this_kernel_has_every_stub() {
        let list = fs::read_to_string(KALLSYMS).unwrap();
        let names = || list.lines().filter_map(|line| line.split(' ').nth(2));
        for stub in INTERRUPT_STUBS {
            assert!(names().any(|name| name.starts_with(stub)), "{stub}");
        }
    }

    #[test]
    fn addresses_are_found_by_name() {
        let symbols = symbols();
        assert_eq!(
            symbols.kernel_address_of("rtnl_mutex"),
            Some(0xffff_ffff_82f0_0000)
        );
        assert_eq!(symbols.kernel_address_of("rtnl"), None);
    }

    #[test]
    fn interrupt_stubs_end_where_the_next_symbol_begins() {
        let expected = 0xffff_ffff_8100_0d40..0xffff_ffff_8100_0f70;
        assert_eq!(symbols().interrupt_entry_stubs(), Some(expected));
        assert_eq!(symbols().range_of(&["el1h_64_irq"]), None);
    }

    #[test]
    fn no_more_is_read_than_has_the_stubs() {
        let text = up_to_end_of_stubs(LIST.as_bytes()).unwrap();
        assert!(!text.contains("rtnl_mutex"));
        let stubs = KernelSymbols::parse(&text).unwrap().interrupt_entry_stubs();
        assert_eq!(stubs, symbols().interrupt_entry_stubs());
        let without = LIST.replace(END_OF_STUBS, "something");
        assert_eq!(up_to_end_of_stubs(without.as_bytes()).unwrap(), without);
    }

    #[test]
    fn only_a_variable_at_its_very_address_names_a_lock() {
        let addresses = BTreeSet::from([
            0xffff_ffff_82f0_0000,
            0xffff_ffff_82f0_0008,
            0xffff_ffff_8100_0d40,
            0xffff_8880_0000_0000,
        ]);
        let found = symbols().lock_symbols(&addresses);
        let names: Vec<&str> = found.iter().map(|symbol| &*symbol.name).collect();
        assert_eq!(names, ["rtnl_mutex"]);
    }

    #[test]
    fn hidden_addresses_are_noticed() {
        let hidden = "0000000000000000 T _text\n0000000000000000 T schedule\n";
        assert!(KernelSymbols::parse(hidden).is_none());
        assert!(KernelSymbols::parse("").is_none());
    }
}
