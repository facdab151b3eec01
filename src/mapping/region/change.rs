//! Changes to a mapping that are one call and need no measurement: unlocking, flushing, sealing and naming it.

use std::ffi::CStr;
use std::io;

use super::live::Region;
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{Kind, SyncKind};

impl Region {
    /// Unlocks its pages (`munlock(2)`).
    ///
    /// # Errors
    /// Those of the call.
    pub(in crate::mapping) fn unlock(&self) -> Result<()> {
        let outcome = sys::unlock(self.base(), self.mapped_length());
        outcome.map_err(|e| Error::os("unlock", &e).on(self.name()).over(self.range()))
    }

    /// Writes its changed pages to its file (`msync(2)`), as the kernel does it: for some mappings it does nothing.
    ///
    /// # Errors
    /// Those of the call.
    pub(in crate::mapping) fn msync(&self, kind: SyncKind) -> io::Result<()> {
        let (wait, invalidate) = (kind != SyncKind::Async, kind == SyncKind::Invalidate);
        sys::msync(self.base(), self.mapped_length(), wait, invalidate)
    }

    /// Seals it: from now on the kernel refuses to unmap, move, resize and protect it (`mseal(2)`). It stays mapped until
    /// the process ends.
    ///
    /// # Errors
    /// `unsupported` where the kernel has no such call.
    pub(in crate::mapping) fn seal(&self) -> Result<()> {
        let fail = |error: Error| error.on(self.name()).over(self.range());
        Feature::Seal.require("seal").map_err(fail)?;
        sys::seal(self.base(), self.mapped_length()).map_err(|error| {
            let plain = Error::os("seal", &error);
            fail(match plain.kind() {
                Kind::Unsupported => plain.because("mseal(2) needs a 64-bit Linux 6.10 or later"),
                _ => plain,
            })
        })
    }

    /// Names it in the memory map of the process (`PR_SET_VMA_ANON_NAME`, `prctl(2)`).
    ///
    /// # Errors
    /// `unsupported` for memory of a file, and where the kernel cannot name memory.
    pub(in crate::mapping) fn set_name(&self, name: &CStr) -> Result<()> {
        let fail = |error: Error| error.on(self.name()).over(self.range());
        Feature::NameMemory.require("name").map_err(fail)?;
        sys::name_memory(self.base(), self.mapped_length(), name).map_err(|error| {
            let reason = match self.file() {
                Some(_) => "only anonymous memory can be named",
                None => "the kernel does not name memory: it is older than Linux 5.17, or built without CONFIG_ANON_VMA_NAME",
            };
            let failure = match error.kind() {
                io::ErrorKind::OutOfMemory => Error::os("name", &error),
                _ => Error::os_as(Kind::Unsupported, "name", &error).because(reason),
            };
            fail(failure)
        })
    }
}
