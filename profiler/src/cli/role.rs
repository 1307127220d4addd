//! Roles of processes on the command line.

use trace::role::Role;

/// The role of this name.
pub fn parse(name: &str) -> Result<Role, String> {
    find(name).ok_or_else(|| format!("no such role; choose one of {}", names()))
}

/// The role of this name, if there is one.
pub fn find(name: &str) -> Option<Role> {
    let mut roles = Role::ALL.iter();
    roles.find(|role| role.name() == name).copied()
}

/// All of them.
pub fn names() -> String {
    let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
    names.join(", ")
}
