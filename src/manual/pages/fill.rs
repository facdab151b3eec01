//! The page about `fill`.

use super::shared::WHOLE;
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "fill",
    description: &[
        Text(
            "Without an option for the bytes, zeros are written. Unlike a hole, they have blocks: later writes to them \
             cannot run out of space. If --from reads a stream of unknown length, the file grows as data arrives.",
        ),
        Text(
            "With `--access c`, the bytes are written to private copies of the pages, which are discarded on exit. The \
             file does not change. This demonstrates copy-on-write.",
        ),
    ],
    sections: &[
        WHOLE,
        Section {
            title: "DUMPS",
            blocks: &[
                Text(
                    "--from-hex parses the whole dump before anything is written. Each byte is written once, at its \
                     offset in the dump plus --offset. If two lines have the same offset, the later line is used. \
                     Bytes that the dump does not show do not change, so a dump of a few lines is a patch. `plain` \
                     and `c` show no offsets and start at 0. Squeezed lines are expanded. Zeros beyond the end of a \
                     file that grows stay a hole.",
                ),
                Text(
                    "If a line is malformed, the message gives its number. Nothing is written unless --partial is given.",
                ),
                Text(
                    "An ambiguous dump is refused. The digits and the characters beside them show whether groups of \
                     hexyl and xxd are big-endian or little-endian, whether three digits are octal or decimal, and \
                     whether digits are bits (`xxd -b`). Consecutive lines show whether the offsets of xxd are decimal \
                     (`xxd -d`), if the first offset is below 10. Numbers (`values`) are refused because the text does \
                     not contain their type.",
                ),
                Text(
                    "Dumps of other formats are refused as a whole, even with --partial. These include `od`, and \
                     `hexdump` without -C. Do not apply single lines of `xxd -d`, `xxd -e` or `xxd -b`: a single line \
                     can look like a line of `xxd`.",
                ),
            ],
        },
        Section {
            title: "INTERRUPTION",
            blocks: &[Text(
                "SIGINT, SIGTERM, SIGHUP and SIGQUIT stop the command after the current piece. The message reports \
                 the progress and the number of overwritten bytes. The exit status is 128 plus the signal number. A \
                 second signal ends the program at once.",
            )],
        },
    ],
    exits: &[
        (Kind::Failed, "Any other failure, such as a malformed dump."),
        (
            Kind::Usage,
            "The command line is wrong, or input and output are the same file.",
        ),
        (
            Kind::NotFound,
            "The source does not exist, and --to-end, --no-create or --no-extend was given; or its directory or the \
             input does not exist.",
        ),
        (
            Kind::AccessDenied,
            "The source may not be written, or the input may not be read.",
        ),
        (
            Kind::FileTooShort,
            "The range ends beyond the end of a source that may not be extended, --to-end finds no bytes after the \
             offset, or the input to repeat is empty.",
        ),
        (
            Kind::DiskFull,
            "There is no space for the blocks to reserve. The size does not change.",
        ),
        (
            Kind::OutOfMemory,
            "There is not enough memory for a shared memory region, a file on tmpfs, a dump, or a stream to be \
             verified. Unless a stream was being read, nothing is written.",
        ),
        (
            Kind::Unsupported,
            "The source is a directory, a pipe, a socket or a character device.",
        ),
        (
            Kind::Fault,
            "A byte could not be stored: the file was truncated during the fill, or its storage failed.",
        ),
        (
            Kind::Mismatch,
            "--verify found a byte that differs; the message gives the first offset.",
        ),
        (
            Kind::AlreadyExists,
            "The source exists, and `--open create,excl` was given; or another process created it during the fill.",
        ),
        (
            Kind::Busy,
            "Another process replaced the source during the fill.",
        ),
        (
            Kind::Limit,
            "The file would exceed the limit on file sizes (RLIMIT_FSIZE).",
        ),
    ],
    environment: &[],
    json: &[Text("One object.")],
    portability: &[Text(
        "Blocks are reserved with fallocate(2) on Linux and F_PREALLOCATE on macOS. On file systems that cannot \
         reserve blocks, files are only extended; if a write then finds no space, the command fails with status 9 and \
         the offset. On Windows, a range may start at any byte although mappings start at multiples of 64 KiB.",
    )],
    examples: &[
        example(
            "create a file of 4 MiB of zeros with allocated blocks",
            "mmapctl fill disk.img --length 4M",
        ),
        example(
            "write two bytes at an offset",
            "mmapctl fill data.bin --offset 510 --pattern 55aa",
        ),
        example(
            "overwrite an existing file with zeros",
            "mmapctl fill data.bin --byte 0 --to-end",
        ),
        example(
            "repeat a text up to 64 KiB",
            "mmapctl fill new.bin --length 64K --text 'all work and no play '",
        ),
        example(
            "write a counter to a shared memory region",
            "mmapctl fill --tag telemetry --length 64K --counter u32be",
        ),
        example(
            "write reproducible random bytes and verify them",
            "mmapctl fill new.bin --length 8M --random=7 --verify",
        ),
        example(
            "edit bytes with sed",
            "mmapctl dump data.bin -n 64 --format xxd |\n    \
             sed 's/^00000010: 78dd/00000010: 0000/' |\n    \
             mmapctl fill data.bin --from-hex -",
        ),
        example(
            "apply a patch of one line",
            "echo '00000010: dead beef' | mmapctl fill data.bin --from-hex -",
        ),
        example(
            "write zeros and wait until they are on storage",
            "mmapctl fill data.bin --length 4K --flush sync",
        ),
        example(
            "write a stream to a file",
            "head -c 100K /dev/urandom | mmapctl fill new.bin --from -",
        ),
        example(
            "repeat the bytes of a file up to 1 MiB",
            "mmapctl fill tile.bin --length 1M --from log.bin",
        ),
    ],
    see_also: &[
        ("dd", "1"),
        ("xfs_io", "8"),
        ("fallocate", "2"),
        ("mmap", "2"),
    ],
};
