//! A name in the kernel, and which kernels have it.

use super::series::{Series, TESTED};

/// The kinds of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function.
    Function,
    /// All functions whose names begin so.
    Beginning,
    /// A variable.
    Variable,
    /// Nothing that has a symbol, such as a member of a structure: it is only printed.
    Label,
}

/// A name that the analysis looks for on stacks, or gives to a lock.
///
/// It is in every tested kernel unless a mark says otherwise. A mark states what was found in the
/// tested kernels and in their sources; of kernels between them it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// As /proc/kallsyms has it, without what compilers append (`.isra.0`).
    pub text: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// The first tested kernel whose source has it, if an older one does not.
    pub since: Option<Series>,
    /// The last tested kernel whose source has it, if a newer one does not.
    pub until: Option<Series>,
    /// Tested kernels in whose build the compiler inlined all calls of it, so that no symbol is left.
    pub inlined_in: &'static [Series],
    /// The module that it belongs to, which may be built into the kernel, loaded, or absent.
    pub module: Option<&'static str>,
    /// The file of the kernel's tree that proves the marks.
    pub source: &'static str,
}

/// A function that all tested kernels have.
pub const fn function(text: &'static str) -> Name {
    Name::new(text, Kind::Function)
}

/// Functions whose names begin so.
pub const fn beginning(text: &'static str) -> Name {
    Name::new(text, Kind::Beginning)
}

/// A variable that all tested kernels have.
pub const fn variable(text: &'static str) -> Name {
    Name::new(text, Kind::Variable)
}

/// A name without a symbol.
pub const fn label(text: &'static str) -> Name {
    Name::new(text, Kind::Label)
}

impl Name {
    const fn new(text: &'static str, kind: Kind) -> Self {
        Self {
            text,
            kind,
            since: None,
            until: None,
            inlined_in: &[],
            module: None,
            source: "",
        }
    }

    /// Marks a name that tested kernels before `series` do not have.
    pub const fn since(mut self, series: Series, source: &'static str) -> Self {
        self.since = Some(series);
        self.source = source;
        self
    }

    /// Marks a name that tested kernels after `series` do not have.
    pub const fn until(mut self, series: Series, source: &'static str) -> Self {
        self.until = Some(series);
        self.source = source;
        self
    }

    /// Marks a function that is `static` or `inline` and has no symbol in these tested kernels.
    pub const fn inlined_in(mut self, kernels: &'static [Series], source: &'static str) -> Self {
        self.inlined_in = kernels;
        self.source = source;
        self
    }

    /// Marks a name that belongs to a module.
    pub const fn of(mut self, module: &'static str) -> Self {
        self.module = Some(module);
        self
    }

    /// Whether a function on a stack, without what compilers append, is one of these.
    pub fn is(&self, function: &str) -> bool {
        match self.kind {
            Kind::Function => self.text == function,
            Kind::Beginning => function.starts_with(self.text),
            Kind::Variable | Kind::Label => false,
        }
    }

    /// Whether the source of a tested kernel has it, and, between tested ones, those on both sides.
    pub fn is_in_source(&self, series: Series) -> bool {
        self.since.is_none_or(|since| since <= series)
            && self.until.is_none_or(|until| series <= until)
    }

    /// Whether a kernel must have a symbol of this name, if it has the module. Other kernels than
    /// the tested ones may inline what one of those inlines.
    pub fn must_be_in(&self, series: Series) -> bool {
        let may_be_inlined = if TESTED.contains(&series) {
            self.inlined_in.contains(&series)
        } else {
            !self.inlined_in.is_empty()
        };
        self.is_in_source(series) && !may_be_inlined
    }
}

/// Whether a function is among those that are known.
pub fn has(known: &[Name], function: &str) -> bool {
    known.iter().any(|name| name.is(function))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::kernel::series::{V6_1, V6_12, V6_18};

    #[test]
    fn a_function_is_found_by_its_whole_name_or_by_its_beginning() {
        assert!(has(&[function("do_exit")], "do_exit"));
        assert!(!has(&[function("do_exit")], "do_exit_group"));
        assert!(has(&[beginning("sysvec_")], "sysvec_reboot"));
        assert!(!has(&[variable("rtnl_mutex")], "rtnl_mutex"));
    }

    #[test]
    fn marks_say_which_kernels_have_a_name() {
        let name = function("f").since(V6_12, "f.c");
        assert!(!name.must_be_in(V6_1) && name.must_be_in(V6_12) && name.must_be_in(V6_18));
        let name = function("f").until(V6_12, "f.c");
        assert!(name.must_be_in(V6_1) && !name.must_be_in(V6_18));
        let name = function("f").inlined_in(&[V6_12], "f.c");
        assert!(name.must_be_in(V6_1) && !name.must_be_in(V6_12));
        // Of another kernel nobody knows what its compiler inlined.
        assert!(!name.must_be_in(Series(6, 8)));
    }
}
