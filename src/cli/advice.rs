//! The actions of `advise`: the advice of the core, and `warm` and `evict`.

use clap::ValueEnum;
use clap::builder::PossibleValue;

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

impl ValueEnum for Action {
    fn value_variants<'a>() -> &'a [Self] {
        &ACTIONS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
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
            Self::Advice(advice) => (advice.to_possible_value()?, advice.help(), advice.reach()),
        };
        let lasts = match reach {
            Reach::OutlivesCommand => "outlives the command",
            Reach::WhileMapped => "while mapped",
        };
        Some(value.help(format!("{help} [{lasts}]")))
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
        let alias = Action::from_str("will-need", true);
        assert_eq!(alias, Ok(Action::Advice(Advice::Willneed)));
    }
}
