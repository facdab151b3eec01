//! The page about `dump`.

use super::shared::WHOLE;
use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "dump",
    description: &[
        Text(
            "Holes in sparse files are shown as zeros without being read. This saves time, page cache and, on tmpfs, \
             memory.",
        ),
        Text(
            "If another process truncates the file during the dump, the readable bytes are shown, followed by an \
             error with the offset and the new size. The exit status is 9.",
        ),
    ],
    sections: &[
        WHOLE,
        Section {
            title: "STANDARD INPUT AND PIPES",
            blocks: &[
                Text(
                    "A file on standard input is mapped like any other file. Without --offset, the dump starts at \
                     the current file position. Offsets always count from the start of the file. Afterwards the file \
                     position is after the last byte shown, and the next command continues there. The position of \
                     --fd does not change.",
                ),
                Text(
                    "Pipes, sockets, terminals, character devices, and files that cannot be mapped, such as those in \
                     /proc and /sys, are read sequentially, whether given as standard input, a descriptor or a path. \
                     Complete lines are written as soon as no more input is ready. --offset reads and discards that \
                     many bytes. --length stops reading after the last requested byte. An offset from the end is \
                     refused because the end is unknown: save the input to a file first.",
                ),
                Text("If a pipe ends before the range does, --output creates no file."),
            ],
        },
        Section {
            title: "MEMORY OF A PROCESS",
            blocks: &[
                Text(
                    "--pid shows the memory of a running process, read from /proc/PID/mem; the process is not stopped. \
                     The displayed offsets are addresses. Select the memory by --mapping, by --range, or by --offset \
                     with or without --length. With --mapping and --output, the file has the bytes of the mapping at \
                     their offsets from its start: two such files show what changed.",
                ),
                Text(
                    "Memory that cannot be read is shown as zeros, and a note names its addresses and the cause: no \
                     mapping, a mapping without read access, or a page that the kernel cannot read, such as device \
                     memory or a page after the end of a file. In JSON they are in `gaps`. With --strict, the dump ends \
                     at the first such address with status 9. If nothing can be read, the status is 9 too.",
                ),
                Text(
                    "Reading needs the permission to trace the process (PTRACE_MODE_ATTACH, ptrace(2)): it must run as \
                     the same user and be dumpable, or you need CAP_SYS_PTRACE. The security module Yama may restrict \
                     this further (kernel.yama.ptrace_scope). Reading memory that the process never touched makes the \
                     kernel map a page of zeros there.",
                ),
            ],
        },
        Section {
            title: "WATCHING",
            blocks: &[
                Text(
                    "With --watch, the bytes are read again after each interval: through a new mapping, so writes to a \
                     file or shared memory region are seen at once, or from the memory of the process. Without \
                     --length, the range ends at the end of the source at each look. A negative --offset counts from \
                     the end at each look, and so follows a log as tail(1) does with `-f`. A source that is truncated \
                     is watched on. A file that replaces it under the same name is not opened.",
                ),
                Text(
                    "On a terminal, the first bytes of the range that fit the screen are shown, in format hexyl with its \
                     options. A byte that changed since the last look is bold and reversed, for two more looks \
                     reversed, and for another three underlined. Without colours, these marks are `^`, `-` and `.` on a \
                     line below the bytes. Bytes by which the source has grown count as changed. q and Ctrl-C end the \
                     command with status 0, other signals with their status; Ctrl-Z suspends it. The terminal is then \
                     as it was before.",
                ),
                Text(
                    "In a pipe, where TERM is `dumb`, and with --json, only changes are printed. Each run of adjacent \
                     changed bytes is one line: the time (UTC), the offset and the old and new bytes in hexadecimal. \
                     `-` in place of the old bytes means that the source has grown; in place of the new bytes, that it \
                     was truncated. The range must not be longer than 16 MiB: two copies of it are compared.",
                ),
            ],
        },
        Section {
            title: "FORMATS",
            blocks: &[
                Text(
                    "The formats hexyl, xxd, canonical, plain and c are byte-for-byte identical to the output of these \
                     programs:",
                ),
                Item(
                    "hexyl",
                    "hexyl(1), version 0.17: offsets, panels of bytes coloured by kind, and characters. The options \
                     are named as in hexyl, except --bare, which hexyl calls --plain.",
                ),
                Item(
                    "xxd",
                    "xxd(1), and its options: --columns, --group-size, --uppercase, --endianness little (`-e`), --base \
                     binary (xxd has `-b`), --decimal-offsets, --autoskip, --ebcdic and --color (`-R`). Colours are \
                     those of xxd since 2026-05-31. With `-e` in lines that end within a group, the characters are \
                     placed as in xxd since 2024-10-19.",
                ),
                Item("canonical", "hexdump(1) with `-C`."),
                Item(
                    "plain",
                    "xxd(1) with `-p`: hexadecimal digits only, 30 bytes per line unless --columns is given.",
                ),
                Item(
                    "c",
                    "xxd(1) with `-i`: a C array named after the file or tag, or by --name. For other sources without \
                     --name, only the elements. --columns, --uppercase, --capitalize and --base binary are as in xxd.",
                ),
                Item(
                    "values",
                    "Numbers as od(1) prints them. Each line has the decimal offset (--offsets) and as many numbers as \
                     fit the width, or --columns bytes. With several types, each line has a row for each type. The \
                     types `f16` and `bf16` are printed as by `od -t fH` and `-t fB` of coreutils 9.5.",
                ),
                Item(
                    "strings",
                    "strings(1) with `-a -t x`: runs of at least --strings printable characters.",
                ),
                Item(
                    "raw",
                    "The bytes themselves. With --output, holes are preserved, and blocks are shared if the file \
                     system can share them.",
                ),
                Text(
                    "hexyl, canonical and values replace repeated lines with an asterisk unless --no-squeezing is \
                     given. xxd replaces lines of zeros if --autoskip is given.",
                ),
                Text(
                    "Without --format, the first of hexyl, xxd, plain, c and values that has all given options is used: \
                     `-g 4` is hexyl, `-c 8` and `-c 8 -g 4` are xxd.",
                ),
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
            "The command line is wrong, an option does not apply to the format, or output and source are the same \
             file.",
        ),
        (
            Kind::NotFound,
            "The file, descriptor, tag, process or mapping, or the directory of the --output file, does not exist.",
        ),
        (
            Kind::AccessDenied,
            "The source may not be read, or the file of --output may not be written. For a process, the hint names the \
             setting or capability that is needed.",
        ),
        (
            Kind::FileTooShort,
            "The source ends before the range does. The available bytes are shown; with --output, nothing is written.",
        ),
        (Kind::DiskFull, "There is no space for the output."),
        (
            Kind::OutOfMemory,
            "There is not enough memory or address space.",
        ),
        (
            Kind::Unsupported,
            "The source is a directory, a pipe with an offset from the end, or a pipe with --watch.",
        ),
        (
            Kind::Fault,
            "Bytes could not be read: the file was truncated during the dump, a block is unreadable, or the process \
             has ended. The message gives the offset.",
        ),
        (
            Kind::Limit,
            "With --watch in a pipe or with --json: the range is longer than 16 MiB.",
        ),
    ],
    environment: &[
        (
            "LC_ALL, LC_CTYPE, LANG",
            "The first of these that is not empty names the locale. If it is not UTF-8, or none is set, --border and \
             --character-table default to ascii.",
        ),
        (
            "HEXYL_COLOR_ASCII_PRINTABLE, HEXYL_COLOR_ASCII_WHITESPACE, HEXYL_COLOR_ASCII_OTHER, \
             HEXYL_COLOR_NULL, HEXYL_COLOR_NONASCII, HEXYL_COLOR_OFFSET",
            "Colours of format hexyl, by name (`blue`, `bright-green`) or as `#rrggbb`.",
        ),
    ],
    json: &[Text(
        "One object. Without --output, it contains the bytes: as numbers with --format values, otherwise in base64. \
         With --output, it reports the number of bytes in the file. Without --output, formats other than `values` and \
         `raw` are refused. With --watch, one object for each change.",
    )],
    portability: &[Text(
        "Holes are found if the file system reports them (SEEK_DATA); otherwise they are read as zeros. Only Linux can \
         share blocks or copy bytes inside the kernel. On Windows, a range may start at any byte although mappings \
         start at multiples of 64 KiB.",
    )],
    examples: &[
        example(
            "show the first 256 bytes in the format of hexyl",
            "mmapctl dump data.bin -n 256",
        ),
        example(
            "show 64 bytes from offset 0x1000 in the format of xxd",
            "mmapctl dump data.bin -o 0x1000 -n 64 --format xxd",
        ),
        example(
            "show 32-bit little-endian words with decimal offsets, as xxd -e -d",
            "mmapctl dump data.bin --format xxd -e -d",
        ),
        example(
            "show the last 16 bytes in the format of hexdump -C",
            "mmapctl dump data.bin --offset -16 --format canonical",
        ),
        example(
            "show a header as a C array",
            "mmapctl dump data.bin -n 16 --format c",
        ),
        example(
            "show little-endian u32 numbers, then big-endian u16 numbers",
            "mmapctl dump data.bin -n 64 --type u32\n\
             mmapctl dump data.bin -n 64 --type u16be",
        ),
        example(
            "copy a range to a file, preserving holes",
            "mmapctl dump holes.img -o 1M -n 4M --output part.img",
        ),
        example(
            "show the output of another program",
            "printf 'some bytes' | mmapctl dump --format xxd",
        ),
        example(
            "show the stack of this shell",
            "mmapctl dump --pid $$ --mapping '[stack]'",
        ),
        example(
            "what changed in its heap",
            "mmapctl dump --pid $$ --mapping '[heap]' --output heap.1\n\
             mmapctl dump --pid $$ --mapping '[heap]' --output heap.2\n\
             mmapctl diff --quiet heap.1 heap.2 || echo changed",
        ),
        example(
            "show the start of a shared memory region",
            "mmapctl dump --tag telemetry -n 64",
        ),
        example(
            "show what changes in it, twice a second",
            "mmapctl dump --watch=500ms --count 4 --tag telemetry -n 64",
        ),
        example(
            "watch the end of a growing file",
            "mmapctl dump --watch=1s --count 2 log.bin -o -256",
        ),
    ],
    see_also: &[
        ("mmapctl-pmap", "1"),
        ("hexyl", "1"),
        ("xxd", "1"),
        ("hexdump", "1"),
        ("od", "1"),
        ("proc_pid_mem", "5"),
    ],
};
