//! The page about `generate`.

use crate::manual::page::Block::{Item, Text};
use crate::manual::page::{Page, Section, example};
use crate::mapping::types::Kind;

pub(in crate::manual) const PAGE: Page = Page {
    name: "generate",
    description: &[Text(
        "The files always match this version of the program. With --into, the command creates missing directories, \
         writes each file under its name when it is complete, and leaves other files alone.",
    )],
    sections: &[Section {
        title: "FILES",
        blocks: &[
            Text("The names under the prefix, which is `~/.local`, `/usr/local` or `/usr`:"),
            Item(
                "share/man/man1/",
                "Manual pages. `man`(1) finds those in `~/.local/share/man` if `~/.local/bin` is in PATH.",
            ),
            Item(
                "share/bash-completion/completions/",
                "Completion for bash. The package bash-completion loads it on demand.",
            ),
            Item(
                "share/zsh/site-functions/",
                "Completion for zsh. Under `~/.local`, add the directory to fpath before compinit runs.",
            ),
            Item(
                "share/fish/vendor_completions.d/",
                "Completion for fish, which finds the file.",
            ),
            Item(
                "share/mmapctl/completions/",
                "Completion for elvish, PowerShell and Nushell. Load the file in the configuration of the shell.",
            ),
            Item(
                "share/mmapctl/schema/",
                "A JSON Schema of the output of each command with --json, and of the object of a failure.",
            ),
        ],
    }],
    exits: &[
        (
            Kind::Usage,
            "The command line is wrong: a name and --into, or a name and --json.",
        ),
        (Kind::NotFound, "There is no file of that name."),
        (Kind::AccessDenied, "The directory may not be written."),
        (Kind::DiskFull, "There is no space for a file."),
        (Kind::Busy, "Another process opened an old file meanwhile."),
    ],
    environment: &[],
    json: &[Text("One object for each file.")],
    portability: &[Text("The files are the same on every system.")],
    examples: &[
        example("list the files", "mmapctl generate"),
        example(
            "read a page without installing it",
            "mmapctl generate share/man/man1/mmapctl-map.1 | head -n 4",
        ),
        example(
            "install the pages and completions",
            "mmapctl generate --into usr/local",
        ),
    ],
    see_also: &[("man", "1"), ("bash", "1"), ("zsh", "1"), ("fish", "1")],
};
