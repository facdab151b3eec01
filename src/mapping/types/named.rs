//! Closed lists of values. Each value is declared in one entry, with its name, its aliases and its help line.
//!
//! The options, their help and completion, the names in reports and JSON, and the tables in the documents are
//! generated from these entries.

use std::fmt;

/// A value of a closed list.
pub trait Named: Copy + Eq + fmt::Debug + 'static {
    /// All values, in the order of the help.
    const ALL: &'static [Self];

    /// The prefixes of its constants in C, which may be typed too: `MAP_` for `MAP_POPULATE`.
    const PREFIXES: &'static [&'static str] = &[];

    /// The name, as typed, printed and used in JSON.
    fn name(self) -> &'static str;

    /// Other names that may be typed.
    fn aliases(self) -> &'static [&'static str];

    /// Its help line.
    fn help(self) -> &'static str;
}

/// Declares an enum of named values, one entry each: the help line, the variant, its name and its aliases.
///
/// ```ignore
/// named! {
///     /// A fruit.
///     pub enum Fruit {
///         /// Round and red
///         Apple = "apple",
///         /// Long and yellow
///         Banana = "banana" | "plantain",
///     }
/// }
/// ```
///
/// Further paragraphs of a doc comment are not part of the help. With `enum Fruit as "FRUIT_"`, the constants
/// `FRUIT_APPLE` and so on may be typed. With `enum Fruit: Facts`, each entry ends in `=>` and an expression of that
/// type, which the private constant function `facts` returns.
macro_rules! named {
    (
        $(#[$about:meta])*
        $visibility:vis enum $Type:ident $(as $($prefix:literal)|+)? {$(
            #[doc = $help:literal]
            $(#[doc = $more:literal])*
            $Value:ident = $name:literal $(| $alias:literal)*,
        )+}
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $Type {$(
            #[doc = $help]
            $(#[doc = $more])*
            $Value,
        )+}

        impl Named for $Type {
            const ALL: &'static [Self] = &[$(Self::$Value,)+];
            $(const PREFIXES: &'static [&'static str] = &[$($prefix),+];)?

            fn name(self) -> &'static str {
                match self {$(Self::$Value => $name,)+}
            }

            fn aliases(self) -> &'static [&'static str] {
                match self {$(Self::$Value => &[$($alias),*],)+}
            }

            fn help(self) -> &'static str {
                match self {$(Self::$Value => $help.trim_ascii(),)+}
            }
        }

        impl ::serde::Serialize for $Type {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl ::schemars::JsonSchema for $Type {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($Type).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                $crate::mapping::types::json::words_schema(Self::ALL.iter().map(|value| (value.name(), value.help())))
            }
        }
    };
    (
        $(#[$about:meta])*
        $visibility:vis enum $Type:ident $(as $($prefix:literal)|+)?: $Facts:ty {$(
            #[doc = $help:literal]
            $(#[doc = $more:literal])*
            $Value:ident = $name:literal $(| $alias:literal)* => $facts:expr,
        )+}
    ) => {
        named! {
            $(#[$about])*
            $visibility enum $Type $(as $($prefix)|+)? {$(
                #[doc = $help]
                $(#[doc = $more])*
                $Value = $name $(| $alias)*,
            )+}
        }

        impl $Type {
            /// The expression of its entry.
            const fn facts(self) -> $Facts {
                match self {$(Self::$Value => $facts,)+}
            }
        }
    };
}

pub(in crate::mapping) use named;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::{
        Access, Advice, Kind, MapFlag, OpenFlag, ProtectExtra, Visibility,
    };

    /// Checks that each name and alias belongs to one value, and that the help is one line.
    fn check<N: Named>() {
        let names = |value: &N| [&[value.name()], value.aliases()].concat();
        let all: Vec<&str> = N::ALL.iter().flat_map(names).collect();
        for (i, name) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(name), "{name}");
        }
        for value in N::ALL {
            let help = value.help();
            assert_eq!(help, help.trim(), "{value:?}");
            assert!(!help.is_empty() && !help.contains('\n'), "{value:?}");
        }
    }

    #[test]
    fn every_value_has_unique_names_and_a_help_line() {
        check::<Access>();
        check::<Visibility>();
        check::<OpenFlag>();
        check::<MapFlag>();
        check::<ProtectExtra>();
        check::<Advice>();
        check::<Kind>();
    }
}
