//! Parses values of the core and of `hexview` by their declared names and aliases, and lists them with their declared
//! help. No value is declared here.
//!
//! A value of the core is read in either case, with hyphens or underscores, and as its constant in C: `populate`,
//! `MAP_POPULATE`. The help lists only the names.

use std::ffi::OsStr;

use clap::builder::{
    EnumValueParser, PossibleValue, PossibleValuesParser, TypedValueParser, ValueParserFactory,
};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, ValueEnum};

use crate::hexview::{Base, HexFormat, Offsets};
use crate::mapping::actions::pmap::MappingKey;
use crate::mapping::cache::cached::{CachedColumn, SortKey};
use crate::mapping::types::{Access, Advice, MapFlag, Named, OpenFlag, ProtectExtra, Visibility};

/// Makes a type of `hexview` readable by clap, which parses its values, lists them in the help and completes them.
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

typed!(Base, HexFormat, Offsets);

/// Makes a type of the core readable by clap: by a function, with a remedy for texts that it cannot read.
macro_rules! spelled {
    ($($Type:ty: $read:expr, $remedy:expr);+ $(;)?) => {$(
        impl ValueParserFactory for $Type {
            type Parser = Spelled<Self>;

            fn value_parser() -> Spelled<Self> {
                Spelled {
                    read: $read,
                    values: || Self::ALL.iter().map(|value| possible_value(*value)).collect(),
                    remedy: $remedy,
                }
            }
        }
    )+};
}

spelled! {
    Access: parse_access, |_, _| None;
    Advice: spelling, |_, text| moved(text);
    MapFlag: spelling, map_flag_remedy;
    OpenFlag: spelling, |_, _| None;
    SortKey: spelling, |_, _| None;
    CachedColumn: spelling, |_, _| None;
    MappingKey: spelling, |_, _| None;
}

/// The parser of a value that may be spelled in several ways.
#[derive(Clone)]
pub struct Spelled<T> {
    /// Reads the text.
    pub(super) read: fn(&str) -> Option<T>,
    /// The names that the help lists.
    pub(super) values: fn() -> Vec<PossibleValue>,
    /// The remedy for a text that cannot be read.
    pub(super) remedy: fn(&Command, &str) -> Option<String>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Spelled<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let text = value.to_str();
        if let Some(value) = text.and_then(self.read) {
            return Ok(value);
        }
        let names = PossibleValuesParser::new((self.values)());
        let mut error = match names.parse_ref(command, argument, value) {
            Err(error) => error,
            // Not reached: `read` knows every name.
            Ok(_) => clap::Error::new(ErrorKind::InvalidValue).with_cmd(command),
        };
        if let Some(remedy) = text.and_then(|text| (self.remedy)(command, text)) {
            error.remove(ContextKind::SuggestedValue);
            error.remove(ContextKind::ValidValue);
            let remedy = ContextValue::StyledStrs(vec![remedy.into()]);
            error.insert(ContextKind::Suggested, remedy);
        }
        Err(error)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.values)().into_iter()))
    }
}

/// Flags that are joined by `|` as in C. Clap splits a list at its commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags<T>(Vec<T>);

impl<T: Copy> Flags<T> {
    /// Each flag of several lists.
    pub(super) fn all(lists: &[Self]) -> impl Iterator<Item = T> + '_ {
        lists.iter().flat_map(|list| list.0.iter().copied())
    }
}

impl<T: ValueParserFactory> ValueParserFactory for Flags<T> {
    type Parser = FlagsParser<T::Parser>;

    fn value_parser() -> Self::Parser {
        FlagsParser(T::value_parser())
    }
}

/// The parser of [`Flags`], from that of one flag.
#[derive(Clone)]
pub struct FlagsParser<P>(P);

impl<P: TypedValueParser> TypedValueParser for FlagsParser<P> {
    type Value = Flags<P::Value>;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let flag = |text: &OsStr| self.0.parse_ref(command, argument, text);
        let flags = match value.to_str() {
            Some(list) => list
                .split('|')
                .map(|text| flag(text.trim().as_ref()))
                .collect(),
            None => flag(value).map(|flag| vec![flag]),
        };
        flags.map(Flags)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// The name of a value and its line of help.
pub(super) fn possible_value<N: Named>(value: N) -> PossibleValue {
    PossibleValue::new(value.name()).help(value.help())
}

/// The value with this name, alias or constant.
pub(super) fn spelling<N: Named>(text: &str) -> Option<N> {
    let plain = plain(text);
    let constant = constant::<N>(text);
    let mut values = N::ALL.iter().copied();
    values.find(|value| {
        let mut names = std::iter::once(value.name()).chain(value.aliases().iter().copied());
        names.any(|name| name == plain || Some(name) == constant.as_deref())
    })
}

/// The access with this name or alias, or with these constants, joined by `|` or commas: `PROT_READ|PROT_WRITE`.
pub(super) fn parse_access(text: &str) -> Option<Access> {
    let of_constants = || {
        // Accesses and the other bits of mprotect(2) have the same prefix.
        let words = text.split(['|', ',']);
        let words = words.map(|word| constant::<ProtectExtra>(word.trim()));
        let mut words = words.collect::<Option<Vec<String>>>()?;
        words.sort_unstable();
        words.dedup();
        let mut values = Access::ALL.iter().copied();
        values.find(|access| {
            let mut constants = access.constants();
            constants.sort_unstable();
            constants == words && access.natural_visibility() != Visibility::Private
        })
    };
    spelling(text).or_else(of_constants)
}

/// The text as names are declared: in lower case, with hyphens.
fn plain(text: &str) -> String {
    text.to_ascii_lowercase().replace('_', "-")
}

/// The name that a constant in C contains, as names are declared; `None` for other texts.
fn constant<N: Named>(text: &str) -> Option<String> {
    let text = plain(text);
    let mut prefixes = N::PREFIXES.iter().map(|prefix| plain(prefix));
    prefixes.find_map(|prefix| text.strip_prefix(&prefix).map(str::to_owned))
}

/// The remedy for a word that is a command and not an advice.
fn moved(text: &str) -> Option<String> {
    let command = text.to_ascii_lowercase();
    matches!(&*command, "warm" | "evict")
        .then(|| format!("use the command 'mmapctl {command} FILE'"))
}

/// The remedy for a flag of `mmap(2)` that has an option of its own.
fn map_flag_remedy(command: &Command, text: &str) -> Option<String> {
    let option = match (
        spelling::<Visibility>(text),
        plain(text).strip_prefix("map-"),
    ) {
        (Some(visibility), _) => visibility.name(),
        (None, Some("anonymous" | "anon")) => "anon",
        _ => return None,
    };
    let mut arguments = command.get_arguments();
    let exists = arguments.any(|argument| argument.get_long() == Some(option));
    exists.then(|| format!("use the option '--{option}'"))
}

/// The parser of a type, with lines of help for its values.
#[derive(Clone)]
pub(super) struct Helped<P> {
    values: P,
    help: Vec<String>,
}

/// The parser of a type, with these lines of help for its values instead of its own.
pub(super) fn with_help<T: ValueEnum + Clone + Send + Sync + 'static>(
    help: impl IntoIterator<Item: ToString>,
) -> Helped<EnumValueParser<T>> {
    helped(EnumValueParser::new(), help)
}

/// A parser with other lines of help for its values.
pub(super) fn helped<P: TypedValueParser>(
    values: P,
    help: impl IntoIterator<Item: ToString>,
) -> Helped<P> {
    Helped {
        values,
        help: help.into_iter().map(|line| line.to_string()).collect(),
    }
}

impl<P: TypedValueParser> TypedValueParser for Helped<P> {
    type Value = P::Value;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<P::Value, clap::Error> {
        self.values.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = self.values.possible_values()?;
        let helped = values.zip(&self.help).map(|(value, help)| value.help(help));
        Some(Box::new(helped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn every_spelling_is_read<N: Named>() {
        for value in N::ALL {
            for name in std::iter::once(&value.name()).chain(value.aliases()) {
                let prefixes = std::iter::once(&"").chain(N::PREFIXES);
                for spelled in prefixes.map(|prefix| format!("{prefix}{name}")) {
                    let upper = spelled.to_ascii_uppercase();
                    for text in [
                        spelled.replace('_', "-"),
                        spelled.replace('-', "_"),
                        upper.replace('-', "_"),
                        upper.replace('_', "-"),
                        spelled,
                    ] {
                        assert_eq!(spelling(&text), Some(*value), "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_value_is_read_in_every_spelling_of_its_name() {
        every_spelling_is_read::<Access>();
        every_spelling_is_read::<Advice>();
        every_spelling_is_read::<MapFlag>();
        every_spelling_is_read::<OpenFlag>();
        every_spelling_is_read::<ProtectExtra>();
        assert_eq!(spelling("O_CREAT"), Some(OpenFlag::Create));
        assert_eq!(spelling("O_TRUNC"), Some(OpenFlag::Truncate));
        assert_eq!(spelling("MAP_32BIT"), Some(MapFlag::Low32));
        assert_eq!(spelling("POSIX_FADV_WILLNEED"), Some(Advice::Willneed));
        for wrong in [
            "",
            "MAP_",
            "MAP_MAP_POPULATE",
            "MADV_POPULATE",
            " populate",
            "o_populate",
        ] {
            assert_eq!(spelling::<MapFlag>(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_access_is_read_as_the_constants_of_mmap() {
        for (text, access) in [
            ("r", "r"),
            ("RO", "r"),
            ("rw", "w"),
            ("rwx", "wx"),
            ("CX", "cx"),
            ("PROT_NONE", "none"),
            ("PROT_READ", "r"),
            ("prot_read", "r"),
            ("PROT_READ|PROT_WRITE", "w"),
            ("PROT_WRITE | PROT_READ", "w"),
            ("PROT_READ,PROT_EXEC", "rx"),
            ("PROT_READ|PROT_WRITE|PROT_EXEC", "wx"),
            ("PROT_READ|PROT_READ", "r"),
            ("PROT_WRITE", "wo"),
            ("PROT_EXEC", "x"),
            ("PROT_EXEC|PROT_WRITE", "wox"),
        ] {
            assert_eq!(parse_access(text).map(Named::name), Some(access), "{text}");
        }
        for wrong in [
            "",
            "q",
            "PROT_",
            "PROT_R",
            "PROT_READ|",
            "PROT_READ|w",
            "PROT_READ|PROT_NONE",
            "r|w",
        ] {
            assert_eq!(parse_access(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = (parse_access(&text), spelling::<MapFlag>(&text));
            let command = Command::new("map");
            let _ = Flags::<MapFlag>::value_parser().parse_ref(&command, None, OsStr::new(&text));
        }
    }
}
