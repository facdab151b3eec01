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
                Item("step", "Each step with what it changed: see STEPS."),
                Item(
                    "time",
                    "The duration of mapping the source and changing the mapping.",
                ),
            ],
        },
        Section {
            title: "STEPS",
            blocks: &[
                Text(
                    "--then changes the mapping, as often as wanted, in the order given. --remap, --protect, --advise, \
                     --lock and --probe are short forms of one step; they come first, in this order. A step with \
                     @START..END or @START+LENGTH concerns a part of the mapping, in bytes from its start. The start is a \
                     multiple of the page size; the end is rounded up to one.",
                ),
                Item(
                    "protect=ACCESS",
                    "Change the access with mprotect(2); +sem, +growsdown and +growsup add bits.",
                ),
                Item(
                    "advise=ADVICE",
                    "Apply advice with madvise(2). The line `effect` says what came of it: see mmapctl-advise(1).",
                ),
                Item(
                    "lock, lock=onfault, unlock",
                    "Load the pages and lock them in memory, lock each when it is first accessed, or unlock them \
                     (mlock2(2), munlock(2)).",
                ),
                Item(
                    "touch, touch=write",
                    "Read a byte of each page, or write it back as it was.",
                ),
                Item(
                    "sync, sync=async, sync=invalidate",
                    "Flush changed pages with msync(2): wait, do not wait, or wait and invalidate other mappings. As \
                     msync(2), this does nothing for a private mapping or a source that is open for reading only; \
                     mmapctl-sync(1) flushes any file.",
                ),
                Item(
                    "remap=SIZE",
                    "Change the length with mremap(2). With dontunmap the mapping moves, and the old addresses stay \
                     mapped; later steps leave them alone. With fixed=ADDRESS it moves to a free address.",
                ),
                Item(
                    "unmap",
                    "Remove the mapping with munmap(2). A part leaves a hole, and the report shows two mappings.",
                ),
                Item(
                    "probe",
                    "Try to read, write and execute the first page, as --probe.",
                ),
                Item(
                    "seal",
                    "Seal the mapping with mseal(2): the kernel then refuses to unmap, move, resize or protect it, and \
                     it stays until the command ends.",
                ),
                Item(
                    "name=TEXT",
                    "Name anonymous memory in the memory map of the process (PR_SET_VMA_ANON_NAME, prctl(2)).",
                ),
                Text(
                    "Each step is measured before and after, and its line says what changed: address, mapped bytes, \
                     number of mappings, access, VmFlags, resident and dirty pages, Rss, private dirty, huge and locked \
                     memory. Access, VmFlags and pages are those of the part, the rest is that of the whole mapping. A \
                     call that returned success and changed none of this is reported as such. A step that fails ends \
                     the sequence with its exit status, and the steps before it are reported.",
                ),
                Text(
                    "All sources of a command are mapped at the same time, unless they would take more than half of the \
                     mappings that a process may have. With --flags fixed a source replaces what earlier ones mapped \
                     at its address.",
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
            "copy-on-write: reads share the page cache, and a write copies one page",
            "mmapctl map data.bin --access c --then touch --then touch=write@..1pg",
        ),
        example(
            "lock pages as they are accessed, then unlock them",
            "mmapctl map data.bin --then lock=onfault --then touch@..4pg \\\n    --then unlock",
        ),
        example(
            "populate, drop the page tables, and load one page again from the cache",
            "mmapctl map data.bin --then advise=populate-read \\\n    \
             --then advise=dontneed --then touch@..1pg",
        ),
        example(
            "install a guard page below a stack, and see that it cannot be accessed",
            "mmapctl map --anon --length 64K --access c \\\n    \
             --then advise=guard-install@..1pg --then probe",
        ),
        example(
            "get huge pages: ask for them first, and then touch the memory",
            "mmapctl map --anon --length 4M --access c \\\n    \
             --then advise=hugepage --then touch=write",
        ),
        example(
            "protection faults: make a page read-only, then all of them inaccessible",
            "mmapctl map data.bin --access w --then protect=r@1pg+1pg \\\n    \
             --then probe@1pg.. --then protect=none --then probe",
        ),
        example(
            "unmap the middle of a mapping",
            "mmapctl map data.bin --then unmap@4pg+4pg",
        ),
        example(
            "grow memory: its pages move with it",
            "mmapctl map --anon --length 1M --access c --then touch=write \\\n    \
             --then remap=2M",
        ),
        example(
            "see the same pages at two addresses, as in a mirrored ring",
            "mmapctl map --tag telemetry --then touch --then remap=64K,dontunmap \\\n    --then touch",
        ),
        example(
            "flush: only the step that waits makes the pages clean",
            "mmapctl map new.bin --access w --length 64K --then touch=write \\\n    \
             --then sync=async --then sync",
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
