//! What the kernel says of the mappings of a process: `/proc/PID/maps` and `/proc/PID/smaps`, parsed.
//!
//! The parsers take any bytes and never panic. They read line by line, look closely only at the mappings
//! that overlap the addresses asked for, and stop after the last of them, so that a process with 65,000
//! mappings costs no more than the kernel takes to print them.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};

use serde::{Serialize, Serializer};

use super::error::{Error, Result};
use super::platform::Feature;
use super::sys;
use super::types::{AddressRange, Device, Kind, Process};

/// What may be done with the bytes of a mapping, and who sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// They may be read.
    pub read: bool,
    /// They may be written.
    pub write: bool,
    /// They may be executed.
    pub execute: bool,
    /// What is written reaches the file and whoever else maps it.
    pub shared: bool,
}

/// One mapping of a process: a line of `/proc/PID/maps` (`proc_pid_maps(5)`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vma {
    /// Its addresses.
    pub range: AddressRange,
    /// What may be done with it.
    pub permissions: Permissions,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// The device of the file; 0:0 where there is none.
    pub device: Device,
    /// The inode of the file; 0 where there is none.
    pub inode: u64,
    /// The path of the file, or a name in brackets that the kernel gives to memory without one; empty for
    /// plain anonymous memory. Without the mark of a deleted file.
    pub path: Vec<u8>,
    /// The file has been unlinked; or never had a name in the file system, as a memfd.
    pub deleted: bool,
}

/// How much memory some mappings use: the sums of what `/proc/PID/smaps` says of each, in bytes
/// (`proc_pid_smaps(5)`). A field that the kernel does not have is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryUse {
    /// The mappings counted: those that overlap the addresses asked for.
    pub mappings: u64,
    /// Their length.
    pub mapped: u64,
    /// The part of their length that lies outside the addresses asked for. The kernel merges neighbours of
    /// one kind, and counts each mapping as a whole: when this is not 0, the sums tell of more than was asked.
    pub outside: u64,
    /// The smallest page size the kernel maps any of them with.
    pub kernel_page_size: u64,
    /// In memory and in this process's page tables.
    pub rss: u64,
    /// The same, each page divided by the number of processes that map it.
    pub pss: u64,
    /// The dirty part of `pss`.
    pub pss_dirty: u64,
    /// Mapped by others too, and unchanged.
    pub shared_clean: u64,
    /// Mapped by others too, and changed.
    pub shared_dirty: u64,
    /// Mapped by this process only, and unchanged.
    pub private_clean: u64,
    /// Mapped by this process only, and changed.
    pub private_dirty: u64,
    /// Marked as accessed.
    pub referenced: u64,
    /// Belonging to no file, as the private copies of a file's pages.
    pub anonymous: u64,
    /// Merged with equal pages elsewhere.
    pub ksm: u64,
    /// Freed by advice but not yet taken back.
    pub lazy_free: u64,
    /// Anonymous memory in transparent huge pages.
    pub anon_huge_pages: u64,
    /// Shared memory mapped with huge pages.
    pub shmem_pmd_mapped: u64,
    /// Page cache mapped with huge pages.
    pub file_pmd_mapped: u64,
    /// `hugetlbfs` pages mapped by others too; not part of `rss`.
    pub shared_hugetlb: u64,
    /// `hugetlbfs` pages mapped by this process only; not part of `rss`.
    pub private_hugetlb: u64,
    /// Anonymous memory in swap; of a shared memory file, what is in swap whether mapped or not.
    pub swap: u64,
    /// The same, each page divided by the number of processes that use it.
    pub swap_pss: u64,
    /// Locked in memory: each page divided by the number of processes that map it.
    pub locked: u64,
    /// Whether all of them may have transparent huge pages.
    pub thp_eligible: bool,
    /// The flags that all of them have.
    pub vm_flags: Vec<VmFlag>,
    /// The flags that only some of them have.
    pub vm_flags_partial: Vec<VmFlag>,
}

/// The code in VmFlags of memory that is locked.
pub(super) const LOCKED: &str = "lo";

impl MemoryUse {
    /// Whether all of them have a flag, by its code.
    #[must_use]
    pub(super) fn has_flag(&self, code: &str) -> bool {
        self.vm_flags.iter().any(|flag| flag.code() == code)
    }

    /// Every figure that is a sum of bytes or a count.
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

    /// The sums over these mappings and others.
    #[must_use]
    pub(super) fn plus(mut self, mut other: Self) -> Self {
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

/// A flag of a mapping: one word of the line `VmFlags` (`proc_pid_smaps(5)`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VmFlag(Cow<'static, str>);

/// The flags of Linux up to 6.18 and what they mean.
const VM_FLAGS: [(&str, &str); 42] = [
    ("rd", "readable"),
    ("wr", "writable"),
    ("ex", "executable"),
    ("sh", "shared"),
    ("mr", "may be made readable"),
    ("mw", "may be made writable"),
    ("me", "may be made executable"),
    ("ms", "may be shared"),
    ("gd", "grows down, as a stack"),
    ("pf", "bare page frames, as those of a device"),
    ("lo", "locked in memory"),
    ("lf", "pages are locked when touched"),
    ("io", "memory of a device"),
    ("sr", "sequential access advised"),
    ("rr", "random access advised"),
    ("dc", "not copied to a child process"),
    ("de", "cannot be grown by remapping"),
    ("ac", "counted against the limit on memory"),
    ("nr", "no swap space reserved"),
    ("ht", "hugetlbfs pages"),
    ("sf", "synchronous page faults (DAX)"),
    ("nl", "not linear"),
    ("ar", "of the architecture's own kind"),
    ("wf", "wiped in a child process"),
    ("dd", "left out of core dumps"),
    ("sd", "soft-dirty"),
    ("mm", "bare page frames beside pages"),
    ("hg", "huge pages advised"),
    ("nh", "no huge pages advised"),
    ("mg", "may be merged with equal pages"),
    ("bt", "guarded against stray branches"),
    ("mt", "tagged memory"),
    ("um", "missing pages are handled by userfaultfd"),
    ("uw", "writes are watched by userfaultfd"),
    ("ui", "minor faults are handled by userfaultfd"),
    ("ss", "shadow stack"),
    ("sl", "sealed"),
    ("dp", "pages are dropped under memory pressure"),
    ("gu", "may contain guard pages"),
    ("dw", "writes to the file are denied"),
    ("mp", "bounds checked by the processor"),
    ("??", "a flag the kernel has no code for"),
];

impl VmFlag {
    fn parse(code: &str) -> Self {
        let known = VM_FLAGS.iter().find(|(known, _)| *known == code);
        Self(match known {
            Some((known, _)) => Cow::Borrowed(known),
            None => Cow::Owned(code.to_owned()),
        })
    }

    /// The code the kernel uses: two letters, as far as is known.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// What it means, where that is known.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        VM_FLAGS
            .iter()
            .find(|(code, _)| *code == self.0)
            .map(|(_, meaning)| *meaning)
    }
}

impl Serialize for VmFlag {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The mappings of a process that overlap a range of addresses, in order of address.
///
/// # Errors
/// `not_found` when there is no such process, `access_denied` when its mappings may not be seen
/// (`ptrace(2)`, access mode read), `unsupported` where the system has no such file.
pub fn overlapping(process: Process, range: AddressRange) -> Result<Vec<Vma>> {
    let mut found = Vec::new();
    visit(process, range, |vma| found.push(vma))?;
    Ok(found)
}

/// Calls `visit` with each mapping of a process that overlaps a range of addresses, in order of address.
///
/// # Errors
/// Those of [`overlapping`].
pub fn visit(process: Process, range: AddressRange, visit: impl FnMut(Vma)) -> Result<()> {
    visit_maps(open(process, false)?, range, visit).map_err(|error| error.on(&process.name()))
}

/// How much memory the mappings of a process that overlap a range of addresses use.
///
/// # Errors
/// Those of [`overlapping`].
pub fn memory_use(process: Process, range: AddressRange) -> Result<MemoryUse> {
    sum_smaps(open(process, true)?, range).map_err(|error| error.on(&process.name()))
}

/// The same of this process; `None` where the system keeps no account or, without `/proc`, does not show it.
///
/// # Errors
/// Those of [`overlapping`].
pub fn own_memory_use(range: AddressRange) -> Result<Option<MemoryUse>> {
    shown(|| memory_use(Process::Myself, range))
}

/// Calls `visit` with each mapping of this process that overlaps a range of addresses, in order of address;
/// `None` where the system does not show them.
///
/// # Errors
/// Those of [`overlapping`].
pub fn visit_own(range: AddressRange, visitor: impl FnMut(Vma)) -> Result<Option<()>> {
    shown(|| visit(Process::Myself, range, visitor))
}

fn shown<T>(look: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    if !Feature::MemoryAccount.is_offered() {
        return Ok(None);
    }
    match look() {
        // This process is there: what is missing is the directory of all of them.
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// How much memory the mappings of a process that overlap any of some ranges of addresses use. The ranges are
/// in order of address, and none overlaps another.
///
/// # Errors
/// Those of [`overlapping`].
pub fn memory_use_of(process: Process, ranges: &[AddressRange]) -> Result<MemoryUse> {
    sum_selected(open(process, true)?, ranges).map_err(|error| error.on(&process.name()))
}

/// Refuses what needs to look at other processes where they are not shown.
///
/// # Errors
/// `unsupported` when `/proc` is not mounted, or shows the processes of another PID namespace, whose numbers mean
/// other processes.
pub(super) fn require_processes(operation: &'static str) -> Result<()> {
    if sys::shows_processes() {
        return Ok(());
    }
    let reason = "/proc does not show the processes of this system: it is not mounted, or belongs to another \
                  PID namespace";
    let hint = "mount -t proc proc /proc mounts it";
    Err(Error::new(Kind::Unsupported, operation, reason).hint(hint))
}

const OPERATION: &str = "read the memory map";

fn open(process: Process, detailed: bool) -> Result<impl BufRead> {
    sys::open_memory_map(process, detailed)
        .map(buffered)
        .map_err(|error| Error::os(OPERATION, &error).on(&process.name()))
}

/// A reader with room for much of a memory map, or for a little where memory is short: a report must not end the
/// process when its work is done.
pub(super) fn buffered<R: Read>(text: R) -> BufReader<R> {
    const MUCH: usize = 1 << 16;
    const LITTLE: usize = 1 << 12;
    let mut trial: Vec<u8> = Vec::new();
    // The reader takes its memory without asking whether there is any.
    let fits = trial.try_reserve_exact(MUCH).is_ok();
    drop(std::hint::black_box(trial));
    BufReader::with_capacity(if fits { MUCH } else { LITTLE }, text)
}

/// Calls `visit` with the mappings that overlap a range, of the text of `/proc/PID/maps`.
///
/// # Errors
/// Those of the reader, and `failed` for text that no kernel prints.
pub fn visit_maps(
    mut text: impl BufRead,
    range: AddressRange,
    mut visit: impl FnMut(Vma),
) -> Result<()> {
    let mut line = Vec::new();
    while next_line(&mut text, &mut line)? {
        let header = Header::parse(&line)?;
        if header.range.start() >= range.end() {
            break;
        }
        if header.range.overlaps(range) {
            visit(header.vma()?);
        }
    }
    Ok(())
}

/// The sums over the mappings that overlap a range, of the text of `/proc/PID/smaps`.
///
/// # Errors
/// Those of the reader, and `failed` for text that no kernel prints.
pub fn sum_smaps(text: impl BufRead, range: AddressRange) -> Result<MemoryUse> {
    sum_selected(text, &[range])
}

fn sum_selected(mut text: impl BufRead, mut ranges: &[AddressRange]) -> Result<MemoryUse> {
    let mut sum = Sum::default();
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
                    sum.add_mapping(mapping, common)?;
                }
            }
        }
    }
    Ok(sum.finish())
}

/// Reads one line without its newline; false at the end.
fn next_line(text: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool> {
    line.clear();
    let read = text
        .read_until(b'\n', line)
        .map_err(|error| Error::os(OPERATION, &error))?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(read > 0)
}

fn malformed(line: &[u8]) -> Error {
    let shown = String::from_utf8_lossy(line.get(..80).unwrap_or(line)).into_owned();
    Error::new(
        Kind::Failed,
        OPERATION,
        format!("a line that is not understood: {shown:?}"),
    )
}

/// The line that begins a mapping, with only the addresses looked at.
struct Header<'line> {
    line: &'line [u8],
    range: AddressRange,
    rest: &'line [u8],
}

impl<'line> Header<'line> {
    fn parse(line: &'line [u8]) -> Result<Self> {
        Self::split(line).ok_or_else(|| malformed(line))
    }

    fn split(line: &'line [u8]) -> Option<Self> {
        let (start, rest) = split_once(line, b'-')?;
        let (end, rest) = split_once(rest, b' ')?;
        let range = AddressRange::between(hexadecimal(start)?, hexadecimal(end)?)?;
        Some(Self { line, range, rest })
    }

    fn vma(&self) -> Result<Vma> {
        self.rest_of_vma().ok_or_else(|| malformed(self.line))
    }

    fn rest_of_vma(&self) -> Option<Vma> {
        let (permissions, rest) = split_once(self.rest, b' ')?;
        let (offset, rest) = split_once(rest, b' ')?;
        let (device, rest) = split_once(rest, b' ')?;
        // Anonymous memory has no more words, and older kernels print no blank after its last.
        let (inode, path) = split_once(rest, b' ').unwrap_or((rest, b""));
        let (major, minor) = split_once(device, b':')?;
        let (path, deleted) = file_path(path.trim_ascii_start());
        Some(Vma {
            range: self.range,
            permissions: parse_permissions(permissions)?,
            offset: hexadecimal(offset)?,
            device: Device {
                major: u32::try_from(hexadecimal(major)?).ok()?,
                minor: u32::try_from(hexadecimal(minor)?).ok()?,
            },
            inode: decimal(inode)?,
            path,
            deleted,
        })
    }
}

fn parse_permissions(letters: &[u8]) -> Option<Permissions> {
    let &[r, w, x, s] = letters else { return None };
    let flag = |letter: u8, set: u8| match letter {
        b'-' => Some(false),
        letter if letter == set => Some(true),
        _ => None,
    };
    Some(Permissions {
        read: flag(r, b'r')?,
        write: flag(w, b'w')?,
        execute: flag(x, b'x')?,
        shared: match s {
            b's' => true,
            b'p' => false,
            _ => return None,
        },
    })
}

/// The path as it is in the file system, and whether the kernel marked it as deleted.
///
/// The kernel escapes the newline alone, as `\012`, and not the backslash; a file whose name contains these
/// four characters, or ends in the mark, cannot be told from one that was escaped or deleted.
fn file_path(shown: &[u8]) -> (Vec<u8>, bool) {
    let (mut rest, deleted) = match shown.strip_suffix(b" (deleted)") {
        Some(path) => (path, true),
        None => (shown, false),
    };
    let mut path = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        match rest.strip_prefix(br"\012") {
            Some(after) => {
                path.push(b'\n');
                rest = after;
            }
            None => {
                path.push(byte);
                rest = after;
            }
        }
    }
    (path, deleted)
}

fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == separator)?;
    let (before, after) = text.split_at_checked(at)?;
    Some((before, after.get(1..)?))
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    number(digits, 16)
}

fn decimal(digits: &[u8]) -> Option<u64> {
    number(digits, 10)
}

fn number(digits: &[u8], radix: u32) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, &digit| {
        let digit = char::from(digit).to_digit(radix)?;
        value
            .checked_mul(u64::from(radix))?
            .checked_add(u64::from(digit))
    })
}

/// A line of smaps after the first of a mapping: a name and what follows its colon.
#[derive(Clone, Copy)]
struct Field<'line> {
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

/// The field of the sum that a line of smaps is added to.
fn counter<'sum>(sum: &'sum mut MemoryUse, name: &[u8]) -> Option<&'sum mut u64> {
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

/// A sum in the making.
#[derive(Default)]
struct Sum {
    total: MemoryUse,
    /// Each flag met, and how many mappings have it, in the order of their first appearance.
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

fn add(counter: &mut u64, value: u64) -> Result<()> {
    *counter = counter
        .checked_add(value)
        .ok_or_else(|| Error::new(Kind::Failed, OPERATION, "its sums exceed 64 bits"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::{ByteLength, PageSize, SourceName, SourceOffset, SourceRange};
    use crate::skip::skip;
    use proptest::prelude::*;

    const MAPS: &[u8] = b"\
55d0c0a00000-55d0c0a02000 r--p 00000000 fe:00 1234                       /usr/bin/a b\n\
7f0000000000-7f0000010000 rw-s 00003000 00:1a 77                         /dev/shm/new\\012line (deleted)\n\
7f0000010000-7f0000020000 ---p 00000000 00:00 0 \n\
7f0000020000-7f0000021000 rw-p 00000000 00:00 0\n\
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]\n\
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

    const SMAPS: &[u8] = b"\
7f0000000000-7f0000004000 rw-p 00000000 00:00 0 \n\
Size:                 16 kB\n\
KernelPageSize:        4 kB\n\
MMUPageSize:           4 kB\n\
Rss:                   8 kB\n\
Private_Dirty:         8 kB\n\
AnonHugePages:         0 kB\n\
Locked:                4 kB\n\
THPeligible:           1\n\
ProtectionKey:         0\n\
VmFlags: rd wr mr mw me ac sd \n\
7f0000004000-7f0000005000 r--p 00000000 00:00 0 \n\
Size:                  4 kB\n\
KernelPageSize:     2048 kB\n\
Rss:                   4 kB\n\
Private_Hugetlb:    2048 kB\n\
A_Field_Of_Tomorrow:   9 furlongs\n\
THPeligible:           0\n\
VmFlags: rd mr mw me zz \n\
7f0000009000-7f000000a000 r--p 00000000 00:00 0 \n\
Rss:                   4 kB\n";

    fn all(text: &[u8]) -> Vec<Vma> {
        within(text, AddressRange::ALL)
    }

    fn within(text: &[u8], range: AddressRange) -> Vec<Vma> {
        let mut found = Vec::new();
        visit_maps(text, range, |vma| found.push(vma)).unwrap();
        found
    }

    fn addresses(start: u64, end: u64) -> AddressRange {
        AddressRange::between(start, end).unwrap()
    }

    #[test]
    fn a_part_of_a_source_lies_in_all_pages_that_it_touches() {
        let page = PageSize::new(4096).unwrap();
        let range =
            |offset, length| SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap();
        let memory = AddressRange::between(0x10000, 0x18000).unwrap();
        for (part, expected) in [
            (range(4096, 0x8000), (0x10000, 0x18000)),
            (range(8192, 4096), (0x11000, 0x12000)),
            // Blocks may be smaller than pages.
            (range(9216, 4096), (0x11000, 0x13000)),
            (range(0x8000, 1 << 40), (0x17000, 0x18000)),
        ] {
            let found = memory.of_part(range(4096, 0x8000), part, page);
            assert_eq!((found.start(), found.end()), expected);
        }
    }

    #[test]
    fn every_kind_of_line_of_maps_is_understood() {
        let found = all(MAPS);
        assert_eq!(found.len(), 6);
        assert_eq!(
            found[0],
            Vma {
                range: addresses(0x55d0_c0a0_0000, 0x55d0_c0a0_2000),
                permissions: Permissions {
                    read: true,
                    ..Permissions::default()
                },
                offset: 0,
                device: Device {
                    major: 0xfe,
                    minor: 0
                },
                inode: 1234,
                path: b"/usr/bin/a b".to_vec(),
                deleted: false,
            }
        );
        assert_eq!(found[1].path, b"/dev/shm/new\nline");
        assert!(found[1].deleted && found[1].permissions.shared);
        assert_eq!((found[1].offset, found[1].inode), (0x3000, 77));
        assert_eq!(found[2].path, b"");
        assert_eq!(found[3].path, b"");
        assert_eq!(found[4].path, b"[stack]");
        assert!(found[5].permissions.execute && !found[5].permissions.read);
    }

    #[test]
    fn only_overlapping_mappings_are_found_and_nothing_after_them_is_read() {
        let window = addresses(0x7f00_0001_ffff, 0x7f00_0002_0001);
        let found = within(MAPS, window);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].range.end(), 0x7f00_0002_0000);
        let mut broken = MAPS.to_vec();
        broken.extend_from_slice(b"nonsense\n");
        assert_eq!(within(&broken, window).len(), 2);
        assert!(visit_maps(broken.as_slice(), AddressRange::ALL, |_| ()).is_err());
        assert!(within(MAPS, addresses(5, 5)).is_empty());
    }

    #[test]
    fn lines_that_no_kernel_prints_are_errors_that_show_them() {
        for line in [
            "",
            "x",
            "1000-0fff r--p 0 0:0 0",
            "1000-2000",
            "1000-2000 r--p 0 0:0 ",
            "1000-2000 r--p 0 00 0",
            "1000-2000 r--q 0 0:0 0",
            "1000-2000 w--p 0 0:0 0",
            "1000-2000 r-p 0 0:0 0",
            "1000-2000 r--p 0 100000000:0 0",
            "1000-2000 r--p 0 0:0 18446744073709551616",
            "1000-10000000000000000 r--p 0 0:0 0",
            "+1000-2000 r--p 0 0:0 0",
        ] {
            let text = format!("{line}\n");
            let error = visit_maps(text.as_bytes(), AddressRange::ALL, |_| ()).unwrap_err();
            assert!(error.to_string().contains(&format!("{line:?}")), "{error}");
        }
    }

    #[test]
    fn smaps_is_summed_in_bytes_over_the_mappings_asked_for() {
        let sum = sum_smaps(SMAPS, addresses(0x7f00_0000_1000, 0x7f00_0000_5000)).unwrap();
        let kib = 1024;
        let expected = MemoryUse {
            mappings: 2,
            mapped: 20 * kib,
            outside: 4 * kib,
            kernel_page_size: 4 * kib,
            rss: 12 * kib,
            private_dirty: 8 * kib,
            private_hugetlb: 2048 * kib,
            locked: 4 * kib,
            thp_eligible: false,
            vm_flags: ["rd", "mr", "mw", "me"].map(VmFlag::parse).to_vec(),
            vm_flags_partial: ["wr", "ac", "sd", "zz"].map(VmFlag::parse).to_vec(),
            ..MemoryUse::default()
        };
        assert_eq!(sum, expected);
        let first = sum_smaps(SMAPS, addresses(0x7f00_0000_0000, 0x7f00_0000_0001)).unwrap();
        assert!(first.thp_eligible && first.vm_flags_partial.is_empty());
        let none = sum_smaps(SMAPS, addresses(0x7f00_0000_5000, 0x7f00_0000_9000)).unwrap();
        assert_eq!(none, MemoryUse::default());
    }

    #[test]
    fn sums_beyond_64_bits_and_values_that_are_none_are_errors() {
        let header = "1000-2000 r--p 0 0:0 0\n";
        for field in [
            "Rss: x kB",
            "Rss: 1",
            "Rss: 18014398509481984 kB",
            "Rss: -1 kB",
            "Rss: 18014398509481983 kB\nRss: 1 kB",
        ] {
            let text = format!("{header}{field}\n");
            assert!(
                sum_smaps(text.as_bytes(), AddressRange::ALL).is_err(),
                "{field}"
            );
        }
    }

    #[test]
    fn flags_are_told_by_code_and_meaning_and_unknown_ones_are_kept() {
        assert_eq!(VmFlag::parse("lo").meaning(), Some("locked in memory"));
        let unknown = VmFlag::parse("future");
        assert_eq!((unknown.code(), unknown.meaning()), ("future", None));
        let codes: std::collections::HashSet<_> = VM_FLAGS.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), VM_FLAGS.len());
    }

    #[test]
    fn the_maps_of_this_process_are_understood_whole() {
        let found = overlapping(Process::Myself, AddressRange::ALL).unwrap();
        assert!(found.iter().any(|vma| vma.path == b"[stack]"));
        let executable = std::env::current_exe().unwrap();
        let executable = executable.as_os_str().as_encoded_bytes();
        assert!(found.iter().any(|vma| vma.path == executable));
        assert!(
            found
                .windows(2)
                .all(|pair| pair[0].range.end() <= pair[1].range.start())
        );
        let by_pid = overlapping(Process::Id(std::process::id()), AddressRange::ALL).unwrap();
        assert!(by_pid.iter().any(|vma| vma.path == executable));
    }

    #[test]
    fn the_smaps_of_this_process_tell_what_was_touched() {
        let length: usize = 1 << 20;
        let mut memory = memmap2::MmapOptions::new().len(length).map_anon().unwrap();
        // An advised mapping is not merged with its neighbours.
        memory.advise(memmap2::Advice::DontDump).unwrap();
        let range =
            AddressRange::new(memory.as_ptr().addr() as u64, ByteLength::of(length)).unwrap();
        let before = memory_use(Process::Myself, range).unwrap();
        assert_eq!((before.rss, before.outside, before.mappings), (0, 0, 1));
        memory.fill(1);
        let after = memory_use(Process::Myself, range).unwrap();
        assert_eq!(after.rss, ByteLength::of(length).0);
        assert_eq!(
            (after.anonymous, after.private_dirty),
            (after.rss, after.rss)
        );
        assert!(after.vm_flags.contains(&VmFlag::parse("dd")), "{after:?}");
        assert!(
            after.vm_flags.iter().all(|flag| flag.meaning().is_some()),
            "{after:?}"
        );
    }

    #[test]
    fn a_process_that_does_not_exist_is_not_found() {
        let error = overlapping(Process::Id(u32::MAX), AddressRange::ALL).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.details().subject, Some(SourceName::Process(u32::MAX)));
    }

    #[test]
    fn the_memory_of_other_users_is_denied() {
        if !rustix::process::geteuid().is_root() {
            skip("root to become another user");
            return;
        }
        let parent = Process::Id(std::os::unix::process::parent_id());
        let thread = std::thread::spawn(move || {
            let nobody = rustix::process::Uid::from_raw(65534);
            // To the kernel a user belongs to a thread.
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            (
                overlapping(parent, AddressRange::ALL).unwrap_err(),
                memory_use(parent, AddressRange::ALL).unwrap_err(),
            )
        });
        let (maps, smaps) = thread.join().unwrap();
        assert_eq!(
            (maps.kind(), smaps.kind()),
            (Kind::AccessDenied, Kind::AccessDenied)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = visit_maps(text.as_slice(), AddressRange::ALL, |_| ());
            let _ = sum_smaps(text.as_slice(), AddressRange::ALL);
        }

        #[test]
        fn text_like_the_kernels_is_parsed_or_refused(
            text in "([0-9a-f]{0,20}[- :]){0,3}[rwxsp-]{0,5} [0-9a-f]{0,17} [0-9a-f:]{0,9} [0-9]{0,21} {0,3}[ -~]{0,20}\n(Rss: +[0-9]{0,25} kB\n|VmFlags:( [a-z?]{1,3}){0,5}\n|[A-Za-z_]{1,9}:[ -~]{0,9}\n){0,4}",
            start: u64,
            length: u64,
        ) {
            let range = AddressRange::new(start, ByteLength(length)).unwrap_or(AddressRange::ALL);
            let _ = visit_maps(text.as_bytes(), range, |_| ());
            let _ = sum_smaps(text.as_bytes(), range);
        }

        #[test]
        fn what_the_kernel_would_print_comes_back(
            start in 0..u64::MAX / 2,
            length in 1..u64::MAX / 2,
            offset: u64,
            major: u32,
            minor: u32,
            inode: u64,
            bits in 0_u8..16,
            deleted: bool,
            name in "[!-~]([ -~]{0,20}[!-~])?(\n[a-z])?",
        ) {
            let path = format!("/{name}");
            prop_assume!(!path.contains(r"\012") && !path.ends_with("(deleted)"));
            let vma = Vma {
                range: AddressRange::new(start, ByteLength(length)).unwrap(),
                permissions: Permissions {
                    read: bits & 1 != 0,
                    write: bits & 2 != 0,
                    execute: bits & 4 != 0,
                    shared: bits & 8 != 0,
                },
                offset,
                device: Device { major, minor },
                inode,
                path: path.clone().into_bytes(),
                deleted,
            };
            let letter = |bit: u8, set: char, unset: char| if bits & bit != 0 { set } else { unset };
            let text = format!(
                "{start:08x}-{:08x} {}{}{}{} {offset:08x} {major:02x}:{minor:02x} {inode} {:20}{}{}\n",
                start + length,
                letter(1, 'r', '-'), letter(2, 'w', '-'), letter(4, 'x', '-'), letter(8, 's', 'p'),
                "",
                path.replace('\n', r"\012"),
                if deleted { " (deleted)" } else { "" },
            );
            prop_assert_eq!(all(text.as_bytes()), vec![vma]);
        }
    }
}
