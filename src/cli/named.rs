//! Parses values of the core and of `hexview` by the names, aliases and lines of help of their declarations. No value is
//! declared here.

use std::ffi::OsStr;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::{Arg, Command, ValueEnum};

use crate::hexview::{Base, GroupSize, HexFormat};
use crate::mapping::types::{Access, Advice, MapFlag, Named, OpenFlag, ProtectExtra};

/// Makes a type readable by clap, which parses its values, lists them in the help and completes them.
macro_rules! typed {
    ($($Type:ty),+ $(,)?) => {$(
        impl ValueEnum for $Type {
            fn value_variants<'a>() -> &'a [Self] {
                Self::ALL
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                let value = PossibleValue::new(self.name()).help(self.help());
                Some(value.aliases(self.aliases().iter().copied()))
            }
        }
    )+};
}

typed!(Access, Advice, MapFlag, OpenFlag, ProtectExtra);
typed!(Base, GroupSize, HexFormat);

/// The parser of a type, with other lines of help than its own, or where it has none, as those of the hexyl crate.
#[derive(Clone)]
pub(super) struct Helped<T: ValueEnum + Clone + Send + Sync + 'static> {
    values: EnumValueParser<T>,
    help: Vec<String>,
}

/// The parser of a type, with a line of help for each value.
pub(super) fn with_help<T: ValueEnum + Clone + Send + Sync + 'static>(
    help: impl IntoIterator<Item: ToString>,
) -> Helped<T> {
    Helped {
        values: EnumValueParser::new(),
        help: help.into_iter().map(|line| line.to_string()).collect(),
    }
}

impl<T: ValueEnum + Clone + Send + Sync + 'static> TypedValueParser for Helped<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        self.values.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = self.values.possible_values()?;
        let helped = values.zip(&self.help).map(|(value, help)| value.help(help));
        Some(Box::new(helped))
    }
}
