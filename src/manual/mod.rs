//! The manual: what the pages say beyond what the definitions of the command line say already, and how both
//! become a page.
//!
//! Prose is plain data: text in which `` `backquotes` `` mark what is typed or printed literally. One file
//! per page under `pages/`. Examples are shell commands, and tests run every one of them; JSON fields are
//! listed by their paths, and tests compare the lists with what the commands print.

mod contents;
mod man;
mod page;
mod pages;
mod platforms;
mod roff;

pub use contents::{commands, examples};
pub use man::{RELEASED, page_name, render};
pub use page::{Block, Example, Field, Group, Needs, Page, Section};
pub use pages::main::MAIN;
pub use pages::shared::ERROR;
pub use platforms::notes_here;
