//! The action `filesize`: measures the size of a source, or changes it. The changes themselves are in `source::size`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::Result;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::size::Sizes;
use crate::mapping::source::{Creation, OpenRequest, Source, SourceSpec};
use crate::mapping::types::{ByteLength, Kind, NewSize, RangeRequest, Remedy};

/// The request to measure or change the size of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesizeRequest {
    /// The new size.
    pub set: Option<NewSize>,
    /// The range whose blocks to reserve.
    pub allocate: Option<RangeRequest>,
    /// Whether to measure blocks, holes and pages too.
    pub long: bool,
}

impl FilesizeRequest {
    /// Whether it requests a change.
    #[must_use]
    pub const fn changes(&self) -> bool {
        self.set.is_some() || self.allocate.is_some()
    }

    /// Whether a missing source is created. It is if its size or the number of bytes to reserve is given.
    fn creates(&self) -> bool {
        self.set.is_some() || self.allocate.is_some_and(|range| range.length.is_some())
    }
}

/// The size of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FilesizeOutcome {
    /// The measured sizes.
    #[serde(flatten)]
    pub sizes: Sizes,
    /// The change, if one was requested.
    #[serde(flatten)]
    pub change: Option<SizeChange>,
}

/// The change of the size of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SizeChange {
    /// The size before, in bytes; 0 for a source that was created. Absent unless a change was requested.
    pub old_size: ByteLength,
    /// Whether the source was created. Absent unless a change was requested.
    pub created: bool,
}

/// The size of a source.
///
/// # Errors
/// Those of opening it and of [`Source::size`].
pub fn size_of(spec: &SourceSpec) -> Result<ByteLength> {
    Source::open(spec, &OpenRequest::READ)?.size()
}

/// Changes the size of a source as requested, and measures it. With `reference`, the change applies to that size.
///
/// # Errors
/// Those of opening it, of [`Source::set_size`] and of [`Source::size_report`]; a signal that arrived during the work,
/// after which the source is unchanged.
pub fn filesize(
    spec: &SourceSpec,
    request: &FilesizeRequest,
    reference: Option<ByteLength>,
) -> Result<(Source, FilesizeOutcome)> {
    let interrupts = Interrupts::new();
    let mut source = open(spec, request)?;
    let created = source.created();
    let provided = if request.changes() {
        // After opening: the descriptor for signals could take the number of an inherited one.
        interrupts.watch()?;
        let size = request.set.unwrap_or(NewSize::Unchanged);
        Some(source.set_size(size, reference, request.allocate)?)
    } else {
        None
    };
    // Growth can be undone; truncated bytes are lost.
    let is_final = provided.is_some_and(|provided| provided.new_size < provided.old_size);
    let sizes = measure(&source, request.long).map_err(|error| match is_final {
        true => error.hint("the size had already been changed"),
        false => error,
    })?;
    if !is_final {
        interrupts.check("resize").map_err(|e| e.on(&spec.name()))?;
    }
    source.commit()?;
    let change = provided.map(|provided| SizeChange {
        old_size: provided.old_size,
        created,
    });
    Ok((source, FilesizeOutcome { sizes, change }))
}

fn open(spec: &SourceSpec, request: &FilesizeRequest) -> Result<Source> {
    if !request.changes() {
        return Source::open(spec, &OpenRequest::READ);
    }
    let creation = match request.creates() {
        true => Creation::IfMissing,
        false => Creation::Never,
    };
    let how = OpenRequest {
        creation,
        ..OpenRequest::WRITE
    };
    Source::open(spec, &how).map_err(|error| match (error.kind(), creation) {
        (Kind::NotFound, Creation::Never) => error.hint(Remedy::SetSize),
        _ => error,
    })
}

fn measure(source: &Source, long: bool) -> Result<Sizes> {
    if long {
        return source.size_report();
    }
    source.size().map(|size| Sizes {
        size,
        storage: None,
    })
}
