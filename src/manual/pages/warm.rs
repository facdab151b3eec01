//! The page about `warm`.

use super::shared::PATHS;
use crate::manual::page::Block::Text;
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "warm",
    description: &[
        Text(
            "For one file or block device, the report is detailed. For a directory or several PATHs, it is one line \
             with the total; with --verbose, there is a line for each file.",
        ),
        Text(
            "The range is widened to whole pages. A page that another program is reading counts as missing until it \
             is up to date. If a block cannot be read, the other pages are still loaded, the message gives the \
             offset, and the status is 9. A file below a directory that is truncated meanwhile is loaded up to its \
             new end.",
        ),
        Text(
            "For an empty file, the report says that there is nothing to load, and the status is 0. The pages of a \
             block device stay only while a process has the device open; the report names such processes.",
        ),
        Text(
            "Read permission is sufficient. If the file belongs to another user and you may not write it, the kernel \
             does not report its pages: they are loaded, the result is `unknown`, and the status is 0. A total with \
             such files is a minimum; in JSON `loaded` is null and `known` is the minimum.",
        ),
    ],
    sections: &[
        PATHS,
        Section {
            title: "MEMORY",
            blocks: &[
                Text(
                    "First, the command measures how much is missing. If the missing data and the cached part of the \
                     files exceed MemAvailable of /proc/meminfo, or the missing data exceeds what a control group of \
                     this process has left, nothing is loaded, and the status is 7. With --max-memory, as much as \
                     fits is loaded, in the order of the PATHs, and the status is 0. --max-memory 0 loads nothing, and \
                     reports how much is missing.",
                ),
                Text(
                    "The kernel may reclaim pages while others are loaded. Pages that have left memory are loaded \
                     again, three times at most. If some are still missing then, the message says how many, and the \
                     status is 7.",
                ),
                Text(
                    "On SIGINT, SIGHUP, SIGQUIT or SIGTERM, the command stops and reports how much was loaded and how \
                     much was not.",
                ),
            ],
        },
        Section {
            title: "THREADS",
            blocks: &[Text(
                "Storage without moving parts works on many requests at a time: unless --jobs is given, 16 threads \
                 read. If the kernel reports that the disk of a PATH rotates (/sys/block/DISK/queue/rotational), one \
                 thread reads, and the files of each directory are read in the order of their inodes.",
            )],
        },
        Section {
            title: "KEEPING FILES IN MEMORY",
            blocks: &[
                Text(
                    "With --lock and --hold, every file is mapped and its pages are locked (mlock(2)). They stay in \
                     memory until the command ends, even when memory is short or another program evicts them. Only data \
                     is locked: the page cache would need memory for the zeros of a hole.",
                ),
                Text(
                    "The files are counted first. Nothing is loaded if a limit is too low: RLIMIT_MEMLOCK (unless \
                     CAP_IPC_LOCK is held), the number of mappings (vm.max_map_count; each run of data needs one), or the \
                     available memory of the system and of the control group. A message for each of them gives the \
                     limit, what is needed and the remedy. A locked file needs no open descriptor.",
                ),
                Text(
                    "A file that cannot be read or locked is reported, the others are held, and the exit status is that of \
                     the failure. If nothing can be locked, the command fails at once. A signal before the `ready` line ends \
                     the command with the status of that signal.",
                ),
                Text(
                    "With --follow-changes, the directories of all files are watched (inotify(7)). A file that appears, \
                     grows or is replaced is locked, and one that no longer exists is unlocked. The filters apply to new files too. Each change makes \
                     mmapctl check all files again. After a check it pauses nine times as long as the check took, at most 10 \
                     seconds. The kernel \
                     does not report data that is stored in a hole through a mapping, nor changes that another host makes \
                     to a network file system. A failure that no longer exists does not count \
                     for the exit status.",
                ),
                Text(
                    "If NOTIFY_SOCKET is set, the service manager is notified (sd_notify(3)): READY=1 with the `ready` line, \
                     STATUS= with the amounts then and after each change, and STOPPING=1 at the end.",
                ),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure; or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such file, descriptor or tag."),
        (
            Kind::AccessDenied,
            "A file may not be opened, or a directory may not be read. The others were loaded.",
        ),
        (Kind::FileTooShort, "The source ends before the range does."),
        (
            Kind::OutOfMemory,
            "The missing pages exceed the available memory; or loaded pages were evicted again.",
        ),
        (
            Kind::Unsupported,
            "PATH is a pipe, a socket or a character device; or a descriptor is that of a directory.",
        ),
        (
            Kind::Fault,
            "A block cannot be read, or the file was truncated while it was read.",
        ),
        (
            Kind::Limit,
            "With --lock: the limit of locked memory (RLIMIT_MEMLOCK), of mappings (vm.max_map_count) or of watched \
             directories (fs.inotify.max_user_watches) is reached.",
        ),
    ],
    environment: &[(
        "NOTIFY_SOCKET",
        "With --hold: the socket of the service manager.",
    )],
    json: &[Text(
        "For one file or block device, an object with the details; for other PATHs, an object for each PATH, and with \
         --verbose for each file. The last object is the total, also after failures. For an empty file `length` is 0. \
         With --lock there is only one object, whose `kind` is `ready`, when everything is locked.",
    )],
    portability: &[],
    examples: &[
        example("load a file", "mmapctl warm data.bin"),
        example(
            "load the .bin files of a directory, up to half of the available memory",
            "mmapctl warm --glob '*.bin' --max-memory 50% .",
        ),
        example(
            "load the first 512 KiB, at no more than 10 MB per second",
            "mmapctl warm data.bin --length 512K --rate 10MB",
        ),
        example(
            "keep everything below a directory in memory for a while",
            "mmapctl warm --lock --hold 100ms .",
        ),
    ],
    see_also: &[
        ("mmapctl-cached", "1"),
        ("mmapctl-evict", "1"),
        ("mmapctl-map", "1"),
        ("mlock", "2"),
        ("readahead", "2"),
        ("cachestat", "2"),
        ("vmtouch", "8"),
    ],
};
