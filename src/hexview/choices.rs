//! Enums that a user chooses from, each value declared in one entry: what it is, in one line, its variant, its name
//! and its aliases.

/// Declares such an enum, with its values as `ALL`, and of each its `name`, its `aliases` and its `help`. Further
/// paragraphs of a documentation comment are not part of the help.
macro_rules! choices {
    (
        $(#[$about:meta])*
        pub enum $Type:ident {$(
            #[doc = $help:literal]
            $(#[$more:meta])*
            $Value:ident = $name:literal $(| $alias:literal)*,
        )+}
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Type {$(
            #[doc = $help]
            $(#[$more])*
            $Value,
        )+}

        impl $Type {
            /// Every value, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$Value,)+];

            /// The name, as it is typed.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {$(Self::$Value => $name,)+}
            }

            /// Other names that may be typed.
            #[must_use]
            pub const fn aliases(self) -> &'static [&'static str] {
                match self {$(Self::$Value => &[$($alias),*],)+}
            }

            /// What it is, in one line.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self {$(Self::$Value => $help.trim_ascii(),)+}
            }
        }
    };
}

pub(super) use choices;
