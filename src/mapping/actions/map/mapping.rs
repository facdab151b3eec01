//! A mapping that steps may divide: into parts with their own access, with holes between them, and at several places.

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::platform::Feature;
use crate::mapping::region::Region;
use crate::mapping::region::observation::{Address, Observation};
use crate::mapping::source::Source;
use crate::mapping::types::{
    Access, AddressRange, ByteLength, Counts, Kind, LengthText, PageCount, PageSize, RangeRequest,
    SourceName, SourceOffset, SourceRange, Visibility,
};

/// What is mapped of a range of a source.
#[derive(Debug)]
pub struct Mapping {
    /// The mapped parts, in order of their offsets.
    parts: Vec<Region>,
    /// Old addresses that stayed mapped when a part moved. Steps do not change them.
    left: Vec<Region>,
    /// The start of the mapped range.
    start: SourceOffset,
    name: SourceName,
    visibility: Visibility,
    page: PageSize,
}

impl Mapping {
    /// The mapping of one range, all of which has the same access.
    #[must_use]
    pub fn new(region: Region) -> Self {
        Self {
            start: region.range().offset(),
            name: region.name().clone(),
            visibility: region.visibility(),
            page: region.page_size(),
            parts: vec![region],
            left: Vec::new(),
        }
    }

    /// The range of the source from the first mapped byte to the last one.
    #[must_use]
    pub fn range(&self) -> SourceRange {
        let ends = self.parts.iter().map(|part| part.range().end());
        let start = self
            .parts
            .first()
            .map_or(self.start, |part| part.range().offset());
        SourceRange::between(start, ends.max().unwrap_or(start)).unwrap_or_default()
    }

    /// Closes the file. The mapping stays.
    pub fn close(&mut self) {
        let regions = self.parts.iter_mut().chain(&mut self.left);
        regions.for_each(Region::close);
    }

    /// Unmaps what another mapping is about to replace. Returns whether there was anything.
    ///
    /// # Errors
    /// `access_denied` for a sealed mapping.
    pub fn give_up(&mut self, addresses: AddressRange) -> Result<bool> {
        let mut given_up = false;
        for regions in [&mut self.parts, &mut self.left] {
            let mut above = Vec::new();
            for region in regions.iter_mut() {
                let shared = region.addresses().intersection(addresses);
                if shared.is_empty() {
                    continue;
                }
                given_up = true;
                let end = region.addresses().length_before(shared.end());
                above.extend(region.split_off(end));
                let start = region.addresses().length_before(shared.start());
                match region.split_off(start) {
                    Some(mut middle) => middle.unmap()?,
                    None => region.unmap()?,
                }
            }
            regions.append(&mut above);
            regions.retain(|region| region.length() > 0);
        }
        Ok(given_up)
    }

    /// Everything that is mapped.
    pub(super) fn regions(&self) -> impl Iterator<Item = &Region> {
        self.parts.iter().chain(&self.left)
    }

    /// Keeps old addresses of a part mapped.
    pub(super) fn leave(&mut self, old: Option<Region>) {
        self.left.extend(old);
    }

    /// Takes out the part that a step changes, or all of it. The part ends at page boundaries, and everything in it is
    /// mapped, unless it `may_have_holes`.
    ///
    /// # Errors
    /// `usage` for a part that is not in the mapping, or does not start at a page, or of which a page is not mapped;
    /// `unsupported` where a mapping cannot be divided.
    pub(super) fn take(
        &mut self,
        part: Option<RangeRequest>,
        may_have_holes: bool,
    ) -> Result<Vec<Region>> {
        let fail = |error: Error| error.on(&self.name);
        if self.parts.is_empty() {
            return Err(fail(Error::usage("nothing is mapped any more")));
        }
        let Some(part) = part else {
            return Ok(std::mem::take(&mut self.parts));
        };
        Feature::PartOfMapping.require("divide").map_err(fail)?;
        let range = self.resolve(part).map_err(fail)?;
        self.divide(range);
        let within = |region: &mut Region| !region.range().intersection(range).is_empty();
        let chosen: Vec<Region> = self.parts.extract_if(.., within).collect();
        let hole = match may_have_holes {
            true => chosen.is_empty().then_some(range.offset()),
            false => first_hole(range, &chosen),
        };
        if let Some(hole) = hole {
            self.put(chosen);
            let place = SourceOffset::from_to(self.start, hole);
            let reason = format!("nothing is mapped at offset {} of the mapping", place.0);
            return Err(Error::usage(reason).on(&self.name));
        }
        let runs = runs(self.regions().chain(&chosen));
        let mut chosen = chosen;
        for region in &mut chosen {
            let own = region.addresses();
            region.account_by(runs.iter().copied().find(|run| run.overlaps(own)));
        }
        Ok(chosen)
    }

    /// Puts back what was taken out, without what was unmapped, and joins what is one mapping again.
    pub(super) fn put(&mut self, chosen: Vec<Region>) {
        let mut all = std::mem::take(&mut self.parts);
        all.extend(chosen.into_iter().filter(|region| region.length() > 0));
        all.sort_by_key(|region| (region.range().offset(), region.address()));
        for mut region in all {
            region.account_by(None);
            let apart = match self.parts.last_mut() {
                Some(last) => last.join(region),
                None => Some(region),
            };
            self.parts.extend(apart);
        }
    }

    /// The bytes of the source in a part of the mapping, in whole pages.
    fn resolve(&self, part: RangeRequest) -> Result<SourceRange> {
        let usage = |reason: String| Err(Error::usage(reason));
        let page = self.page;
        let length = SourceOffset::from_to(self.start, self.range().end());
        let range = part
            .resolve(length)
            .map_err(|error| Error::usage(error.to_string()))?;
        let (start, end) = (range.offset().0, range.end().0);
        if range.is_empty() {
            return usage("the part of the mapping is empty".to_owned());
        }
        if !page.is_aligned(start) {
            let (below, above) = page.neighbours(start);
            let above = above.unwrap_or(below);
            return usage(format!(
                "the part starts at {start}, which is not a multiple of {}; the nearest are {below} and {above}",
                page.bytes()
            ));
        }
        let whole = page.align_up(end).unwrap_or(end);
        if whole > page.align_up(length.0).unwrap_or(length.0) {
            return usage(format!(
                "the part ends at {}, but the mapping has {}",
                LengthText(ByteLength(end)),
                LengthText(length)
            ));
        }
        let offset = self.start.plus(ByteLength(start));
        SourceRange::new(offset, ByteLength(whole.saturating_sub(start)))
            .ok_or_else(|| Error::new(Kind::Usage, "map", "the part exceeds the largest offset"))
    }

    /// Divides the parts at the ends of a range.
    fn divide(&mut self, range: SourceRange) {
        for border in [range.offset(), range.end()] {
            let mut above = Vec::new();
            for part in &mut self.parts {
                let inner = SourceOffset::from_to(part.range().offset(), border);
                above.extend(part.split_off(inner));
            }
            self.parts.append(&mut above);
        }
        self.parts
            .sort_by_key(|region| (region.range().offset(), region.address()));
    }

    /// Reads what the kernel reports: of all that is mapped, and of each part if there is not exactly one.
    ///
    /// # Errors
    /// Those of [`Region::observe`].
    pub(super) fn observe(
        &self,
        source: &Source,
        spans: Option<u64>,
    ) -> Result<(Observation, Vec<Observation>)> {
        let each: Result<Vec<Observation>> = self
            .regions()
            .map(|region| region.observe(source, spans))
            .collect();
        let each = each?;
        match <[Observation; 1]>::try_from(each) {
            Ok([only]) => Ok((only, Vec::new())),
            Err(each) => Ok((self.sum(&each), each)),
        }
    }
}

impl Mapping {
    /// The sum of what the kernel reports of several parts, or of none. The address, the offset and the access are those
    /// of the first.
    fn sum(&self, each: &[Observation]) -> Observation {
        let nothing = Observation {
            address: Address(0),
            offset: self.start,
            length: ByteLength::ZERO,
            pages: PageCount(0),
            page_size: self.page.bytes(),
            access: Access::NONE,
            visibility: self.visibility,
            residency: Residency {
                page_size: self.page.bytes(),
                counts: Counts::zero(),
                method: Method::Unknown,
                unknown_reason: None,
                dirty_unknown_reason: None,
            },
            picture: None,
            huge: Some(ByteLength::ZERO),
            locked: Some(ByteLength::ZERO),
            memory: None,
        };
        let all = each.iter().cloned().reduce(Observation::and);
        all.unwrap_or(nothing)
    }
}

/// The first byte of a range that none of these mappings has.
fn first_hole(range: SourceRange, mapped: &[Region]) -> Option<SourceOffset> {
    let mut at = range.offset();
    for region in mapped {
        if region.range().offset() > at {
            return Some(at);
        }
        let end = region
            .range()
            .offset()
            .plus(ByteLength::of(region.mapped_length()));
        at = at.max(end);
    }
    (at < range.end()).then_some(at)
}

/// The addresses of these mappings, in order; adjoining ones are one range.
pub(super) fn runs<'a>(regions: impl Iterator<Item = &'a Region>) -> Vec<AddressRange> {
    let mut all: Vec<AddressRange> = regions.map(Region::addresses).collect();
    all.sort_by_key(|addresses| addresses.start());
    let mut runs: Vec<AddressRange> = Vec::new();
    for next in all {
        match runs.last_mut() {
            Some(last) if last.end() == next.start() => {
                *last = AddressRange::between(last.start(), next.end()).unwrap_or(*last);
            }
            _ => runs.push(next),
        }
    }
    runs
}
