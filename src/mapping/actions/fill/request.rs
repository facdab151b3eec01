//! The request of a fill: what to write, and where.

use super::content::Content;
use super::input::InputSpec;
use super::text::TextParser;
use crate::mapping::cache::sync::SyncMode;
use crate::mapping::error::Error;
use crate::mapping::source::{Creation, OpenRequest};
use crate::mapping::types::{Access, Kind, Missing, RangeRequest, Remedy};

/// The bytes to fill with.
#[derive(Debug)]
pub enum Supply {
    /// Bytes that can be generated at any position.
    Content(Content),
    /// Bytes to be read.
    Input(InputSpec),
    /// A text to be read, which gives bytes and their offsets.
    Text(InputSpec, TextParser),
}

/// The range to fill, and how to open and verify it.
#[derive(Clone, Copy, Debug)]
pub struct FillRequest {
    /// The range to fill. Without a length it is as long as the input.
    pub range: RangeRequest,
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
    /// How to open the source. It is created only for a known length; an input has one.
    pub(super) fn open_request(&self, has_length: bool) -> OpenRequest {
        let creates = has_length && self.may_grow() && self.create;
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
    pub(super) fn explain(&self, error: Error) -> Error {
        match error.kind() {
            Kind::NotFound if self.private => {
                error.hint("private copies need a source that exists")
            }
            Kind::NotFound if !self.create => error.hint(Remedy::AllowCreation),
            Kind::NotFound if !self.extend => error.hint(Remedy::AllowExtension(Missing::Source)),
            Kind::NotFound if self.range.length.is_none() => {
                error.hint(Remedy::Length(Missing::Source))
            }
            Kind::FileTooShort if self.private => error.hint(Remedy::CopiesCannotExtend),
            Kind::FileTooShort if !self.extend => error.hint(Remedy::AllowExtension(Missing::Size)),
            Kind::FileTooShort if self.range.length.is_none() => {
                error.hint(Remedy::Length(Missing::Size))
            }
            _ => error,
        }
    }
}
