//! The words for why something failed, where they name options.

use std::borrow::Cow;

use crate::mapping::types::{Conflict, Named, Reason};

/// The text of a reason.
pub(super) fn text(reason: &Reason) -> Cow<'_, str> {
    match reason {
        Reason::Words(words) => words.into(),
        Reason::Conflict(conflict) => words_for(*conflict),
    }
}

fn words_for(conflict: Conflict) -> Cow<'static, str> {
    let words = match conflict {
        Conflict::NoLength => "it needs --length",
        Conflict::NoAddress => "'fixed' and 'fixed-noreplace' need --addr",
        Conflict::HugeSizeAlone => {
            "--huge-size chooses the pages of 'hugetlb', which was not asked for"
        }
        Conflict::ChangeWithoutWriting => {
            "'create' and 'truncate' change the source and need --access w"
        }
        Conflict::NothingToRepeat => "it is empty, and --length asks for bytes",
        Conflict::DoesNotGrowDown => {
            "'growsdown' is for mappings that grow down (--flags growsdown)"
        }
        Conflict::AdviceWrites(advice) => {
            let name = advice.name();
            return format!("'{name}' needs a mapping that may be written: --access w").into();
        }
    };
    words.into()
}
