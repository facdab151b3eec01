//! Judging what an advice did, from what was seen before and after it: the rules, one for each sort of advice.

use super::changes;
use super::cooling::{Cooled, cooled};
use super::sight::Sight;
use crate::mapping::cache::reasons::{amount, hole_note, in_use, not_told, unsettled_text};
use crate::mapping::measure::holders::{Holders, UNTOLD, holders};
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::region::Region;
use crate::mapping::source::data_runs::missing_pages;
use crate::mapping::source::{Handle, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Advice, ByteLength, Counts, Effect, Lasts, Reach, RegionOffset, SourceKind, SourceRange,
    Visibility, pages,
};

/// What is known of what was advised, beside the measurements.
pub(in crate::mapping) struct Ground {
    anonymous: bool,
    shared: bool,
    /// Its pages live in memory alone, and may go to swap space only.
    memory_only: bool,
    swap: bool,
    /// The kernel tells this process of the pages, and lets it page them out.
    permitted: bool,
}

impl Ground {
    pub(in crate::mapping) fn of(source: &Source, visibility: Visibility) -> Self {
        let anonymous = source.kind() == SourceKind::Anonymous;
        let file = source.handle().map(Handle::file);
        Self {
            anonymous,
            shared: visibility.is_shared(),
            memory_only: anonymous || file.is_some_and(sys::is_memory_backed),
            swap: sys::has_swap(),
            permitted: file.is_none_or(sys::may_ask_mincore),
        }
    }

    /// How long what happens to pages lasts.
    const fn lasts(&self) -> Lasts {
        match self.anonymous {
            true => Lasts::WhileMapped,
            false => Lasts::OutlivesCommand,
        }
    }
}

/// An advice and what was seen before and after it.
pub(in crate::mapping) struct Change<'a> {
    pub(in crate::mapping) advice: Advice,
    pub(in crate::mapping) before: &'a Sight,
    pub(in crate::mapping) after: &'a Sight,
    /// What was seen before the pages were touched, where they were touched first.
    pub(in crate::mapping) untouched: Option<&'a Sight>,
    pub(in crate::mapping) ground: Ground,
    /// The bytes of holes that the advice was not given on.
    pub(in crate::mapping) holes: Option<ByteLength>,
    /// Whether the pages were touched after the advice was given, so that what came is due to that.
    pub(in crate::mapping) touched_after: bool,
    pub(in crate::mapping) range: SourceRange,
    /// The mapping, where it is one.
    pub(in crate::mapping) region: Option<&'a Region>,
    pub(in crate::mapping) source: &'a Source,
}

/// What an advice does to the flags of a mapping.
enum FlagChange {
    Set(&'static str),
    Clear(&'static [&'static str]),
}

fn flag_change(advice: Advice) -> Option<FlagChange> {
    use FlagChange::{Clear, Set};
    Some(match advice {
        Advice::Normal => Clear(&["sr", "rr"]),
        Advice::Sequential => Set("sr"),
        Advice::Random => Set("rr"),
        Advice::Dontfork => Set("dc"),
        Advice::Dofork => Clear(&["dc"]),
        Advice::Mergeable => Set("mg"),
        Advice::Unmergeable => Clear(&["mg"]),
        Advice::Hugepage => Set("hg"),
        Advice::Nohugepage => Set("nh"),
        Advice::Dontdump => Set("dd"),
        Advice::Dodump => Clear(&["dd"]),
        Advice::Wipeonfork => Set("wf"),
        Advice::Keeponfork => Clear(&["wf"]),
        _ => return None,
    })
}

impl Change<'_> {
    pub(in crate::mapping) fn judge(&self) -> Effect {
        let effect = match self.after.memory {
            None => self.judge_without_account(),
            Some(_) => self.doubt_neighbours(self.look_again(self.judge_advice())),
        };
        let effect = effect.note(self.first_touch_note());
        match self.advice {
            // What is gone stays gone.
            Advice::Pageout | Advice::Remove | Advice::Hwpoison | Advice::SoftOffline => effect,
            _ => effect.on_device(self.source),
        }
    }

    fn judge_advice(&self) -> Effect {
        if let Some(change) = flag_change(self.advice) {
            let effect = self.judge_flags(&change).note(self.flag_note());
            return effect.note(self.touch_note());
        }
        match self.advice {
            Advice::Willneed => self.judge_arrival(),
            Advice::PopulateRead | Advice::PopulateWrite => self.judge_populating(),
            Advice::Dontneed | Advice::DontneedLocked => self.judge_dropping(),
            Advice::Free => self.judge_freeing(),
            Advice::Cold => self.judge_cooling(),
            Advice::Pageout => self.judge_paging_out(),
            Advice::Collapse => self.judge_collapsing(),
            Advice::Remove => self.judge_removal(),
            Advice::Hwpoison | Advice::SoftOffline => self.judge_retirement(),
            Advice::GuardInstall => self.judge_guarding(),
            _ => Effect::none("a new mapping has no guards to remove"),
        }
    }

    /// "No effect" stands only where every counter is as it was.
    fn look_again(&self, effect: Effect) -> Effect {
        if effect.lasts != Lasts::NoEffect || self.touched_after {
            return effect;
        }
        let in_source = match self.advice.reach() {
            Reach::OutlivesCommand => changes::of_source(self.before, self.after),
            Reach::WhileMapped => Vec::new(),
        };
        let in_mapping = match self.advice {
            // Page tables that were filled for the advice, and pages of nobody else.
            Advice::Pageout if self.ground.shared && !self.ground.anonymous => Vec::new(),
            _ => changes::of_memory(self.before.account(), self.after.account()),
        };
        let lasts = match (in_source.is_empty(), in_mapping.is_empty()) {
            (true, true) => return effect,
            (false, _) => self.ground.lasts(),
            (true, false) => Lasts::WhileMapped,
        };
        let changes = [in_source, in_mapping].concat().join(", ");
        let mut seen = Effect::seen(lasts, changes).note(Some(effect.reason));
        seen.notes.extend(effect.notes);
        seen
    }

    /// The kernel counts a mapping with a neighbour that it merged it with.
    fn doubt_neighbours(&self, effect: Effect) -> Effect {
        let outside = self
            .before
            .account()
            .outside
            .max(self.after.account().outside);
        if outside == 0 {
            return effect;
        }
        let doubt = format!(
            "the kernel counts it together with {} of neighbouring memory",
            amount(outside)
        );
        Effect {
            measured: false,
            ..effect
        }
        .note(Some(doubt))
    }

    /// What touching the pages before the advice did to the source and its cache.
    fn first_touch_note(&self) -> Option<String> {
        let untouched = self.untouched.filter(|_| !self.ground.anonymous)?;
        let done = changes::arrivals(untouched, self.before);
        (!done.is_empty()).then(|| format!("touching, before: {}", done.join(", ")))
    }

    /// What touching the pages after the advice did.
    fn touch_note(&self) -> Option<String> {
        let mut done = match self.ground.anonymous {
            true => Vec::new(),
            false => changes::arrivals(self.before, self.after),
        };
        done.extend(changes::of_memory(
            self.before.account(),
            self.after.account(),
        ));
        (self.touched_after && !done.is_empty()).then(|| format!("touching: {}", done.join(", ")))
    }

    /// What can be told where the kernel shows no account of the mapping.
    fn judge_without_account(&self) -> Effect {
        match self.advice {
            Advice::Willneed => self.judge_arrival(),
            Advice::Remove => self.judge_removal(),
            Advice::Hwpoison | Advice::SoftOffline => self.judge_retirement(),
            Advice::GuardInstall => self.judge_guarding(),
            Advice::PopulateRead | Advice::PopulateWrite => {
                let changes = changes::arrivals(self.before, self.after);
                match changes.is_empty() {
                    true => self.not_shown(),
                    false => Effect::seen(self.lasts_in_memory(), changes.join(", ")),
                }
            }
            Advice::Dontneed | Advice::Pageout => match self.shrinkage() {
                None => self.not_told(),
                Some(0) if self.advice == Advice::Pageout => Effect::none("no page left memory"),
                Some(0) => self.not_shown(),
                Some(count) => {
                    let reason = format!("{} left memory", pages(count));
                    Effect::seen(self.lasts_in_memory(), reason)
                }
            },
            _ => self.not_shown(),
        }
    }

    /// How long a change in residency lasts: what the page tables tell of is the mapping's own.
    fn lasts_in_memory(&self) -> Lasts {
        match self.after.residency.method {
            Method::PageTables => Lasts::WhileMapped,
            _ => self.ground.lasts(),
        }
    }

    /// The effect that only the account of the mapping would show.
    fn not_shown(&self) -> Effect {
        let lasts = match self.advice.reach() {
            Reach::OutlivesCommand => self.ground.lasts(),
            Reach::WhileMapped => Lasts::WhileMapped,
        };
        Effect::unmeasured(lasts, "the system shows no account of mappings here")
    }

    fn judge_flags(&self, change: &FlagChange) -> Effect {
        let name = |code: &str| match self.meaning(code) {
            Some(meaning) => format!("{code} ({meaning})"),
            None => code.to_owned(),
        };
        match change {
            FlagChange::Set(code) if !self.after.has_flag(code) => Effect::none(self.why_no_flag()),
            FlagChange::Set(code) if self.before.has_flag(code) => {
                Effect::none(format!("the mapping had the flag {} already", name(code)))
            }
            FlagChange::Set(code) => Effect::seen(
                Lasts::WhileMapped,
                format!("the mapping has the flag {} now", name(code)),
            ),
            FlagChange::Clear(codes) => match codes.iter().find(|c| self.before.has_flag(c)) {
                None => Effect::none("a new mapping is so from the start"),
                Some(code) if self.after.has_flag(code) => {
                    Effect::none(format!("the mapping still has the flag {}", name(code)))
                }
                Some(code) => Effect::seen(
                    Lasts::WhileMapped,
                    format!("the mapping no longer has the flag {}", name(code)),
                ),
            },
        }
    }

    fn meaning(&self, code: &str) -> Option<&'static str> {
        let flags = self.before.account().vm_flags.iter();
        flags
            .chain(&self.after.account().vm_flags)
            .find(|flag| flag.code() == code)
            .and_then(|flag| flag.meaning())
    }

    fn why_no_flag(&self) -> String {
        match self.advice {
            Advice::Mergeable if self.ground.shared => {
                "only private memory is merged: --access c".to_owned()
            }
            _ => "the kernel accepted it, and the mapping does not show it".to_owned(),
        }
    }

    fn flag_note(&self) -> Option<String> {
        match self.advice {
            Advice::Mergeable if sys::merges_pages() == Some(false) => Some(
                "nothing is merged while /sys/kernel/mm/ksm/run is not 1".to_owned(),
            ),
            // Of a file on a disk its file system decides, and does not show how.
            Advice::Hugepage if self.ground.memory_only && !self.after.account().thp_eligible => {
                Some(
                    "the kernel makes no new huge page here on access: transparent huge pages are off, or \
                     not for memory of this sort or size"
                        .to_owned(),
                )
            }
            _ => None,
        }
    }

    /// How many pages a count grew by.
    fn growth(&self, count: impl Fn(&Residency) -> Option<u64>) -> Option<u64> {
        let (before, after) = (
            count(&self.before.residency)?,
            count(&self.after.residency)?,
        );
        Some(after.saturating_sub(before))
    }

    fn shrinkage(&self) -> Option<u64> {
        let count = |sight: &Sight| sight.residency.counts.resident;
        Some(count(self.before)?.saturating_sub(count(self.after)?))
    }

    fn not_told(&self) -> Effect {
        not_told(self.ground.lasts(), &self.after.residency)
    }

    fn judge_arrival(&self) -> Effect {
        // The advice only starts reading: pages that are still on their way have come in.
        let Some(came) = self.growth(|seen| seen.counts.held()) else {
            return self.not_told().note(self.hole_note());
        };
        let missing = self.missing();
        let place = self.place_of_arrival();
        let effect = match (came, missing) {
            (0, 0) if self.all_in_holes() => {
                Effect::none("it has holes only, and nothing to bring in")
            }
            (0, 0) => Effect::none(match self.hole_note() {
                None => format!("all of its pages were in {place} already"),
                Some(_) => format!("all of its data was in {place} already"),
            }),
            (0, _)
                if !self.ground.memory_only && self.after.residency.method == Method::Mincore =>
            {
                Effect::unmeasured(
                    self.ground.lasts(),
                    "the kernel accepted it, and pages that are still being read are not shown",
                )
            }
            (0, _) => Effect::none(self.why_nothing_came()),
            (came, 0) => self.arrived(came),
            (came, missing) => self
                .arrived(came)
                .note(Some(format!("still missing: {}", pages(missing)))),
        };
        let on_the_way = self.on_the_way();
        effect
            .note(on_the_way.map(|count| format!("not up to date yet: {}", pages(count))))
            .note(self.hole_note())
    }

    /// How many pages are still being read, when some are.
    fn on_the_way(&self) -> Option<u64> {
        let count = self.after.residency.counts.not_up_to_date();
        count.filter(|count| *count > 0)
    }

    /// Where pages came to be: those that are still being read are in the page cache, and not in memory yet.
    fn place_of_arrival(&self) -> &'static str {
        match self.on_the_way() {
            Some(_) => "the page cache",
            None => "memory",
        }
    }

    fn arrived(&self, count: u64) -> Effect {
        let reason = format!("{} came into {}", pages(count), self.place_of_arrival());
        Effect::seen(self.ground.lasts(), reason)
    }

    /// How many pages are not in memory that the advice was to bring in.
    fn missing(&self) -> u64 {
        let counts = &self.after.residency.counts;
        let absent = counts.pages.saturating_sub(counts.held().unwrap_or(0));
        match self.holes {
            Some(holes) if !holes.is_zero() => {
                missing_pages(self.source, self.range, sys::page_size(), Counts::held)
                    .unwrap_or(absent)
            }
            _ => absent,
        }
    }

    fn all_in_holes(&self) -> bool {
        self.holes.is_some_and(|holes| holes == self.range.length())
    }

    fn hole_note(&self) -> Option<String> {
        self.holes.and_then(hole_note)
    }

    fn why_nothing_came(&self) -> &'static str {
        match (self.ground.memory_only, self.ground.swap) {
            (true, true) => "none of its pages is in swap space, from where it could come",
            (true, false) => "it could come from swap space only, and the system has none",
            (false, _) => "the kernel accepted it, and no page came in",
        }
    }

    fn judge_populating(&self) -> Effect {
        let mapped = grown(self.before, self.after, taken);
        let copied = grown(self.before, self.after, |memory| memory.anonymous);
        if self.ground.anonymous {
            return match mapped.max(copied) {
                0 if self.reads_zeros() => Effect::seen(
                    Lasts::WhileMapped,
                    "its page tables point to the shared page of zeros; it takes no memory",
                ),
                0 => Effect::none("every page was there already"),
                bytes => Effect::seen(
                    Lasts::WhileMapped,
                    format!("{} of memory are its own now", amount(bytes)),
                ),
            };
        }
        let note = match (self.ground.shared, copied, mapped) {
            (false, 1.., _) => Some(format!(
                "{} of memory are its own, as long as it is mapped",
                amount(copied)
            )),
            (_, _, 1..) => Some(format!("{} are in its page tables now", amount(mapped))),
            _ => None,
        };
        let changes = changes::arrivals(self.before, self.after);
        let came = self.growth(|seen| seen.counts.resident);
        if !changes.is_empty() {
            return Effect::seen(Lasts::OutlivesCommand, changes.join(", ")).note(note);
        }
        if came.is_none() {
            return self.not_told().note(note);
        }
        if self.ground.shared
            && self.advice == Advice::PopulateWrite
            && self.after.residency.counts.dirty.is_none()
        {
            let reason = "which of its pages became dirty is not shown";
            return Effect::unmeasured(Lasts::OutlivesCommand, reason).note(note);
        }
        match note {
            None => Effect::none("every page was in memory and mapped already"),
            Some(note) => Effect::seen(
                Lasts::WhileMapped,
                format!("every page was in memory already; {note}"),
            ),
        }
    }

    /// Whether pages that were not there came to be the one page of zeros that all share.
    fn reads_zeros(&self) -> bool {
        let counts = &self.before.residency.counts;
        self.advice == Advice::PopulateRead && counts.resident != Some(counts.pages)
    }

    fn judge_dropping(&self) -> Effect {
        let dropped = shrunk(self.before, self.after, |memory| memory.rss);
        let own = shrunk(self.before, self.after, |memory| memory.anonymous);
        if own > 0 && !self.ground.shared {
            let reason = format!(
                "{} of its own memory were given back, contents and all",
                amount(own)
            );
            return Effect::seen(Lasts::WhileMapped, reason);
        }
        let elsewhere = match self.ground.anonymous {
            true => "the memory itself stays",
            false => "the page cache keeps the pages, which 'evict' drops",
        };
        match dropped {
            0 if self.ground.anonymous => {
                Effect::none("a new mapping has no pages yet: --touch gives it some first")
            }
            0 => Effect::none(format!(
                "a new mapping has no pages of its own; {elsewhere}"
            )),
            bytes => Effect::seen(
                Lasts::WhileMapped,
                format!("{} left its page tables; {elsewhere}", amount(bytes)),
            ),
        }
    }

    fn judge_freeing(&self) -> Effect {
        match grown(self.before, self.after, |memory| memory.lazy_free) {
            0 if self.before.account().rss > 0 => {
                Effect::none("the kernel accepted it, and marked none of its pages")
            }
            0 => Effect::none("a new mapping has no pages yet: --touch gives it some first"),
            bytes => Effect::seen(
                Lasts::WhileMapped,
                format!("{} may be taken back when memory is short", amount(bytes)),
            ),
        }
    }

    fn judge_cooling(&self) -> Effect {
        if self.before.account().rss == 0 {
            return Effect::none(self.why_no_pages());
        }
        let lasts = self.lasts_with_mapped_pages();
        let cooled = cooled(
            [self.before.marks, self.after.marks],
            [self.before.account(), self.after.account()],
            lasts == Lasts::WhileMapped,
            self.before.residency.page_size,
        );
        match cooled {
            Cooled::Bytes { cooled, still } => {
                let note = format!("{} are still marked as used", amount(still));
                Effect::seen(lasts, cooled_text(cooled)).note((still > 0).then_some(note))
            }
            Cooled::NoneWasUsed => Effect::none("none of its pages was marked as used"),
            Cooled::Kept => Effect::none(self.why_still_used()),
            Cooled::Unknown => Effect::unmeasured(lasts, MARKS_NOT_SHOWN),
        }
    }

    fn why_still_used(&self) -> String {
        let holders = source_holders(self.source);
        let known = holders.as_ref().and_then(Holders::text);
        let dirty = || {
            let dirty = unsettled_text(&self.after.residency.counts)?;
            Some(format!(
                "{dirty}, and the kernel splits no large folio that is ('sync' first)"
            ))
        };
        let doubt = || holders.as_ref().and_then(Holders::doubt);
        let why = known.or_else(dirty).or_else(doubt);
        match why {
            Some(why) => format!("its pages are still marked as used: {why}"),
            None => "the kernel accepted it, and its pages are still marked as used".to_owned(),
        }
    }

    /// How long what happens to the mapped pages lasts: those of a private mapping may all be its own.
    fn lasts_with_mapped_pages(&self) -> Lasts {
        let account = self.before.account();
        match account.anonymous >= account.rss {
            true => Lasts::WhileMapped,
            false => self.ground.lasts(),
        }
    }

    /// Why the mapping has no pages for an advice that works on mapped pages.
    fn why_no_pages(&self) -> String {
        if self.ground.anonymous {
            "a new mapping has no pages yet: --touch gives it some first".to_owned()
        } else if !self.ground.permitted {
            "nothing was advised: which pages are in memory is shown only to the owner of the file, or who \
             may write it"
                .to_owned()
        } else if self.before.residency.counts.resident > Some(0) {
            "a mapping that may not be read has none of the pages in its page tables".to_owned()
        } else {
            "none of its pages is in memory".to_owned()
        }
    }

    fn judge_paging_out(&self) -> Effect {
        // The pages of shared memory may leave the page tables alone, and only its residency tells.
        let private = self.ground.anonymous && !self.ground.shared;
        let left = match private {
            true => Some(self.rss_pages_gone()),
            false => self.shrinkage(),
        };
        match left {
            None if !self.ground.permitted => {
                Effect::none("the kernel pages a file out only for its owner, or who may write it")
            }
            None => self.not_told(),
            Some(0) => Effect::none(self.why_not_paged_out()),
            Some(gone) => {
                let stays = self
                    .after
                    .residency
                    .counts
                    .resident
                    .filter(|_| !self.ground.anonymous);
                let note = stays.filter(|pages| *pages > 0).map(|stay| {
                    format!(
                        "still in memory: {}: {}",
                        pages(stay),
                        self.why_not_paged_out()
                    )
                });
                let reason = format!("{} left memory", pages(gone));
                Effect::seen(self.ground.lasts(), reason).note(note)
            }
        }
    }

    fn rss_pages_gone(&self) -> u64 {
        let bytes = shrunk(self.before, self.after, |memory| memory.rss);
        let page = self.before.residency.page_size;
        bytes.checked_div(page).unwrap_or(0)
    }

    fn why_not_paged_out(&self) -> String {
        let ground = &self.ground;
        let counts = &self.after.residency.counts;
        if !ground.permitted {
            return "the kernel pages a file out only for its owner, or who may write it"
                .to_owned();
        }
        if ground.anonymous && self.before.account().rss == 0 {
            return self.why_no_pages();
        }
        if ground.memory_only && !ground.swap {
            return "it could go to swap space only, and the system has none".to_owned();
        }
        if ground.memory_only && !ground.anonymous && counts.evicted > Some(0) {
            return "they are in swap space, and stay in memory as well until it is short"
                .to_owned();
        }
        if self.before.account().rss == 0 {
            return self.why_no_pages();
        }
        let holders = source_holders(self.source);
        if let Some(text) = holders.as_ref().and_then(Holders::text) {
            return text;
        }
        if let Some(dirty) = unsettled_text(counts) {
            return format!("{dirty} ('sync' first; 'evict' does both)");
        }
        if counts.dirty.is_none() && !ground.anonymous {
            return UNTOLD.to_owned();
        }
        in_use(holders.and_then(|holders| holders.doubt()))
    }

    fn judge_collapsing(&self) -> Effect {
        let [before, after] =
            [self.before, self.after].map(|sight| sight.huge.map_or(0, |bytes| bytes.0));
        match after.saturating_sub(before) {
            0 if before > 0 => Effect::none("its pages were huge already"),
            0 => Effect::none("the kernel accepted it, and no huge page came of it"),
            bytes => Effect::seen(
                self.ground.lasts(),
                format!("{} are in huge pages now", amount(bytes)),
            ),
        }
    }

    fn judge_removal(&self) -> Effect {
        let blocks = match (self.before.allocated, self.after.allocated) {
            // Pages of a file that leave memory may have been those of a hole.
            (Some(before), Some(after)) => before.0.saturating_sub(after.0),
            _ => {
                let pages = self.shrinkage().unwrap_or(0);
                pages.saturating_mul(self.before.residency.page_size)
            }
        };
        match blocks {
            0 if self.all_in_holes() => match self.shrinkage() {
                None | Some(0) => Effect::none("it was a hole already"),
                Some(gone) => Effect::seen(
                    self.ground.lasts(),
                    format!("it was a hole already; {} of it left memory", pages(gone)),
                ),
            },
            0 if self.holes.is_some() => Effect::seen(
                self.ground.lasts(),
                "the contents are gone and read as zeros; no block was freed",
            ),
            0 => Effect::none("it was a hole already"),
            bytes => Effect::seen(
                self.ground.lasts(),
                format!(
                    "the contents are gone and read as zeros: {} were freed",
                    amount(bytes)
                ),
            ),
        }
    }

    fn judge_retirement(&self) -> Effect {
        let retired = match (self.before.corrupted, self.after.corrupted) {
            (Some(before), Some(after)) => after.0.saturating_sub(before.0),
            _ => 0,
        };
        match retired {
            0 => Effect::unmeasured(
                Lasts::OutlivesCommand,
                "the kernel accepted it, and counts no more broken memory than before",
            ),
            bytes => Effect::seen(
                Lasts::OutlivesCommand,
                format!(
                    "{} of memory are retired until the next boot",
                    amount(bytes)
                ),
            ),
        }
    }

    fn judge_guarding(&self) -> Effect {
        let first = RegionOffset(0);
        let span = self.region.and_then(|region| region.raw_span().ok());
        match span.map(|span| span.touch_read(first)) {
            Some(Err(_)) => Effect::seen(
                Lasts::WhileMapped,
                "its first page was tried, and faults on access",
            ),
            Some(Ok(())) => Effect::none("its first page can still be read"),
            None => Effect::unmeasured(Lasts::WhileMapped, "its pages fault on access"),
        }
    }
}

/// Why nobody can say whether pages lost their marks of use.
pub(in crate::mapping) const MARKS_NOT_SHOWN: &str = "whether its pages are marked as used is shown only to a \
    process with the capability CAP_SYS_ADMIN, and of mapped pages";

/// "4 KiB (4096 bytes) are marked as not used lately, and leave memory first".
pub(in crate::mapping) fn cooled_text(bytes: u64) -> String {
    format!(
        "{} are marked as not used lately, and leave memory first",
        amount(bytes)
    )
}

/// Who else maps a source.
fn source_holders(source: &Source) -> Option<Holders> {
    source.handle().map(|handle| holders(handle.file()))
}

/// Memory in the page tables, huge pages of a pool included.
const fn taken(memory: &MemoryUse) -> u64 {
    let pool = memory.shared_hugetlb.saturating_add(memory.private_hugetlb);
    memory.rss.saturating_add(pool)
}

fn grown(before: &Sight, after: &Sight, figure: impl Fn(&MemoryUse) -> u64) -> u64 {
    figure(after.account()).saturating_sub(figure(before.account()))
}

fn shrunk(before: &Sight, after: &Sight, figure: impl Fn(&MemoryUse) -> u64) -> u64 {
    grown(after, before, figure)
}
