//! What an advice did: measured before and after, and judged by what was measured.
//!
//! Half of the advice there is does nothing and says that all went well. So each is looked at where its effect
//! would show, and where none shows, the known reasons are checked one by one.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use super::changes;
use super::evidence::{Evidence, Mapped, Target};
use super::judge::judge;
use super::sight::Sight;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps::{self, MemoryUse};
use crate::mapping::measure::residency;
use crate::mapping::region::observation::Address;
use crate::mapping::region::piecewise::piecewise;
use crate::mapping::region::populate::map_resident_pages;
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::Source;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AddressRange, Advice, ByteLength, Effect, Finding, MapFlag, PageSize, Placement,
    RegionOffset, SourceOffset, SourceRange, Visibility, nanoseconds,
};

/// What to advise, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdviseRequest {
    /// The advice.
    pub advice: Advice,
    /// Whether to touch every page of the mapping, writing where it may be written: after an advice on how pages come,
    /// and before any other.
    pub touch: bool,
}

impl AdviseRequest {
    const fn touches_after(self) -> bool {
        self.touch && self.advice.is_for_future_pages()
    }
}

/// What an advice did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Advised {
    /// The advice.
    pub advice: Advice,
    /// Where what was advised begins in the source, in bytes; whole pages.
    pub offset: SourceOffset,
    /// Its length in bytes; whole pages.
    pub length: ByteLength,
    /// Where it is mapped, or its first piece was.
    pub address: Address,
    /// In how many pieces it was mapped, one after the other: more than one when there was no address space for all.
    pub pieces: u64,
    /// What may be done with the mapped bytes.
    pub access: Access,
    /// Who sees stores.
    pub visibility: Visibility,
    /// Whether its pages were touched: after an advice on how pages come, and before any other.
    pub touched: bool,
    /// With `willneed` and `remove`: the bytes that lay in holes. `willneed` does not read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holes: Option<ByteLength>,
    /// Before.
    pub before: Sight,
    /// After.
    pub after: Sight,
    /// The difference, judged.
    pub effect: Effect,
    /// How long the advice took, in nanoseconds.
    pub duration_ns: u64,
}

/// Gives an advice on a whole mapping, and measures what came of it.
///
/// # Errors
/// Those of [`Region::advise`], and what measuring answers.
pub fn advise(source: &Source, region: &Region, request: AdviseRequest) -> Result<Advised> {
    let measured = measure(source, region, request)?;
    Ok(measured.advised(source, request, Some(region)))
}

/// Gives an advice on a range that need not stay mapped, and measures what came of it. Where there is no address space
/// for all of the range, it is mapped and advised piece by piece, if that comes to the same.
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
    let total = total.ok_or_else(|| Error::usage("there are no bytes in the range"))?;
    Ok(total.advised(source, request, None))
}

/// Whether advising on pieces, none of which stays mapped, comes to the same as advising on all at once: what changes
/// is in the page cache or in the file.
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

/// What was advised, and seen.
struct Measured {
    range: SourceRange,
    length: ByteLength,
    pieces: u64,
    address: Address,
    access: Access,
    visibility: Visibility,
    /// What was seen before the pages were touched, where they were touched first.
    untouched: Option<Sight>,
    before: Sight,
    after: Sight,
    holes: Option<ByteLength>,
    /// Why the kernel did only a part of it.
    refusal: Option<String>,
    duration: Duration,
}

impl Measured {
    /// Adds what was seen of the piece that follows.
    fn add(&mut self, next: Self) {
        let sum = |a: ByteLength, b: ByteLength| ByteLength(a.0.saturating_add(b.0));
        let length = sum(self.range.length(), next.range.length());
        self.range = SourceRange::new(self.range.offset(), length).unwrap_or(self.range);
        self.length = sum(self.length, next.length);
        self.pieces = self.pieces.saturating_add(next.pieces);
        self.holes = self.holes.zip(next.holes).map(|(a, b)| sum(a, b));
        self.duration = self.duration.saturating_add(next.duration);
        let (allocated, corrupted) = (next.after.allocated, next.after.corrupted);
        if let Some((sum, next)) = self.untouched.as_mut().zip(next.untouched) {
            sum.add(next);
        }
        self.before.add(next.before);
        self.after.add(next.after);
        // These are of the whole file and the whole system, at the first moment and the last.
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

/// Gives an advice on a whole mapping, and looks before and after.
fn measure(source: &Source, region: &Region, request: AdviseRequest) -> Result<Measured> {
    let advice = request.advice;
    let touches_first = request.touch && !request.touches_after();
    // No marks: the advice is not given yet.
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

/// Why the kernel gathered only some pages into huge ones; the failure when it gathered none, with what it changed all
/// the same.
fn refused_in_part(error: Error, before: &Sight, after: &Sight) -> Result<String> {
    if after.huge > before.huge {
        return Ok(error.details().reason.to_string());
    }
    Err(error.with_changes(changes::of_source(before, after)))
}

/// Maps for an advice: huge pages need addresses that are aligned to their size as the offsets are, which the
/// kernel does not choose for all sorts of memory.
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

/// An address that is free now, and as far from a huge page's start as the range is in its source.
fn aligned_place(source: &Source, range: SourceRange) -> Option<Placement> {
    let huge = crate::mapping::measure::page_sizes::transparent_huge_page()
        .and_then(|size| PageSize::new(size.0))
        .filter(|huge| range.length().0 >= huge.bytes())?;
    let room = ByteLength(range.length().0.checked_add(huge.bytes().checked_mul(2)?)?);
    let room = SourceRange::new(SourceOffset(0), room)?;
    let found = Region::reserve(source, room, Placement::Anywhere).ok()?;
    let inner = range
        .offset()
        .0
        .checked_sub(huge.align_down(range.offset().0))?;
    let start = huge.align_up(found.addresses().start())?;
    start.checked_add(inner).map(Placement::At)
}

/// Gives the advice, and says how many bytes it was not given on because they lie in holes: reading in holes would
/// fill memory with zeros.
fn give(source: &Source, region: &Region, advice: Advice) -> Result<Option<ByteLength>> {
    if advice == Advice::Remove {
        let holes = holes_in(source, region.range());
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

/// How many bytes of a range lie in holes.
fn holes_in(source: &Source, range: SourceRange) -> Option<ByteLength> {
    source.handle()?;
    let mut runs = DataRuns::of_source(source, range);
    runs.by_ref().for_each(drop);
    Some(runs.holes())
}

/// Brings every page of a mapping in, as pages of its own where it may be written.
fn touch(region: &Region) -> Result<()> {
    let advice = match region.access().writes() {
        true => Advice::PopulateWrite,
        false => Advice::PopulateRead,
    };
    region.check_populating()?;
    region.advise(advice, RegionOffset(0), region.length())
}

/// Gives an advice again on pages that the kernel passed over.
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

/// To reach a part of a large folio the kernel splits it, which takes the pages out of the page tables, and then finds
/// none there to advise on.
fn cool_split_pages(source: &Source, region: &Region, before: &Sight) -> Result<()> {
    let memory = proc_maps::own_memory_use(region.addresses())?;
    let rss = |memory: &MemoryUse| memory.rss;
    if source.handle().is_none() || memory.as_ref().map(rss) >= before.memory.as_ref().map(rss) {
        return Ok(());
    }
    map_resident_pages(source, region);
    region.advise(Advice::Cold, RegionOffset(0), region.length())
}

/// Pages that came in a moment ago wait on a list of the processor that brought them in, and are not paged out
/// from there. A try to drop the pages, which leaves mapped ones alone, makes the kernel clear those lists.
fn page_out_stragglers(source: &Source, region: &Region) -> Result<()> {
    let Some(handle) = source.handle() else {
        return Ok(());
    };
    let counts = residency::of_file(handle.file(), region.range(), region.page_size()).counts;
    let clean = counts.dirty == Some(0) && counts.writeback == Some(0);
    if !clean || counts.resident == Some(0) || !sys::may_ask_mincore(handle.file()) {
        return Ok(());
    }
    // That it did nothing is what it should do.
    let _ = sys::drop_cached(handle.file(), region.range());
    region.advise(Advice::Pageout, RegionOffset(0), region.length())
}

fn advise_part(region: &Region, part: AddressRange, advice: Advice) -> Result<()> {
    let inner = part.start().saturating_sub(region.addresses().start());
    let at = usize::try_from(inner).unwrap_or(usize::MAX);
    let length = usize::try_from(part.length()).unwrap_or(usize::MAX);
    region.advise(advice, RegionOffset(at), length)
}

/// The range that an advice on a range is given on: the pages that hold it.
///
/// # Errors
/// `usage` when no file can be as long.
pub fn covered(range: SourceRange) -> Result<SourceRange> {
    let start = sys::allocation_granularity().align_down(range.offset().0);
    let length = range.end().0.saturating_sub(start);
    SourceRange::new(SourceOffset(start), ByteLength(length))
        .ok_or_else(|| Error::usage("the range ends beyond the largest offset"))
}
