//! The page about `record`.

use crate::manual::page::Block::{Code, Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "record",
    description: &[
        Text(
            "Standard input is read straight into a mapping of the ring until its end. A signal ends the command too: \
             what was read is in the ring, the report is printed, and the status is that of the signal.",
        ),
        Text(
            "A new ring appears under its name when it is complete. Its blocks are reserved before the first byte is \
             read, so a full disk or a full `/dev/shm` is reported at once. An empty file becomes a ring too. A ring in \
             `/dev/shm`, or a tag, is in memory, and is lost when the system stops; a ring in a file on a disk is \
             written to it by the kernel as other files are.",
        ),
        Text(
            "The bytes of a ring that is continued stay until new ones replace them. The command holds a lock on the \
             file (flock(2)), which ends with the process, also after SIGKILL. Readers need no lock.",
        ),
    ],
    sections: &[
        Section {
            title: "WHAT A CRASH LEAVES",
            blocks: &[
                Text(
                    "A byte is counted when it is in the ring. The last bytes that were counted, as many as --length says, \
                     are in the ring at any moment, and can be shown after the command was killed or crashed. They are \
                     lost only with the memory or the disk. Bytes that were still in the pipe are lost with the pipe. With \
                     --tee, every byte on standard output was counted before.",
                ),
                Text("If another process truncates the file, the command ends with status 9."),
            ],
        },
        Section {
            title: "FORMAT",
            blocks: &[
                Text(
                    "The file has a head of 65536 bytes, followed by the data. Numbers are little-endian. Bytes that are not \
                     listed are zero.",
                ),
                Item("0, 8 bytes", "The letters `MMAPRING`."),
                Item("8, 4 bytes", "The version of the format: 1."),
                Item("12, 4 bytes", "The offset of the data: 65536."),
                Item(
                    "16, 8 bytes",
                    "The length: the number of last bytes that are kept, as --length has it.",
                ),
                Item(
                    "24, 8 bytes",
                    "The capacity: the number of bytes of data. It is a multiple of 65536 and larger than the length. The \
                     size of the file is 65536 plus the capacity.",
                ),
                Item(
                    "32, 8 bytes",
                    "The checksum of the 32 bytes before it: FNV-1a with 64 bits.",
                ),
                Item(
                    "64, 8 bytes",
                    "Written: the number of bytes that were counted since the ring was created. It is stored in one access.",
                ),
                Item(
                    "72, 8 bytes",
                    "The number of runs of the command on this ring.",
                ),
                Item("128, 4 bytes", "The process ID of the last writer."),
                Item(
                    "136, 8 bytes",
                    "Its start time, in clock ticks after the start of the system (field 22 of proc_pid_stat(5)); 0 when \
                     unknown.",
                ),
                Item(
                    "144, 16 bytes",
                    "The boot of the system, the bytes of the UUID in order (random(4)); zeros when unknown.",
                ),
                Item(
                    "65536",
                    "The data. Byte P of the stream, counted from 0, is at 65536 + (P modulo capacity).",
                ),
                Text(
                    "The writer stores only the bytes of the stream from `written` to before `written` + capacity - length. \
                     It then adds their number to `written`, and only after that stores further bytes. So it never \
                     touches the last `length` bytes before `written`. A reader loads `written`, copies bytes before it, \
                     and loads `written` again: the bytes from `written` - length on are valid, and those before it may \
                     have been overwritten during the copy. It needs no lock.",
                ),
                Text("This shows the head of a ring:"),
                Code("mmapctl dump log.ring --length 160 --format canonical"),
                Text("and this the number of counted bytes:"),
                Code("mmapctl dump log.ring --offset 64 --length 8 --type u64le"),
            ],
        },
    ],
    exits: &[
        (
            Kind::NotFound,
            "There is no such ring, and --length is not given.",
        ),
        (
            Kind::FileTooShort,
            "The file is empty and --length is not given, or the ring was truncated.",
        ),
        (
            Kind::DiskFull,
            "There is no space for the ring. Nothing was read.",
        ),
        (
            Kind::Unsupported,
            "The ring has another version of the format, or the file is not a regular file.",
        ),
        (Kind::Fault, "The file was truncated meanwhile."),
        (
            Kind::Mismatch,
            "The file is not a ring, its head is damaged, or it keeps another number of bytes than --length says.",
        ),
        (Kind::Busy, "Another process is recording into the ring."),
    ],
    environment: &[],
    json: &[Text(
        "One object at the end; with --tee, on standard error.",
    )],
    portability: &[Text(
        "On macOS and FreeBSD, the start time of the writer and the boot are not noted. On Windows, the command is \
         unsupported.",
    )],
    examples: &[
        example(
            "keep the last 64 MiB of the output of a program in memory",
            "seq 100000 | mmapctl record --tag telemetry-log --length 64M\n\
             mmapctl replay --tag telemetry-log --lines 2\n\
             mmapctl unlink telemetry-log",
        ),
        example(
            "record in the middle of a pipeline, and go on with the same ring",
            "seq 100000 | mmapctl record log.ring --length 1M --tee | tail -n 1\n\
             date | mmapctl record log.ring",
        ),
    ],
    see_also: &[
        ("mmapctl-replay", "1"),
        ("mmapctl-mirror", "1"),
        ("mmapctl-unlink", "1"),
        ("tee", "1"),
        ("flock", "2"),
    ],
};
