//! The page about `verify`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

use super::shared::PATHS;

pub(in crate::manual) const PAGE: Page = Page {
    name: "verify",
    description: &[
        Text(
            "Programs read files from the page cache. The command reads the same pages from the storage with direct \
             reads (O_DIRECT), which bypass the cache, and compares both sides. Only cached pages are read. Pages \
             that are not cached stay out of the cache, and nothing is written.",
        ),
        Text(
            "Only clean pages can be compared: the storage holds older contents of dirty pages. Pages that are dirty, \
             being written or being read are left out and counted. A page that differs is looked at again, up to \
             sixteen times. It is reported when it is clean and shows the same difference four times in a row, so that \
             a program that writes to the file causes no false alarm.",
        ),
        Text(
            "The report has a line for each file with differences, and the lines of a dump, memory above storage. Bytes \
             that differ have a colour, or carets below them. Without --all, it shows the first 16 differences of each \
             file, and at most four lines of each. The last line is the total; --verbose adds a line for each file.",
        ),
        Text(
            "Where nothing is in memory, nothing is compared, and the status is 0: to check the storage itself, use checksums.",
        ),
        Text(
            "On SIGINT, SIGHUP, SIGQUIT or SIGTERM, the command finishes the current pages and reports the total so far.",
        ),
    ],
    sections: &[
        PATHS,
        Section {
            title: "PAGES THAT DIFFER",
            blocks: &[
                Text(
                    "With --evict, pages that differ are dropped from the page cache, read again and compared. Other \
                     pages of the same folio are dropped with them. Three outcomes are possible:",
                ),
                Item(
                    "equal since",
                    "Memory was wrong, and programs that read the file now get what the storage holds.",
                ),
                Item(
                    "cannot be dropped",
                    "A process maps or locks the pages. The message names the processes. They still see the altered \
                     bytes; restart them, and verify again.",
                ),
                Item(
                    "differ again",
                    "The storage returns different contents for the same page: it fails, or somebody writes to the \
                     device below the file system.",
                ),
            ],
        },
        Section {
            title: "THREAT MODEL",
            blocks: &[
                Text(
                    "The command finds pages whose contents in memory are not those on the storage although the \
                     kernel considers them clean. Faulty memory causes this, and attacks that write to pages of files \
                     which the attacker may only read: every program then runs or reads the altered bytes, while the \
                     file on the storage stays as it was, and checksum tools, which read through the page cache, see \
                     the altered bytes as well or, after a restart, nothing.",
                ),
                Text("It does not find:"),
                Item(
                    "changes that were written back",
                    "When a page is dirty, or was written to the storage, both sides are the same. Compare such files \
                     with checksums of a trusted source.",
                ),
                Item(
                    "pages that are not cached",
                    "There is nothing in memory to compare.",
                ),
                Item(
                    "a kernel that lies",
                    "The kernel carries out both reads. A compromised kernel can return what it likes, and so can \
                     the firmware of the storage.",
                ),
                Item(
                    "changes between two runs",
                    "Pages that were altered and have left the cache since leave no trace.",
                ),
            ],
        },
        Section {
            title: "PAGES THAT CANNOT BE COMPARED",
            blocks: &[
                Text(
                    "They count as unknown, never as equal, and with --strict the status is 10. The reason is one of \
                     these:",
                ),
                Item(
                    "the pages exist only in memory",
                    "The file is on tmpfs, or is a shared memory region.",
                ),
                Item(
                    "the file system has no direct reads",
                    "Opening with O_DIRECT, or a read, was refused.",
                ),
                Item(
                    "direct reads are not answered by the storage",
                    "The kernel accounts what is read from storage (proc_pid_io(5)), and it was less than the data of \
                     the file: the file system serves direct reads from the cache, as for compressed or encrypted files \
                     and those stored in their inode, or asks another process (FUSE).",
                ),
                Item(
                    "the pages belong to a file on another file system",
                    "On overlayfs, the file behind it is compared. It was not found in this mount namespace; run the \
                     command on the host.",
                ),
                Item(
                    "only the file's owner or a writer may see which of its pages are in memory",
                    "Run the command as root.",
                ),
                Item(
                    "the kernel does not report which pages are dirty",
                    "It is older than Linux 6.5.",
                ),
                Item("the storage could not be read", "A message has the error."),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure, such as an I/O error; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such path, descriptor or tag."),
        (
            Kind::AccessDenied,
            "A file may not be opened, or a directory may not be read. The others were verified.",
        ),
        (Kind::FileTooShort, "The file ends before the range does."),
        (
            Kind::Unsupported,
            "PATH is a pipe, a socket or a character device; or the system is not Linux.",
        ),
        (
            Kind::Mismatch,
            "Pages differ, also if --evict made them equal; or with --strict, pages cannot be compared.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object for each PATH and for each file with differences, with --verbose for each file, and a last one for \
         the total, whose `kind` is `total`. A file with differences has them in `differences`.",
    )],
    portability: &[],
    examples: &[
        example(
            "check that no page of a file was altered in memory",
            "mmapctl verify data.bin",
        ),
        example(
            "check each day the programs that give privileges",
            "mmapctl verify --setuid --one-file-system .",
        ),
        example(
            "drop altered pages, so that programs read the storage again",
            "mmapctl verify --evict .",
        ),
    ],
    see_also: &[
        ("mmapctl-cached", "1"),
        ("mmapctl-evict", "1"),
        ("mmapctl-why", "1"),
        ("open", "2"),
        ("cachestat", "2"),
        ("proc_pid_io", "5"),
    ],
};
