//! The bits of flags and the values of advice, from the headers of each system. Nothing here makes a call.

use libc::c_int;

use crate::mapping::types::Access;

cfg_select! {
    target_os = "linux" => {
        mod linux;

        pub(in crate::mapping::sys) use linux::*;
    }
    target_os = "macos" => {
        mod bsd;
        mod macos;

        pub(in crate::mapping::sys) use bsd::*;
        pub(in crate::mapping::sys) use macos::*;
    }
    target_os = "freebsd" => {
        mod bsd;
        mod freebsd;

        pub(in crate::mapping::sys) use bsd::*;
        pub(in crate::mapping::sys) use freebsd::*;
    }
}

/// The bits of `PROT_*` for an access.
pub(in crate::mapping::sys) fn access_bits(access: Access) -> c_int {
    let mut bits = libc::PROT_NONE;
    if access.reads() {
        bits |= libc::PROT_READ;
    }
    if access.writes() {
        bits |= libc::PROT_WRITE;
    }
    if access.execute {
        bits |= libc::PROT_EXEC;
    }
    bits
}
