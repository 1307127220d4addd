//! The runtime where the library was left out.

use std::path::Path;

use crate::runtime::{Runtime, RuntimeError};

/// Refuses, and says what to do.
///
/// # Errors
/// Always.
pub fn open(_state: &Path) -> Result<Box<dyn Runtime>, RuntimeError> {
    Err(RuntimeError::LeftOut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use setup::configuration::NetworkKind;
    use setup::runtime::RuntimeChoice;

    #[test]
    fn a_library_that_was_left_out_is_refused_with_the_remedy() {
        let choice = RuntimeChoice::Libcontainer;
        assert!(!crate::runtime::is_here(&choice));
        let opened = crate::runtime::open(&choice, Path::new("/state"), NetworkKind::None);
        let message = opened.err().map(|error| error.to_string());
        assert_eq!(
            message.as_deref(),
            Some(
                "this ctrprof was built without libcontainer; build it with the feature \
                 `libcontainer`, or choose another runtime: crun, runc, youki, ..."
            )
        );
    }
}
