//! Enums of named values. One entry declares the help, the variant, the name and the aliases of a
//! value.

/// Declares such an enum with the list `ALL` of its values, and the `name`, `aliases` and `help` of
/// each value. The help is the first paragraph of the documentation comment.
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

            /// The name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {$(Self::$Value => $name,)+}
            }

            /// Other names for it.
            #[must_use]
            pub const fn aliases(self) -> &'static [&'static str] {
                match self {$(Self::$Value => &[$($alias),*],)+}
            }

            /// The help: one line.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self {$(Self::$Value => $help.trim_ascii(),)+}
            }
        }
    };
}

pub(super) use choices;
