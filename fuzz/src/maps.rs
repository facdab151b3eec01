//! `/proc/PID/maps` and `/proc/PID/smaps`: every text is read as a reference reads it, which looks at one line after the
//! other.

use std::io::BufReader;

use mmapctl::mapping::measure::proc_maps::{MemoryUse, Permissions, Vma, sum_smaps, visit_maps};
use mmapctl::mapping::types::{AddressRange, Device};

pub fn check(text: &[u8]) {
    let expected = maps(text);
    assert_eq!(mappings(text, AddressRange::ALL), expected);
    let expected = expected.unwrap_or_default();
    // A search stops at the first mapping behind the range.
    let starts = lines(text).map(|line| addresses(line).map(AddressRange::start));
    if starts.is_sorted() {
        for Vma { range, .. } in expected.iter().take(20) {
            let overlapping = expected.iter().filter(|vma| vma.range.overlaps(*range));
            let found = mappings(text, *range).unwrap();
            assert_eq!(found, overlapping.cloned().collect::<Vec<_>>());
        }
    }
    let found = sum_smaps(BufReader::with_capacity(3, text), AddressRange::ALL);
    assert_eq!(found.as_ref().ok().map(Sums::found), Sums::expected(text));
    if let Err(error) = found {
        super::check_report(error);
    }
}

/// The mappings that overlap a range.
fn mappings(text: &[u8], range: AddressRange) -> Option<Vec<Vma>> {
    let mut found = Vec::new();
    match visit_maps(text, range, |vma| found.push(vma)) {
        Ok(()) => Some(found),
        Err(error) => {
            super::check_report(error);
            None
        }
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// The mappings in the text of maps.
fn maps(text: &[u8]) -> Option<Vec<Vma>> {
    let mut all = Vec::new();
    for line in lines(text) {
        let range = addresses(line)?;
        if range.start() == u64::MAX {
            break;
        }
        if !range.is_empty() {
            all.push(mapping(line)?);
        }
    }
    Some(all)
}

/// The addresses at the start of a line.
fn addresses(line: &[u8]) -> Option<AddressRange> {
    let first = line
        .split(|byte| *byte == b' ')
        .next()
        .filter(|first| first.len() < line.len())?;
    let dash = first.iter().position(|byte| *byte == b'-')?;
    AddressRange::between(number(&first[..dash], 16)?, number(&first[dash + 1..], 16)?)
}

fn mapping(line: &[u8]) -> Option<Vma> {
    let words: Vec<&[u8]> = line.splitn(6, |byte| *byte == b' ').collect();
    let [_, letters, offset, device, inode, path @ ..] = words.as_slice() else {
        return None;
    };
    let [
        r @ (b'r' | b'-'),
        w @ (b'w' | b'-'),
        x @ (b'x' | b'-'),
        s @ (b's' | b'p'),
    ] = letters
    else {
        return None;
    };
    let colon = device.iter().position(|byte| *byte == b':')?;
    let path = path.first().map_or(&[][..], |path| path.trim_ascii_start());
    let (path, deleted) = match path.strip_suffix(b" (deleted)") {
        Some(path) => (path, true),
        None => (path, false),
    };
    Some(Vma {
        range: addresses(line)?,
        permissions: Permissions {
            read: *r == b'r',
            write: *w == b'w',
            execute: *x == b'x',
            shared: *s == b's',
        },
        offset: number(offset, 16)?,
        device: Device {
            major: number(&device[..colon], 16)?.try_into().ok()?,
            minor: number(&device[colon + 1..], 16)?.try_into().ok()?,
        },
        inode: number(inode, 10)?,
        path: with_newlines(path),
        deleted,
    })
}

/// A path as the kernel has it, which prints newlines as `\012`.
fn with_newlines(shown: &[u8]) -> Vec<u8> {
    match shown.windows(4).position(|four| four == br"\012") {
        Some(at) => [&shown[..at], b"\n", &with_newlines(&shown[at + 4..])].concat(),
        None => shown.to_vec(),
    }
}

/// A number of digits alone.
fn number(digits: &[u8], radix: u32) -> Option<u64> {
    let digits = str::from_utf8(digits)
        .ok()
        .filter(|digits| !digits.starts_with('+'))?;
    u64::from_str_radix(digits, radix).ok()
}

/// The name of a counter of smaps, and its sum.
type Counter = (&'static str, fn(&MemoryUse) -> u64);

const COUNTERS: [Counter; 19] = [
    ("Rss", |sums| sums.rss),
    ("Pss", |sums| sums.pss),
    ("Pss_Dirty", |sums| sums.pss_dirty),
    ("Shared_Clean", |sums| sums.shared_clean),
    ("Shared_Dirty", |sums| sums.shared_dirty),
    ("Private_Clean", |sums| sums.private_clean),
    ("Private_Dirty", |sums| sums.private_dirty),
    ("Referenced", |sums| sums.referenced),
    ("Anonymous", |sums| sums.anonymous),
    ("KSM", |sums| sums.ksm),
    ("LazyFree", |sums| sums.lazy_free),
    ("AnonHugePages", |sums| sums.anon_huge_pages),
    ("ShmemPmdMapped", |sums| sums.shmem_pmd_mapped),
    ("FilePmdMapped", |sums| sums.file_pmd_mapped),
    ("Shared_Hugetlb", |sums| sums.shared_hugetlb),
    ("Private_Hugetlb", |sums| sums.private_hugetlb),
    ("Swap", |sums| sums.swap),
    ("SwapPss", |sums| sums.swap_pss),
    ("Locked", |sums| sums.locked),
];

/// The sums of all mappings in the text of smaps.
#[derive(Debug, Default, PartialEq)]
struct Sums {
    mappings: u64,
    mapped: u64,
    page: Option<u64>,
    not_eligible: bool,
    counters: [u64; COUNTERS.len()],
    /// The flags of all mappings, and those of some.
    flags: [Vec<String>; 2],
}

impl Sums {
    fn found(found: &MemoryUse) -> Self {
        let codes = [&found.vm_flags, &found.vm_flags_partial];
        Self {
            mappings: found.mappings,
            mapped: found.mapped,
            page: Some(found.kernel_page_size).filter(|page| *page > 0),
            not_eligible: found.mappings > 0 && !found.thp_eligible,
            counters: COUNTERS.map(|(_, get)| get(found)),
            flags: codes.map(|flags| flags.iter().map(|flag| flag.code().to_owned()).collect()),
        }
    }

    fn expected(text: &[u8]) -> Option<Self> {
        let mut sums = Self::default();
        let mut flags: Vec<(String, u64)> = Vec::new();
        let mut counts = false;
        for line in lines(text) {
            let Some((name, value)) = field(line) else {
                let range = addresses(line)?;
                if range.start() == u64::MAX {
                    break;
                }
                counts = !range.is_empty();
                sums.mappings += u64::from(counts);
                sums.mapped = sums.mapped.checked_add(range.length())?;
                continue;
            };
            let counter = COUNTERS
                .iter()
                .position(|(counter, _)| counter.as_bytes() == name);
            match (name, counter) {
                _ if !counts => {}
                (b"THPeligible", _) => sums.not_eligible |= value != b"1",
                (b"KernelPageSize", _) => {
                    let size = kilobytes(value)?;
                    sums.page = Some(sums.page.map_or(size, |page| page.min(size)))
                        .filter(|page| *page > 0);
                }
                (b"VmFlags", _) => {
                    for flag in String::from_utf8_lossy(value).split_ascii_whitespace() {
                        match flags.iter_mut().find(|(known, _)| known == flag) {
                            Some((_, count)) => *count += 1,
                            None => flags.push((flag.to_owned(), 1)),
                        }
                    }
                }
                (_, Some(counter)) => {
                    let sum = &mut sums.counters[counter];
                    *sum = sum.checked_add(kilobytes(value)?)?;
                }
                (_, None) => {}
            }
        }
        for (flag, count) in flags {
            sums.flags[usize::from(count != sums.mappings)].push(flag);
        }
        Some(sums)
    }
}

/// The name and the value of a line that does not begin a mapping.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = &line[..colon];
    let is_name = !name.is_empty() && !name.contains(&b' ');
    is_name.then(|| (name, line[colon + 1..].trim_ascii()))
}

fn kilobytes(value: &[u8]) -> Option<u64> {
    number(value.strip_suffix(b" kB")?, 10)?.checked_mul(1024)
}
