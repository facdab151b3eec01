//! The page about `diff`.

use crate::manual::page::Block::{Code, Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "diff",
    description: &[
        Text(
            "Files and shared memory regions are compared through mappings, by several threads. A hole on both sides is \
             skipped, whatever its size; a hole on one side is compared as zeros and not read. The amount of memory used \
             does not depend on the sizes.",
        ),
        Text(
            "If the sides differ, the last line is on standard error: the number of bytes that differ, the offset of the \
             first one, and which side ends first. --length is a maximum: two sides that end at the same place before it \
             are the same.",
        ),
        Text(
            "If another process truncates a file during the comparison, the differences before its new end are shown, \
             followed by an error with the offset and the new size. The exit status is 9.",
        ),
    ],
    sections: &[
        Section {
            title: "SIDES",
            blocks: &[
                Item(
                    "FILE",
                    "A file, a block device, or a file that can only be read in order, such as a named pipe or a file in \
                     /proc. `./tag:x` is a file named `tag:x`.",
                ),
                Item(
                    "-",
                    "Standard input. A file on standard input is compared from its current position unless --offset is \
                     given. Offsets always count from the start of the file.",
                ),
                Item(
                    "tag:NAME",
                    "A shared memory region (shm_overview(7)); `mmapctl tags` lists them.",
                ),
                Item("fd:N", "An inherited file descriptor."),
                Item(
                    "pid:N@START..END",
                    "Memory of a process, also with the hexadecimal addresses of /proc/PID/maps: `pid:N@START-END`. \
                     `mmapctl pmap N` lists the mappings. --offset counts from START. The offsets of differences are \
                     addresses if the process is the first side. Memory that cannot be read is compared as zeros, as \
                     `mmapctl dump` shows it, and a note names its addresses and the cause; mmapctl-dump(1) has the \
                     permissions that are needed.",
                ),
                Text(
                    "With a stream or a process, both sides are read in order, and differences are shown as they are found. \
                     --offset reads and discards that many bytes of a stream.",
                ),
            ],
        },
        Section {
            title: "FORMATS",
            blocks: &[
                Item(
                    "panels",
                    "The default: a line of the first side above a line of the second where they differ, in the look of \
                     hexyl(1), with --context equal lines around them. An asterisk replaces the other equal lines. Bytes that \
                     differ have a colour, or a caret below them.",
                ),
                Item(
                    "side-by-side",
                    "The same with both sides next to each other.",
                ),
                Item(
                    "list",
                    "Byte-for-byte identical to the output of `cmp -l` (cmp(1)): the number of each byte that differs, \
                     counted from 1 at the start of the range, and both bytes in octal. --decimal shows the bytes in \
                     decimal.",
                ),
                Item(
                    "ranges",
                    "A line for each range of bytes that all differ: the offset of the first byte in the first side, and \
                     the number of bytes, both decimal:",
                ),
                Code("4096 12\n8192 1"),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure, such as a closed standard output.",
        ),
        (
            Kind::Usage,
            "The command line is wrong, an option does not apply to the format, or both sides read the same stream.",
        ),
        (
            Kind::NotFound,
            "A file, descriptor, tag or process does not exist, or the process has no mapping in the range.",
        ),
        (Kind::AccessDenied, "A side may not be read."),
        (Kind::FileTooShort, "A side ends before --offset."),
        (
            Kind::Unsupported,
            "A side is a directory, or a stream with an offset from the end.",
        ),
        (
            Kind::Fault,
            "Bytes could not be read: a file was truncated during the comparison, a block is unreadable, or a process has \
             ended. The message gives the offset.",
        ),
        (
            Kind::Mismatch,
            "The sides differ, or one ends before the other. With --quiet, nothing is printed.",
        ),
    ],
    environment: &[(
        "LC_ALL, LC_CTYPE, LANG",
        "The first of these that is not empty names the locale. If it is not UTF-8, or none is set, borders and \
             characters are ASCII.",
    )],
    json: &[Text(
        "One object with the ranges that differ, and the sums. Formats other than `ranges` are refused. If the sides \
         differ, standard error has an object with the code `mismatch`.",
    )],
    portability: &[Text(
        "Holes are found if the file system reports them (SEEK_DATA); otherwise they are compared as zeros. Memory of a \
         process can be read on Linux only.",
    )],
    examples: &[
        example(
            "compare two files; the status is 0 if they are the same",
            "cp data.bin copy.bin\n\
             mmapctl diff data.bin copy.bin",
        ),
        example(
            "see only from the status whether two files differ",
            "mmapctl diff --quiet data.bin log.bin || test $? -eq 10",
        ),
        example(
            "the lines that differ, with 3 equal lines around them",
            "mmapctl diff data.bin log.bin --context 3 2>&1 | less",
        ),
        example(
            "the first bytes that differ, as cmp -l shows them",
            "mmapctl diff data.bin log.bin --format list 2>&1 | head",
        ),
        example(
            "compare the output of a program with a file",
            "cat data.bin | mmapctl diff - data.bin",
        ),
        example(
            "compare 4 KiB at different offsets",
            "mmapctl diff data.bin data.bin -o 8K --offset-b 8K -n 4K",
        ),
        example(
            "compare a shared memory region with a file, as JSON",
            "mmapctl dump --tag telemetry --output region.bin\n\
             mmapctl diff tag:telemetry region.bin --json",
        ),
        example(
            "what changed in the heap of this shell",
            "heap=$(grep -F '[heap]' /proc/$$/maps | cut -d' ' -f1)\n\
             mmapctl dump --pid $$ --range $heap --output heap.bin\n\
             mmapctl diff heap.bin pid:$$@$heap 2>&1 | head",
        ),
    ],
    see_also: &[
        ("mmapctl-dump", "1"),
        ("mmapctl-verify", "1"),
        ("mmapctl-pmap", "1"),
        ("cmp", "1"),
        ("hexyl", "1"),
    ],
};
