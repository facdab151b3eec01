//! The actions of `advise`: the advice of the core, and `warm` and `evict`.

use clap::builder::{PossibleValue, ValueParserFactory};

use super::named::{Spelled, possible_value, spelling};
use crate::mapping::types::{Advice, Named, Reach};

/// An action of `advise`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Bring every missing page into memory.
    Warm,
    /// Flush the pages and drop them from memory.
    Evict,
    /// Give an advice of madvise(2).
    Advice(Advice),
}

/// Every action, in the order of the help.
const ACTIONS: [Action; 2 + Advice::ALL.len()] = {
    let mut actions = [Action::Evict; 2 + Advice::ALL.len()];
    actions[0] = Action::Warm;
    let mut index = 0;
    while index < Advice::ALL.len() {
        actions[2 + index] = Action::Advice(Advice::ALL[index]);
        index += 1;
    }
    actions
};

impl Action {
    fn possible_value(&self) -> PossibleValue {
        let (value, help, reach) = match self {
            Self::Warm => (
                PossibleValue::new("warm"),
                "Bring every missing page into memory, and wait for it",
                Reach::OutlivesCommand,
            ),
            Self::Evict => (
                PossibleValue::new("evict"),
                "Flush the pages, drop them from memory, and see that they are gone",
                Reach::OutlivesCommand,
            ),
            Self::Advice(advice) => (possible_value(*advice), advice.help(), advice.reach()),
        };
        let lasts = match reach {
            Reach::OutlivesCommand => "outlives the command",
            Reach::WhileMapped => "while mapped",
        };
        value.help(format!("{help} [{lasts}]"))
    }
}

impl ValueParserFactory for Action {
    type Parser = Spelled<Self>;

    fn value_parser() -> Spelled<Self> {
        Spelled {
            read: |text| match text.to_ascii_lowercase().as_str() {
                "warm" => Some(Self::Warm),
                "evict" => Some(Self::Evict),
                _ => spelling(text).map(Self::Advice),
            },
            values: || ACTIONS.iter().map(Self::possible_value).collect(),
            remedy: |_, _| None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_every_advice_and_two_more() {
        let advice = ACTIONS.iter().filter_map(|action| match action {
            Action::Advice(advice) => Some(advice),
            Action::Warm | Action::Evict => None,
        });
        assert!(advice.eq(Advice::ALL));
        assert_eq!(ACTIONS[..2], [Action::Warm, Action::Evict]);
        let read = Action::value_parser().read;
        assert_eq!(read("will-need"), Some(Action::Advice(Advice::Willneed)));
        assert_eq!(read("MADV_COLD"), Some(Action::Advice(Advice::Cold)));
        assert_eq!(read("WARM"), Some(Action::Warm));
    }
}
