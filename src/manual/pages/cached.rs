//! The page about `cached`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

use super::shared::PATHS;

pub(in crate::manual) const PAGE: Page = Page {
    name: "cached",
    description: &[
        Text(
            "The kernel counts the pages of a file in one call (cachestat(2)), whatever its size. Pages that are being \
             read count as cached. Whole pages are counted, so CACHED can exceed SIZE; % is the share of the pages. \
             Sizes are rounded and in binary units; --bytes prints numbers of bytes.",
        ),
        Text(
            "The table has a row for each PATH, and a total if there are several rows. If PATH is one file, a picture \
             shows which parts of it are cached. With --no-header in a pipe, columns are separated by tabs, for cut(1) \
             and awk(1).",
        ),
        Text(
            "Rows of --all come as the files are found, in any order, unless --sort or --top is given. Memory does not \
             grow with the number of files, except for one bit per file and, with --sort, for the rows.",
        ),
    ],
    sections: &[
        PATHS,
        Section {
            title: "WATCHING",
            blocks: &[
                Text(
                    "With --watch on a terminal, rows are sorted by --sort (cached by default), and CHANGE is the amount \
                     that came (+) or went (-) since the last look. Rows that do not fit on the screen are \
                     counted below the others. q and Ctrl-C end the command with status 0, other signals with their \
                     status; Ctrl-Z suspends it. The terminal is then as it was before. Failures of the last look are reported at the end.",
                ),
                Text(
                    "In a pipe, and where TERM is `dumb`, the tables follow each other. With --json, each object has the \
                     number of its look in `look`, and the change in `change`. With --all, a million files need less \
                     than 100 MiB of memory.",
                ),
            ],
        },
        Section {
            title: "METRICS",
            blocks: &[
                Text(
                    "--openmetrics prints gauges with the labels `path` and `kind` (`file`, `directory`, `total`; the \
                     total has no path): mmapctl_cached_bytes, and mmapctl_cached_ followed by dirty_bytes, \
                     writeback_bytes, evicted_bytes, size_bytes, pages, files or unknown_files. Do not add up rows of \
                     different kinds. A path that is not UTF-8 is written in the quotes of the shell.",
                ),
                Text(
                    "mmapctl_cached_errors, without labels, is the number of failures to read or measure a file or \
                     directory. A path that cannot be read at all has no amounts. If all paths fail, there is no total.",
                ),
                Text(
                    "Name all paths in one command: two files with the same series, such as the total, are an error for \
                     the textfile collector.",
                ),
                Text(
                    "The units mmapctl-cached.service and mmapctl-cached.timer write these metrics for the textfile \
                     collector of node_exporter.",
                ),
            ],
        },
        Section {
            title: "UNKNOWN AMOUNTS",
            blocks: &[
                Text(
                    "The kernel reports the pages of a file only to its owner, to users who may write it, and to \
                     privileged processes. For other files the amount is `unknown`, and the status is 0. A sum over \
                     files of both kinds is shown as a minimum; in JSON `cached` is null and `known` is the minimum.",
                ),
                Item(
                    "overlayfs",
                    "The pages belong to the underlying file and are counted there; how many are dirty is unknown.",
                ),
            ],
        },
    ],
    exits: &[
        (
            Kind::Failed,
            "Any other failure, or several files failed in different ways.",
        ),
        (Kind::Usage, "The command line is wrong."),
        (Kind::NotFound, "There is no such path, descriptor or tag."),
        (
            Kind::AccessDenied,
            "A file may not be opened, or a directory may not be read. The others are in the table.",
        ),
        (Kind::FileTooShort, "The file ends before the range does."),
        (
            Kind::Unsupported,
            "PATH is a pipe, a socket or a character device; a descriptor is that of a directory; or the system does not \
             report the page cache.",
        ),
        (
            Kind::Mismatch,
            "Less than --expect is resident, or the amount is unknown.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object for each row, and a last one for the total, whose `kind` is `total`. An object has all amounts, \
         in bytes: --bytes changes nothing, and --columns and --no-header are errors.",
    )],
    portability: &[],
    examples: &[
        example(
            "how much of a file and of a directory is in memory",
            "mmapctl cached data.bin .",
        ),
        example(
            "the 20 files with the most cached data",
            "mmapctl cached --top 20 .",
        ),
        example(
            "directories down to two levels, as du -d2",
            "mmapctl cached -d2 --sort cached .",
        ),
        example(
            "in a script: fail if 1 GiB or more of the matching files is in memory",
            "mmapctl cached --total --expect '<1G' -g '*.bin' .",
        ),
        example(
            "what comes and goes, once a second",
            "mmapctl cached --watch=1s --count 2 .",
        ),
        example(
            "metrics for node_exporter",
            "mmapctl cached --openmetrics --output mmapctl.prom -d1 .",
        ),
        example(
            "for awk: bytes and names",
            "mmapctl cached -a --no-header --bytes --columns cached,name . | sort -n",
        ),
    ],
    see_also: &[
        ("mmapctl-warm", "1"),
        ("mmapctl-evict", "1"),
        ("cachestat", "2"),
        ("fincore", "1"),
        ("vmtouch", "8"),
    ],
};
