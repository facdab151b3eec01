//! The page about `map`.

use super::shared::{HELD, HELD_ENVIRONMENT, LOCKED, WHOLE};
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "map",
    description: &[
        Text(
            "This is a thin front end to mmap(2): an offset that is not a multiple of the page size is an error that \
             names the nearest multiples. Read access never creates or extends a file. Write access with --length \
             does, and reserves blocks before it maps anything.",
        ),
        Text(
            "Several files are mapped one after the other and reported in a table with a total. The same range of the same \
             file (named twice, or by another link) counts once in the total. An empty file among several has a row, is \
             not mapped or held, and meets every --expect-resident. On a narrow terminal the table leaves out columns, \
             the picture last; --picture keeps the picture.",
        ),
        Text(
            "Memory is populated after mapping, with madvise(2), and locked on fault and then populated, because \
             mmap(2) and mlock(2) hang on a page that cannot be read. An unreadable block is an error here.",
        ),
    ],
    sections: &[
        WHOLE,
        Section {
            title: "REPORT",
            blocks: &[
                Item(
                    "VmFlags",
                    "The kernel's two-letter codes for the mapping (proc(5), smaps); --verbose explains each.",
                ),
                Item(
                    "resident",
                    "The pages that are in memory and up to date, dirty, and under writeback. For a file they are those \
                 of the page cache, whichever process loaded them. A picture follows: see PAGE COUNTS and RESIDENCY \
                 PICTURE in `mmapctl`(1).",
                ),
                Item(
                    "huge pages",
                    "Memory of the mapping that is in huge pages of any kind.",
                ),
                Item(
                    "locked",
                    "Locked memory. The kernel divides each page by the number of processes that map it.",
                ),
                Item(
                    "flag",
                    "The effect of each of --flags: in effect (with the VmFlag that shows it), done, ignored by the \
                 kernel, or accepted but not seen in effect.",
                ),
                Item(
                    "time",
                    "The time to map the source and to change the mapping.",
                ),
            ],
        },
        HELD,
        LOCKED,
    ],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong: an offset that is not a multiple of the page size, a length of 0, or \
             options that contradict each other.",
        ),
        (
            Kind::NotFound,
            "The file, descriptor or tag does not exist. With write access, --length creates it.",
        ),
        (
            Kind::AccessDenied,
            "The source may not be opened with this access; or a shared writable mapping of a descriptor that is \
             open for reading only.",
        ),
        (
            Kind::FileTooShort,
            "The source is empty or ends before the range, and it may not be extended: that needs write access and \
             --length.",
        ),
        (
            Kind::DiskFull,
            "There is no space to reserve blocks. The file has its old size.",
        ),
        (
            Kind::OutOfMemory,
            "No memory or address space is left, or the address of --addr is in use.",
        ),
        (
            Kind::Unsupported,
            "This system does not support the flag, the access or the type of file.",
        ),
        (
            Kind::Fault,
            "A page could not be read while it was populated.",
        ),
        (
            Kind::Mismatch,
            "The residency does not meet --expect-resident, or is unknown.",
        ),
        (
            Kind::AlreadyExists,
            "The source exists, and `--open create,excl` is given; or another process created it meanwhile.",
        ),
        (Kind::Busy, "Another process replaced the source meanwhile."),
        (
            Kind::Limit,
            "The limit of locked memory (RLIMIT_MEMLOCK) or of mappings.",
        ),
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[Text(
        "One object for each source. With --picture it has the residency in 64 spans, or one for each page of a \
         shorter range. With --hold there is one object only: for one source it has the fields of the mapping too, \
         and for several the list `mappings` has an object for each.",
    )],
    portability: &[
        Text(
            "Every current Linux kernel accepts and ignores the flags `denywrite`, `executable` and \
             `uninitialized`. `sync` needs a DAX file system. `hugetlb` needs a huge page pool. VmFlags, the memory \
             account, --remap and most flags exist on Linux only.",
        ),
        Text(
            "On Windows offsets are multiples of 64 KiB and there are no VmFlags. Locking uses VirtualLock, and \
             protection VirtualProtect.",
        ),
    ],
    examples: &[
        example(
            "show which part of a file is in memory",
            "mmapctl map data.bin",
        ),
        example("map several files, with a total", "mmapctl map *.bin"),
        example(
            "map the last page and explain every flag",
            "mmapctl map data.bin --offset -1pg --verbose",
        ),
        example(
            "create a file of 8 MiB and map it for writing",
            "mmapctl map new.bin --access w --length 8M",
        ),
        example(
            "try each access on a copy-on-write mapping",
            "mmapctl map data.bin --access c --probe",
        ),
        example(
            "map anonymous memory and populate it at once",
            "mmapctl map --anon --length 16M --access w --flags populate",
        ),
        example(
            "keep a file in memory for a while",
            "mmapctl map data.bin --lock --hold 100ms",
        ),
        example(
            "give a program and its children scratch memory",
            "mmapctl map --anon -n 1M -a w -- \\\n    \
             sh -c 'echo hello 1<>\"$MMAPCTL_PATH\"; mmapctl dump \"$MMAPCTL_PATH\"'",
        ),
        example(
            "fail unless at least 90% of a file is in memory",
            "mmapctl map data.bin --quiet --expect-resident '>=90%'",
        ),
    ],
    see_also: &[
        ("mmap", "2"),
        ("mprotect", "2"),
        ("mremap", "2"),
        ("mlock", "2"),
        ("cachestat", "2"),
        ("proc", "5"),
    ],
};
