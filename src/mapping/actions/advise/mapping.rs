//! Advice on a mapping of this process, measured before and after.
//!
//! `madvise(2)` often reports success without any effect. The counters that show the effect of advice are
//! therefore compared; if none differs, the known reasons are checked one by one. The verdict is in `judge`.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use super::changes;
use super::evidence::{Evidence, Mapped, Target};
use super::judge::judge;
use super::sight::Sight;
use crate::mapping::cache::effect::may_be_unwritten;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::measure::residency;
use crate::mapping::region::observation::Address;
use crate::mapping::region::piecewise::piecewise;
use crate::mapping::region::populate::map_resident_pages;
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::Source;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AddressRange, Advice, ByteLength, Effect, Finding, MapFlag, Placement, RegionOffset,
    SourceOffset, SourceRange, Visibility, nanoseconds,
};

/// A request for advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdviseRequest {
    /// The advice.
    pub advice: Advice,
    /// Whether to touch all pages of the mapping, by writing where it is writable: after advice on how pages come into
    /// memory, before all other advice.
    pub touch: bool,
}

impl AdviseRequest {
    const fn touches_after(self) -> bool {
        self.touch && self.advice.shapes_arrival()
    }
}

/// The effect of advice on a mapping of this process.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Advised {
    /// The advice.
    pub advice: Advice,
    /// The start offset of the advised pages in the source, in bytes.
    pub offset: SourceOffset,
    /// The length of the advised pages, in bytes.
    pub length: ByteLength,
    /// The address of the mapping, or of its first piece.
    pub address: Address,
    /// The number of pieces that were mapped one after the other; 1 unless address space was short.
    pub pieces: u64,
    /// The access to the mapped bytes.
    pub access: Access,
    /// Whether stores reach the source and its other mappings.
    pub visibility: Visibility,
    /// Whether all pages were accessed (`--touch`): after advice that affects how they are loaded, and before all other
    /// advice.
    pub touched: bool,
    /// The number of bytes in holes, which `willneed` does not read; absent unless the advice is `willneed` or `remove`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holes: Option<ByteLength>,
    /// The state of the pages before the advice.
    pub before: Sight,
    /// The state of the pages after the advice.
    pub after: Sight,
    /// The effect of the advice.
    pub effect: Effect,
    /// The time that the advice took, in nanoseconds.
    pub duration_ns: u64,
}

/// Applies advice to a whole mapping, and measures its effect.
///
/// # Errors
/// Those of [`Region::advise`] and of measuring.
pub fn advise(source: &Source, region: &Region, request: AdviseRequest) -> Result<Advised> {
    let measured = measure(source, region, request)?;
    Ok(measured.advised(source, request, Some(region)))
}

/// Applies advice to a range that need not stay mapped, and measures its effect. If address space is short, the range
/// is mapped and advised piece by piece, provided that this has the same effect.
///
/// # Errors
/// Those of [`map`] and [`advise`].
pub fn advise_in_passing(
    source: &Source,
    map: &MapRequest,
    request: AdviseRequest,
) -> Result<Advised> {
    let map_part = |range| self::map(source, &MapRequest { range, ..*map }, request.advice);
    if !works_piecewise(map, request.advice) {
        return advise(source, &map_part(map.range)?, request);
    }
    let mut total: Option<Measured> = None;
    piecewise(map.range, map_part, |region| {
        let piece = measure(source, &region, request)?;
        match &mut total {
            Some(total) => total.add(piece),
            None => total = Some(piece),
        }
        Ok(())
    })?;
    let total = total.ok_or_else(|| Error::usage("the range is empty"))?;
    Ok(total.advised(source, request, None))
}

/// Whether advice on pieces, none of which stays mapped, has the same effect as advice on the whole range: the effect is
/// in the page cache or in the file.
fn works_piecewise(map: &MapRequest, advice: Advice) -> bool {
    map.visibility.is_shared()
        && map.flags.is_empty()
        && matches!(
            advice,
            Advice::Willneed
                | Advice::Cold
                | Advice::Pageout
                | Advice::PopulateRead
                | Advice::PopulateWrite
                | Advice::Remove
                | Advice::Hwpoison
                | Advice::SoftOffline
        )
}

/// The advised range and its measurements.
struct Measured {
    range: SourceRange,
    length: ByteLength,
    pieces: u64,
    address: Address,
    access: Access,
    visibility: Visibility,
    /// The sight before the pages were touched, where they were touched first.
    untouched: Option<Sight>,
    before: Sight,
    after: Sight,
    holes: Option<ByteLength>,
    /// Why the kernel followed the advice only in part.
    refusal: Option<String>,
    duration: Duration,
}

impl Measured {
    /// Adds the measurements of the next piece.
    fn add(&mut self, next: Self) {
        let length = self.range.length().plus(next.range.length());
        self.range = SourceRange::new(self.range.offset(), length).unwrap_or(self.range);
        self.length = self.length.plus(next.length);
        self.pieces = self.pieces.saturating_add(next.pieces);
        self.holes = self.holes.zip(next.holes).map(|(a, b)| a.plus(b));
        self.duration = self.duration.saturating_add(next.duration);
        let (allocated, corrupted) = (next.after.allocated, next.after.corrupted);
        if let Some((sum, next)) = self.untouched.as_mut().zip(next.untouched) {
            sum.add(next);
        }
        self.before.add(next.before);
        self.after.add(next.after);
        // These are not sums: they are of the whole file and of the whole system.
        (self.after.allocated, self.after.corrupted) = (allocated, corrupted);
    }

    fn advised(self, source: &Source, request: AdviseRequest, region: Option<&Region>) -> Advised {
        let effect = judge(&Evidence {
            advice: request.advice,
            target: Target::Mapping(Mapped {
                source,
                range: self.range,
                visibility: self.visibility,
                region,
            }),
            before: &self.before,
            after: &self.after,
            untouched: self.untouched.as_ref(),
            touched_after: request.touches_after(),
            holes: self.holes,
        })
        .note(self.refusal.map(Finding::RestRefused));
        Advised {
            advice: request.advice,
            offset: self.range.offset(),
            length: self.length,
            address: self.address,
            pieces: self.pieces,
            access: self.access,
            visibility: self.visibility,
            touched: request.touch,
            holes: self.holes,
            before: self.before,
            after: self.after,
            effect,
            duration_ns: nanoseconds(self.duration),
        }
    }
}

/// Applies advice to a whole mapping, and measures before and after.
fn measure(source: &Source, region: &Region, request: AdviseRequest) -> Result<Measured> {
    let advice = request.advice;
    let touches_first = request.touch && !request.touches_after();
    // Marks are not needed here.
    let untouched = touches_first.then(|| Sight::of_mapping(source, region, Advice::Normal));
    let untouched = untouched.transpose()?;
    if touches_first {
        touch(region)?;
    }
    if matches!(advice, Advice::Cold | Advice::Pageout | Advice::Collapse) {
        map_resident_pages(source, region);
    }
    if advice == Advice::Cold {
        region.unmap_without_marking();
    }
    let before = Sight::of_mapping(source, region, advice)?;
    let started = Instant::now();
    let given = give(source, region, advice);
    if given.is_ok() {
        advise_stragglers(source, region, advice, &before)?;
    }
    let duration = started.elapsed();
    if request.touches_after() {
        touch(region)?;
    }
    let after = Sight::of_mapping(source, region, advice)?;
    let (holes, refusal) = match given {
        Ok(holes) => (holes, None),
        Err(error) if advice == Advice::Collapse => {
            (None, Some(refused_in_part(error, &before, &after)?))
        }
        Err(error) => return Err(error),
    };
    Ok(Measured {
        range: region.range(),
        length: ByteLength::of(region.mapped_length()),
        pieces: 1,
        address: Address(region.address()),
        access: region.access(),
        visibility: region.visibility(),
        untouched,
        before,
        after,
        holes,
        refusal,
        duration,
    })
}

/// Why the kernel collapsed only some pages into huge ones. If it collapsed none, this is a failure, which lists the
/// changes that it made anyway.
fn refused_in_part(error: Error, before: &Sight, after: &Sight) -> Result<String> {
    if after.huge > before.huge {
        return Ok(error.details().reason.to_string());
    }
    Err(error.with_changes(changes::of_source(before, after)))
}

/// Maps a range for advice. Huge pages need addresses that are congruent to the offsets modulo their size, which the
/// kernel does not choose for all kinds of memory.
///
/// # Errors
/// Those of [`Region::map`].
pub fn map(source: &Source, request: &MapRequest, advice: Advice) -> Result<Region> {
    let wants_huge = matches!(advice, Advice::Collapse | Advice::Hugepage);
    let free = request.placement == Placement::Anywhere && !request.flags.has(MapFlag::Hugetlb);
    let place = (wants_huge && free)
        .then(|| aligned_place(source, request.range))
        .flatten();
    match place {
        Some(placement) => Region::map(
            source,
            &MapRequest {
                placement,
                ..*request
            },
        )
        .or_else(|_| Region::map(source, request)),
        None => Region::map(source, request),
    }
}

/// A free address that is congruent to the start of the range modulo the size of a huge page.
fn aligned_place(source: &Source, range: SourceRange) -> Option<Placement> {
    let huge =
        page_sizes::transparent_huge_page().filter(|huge| range.length().0 >= huge.bytes())?;
    let room = ByteLength(range.length().0.checked_add(huge.bytes().checked_mul(2)?)?);
    let room = SourceRange::new(SourceOffset::START, room)?;
    let found = Region::reserve(source, room, Placement::Anywhere).ok()?;
    let start = range.offset();
    let inner = SourceOffset::from_to(SourceOffset(huge.align_down(start.0)), start);
    let aligned = huge.align_up(found.addresses().start())?;
    aligned.checked_add(inner.0).map(Placement::At)
}

/// Applies the advice, and returns the number of bytes in holes. `willneed` skips them: reading holes would fill memory
/// with zeros.
fn give(source: &Source, region: &Region, advice: Advice) -> Result<Option<ByteLength>> {
    if advice == Advice::Remove {
        let holes = DataRuns::of_source(source, region.range()).all_holes();
        let holes = source.handle().map(|_| holes.unwrap_or_default());
        region.advise(advice, RegionOffset(0), region.length())?;
        return Ok(holes);
    }
    if matches!(advice, Advice::PopulateRead | Advice::PopulateWrite) {
        region.check_populating()?;
    }
    if advice != Advice::Willneed || source.handle().is_none() {
        region.advise(advice, RegionOffset(0), region.length())?;
        return Ok(None);
    }
    let mut runs = DataRuns::of_source(source, region.range());
    for run in runs.by_ref() {
        let part = region
            .addresses()
            .of_part(region.range(), run, region.page_size());
        advise_part(region, part, advice)?;
    }
    Ok(Some(runs.holes()))
}

/// Accesses all pages of a mapping, by writing where it is writable.
fn touch(region: &Region) -> Result<()> {
    let advice = match region.access().writes() {
        true => Advice::PopulateWrite,
        false => Advice::PopulateRead,
    };
    region.check_populating()?;
    region.advise(advice, RegionOffset(0), region.length())
}

/// Applies the advice again to pages that the kernel skipped.
fn advise_stragglers(
    source: &Source,
    region: &Region,
    advice: Advice,
    before: &Sight,
) -> Result<()> {
    match advice {
        Advice::Cold => cool_split_pages(source, region, before),
        Advice::Pageout => page_out_stragglers(source, region),
        _ => Ok(()),
    }
}

/// Applies the advice again where the kernel split a large folio: this removes its pages from the page tables, so the
/// first call finds none there.
fn cool_split_pages(source: &Source, region: &Region, before: &Sight) -> Result<()> {
    let memory = region.memory_use()?;
    let rss = |memory: &MemoryUse| memory.rss;
    if source.handle().is_none() || memory.as_ref().map(rss) >= before.memory.as_ref().map(rss) {
        return Ok(());
    }
    map_resident_pages(source, region);
    region.advise(Advice::Cold, RegionOffset(0), region.length())
}

/// Applies the advice again to pages that were just read. They wait on a list of the processor that read them, and are
/// not paged out from there. An attempt to drop the pages makes the kernel empty these lists; mapped pages stay.
fn page_out_stragglers(source: &Source, region: &Region) -> Result<()> {
    let Some(handle) = source.handle() else {
        return Ok(());
    };
    let counts = residency::of_file(handle.file(), region.range(), region.page_size()).counts;
    if may_be_unwritten(&counts)
        || counts.resident == Some(0)
        || !sys::may_ask_mincore(handle.file())
    {
        return Ok(());
    }
    // Only the lists matter: mapped pages are not dropped.
    let _ = sys::drop_cached(handle.file(), region.range());
    region.advise(Advice::Pageout, RegionOffset(0), region.length())
}

fn advise_part(region: &Region, part: AddressRange, advice: Advice) -> Result<()> {
    let place = region.addresses().length_before(part.start());
    let length = ByteLength(part.length()).saturating_usize();
    region.advise(advice, RegionOffset(place.saturating_usize()), length)
}

/// The range to advise: the pages that contain the given range.
///
/// # Errors
/// `usage` when the end exceeds the largest offset.
pub fn covered(range: SourceRange) -> Result<SourceRange> {
    let start = sys::allocation_granularity().align_down(range.offset().0);
    SourceRange::between(SourceOffset(start), range.end())
        .ok_or_else(|| Error::usage("the range ends after the largest possible offset"))
}
