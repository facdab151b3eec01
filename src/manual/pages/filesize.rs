//! The page about `filesize`.

use super::shared::WHOLE;
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "filesize",
    description: &[
        Text(
            "--set creates a missing file, extends a shorter one with zeros and truncates a longer one. The new part \
             is a hole unless --allocate is also given. For a relative size, a missing file counts as empty, and a \
             result below 0 is 0. --set and --reference cannot be used with a range.",
        ),
        Text("If one of several sources fails, the others are still processed."),
    ],
    sections: &[WHOLE],
    exits: &[
        (
            Kind::NotFound,
            "The source does not exist, and neither a size nor a length to allocate was given; or the file of \
             --reference does not exist.",
        ),
        (
            Kind::Usage,
            "The command line is wrong: for example, a multiple of 0, a range without --allocate, or a range with \
             --set or --reference.",
        ),
        (
            Kind::AccessDenied,
            "The source may not be read or, for a change, not be written.",
        ),
        (
            Kind::FileTooShort,
            "The range to allocate starts beyond the end and has no length.",
        ),
        (
            Kind::DiskFull,
            "There is no space to reserve, or the size exceeds the limit of the file system.",
        ),
        (
            Kind::OutOfMemory,
            "There is not enough memory for a shared memory region of this size.",
        ),
        (
            Kind::Unsupported,
            "The source is a directory, a pipe, a socket or a character device; its size cannot be set; or its file \
             system cannot reserve blocks.",
        ),
        (
            Kind::Limit,
            "The size exceeds the limit on file sizes (RLIMIT_FSIZE).",
        ),
    ],
    environment: &[],
    json: &[Text("One object for each source.")],
    portability: &[Text(
        "On Linux, blocks are reserved with fallocate(2). On tmpfs, which holds shared memory regions, reserved blocks \
         use memory. On macOS, the size of a shared memory region can be set only once.",
    )],
    examples: &[
        example(
            "print the size of a file in bytes",
            "mmapctl filesize data.bin",
        ),
        example(
            "print sizes, allocated bytes, holes, unwritten bytes and pages",
            "mmapctl filesize --long data.bin holes.img",
        ),
        example(
            "create a file of 1 MiB with reserved blocks",
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
            "give a file the size of another file",
            "mmapctl filesize --reference data.bin copy.bin",
        ),
        example(
            "reserve the blocks of a range",
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
