//! The words of failures that name options: reasons and remedies, which the core gives as typed values.

use std::borrow::Cow;

use crate::mapping::types::{ByteLength, Conflict, Hint, Missing, Named, Reason, Remedy};

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
        Conflict::NoLength => "--length is required",
        Conflict::NoAddress => "'fixed' and 'fixed-noreplace' need --addr",
        Conflict::HugeSizeAlone => "--huge-size needs --flags hugetlb",
        Conflict::ChangeWithoutWriting => {
            "'create' and 'truncate' change the source and need --access w"
        }
        Conflict::NothingToRepeat => "it is empty; there is nothing to repeat",
        Conflict::DoesNotGrowDown => {
            "'growsdown' needs a mapping that grows down (--flags growsdown)"
        }
        Conflict::AdviceWrites(advice) => {
            let name = advice.name();
            return format!("'{name}' needs a writable mapping; use --access w").into();
        }
    };
    words.into()
}

fn remedy_text(remedy: Remedy) -> Cow<'static, str> {
    let words = match remedy {
        Remedy::WriteToCreate => "use --access w --length N to create it",
        Remedy::WriteToExtend => "use --access w --length N to extend it",
        Remedy::Extend => "use --length N to extend it",
        Remedy::ExtendBeforeRemap => "with write access, use --length N to extend the file first",
        Remedy::ExtendToGranularity => {
            "with write access, use --length with such a multiple to extend it"
        }
        Remedy::ReadOnly => "use --access r to mirror it for reading only",
        Remedy::SetSize => {
            "use --set SIZE without a range, or --allocate with --length N, to create it"
        }
        Remedy::RingLength => "use --length SIZE to create it",
        Remedy::RingAsItIs => "omit --length to continue it, or remove it first",
        Remedy::RoundDown => "use --down to round down",
        Remedy::LengthToCreate => "with write access, use --length N to create it",
        Remedy::LengthInstead(Missing::Source) => "use --length N instead of --to-end to create it",
        Remedy::LengthInstead(Missing::Size) => "use --length N instead of --to-end to extend it",
        Remedy::AllowCreation => "omit --no-create to create it",
        Remedy::AllowExtension(Missing::Source) => "omit --no-extend to create it",
        Remedy::AllowExtension(Missing::Size) => "omit --no-extend to extend it",
        Remedy::CopiesCannotExtend => {
            "omit --access c to extend it; private copies cannot extend a file"
        }
        Remedy::OpenForBoth => {
            "open the descriptor for reading and writing (in a shell, N<>FILE), or use --access c to fill private \
             copies and leave the file unchanged"
        }
        Remedy::CopyOnWrite => "use --access c to map it copy-on-write",
        Remedy::Private => "use --private to let it grow",
        Remedy::AddressHint => "use --addr-hint to let the kernel choose another address",
        Remedy::SaveStream => {
            "use 'mmapctl dump' to read it, or save its contents to a file for other commands"
        }
        Remedy::WalkDirectory { descriptor } => return walk_text(descriptor),
        Remedy::LockFewer => {
            "lock less: name fewer files, or select them with --glob or --max-size"
        }
        Remedy::HugePagePool => {
            "set the pool size with vm.nr_hugepages, or per page size under /sys/kernel/mm/hugepages; \
             'mmapctl pagesize --huge --verbose' shows it"
        }
        Remedy::LoadLess => "use --max-memory 100% to load as much as fits",
        Remedy::LockLess { limit } => return lock_text(limit),
    };
    words.into()
}

fn walk_text(descriptor: Option<i32>) -> Cow<'static, str> {
    let commands = "'mmapctl cached', 'warm', 'evict' and 'sync' take directories";
    match descriptor {
        Some(number) => format!("{commands} by path: /dev/fd/{number}").into(),
        None => commands.into(),
    }
}

fn lock_text(limit: Option<ByteLength>) -> Cow<'static, str> {
    let limit = match limit {
        Some(limit) => format!("RLIMIT_MEMLOCK is {} bytes", limit.0),
        None => "no limit on locked memory is set".to_owned(),
    };
    let less = "lock less (--length), or only pages as they are accessed (--flags lock-onfault)";
    format!("{limit}: {less}").into()
}
