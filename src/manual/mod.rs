//! The manual pages: their prose, and the writer that joins it with the definitions of the command line, the schemas
//! of the JSON output, and the table of platforms. Options, values, exit statuses and JSON fields are not described
//! here: they come from where they are declared.
//!
//! The page about recipes is made from `docs/RECIPES.md`.
//!
//! Prose is plain data, a file for each page under `pages/`: text in which `` `backquotes` `` mark literal words.
//! Examples are shell commands; tests run every one of them.

mod contents;
mod man;
mod objects;
mod page;
mod pages;
mod platforms;
mod recipes;
mod roff;

pub use contents::{commands, examples};
pub use man::{RELEASED, page_name, render};
pub use objects::field_paths;
pub use page::{Block, Example, Page, Section};
pub use pages::main::MAIN;
pub use platforms::notes_here;
pub use recipes::{RECIPES, render_recipes};
