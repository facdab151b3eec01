//! Changing the length and the place of a mapping (`mremap(2)`).

use std::io;
use std::ptr::NonNull;

use super::fences::Fences;
use super::live::{Region, addressable, in_whole_pages};
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, Kind, LengthText, Placement, RangeError, RemapPlace, Remedy, SourceRange,
};

impl Region {
    /// Changes the length, and moves the mapping if necessary (`mremap(2)`). Returns the old addresses if they stay
    /// mapped.
    ///
    /// # Errors
    /// `usage` for a length of 0; `out_of_memory` when there is no room; `unsupported` where the system
    /// has no such call.
    pub fn remap(&mut self, length: ByteLength, place: RemapPlace) -> Result<Option<Self>> {
        let outcome = self.try_remap(length, place);
        outcome.map_err(|error| error.on(self.name()).over(self.range))
    }

    fn try_remap(&mut self, length: ByteLength, place: RemapPlace) -> Result<Option<Self>> {
        Feature::Remap.require("remap")?;
        let range = self.remapped(length)?;
        let new = addressable(length)?;
        let old = self.mapped_length();
        let whole = in_whole_pages(self.page_size(), new).unwrap_or(new);
        let no_address = || Error::new(Kind::Failed, "remap", "the mapping has no address");
        let base = NonNull::new(self.base()).ok_or_else(no_address)?;
        if let RemapPlace::At(address) = place {
            self.reserve_target(whole, address)?;
        }
        let fenced = self.fences.take_down();
        // No access holds the old address: each borrows the region, which is borrowed mutably here.
        let moved = sys::remap(base, old, whole, place);
        let moved = moved.map_err(|e| self.remap_failure(&e, length, place));
        let left = match (&moved, place) {
            (Ok(_), RemapPlace::LeaveOld) => Some(self.copied(base, self.length(), self.range)),
            _ => None,
        };
        if let Ok(moved) = moved {
            self.own(moved, new);
            self.range = range;
        }
        if fenced {
            self.fences = Fences::around(self.addresses());
        }
        moved.map(|_| left)
    }

    /// Reserves the addresses to which it moves, which must be free. A call that fails afterwards may have unmapped
    /// them, so they are not unmapped again.
    fn reserve_target(&self, length: usize, address: u64) -> Result<NonNull<u8>> {
        if address == 0 || !self.page_size().is_aligned(address) {
            let reason = format!("address {address:#x} is not a multiple of the page size above 0");
            return Err(Error::new(Kind::Usage, "remap", reason));
        }
        sys::reserve_addresses(length, Placement::At(address)).map_err(
            |error| match sys::refusal_of(&error) {
                sys::MapRefusal::AddressInUse => {
                    Error::new(Kind::OutOfMemory, "remap", "address in use")
                }
                _ => Error::os("remap", &error),
            },
        )
    }

    /// The range of the mapping after a change to this length.
    fn remapped(&self, length: ByteLength) -> Result<SourceRange> {
        if length.is_zero() {
            return Err(Error::new(
                Kind::Usage,
                "remap",
                "a length of 0 maps nothing",
            ));
        }
        let extends = length > ByteLength::of(self.mapped_length());
        if self.file().is_none() && self.visibility().is_shared() && extends {
            // The mapping would grow, but not its object. Accesses beyond the object would fault.
            let reason = format!(
                "shared anonymous memory has a fixed size of {}",
                LengthText(ByteLength::of(self.length()))
            );
            let error = Error::new(Kind::FileTooShort, "remap", reason);
            return Err(error.hint(Remedy::Private));
        }
        SourceRange::new(self.range.offset(), length)
            .ok_or_else(|| Error::new(Kind::Usage, "remap", RangeError::TooLarge.to_string()))
    }

    fn remap_failure(&self, error: &io::Error, length: ByteLength, place: RemapPlace) -> Error {
        match sys::refusal_of(error) {
            sys::MapRefusal::Invalid if place == RemapPlace::LeaveOld => {
                Error::os_as(Kind::Unsupported, "remap", error)
                    .because("'dontunmap' needs the old length, and ordinary pages")
            }
            sys::MapRefusal::Invalid if self.page_size() != sys::page_size() => {
                Error::os_as(Kind::Unsupported, "remap", error)
                    .because("memory from the pool of huge pages cannot grow")
            }
            // The kernel reports EINVAL for a length beyond the address space too.
            sys::MapRefusal::Invalid | sys::MapRefusal::NoMemory => {
                Error::os_as(Kind::OutOfMemory, "remap", error)
                    .because(format!("no room for {}", LengthText(length)))
            }
            _ if sys::kind_of_os_error(error.raw_os_error().unwrap_or(0)) == Kind::Fault => {
                Error::os_as(Kind::Unsupported, "remap", error).because(
                    "the kernel keeps it as several mappings, because its parts differ in access, advice or locks",
                )
            }
            _ => Error::os("remap", error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::region::request::MapRequest;
    use crate::mapping::source::{OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{Access, SourceOffset, Visibility};

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    fn file(length: u64) -> (tempfile::NamedTempFile, Source) {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(length).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::WRITE).unwrap();
        (file, source)
    }

    #[test]
    fn remapping_keeps_the_bytes_addressable() {
        let page = sys::page_size().bytes();
        let (_file, source) = file(64 * page);
        for request in [
            MapRequest::plain(range(0, page), Access::WRITE),
            MapRequest {
                visibility: Visibility::SharedValidate,
                ..MapRequest::plain(range(0, page), Access::WRITE)
            },
        ] {
            let mut region = Region::map(&source, &request).unwrap();
            region
                .remap(ByteLength(64 * page), RemapPlace::Free)
                .unwrap();
            assert_eq!(region.length() as u64, 64 * page);
            region.remap(ByteLength(1), RemapPlace::Free).unwrap();
            assert_eq!(region.page_count().0, 1);
            let zero = region.remap(ByteLength(0), RemapPlace::Free);
            assert_eq!(zero.unwrap_err().kind(), Kind::Usage);
        }
    }
}
