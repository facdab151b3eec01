//! The type that owns a mapping, and the operations on the mapping as a whole.
//!
//! memmap2 makes some mappings, and `sys` the others (see `region`). The bytes are accessed only by the bounded copies
//! of `copy`, never as a slice.

#![allow(unsafe_code)]

use std::io;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memmap2::{MmapOptions, MmapRaw};

use super::copy::Span;
use super::fences::{self, Fences};
use super::refusal::{
    NEEDS_ANONYMOUS, NEEDS_DAX, address_in_use, denied, is_occupied, placement_failure, refusal,
};
use super::request::MapRequest;
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::source::{Handle, OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AccessMode, AddressRange, Advice, ByteLength, Conflict, Kind, LockMode, MapFlag,
    MapFlags, PageCount, PageSize, Placement, ProtectExtra, Protection, SourceKind, SourceName,
    SourceOffset, SourceRange, Visibility,
};

/// A live mapping; unmapped when dropped.
#[derive(Debug)]
pub struct Region {
    owner: Owner,
    file: Option<Arc<OpenFile>>,
    name: SourceName,
    pub(super) range: SourceRange,
    pub(super) access: Access,
    visibility: Visibility,
    page: PageSize,
    pub(super) fences: Fences,
    /// Whether to unmap its pages without marking them as used.
    unmarked: AtomicBool,
    /// The larger mapping by which its memory is accounted.
    pub(super) account: Option<AddressRange>,
}

/// The owner of the mapping, which unmaps it.
#[derive(Debug)]
enum Owner {
    Memmap(MmapRaw),
    Raw { base: NonNull<u8>, length: usize },
}

// SAFETY: a region is an address and a length. No reference to the bytes exists, and each access to them is a copy by
// instructions that the compiler does not see, in any thread.
unsafe impl Send for Region {}
// SAFETY: as above; the methods that change the mapping take `&mut self`.
unsafe impl Sync for Region {}

impl Region {
    /// Maps a range of a source (`mmap(2)`).
    ///
    /// # Errors
    /// `usage` for an unaligned offset or address, an empty range or conflicting flags; `access_denied` when the handle
    /// does not allow the access; `out_of_memory` when there is no room or the address is in use; `unsupported` for
    /// flags or sources that this system cannot map; `fault` when a page cannot be read while populating; `limit` when
    /// locking exceeds RLIMIT_MEMLOCK.
    pub fn map(source: &Source, request: &MapRequest) -> Result<Self> {
        Self::map_unnamed(source, request).map_err(|e| e.on(source.name()).over(request.range))
    }

    fn map_unnamed(source: &Source, request: &MapRequest) -> Result<Self> {
        let mut region = match request.is_merged(source) {
            true => Self::map_apart(source, request)?,
            false => Self::make(source, request)?,
        };
        region.finish(request)?;
        Ok(region)
    }

    /// Maps with a fence on each side, if there is address space for it.
    fn map_apart(source: &Source, request: &MapRequest) -> Result<Self> {
        let free = request.placement == Placement::Anywhere;
        let place = free
            .then(|| fences::place(request.range.length()))
            .flatten();
        let placed = place.map(|placement| {
            let request = MapRequest {
                placement,
                ..*request
            };
            Self::make(source, &request)
        });
        let mut region = match placed {
            Some(Ok(region)) => region,
            Some(Err(_)) | None => Self::make(source, request)?,
        };
        region.fences = Fences::around(region.addresses());
        Ok(region)
    }

    fn make(source: &Source, request: &MapRequest) -> Result<Self> {
        request.check()?;
        let length = addressable(request.range.length())?;
        let file = source.handle().map(Handle::file);
        let page = request.page();
        check_dax(source, request)?;
        if request.flags.has(MapFlag::Droppable) && file.is_some() {
            return Err(Error::new(Kind::Unsupported, "map", NEEDS_ANONYMOUS));
        }
        if source.kind() == SourceKind::Tag && request.visibility == Visibility::Private {
            Feature::CopyTag.require("map")?;
        }
        Ok(Self {
            owner: if request.is_plain(file.is_none()) {
                Owner::Memmap(
                    map_plain(file, request, length).map_err(|e| refusal(&e, source, request))?,
                )
            } else {
                map_raw(file, source, request, page, length)?
            },
            file: source.handle().map(Handle::share),
            name: source.name().clone(),
            range: request.range,
            access: request.access,
            visibility: request.visibility,
            page,
            fences: Fences::default(),
            unmarked: AtomicBool::new(false),
            account: None,
        })
    }

    /// Reserves address space without memory or access, for mappings that replace parts of it. `shows` is the range
    /// that it represents.
    ///
    /// # Errors
    /// `usage` for an unaligned address; `out_of_memory` when there is no room or the address is in use.
    pub(in crate::mapping) fn reserve(
        source: &Source,
        shows: SourceRange,
        placement: Placement,
    ) -> Result<Self> {
        let request = MapRequest {
            placement,
            ..MapRequest::plain(shows, Access::NONE)
        };
        request.check()?;
        let length = addressable(shows.length())?;
        let base = sys::reserve_addresses(length, request.aligned_placement())
            .map_err(|error| placement_failure(&error))?;
        Ok(Self {
            owner: Owner::Raw { base, length },
            file: source.handle().map(Handle::share),
            name: source.name().clone(),
            range: shows,
            access: Access::NONE,
            visibility: Visibility::Private,
            page: sys::page_size(),
            fences: Fences::default(),
            unmarked: AtomicBool::new(false),
            account: None,
        })
    }

    /// Maps the pages that hold a range, which need not be aligned.
    ///
    /// # Errors
    /// As [`Region::map`], except for alignment.
    pub fn window(source: &Source, range: SourceRange, access: Access) -> Result<Self> {
        let start = sys::allocation_granularity().align_down(range.offset().0);
        let widened = SourceRange::between(SourceOffset(start), range.end()).unwrap_or(range);
        Self::map(source, &MapRequest::plain(widened, access))
    }

    /// Refuses a source that cannot be mapped for reading, before other work. It maps one byte and does not access it,
    /// so the byte need not exist on systems that can map beyond the end.
    ///
    /// # Errors
    /// As [`Region::window`].
    pub fn check_mappable(source: &Source, range: SourceRange) -> Result<()> {
        let offset = match range.is_empty() {
            true if !sys::MAPS_BEYOND_END => return Ok(()),
            true => SourceOffset(0),
            false => range.offset(),
        };
        match SourceRange::new(offset, ByteLength(1)) {
            Some(byte) => Self::window(source, byte, Access::READ).map(drop),
            None => Ok(()),
        }
    }

    /// Applies the flags that take effect after `mmap(2)`.
    fn finish(&mut self, request: &MapRequest) -> Result<()> {
        let populate =
            request.flags.has(MapFlag::Populate) && !request.flags.has(MapFlag::Nonblock);
        if request.flags.has(MapFlag::LockOnfault) {
            self.lock(LockMode::OnFault)?;
        }
        if request.flags.has(MapFlag::Locked) {
            self.pin()?;
            self.lock(LockMode::Now)?;
        } else if populate {
            self.check_populating()?;
            self.populate()?;
        }
        Ok(())
    }

    /// The source it maps.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// The requested range of the source; the last page may hold more.
    #[must_use]
    pub fn range(&self) -> SourceRange {
        self.range
    }

    /// The access to the bytes.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// The visibility of stores.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// The address of its first byte.
    #[must_use]
    pub fn address(&self) -> usize {
        self.base().addr()
    }

    /// Its requested length in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        match &self.owner {
            Owner::Memmap(map) => map.len(),
            Owner::Raw { length, .. } => *length,
        }
    }

    /// The size of its pages: that of the system, or that of its pool of huge pages.
    #[must_use]
    pub fn page_size(&self) -> PageSize {
        self.page
    }

    /// The number of its pages.
    #[must_use]
    pub fn page_count(&self) -> PageCount {
        self.page.pages_for(ByteLength::of(self.length()))
    }

    /// Its length in whole pages, in bytes, as the kernel maps it.
    #[must_use]
    pub fn mapped_length(&self) -> usize {
        in_whole_pages(self.page, self.length()).unwrap_or_else(|| self.length())
    }

    /// The bytes, for bounded copies under the fault guard.
    pub(in crate::mapping) fn raw_span(&self) -> io::Result<Span<'_>> {
        // SAFETY: the region owns the mapping while it is borrowed, no reference to its bytes is ever made, and whole
        // pages are mapped, including the last one.
        unsafe { Span::new(self.base(), self.mapped_length()) }
    }

    /// The mapped file, to find the cause of a fault.
    pub(in crate::mapping) fn backing(&self) -> Option<sys::backing::Handle<'_>> {
        self.file.as_deref().map(sys::backing::handle)
    }

    /// The mapped file; anonymous memory has none.
    pub(in crate::mapping) fn file(&self) -> Option<&OpenFile> {
        self.file.as_deref()
    }

    /// Closes the file, unless the source is still open. The mapping stays.
    pub(in crate::mapping) fn close(&mut self) {
        self.file = None;
    }

    /// Takes the file of a source, which is the one that it maps.
    pub(super) fn reopen(&mut self, source: &Source) {
        self.file = source.handle().map(Handle::share);
    }

    pub(in crate::mapping) fn base(&self) -> *mut u8 {
        match &self.owner {
            Owner::Memmap(map) => map.as_mut_ptr(),
            Owner::Raw { base, .. } => base.as_ptr(),
        }
    }

    /// Unmaps its pages without marking them as used, when it is dropped: they were mapped for a measurement.
    pub(in crate::mapping) fn unmap_without_marking(&self) {
        self.unmarked.store(true, Ordering::Relaxed);
    }

    /// Changes the protection (`mprotect(2)`).
    ///
    /// # Errors
    /// `access_denied` when the handle does not allow it; `unsupported` for an extra bit that this system or this
    /// mapping does not support.
    pub fn protect(&mut self, protection: Protection) -> Result<()> {
        if !protection.extras.is_empty() {
            Feature::ProtectExtras
                .require("protect")
                .map_err(|e| e.on(&self.name))?;
        }
        sys::protect(self.base(), self.mapped_length(), protection).map_err(|error| {
            self.protect_failure(&error, protection)
                .on(&self.name)
                .over(self.range)
        })?;
        self.access = protection.access;
        Ok(())
    }

    fn protect_failure(&self, error: &io::Error, protection: Protection) -> Error {
        let asks = |extra| protection.extras.has(extra);
        let plain = Error::os("protect", error);
        match sys::refusal_of(error) {
            sys::MapRefusal::Invalid if asks(ProtectExtra::Growsdown) => {
                Error::os_as(Kind::Unsupported, "protect", error).because(Conflict::DoesNotGrowDown)
            }
            sys::MapRefusal::Invalid if asks(ProtectExtra::Growsup) => {
                Error::os_as(Kind::Unsupported, "protect", error)
                    .because("'growsup' needs a mapping that grows upward")
            }
            sys::MapRefusal::Denied => denied(
                plain,
                self.file.as_deref(),
                protection.access,
                self.visibility,
            ),
            _ => plain,
        }
    }

    /// Another region with these addresses, which it owns.
    pub(super) fn copied(&self, base: NonNull<u8>, length: usize, range: SourceRange) -> Self {
        Self {
            owner: Owner::Raw { base, length },
            file: self.file.clone(),
            name: self.name.clone(),
            range,
            access: self.access,
            visibility: self.visibility,
            page: self.page,
            fences: Fences::default(),
            unmarked: AtomicBool::new(self.unmarked.load(Ordering::Relaxed)),
            account: self.account,
        }
    }

    /// Owns these addresses instead of its own ones, which are not unmapped.
    pub(super) fn own(&mut self, base: NonNull<u8>, length: usize) {
        let owner = Owner::Raw { base, length };
        if let Owner::Memmap(gone) = std::mem::replace(&mut self.owner, owner) {
            std::mem::forget(gone);
        }
    }

    /// Gives up its addresses without unmapping them.
    pub(super) fn forget(&mut self) {
        self.own(NonNull::dangling(), 0);
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        if *self.unmarked.get_mut() {
            // SAFETY: the range is this mapping, which is about to be unmapped; the advice changes no byte. The kernel
            // does not mark the pages of a mapping with MADV_RANDOM.
            let _ = unsafe { sys::advise(self.base(), self.mapped_length(), Advice::Random) };
        }
        let length = self.mapped_length();
        if let Owner::Raw { base, length: 1.. } = self.owner {
            // A sealed mapping stays until the process ends.
            let _ = sys::unmap(base, length);
        }
    }
}

/// A length in whole pages; `None` when it exceeds the address space.
pub(super) fn in_whole_pages(page: PageSize, length: usize) -> Option<usize> {
    let bytes = page.align_up(length as u64)?;
    usize::try_from(bytes).ok()
}

pub(super) fn addressable(length: ByteLength) -> Result<usize> {
    length.to_usize().ok_or_else(|| {
        Error::new(
            Kind::OutOfMemory,
            "map",
            "larger than this machine's address space",
        )
    })
}

fn map_plain(file: Option<&OpenFile>, request: &MapRequest, length: usize) -> io::Result<MmapRaw> {
    let mut options = MmapOptions::new();
    options.offset(request.range.offset().0).len(length);
    let Some(file) = file else {
        return options.map_anon().map(MmapRaw::from);
    };
    match (request.access.mode, request.access.execute) {
        (AccessMode::Write, _) => options.map_raw(file),
        // SAFETY: the returned type lends out slices, whose bytes others could change. It becomes a raw mapping at
        // once, and no slice is ever taken.
        (AccessMode::Copy, _) => unsafe { options.map_copy(file) }.map(MmapRaw::from),
        // SAFETY: as above.
        (_, true) => unsafe { options.map_exec(file) }.map(MmapRaw::from),
        (_, false) => options.map_raw_read_only(file),
    }
}

fn map_raw(
    file: Option<&OpenFile>,
    source: &Source,
    request: &MapRequest,
    page: PageSize,
    length: usize,
) -> Result<Owner> {
    let whole = in_whole_pages(page, length)
        .ok_or_else(|| Error::new(Kind::OutOfMemory, "map", "larger than the address space"))?;
    let call = sys::MapCall {
        file,
        offset: request.range.offset().0,
        length: whole,
        access: request.access,
        visibility: request.visibility,
        placement: request.aligned_placement(),
        flags: flags_for(request, whole)?,
        huge_size: request.huge_size,
    };
    let outcome = sys::map(&call).map_err(|failure| match failure {
        sys::MapFailure::NoSuchFlag(flag) => Error::new(
            Kind::Unsupported,
            "map",
            format!(
                "this platform ({}) does not support the mapping flag '{flag}'",
                std::env::consts::OS
            ),
        ),
        sys::MapFailure::Os(error) => refusal(&error, source, request),
    });
    outcome.map(|base| Owner::Raw { base, length })
}

/// The flags for the kernel. `MAP_FIXED` is used only for free addresses: everything mapped in this process is its
/// code, its heap and its stack, which it needs.
fn flags_for(request: &MapRequest, length: usize) -> Result<MapFlags> {
    let fixed = request.flags.has(MapFlag::Fixed) && sys::FIXED_REPLACES;
    match request.placement {
        Placement::At(address) if fixed => match is_occupied(address, length) {
            Some(true) => Err(address_in_use("in use by mmapctl itself")),
            Some(false) => Ok(request.flags),
            None => Ok(request.flags.without(MapFlag::Fixed)),
        },
        _ => Ok(request.flags.without(MapFlag::Fixed)),
    }
}

/// Refuses `MAP_SYNC` for private and anonymous memory, where some file systems accept and ignore it.
fn check_dax(source: &Source, request: &MapRequest) -> Result<()> {
    let possible = source.handle().is_some() && request.visibility.is_shared();
    if possible || !request.flags.has(MapFlag::Sync) {
        return Ok(());
    }
    Err(Error::new(Kind::Unsupported, "map", NEEDS_DAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::source::{OpenRequest, SourceSpec};
    use crate::mapping::types::Named;

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

    fn anonymous() -> Source {
        Source::open(&SourceSpec::Anonymous, &OpenRequest::READ).unwrap()
    }

    #[test]
    fn every_access_and_visibility_maps_and_unmaps() {
        let page = sys::page_size().bytes();
        let (_file, source) = file(3 * page);
        for source in [&source, &anonymous()] {
            for access in Access::ALL.iter().copied() {
                for visibility in [
                    Visibility::Shared,
                    Visibility::SharedValidate,
                    Visibility::Private,
                ] {
                    let request = MapRequest {
                        visibility,
                        ..MapRequest::plain(range(0, 2 * page + 1), access)
                    };
                    let outcome = Region::map(source, &request);
                    if source.handle().is_none() && visibility == Visibility::SharedValidate {
                        assert_eq!(outcome.unwrap_err().kind(), Kind::Unsupported);
                        continue;
                    }
                    let region = outcome.unwrap();
                    assert_eq!(region.page_count().0, 3, "{access:?}");
                    assert_eq!(region.length() as u64, 2 * page + 1);
                    assert_eq!(region.mapped_length() as u64, 3 * page);
                }
            }
        }
    }

    #[test]
    fn alignment_and_emptiness_are_usage_errors_with_the_nearest_values() {
        let page = sys::page_size().bytes();
        let (_file, source) = file(3 * page);
        let error =
            Region::map(&source, &MapRequest::plain(range(1, 5), Access::READ)).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(
            error
                .to_string()
                .ends_with(&format!("the nearest are 0 and {page}")),
            "{error}"
        );
        let error =
            Region::map(&source, &MapRequest::plain(range(0, 0), Access::READ)).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        let request = MapRequest {
            placement: Placement::At(0x1001),
            ..MapRequest::plain(range(0, 1), Access::READ)
        };
        assert_eq!(
            Region::map(&source, &request).unwrap_err().kind(),
            Kind::Usage
        );
    }

    #[test]
    fn an_address_in_use_is_refused_and_a_free_one_is_used() {
        let page = sys::page_size().bytes();
        let (_file, source) = file(page);
        let taken = Region::map(&source, &MapRequest::plain(range(0, page), Access::COPY)).unwrap();
        let at = MapRequest {
            placement: Placement::At(taken.address() as u64),
            ..MapRequest::plain(range(0, page), Access::COPY)
        };
        for visibility in [
            Visibility::Private,
            Visibility::Shared,
            Visibility::SharedValidate,
        ] {
            let error = Region::map(&source, &MapRequest { visibility, ..at }).unwrap_err();
            assert_eq!(error.kind(), Kind::OutOfMemory);
            assert!(error.to_string().contains("address in use"), "{error}");
        }
        let fixed = MapRequest {
            flags: MapFlags::EMPTY.with(MapFlag::Fixed),
            ..at
        };
        assert_eq!(
            Region::map(&source, &fixed).unwrap_err().kind(),
            Kind::OutOfMemory
        );
        let free = 0x2000_0000_0000_u64;
        let at = MapRequest {
            placement: Placement::At(free),
            ..at
        };
        for flags in [MapFlags::EMPTY, MapFlags::EMPTY.with(MapFlag::Fixed)] {
            assert_eq!(
                Region::map(&source, &MapRequest { flags, ..at })
                    .unwrap()
                    .address() as u64,
                free
            );
        }
    }

    #[test]
    fn a_mapping_larger_than_the_address_space_is_out_of_memory() {
        for length in [1 << 47, 1 << 60] {
            let request = MapRequest::plain(range(0, length), Access::READ);
            assert_eq!(
                Region::map(&anonymous(), &request).unwrap_err().kind(),
                Kind::OutOfMemory
            );
        }
    }
}
