//! The page about `map`.

use super::shared::{HELD, HELD_ENVIRONMENT, LOCKED, WHOLE};
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "map",
    description: &[
        Text(
            "This is a thin front end to mmap(2): an offset that is not a multiple of the page size is refused, \
             with the nearest multiples in the message. Read access never creates or extends a file. Write access \
             with --length does, and reserves blocks before anything is mapped.",
        ),
        Text(
            "Several files are mapped one after the other, and give a table with a total. The same range of the same file \
             (named twice, or by another link) counts once in the total. An empty file among several has a row, is not \
             mapped or held, and meets any share that --expect-resident asks for.",
        ),
        Text(
            "Memory is populated by advice after mapping, and locked on fault and then populated, because \
             mmap(2) and mlock(2) hang on a page that cannot be read; so an unreadable block is an error here.",
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
                    "Pages that are in memory and up to date, dirty ones, and those under writeback; of a file they are \
                 those of the page cache, whoever brought them in. Then a picture: see PAGE COUNTS and RESIDENCY \
                 PICTURE in `mmapctl`(1).",
                ),
                Item(
                    "huge pages",
                    "Memory of the mapping that huge pages stand behind, of any sort.",
                ),
                Item(
                    "locked",
                    "Memory that is locked. The kernel divides a page among those who map it.",
                ),
                Item(
                    "flag",
                    "What became of each of --flags: in effect (with the VmFlag that shows it), done, ignored by \
                 the kernel, or accepted but not seen in effect.",
                ),
                Item(
                    "time",
                    "How long mapping and all that was asked for after it took.",
                ),
            ],
        },
        HELD,
        LOCKED,
    ],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong: an offset that is not a multiple of the page size, a length of 0, \
             options that contradict each other.",
        ),
        (
            Kind::NotFound,
            "There is no such file, descriptor or tag. With write access, --length creates it.",
        ),
        (
            Kind::AccessDenied,
            "It may not be opened so; or a shared writable mapping of a descriptor that is open for reading \
             only.",
        ),
        (
            Kind::FileTooShort,
            "It is empty, or ends before the range does, and the access is not write, or no --length was \
             given.",
        ),
        (
            Kind::DiskFull,
            "There is no space for the blocks to reserve. The file has its old size.",
        ),
        (
            Kind::OutOfMemory,
            "No memory or address space is left, or --addr is taken.",
        ),
        (
            Kind::Unsupported,
            "The flag, the access or the type of file is not for this system.",
        ),
        (
            Kind::Fault,
            "A page could not be read while it was populated.",
        ),
        (
            Kind::Mismatch,
            "What is resident is not what --expect-resident says, or is unknown.",
        ),
        (
            Kind::AlreadyExists,
            "It exists, and `--open create,excl` was given; or another process created it meanwhile.",
        ),
        (Kind::Busy, "Another process replaced it meanwhile."),
        (
            Kind::Limit,
            "The limit of locked memory (RLIMIT_MEMLOCK) or of mappings.",
        ),
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[Text(
        "One object for each source. With --hold there is one object only: with one source it has the fields of the \
         mapping too, and with several the list `mappings` has an object for each.",
    )],
    portability: &[
        Text(
            "What is told under --flags as ignored (`denywrite`, `executable`, `uninitialized`) is accepted \
             and ignored by every present Linux kernel. `sync` needs a DAX file system. `hugetlb` needs a pool \
             of huge pages. VmFlags, the memory account, --remap and most flags are of Linux.",
        ),
        Text(
            "On Windows offsets are multiples of 64 KiB, and there are no VmFlags; locking is VirtualLock, \
             protection VirtualProtect.",
        ),
    ],
    examples: &[
        example("which part of a file is in memory", "mmapctl map data.bin"),
        example("several files, with a total", "mmapctl map *.bin"),
        example(
            "the last page, read-only, with every flag explained",
            "mmapctl map data.bin --offset -1pg --verbose",
        ),
        example(
            "create a file of 8 MiB and map it for writing",
            "mmapctl map new.bin --access w --length 8M",
        ),
        example(
            "what the kernel allows on a copy-on-write mapping",
            "mmapctl map data.bin --access c --probe",
        ),
        example(
            "anonymous memory, brought in at once",
            "mmapctl map --anon --length 16M --access w --flags populate",
        ),
        example(
            "keep it mapped and in memory for a while",
            "mmapctl map data.bin --lock --hold 100ms",
        ),
        example(
            "scratch memory for a program and its children",
            "mmapctl map --anon -n 1M -a w -- \\\n    \
             sh -c 'echo hello >\"$MMAPCTL_PATH\"; mmapctl dump \"$MMAPCTL_PATH\"'",
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
