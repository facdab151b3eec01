//! The list of the pages about commands, and their examples as `--help` shows them.

use super::page::Page;
use super::pages::{
    advise, cached, diff, dump, evict, filesize, fill, generate, map, mirror, pagesize, pmap,
    record, replay, restore, snapshot, sync, tags, unlink, verify, warm, why,
};

/// The page about each command, in the order in which the program lists them.
const COMMANDS: &[Page] = &[
    map::PAGE,
    mirror::PAGE,
    advise::PAGE,
    sync::PAGE,
    dump::PAGE,
    diff::PAGE,
    fill::PAGE,
    cached::PAGE,
    warm::PAGE,
    evict::PAGE,
    snapshot::PAGE,
    restore::PAGE,
    why::PAGE,
    verify::PAGE,
    tags::PAGE,
    unlink::PAGE,
    record::PAGE,
    replay::PAGE,
    pmap::PAGE,
    pagesize::PAGE,
    filesize::PAGE,
    generate::PAGE,
];

/// The page about a command; `None` for a command without a page.
fn page(command: &str) -> Option<&'static Page> {
    COMMANDS.iter().find(|page| page.name == command)
}

/// The page about each command.
#[must_use]
pub fn commands() -> &'static [Page] {
    COMMANDS
}

/// The examples of a command as `--help` shows them; nothing for a command without a page.
#[must_use]
pub fn examples(command: &str) -> String {
    let mut text = String::new();
    for example in page(command).map_or(&[][..], |page| page.examples) {
        if text.is_empty() {
            text.push_str("Examples:");
        }
        text.push_str("\n  # ");
        text.push_str(example.what);
        text.push_str("\n  ");
        text.push_str(&example.command.replace('\n', "\n  "));
    }
    text
}
