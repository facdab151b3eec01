#![allow(
    clippy::cast_possible_truncation,
    reason = "the sizes of these tests are small"
)]

use std::fs::File;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::counted::*;
use super::of_file::*;
use super::of_memory::*;
use crate::mapping::sys;
use crate::mapping::types::{
    AddressRange, ByteLength, Counts, PageSize, SourceOffset, SourceRange, UnknownReason,
};
use crate::skip::skip;

fn page() -> PageSize {
    PageSize::new(rustix::param::page_size() as u64).unwrap()
}

fn whole(file: &File) -> SourceRange {
    let size = file.metadata().unwrap().len();
    SourceRange::new(SourceOffset(0), ByteLength(size)).unwrap()
}

fn pages(count: u64) -> SourceRange {
    SourceRange::new(SourceOffset(0), ByteLength(count * page().bytes())).unwrap()
}

/// A file of this number of pages in the crate's directory, both in memory and on the disk.
fn clean_file(count: u64) -> File {
    let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    file.write_all(&vec![7; (count * page().bytes()) as usize])
        .unwrap();
    file.sync_all().unwrap();
    file
}

fn drop_cache(file: &File) {
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

fn without_cachestat(file: &File, range: SourceRange, buckets: u64) -> Picture {
    picture_by(file, range, page(), buckets, Calls::WithoutCachestat)
}

/// Whether this kernel has `cachestat(2)`; otherwise prints that the test is skipped.
fn has_cachestat() -> bool {
    let has = of_file(&clean_file(1), pages(1), page()).method == Method::Cachestat;
    if !has {
        skip("cachestat(2)");
    }
    has
}

#[test]
fn a_written_and_flushed_file_is_resident_and_clean() {
    let file = clean_file(100);
    let found = of_file(&file, whole(&file), page());
    assert_eq!(found.counts.pages, 100);
    assert_eq!(found.counts.resident, Some(100));
    if has_cachestat() {
        assert_eq!(found.counts.dirty, Some(0));
        assert_eq!(found.counts.writeback, Some(0));
    }
}

#[test]
fn a_file_that_was_not_flushed_is_dirty_or_under_writeback() {
    if !has_cachestat() {
        return;
    }
    let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    file.write_all(&vec![7; (10 * page().bytes()) as usize])
        .unwrap();
    let counts = of_file(&file, whole(&file), page()).counts;
    assert_eq!(counts.resident, Some(10));
    assert_eq!(counts.dirty.unwrap() + counts.writeback.unwrap(), 10);
}

#[test]
fn dropped_pages_are_not_resident_until_they_are_read() {
    let mut file = clean_file(4096);
    drop_cache(&file);
    assert_eq!(
        of_file(&file, whole(&file), page()).counts.resident,
        Some(0)
    );
    std::io::Seek::rewind(&mut file).unwrap();
    file.read_exact(&mut [0; 1]).unwrap();
    let read = of_file(&file, whole(&file), page())
        .counts
        .resident
        .unwrap();
    assert!((1..4096).contains(&read), "{read}");
    assert_eq!(of_file(&file, pages(1), page()).counts.resident, Some(1));
}

#[test]
fn mincore_and_cachestat_agree_span_by_span() {
    let mut file = clean_file(3000);
    drop_cache(&file);
    // Readahead would continue after the read that started it.
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random).unwrap();
    for part in [0, 1000, 2900] {
        std::io::Seek::seek(
            &mut file,
            std::io::SeekFrom::Start(part * page().bytes() + 5),
        )
        .unwrap();
        file.read_exact(&mut [0; 1]).unwrap();
    }
    let best = picture_of_file(&file, whole(&file), page(), 60);
    let mincore = without_cachestat(&file, whole(&file), 60);
    assert_eq!(mincore.method, Method::Mincore);
    assert_eq!(best.buckets.len(), 60);
    for (best, mincore) in best.buckets.iter().zip(&mincore.buckets) {
        assert_eq!(best.counts.resident, mincore.counts.resident);
        assert_eq!((best.offset, best.length), (mincore.offset, mincore.length));
    }
    let total = best.total().counts.resident.unwrap();
    assert!((3..3000).contains(&total), "{total}");
    assert_eq!(
        best.total().counts,
        of_file(&file, whole(&file), page()).counts
    );
}

#[test]
fn an_unaligned_range_is_widened_to_whole_pages() {
    let file = clean_file(4);
    let range = SourceRange::new(SourceOffset(page().bytes() - 1), ByteLength(2)).unwrap();
    for found in [
        of_file(&file, range, page()),
        without_cachestat(&file, range, 1).total(),
    ] {
        assert_eq!(
            (found.counts.pages, found.counts.resident),
            (2, Some(2)),
            "{found:?}"
        );
    }
}

#[test]
fn an_empty_range_has_no_pages_although_length_zero_means_to_the_end_for_the_kernel() {
    let file = clean_file(4);
    let empty = SourceRange::new(SourceOffset(0), ByteLength(0)).unwrap();
    for found in [
        of_file(&file, empty, page()),
        without_cachestat(&file, empty, 1).total(),
    ] {
        assert_eq!((found.counts.pages, found.counts.resident), (0, Some(0)));
    }
}

#[test]
fn a_picture_of_a_sparse_tebibyte_is_measured_quickly() {
    if !has_cachestat() {
        return;
    }
    let file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    file.set_len(1 << 40).unwrap();
    let started = Instant::now();
    let found = picture_of_file(&file, whole(&file), page(), 200);
    let took = started.elapsed();
    assert_eq!(found.buckets.len(), 200);
    assert_eq!(found.total().counts.resident, Some(0));
    println!("200 buckets of 1 TiB: {took:?}");
    assert!(took < Duration::from_millis(200), "{took:?}");
    let slow = without_cachestat(&file, whole(&file), 200);
    assert_eq!(slow.unknown_reason, Some(UnknownReason::TooLong));
}

#[test]
fn shared_memory_is_measured_and_never_dirty() {
    let directory = std::path::Path::new("/dev/shm");
    if !directory.is_dir() {
        skip("/dev/shm");
        return;
    }
    let mut file = tempfile::tempfile_in(directory).unwrap();
    file.set_len(64 * page().bytes()).unwrap();
    file.write_all(&vec![1; (16 * page().bytes()) as usize])
        .unwrap();
    let found = of_file(&file, whole(&file), page());
    assert_eq!(found.counts.pages, 64);
    assert_eq!(found.counts.resident, Some(16));
    if found.method == Method::Cachestat {
        assert_eq!(found.counts.dirty, Some(0));
    }
}

/// Runs `ask` in a thread of another user. If this user is not root, prints that the test is skipped and returns
/// `None`.
fn as_another_user<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if !rustix::process::geteuid().is_root() {
        skip("root to become another user");
        return None;
    }
    let become_nobody = || {
        let nobody = rustix::process::Uid::from_raw(65534);
        // The kernel stores the user ID per thread.
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
    };
    let thread = std::thread::spawn(move || {
        become_nobody();
        ask()
    });
    Some(thread.join().unwrap())
}

#[test]
fn the_residency_of_another_users_file_is_unknown_although_mincore_reports_all_resident() {
    let named = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    named.as_file().set_len(64 * page().bytes()).unwrap();
    let file = File::open(named.path()).unwrap();
    let range = whole(&file);
    let Some((best, mincore, lie)) = as_another_user(move || {
        (
            of_file(&file, range, page()),
            without_cachestat(&file, range, 1).total(),
            sys::Incore::new(&file, range.end().0, page()).count(range),
        )
    }) else {
        return;
    };
    for found in [best, mincore] {
        assert_eq!(found.method, Method::Unknown);
        assert_eq!(found.unknown_reason, Some(UnknownReason::NotPermitted));
        assert_eq!(found.counts, Counts::unknown(64));
    }
    assert_eq!(lie, Ok(64));
}

#[test]
fn both_calls_report_on_a_file_that_other_users_may_write() {
    use std::os::unix::fs::PermissionsExt;
    let named = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let everyone = std::fs::Permissions::from_mode(0o666);
    named.as_file().set_permissions(everyone).unwrap();
    named.as_file().set_len(64 * page().bytes()).unwrap();
    let file = File::open(named.path()).unwrap();
    let Some(found) = as_another_user(move || {
        [
            of_file(&file, pages(64), page()),
            without_cachestat(&file, pages(64), 1).total(),
        ]
    }) else {
        return;
    };
    for found in found {
        assert_eq!(found.counts.resident, Some(0), "{found:?}");
    }
}

#[test]
fn another_users_writable_descriptor_reports_cached_but_not_resident_pages() {
    let file = clean_file(8);
    if !has_cachestat() {
        return;
    }
    if let Some(found) = as_another_user(move || of_file(&file, pages(8), page())) {
        assert_eq!(found.counts.cached, Some(8));
        assert_eq!(found.counts.dirty, Some(0));
        // `mincore(2)` checks only the permissions of the file.
        assert_eq!(found.counts.resident, None);
        assert_eq!(found.unknown_reason, Some(UnknownReason::NotPermitted));
    }
}

/// Runs one ignored test of this module in a new mount namespace, after a shell script that sets up mounts there.
/// If that is not possible, prints that the test is skipped and returns false.
fn in_mounts_of_its_own(script: &str, test: &str, directory: &std::path::Path) -> bool {
    // The test harness omits the crate from test names.
    let (_, module) = module_path!().split_once("::").unwrap();
    let shell = format!("{script} || exit 77; exec \"$@\"");
    let output = std::process::Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &shell, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg(format!("{module}::{test}"))
        .current_dir(directory)
        .output();
    let skipped = match &output {
        Err(error) => Some(format!("unshare: {error}")),
        Ok(output) if matches!(output.status.code(), Some(1 | 77)) => {
            Some(String::from_utf8_lossy(&output.stderr).into_owned())
        }
        Ok(_) => None,
    };
    if let Some(reason) = skipped {
        skip(format_args!("a mount namespace: {}", reason.trim()));
        return false;
    }
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
    true
}

#[test]
fn a_cached_file_on_overlayfs_is_not_reported_as_evicted() {
    let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    for name in ["lower", "upper", "work", "merged"] {
        std::fs::create_dir(directory.path().join(name)).unwrap();
    }
    std::fs::write(
        directory.path().join("lower/file"),
        vec![7; (50 * page().bytes()) as usize],
    )
    .unwrap();
    in_mounts_of_its_own(
        "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged",
        "inner_overlay",
        directory.path(),
    );
}

#[test]
#[ignore = "run by the overlayfs test, which mounts the file system"]
fn inner_overlay() {
    let file = File::open("merged/file").unwrap();
    let found = of_file(&file, whole(&file), page());
    assert_eq!(found.counts.resident, Some(50), "{found:?}");
    drop_cache(&file);
    let page = page();
    let found = of_file(&file, whole(&file), page);
    // Dirty pages stay.
    assert!(matches!(found.counts.resident, Some(0..=50)), "{found:?}");
    if found.counts.resident == Some(0) {
        assert_eq!(found.counts.dirty, Some(0));
    }
}

#[test]
fn the_residency_of_a_hugetlbfs_file_is_unknown() {
    let flags = rustix::fs::MemfdFlags::HUGETLB;
    let Ok(descriptor) = rustix::fs::memfd_create("huge", flags) else {
        skip("a kernel with huge pages");
        return;
    };
    let file = File::from(descriptor);
    file.set_len(2 << 20).unwrap();
    let found = of_file(&file, whole(&file), page());
    assert_eq!(found.unknown_reason, Some(UnknownReason::HugePages));
    assert_eq!(found.counts, Counts::unknown(found.counts.pages));
}

#[test]
fn mincore_cannot_inspect_a_write_only_descriptor() {
    let named = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    named.as_file().set_len(page().bytes()).unwrap();
    let file = File::options().write(true).open(named.path()).unwrap();
    let found = without_cachestat(&file, pages(1), 1);
    assert_eq!(found.unknown_reason, Some(UnknownReason::NotMappable));
    if has_cachestat() {
        let found = of_file(&file, pages(1), page());
        assert_ne!(found.unknown_reason, Some(UnknownReason::NotMappable));
    }
}

/// A loop device that is detached at the end of the test.
struct LoopDevice(String);

impl LoopDevice {
    fn over(image: &std::path::Path) -> Option<Self> {
        let output = std::process::Command::new("losetup")
            .args(["--find", "--show"])
            .arg(image)
            .output()
            .ok()?;
        let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !path.is_empty()).then_some(Self(path))
    }
}

impl Drop for LoopDevice {
    fn drop(&mut self) {
        let _ = std::process::Command::new("losetup")
            .args(["--detach", &self.0])
            .status();
    }
}

#[test]
fn a_block_device_is_measured_like_a_file() {
    let image = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    image.as_file().set_len(4 << 20).unwrap();
    let Some(device) = LoopDevice::over(image.path()) else {
        skip("a loop device");
        return;
    };
    let file = File::open(&device.0).unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random).unwrap();
    let end = SourceRange::new(SourceOffset(3 << 20), ByteLength(1 << 20)).unwrap();
    drop_cache(&file);
    let before = of_file(&file, end, page()).counts.resident;
    std::os::unix::fs::FileExt::read_exact_at(&file, &mut [0; 100_000], 3 << 20).unwrap();
    let after = of_file(&file, end, page()).counts.resident;
    assert_eq!(before, Some(0));
    assert!(
        after >= Some(page().pages_for(ByteLength(100_000)).0),
        "{after:?}"
    );
    let mincore = without_cachestat(&file, end, 1).total();
    assert_eq!(mincore.counts.resident, after);
}

#[test]
fn shared_anonymous_memory_stays_resident_without_page_table_entries() {
    let length = (32 * page().bytes()) as usize;
    let descriptor = rustix::fs::memfd_create("shared", rustix::fs::MemfdFlags::empty()).unwrap();
    let file = File::from(descriptor);
    file.set_len(length as u64).unwrap();
    let memory = memmap2::MmapOptions::new().map_raw(&file).unwrap();
    let range =
        AddressRange::new(memory.as_mut_ptr().addr() as u64, ByteLength(length as u64)).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![1; length / 2], 0).unwrap();
    let shared = of_memory(range, MemoryKind::Shared, page());
    assert_eq!(shared.method, Method::Mincore);
    assert_eq!(shared.counts.resident, Some(16));
    assert_eq!(
        picture_of_memory(range, MemoryKind::Shared, page(), 2)
            .buckets
            .iter()
            .map(|bucket| bucket.counts.resident)
            .collect::<Vec<_>>(),
        [Some(16), Some(0)]
    );
}

#[test]
fn written_pages_of_private_memory_count_and_read_pages_do_not() {
    let length = (64 * page().bytes()) as usize;
    let mut memory = memmap2::MmapOptions::new().len(length).map_anon().unwrap();
    let range =
        AddressRange::new(memory.as_ptr().addr() as u64, ByteLength(length as u64)).unwrap();
    assert_eq!(
        of_memory(range, MemoryKind::Private, page())
            .counts
            .resident,
        Some(0)
    );
    memory[0] = 1;
    memory[length - 1] = 1;
    let middle = memory[length / 2];
    assert_eq!(middle, 0);
    let found = of_memory(range, MemoryKind::Private, page());
    assert_eq!(found.counts.pages, 64);
    if found.method == Method::PageTables {
        assert_eq!(found.counts.resident, Some(2));
    }
    let picture = picture_of_memory(range, MemoryKind::Private, page(), 64);
    assert_eq!(picture.buckets[0].counts.resident, Some(1));
    assert_eq!(picture.buckets[1].counts.resident, Some(0));
    assert_eq!(picture.buckets[63].counts.resident, Some(1));
}

#[test]
fn an_unused_tebibyte_of_private_memory_is_measured_quickly() {
    let length = 1_usize << 40;
    let mut memory = memmap2::MmapOptions::new()
        .len(length)
        .no_reserve_swap()
        .map_anon()
        .unwrap();
    memory[length / 2] = 1;
    let range =
        AddressRange::new(memory.as_ptr().addr() as u64, ByteLength(length as u64)).unwrap();
    let started = Instant::now();
    let found = picture_of_memory(range, MemoryKind::Private, page(), 200);
    println!("200 buckets of 1 TiB: {:?}", started.elapsed());
    match found.method {
        Method::PageTables => {
            let resident = found.total().counts.resident.unwrap();
            // The page may be a transparent huge page.
            assert!((1..=512).contains(&resident), "{resident}");
        }
        _ => assert_eq!(found.unknown_reason, Some(UnknownReason::TooLong)),
    }
}

#[test]
fn json_has_a_reason_only_when_a_count_is_null() {
    let known = Residency {
        page_size: 4096,
        counts: Counts::present(10, 3),
        method: Method::Mincore,
        unknown_reason: None,
        dirty_unknown_reason: None,
    };
    assert_eq!(
        serde_json::to_string(&known).unwrap(),
        r#"{"page_size":4096,"pages":10,"resident":3,"cached":null,"dirty":null,"writeback":null,"evicted":null,"recently_evicted":null,"method":"mincore"}"#
    );
    let unknown = Residency {
        counts: Counts::unknown(10),
        method: Method::Unknown,
        unknown_reason: Some(UnknownReason::NotPermitted),
        ..known
    };
    let text = serde_json::to_string(&unknown).unwrap();
    assert!(
        text.ends_with(r#""method":"unknown","unknown_reason":"not_permitted"}"#),
        "{text}"
    );
}
