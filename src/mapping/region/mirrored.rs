//! A mirror: the same range of a source mapped several times in a row, so that what is written at the end of one
//! window is seen at the beginning of the next: a ring buffer without a seam.
//!
//! The address space is reserved as a whole and the windows are put into the reservation, so that nobody
//! else's mapping can be in the way, and one unmapping takes all of it back.

use std::sync::Arc;

use super::live::Region;
use super::refusal::refusal;
use super::request::MapRequest;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps;
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AccessMode, AddressRange, ByteLength, Kind, LengthText, MapFlag, MapFlags, Placement,
    RangeError, Remedy, SourceKind, SourceName, SourceRange, Visibility, count_text,
};

/// How many mappings are left to the rest of the program when windows take the others.
const SPARE_MAPPINGS: u64 = 64;

/// A mirror to make.
#[derive(Clone, Copy, Debug)]
pub struct MirrorRequest {
    /// Which bytes of the source each window shows: from a multiple of the allocation granularity on, in
    /// whole pages; [`widen`] makes them whole.
    pub range: SourceRange,
    /// What may be done with them. Copying them on a write is not possible: private windows show only their
    /// own stores.
    pub access: Access,
    /// How many windows, 2 at least.
    pub times: u64,
    /// Where the first window goes.
    pub placement: Placement,
}

/// How often the windows are put elsewhere when somebody was faster, where address space cannot be kept for
/// them.
const TRIES: u32 = 8;

/// Windows in a row, each of which shows the same bytes; unmapped when dropped.
#[derive(Debug)]
pub struct Mirror {
    pub(in crate::mapping) reservation: Region,
    pub(in crate::mapping) file: Arc<OpenFile>,
    pub(in crate::mapping) kind: SourceKind,
    pub(in crate::mapping) name: SourceName,
    pub(in crate::mapping) range: SourceRange,
    pub(in crate::mapping) access: Access,
    /// The length of a window in bytes.
    pub(in crate::mapping) window: usize,
    /// How many windows there are.
    pub(in crate::mapping) times: usize,
    pub(in crate::mapping) pinned: bool,
}

impl Mirror {
    /// Maps the windows.
    ///
    /// # Errors
    /// `usage` for an unaligned offset or address, an empty range, less than two windows, or an access that
    /// cannot be shared; `limit` for more windows than the kernel lets a process have mappings; else as
    /// [`Region::map`].
    pub fn map(source: &Source, request: &MirrorRequest) -> Result<Self> {
        Self::map_unnamed(source, request)
            .map_err(|error| error.on(source.name()).over(request.range))
    }

    fn map_unnamed(source: &Source, request: &MirrorRequest) -> Result<Self> {
        request.check()?;
        let handle = source.handle().ok_or_else(|| {
            let reason = "nothing stands behind the memory that other windows could show";
            Error::new(Kind::Unsupported, "mirror", reason)
        })?;
        let (file, kind) = (handle.share(), handle.kind());
        check_end(source, request.range)?;
        let (window, times, shows) = layout(request.range, request.times)?;
        let make = || -> Result<Self> {
            Ok(Self {
                reservation: Region::reserve(source, shows, request.placement)?,
                file: Arc::clone(&file),
                kind,
                name: source.name().clone(),
                range: request.range,
                access: request.access,
                window,
                times,
                pinned: false,
            })
        };
        let mut tries = match request.placement {
            Placement::Anywhere => TRIES,
            Placement::Near(_) | Placement::At(_) => 1,
        };
        loop {
            let mirror = make()?;
            tries = tries.saturating_sub(1);
            match mirror.put_windows() {
                Ok(()) => return Ok(mirror),
                Err((_, failure)) if tries > 0 && is_taken(&failure) => {}
                Err((index, failure)) => return Err(mirror.explain(source, index, failure)),
            }
        }
    }

    /// Puts every window where it belongs; tells of the first one for which that failed.
    fn put_windows(&self) -> std::result::Result<(), (usize, sys::MapFailure)> {
        (0..self.times).try_for_each(|index| self.put_window(index).map_err(|e| (index, e)))
    }

    /// Replaces the part of the reservation where a window belongs by the window.
    fn put_window(&self, index: usize) -> std::result::Result<(), sys::MapFailure> {
        let request = self.window_request(index);
        sys::map(&sys::MapCall {
            file: Some(&self.file),
            offset: self.range.offset().0,
            length: self.window,
            access: request.access,
            visibility: request.visibility,
            placement: request.placement,
            flags: request.flags,
            huge_size: None,
        })
        .map(drop)
    }

    fn window_request(&self, index: usize) -> MapRequest {
        MapRequest {
            visibility: Visibility::Shared,
            placement: Placement::At(self.address_of(index) as u64),
            flags: MapFlags::EMPTY.with(MapFlag::Fixed),
            ..MapRequest::plain(self.range, self.access)
        }
    }

    fn explain(&self, source: &Source, index: usize, failure: sys::MapFailure) -> Error {
        match failure {
            sys::MapFailure::NoSuchFlag(flag) => Error::new(
                Kind::Unsupported,
                "mirror",
                format!("this platform has no mapping flag '{flag}'"),
            ),
            // The address space is there, so that it is the number of mappings that there is no room for.
            sys::MapFailure::Os(error)
                if index > 0 && sys::refusal_of(&error) == sys::MapRefusal::NoMemory =>
            {
                too_many(self.times as u64, index as u64)
            }
            sys::MapFailure::Os(error) => refusal(&error, source, &self.window_request(index)),
        }
    }

    /// The addresses of all windows.
    #[must_use]
    pub fn addresses(&self) -> AddressRange {
        self.reservation.addresses()
    }

    /// The address of the first byte of a window.
    pub(in crate::mapping) fn address_of(&self, index: usize) -> usize {
        // The reservation has room for all windows, so that neither can overflow.
        let ahead = index.saturating_mul(self.window);
        self.reservation.address().saturating_add(ahead)
    }

    /// Brings the bytes into memory and keeps them there: locks every window, each page as it comes in, and
    /// then brings all of them in. A page whose read fails is an error and not a wait for ever.
    ///
    /// # Errors
    /// `limit` when RLIMIT_MEMLOCK does not allow that much; `fault` when a page cannot be read.
    pub fn pin(&mut self) -> Result<()> {
        self.reservation.pin_showing(self.range)?;
        self.pinned = true;
        Ok(())
    }

    /// Tries whether [`Mirror::pin`] may be done, without bringing anything into memory.
    ///
    /// # Errors
    /// Those of [`Mirror::pin`], but for `fault`.
    pub fn try_pin(&mut self) -> Result<()> {
        self.reservation.try_pin_showing(self.range)
    }

    /// How many windows the memory map shows, each where it belongs and of the right bytes; `None` where the
    /// system does not show them.
    pub(in crate::mapping) fn count_windows(&self) -> Result<Option<u64>> {
        let mut seen = 0_u64;
        let mut first = None;
        let looked = proc_maps::visit_own(self.addresses(), |vma| {
            let file = (vma.device, vma.inode);
            let place = usize::try_from(seen).unwrap_or(usize::MAX);
            let fits = vma.range.start() == self.address_of(place) as u64
                && vma.range.length() == self.window as u64
                && vma.offset == self.range.offset().0
                && vma.permissions.shared
                && *first.get_or_insert(file) == file;
            seen = seen.saturating_add(u64::from(fits));
        })?;
        Ok(match looked {
            Some(()) => Some(seen),
            None => sys::count_views(self.reservation.address(), self.window, self.times),
        })
    }
}

impl MirrorRequest {
    /// Refuses what cannot be right whatever the source is.
    ///
    /// # Errors
    /// `usage`, as [`Mirror::map`].
    pub fn check(&self) -> Result<()> {
        let usage = |reason: String| Err(Error::new(Kind::Usage, "mirror", reason));
        if self.times < 2 {
            return usage("a mirror has 2 windows or more".to_owned());
        }
        let window = MapRequest {
            placement: self.placement,
            ..MapRequest::plain(self.range, self.access)
        };
        window.check()?;
        match self.access.mode {
            AccessMode::Read | AccessMode::Write => Ok(()),
            AccessMode::Copy => usage("private windows show only their own stores".to_owned()),
            AccessMode::None => usage("windows without access show nothing".to_owned()),
        }
    }
}

/// Whether somebody else has taken the address space that was kept for a window.
fn is_taken(failure: &sys::MapFailure) -> bool {
    matches!(failure, sys::MapFailure::Os(error)
        if sys::refusal_of(error) == sys::MapRefusal::AddressInUse)
}

/// Refuses a window that would end early, where windows begin at multiples of more than a page: the next one
/// could not follow it.
fn check_end(source: &Source, range: SourceRange) -> Result<()> {
    let size = source.size()?;
    let shown = sys::page_size().align_up(size.0).unwrap_or(u64::MAX);
    if range.end().0 <= shown {
        return Ok(());
    }
    let reason = format!(
        "windows are whole multiples of {} here, and it has {}",
        LengthText(ByteLength(sys::allocation_granularity().bytes())),
        LengthText(size)
    );
    Err(Error::new(Kind::FileTooShort, "mirror", reason).hint(Remedy::ExtendToGranularity))
}

/// The range in whole pages, or multiples of the allocation granularity where that is more; its offset is
/// taken as it is.
///
/// # Errors
/// `usage` when that exceeds what a file can have.
pub fn widen(range: SourceRange) -> Result<SourceRange> {
    let unit = sys::allocation_granularity();
    let length = unit.align_up(range.length().0).map(ByteLength);
    length
        .and_then(|length| SourceRange::new(range.offset(), length))
        .ok_or_else(|| {
            let reason = RangeError::TooLarge.to_string();
            Error::new(Kind::Usage, "mirror", reason)
        })
}

/// The bytes of one window, the number of windows, and the range that all of them together would show if they
/// did not show the same.
fn layout(range: SourceRange, times: u64) -> Result<(usize, usize, SourceRange)> {
    check_count(times)?;
    let all = range.length().0.checked_mul(times).map(ByteLength);
    let shows = all.and_then(|all| SourceRange::new(range.offset(), all));
    let fits = (
        range.length().to_usize(),
        usize::try_from(times).ok(),
        shows.filter(|shows| shows.length().to_usize().is_some()),
    );
    match fits {
        (Some(window), Some(times), Some(shows)) => Ok((window, times, shows)),
        _ => Err(Error::new(
            Kind::OutOfMemory,
            "mirror",
            "all windows together are larger than any address space",
        )),
    }
}

/// Refuses more windows than this process may have mappings besides those it has. Where the system does not
/// tell how many that is, the windows are tried one by one.
fn check_count(times: u64) -> Result<()> {
    let Some(limit) = sys::mapping_limit() else {
        return Ok(());
    };
    let mut used = SPARE_MAPPINGS;
    proc_maps::visit_own(AddressRange::ALL, |_| {
        used = used.saturating_add(1);
    })?;
    let room = limit.saturating_sub(used);
    if times > room {
        return Err(too_many(times, room));
    }
    Ok(())
}

fn too_many(times: u64, room: u64) -> Error {
    let limit = match sys::mapping_limit() {
        Some(limit) => format!(", which is {limit}"),
        None => String::new(),
    };
    let reason = format!(
        "{times} windows exceed the number of mappings that a process may have{limit}; there is room for \
         {}",
        count_text(room, "window")
    );
    Error::new(Kind::Limit, "mirror", reason).hint("raise vm.max_map_count (sysctl)")
}
