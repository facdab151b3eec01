//! The words for what may help against a failure.

use crate::mapping::types::{Hint, Remedy};

/// The text of a hint.
pub(super) fn text(hint: &Hint) -> &str {
    match hint {
        Hint::Words(words) => words,
        Hint::Remedy(remedy) => words_for(*remedy),
    }
}

fn words_for(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::WriteToCreate => "write access (--access w) with --length N creates it",
        Remedy::WriteToExtend => "write access (--access w) with --length N extends it",
        Remedy::Extend => "--length N extends it",
        Remedy::ExtendBeforeRemap => "with write access, --length N extends the file first",
        Remedy::ExtendToGranularity => "--length of such a multiple extends it, with write access",
        Remedy::ReadOnly => "--access r mirrors what may only be read",
        Remedy::SetSize => "--set SIZE creates it",
        Remedy::RoundDown => "--down rounds down",
    }
}
