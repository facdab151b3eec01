//! The manual: what the pages say beyond what the definitions of the command line say already, and how both
//! become a page.
//!
//! Prose is plain data: text in which `` `backquotes` `` mark what is typed or printed literally. One file
//! per page under `pages/`. Examples are shell commands, and tests run every one of them. The fields of JSON objects
//! come from the schemas of what the commands print.

mod contents;
mod man;
mod objects;
mod page;
mod pages;
mod platforms;
mod roff;

pub use contents::{commands, examples};
pub use man::{RELEASED, page_name, render};
pub use objects::field_paths;
pub use page::{Block, Example, Needs, Page, Section};
pub use pages::main::MAIN;
pub use platforms::notes_here;
