//! The page about `pmap`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "pmap",
    description: &[
        Text(
            "The amounts are those of /proc/PID/smaps, exact to the byte in JSON and with --bytes. The kernel counts a \
             mapping as a whole. A name that could change the terminal is written in the quotes of the shell.",
        ),
        Text(
            "Listing walks the page tables of the process: a process with much memory or many mappings takes longer. \
             With --at and --mapping, fewer rows are shown, but the kernel still counts the other mappings up to the \
             address.",
        ),
    ],
    sections: &[
        Section {
            title: "COLUMNS",
            blocks: &[
                Item(
                    "ADDRESSES",
                    "The first address, and the address after the last.",
                ),
                Item(
                    "MODE",
                    "Read, write and execute permission, then `s` for shared or `p` for private.",
                ),
                Item("SIZE", "The length of the mapping."),
                Item("RSS", "The memory in the page tables of the process."),
                Item(
                    "PSS",
                    "The same, with each page divided by the number of processes that map it.",
                ),
                Item("DIRTY", "Modified memory that only this process maps."),
                Item("SWAP", "Memory in swap space."),
                Item("HUGE", "Memory in huge pages of any kind."),
                Item(
                    "LOCKED",
                    "Locked memory, with each page divided by the number of processes that map it.",
                ),
                Item(
                    "VMFLAGS",
                    "With --verbose: the flags of the mapping, as in /proc/PID/smaps (proc_pid_smaps(5)).",
                ),
                Item(
                    "NAME",
                    "The path of the file, followed by `(deleted)` if it was removed, or a name such as `[heap]` or \
                     `[stack]`. Memory without a name is `anonymous`.",
                ),
                Text("On a narrow terminal, SWAP, HUGE and LOCKED are left out."),
            ],
        },
        Section {
            title: "WATCHING",
            blocks: &[Text(
                "With --watch on a terminal, the table is redrawn in place; rows that do not fit are counted below the \
                 others. In a pipe the tables follow each other, and with --json each object has the number of its look \
                 in `look`. If the process ends, the status is 3.",
            )],
        },
    ],
    exits: &[
        (
            Kind::NotFound,
            "There is no such process, or it has no such mapping. A kernel thread has none.",
        ),
        (
            Kind::AccessDenied,
            "The process may not be inspected. The processes of another user, and those that run with other \
             privileges, need the capability CAP_SYS_PTRACE.",
        ),
        (
            Kind::Unsupported,
            "This system does not report the memory of mappings, or /proc is not mounted.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object for each mapping, and a last one for the total, whose `kind` is `total`. The keys are those of \
         `mmapctl map` where they mean the same.",
    )],
    portability: &[],
    examples: &[
        example("the mappings of this shell", "mmapctl pmap $$"),
        example(
            "the 10 mappings with the most private dirty memory",
            "mmapctl pmap $$ --top 10 --sort dirty",
        ),
        example(
            "the heap, once a second",
            "mmapctl pmap $$ --mapping '[heap]' --watch=1s --count 2",
        ),
        example(
            "a library, with the flags of its mappings",
            "mmapctl pmap $$ --mapping 'libc*.so' --verbose",
        ),
        example(
            "for jq: one object for each mapping, and the total",
            "mmapctl pmap $$ --json",
        ),
    ],
    see_also: &[
        ("mmapctl-map", "1"),
        ("mmapctl-dump", "1"),
        ("mmapctl-advise", "1"),
        ("pmap", "1"),
        ("proc_pid_smaps", "5"),
    ],
};
