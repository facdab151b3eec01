//! Advice as it is typed, and the two actions beside it.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::mapping::types::{Advice, Reach};

/// Declares the names of every advice, each with its line of help and its other spelling.
macro_rules! advice {
    ($($(#[doc = $doc:literal])* $(#[value($alias:meta)])* $variant:ident,)+) => {
        /// An advice of madvise(2) as it is typed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        pub enum AdviceName { $($(#[doc = $doc])* $(#[value($alias)])* $variant,)+ }

        impl From<AdviceName> for Advice {
            fn from(name: AdviceName) -> Self {
                match name { $(AdviceName::$variant => Self::$variant,)+ }
            }
        }

        /// What `advise` can do, in the order of its help.
        const ACTIONS: &[ActionName] = &[
            ActionName::Warm,
            ActionName::Evict,
            $(ActionName::Advice(AdviceName::$variant),)+
        ];
    };
}

advice! {
    /// No special treatment
    Normal,
    /// Pages will be read in order
    Sequential,
    /// Pages will be read in no order
    Random,
    /// Start reading the pages in
    #[value(alias = "will-need")]
    Willneed,
    /// Drop the pages from this mapping
    #[value(alias = "dont-need")]
    Dontneed,
    /// The contents may be thrown away when memory is short
    Free,
    /// Punch a hole into the file: destroys data
    Remove,
    /// Children do not inherit the mapping
    #[value(alias = "dont-fork")]
    Dontfork,
    /// Children inherit the mapping
    #[value(alias = "do-fork")]
    Dofork,
    /// Treat the pages as broken memory: destroys data
    #[value(alias = "hw-poison")]
    Hwpoison,
    /// Move the contents off the pages and retire them: takes memory from the system
    SoftOffline,
    /// Merge pages of equal content
    Mergeable,
    /// Do not merge pages
    Unmergeable,
    /// Use huge pages
    #[value(alias = "huge-page")]
    Hugepage,
    /// Do not use huge pages
    #[value(alias = "no-huge-page")]
    Nohugepage,
    /// Leave the range out of core dumps
    #[value(alias = "dont-dump")]
    Dontdump,
    /// Put the range into core dumps
    #[value(alias = "do-dump")]
    Dodump,
    /// Children see zeros
    #[value(alias = "wipe-on-fork")]
    Wipeonfork,
    /// Children see the contents
    #[value(alias = "keep-on-fork")]
    Keeponfork,
    /// The pages are not used soon
    Cold,
    /// Move the pages out of memory
    #[value(alias = "page-out")]
    Pageout,
    /// Bring the pages in, readable
    PopulateRead,
    /// Bring the pages in, writable: makes every page dirty
    PopulateWrite,
    /// Drop the pages even when they are locked
    #[value(alias = "dont-need-locked")]
    DontneedLocked,
    /// Gather the pages into huge ones now
    Collapse,
    /// Make the range fault on access
    GuardInstall,
    /// Make the range accessible again
    GuardRemove,
}

/// What `advise` is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionName {
    /// Bring every missing page into memory.
    Warm,
    /// Flush the pages and drop them from memory.
    Evict,
    /// Give an advice of madvise(2).
    Advice(AdviceName),
}

impl ValueEnum for ActionName {
    fn value_variants<'a>() -> &'a [Self] {
        ACTIONS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (value, reach) = match self {
            Self::Warm => {
                let help = "Bring every missing page into memory, and wait for it";
                (
                    PossibleValue::new("warm").help(help),
                    Reach::OutlivesCommand,
                )
            }
            Self::Evict => {
                let help = "Flush the pages, drop them from memory, and see that they are gone";
                (
                    PossibleValue::new("evict").help(help),
                    Reach::OutlivesCommand,
                )
            }
            Self::Advice(name) => (name.to_possible_value()?, Advice::from(*name).reach()),
        };
        let lasts = match reach {
            Reach::OutlivesCommand => "outlives the command",
            Reach::WhileMapped => "while mapped",
        };
        let help = value
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        Some(value.help(format!("{help} [{lasts}]")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::Flag;

    #[test]
    fn an_action_is_every_advice_and_two_more_and_says_how_long_it_lasts() {
        let variants = ActionName::value_variants();
        assert_eq!(variants.len(), AdviceName::value_variants().len() + 2);
        for action in variants {
            let help = action
                .to_possible_value()
                .unwrap()
                .get_help()
                .unwrap()
                .to_string();
            assert!(help.ends_with(" [outlives the command]") || help.ends_with(" [while mapped]"));
        }
        assert_eq!(ActionName::from_str("warm", true), Ok(ActionName::Warm));
        let alias = ActionName::from_str("will-need", true);
        assert_eq!(alias, Ok(ActionName::Advice(AdviceName::Willneed)));
    }

    #[test]
    fn every_advice_is_typed_as_the_core_calls_it_and_hyphenated() {
        assert_eq!(AdviceName::value_variants().len(), Advice::ALL.len());
        for name in AdviceName::value_variants() {
            let advice = Advice::from(*name);
            assert_eq!(AdviceName::from_str(advice.name(), true).as_ref(), Ok(name));
            if let Some(hyphenated) = advice.hyphenated() {
                assert_eq!(AdviceName::from_str(hyphenated, true).as_ref(), Ok(name));
            }
        }
    }
}
