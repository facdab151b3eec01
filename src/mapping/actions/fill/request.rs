//! The request of a fill: the bytes to write, and their place.

use super::content::Content;
use super::text::TextParser;
use crate::mapping::cache::sync::SyncMode;
use crate::mapping::error::Error;
use crate::mapping::source::{Creation, OpenRequest, SourceSpec};
use crate::mapping::types::{Access, ByteLength, Kind, Missing, OffsetRequest, Remedy};

/// How many bytes to write. The content is repeated or truncated to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillLength {
    /// This number of bytes. A source that is missing or too short is created or extended.
    Bytes(ByteLength),
    /// All bytes up to the end of the source, which must have some.
    ToEnd,
}

impl FillLength {
    /// The length, unless it depends on the source.
    pub(super) fn length(self) -> Option<ByteLength> {
        match self {
            Self::Bytes(length) => Some(length),
            Self::ToEnd => None,
        }
    }
}

/// The bytes to fill with.
#[derive(Debug)]
pub enum Supply {
    /// Bytes that can be generated at any position and have no end of their own: they need a length.
    Content(Content, FillLength),
    /// Bytes to be read. Without a length they are written once.
    Input(SourceSpec, Option<FillLength>),
    /// A text to be read, which gives bytes and their offsets. They are written once.
    Text(SourceSpec, TextParser),
}

impl Supply {
    /// Whether the source says how many bytes to write. It is not created or extended then.
    pub(super) const fn is_to_end(&self) -> bool {
        matches!(
            self,
            Self::Content(_, FillLength::ToEnd) | Self::Input(_, Some(FillLength::ToEnd))
        )
    }
}

/// Where to write, and how to open and verify the source.
#[derive(Clone, Copy, Debug)]
pub struct FillRequest {
    /// The offset of the first byte.
    pub offset: OffsetRequest,
    /// Further flags and the permission bits to open with; access and creation follow from this request.
    pub open: OpenRequest,
    /// Store to private copies of the pages only.
    pub private: bool,
    /// Whether a missing source may be created.
    pub create: bool,
    /// Whether a source that is too short may be extended.
    pub extend: bool,
    /// Whether to read everything back and compare.
    pub verify: bool,
    /// How to flush the written range, if at all.
    pub flush: Option<SyncMode>,
}

impl FillRequest {
    /// How to open the source. It is not created for a fill up to its end.
    pub(super) fn open_request(&self, to_end: bool) -> OpenRequest {
        let creates = !to_end && self.may_grow() && self.create;
        OpenRequest {
            writable: !self.private,
            creation: if creates {
                Creation::IfMissing
            } else {
                Creation::Never
            },
            ..self.open
        }
    }

    /// Whether the source may become larger.
    pub(super) fn may_grow(&self) -> bool {
        self.extend && !self.private
    }

    /// The access to the mappings that are stored to.
    pub(super) fn access(&self) -> Access {
        if self.private {
            Access::COPY
        } else {
            Access::WRITE
        }
    }

    /// Adds a hint to an error that a restriction of this request causes.
    pub(super) fn explain(&self, error: Error, to_end: bool) -> Error {
        match error.kind() {
            Kind::NotFound if self.private => {
                error.hint("private copies require an existing source")
            }
            Kind::NotFound if !self.create => error.hint(Remedy::AllowCreation),
            Kind::NotFound if !self.extend => error.hint(Remedy::AllowExtension(Missing::Source)),
            Kind::NotFound if to_end => error.hint(Remedy::LengthInstead(Missing::Source)),
            Kind::FileTooShort if self.private => error.hint(Remedy::CopiesCannotExtend),
            Kind::FileTooShort if !self.extend => error.hint(Remedy::AllowExtension(Missing::Size)),
            Kind::FileTooShort if to_end => error.hint(Remedy::LengthInstead(Missing::Size)),
            _ => error,
        }
    }
}
