//! The page about `filesize`.

use super::shared::WHOLE;
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "filesize",
    description: &[
        Text(
            "--set gives it a size: what is missing is created, what is shorter is extended with zeros, what \
             is longer is cut. --allocate reserves real blocks for all of it, so that no later write into it \
             can run out of space; without it an extension is a hole.",
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
            "There is no such file or tag, and --set was not given.",
        ),
        (
            Kind::AccessDenied,
            "It may not be read, or with --set or --allocate not written.",
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
        example("cut a file to 4 KiB", "mmapctl filesize --set 4K log.bin"),
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
