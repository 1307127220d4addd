//! Functions at kernel addresses.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use blazesym::MaybeDefault;
use blazesym::symbolize::source::{Kernel, Source};
use blazesym::symbolize::{Input, Symbolizer};

use super::SymbolError;
use super::kallsyms::KALLSYMS;
use trace::rows::Symbol;

/// No kernel function is longer, in bytes. The list gives no lengths, so that what lies behind the
/// last function, or before a module's first, would go by a name that is not its own.
const LONGEST_FUNCTION_BYTES: u64 = 1 << 20;

/// The functions at kernel `addresses`; one that is in none is left out.
///
/// # Errors
/// [`SymbolError`] if the kernel's list of symbols cannot be had. Stacks are of use without it, so
/// callers may warn and go on.
pub fn kernel_symbols(addresses: &BTreeSet<u64>) -> Result<Vec<Symbol>, SymbolError> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    refuse_hidden()?;
    let addresses: Vec<u64> = addresses.iter().copied().collect();
    // An image of the kernel, if there is one, is large and may be of another build.
    let kernel = Kernel {
        vmlinux: MaybeDefault::None,
        debug_syms: false,
        ..Kernel::default()
    };
    let symbolizer = Symbolizer::builder().enable_code_info(false).build();
    let found = symbolizer
        .symbolize(&Source::Kernel(kernel), Input::AbsAddr(&addresses))
        .map_err(|error| SymbolError::Symbolizer {
            count: addresses.len(),
            reason: error.to_string(),
        })?;
    let symbols = addresses.iter().zip(&found);
    Ok(symbols
        .filter_map(|(&address, found)| {
            let found = found.as_sym()?;
            let offset = found.offset as u64;
            (offset < LONGEST_FUNCTION_BYTES).then(|| Symbol {
                tgid: 0,
                address,
                name: found.name.to_string(),
                offset,
                module: String::new(),
                source: String::new(),
                from_ns: 0,
            })
        })
        .collect())
}

/// Fails if the kernel shows all its addresses as zeros; reads no further than to the first that
/// is not.
fn refuse_hidden() -> Result<(), SymbolError> {
    let path = PathBuf::from(KALLSYMS);
    match is_an_address_shown(&path) {
        Ok(true) => Ok(()),
        Ok(false) => Err(SymbolError::Hidden { path }),
        Err(source) => Err(SymbolError::Unreadable { path, source }),
    }
}

fn is_an_address_shown(path: &Path) -> io::Result<bool> {
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let address = line.split(' ').next().unwrap_or_default();
        if address.bytes().any(|digit| digit != b'0') {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::super::KernelSymbols;
    use super::*;

    /// The running kernel's list; `None` where this user may not see it.
    fn running() -> Option<KernelSymbols> {
        match KernelSymbols::read() {
            Err(SymbolError::Hidden { .. }) if !nix::unistd::geteuid().is_root() => None,
            list => Some(list.unwrap()),
        }
    }

    #[test]
    fn functions_of_the_running_kernel_are_named() {
        let Some(list) = running() else { return };
        let schedule = list.kernel_address_of("schedule").unwrap();
        let found = kernel_symbols(&BTreeSet::from([schedule + 5, u64::MAX, 0x10])).unwrap();
        let expected = Symbol {
            tgid: 0,
            address: schedule + 5,
            name: "schedule".into(),
            offset: 5,
            module: String::new(),
            source: String::new(),
            from_ns: 0,
        };
        assert_eq!(found, [expected]);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn interrupt_stubs_of_the_running_kernel_hold_no_exception() {
        let Some(list) = running() else { return };
        let stubs = list.interrupt_entry_stubs().unwrap();
        let timer = list.kernel_address_of("asm_sysvec_apic_timer_interrupt");
        assert!(stubs.contains(&timer.unwrap()));
        let page_fault = list.kernel_address_of("asm_exc_page_fault");
        assert!(!stubs.contains(&page_fault.unwrap()));
        assert!(stubs.end - stubs.start < 64 * 1024, "{stubs:x?}");
    }

    #[test]
    fn no_addresses_need_no_list() {
        assert_eq!(kernel_symbols(&BTreeSet::new()).unwrap(), []);
    }
}
