//! What may be done with mapped bytes, who else sees it, and the flags of `open(2)` and `mmap(2)`.
//!
//! Pure vocabulary: nothing here calls the operating system.

use serde::{Serialize, Serializer};

use super::flags::{FlagSet, ProtectExtra};

/// The reading and writing part of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMode {
    /// Read only.
    Read,
    /// Read and write, seen by everybody who maps the source.
    Write,
    /// Read and write, with writes going to private copies of the pages.
    Copy,
    /// Neither: address space that faults when touched (`PROT_NONE`).
    None,
}

/// What may be done with the bytes of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Reading and writing.
    pub mode: AccessMode,
    /// Whether instructions may be fetched from it (`PROT_EXEC`).
    pub execute: bool,
}

impl Access {
    /// Reading and nothing else.
    pub const READ: Self = Self {
        mode: AccessMode::Read,
        execute: false,
    };
    /// Reading and writing for everybody.
    pub const WRITE: Self = Self {
        mode: AccessMode::Write,
        execute: false,
    };
    /// Reading, and writing to private copies.
    pub const COPY: Self = Self {
        mode: AccessMode::Copy,
        execute: false,
    };
    /// Nothing.
    pub const NONE: Self = Self {
        mode: AccessMode::None,
        execute: false,
    };

    /// Every access that can be written, with its name.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("r", Self::READ),
        ("w", Self::WRITE),
        ("c", Self::COPY),
        ("none", Self::NONE),
        (
            "rx",
            Self {
                execute: true,
                ..Self::READ
            },
        ),
        (
            "wx",
            Self {
                execute: true,
                ..Self::WRITE
            },
        ),
        (
            "cx",
            Self {
                execute: true,
                ..Self::COPY
            },
        ),
    ];

    /// The name as it is typed. `PROT_NONE` with execution has none and reads as "x".
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, access)| *access == self)
            .map_or("x", |(name, _)| name)
    }

    /// The visibility that goes with it when the user asks for none.
    #[must_use]
    pub const fn natural_visibility(self) -> Visibility {
        match self.mode {
            AccessMode::Copy => Visibility::Private,
            AccessMode::Read | AccessMode::Write | AccessMode::None => Visibility::Shared,
        }
    }

    /// Whether bytes can be loaded.
    #[must_use]
    pub const fn reads(self) -> bool {
        !matches!(self.mode, AccessMode::None)
    }

    /// Whether bytes can be stored, be it in the source or in private copies.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self.mode, AccessMode::Write | AccessMode::Copy)
    }
}

impl Serialize for Access {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Who sees the stores made through a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everybody who maps the source, and the source itself (`MAP_SHARED`).
    Shared,
    /// The same, with flags the kernel does not know refused instead of ignored (`MAP_SHARED_VALIDATE`).
    SharedValidate,
    /// This mapping alone (`MAP_PRIVATE`).
    Private,
}

impl Visibility {
    /// Whether stores reach the source.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Shared | Self::SharedValidate)
    }

    /// The name as it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::SharedValidate => "shared-validate",
            Self::Private => "private",
        }
    }
}

/// Where in the address space a mapping is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Wherever the kernel likes.
    #[default]
    Anywhere,
    /// At or near that address if it is free; a suggestion only.
    Near(u64),
    /// At that address and nowhere else.
    At(u64),
}

/// A protection to change a mapping to: an access and the extra bits of `mprotect(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// What may be done with the bytes.
    pub access: Access,
    /// The extra bits.
    pub extras: FlagSet<ProtectExtra>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::flags::{Flag, MapFlag, OpenFlag};

    #[test]
    fn every_flag_has_its_own_name_and_its_own_bit() {
        fn check<F: Flag>() {
            for (i, a) in F::ALL.iter().enumerate() {
                let alone = FlagSet::EMPTY.with(*a);
                assert_eq!(alone.iter().collect::<Vec<_>>(), [*a]);
                assert!(
                    F::ALL[i + 1..]
                        .iter()
                        .all(|b| a.name() != b.name() && !alone.has(*b))
                );
            }
        }
        check::<OpenFlag>();
        check::<MapFlag>();
        check::<ProtectExtra>();
    }

    #[test]
    fn copying_is_private_and_everything_else_shared_by_nature() {
        for (name, access) in Access::NAMES {
            let private = access.natural_visibility() == Visibility::Private;
            assert_eq!(private, name.starts_with('c'));
            assert_eq!(access.name(), name);
        }
    }
}
