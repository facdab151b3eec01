//! The page about `map`.

use super::shared::{
    HELD, HELD_ENVIRONMENT, LOCKED, PICTURE, READY, RESIDENCY, SEVERAL, SOURCE, WHOLE,
};
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Field, Page, Section, example, field, fields, fields_at};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "map",
    description: &[
        Text(
            "This is a thin front end to mmap(2): an offset that is not a multiple of the page size is refused, \
             with the nearest multiples in the message. Read access never creates or extends a file. Write access \
             with --length does, and reserves blocks before anything is mapped.",
        ),
        Text("Several files are mapped one after the other, and give a table with a total."),
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
        "One object for each source. With --hold and several sources, one object with all of them \
         under the key `mappings`.",
    )],
    fields: &[
        SOURCE,
        READY,
        SEVERAL,
        fields(
            "The mapping",
            &[
                field("kind", "`file`, `block-device`, `tag` or `anonymous`."),
                field("size", "The size of the source in bytes, after any growth."),
                field("created", "Whether the source was created for this."),
                field("grown.old_size", "When it grew: the size before, in bytes."),
                field("grown.new_size", "When it grew: the size after, in bytes."),
                field(
                    "grown.reserved",
                    "When it grew: whether blocks are reserved; some file systems cannot.",
                ),
                field("address", "The address of the first byte, as `\"0x…\"`."),
                field("offset", "Where the first byte is in the source, in bytes."),
                field("length", "The length in bytes, as asked for."),
                field("pages", "How many pages that needs."),
                field("page_size", "The size of those pages in bytes."),
                field(
                    "access",
                    "What may be done with the bytes, as for --access.",
                ),
                field("visibility", "`private`, `shared` or `shared-validate`."),
                field("huge", "Memory behind huge pages, of any sort, in bytes."),
                field("locked", "Memory locked, in bytes."),
                field("flags[].flag", "Each of --flags."),
                field(
                    "flags[].effect",
                    "What became of it: `seen`, `done`, `ignored` or `not-seen`.",
                ),
                field(
                    "flags[].vm_flag",
                    "The VmFlag that shows it, where there is one.",
                ),
                field(
                    "open_flags_without_effect[]",
                    "Each of --open that has no effect on a mapping.",
                ),
                field("remapped_from", "With --remap: the address before."),
                field("protected_from", "With --protect: the access before."),
                field(
                    "protect_flags[].flag",
                    "Each bit that --protect gave besides the access.",
                ),
                field(
                    "protect_flags[].effect",
                    "What became of it: `done` or `ignored`.",
                ),
                field("advised.advice", "With --advise: the advice."),
                field(
                    "advised.effect.lasts",
                    "What came of it: `outlives-command`, `while-mapped` or `no-effect`.",
                ),
                field(
                    "advised.effect.measured",
                    "Whether that was measured; else it is what the kernel promises.",
                ),
                field(
                    "advised.effect.reason",
                    "What was seen, or why there was nothing to see.",
                ),
                field(
                    "advised.effect.notes[]",
                    "What else is worth knowing of it.",
                ),
                field(
                    "probe.read",
                    "With --probe: `allowed`; `refused` (the page does not allow it); `truncated`, `disk-full`, `io-error`, \
                     `no-memory`, `hardware-error` or `unavailable` (the page cannot be had, and why); or `untried` \
                     (there is nothing safe to try).",
                ),
                field("probe.write", "The same for writing."),
                field("probe.execute", "The same for executing."),
                field(
                    "duration_ns",
                    "How long mapping took, with what was asked for after it, in nanoseconds.",
                ),
            ],
        ),
        fields_at(&["residency"], "which pages are in memory", RESIDENCY),
        fields_at(&["picture"], "the same, span by span", PICTURE),
        fields_at(
            &["memory"],
            "the kernel's account of the mapping (smaps in proc(5)), in bytes",
            MEMORY,
        ),
    ],
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

/// The sums of `smaps` in `proc(5)`.
pub(super) const MEMORY: &[Field] = &[
    field("mappings", "How many mappings were counted."),
    field("mapped", "Their length."),
    field(
        "outside",
        "The part of it outside the range asked for: the kernel merges neighbours and counts them whole.",
    ),
    field(
        "kernel_page_size",
        "The smallest page size that any of them is mapped with.",
    ),
    field("rss", "In memory and in the page tables."),
    field(
        "pss",
        "The same, each page divided by the number of processes that map it.",
    ),
    field("pss_dirty", "The dirty part of `pss`."),
    field("shared_clean", "Mapped by others too, and unchanged."),
    field("shared_dirty", "Mapped by others too, and changed."),
    field(
        "private_clean",
        "Mapped by this process only, and unchanged.",
    ),
    field("private_dirty", "Mapped by this process only, and changed."),
    field("referenced", "Marked as accessed."),
    field("anonymous", "Belonging to no file, as private copies do."),
    field("ksm", "Merged with equal pages elsewhere."),
    field("lazy_free", "Freed by advice and not yet taken back."),
    field(
        "anon_huge_pages",
        "Anonymous memory in transparent huge pages.",
    ),
    field("shmem_pmd_mapped", "Shared memory mapped with huge pages."),
    field("file_pmd_mapped", "Page cache mapped with huge pages."),
    field(
        "shared_hugetlb",
        "Pages of hugetlbfs mapped by others too; not part of `rss`.",
    ),
    field(
        "private_hugetlb",
        "Pages of hugetlbfs mapped by this process only; not part of `rss`.",
    ),
    field("swap", "Anonymous memory in swap."),
    field("swap_pss", "The same, divided among its users."),
    field("locked", "Locked, divided among those who map it."),
    field(
        "thp_eligible",
        "Whether any of them may get transparent huge pages.",
    ),
    field("vm_flags[]", "The two-letter codes that all of them have."),
    field(
        "vm_flags_partial[]",
        "The codes that only some of them have.",
    ),
];
