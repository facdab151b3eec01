//! A mirror: the same range of a source mapped several times in a row. A store at the end of one window is visible at the
//! start of the next, as a ring buffer needs it.
//!
//! The whole address space is reserved first, and the windows replace parts of the reservation. No other mapping can come
//! between them, and one call unmaps all of them.

use std::sync::Arc;

use super::live::Region;
use super::mapping_room::mapping_room;
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

/// A mirror to make.
#[derive(Clone, Copy, Debug)]
pub struct MirrorRequest {
    /// The range of the source that each window shows: whole pages, at a multiple of the allocation granularity. [`widen`]
    /// makes the pages whole.
    pub range: SourceRange,
    /// The access to the bytes. Copy-on-write is not possible, because private windows would not share stores.
    pub access: Access,
    /// The number of windows, at least 2.
    pub times: u64,
    /// The place of the first window.
    pub placement: Placement,
}

/// The number of attempts when another thread takes the address space, on systems that cannot reserve it.
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
    /// The number of windows.
    pub(in crate::mapping) times: usize,
    pub(in crate::mapping) pinned: bool,
}

impl Mirror {
    /// Maps the windows.
    ///
    /// # Errors
    /// `usage` for an unaligned offset or address, an empty range, fewer than two windows, or an access that cannot be
    /// shared; `limit` for more windows than the mappings that the kernel allows a process; else as [`Region::map`].
    pub fn map(source: &Source, request: &MirrorRequest) -> Result<Self> {
        Self::map_unnamed(source, request)
            .map_err(|error| error.on(source.name()).over(request.range))
    }

    fn map_unnamed(source: &Source, request: &MirrorRequest) -> Result<Self> {
        request.check()?;
        let handle = source.handle().ok_or_else(|| {
            let reason = "the memory has no object that several windows could map";
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

    /// Maps every window in its place; an error has the index of the first window that failed.
    fn put_windows(&self) -> std::result::Result<(), (usize, sys::MapFailure)> {
        (0..self.times).try_for_each(|index| self.put_window(index).map_err(|e| (index, e)))
    }

    /// Replaces a part of the reservation by its window.
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
                format!("this platform does not support the mapping flag '{flag}'"),
            ),
            // The address space is reserved, so the limit on the number of mappings was reached.
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
        // The reservation holds all windows, so neither can overflow.
        let ahead = index.saturating_mul(self.window);
        self.reservation.address().saturating_add(ahead)
    }

    /// Brings the bytes into memory and locks every window. A page that cannot be read is an error, as for
    /// [`Region::pin`].
    ///
    /// # Errors
    /// `limit` when RLIMIT_MEMLOCK does not allow that much; `fault` when a page cannot be read.
    pub fn pin(&mut self) -> Result<()> {
        self.reservation.pin_showing(self.range)?;
        self.pinned = true;
        Ok(())
    }

    /// Checks whether [`Mirror::pin`] is possible, and brings nothing into memory.
    ///
    /// # Errors
    /// Those of [`Mirror::pin`], except `fault`.
    pub fn try_pin(&mut self) -> Result<()> {
        self.reservation.try_pin_showing(self.range)
    }

    /// The number of windows that the memory map shows at the right address with the right bytes; `None` when unknown.
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
    /// Refuses a request that no source can satisfy.
    ///
    /// # Errors
    /// `usage`, as [`Mirror::map`].
    pub fn check(&self) -> Result<()> {
        let usage = |reason: String| Err(Error::new(Kind::Usage, "mirror", reason));
        if self.times < 2 {
            return usage("a mirror needs at least 2 windows".to_owned());
        }
        let window = MapRequest {
            placement: self.placement,
            ..MapRequest::plain(self.range, self.access)
        };
        window.check()?;
        match self.access.mode {
            AccessMode::Read | AccessMode::Write => Ok(()),
            AccessMode::Copy => usage("private windows show only their own stores".to_owned()),
            AccessMode::None | AccessMode::WriteOnly => {
                usage("a mirror needs a readable mapping".to_owned())
            }
        }
    }
}

/// Whether another thread has taken the address space that was kept for a window.
fn is_taken(failure: &sys::MapFailure) -> bool {
    matches!(failure, sys::MapFailure::Os(error)
        if sys::refusal_of(error) == sys::MapRefusal::AddressInUse)
}

/// Refuses a window that would end early on systems that place windows at multiples of more than a page: the next
/// window could not follow it.
fn check_end(source: &Source, range: SourceRange) -> Result<()> {
    let size = source.size()?;
    let shown = sys::page_size().align_up(size.0).unwrap_or(u64::MAX);
    if range.end().0 <= shown {
        return Ok(());
    }
    let reason = format!(
        "the size must be a multiple of {}, but it is {}",
        LengthText(ByteLength(sys::allocation_granularity().bytes())),
        LengthText(size)
    );
    Err(Error::new(Kind::FileTooShort, "mirror", reason).hint(Remedy::ExtendToGranularity))
}

/// The range with its length widened to whole pages, or to multiples of the allocation granularity if that is larger. The
/// offset stays.
///
/// # Errors
/// `usage` when the end exceeds the largest offset.
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

/// The length of a window, the number of windows, and a range as long as all of them together.
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
            "all windows together exceed the address space",
        )),
    }
}

/// Refuses more windows than the mappings that this process may still make. Where the system does not report that limit,
/// the windows are tried one by one.
fn check_count(times: u64) -> Result<()> {
    match mapping_room()? {
        Some(room) if times > room => Err(too_many(times, room)),
        _ => Ok(()),
    }
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
