//! Dividing a mapping into parts, joining them again, and removing one.

use std::ptr::NonNull;

use super::live::Region;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{AddressRange, ByteLength, SourceRange};

impl Region {
    /// Divides it at a page boundary: it keeps the bytes before `at`, and the result has the others. `None` if it does
    /// not begin or end there.
    pub(in crate::mapping) fn split_off(&mut self, at: ByteLength) -> Option<Self> {
        let before = at.to_usize().filter(|before| *before > 0)?;
        let after = self
            .length()
            .checked_sub(before)
            .filter(|after| *after > 0)?;
        let border = self.range.offset().plus(at);
        let base = NonNull::new(self.base())?;
        let upper = NonNull::new(self.base().wrapping_add(before))?;
        let mut rest = self.copied(upper, after, self.range.starting_at(border));
        rest.fences = self.fences.split_off();
        self.own(base, before);
        self.range = SourceRange::between(self.range.offset(), border)?;
        Some(rest)
    }

    /// Appends the next region if it continues this one, in the source, in memory and in its access; otherwise returns
    /// it.
    pub(in crate::mapping) fn join(&mut self, mut next: Self) -> Option<Self> {
        let continues = next.addresses().start() == self.addresses().end()
            && self.length() == self.mapped_length()
            && next.range.offset() == self.range.end()
            && next.access == self.access;
        let joined = SourceRange::between(self.range.offset(), next.range.end());
        let base = NonNull::new(self.base());
        let (Some(range), Some(base), true) = (joined, base, continues) else {
            return Some(next);
        };
        self.own(base, self.length().saturating_add(next.length()));
        self.range = range;
        self.fences.join(std::mem::take(&mut next.fences));
        next.forget();
        None
    }

    /// Removes the mapping (`munmap(2)`). It then has no addresses.
    ///
    /// # Errors
    /// `access_denied` for a sealed mapping.
    pub(in crate::mapping) fn unmap(&mut self) -> Result<()> {
        let base = NonNull::new(self.base());
        let outcome = match base {
            Some(base) => sys::unmap(base, self.mapped_length()),
            None => Ok(()),
        };
        outcome.map_err(|e| Error::os("unmap", &e).on(self.name()).over(self.range))?;
        self.forget();
        self.fences.take_down();
        Ok(())
    }

    /// The addresses by which its memory is accounted: its own, or those of a larger mapping of which it is a part. The
    /// kernel divides a mapping when a part of it changes, so the accounts of the part before and after differ.
    #[must_use]
    pub(in crate::mapping) fn account(&self) -> AddressRange {
        self.account.unwrap_or_else(|| self.addresses())
    }

    /// Accounts its memory by these addresses from now on.
    pub(in crate::mapping) fn account_by(&mut self, addresses: Option<AddressRange>) {
        self.account = addresses;
    }
}
