//! Diagnostics for whoever changes the kernel programs, in an object built with the feature `log`
//! (`cargo xtask ebpf --log`). Without it they cost nothing: there is no such code.

/// Says something to `ctrprof` built with the feature `ebpf-log`, in the format of `core::fmt`.
macro_rules! diagnose {
    ($($argument:tt)*) => {
        #[cfg(feature = "log")]
        aya_log_ebpf::info!(&(), $($argument)*);
    };
}

pub(crate) use diagnose;
