//! The page about `mirror`.

use super::shared::{HELD, HELD_ENVIRONMENT, LOCKED, WHOLE};
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
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
            "Files and descriptors are mapped for reading unless --access w is given, which is needed to create or \
             extend a file. Tags and anonymous memory are mapped for writing.",
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
            "There is no such file, descriptor or tag. --access w with --length creates a file or tag.",
        ),
        (Kind::AccessDenied, "It may not be opened so."),
        (
            Kind::FileTooShort,
            "It is empty, or ends before the range does, and is not to be extended: that takes --access w and \
             --length.",
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
    json: &[Text(
        "One object. With --hold it has the fields of the mapping too.",
    )],
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
            "three windows on a file, for reading",
            "mmapctl mirror data.bin --times 3",
        ),
        example(
            "create a ring buffer file and keep it mapped for a while",
            "mmapctl mirror ring.bin --access w --length 1M --hold 100ms",
        ),
        example(
            "the same while a program runs that uses it",
            "mmapctl mirror ring.bin --access w --length 1M --quiet -- \\\n    \
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
