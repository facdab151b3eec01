//! The page about `map`.

use super::shared::{HELD, HELD_ENVIRONMENT, LOCKED, NOT_FOUND, NOT_RUN, WHOLE};
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "map",
    description: &[
        Text(
            "This is a thin front end to mmap(2): an offset that is not a multiple of the page size is an error that \
             names the nearest multiples. With write access, --length creates or extends a file, and its blocks are \
             reserved before it is mapped.",
        ),
        Text(
            "Several files are reported in a table with a total. A file that is named twice, or by two hard links, \
             counts once in the total. An empty file among several has a row, but is not mapped, and meets every \
             percentage of --expect-resident. On a narrow terminal the table omits columns, the picture last.",
        ),
        Text(
            "mmap(2) and mlock(2) can hang on a page that cannot be read. mmapctl therefore loads pages with \
             madvise(2) after mapping them, and an unreadable block is an error.",
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
                    "The numbers of pages that are resident, dirty and under writeback, and a picture: see PAGE \
                     COUNTS and RESIDENCY PICTURE in `mmapctl`(1). The pages of a file are those in the page cache, \
                     whichever process loaded them.",
                ),
                Item(
                    "huge pages",
                    "The memory of the mapping in huge pages of any kind.",
                ),
                Item(
                    "locked",
                    "The locked memory. Each page is divided by the number of mappings that share it.",
                ),
                Item(
                    "flag",
                    "The effect of each flag of --flags: in effect (with the VmFlag that shows it), done, ignored by \
                     the kernel, or accepted but not seen in effect.",
                ),
                Item(
                    "time",
                    "The duration of mapping the source and changing the mapping.",
                ),
            ],
        },
        HELD,
        LOCKED,
    ],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong; for example, the offset is not a multiple of the page size, or the length \
             is 0.",
        ),
        (
            Kind::NotFound,
            "There is no such file, descriptor or tag. With write access, --length creates a file or tag.",
        ),
        (
            Kind::AccessDenied,
            "The source may not be opened with this access, or the descriptor is not open for writing.",
        ),
        (
            Kind::FileTooShort,
            "The source is empty or ends before the range does. To extend it, use write access and --length.",
        ),
        (
            Kind::DiskFull,
            "There is no space for the blocks. The file has its old size.",
        ),
        (
            Kind::OutOfMemory,
            "No memory or address space is left, or the address of --addr is in use.",
        ),
        (
            Kind::Unsupported,
            "The system does not support the flag, the access or the type of file.",
        ),
        (Kind::Fault, "A page could not be loaded."),
        (
            Kind::Mismatch,
            "The residency does not meet --expect-resident, or it is unknown.",
        ),
        (
            Kind::AlreadyExists,
            "The source exists, and `--open create,excl` is given; or another process has just created it.",
        ),
        (
            Kind::Busy,
            "Another process replaced the source at the same time.",
        ),
        (
            Kind::Limit,
            "The limit of locked memory (RLIMIT_MEMLOCK) or of mappings is reached.",
        ),
        NOT_RUN,
        NOT_FOUND,
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[Text(
        "One object for each source. With --hold there is only one object: it has the fields of the mapping, or for \
         several sources the list `mappings` with an object for each.",
    )],
    portability: &[Text(
        "`--flags hugetlb` needs a pool of huge pages. On Windows, offsets are multiples of 64 KiB.",
    )],
    examples: &[
        example(
            "show which part of a file is in memory",
            "mmapctl map data.bin",
        ),
        example("map several files and show a total", "mmapctl map *.bin"),
        example(
            "map the last page, and explain every flag",
            "mmapctl map data.bin --offset -1pg --verbose",
        ),
        example(
            "create a file of 8 MiB, and map it for writing",
            "mmapctl map new.bin --access w --length 8M",
        ),
        example(
            "try each access on a copy-on-write mapping",
            "mmapctl map data.bin --access c --probe",
        ),
        example(
            "map anonymous memory, and load all of its pages",
            "mmapctl map --anon --length 16M --access w --flags populate",
        ),
        example(
            "keep a file in memory for a while",
            "mmapctl map data.bin --lock --hold 100ms",
        ),
        example(
            "give a program and its children scratch memory",
            "mmapctl map --anon --length 1M --access w -- \\\n    \
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
