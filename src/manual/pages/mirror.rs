//! The page about `mirror`.

use super::shared::{HELD, HELD_ENVIRONMENT, LOCKED, READY, RESIDENCY, SOURCE, WHOLE};
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example, field, fields, fields_at};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "mirror",
    description: &[
        Text(
            "The address space for all windows is reserved first, and each window is mapped inside it, so that \
             nothing else can come between. The offset must be a multiple of the page size. A length that is \
             not is widened, and the report says so.",
        ),
        Text(
            "--verify proves that all windows show the same bytes, and writes none: the kernel's memory map must \
             show each window as a shared mapping of the same part of the source, and the first and the last byte \
             must read the same through all windows. Without /proc only the bytes are compared, and the report \
             says so.",
        ),
    ],
    sections: &[WHOLE, HELD, LOCKED],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong: an offset that is not a multiple of the page size, a length of 0, an \
             access that makes copies.",
        ),
        (
            Kind::NotFound,
            "There is no such file, descriptor or tag. With write access, --length creates it.",
        ),
        (Kind::AccessDenied, "It may not be opened so."),
        (
            Kind::FileTooShort,
            "It is empty, or ends before the range does, and no --length was given, or no write access.",
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
            "It cannot be mapped, or not several times.",
        ),
        (Kind::Fault, "A page could not be accessed during --verify."),
        (
            Kind::Mismatch,
            "--verify found a window that is not a shared mapping of the same bytes.",
        ),
        (
            Kind::AlreadyExists,
            "It exists, and `--open create,excl` was given; or another process created it meanwhile.",
        ),
        (Kind::Busy, "Another process replaced it meanwhile."),
        (
            Kind::Limit,
            "More windows than the kernel's limit of mappings (vm.max_map_count), or locked memory.",
        ),
    ],
    environment: &HELD_ENVIRONMENT,
    json: &[],
    fields: &[
        SOURCE,
        READY,
        fields(
            "The mirror",
            &[
                field("kind", "`file`, `block-device`, `tag` or `anonymous`."),
                field("created", "Whether the source was created for this."),
                field(
                    "grown.old_size",
                    "The size before it grew, in bytes; `grown` is null when it did not.",
                ),
                field("grown.new_size", "The size after that, in bytes."),
                field(
                    "grown.reserved",
                    "Whether blocks are reserved; some file systems cannot.",
                ),
                field("base", "The address of the first window, as `\"0x…\"`."),
                field("span", "The length of all windows together, in bytes."),
                field("times", "How many windows there are."),
                field("offset", "Where in the source each begins, in bytes."),
                field("length", "The length that was asked for, in bytes."),
                field(
                    "window",
                    "The length of each window: the same in whole pages.",
                ),
                field("pages", "How many pages a window has."),
                field("page_size", "The size of a page in bytes."),
                field(
                    "beyond_end",
                    "How many bytes of a window lie beyond the end of the source: stores there reach nobody.",
                ),
                field("access", "What may be done with the bytes."),
                field(
                    "omitted",
                    "How many windows are left out of the list, between the first and the last.",
                ),
                field("locked", "Memory locked, in bytes."),
                field(
                    "verified.windows",
                    "With --verify: how many windows were looked at; else `verified` is null.",
                ),
                field(
                    "verified.memory_map",
                    "Whether the memory map shows all of them as shared mappings of the same bytes; false without \
                     /proc.",
                ),
                field(
                    "verified.offsets[]",
                    "The offsets in the source of the bytes that read the same through all windows.",
                ),
                field("duration_ns", "How long mapping took, in nanoseconds."),
            ],
        ),
        fields_at(
            &["windows[]"],
            "the windows, the first and the last few when there are many",
            &[
                field("index", "Its number, from 0."),
                field("address", "The address of its first byte, as `\"0x…\"`."),
                field("end", "The address after its last byte."),
            ],
        ),
        fields_at(
            &["residency"],
            "which pages of the source's range are in memory",
            RESIDENCY,
        ),
    ],
    portability: &[Text(
        "On Linux and the other Unix systems windows are mapped over a reservation. Windows has placeholders for \
         that since version 10 (1803); offsets and lengths are there multiples of 64 KiB.",
    )],
    examples: &[
        example(
            "two windows on anonymous memory, proved to be one",
            "mmapctl mirror --anon --length 64K --verify",
        ),
        example(
            "three windows on a file that is only read",
            "mmapctl mirror data.bin --access r --times 3",
        ),
        example(
            "create a ring buffer file and keep it mapped for a while",
            "mmapctl mirror ring.bin --length 1M --hold 100ms",
        ),
        example(
            "the same while a program runs that uses it",
            "mmapctl mirror ring.bin --length 1M --quiet -- \\\n    \
             sh -c 'mmapctl filesize \"$MMAPCTL_PATH\"'",
        ),
    ],
    see_also: &[
        ("mmapctl-map", "1"),
        ("mmap", "2"),
        ("memfd_create", "2"),
        ("shm_overview", "7"),
    ],
};
