//! The page about `dump`.

use super::shared::WHOLE;
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "dump",
    description: &[
        Text(
            "Holes of sparse files are found and not read: they cost no time, no page cache and, on tmpfs, no \
             memory, and the output is the same as if they had been read.",
        ),
        Text(
            "When another process cuts the file while it is shown, what could be read is printed, then the \
             error with the offset and the new size, with status 9.",
        ),
    ],
    sections: &[
        WHOLE,
        Section {
            title: "STANDARD INPUT AND PIPES",
            blocks: &[
                Text(
                    "`-` is standard input, which is also read when no source is named, unless it is a terminal. A file \
                     named `-` is `./-`. A file on standard input is mapped like any other. Without --offset it is shown \
                     from its present position, and the offsets are those of the file; the position does not move.",
                ),
                Text(
                    "A pipe, a socket, a terminal, a character device and a file of /proc are read in order, whether they \
                     are standard input, a descriptor or a path. Complete lines are written as soon as no more input is \
                     ready. --offset reads and skips that many bytes, and --length stops after the last byte wanted and \
                     reads no further. An offset from the end is refused, because the end is not known: save the input to a \
                     file first.",
                ),
                Text("With --output, a pipe that ends before the range does leaves no file."),
            ],
        },
        Section {
            title: "FORMATS",
            blocks: &[
                Text("Each text format prints the very bytes of the program that is known for it:"),
                Item(
                    "hexyl",
                    "Panels with offsets, colours by sort of byte, and characters, as hexyl 0.17 prints them; its \
                 options have the names that they have there, but for --bare, which hexyl calls --plain. Colours are \
                 used on a terminal, or as --color says. In a locale that is not UTF-8, the border and the \
                 characters are ASCII by default.",
                ),
                Item("xxd", "As xxd(1)."),
                Item("canonical", "As hexdump(1) with `-C`."),
                Item(
                    "plain",
                    "As xxd(1) with `-p`: digits only, 30 bytes in a line.",
                ),
                Item(
                    "c",
                    "As xxd(1) with `-i`: an array in C, named after the file. Standard input and descriptors have no \
                     name, and give the elements alone.",
                ),
                Item(
                    "values",
                    "Numbers of one type: the offset in decimal, then as many numbers as fit the width.",
                ),
                Item(
                    "raw",
                    "The bytes themselves. Into a file (--output) holes stay holes, and file systems that can \
                 share blocks share them.",
                ),
                Text(
                    "In the formats hexyl, canonical and values, lines that repeat the one above are squeezed into \
                 one line with an asterisk, unless --no-squeezing is given.",
                ),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure: standard output or the file of --output cannot be written.",
        ),
        (
            Kind::Usage,
            "The command line is wrong; also an option that the format would ignore.",
        ),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (Kind::AccessDenied, "It may not be read."),
        (
            Kind::FileTooShort,
            "It ends before the range does. What there is has been shown; with --output nothing is written.",
        ),
        (Kind::DiskFull, "There is no space for the output."),
        (Kind::OutOfMemory, "No memory or address space is left."),
        (
            Kind::Unsupported,
            "It is a directory; or the offset counts from the end of a pipe.",
        ),
        (
            Kind::Fault,
            "Bytes could not be read: the file was cut meanwhile, or a block is unreadable. What comes \
             before has been shown; the message names the offset.",
        ),
    ],
    environment: &[
        (
            "LC_ALL, LC_CTYPE, LANG",
            "The first that is not empty names the locale. If it is not UTF-8, or none is set, panels are drawn in ASCII.",
        ),
        (
            "HEXYL_COLOR_ASCII_PRINTABLE, HEXYL_COLOR_ASCII_WHITESPACE, HEXYL_COLOR_ASCII_OTHER, \
         HEXYL_COLOR_NULL, HEXYL_COLOR_NONASCII, HEXYL_COLOR_OFFSET",
            "Colours of format hexyl, by name (`blue`, `bright-green`) or as `#rrggbb`.",
        ),
    ],
    json: &[Text(
        "One object. Without --output it has the bytes: as numbers with --format values, and else in base64. With \
         --output the bytes are in the file, and the object reports their number. Other formats than `values` and `raw` \
         are refused without --output.",
    )],
    portability: &[Text(
        "Any range of bytes can be shown on every system. Holes are found where the file system tells them \
         (SEEK_DATA); elsewhere they are read as zeros. Copying with shared blocks or inside the kernel is of \
         Linux. On Windows a range may begin anywhere although mappings begin at multiples of 64 KiB.",
    )],
    examples: &[
        example(
            "the first 256 bytes, in hexyl's look",
            "mmapctl dump data.bin -n 256",
        ),
        example(
            "64 bytes from offset 0x1000 on, in xxd's look",
            "mmapctl dump data.bin -o 0x1000 -n 64 --format xxd",
        ),
        example(
            "the last line of a file, as hexdump -C shows it",
            "mmapctl dump data.bin --offset -16 --format canonical",
        ),
        example(
            "a header as an array in C",
            "mmapctl dump data.bin -n 16 --format c",
        ),
        example(
            "numbers: little-endian u32, or big-endian with be",
            "mmapctl dump data.bin -n 64 --type u32\n\
             mmapctl dump data.bin -n 64 --type u16be",
        ),
        example(
            "cut a range out of a file; holes stay holes",
            "mmapctl dump holes.img -o 1M -n 4M --output part.img",
        ),
        example(
            "what a program writes, as it writes it",
            "printf 'some bytes' | mmapctl dump --format xxd",
        ),
        example(
            "a shared memory region that another program fills",
            "mmapctl dump --tag telemetry -n 64",
        ),
    ],
    see_also: &[("hexyl", "1"), ("xxd", "1"), ("hexdump", "1"), ("od", "1")],
};
