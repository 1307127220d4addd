//! Names that a kernel contradicts.

use std::collections::BTreeSet;

use super::name::{Kind, Name};
use super::series::{Series, TESTED};
use crate::attribution::stack::plain_name;

/// A kernel that the names are held against.
#[derive(Clone, Debug)]
pub struct Kernel {
    series: Series,
    functions: BTreeSet<String>,
    variables: BTreeSet<String>,
    /// Without `CONFIG_KALLSYMS_ALL` (init/Kconfig, v6.18) kallsyms holds functions, and of the data
    /// only global symbols that the linker sets, such as `__start_rodata`.
    lists_variables: bool,
    /// Modules that are loaded.
    modules: BTreeSet<String>,
}

impl Kernel {
    /// A kernel by its release and by the text of its /proc/kallsyms (proc_kallsyms(5)); nothing if
    /// the release has no numbers.
    pub fn new(release: &str, kallsyms: &str) -> Option<Self> {
        let mut kernel = Self {
            series: Series::of_release(release)?,
            functions: BTreeSet::new(),
            variables: BTreeSet::new(),
            lists_variables: false,
            modules: BTreeSet::new(),
        };
        for line in kallsyms.lines() {
            kernel.add(line);
        }
        Some(kernel)
    }

    fn add(&mut self, line: &str) {
        let mut words = line.split_whitespace().skip(1);
        let (Some(kind), Some(name)) = (words.next(), words.next()) else {
            return;
        };
        if let Some(module) = words.next() {
            let module = module.trim_matches(['[', ']']);
            // Programs of BPF are no module, and may be called as anything.
            if module == "bpf" || module.starts_with("__builtin__") {
                return;
            }
            self.modules.insert(module.to_owned());
        }
        // Lower case stands for what only one file sees (nm(1)).
        self.lists_variables |= matches!(kind, "b" | "d");
        let symbols = match kind {
            "t" | "T" | "w" | "W" => &mut self.functions,
            "b" | "B" | "d" | "D" => &mut self.variables,
            _ => return,
        };
        symbols.insert(plain_name(name).to_owned());
    }

    /// Those of `names` that it contradicts: that it lacks, or that it has although a mark says that its
    /// source does not.
    pub fn problems(&self, names: &[Name]) -> Vec<String> {
        let modules = self.modules_of(names);
        let problems = names.iter().filter_map(|name| {
            let is_there = self.has(name);
            let is_possible =
                self.shows(name.kind) && name.module.is_none_or(|module| modules.contains(module));
            if !is_there && is_possible && name.must_be_in(self.series) {
                Some(format!("{}: {} lacks it", name.text, self.series))
            } else if is_there && TESTED.contains(&self.series) && !name.is_in_source(self.series) {
                Some(format!(
                    "{}: {} has it, though a mark denies it",
                    name.text, self.series
                ))
            } else {
                None
            }
        });
        problems.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Modules of `names` that it does not have: their names were not checked.
    pub fn absent_modules<'a>(&self, names: &'a [Name]) -> BTreeSet<&'a str> {
        let all: BTreeSet<&str> = names.iter().filter_map(|name| name.module).collect();
        let found = self.modules_of(names);
        all.difference(&found).copied().collect()
    }

    /// Modules of `names` that are loaded, or built in: then any of their names is there.
    fn modules_of<'a>(&self, names: &'a [Name]) -> BTreeSet<&'a str> {
        let with_module = names
            .iter()
            .filter_map(|name| Some((name, name.module?)))
            .filter(|(name, module)| self.modules.contains(*module) || self.has(name));
        with_module.map(|(_, module)| module).collect()
    }

    /// Whether names of a kind are among its symbols at all.
    fn shows(&self, kind: Kind) -> bool {
        match kind {
            Kind::Function | Kind::Beginning => true,
            Kind::Variable => self.lists_variables,
            Kind::Label => false,
        }
    }

    fn has(&self, name: &Name) -> bool {
        match name.kind {
            Kind::Function => self.functions.contains(name.text),
            Kind::Beginning => {
                let mut following = self.functions.range(name.text.to_owned()..);
                following
                    .next()
                    .is_some_and(|function| function.starts_with(name.text))
            }
            Kind::Variable => self.variables.contains(name.text),
            Kind::Label => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::kernel::name::{beginning, function, label, variable};
    use crate::attribution::kernel::names;
    use crate::attribution::kernel::series::{V6_1, V6_12};

    const KALLSYMS: &str = "0000000000000000 T do_exit\n\
        0000000000000000 t do_lock_mount.part.0\n\
        0000000000000000 T sysvec_reboot\n\
        0000000000000000 D __start_rodata\n\
        0000000000000000 t bpf_prog_1_new\t[bpf]\n\
        0000000000000000 t xfs_ilock\t[xfs]\n";

    #[track_caller]
    fn check(names: &[Name], expected: &[&str]) {
        let kernel = Kernel::new("6.12.1", KALLSYMS).expect("it has numbers");
        assert_eq!(kernel.problems(names), expected);
    }

    #[test]
    fn what_a_kernel_lacks_is_told() {
        check(&[function("do_exit"), function("do_lock_mount")], &[]);
        check(&[beginning("sysvec_")], &[]);
        check(&[beginning("bpf_")], &["bpf_: 6.12 lacks it"]);
        check(&[function("gone")], &["gone: 6.12 lacks it"]);
    }

    #[test]
    fn what_a_mark_excludes_is_not_missed() {
        check(&[function("gone").until(V6_1, "gone.c")], &[]);
        check(&[function("gone").inlined_in(&[V6_12], "gone.c")], &[]);
        check(
            &[function("do_exit").until(V6_1, "gone.c")],
            &["do_exit: 6.12 has it, though a mark denies it"],
        );
    }

    #[test]
    fn names_of_modules_are_missed_where_the_module_is() {
        check(&[function("gone").of("btrfs")], &[]);
        check(&[function("gone").of("xfs")], &["gone: 6.12 lacks it"]);
        check(
            &[
                function("do_exit").of("built_in"),
                function("gone").of("built_in"),
            ],
            &["gone: 6.12 lacks it"],
        );
    }

    #[test]
    fn variables_are_missed_where_kallsyms_holds_some() {
        check(&[variable("rtnl_mutex"), label("i_rwsem")], &[]);
        let kernel = Kernel::new("6.1", "0 d cgroup_mutex\n").expect("it has numbers");
        let names = [variable("rtnl_mutex"), label("i_rwsem")];
        assert_eq!(kernel.problems(&names), ["rtnl_mutex: 6.1 lacks it"]);
    }

    #[test]
    fn modules_that_are_not_there_are_told() {
        let kernel = Kernel::new("6.1", KALLSYMS).expect("it has numbers");
        let names = names();
        let absent = kernel.absent_modules(&names);
        assert!(absent.contains("aufs") && !absent.contains("xfs"));
    }
}
