//! The same range of a source mapped several times in a row, so that what is written at the end of one
//! window is seen at the beginning of the next: a ring buffer without a seam.
//!
//! The address space is reserved as a whole and the windows are put into the reservation, so that nobody
//! else's mapping can be in the way, and one unmapping takes all of it back.

use std::sync::Arc;

use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps;
use crate::mapping::measure::residency;
use crate::mapping::measure::residency::Residency;
use crate::mapping::platform::Feature;
use crate::mapping::region::copy::{Blocked, Span};
use crate::mapping::region::observation::Address;
use crate::mapping::region::refusal::refusal;
use crate::mapping::region::{MapRequest, Region, fault};
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AccessMode, AddressRange, ByteLength, Bytes, Kind, MapFlag, MapFlags, PageCount,
    Placement, RegionOffset, SourceKind, SourceName, SourceOffset, SourceRange, Visibility, count,
};

/// How many mappings are left to the rest of the program when windows take the others.
const SPARE_MAPPINGS: u64 = 64;

/// The most windows that a report names one by one; of more, the first and last few.
pub const MOST_SHOWN: u64 = 16;

/// Of how many windows at each end a report tells when there are too many to name.
const SHOWN_AT_EACH_END: u64 = 4;

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
    reservation: Region,
    file: Arc<OpenFile>,
    kind: SourceKind,
    name: SourceName,
    range: SourceRange,
    access: Access,
    window: usize,
    times: usize,
    pinned: bool,
}

/// What is seen of a mirror.
#[derive(Clone, Debug, Serialize)]
pub struct MirrorObservation {
    /// The address of the first window.
    pub base: Address,
    /// The length of all windows together, in bytes.
    pub span: ByteLength,
    /// How many windows the memory map of this process shows; how many were made where it shows none.
    pub times: u64,
    /// Where the bytes of each window are in the source.
    pub offset: SourceOffset,
    /// The length that was asked for, in bytes.
    pub length: ByteLength,
    /// The length of each window, in bytes: whole pages.
    pub window: ByteLength,
    /// How many pages each window has.
    pub pages: PageCount,
    /// The size of those pages in bytes.
    pub page_size: u64,
    /// The bytes at the end of each window that lie beyond the end of the file: all windows show them, and
    /// they never reach the file.
    pub beyond_end: ByteLength,
    /// What may be done with the bytes.
    pub access: Access,
    /// Each window; the first and last few when there are more than 16.
    pub windows: Vec<Window>,
    /// How many windows are not named in `windows`.
    pub omitted: u64,
    /// Memory locked, in bytes, where the kernel keeps an account. It divides a page's share among the mappings
    /// that show it.
    pub locked: Option<ByteLength>,
    /// Which pages of the range are in memory.
    pub residency: Residency,
}

/// One view of the mirrored bytes.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Window {
    /// Its number, from 0 on.
    pub index: u64,
    /// The address of its first byte.
    pub address: Address,
    /// The address just after its last byte.
    pub end: Address,
}

/// That every window shows the same bytes of the source.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// How many windows were looked at.
    pub windows: u64,
    /// Whether the system's account of this process shows each of them as a shared mapping of the same part of
    /// one file; false where there is no such account.
    pub memory_map: bool,
    /// The bytes of the source that read the same through all windows.
    pub offsets: Vec<SourceOffset>,
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
        check(request)?;
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

    /// The source it shows.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// The range of the source that each window shows, in whole pages.
    #[must_use]
    pub fn range(&self) -> SourceRange {
        self.range
    }

    /// The addresses of all windows.
    #[must_use]
    pub fn addresses(&self) -> AddressRange {
        self.reservation.addresses()
    }

    fn address_of(&self, index: usize) -> usize {
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

    /// Proves that every window shows the same bytes, and changes none of them: the memory map has to show each
    /// window as a shared mapping of the same part of one file, and the first and the last byte have to read the
    /// same through all windows.
    ///
    /// # Errors
    /// `mismatch` for the first window that is or shows something else; `fault` when the bytes cannot be read.
    pub fn verify(&self) -> Result<Verification> {
        self.verify_unnamed()
            .map_err(|error| error.on(&self.name).over(self.range))
    }

    fn verify_unnamed(&self) -> Result<Verification> {
        let shown = self.count_windows()?;
        if let Some(index) = shown.filter(|shown| *shown != self.times as u64) {
            let reason = format!("window {index} is not a shared mapping of these bytes");
            return Err(Error::new(Kind::Mismatch, "verify", reason));
        }
        let whole = self
            .reservation
            .raw_span()
            .map_err(|e| Error::os("guard against faults in", &e))?;
        let windows = Windows {
            mirror: self,
            whole,
        };
        let ends = [0, self.window.saturating_sub(1)].map(RegionOffset);
        for at in ends {
            windows.compare(at)?;
        }
        Ok(Verification {
            windows: self.times as u64,
            memory_map: shown.is_some(),
            offsets: ends.map(|at| self.source_offset(at)).into(),
        })
    }

    fn source_offset(&self, at: RegionOffset) -> SourceOffset {
        SourceOffset(self.range.offset().0.saturating_add(at.0 as u64))
    }

    /// Looks at the windows as the kernel shows them.
    ///
    /// # Errors
    /// `failed` when the memory map does not show them where they were put; else what reading the kernel's
    /// account answers.
    pub fn observe(&self, asked: SourceRange) -> Result<MirrorObservation> {
        let page = sys::page_size();
        let seen = self.count_windows()?.unwrap_or(self.times as u64);
        if seen != self.times as u64 {
            let reason = format!("{} windows were mapped and {seen} are shown", self.times);
            return Err(Error::new(Kind::Failed, "find the windows again", reason).on(&self.name));
        }
        // Asking for it makes the kernel look at every page of every window.
        let locked = match self.pinned {
            true => proc_maps::own_memory_use(self.addresses())?.map(|memory| memory.locked),
            false => Feature::MemoryAccount.is_offered().then_some(0),
        };
        let facts = sys::facts(&self.file, self.kind).map_err(|e| Error::os("examine", &e));
        let size = facts.map_err(|e| e.on(&self.name))?.size;
        let shown: Vec<u64> = shown(seen).collect();
        Ok(MirrorObservation {
            base: Address(self.reservation.address()),
            span: ByteLength::of(self.reservation.length()),
            times: seen,
            offset: self.range.offset(),
            length: asked.length(),
            window: self.range.length(),
            pages: self.range.pages(page),
            page_size: page.bytes(),
            beyond_end: beyond(self.range, size),
            access: self.access,
            omitted: seen.saturating_sub(shown.len() as u64),
            windows: shown.into_iter().map(|index| self.window(index)).collect(),
            locked: locked.map(ByteLength),
            residency: residency::picture_of_mapped_file(
                &self.file,
                self.range,
                self.first_window(),
                page,
                1,
            )
            .total(),
        })
    }

    fn first_window(&self) -> AddressRange {
        let length = ByteLength::of(self.window);
        AddressRange::new(self.reservation.address() as u64, length).unwrap_or_default()
    }

    fn window(&self, index: u64) -> Window {
        let index_here = usize::try_from(index).unwrap_or(usize::MAX);
        let address = self.address_of(index_here);
        Window {
            index,
            address: Address(address),
            end: Address(address.saturating_add(self.window)),
        }
    }

    /// How many windows the memory map shows, each where it belongs and of the right bytes; `None` where the
    /// system does not show them.
    fn count_windows(&self) -> Result<Option<u64>> {
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

/// The bytes of all windows, window by window.
struct Windows<'a> {
    mirror: &'a Mirror,
    whole: Span<'a>,
}

impl Windows<'_> {
    fn count(&self) -> usize {
        self.mirror.times
    }

    fn of(&self, index: usize) -> Span<'_> {
        let start = index.saturating_mul(self.mirror.window);
        self.whole.part(RegionOffset(start), self.mirror.window)
    }

    fn read(&self, index: usize, at: RegionOffset) -> Result<u8> {
        let mut byte = [0];
        let outcome = self.of(index).read(at, &mut byte);
        outcome.map_err(|blocked| self.explain(blocked))?;
        let [byte] = byte;
        Ok(byte)
    }

    fn explain(&self, blocked: Blocked) -> Error {
        let file = Some(sys::backing::handle(&self.mirror.file));
        fault::explain(
            "read",
            blocked,
            fault::Access::Read,
            self.mirror.range,
            file,
        )
    }

    /// Sees that a byte reads the same through every window.
    fn compare(&self, at: RegionOffset) -> Result<()> {
        (1..self.count()).try_for_each(|index| self.compare_with_first(index, at))
    }

    /// Others may write the byte between two looks at it; they do not do so each time.
    fn compare_with_first(&self, index: usize, at: RegionOffset) -> Result<()> {
        const LOOKS: u32 = 1000;
        let (mut first, mut found) = (0, 0);
        for _ in 0..LOOKS {
            (first, found) = (self.read(0, at)?, self.read(index, at)?);
            if first == found {
                return Ok(());
            }
        }
        let reason =
            format!("window {index} shows {found:#04x}, and the first window {first:#04x}");
        Err(Error::new(Kind::Mismatch, "verify", reason).at(self.mirror.source_offset(at)))
    }
}

impl MirrorRequest {
    /// Whether it can be right whatever the source is.
    ///
    /// # Errors
    /// `usage`, as [`Mirror::map`].
    pub fn check(&self) -> Result<()> {
        check(self)
    }
}

fn check(request: &MirrorRequest) -> Result<()> {
    let usage = |reason: String| Err(Error::new(Kind::Usage, "mirror", reason));
    if request.times < 2 {
        return usage("a mirror has 2 windows or more".to_owned());
    }
    let window = MapRequest {
        placement: request.placement,
        ..MapRequest::plain(request.range, request.access)
    };
    window.check()?;
    match request.access.mode {
        AccessMode::Read | AccessMode::Write => Ok(()),
        AccessMode::Copy => {
            usage("private windows show only their own stores; --access w shares them".to_owned())
        }
        AccessMode::None => {
            usage("windows without access show nothing; --access r lets them be read".to_owned())
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
        Bytes(ByteLength(sys::allocation_granularity().bytes())),
        Bytes(size)
    );
    Err(Error::new(Kind::FileTooShort, "mirror", reason)
        .hint("--length of such a multiple extends it, with write access"))
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
            let reason = crate::mapping::types::RangeError::TooLarge.to_string();
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
        count(room, "window")
    );
    Error::new(Kind::Limit, "mirror", reason).hint("raise vm.max_map_count (sysctl)")
}

/// How many bytes of a range lie beyond the end of a file of that size.
fn beyond(range: SourceRange, size: ByteLength) -> ByteLength {
    let inside = range.clamp_to(size).length();
    ByteLength(range.length().0.saturating_sub(inside.0))
}

/// The numbers of the windows that a report names.
fn shown(times: u64) -> impl Iterator<Item = u64> {
    let (head, tail) = if times > MOST_SHOWN {
        (SHOWN_AT_EACH_END, times.saturating_sub(SHOWN_AT_EACH_END))
    } else {
        (times, times)
    };
    (0..head).chain(tail..times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::source::{OpenRequest, SourceSpec, memfd};

    fn page() -> u64 {
        sys::page_size().bytes()
    }

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    fn request(range: SourceRange, times: u64) -> MirrorRequest {
        MirrorRequest {
            range,
            access: Access::WRITE,
            times,
            placement: Placement::Anywhere,
        }
    }

    fn memory(length: u64) -> Source {
        memfd::create(ByteLength(length), None).unwrap()
    }

    #[test]
    fn all_windows_show_the_bytes_of_the_file_and_verifying_changes_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..4 * page()).map(|i| i as u8).collect();
        std::fs::write(file.path(), &bytes).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::WRITE).unwrap();
        let shown = range(page(), 2 * page());
        let mirror = Mirror::map(&source, &request(shown, 5)).unwrap();
        let proof = mirror.verify().unwrap();
        assert_eq!((proof.windows, proof.memory_map), (5, true));
        let ends = [SourceOffset(page()), SourceOffset(3 * page() - 1)];
        assert_eq!(proof.offsets, ends);
        assert_eq!(std::fs::read(file.path()).unwrap(), bytes);
        let seen = mirror.observe(shown).unwrap();
        assert_eq!((seen.times, seen.span.0), (5, 10 * page()));
        assert_eq!(seen.windows[4].end.0 - seen.base.0, 10 * page() as usize);
    }

    #[test]
    fn a_window_that_shows_something_else_is_found_and_the_bytes_stay() {
        let (source, other) = (memory(page()), memory(page()));
        let mirror = Mirror::map(&source, &request(range(0, page()), 4)).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&*mirror.file, b"abc", 0).unwrap();
        let call = sys::MapCall {
            file: Some(other.handle().unwrap().file()),
            offset: 0,
            length: mirror.window,
            access: Access::WRITE,
            visibility: Visibility::Shared,
            placement: Placement::At(mirror.address_of(2) as u64),
            flags: MapFlags::EMPTY.with(MapFlag::Fixed),
            huge_size: None,
        };
        assert!(sys::map(&call).is_ok());
        let error = mirror.verify().unwrap_err();
        assert_eq!(error.kind(), Kind::Mismatch);
        assert!(error.to_string().contains("window 2"), "{error}");
        let kept = std::fs::read(source.path_for_others().unwrap()).unwrap();
        assert_eq!(&kept[..3], b"abc");
        assert_eq!(
            mirror.observe(mirror.range).unwrap_err().kind(),
            Kind::Failed
        );
    }

    #[test]
    fn more_windows_than_the_kernel_takes_is_a_limit_and_most_of_them_are_not() {
        let source = memory(page());
        let limit = sys::mapping_limit().unwrap();
        for times in [limit, u64::MAX] {
            let error = Mirror::map(&source, &request(range(0, page()), times)).unwrap_err();
            assert_eq!(error.kind(), Kind::Limit, "{error}");
        }
        let times = limit / 2;
        let mirror = Mirror::map(&source, &request(range(0, page()), times)).unwrap();
        let seen = mirror.observe(range(0, page())).unwrap();
        assert_eq!((seen.times, seen.windows.len()), (times, 8));
        assert_eq!(seen.omitted, times - 8);
        mirror.verify().unwrap();
    }

    #[test]
    fn an_address_is_honoured_when_it_is_free_and_nothing_is_replaced() {
        let source = memory(page());
        let at = MirrorRequest {
            placement: Placement::At(0x2100_0000_0000),
            ..request(range(0, page()), 3)
        };
        let mirror = Mirror::map(&source, &at).unwrap();
        assert_eq!(mirror.address_of(0), 0x2100_0000_0000);
        let error = Mirror::map(&source, &at).unwrap_err();
        assert_eq!(error.kind(), Kind::OutOfMemory);
        mirror.verify().unwrap();
        drop(mirror);
        Mirror::map(&source, &at).unwrap();
    }

    #[test]
    fn what_cannot_be_a_mirror_is_a_usage_error() {
        let source = memory(2 * page());
        let whole = request(range(0, page()), 2);
        let bad = [
            request(range(1, page()), 2),
            request(range(0, 0), 2),
            request(range(0, page()), 1),
            MirrorRequest {
                access: Access::COPY,
                ..whole
            },
            MirrorRequest {
                access: Access::NONE,
                ..whole
            },
            MirrorRequest {
                placement: Placement::At(1),
                ..whole
            },
        ];
        for request in bad {
            let error = Mirror::map(&source, &request).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{request:?}: {error}");
        }
        let read_only = MirrorRequest {
            access: Access::READ,
            ..whole
        };
        Mirror::map(&source, &read_only).unwrap().verify().unwrap();
    }

    #[test]
    fn a_file_cut_short_is_a_fault_and_not_the_end_of_the_program() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(4 * page()).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::WRITE).unwrap();
        let mirror = Mirror::map(&source, &request(range(0, 4 * page()), 2)).unwrap();
        file.as_file().set_len(page()).unwrap();
        let error = mirror.verify().unwrap_err();
        assert_eq!(error.kind(), Kind::Fault);
        assert_eq!(error.details().offset, Some(SourceOffset(4 * page() - 1)));
    }

    #[test]
    fn a_range_is_widened_to_pages() {
        assert_eq!(widen(range(0, 1)).unwrap(), range(0, page()));
    }
}
