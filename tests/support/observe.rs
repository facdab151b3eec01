//! Measurements from the kernel, made outside the command under test.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::skip;

/// The system's page size in bytes.
pub fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

/// The file's apparent size in bytes.
pub fn size(path: impl AsRef<Path>) -> u64 {
    fs::metadata(path).unwrap().size()
}

/// The disk space or memory that the file uses, in bytes.
pub fn allocated(path: impl AsRef<Path>) -> u64 {
    fs::metadata(path).unwrap().blocks() * 512
}

/// Repeats the check until it succeeds. Use it only for delayed effects of the kernel: the effects of a
/// command must be visible when it reports them.
#[track_caller]
pub fn poll_until(what: &str, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !ready() {
        assert!(
            Instant::now() < deadline,
            "did not happen in 20 seconds: {what}"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Pages of a file in the page cache: the kernel's `struct cachestat`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cache {
    /// In memory.
    pub cached: u64,
    /// Modified and not yet on disk.
    pub dirty: u64,
    /// Being written to disk.
    pub writeback: u64,
    /// Evicted.
    pub evicted: u64,
    /// Recently evicted.
    pub recently_evicted: u64,
}

/// The file's pages in the page cache; skips the test if the kernel cannot count them (before 6.5).
#[track_caller]
pub fn cache(path: impl AsRef<Path>) -> Option<Cache> {
    cache_range(path, 0, 0)
}

/// The number of pages of the file in the page cache; `None` if the kernel cannot count them.
#[track_caller]
pub fn cached(path: impl AsRef<Path>) -> Option<u64> {
    cache(path).map(|cache| cache.cached)
}

/// Like [`cache`], for the pages that overlap a range of bytes; a length of 0 means up to the end.
#[track_caller]
pub fn cache_range(path: impl AsRef<Path>, offset: u64, length: u64) -> Option<Cache> {
    let file = File::open(path).unwrap();
    match cachestat(&file, offset, length) {
        Ok(counts) => Some(counts),
        Err(e) => {
            skip(format!("cachestat ({e})"));
            None
        }
    }
}

/// `cachestat(2)`, which fails with `EPERM` without ownership, write permission or a capability.
#[allow(unsafe_code)]
fn cachestat(file: &File, offset: u64, length: u64) -> std::io::Result<Cache> {
    // The libc crate lacks it on some targets. The number is the same on all architectures except Alpha.
    const SYS_CACHESTAT: libc::c_long = 451;
    let range = [offset, length];
    let mut counts = Cache::default();
    // SAFETY: the kernel reads the two words of `struct cachestat_range` and writes the five of `struct
    // cachestat`. `range` and the `repr(C)` `Cache` have these layouts, and both outlive the call.
    let status = unsafe {
        libc::syscall(
            SYS_CACHESTAT,
            file.as_raw_fd(),
            range.as_ptr(),
            &raw mut counts,
            0,
        )
    };
    if status == 0 {
        Ok(counts)
    } else {
        Err(std::io::Error::last_os_error())
    }
}

/// The number of pages of part of a file or device that are in memory and up to date (`mincore(2)`). The result is
/// valid only for the file's owner and for users who may write it.
#[allow(unsafe_code)]
pub fn up_to_date(path: impl AsRef<Path>, offset: u64, length: u64) -> u64 {
    let file = File::open(path).unwrap();
    let length = usize::try_from(length).unwrap();
    let mapped = memmap2::MmapOptions::new()
        .offset(offset)
        .len(length)
        .map_raw_read_only(&file)
        .unwrap();
    let mut pages = vec![0_u8; length.div_ceil(usize::try_from(page_size()).unwrap())];
    // SAFETY: the range is mapped for as long as `mapped` lives, and the kernel writes one byte for each full or
    // partial page.
    let status = unsafe { libc::mincore(mapped.as_mut_ptr().cast(), length, pages.as_mut_ptr()) };
    assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
    pages.iter().map(|byte| u64::from(byte & 1)).sum()
}

/// Evicts the pages of this file only. No process may have it mapped.
#[track_caller]
pub fn evict(path: impl AsRef<Path>) {
    let file = File::open(path).unwrap();
    file.sync_all().unwrap();
    poll_until("the pages of the file leave the page cache", || {
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        // If the kernel cannot count pages, a single call must suffice.
        cachestat(&file, 0, 0)
            .is_ok_and(|counts| counts.cached > 0)
            .eq(&false)
    });
}

/// Runs a scenario that counts the pages of a file in memory, at most four times until it succeeds. The kernel may
/// reclaim unmapped pages at any time when memory is short, or every few seconds with DAMON's proactive reclaim.
pub fn while_pages_stay(scenario: impl Fn()) {
    for _ in 1..4 {
        if panic::catch_unwind(AssertUnwindSafe(&scenario)).is_ok() {
            return;
        }
    }
    scenario();
}

/// Whether a check succeeds within 500 attempts, while a thread writes to the start of a file all the time.
pub fn succeeds_while_written(file: &File, mut check: impl FnMut() -> bool) -> bool {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                file.write_all_at(&[1; 100], 0).unwrap();
            }
        });
        let found = (0..500).any(|_| check());
        stop.store(true, Ordering::Relaxed);
        found
    })
}

/// One line of `/proc/PID/maps`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapsLine {
    /// The first address.
    pub start: u64,
    /// The address after the last.
    pub end: u64,
    /// `r`, `w`, `x` or `-`, then `s` for shared or `p` for private.
    pub permissions: String,
    /// The start offset in the file, in bytes.
    pub offset: u64,
    /// `major:minor`, hexadecimal.
    pub device: String,
    /// 0 for anonymous memory.
    pub inode: u64,
    /// The path as the kernel prints it: with `\012` for a newline and ` (deleted)` for an unlinked file.
    pub path: String,
}

impl MapsLine {
    fn parse(line: &str) -> Option<MapsLine> {
        let mut rest = line;
        let mut field = || {
            let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = after;
            first
        };
        let (start, end) = field().split_once('-')?;
        let parsed = MapsLine {
            start: u64::from_str_radix(start, 16).ok()?,
            end: u64::from_str_radix(end, 16).ok()?,
            permissions: field().to_owned(),
            offset: u64::from_str_radix(field(), 16).ok()?,
            device: field().to_owned(),
            inode: field().parse().ok()?,
            path: String::new(),
        };
        Some(MapsLine {
            path: rest.trim_start().to_owned(),
            ..parsed
        })
    }

    /// The number of mapped bytes.
    pub fn length(&self) -> u64 {
        self.end - self.start
    }
}

/// One mapping in `/proc/PID/smaps`.
#[derive(Debug, Clone)]
pub struct Smaps {
    /// Its line, as in maps.
    pub line: MapsLine,
    /// The counters in bytes, by the kernel's names: `Rss`, `Shared_Dirty`, `Locked`, …
    pub bytes: BTreeMap<String, u64>,
    /// The two-letter names of `VmFlags`.
    pub flags: Vec<String>,
}

impl Smaps {
    /// A counter in bytes; 0 if this kernel does not have it.
    pub fn get(&self, name: &str) -> u64 {
        self.bytes.get(name).copied().unwrap_or(0)
    }

    /// Whether `VmFlags` has this two-letter name.
    pub fn has_flag(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }
}

/// The mappings of a process, in order of address.
pub fn maps(pid: u32) -> Vec<MapsLine> {
    let text = fs::read(format!("/proc/{pid}/maps")).unwrap();
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(MapsLine::parse)
        .collect()
}

/// The mappings of a process with their counters, in order of address.
pub fn smaps(pid: u32) -> Vec<Smaps> {
    let text = fs::read(format!("/proc/{pid}/smaps")).unwrap();
    let mut all: Vec<Smaps> = Vec::new();
    for line in String::from_utf8_lossy(&text).lines() {
        if let Some(line) = MapsLine::parse(line) {
            all.push(Smaps {
                line,
                bytes: BTreeMap::new(),
                flags: Vec::new(),
            });
        } else if let (Some(current), Some((name, value))) = (all.last_mut(), line.split_once(':'))
        {
            let words: Vec<&str> = value.split_whitespace().collect();
            match words[..] {
                _ if name == "VmFlags" => {
                    current.flags = words.into_iter().map(str::to_owned).collect()
                }
                [number, "kB"] => {
                    current
                        .bytes
                        .insert(name.to_owned(), number.parse::<u64>().unwrap() * 1024);
                }
                _ => {}
            }
        }
    }
    all
}

/// A process's mappings of this file, found by inode.
pub fn smaps_of(pid: u32, path: impl AsRef<Path>) -> Vec<Smaps> {
    let file = fs::metadata(path).unwrap();
    let (major, minor) = (rustix::fs::major(file.dev()), rustix::fs::minor(file.dev()));
    let device = format!("{major:02x}:{minor:02x}");
    let same = |found: &Smaps| found.line.inode == file.ino() && found.line.device == device;
    smaps(pid).into_iter().filter(same).collect()
}

/// The mapping of a process that contains this address.
pub fn smaps_at(pid: u32, address: u64) -> Option<Smaps> {
    smaps(pid)
        .into_iter()
        .find(|found| (found.line.start..found.line.end).contains(&address))
}
