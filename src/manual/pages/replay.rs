//! The page about `replay`.

use crate::manual::page::Block::Text;
use crate::manual::page::{Page, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "replay",
    description: &[
        Text(
            "The ring was made by `mmapctl record`. Without --lines, all bytes that it keeps are shown. The first one may \
             be in the middle of a line. With --lines, only whole lines are shown: each is complete, and none begins in \
             the middle.",
        ),
        Text(
            "The ring may be recorded at the same time: a reader needs no lock and does not delay the writer. Bytes that \
             were overwritten before they could be shown are counted as lost, and a note on standard error says where. \
             Bytes are never shown at the wrong place. With --lines, the whole line that was hit is lost.",
        ),
        Text(
            "--follow looks for new bytes every 20 milliseconds. It also shows what a later `mmapctl record` adds to the same \
             file. It ends with a signal, or when the reader of standard output has closed it. With --verbose, a line about \
             the ring and its last writer is printed at the end.",
        ),
    ],
    sections: &[],
    exits: &[
        (
            Kind::FileTooShort,
            "The file is empty, or the ring was truncated.",
        ),
        (
            Kind::Unsupported,
            "The ring has another version of the format, or the file is not a regular file.",
        ),
        (Kind::Fault, "The file was truncated meanwhile."),
        (
            Kind::Mismatch,
            "The file is not a ring, or its head is damaged.",
        ),
    ],
    environment: &[],
    json: &[Text(
        "One object for each piece of up to 256 KiB, or longer if a line is longer, and one about the ring at the end.",
    )],
    portability: &[Text(
        "On macOS and FreeBSD, `writer_runs` is always false. On Windows, the command is unsupported.",
    )],
    examples: &[
        example(
            "show the last two lines of a ring",
            "seq 1000 | mmapctl record log.ring --length 64K --quiet\n\
             mmapctl replay log.ring --lines 2",
        ),
        example(
            "search what is recorded from now on, until a line is found",
            "seq 1000 | mmapctl record log.ring --length 64K --quiet\n\
             mmapctl replay log.ring --lines 5 --follow | grep -m 1 998",
        ),
    ],
    see_also: &[("mmapctl-record", "1"), ("tail", "1")],
};
