//! The page about `filesize`.

use super::shared::WHOLE;
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "filesize",
    description: &[
        Text(
            "--set sets the size: a missing file is created, a shorter one is extended with zeros, a longer one is \
             truncated. An extension is a hole, unless --allocate is given too.",
        ),
        Text(
            "With a sign before it, the size is a change of the present one, as in truncate(1). A missing file \
             counts as empty. A size that would be less than 0 is 0. With --reference FILE the present size is that \
             of FILE; without --set it is the new size.",
        ),
        Item("+SIZE", "extend by SIZE"),
        Item("-SIZE", "shrink by SIZE"),
        Item("<SIZE", "at most SIZE; quote it in a shell"),
        Item(">SIZE", "at least SIZE; quote it in a shell"),
        Item("/SIZE", "round down to a multiple of SIZE"),
        Item("%SIZE", "round up to a multiple of SIZE"),
        Text(
            "--allocate reserves blocks for the whole file, or for the range of --offset and --length, so that no \
             later write to them can run out of space. As with fallocate(1), a range with a length creates a \
             missing file and extends one that ends before the range does. Beside --set the range must end within \
             the new size.",
        ),
        Text(
            "With --long, holes are what lseek(2) reports as such. Blocks that are reserved and were never written \
             read as zeros and count as holes, too: after --allocate on an empty file all of it is allocated, and \
             all of it is a hole.",
        ),
        Text(
            "With several sources the rest go on when one fails, and the exit status is that of the failures.",
        ),
    ],
    sections: &[WHOLE],
    exits: &[
        (
            Kind::NotFound,
            "There is no such file or tag, and neither --set nor a length to allocate was given; or there is no file \
             of --reference.",
        ),
        (
            Kind::Usage,
            "The command line is wrong: a multiple of 0, a range without --allocate, a range that ends beyond the \
             size of --set.",
        ),
        (
            Kind::AccessDenied,
            "It may not be read, or with --set or --allocate not written.",
        ),
        (
            Kind::FileTooShort,
            "The range to allocate starts beyond the end and has no length.",
        ),
        (
            Kind::DiskFull,
            "There is no space to reserve, or the size is larger than the file system allows.",
        ),
        (
            Kind::OutOfMemory,
            "There is no memory for a shared memory region of that size.",
        ),
        (
            Kind::Unsupported,
            "It is a directory, a pipe, a socket or a character device, or its size cannot be set.",
        ),
        (
            Kind::Limit,
            "The size is beyond the limit of file sizes (RLIMIT_FSIZE).",
        ),
    ],
    environment: &[],
    json: &[Text("One object for each source.")],
    portability: &[Text(
        "On Linux blocks are reserved by fallocate(2). File systems that cannot reserve refuse --allocate with \
         status 8. On tmpfs, where shared memory regions live, reserved blocks are memory. macOS lets a \
         shared memory region be given a size once only.",
    )],
    examples: &[
        example("the size of a file in bytes", "mmapctl filesize data.bin"),
        example(
            "sizes with allocated bytes, holes and pages",
            "mmapctl filesize --long data.bin holes.img",
        ),
        example(
            "create a file of 1 MiB whose blocks are reserved",
            "mmapctl filesize --set 1M --allocate new.bin",
        ),
        example(
            "truncate a file to 4 KiB",
            "mmapctl filesize --set 4K log.bin",
        ),
        example(
            "round the size of a file up to whole pages",
            "mmapctl filesize --set %1pg log.bin",
        ),
        example(
            "give a file the size of another",
            "mmapctl filesize --reference data.bin copy.bin",
        ),
        example(
            "reserve the blocks of one range",
            "mmapctl filesize --allocate --offset 1M --length 64K disk.img",
        ),
        example(
            "create a shared memory region of ten pages",
            "mmapctl filesize --tag telemetry --set 10pg",
        ),
    ],
    see_also: &[
        ("stat", "1"),
        ("truncate", "1"),
        ("fallocate", "1"),
        ("lseek", "2"),
    ],
};
