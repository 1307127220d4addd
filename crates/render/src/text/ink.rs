//! The colours, and what they stand for.

use anstyle::{Ansi256Color, AnsiColor, Color, Effects, Style};

use crate::doctor::report::CheckState;
use trace::phase::Phase;
use trace::role::Role;

/// The kind of a piece of text, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Ordinary text.
    Plain,
    /// A heading or the figure that matters.
    Strong,
    /// Details to be looked up, not to be read.
    Dim,
    /// All is well.
    Good,
    /// Something is less than it could be.
    Warning,
    /// The figures cannot be trusted.
    Alarm,
    /// In the colour of a phase.
    Phase(Phase),
    /// In the colour of a role.
    Role(Role),
}

impl Ink {
    /// The style of the ink.
    pub(crate) fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().effects(Effects::DIMMED),
            Self::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Self::Warning => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Self::Alarm => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
            Self::Phase(phase) => palette(phase_colour(phase)),
            Self::Role(role) => palette(role_colour(role)),
        }
    }
}

impl From<CheckState> for Ink {
    fn from(state: CheckState) -> Self {
        match state {
            CheckState::Ok => Self::Good,
            CheckState::Warn => Self::Warning,
            CheckState::Missing => Self::Alarm,
        }
    }
}

/// A colour of the 256, which look alike on light and dark ground and in every theme.
fn palette(index: u8) -> Style {
    Style::new().fg_color(Some(Color::Ansi256(Ansi256Color(index))))
}

/// Container set-up in blues and purples, ordinary work in greens, waits from red to yellow, user
/// mode in a quiet grey-blue, and what is not known in a pink that cannot be overlooked.
fn phase_colour(phase: Phase) -> u8 {
    match phase {
        Phase::Namespaces => 33,
        Phase::Mounts => 38,
        Phase::Storage => 30,
        Phase::Cgroups => 134,
        Phase::Network => 74,
        Phase::Security => 98,
        Phase::Process => 71,
        Phase::Files => 107,
        Phase::Memory => 143,
        Phase::Sockets => 36,
        Phase::Ipc => 245,
        Phase::Locks => 160,
        Phase::Rcu => 208,
        Phase::Disk => 172,
        Phase::Throttled => 214,
        Phase::Runqueue => 178,
        Phase::Observer => 240,
        Phase::User => 67,
        Phase::Unknown => 199,
    }
}

/// From the one who asks to the one who runs.
fn role_colour(role: Role) -> u8 {
    match role {
        Role::Client => 67,
        Role::Manager => 33,
        Role::Shim => 98,
        Role::Runtime => 134,
        Role::Helper => 143,
        Role::Container => 71,
        Role::KernelThread => 172,
        Role::Other => 245,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_phases_share_a_colour() {
        let mut colours: Vec<u8> = Phase::ALL
            .iter()
            .map(|&phase| phase_colour(phase))
            .collect();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), Phase::ALL.len());
    }
}
