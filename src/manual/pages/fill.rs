//! The page about `fill`.

use super::shared::WHOLE;
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "fill",
    description: &[
        Text(
            "--text, --pattern, --from and --from-hex are written once, at --offset. With --length or --to-end all \
             but a dump are repeated, or truncated, to that length. --byte, --counter and --random have no length \
             of their own and need one of the two options. When no bytes are named, zeros are written: unlike a \
             hole they have blocks, so no later write to them can run out of space.",
        ),
        Text(
            "A missing file is created, and a short one is extended to the end of the range, unless --no-create or \
             --no-extend is given. --to-end does neither: the range ends where the source ends. When the input of \
             --from is a stream of unknown length, the file grows as it comes.",
        ),
        Text(
            "With `--access c` the bytes go to private copies of the pages, which end with the command. This shows \
             what copy-on-write does; the file does not change.",
        ),
    ],
    sections: &[
        WHOLE,
        Section {
            title: "DUMPS",
            blocks: &[Text(
                "--from-hex reads a dump back. The whole text is parsed first. Then each byte is written, once, at \
                 the offset that the dump shows for it, plus --offset. Where two lines show the same offset, the later \
                 one counts. Bytes that the dump does not show stay as they are: a dump of a few lines is a patch. `plain` and `c` show no offsets and begin at 0. A malformed line is named \
                 by its number and nothing is written; with --partial what stands before it is. Numbers (`values`) are \
                 refused, for their type is not in the text. Whether hexyl's groups of several bytes are big-endian \
                 or little-endian, and whether three digits are octal or decimal, is seen by the characters beside \
                 them and by the digits themselves; the dump is refused where these do not tell. Dumps of other layouts are refused as a whole, with --partial too, \
                 `xxd -b`, `-d` and `-e`, `od`, and `hexdump` without -C among them. Such an offset or order shows in \
                 the characters beside the bytes and in the lines around it, so that lines cut out of a dump should \
                 not be those of `xxd -d` or `-e`; one line of `xxd -d` tells nothing of its offset. \
                 Squeezed lines are filled in, and zeros beyond the end of a file that grows stay a hole.",
            )],
        },
        Section {
            title: "INTERRUPTION",
            blocks: &[
                Text(
                    "SIGINT, SIGTERM, SIGHUP and SIGQUIT stop a fill after the piece that is being written. The message \
                     says how far it got and how many bytes are overwritten; the status is 128 and the signal's \
                     number. The second signal ends the program at once.",
                ),
                Item(
                    "progress",
                    "Work of more than half a second shows its progress on standard error when that is a terminal, \
                 or as --progress says.",
                ),
            ],
        },
    ],
    exits: &[
        (Kind::Failed, "A line of a dump is malformed."),
        (
            Kind::Usage,
            "The command line is wrong: neither bytes nor a length are given, or bytes that need a length have none; or \
             the input is the source itself.",
        ),
        (
            Kind::NotFound,
            "There is no such file or tag, and --to-end or --no-create was given; or there is no such input.",
        ),
        (Kind::AccessDenied, "It may not be written."),
        (
            Kind::FileTooShort,
            "The range ends beyond the end of the source, which may not be extended; no bytes follow the offset of \
             --to-end; or the input to repeat is empty.",
        ),
        (
            Kind::DiskFull,
            "There is no space for the blocks to reserve. The size is as before.",
        ),
        (
            Kind::OutOfMemory,
            "There is no memory for the bytes of a shared memory region or a file on tmpfs, for a dump to be read \
             back, or for a stream to be verified. Unless a stream was being read, nothing was written.",
        ),
        (
            Kind::Unsupported,
            "It is a directory, a pipe, a socket or a character device.",
        ),
        (
            Kind::Fault,
            "A byte could not be stored: the file was truncated meanwhile, or its storage failed.",
        ),
        (
            Kind::Mismatch,
            "--verify found another byte than was written; the message names the first offset.",
        ),
        (
            Kind::AlreadyExists,
            "It exists, and `--open create,excl` was given; or another process created it meanwhile.",
        ),
        (Kind::Busy, "Another process replaced it meanwhile."),
        (
            Kind::Limit,
            "The file would be larger than the limit of file sizes (RLIMIT_FSIZE).",
        ),
    ],
    environment: &[],
    json: &[Text("One object.")],
    portability: &[Text(
        "Blocks are reserved with fallocate(2) on Linux and F_PREALLOCATE on macOS. File systems that cannot \
         reserve only grow: a write that finds no space is then a fault with its offset, and not a crash. On \
         Windows a range may begin anywhere although mappings begin at multiples of 64 KiB.",
    )],
    examples: &[
        example(
            "create a file of 4 MiB of zeros, with allocated blocks",
            "mmapctl fill disk.img --length 4M",
        ),
        example(
            "two bytes at one offset",
            "mmapctl fill data.bin --offset 510 --pattern 55aa",
        ),
        example(
            "overwrite an existing file with zeros",
            "mmapctl fill data.bin --byte 0 --to-end",
        ),
        example(
            "a text, again and again, up to 64 KiB",
            "mmapctl fill new.bin --length 64K --text 'all work and no play '",
        ),
        example(
            "numbers that count up, in a shared memory region",
            "mmapctl fill --tag telemetry --length 64K --counter u32be",
        ),
        example(
            "random bytes, the same with the same seed, and read back",
            "mmapctl fill new.bin --length 8M --random=7 --verify",
        ),
        example(
            "change bytes in a text editor, or with sed, and write them back",
            "mmapctl dump data.bin -n 64 --format xxd |\n    \
             sed 's/^00000010: 78dd/00000010: 0000/' |\n    \
             mmapctl fill data.bin --from-hex -",
        ),
        example(
            "write, and wait until the bytes are on the storage",
            "mmapctl fill data.bin --length 4K --flush sync",
        ),
        example(
            "a whole stream",
            "head -c 100K /dev/urandom | mmapctl fill new.bin --from -",
        ),
        example(
            "a patch, as a line of a dump",
            "echo '00000010: dead beef' | mmapctl fill data.bin --from-hex -",
        ),
        example(
            "a file again and again, up to 1 MiB",
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
