use proptest::prelude::*;

use super::lines::*;
use super::maps::*;
use super::smaps::*;
use crate::mapping::types::{
    AddressRange, ByteLength, Device, PageSize, SourceOffset, SourceRange,
};

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

/// The mappings of a process that overlap a range of addresses.
#[test]
fn part_of_a_source_occupies_every_page_that_it_overlaps() {
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
fn every_kind_of_line_of_maps_is_parsed() {
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
fn only_overlapping_mappings_are_visited_and_nothing_after_them_is_read() {
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
fn a_malformed_line_is_an_error_that_quotes_it() {
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
fn locked_mappings_are_found_in_smaps() {
    let first = addresses(0x7f00_0000_0000, 0x7f00_0000_4000);
    assert_eq!(locked_in(SMAPS, AddressRange::ALL).unwrap(), [first]);
    let inside = addresses(0x7f00_0000_1000, 0x7f00_0000_2000);
    assert_eq!(locked_in(SMAPS, inside).unwrap(), [first]);
    let second = addresses(0x7f00_0000_4000, 0x7f00_0000_5000);
    assert_eq!(locked_in(SMAPS, second).unwrap(), []);
    assert!(locked_in(&b"Locked: 1 mile\nnonsense\n"[..], AddressRange::ALL).is_err());
}

#[test]
fn smaps_entries_of_the_requested_mappings_are_summed_in_bytes() {
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
fn sums_beyond_64_bits_and_invalid_values_are_errors() {
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
fn flags_have_a_code_and_a_meaning_and_unknown_flags_are_kept() {
    assert_eq!(VmFlag::parse("lo").meaning(), Some("locked in memory"));
    let unknown = VmFlag::parse("future");
    assert_eq!((unknown.code(), unknown.meaning()), ("future", None));
    let codes: std::collections::HashSet<_> = VM_FLAGS.iter().map(|(code, _)| code).collect();
    assert_eq!(codes.len(), VM_FLAGS.len());
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_parsed_or_refused(text in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = visit_maps(text.as_slice(), AddressRange::ALL, |_| ());
        let _ = sum_smaps(text.as_slice(), AddressRange::ALL);
        let _ = locked_in(text.as_slice(), AddressRange::ALL);
        let _ = each_mapping(text.as_slice(), AddressRange::ALL, |_| true, |_, _| Ok(()));
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
        let mut each = MemoryUse::default();
        let visited = each_mapping(text.as_bytes(), range, |_| true, |_, memory| {
            each = std::mem::take(&mut each).plus(memory);
            Ok(())
        });
        if let (Ok(()), Ok(sum)) = (visited, sum_smaps(text.as_bytes(), range)) {
            prop_assert_eq!((each.mappings, each.rss), (sum.mappings, sum.rss));
        }
    }

    #[test]
    fn a_printed_mapping_is_parsed_back(
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

/// Tests that read the maps of processes.
#[cfg(unix)]
mod live {
    use super::*;
    use crate::mapping::error::Result;
    use crate::mapping::types::{Kind, Process, SourceName};
    use crate::skip::skip;

    fn overlapping(process: Process, range: AddressRange) -> Result<Vec<Vma>> {
        let mut found = Vec::new();
        visit(process, range, |vma| found.push(vma))?;
        Ok(found)
    }

    #[test]
    fn the_maps_of_this_process_are_parsed_completely() {
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
    fn the_smaps_of_this_process_count_accessed_pages() {
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
        assert!(has_mappings(Process::Myself).unwrap());
        assert!(has_mappings(Process::Id(u32::MAX)).is_err());
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
            // The kernel stores the user ID per thread.
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
}
