//! The words of failures that name options: reasons and remedies, which the core gives as typed values.

use std::borrow::Cow;

use crate::mapping::types::{Conflict, Hint, Missing, Named, Reason, Remedy};

/// The text of a reason.
pub(super) fn reason(reason: &Reason) -> Cow<'_, str> {
    match reason {
        Reason::Words(words) => words.into(),
        Reason::Conflict(conflict) => conflict_text(*conflict),
    }
}

/// The text of a hint.
pub(super) fn hint(hint: &Hint) -> Cow<'_, str> {
    match hint {
        Hint::Words(words) => words.into(),
        Hint::Remedy(remedy) => remedy_text(*remedy),
    }
}

fn conflict_text(conflict: Conflict) -> Cow<'static, str> {
    let words = match conflict {
        Conflict::NoLength => "it needs --length",
        Conflict::NoAddress => "'fixed' and 'fixed-noreplace' need --addr",
        Conflict::HugeSizeAlone => {
            "--huge-size chooses the pages of 'hugetlb', which was not asked for"
        }
        Conflict::ChangeWithoutWriting => {
            "'create' and 'truncate' change the source and need --access w"
        }
        Conflict::NothingToRepeat => "it is empty, so there is nothing to repeat",
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

fn remedy_text(remedy: Remedy) -> Cow<'static, str> {
    let words = match remedy {
        Remedy::WriteToCreate => "write access (--access w) with --length N creates it",
        Remedy::WriteToExtend => "write access (--access w) with --length N extends it",
        Remedy::Extend => "--length N extends it",
        Remedy::ExtendBeforeRemap => "with write access, --length N extends the file first",
        Remedy::ExtendToGranularity => "--length of such a multiple extends it, with write access",
        Remedy::ReadOnly => "--access r mirrors what may only be read",
        Remedy::SetSize => "--set SIZE creates it",
        Remedy::RoundDown => "--down rounds down",
        Remedy::LengthToCreate => "write access with --length N creates it",
        Remedy::LengthInstead(Missing::Source) => "--length N instead of --to-end creates it",
        Remedy::LengthInstead(Missing::Size) => "--length N instead of --to-end extends it",
        Remedy::AllowCreation => "without --no-create it is created",
        Remedy::AllowExtension(Missing::Source) => "without --no-extend it is created",
        Remedy::AllowExtension(Missing::Size) => "without --no-extend it is extended",
        Remedy::CopiesCannotExtend => "private copies (--access c) cannot extend it",
        Remedy::OpenForBoth => {
            "open the descriptor for reading and writing, in a shell N<>FILE; --access c fills private copies, and \
             leaves the file as it is"
        }
        Remedy::CopyOnWrite => "--access c maps it copy-on-write",
        Remedy::Private => "--private lets it grow",
        Remedy::AddressHint => "--addr-hint lets the kernel choose another address",
        Remedy::SaveStream => {
            "'mmapctl dump' can read it; other commands need a file with its contents"
        }
        Remedy::HugePagePool => {
            "the pool is sized by vm.nr_hugepages, or per size under /sys/kernel/mm/hugepages; \
             'mmapctl pagesize --huge --verbose' shows it"
        }
        Remedy::LockLess { limit } => {
            let limit = match limit {
                Some(limit) => format!("RLIMIT_MEMLOCK is {} bytes", limit.0),
                None => "no limit on locked memory is in force".to_owned(),
            };
            let less = "lock less (--length), or only what will be touched (--flags lock-onfault)";
            return format!("{limit}: {less}").into();
        }
    };
    words.into()
}
