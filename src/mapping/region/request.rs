//! The request for a mapping, and the checks that need no mapping.

use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AccessMode, AddressRange, ByteLength, Conflict, Kind, MapFlag, MapFlags, PageSize,
    Placement, SourceRange, Visibility,
};

/// A mapping to make.
#[derive(Clone, Copy, Debug)]
pub struct MapRequest {
    /// The bytes of the source to map; the offset is a multiple of the allocation granularity.
    pub range: SourceRange,
    /// The access to the bytes.
    pub access: Access,
    /// The visibility of stores.
    pub visibility: Visibility,
    /// The place in the address space.
    pub placement: Placement,
    /// Flags of `mmap(2)`.
    pub flags: MapFlags,
    /// With [`MapFlag::Hugetlb`]: the page size of the pool; the default of the system when absent.
    pub huge_size: Option<PageSize>,
}

impl MapRequest {
    /// A request without flags, at an address of the kernel's choice.
    #[must_use]
    pub fn plain(range: SourceRange, access: Access) -> Self {
        Self {
            range,
            access,
            visibility: access.natural_visibility(),
            placement: Placement::Anywhere,
            flags: MapFlags::EMPTY,
            huge_size: None,
        }
    }

    /// Whether memmap2 has a constructor for this request.
    pub(super) fn is_plain(&self, anonymous: bool) -> bool {
        let ordinary = self.placement == Placement::Anywhere
            && self.flags.iter().all(|flag| flag.is_done_after_mapping());
        let shape = match (self.access.mode, self.visibility) {
            (AccessMode::Read, Visibility::Shared) => !anonymous,
            (AccessMode::Write, Visibility::Shared) => !anonymous && !self.access.execute,
            (AccessMode::Copy, Visibility::Private) => !self.access.execute,
            _ => false,
        };
        sys::MEMMAP2_SERVES && ordinary && shape
    }

    /// The addresses at which it replaces what is mapped; `None` if it replaces nothing.
    pub(in crate::mapping) fn replaced(&self) -> Option<AddressRange> {
        match self.placement {
            Placement::At(address) if self.flags.has(MapFlag::Fixed) && sys::FIXED_REPLACES => {
                let length = self.page().align_up(self.range.length().0)?;
                AddressRange::new(address, ByteLength(length))
            }
            _ => None,
        }
    }

    /// Whether the kernel may merge the mapping with a neighbour of the same kind.
    pub(super) fn is_merged(&self, source: &Source) -> bool {
        let keeps_apart = [MapFlag::Hugetlb, MapFlag::Growsdown, MapFlag::Low32];
        source.handle().is_none()
            && !self.visibility.is_shared()
            && !keeps_apart.into_iter().any(|flag| self.flags.has(flag))
            && Feature::MemoryAccount.is_offered()
    }

    /// Refuses a request that no source can satisfy: an empty range, an unaligned offset or address, or conflicting
    /// flags.
    ///
    /// # Errors
    /// `usage`, with the nearest valid values.
    pub fn check(&self) -> Result<()> {
        let usage = |reason: String| Err(Error::new(Kind::Usage, "map", reason));
        let granularity = sys::allocation_granularity();
        let offset = self.range.offset().0;
        if self.range.is_empty() {
            return usage(format!(
                "the length must be at least 1 byte, which maps a page of {} bytes",
                self.page().bytes()
            ));
        }
        if !granularity.is_aligned(offset) {
            return usage(misaligned("offset", granularity, offset, |value| {
                value.to_string()
            }));
        }
        let address = match self.placement {
            Placement::Anywhere | Placement::Near(_) => 0,
            Placement::At(0) => return usage("address 0 cannot be mapped".to_owned()),
            Placement::At(address) => address,
        };
        let unit = self.alignment();
        if !unit.is_aligned(address) {
            return usage(misaligned("address", unit, address, |value| {
                format!("{value:#x}")
            }));
        }
        self.check_flags()
    }

    /// The placement for the system. A hint is rounded down, because some systems refuse an unaligned one.
    pub(super) fn aligned_placement(&self) -> Placement {
        match self.placement {
            Placement::Near(hint) => Placement::Near(self.alignment().align_down(hint)),
            Placement::Anywhere | Placement::At(_) => self.placement,
        }
    }

    /// The alignment of the address.
    fn alignment(&self) -> PageSize {
        if self.flags.has(MapFlag::Hugetlb) {
            self.page()
        } else {
            sys::allocation_granularity()
        }
    }

    /// The size of the pages of the mapping.
    pub(super) fn page(&self) -> PageSize {
        if self.flags.has(MapFlag::Hugetlb) {
            self.huge_size.unwrap_or_else(sys::default_huge_page_size)
        } else {
            sys::page_size()
        }
    }

    fn check_flags(&self) -> Result<()> {
        let usage = |reason: &str| Err(Error::new(Kind::Usage, "map", reason));
        let placed = matches!(self.placement, Placement::At(_));
        let has = |flag| self.flags.has(flag);
        if (has(MapFlag::Fixed) || has(MapFlag::FixedNoreplace)) && !placed {
            return Err(Error::new(Kind::Usage, "map", Conflict::NoAddress));
        }
        for flag in self.flags.iter() {
            Feature::Flag(flag).require("map")?;
        }
        if self.visibility == Visibility::SharedValidate {
            Feature::SharedValidate.require("map")?;
        }
        if has(MapFlag::Fixed) && has(MapFlag::FixedNoreplace) {
            return usage("'fixed' and 'fixed-noreplace' cannot be combined");
        }
        if has(MapFlag::Droppable) && self.visibility.is_shared() {
            return usage("'droppable' memory is always private");
        }
        if self.huge_size.is_some() && !has(MapFlag::Hugetlb) {
            return Err(Error::new(Kind::Usage, "map", Conflict::HugeSizeAlone));
        }
        let reaches_in = has(MapFlag::Locked) || has(MapFlag::Populate);
        if reaches_in && !self.access.reads() && !self.access.writes() {
            return usage("memory without access cannot be populated or locked");
        }
        Ok(())
    }
}

/// "offset 1 is not a multiple of 4096; the nearest are 0 and 4096"
fn misaligned(what: &str, unit: PageSize, value: u64, show: impl Fn(u64) -> String) -> String {
    let (below, above) = unit.neighbours(value);
    let nearest = match above {
        Some(above) => format!("the nearest are {} and {}", show(below), show(above)),
        None => format!("the nearest is {}", show(below)),
    };
    format!(
        "{what} {} is not a multiple of {}; {nearest}",
        show(value),
        unit.bytes()
    )
}

impl MapFlag {
    /// Whether the flag is applied by calls after `mmap(2)`, where an unreadable page is an error. With `MAP_POPULATE` and
    /// `MAP_LOCKED` the call itself never returns on such a page.
    pub(super) const fn is_done_after_mapping(self) -> bool {
        matches!(self, Self::Populate | Self::Locked | Self::LockOnfault)
    }
}
