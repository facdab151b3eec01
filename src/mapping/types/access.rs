//! The access to mapped bytes, the visibility of stores, and the place of a mapping in the address space.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::flags::{FlagSet, ProtectExtra};
use super::json::words_schema;
use super::named::{Named, named};

/// Whether bytes may be read and written, and where stores go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMode {
    /// Read only.
    Read,
    /// Read and write. Stores are visible to every process that maps the source.
    Write,
    /// Read and write. Stores go to private copies of the pages.
    Copy,
    /// Write only. Processors that cannot forbid reading allow it too.
    WriteOnly,
    /// Neither read nor write: any access faults (`PROT_NONE`).
    None,
}

/// The permitted access to the bytes of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Read and write access.
    pub mode: AccessMode,
    /// Whether the bytes may be executed (`PROT_EXEC`).
    pub execute: bool,
}

impl Access {
    /// Read only.
    pub const READ: Self = Self {
        mode: AccessMode::Read,
        execute: false,
    };
    /// Read and write, shared by default.
    pub const WRITE: Self = Self {
        mode: AccessMode::Write,
        execute: false,
    };
    /// Read, and write to private copies.
    pub const COPY: Self = Self {
        mode: AccessMode::Copy,
        execute: false,
    };
    /// Write only, shared by default.
    pub const WRITE_ONLY: Self = Self {
        mode: AccessMode::WriteOnly,
        execute: false,
    };
    /// No access.
    pub const NONE: Self = Self {
        mode: AccessMode::None,
        execute: false,
    };

    const fn and_execute(self) -> Self {
        Self {
            execute: true,
            ..self
        }
    }

    /// The name and the help line.
    const fn facts(self) -> (&'static str, &'static str) {
        match (self.mode, self.execute) {
            (AccessMode::Read, false) => ("r", "Read"),
            (AccessMode::Write, false) => ("w", "Read and write; other processes see the writes"),
            (AccessMode::Copy, false) => (
                "c",
                "Read and write; writes go to private copies (copy-on-write)",
            ),
            (AccessMode::None, false) => ("none", "Neither read nor write: any access faults"),
            (AccessMode::Read, true) => ("rx", "Read and execute"),
            (AccessMode::Write, true) => ("wx", "Read, write and execute"),
            (AccessMode::Copy, true) => ("cx", "Read, write to private copies, and execute"),
            (AccessMode::WriteOnly, false) => ("wo", "Write; most processors allow reading too"),
            (AccessMode::WriteOnly, true) => ("wox", "Write and execute, without read permission"),
            (AccessMode::None, true) => ("x", "Execute"),
        }
    }

    /// The default visibility of a mapping with this access.
    #[must_use]
    pub const fn natural_visibility(self) -> Visibility {
        match self.mode {
            AccessMode::Copy => Visibility::Private,
            AccessMode::Read | AccessMode::Write | AccessMode::WriteOnly | AccessMode::None => {
                Visibility::Shared
            }
        }
    }

    /// Whether bytes can be read.
    #[must_use]
    pub const fn reads(self) -> bool {
        !matches!(self.mode, AccessMode::None | AccessMode::WriteOnly)
    }

    /// Whether bytes can be written, in the source or in private copies.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(
            self.mode,
            AccessMode::Write | AccessMode::Copy | AccessMode::WriteOnly
        )
    }

    /// Its constants in `mmap(2)` and `mprotect(2)`, without `PROT_`.
    #[must_use]
    pub fn constants(self) -> Vec<&'static str> {
        let all = [
            (self.reads(), "read"),
            (self.writes(), "write"),
            (self.execute, "exec"),
        ];
        let bits = all.iter().filter_map(|(set, name)| set.then_some(*name));
        let bits: Vec<&str> = bits.collect();
        if bits.is_empty() { vec!["none"] } else { bits }
    }
}

impl Named for Access {
    const ALL: &'static [Self] = &[
        Self::READ,
        Self::WRITE,
        Self::COPY,
        Self::NONE,
        Self::NONE.and_execute(),
        Self::WRITE_ONLY,
        Self::READ.and_execute(),
        Self::WRITE.and_execute(),
        Self::COPY.and_execute(),
        Self::WRITE_ONLY.and_execute(),
    ];

    fn name(self) -> &'static str {
        self.facts().0
    }

    fn aliases(self) -> &'static [&'static str] {
        match (self.mode, self.execute) {
            (AccessMode::Read, false) => &["ro"],
            (AccessMode::Write, false) => &["rw"],
            (AccessMode::Write, true) => &["rwx"],
            _ => &[],
        }
    }

    fn help(self) -> &'static str {
        self.facts().1
    }
}

impl JsonSchema for Access {
    fn schema_name() -> Cow<'static, str> {
        "Access".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        words_schema(
            Self::ALL
                .iter()
                .map(|access| (access.name(), access.help())),
        )
    }
}

impl Serialize for Access {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

named! {
    /// The visibility of stores through a mapping.
    pub enum Visibility as "MAP_" {
        /// Share writes with the source and its other mappings (`MAP_SHARED`)
        Shared = "shared",
        /// Share writes, and fail on unknown flags instead of ignoring them (`MAP_SHARED_VALIDATE`)
        SharedValidate = "shared-validate",
        /// Keep writes private (`MAP_PRIVATE`)
        Private = "private",
    }
}

impl Visibility {
    /// Whether stores reach the source.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Shared | Self::SharedValidate)
    }
}

/// The requested place of a mapping in the address space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// The kernel chooses the address.
    #[default]
    Anywhere,
    /// At this address or near it, if it is free. It is only a hint.
    Near(u64),
    /// At exactly this address.
    At(u64),
}

/// A new protection of a mapping: an access and the extra bits of `mprotect(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// The access to the bytes.
    pub access: Access,
    /// The extra bits.
    pub extras: FlagSet<ProtectExtra>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_access_is_private_by_default_and_other_access_is_shared() {
        for access in Access::ALL {
            let private = access.natural_visibility() == Visibility::Private;
            assert_eq!(private, access.name().starts_with('c'));
        }
    }
}
