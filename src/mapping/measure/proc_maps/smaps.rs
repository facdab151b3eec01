//! `/proc/PID/smaps`: the memory that mappings use.

use std::borrow::Cow;
use std::io::BufRead;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::lines::{
    Header, OPERATION, Vma, decimal, malformed, next_line, open, shown, split_once,
};
use crate::mapping::error::{Error, Result};
use crate::mapping::types::json::text_schema;
use crate::mapping::types::{AddressRange, ByteLength, Kind, Process};

/// The memory that mappings use: the sums of their entries in `/proc/PID/smaps` (`proc_pid_smaps(5)`). A field that the
/// kernel does not report is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MemoryUse {
    /// The number of mappings counted: those that overlap the requested addresses.
    pub mappings: u64,
    /// The length of these mappings in bytes.
    pub mapped: u64,
    /// The part of `mapped` outside the requested addresses, in bytes. The kernel merges neighbouring mappings and
    /// counts each as a whole, so the other fields include this part.
    pub outside: u64,
    /// The smallest page size that the kernel uses for any of these mappings, in bytes.
    pub kernel_page_size: u64,
    /// Memory in the page tables of the process, in bytes.
    pub rss: u64,
    /// The same as `rss`, with each page divided by the number of processes that map it.
    pub pss: u64,
    /// The dirty part of `pss`, in bytes.
    pub pss_dirty: u64,
    /// Clean memory that other processes map too, in bytes.
    pub shared_clean: u64,
    /// Dirty memory that other processes map too, in bytes.
    pub shared_dirty: u64,
    /// Clean memory that only this process maps, in bytes.
    pub private_clean: u64,
    /// Dirty memory that only this process maps, in bytes.
    pub private_dirty: u64,
    /// Memory marked as accessed, in bytes.
    pub referenced: u64,
    /// Memory that belongs to no file, such as private copies of the pages of a file, in bytes.
    pub anonymous: u64,
    /// Memory merged with identical pages (KSM), in bytes.
    pub ksm: u64,
    /// Memory that was freed by advice and not yet reclaimed by the kernel, in bytes.
    pub lazy_free: u64,
    /// Anonymous memory in transparent huge pages, in bytes.
    pub anon_huge_pages: u64,
    /// Shared memory mapped with huge pages, in bytes.
    pub shmem_pmd_mapped: u64,
    /// Page cache mapped with huge pages, in bytes.
    pub file_pmd_mapped: u64,
    /// Pages of `hugetlbfs` that other processes map too, in bytes; not part of `rss`.
    pub shared_hugetlb: u64,
    /// Pages of `hugetlbfs` that only this process maps, in bytes; not part of `rss`.
    pub private_hugetlb: u64,
    /// Anonymous memory in swap space, in bytes; for a shared memory file, all of its pages in swap space, mapped or
    /// not.
    pub swap: u64,
    /// The same as `swap`, with each page divided by the number of processes that use it.
    pub swap_pss: u64,
    /// Locked memory, in bytes, with each page divided by the number of processes that map it.
    pub locked: u64,
    /// Whether all of the mappings may use transparent huge pages.
    pub thp_eligible: bool,
    /// The two-letter codes of the flags that all of the mappings have.
    pub vm_flags: Vec<VmFlag>,
    /// The codes of the flags that only some of the mappings have.
    pub vm_flags_partial: Vec<VmFlag>,
}

impl MemoryUse {
    /// The memory in huge pages of any kind.
    #[must_use]
    pub fn huge(&self) -> ByteLength {
        let huge = [
            self.anon_huge_pages,
            self.shmem_pmd_mapped,
            self.file_pmd_mapped,
            self.shared_hugetlb,
            self.private_hugetlb,
        ];
        ByteLength(huge.iter().fold(0, |sum, part| part.saturating_add(sum)))
    }

    /// Whether all of the mappings have the flag with this code.
    #[must_use]
    pub(in crate::mapping) fn has_flag(&self, code: &str) -> bool {
        self.vm_flags.iter().any(|flag| flag.code() == code)
    }

    /// Every field that is a sum of bytes or a count.
    const fn sums_mut(&mut self) -> [&mut u64; 22] {
        [
            &mut self.mappings,
            &mut self.mapped,
            &mut self.outside,
            &mut self.rss,
            &mut self.pss,
            &mut self.pss_dirty,
            &mut self.shared_clean,
            &mut self.shared_dirty,
            &mut self.private_clean,
            &mut self.private_dirty,
            &mut self.referenced,
            &mut self.anonymous,
            &mut self.ksm,
            &mut self.lazy_free,
            &mut self.anon_huge_pages,
            &mut self.shmem_pmd_mapped,
            &mut self.file_pmd_mapped,
            &mut self.shared_hugetlb,
            &mut self.private_hugetlb,
            &mut self.swap,
            &mut self.swap_pss,
            &mut self.locked,
        ]
    }

    /// The same sums with the flags of other mappings.
    #[must_use]
    pub(in crate::mapping) fn with_flags_of(self, other: Self) -> Self {
        Self {
            thp_eligible: other.thp_eligible,
            vm_flags: other.vm_flags,
            vm_flags_partial: other.vm_flags_partial,
            ..self
        }
    }

    /// The sums for these mappings and others.
    #[must_use]
    pub(in crate::mapping) fn plus(mut self, mut other: Self) -> Self {
        let smallest = self.kernel_page_size.min(other.kernel_page_size);
        for (mine, theirs) in self.sums_mut().into_iter().zip(other.sums_mut()) {
            *mine = mine.saturating_add(*theirs);
        }
        self.kernel_page_size = smallest;
        self.thp_eligible &= other.thp_eligible;
        let (common, mut partial): (Vec<_>, Vec<_>) = self
            .vm_flags
            .into_iter()
            .partition(|flag| other.vm_flags.contains(flag));
        partial.extend(self.vm_flags_partial);
        for flag in other.vm_flags.into_iter().chain(other.vm_flags_partial) {
            if !common.contains(&flag) && !partial.contains(&flag) {
                partial.push(flag);
            }
        }
        (self.vm_flags, self.vm_flags_partial) = (common, partial);
        self
    }
}

/// The code for locked memory in VmFlags.
pub(in crate::mapping) const LOCKED: &str = "lo";

/// A flag of a mapping: one word of the line `VmFlags` (`proc_pid_smaps(5)`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VmFlag(Cow<'static, str>);

impl VmFlag {
    pub(super) fn parse(code: &str) -> Self {
        let known = VM_FLAGS.iter().find(|(known, _)| *known == code);
        Self(match known {
            Some((known, _)) => Cow::Borrowed(known),
            None => Cow::Owned(code.to_owned()),
        })
    }

    /// The code that the kernel prints: two letters in every known version.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Its meaning, if it is known.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        flag_meaning(&self.0)
    }
}

/// The meaning of the flag with this code, if it is known.
#[must_use]
pub fn flag_meaning(code: &str) -> Option<&'static str> {
    let known = VM_FLAGS.iter().find(|(known, _)| *known == code);
    known.map(|(_, meaning)| *meaning)
}

text_schema!(VmFlag, { "type": "string" });

impl Serialize for VmFlag {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The flags of Linux up to 6.18, and their meanings.
pub(super) const VM_FLAGS: [(&str, &str); 42] = [
    ("rd", "readable"),
    ("wr", "writable"),
    ("ex", "executable"),
    ("sh", "shared"),
    ("mr", "may be made readable"),
    ("mw", "may be made writable"),
    ("me", "may be made executable"),
    ("ms", "may be shared"),
    ("gd", "grows down, like a stack"),
    ("pf", "bare page frames, like those of a device"),
    ("lo", "locked in memory"),
    ("lf", "pages are locked on access"),
    ("io", "device memory"),
    ("sr", "sequential access advised"),
    ("rr", "random access advised"),
    ("dc", "not passed to child processes"),
    ("de", "cannot be extended by remapping"),
    ("ac", "counted against the overcommit limit"),
    ("nr", "no swap space reserved"),
    ("ht", "hugetlbfs pages"),
    ("sf", "synchronous page faults (DAX)"),
    ("nl", "nonlinear"),
    ("ar", "architecture-specific"),
    ("wf", "zeroed in child processes"),
    ("dd", "left out of core dumps"),
    ("sd", "soft-dirty"),
    ("mm", "both pages and bare page frames"),
    ("hg", "huge pages advised"),
    ("nh", "huge pages advised against"),
    ("mg", "may be merged with identical pages"),
    ("bt", "guarded by branch target identification"),
    ("mt", "memory tagging"),
    ("um", "missing pages are handled by userfaultfd"),
    ("uw", "writes are tracked by userfaultfd"),
    ("ui", "minor faults are handled by userfaultfd"),
    ("ss", "shadow stack"),
    ("sl", "sealed"),
    ("dp", "pages are dropped under memory pressure"),
    ("gu", "may contain guard pages"),
    ("dw", "writes to the file are denied"),
    ("mp", "memory bounds tables (MPX)"),
    ("??", "a flag without a code"),
];

/// The memory used by the mappings of a process that overlap a range of addresses.
///
/// # Errors
/// Those of [`super::maps::visit`].
pub fn memory_use(process: Process, range: AddressRange) -> Result<MemoryUse> {
    sum_smaps(open(process, true)?, range).map_err(|error| error.on(&process.name()))
}

/// The same for this process; `None` when the system does not report it, or `/proc` is not mounted.
///
/// # Errors
/// Those of [`super::maps::visit`].
pub fn own_memory_use(range: AddressRange) -> Result<Option<MemoryUse>> {
    shown(|| memory_use(Process::Myself, range))
}

/// The same for several ranges, in order of address.
///
/// # Errors
/// Those of [`super::maps::visit`].
pub(in crate::mapping) fn own_memory_use_of(ranges: &[AddressRange]) -> Result<Option<MemoryUse>> {
    shown(|| memory_use_of(Process::Myself, ranges))
}

/// The memory used by the mappings of a process that overlap any of the ranges. The ranges are in order of address and
/// do not overlap.
///
/// # Errors
/// Those of [`super::maps::visit`].
pub fn memory_use_of(process: Process, ranges: &[AddressRange]) -> Result<MemoryUse> {
    sum_selected(open(process, true)?, ranges).map_err(|error| error.on(&process.name()))
}

/// The mappings of a process that overlap a range and have locked memory, in order of address.
///
/// # Errors
/// Those of [`super::maps::visit`].
pub(in crate::mapping) fn locked_mappings(
    process: Process,
    range: AddressRange,
) -> Result<Vec<AddressRange>> {
    locked_in(open(process, true)?, range).map_err(|error| error.on(&process.name()))
}

pub(super) fn locked_in(mut text: impl BufRead, range: AddressRange) -> Result<Vec<AddressRange>> {
    let mut locked = Vec::new();
    let mut mapping = AddressRange::default();
    let mut line = Vec::new();
    while next_line(&mut text, &mut line)? {
        match Field::split(&line) {
            Some(field) if field.name == b"Locked" && mapping.overlaps(range) => {
                locked.extend((field.bytes()? > 0).then_some(mapping));
            }
            Some(_) => {}
            None => {
                mapping = Header::parse(&line)?.range;
                if mapping.start() >= range.end() {
                    break;
                }
            }
        }
    }
    Ok(locked)
}

/// The sums for the mappings that overlap a range, read from the text of `/proc/PID/smaps`.
///
/// # Errors
/// Those of the reader; `failed` for text that does not have the format of the kernel.
pub fn sum_smaps(text: impl BufRead, range: AddressRange) -> Result<MemoryUse> {
    sum_selected(text, &[range])
}

pub(super) fn sum_selected(text: impl BufRead, ranges: &[AddressRange]) -> Result<MemoryUse> {
    let mut sum = Sum::default();
    add_selected(text, ranges, &mut sum, |_| {})?;
    Ok(sum.finish())
}

/// Calls `visit` with the memory used by each mapping of a process that overlaps any of the ranges. The ranges are in
/// order of address and do not overlap.
///
/// # Errors
/// Those of [`super::maps::visit`].
pub(in crate::mapping) fn visit_memory_use(
    process: Process,
    ranges: &[AddressRange],
    mut visit: impl FnMut(MemoryUse),
) -> Result<()> {
    let mut last = Sum::default();
    let mut finish = |sum: &mut Sum| {
        let done = std::mem::take(sum).finish();
        if done.mappings > 0 {
            visit(done);
        }
    };
    let text = open(process, true)?;
    add_selected(text, ranges, &mut last, &mut finish).map_err(|e| e.on(&process.name()))?;
    finish(&mut last);
    Ok(())
}

/// Calls `visit` with each mapping of a process that overlaps a range and that `wants` selects, and with the memory that
/// it uses, in order of address.
///
/// # Errors
/// Those of [`super::maps::visit`] and of `visit`.
pub(in crate::mapping) fn visit_mappings(
    process: Process,
    range: AddressRange,
    wants: impl Fn(&Vma) -> bool,
    visit: impl FnMut(Vma, MemoryUse) -> Result<()>,
) -> Result<()> {
    let text = open(process, true)?;
    each_mapping(text, range, wants, visit).map_err(|error| error.on(&process.name()))
}

pub(super) fn each_mapping(
    mut text: impl BufRead,
    range: AddressRange,
    wants: impl Fn(&Vma) -> bool,
    mut visit: impl FnMut(Vma, MemoryUse) -> Result<()>,
) -> Result<()> {
    let mut current: Option<(Vma, Sum)> = None;
    let mut finish = |current: &mut Option<(Vma, Sum)>| match current.take() {
        Some((vma, sum)) => visit(vma, sum.finish()),
        None => Ok(()),
    };
    let mut line = Vec::new();
    while next_line(&mut text, &mut line)? {
        match (Field::split(&line), &mut current) {
            (Some(field), Some((_, sum))) => sum.add_field(field)?,
            (Some(_), None) => {}
            (None, _) => {
                finish(&mut current)?;
                let header = Header::parse(&line)?;
                if header.range.start() >= range.end() {
                    break;
                }
                let vma = header.vma()?;
                if vma.range.overlaps(range) && wants(&vma) {
                    let mut sum = Sum::default();
                    sum.add_mapping(vma.range, vma.range.length())?;
                    current = Some((vma, sum));
                }
            }
        }
    }
    finish(&mut current)
}

/// Adds the mappings that overlap any of the ranges to a sum, and calls `next` before each of them.
fn add_selected(
    mut text: impl BufRead,
    mut ranges: &[AddressRange],
    sum: &mut Sum,
    mut next: impl FnMut(&mut Sum),
) -> Result<()> {
    let mut counting = false;
    let mut line = Vec::new();
    while next_line(&mut text, &mut line)? {
        match Field::split(&line) {
            Some(field) if counting => sum.add_field(field)?,
            Some(_) => {}
            None => {
                let mapping = Header::parse(&line)?.range;
                while let Some((_, later)) = ranges
                    .split_first()
                    .filter(|(range, _)| range.end() <= mapping.start())
                {
                    ranges = later;
                }
                if ranges.is_empty() {
                    break;
                }
                let common = ranges
                    .iter()
                    .take_while(|range| range.start() < mapping.end())
                    .fold(0, |sum: u64, range| {
                        sum.saturating_add(mapping.intersection(*range).length())
                    });
                counting = common > 0;
                if counting {
                    next(sum);
                    sum.add_mapping(mapping, common)?;
                }
            }
        }
    }
    Ok(())
}

/// A line of smaps after the first one of a mapping: a name and the value after its colon.
#[derive(Clone, Copy)]
pub(super) struct Field<'line> {
    name: &'line [u8],
    value: &'line [u8],
}

impl<'line> Field<'line> {
    /// The field of a line; `None` for the line that begins a mapping, whose first word has no colon.
    fn split(line: &'line [u8]) -> Option<Self> {
        let (name, value) = split_once(line, b':')?;
        if name.is_empty() || name.contains(&b' ') {
            return None;
        }
        Some(Self {
            name,
            value: value.trim_ascii(),
        })
    }

    /// A value in kB, in bytes.
    fn bytes(self) -> Result<u64> {
        self.value
            .strip_suffix(b" kB")
            .and_then(decimal)
            .and_then(|kilobytes| kilobytes.checked_mul(1024))
            .ok_or_else(|| malformed(self.value))
    }
}

/// The field of the sum to which a line of smaps is added.
pub(super) fn counter<'sum>(sum: &'sum mut MemoryUse, name: &[u8]) -> Option<&'sum mut u64> {
    Some(match name {
        b"Rss" => &mut sum.rss,
        b"Pss" => &mut sum.pss,
        b"Pss_Dirty" => &mut sum.pss_dirty,
        b"Shared_Clean" => &mut sum.shared_clean,
        b"Shared_Dirty" => &mut sum.shared_dirty,
        b"Private_Clean" => &mut sum.private_clean,
        b"Private_Dirty" => &mut sum.private_dirty,
        b"Referenced" => &mut sum.referenced,
        b"Anonymous" => &mut sum.anonymous,
        b"KSM" => &mut sum.ksm,
        b"LazyFree" => &mut sum.lazy_free,
        b"AnonHugePages" => &mut sum.anon_huge_pages,
        b"ShmemPmdMapped" => &mut sum.shmem_pmd_mapped,
        b"FilePmdMapped" => &mut sum.file_pmd_mapped,
        b"Shared_Hugetlb" => &mut sum.shared_hugetlb,
        b"Private_Hugetlb" => &mut sum.private_hugetlb,
        b"Swap" => &mut sum.swap,
        b"SwapPss" => &mut sum.swap_pss,
        b"Locked" => &mut sum.locked,
        _ => return None,
    })
}

/// Adds up the entries of smaps.
#[derive(Default)]
pub(super) struct Sum {
    total: MemoryUse,
    /// Each flag with the number of mappings that have it, in the order of first appearance.
    flags: Vec<(VmFlag, u64)>,
    not_eligible: bool,
}

impl Sum {
    fn add_mapping(&mut self, mapping: AddressRange, inside: u64) -> Result<()> {
        add(&mut self.total.mappings, 1)?;
        add(&mut self.total.mapped, mapping.length())?;
        add(
            &mut self.total.outside,
            mapping.length().saturating_sub(inside),
        )
    }

    fn add_field(&mut self, field: Field<'_>) -> Result<()> {
        match field.name {
            b"VmFlags" => self.add_flags(field.value),
            b"THPeligible" => self.not_eligible |= field.value != b"1",
            b"KernelPageSize" => {
                let size = field.bytes()?;
                let smallest = &mut self.total.kernel_page_size;
                *smallest = if *smallest == 0 {
                    size
                } else {
                    size.min(*smallest)
                };
            }
            name => {
                if let Some(counter) = counter(&mut self.total, name) {
                    add(counter, field.bytes()?)?;
                }
            }
        }
        Ok(())
    }

    fn add_flags(&mut self, codes: &[u8]) {
        for code in String::from_utf8_lossy(codes).split_ascii_whitespace() {
            match self.flags.iter_mut().find(|(flag, _)| flag.code() == code) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => self.flags.push((VmFlag::parse(code), 1)),
            }
        }
    }

    fn finish(self) -> MemoryUse {
        let mut total = self.total;
        total.thp_eligible = total.mappings > 0 && !self.not_eligible;
        for (flag, count) in self.flags {
            if count == total.mappings {
                total.vm_flags.push(flag);
            } else {
                total.vm_flags_partial.push(flag);
            }
        }
        total
    }
}

pub(super) fn add(counter: &mut u64, value: u64) -> Result<()> {
    *counter = counter
        .checked_add(value)
        .ok_or_else(|| Error::new(Kind::Failed, OPERATION, "a sum exceeds 64 bits"))?;
    Ok(())
}
