//! The action `filesize`: measures the size of a source, or changes it. The changes themselves are in `source::size`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::size::{NewSize, Sizes};
use crate::mapping::source::{Creation, OpenRequest, Source, SourceSpec};
use crate::mapping::types::{ByteLength, Kind, Remedy};

/// The request to measure or change the size of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesizeRequest {
    /// The new size.
    pub set: Option<ByteLength>,
    /// Whether to reserve blocks for the whole size.
    pub allocate: bool,
    /// Whether to measure blocks, holes and pages too.
    pub long: bool,
}

impl FilesizeRequest {
    /// Whether it requests a change.
    #[must_use]
    pub const fn changes(&self) -> bool {
        self.set.is_some() || self.allocate
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
    /// The size before, in bytes; 0 for a source that was created. Absent unless `--set` or `--allocate` is given.
    pub old_size: ByteLength,
    /// Whether the source was created. Absent unless `--set` or `--allocate` is given.
    pub created: bool,
}

/// Changes the size of a source as requested, and measures it.
///
/// # Errors
/// Those of opening it, of [`Source::set_size`] and of [`Source::size_report`]; a signal that came meanwhile, after
/// which the source is as before.
pub fn filesize(spec: &SourceSpec, request: &FilesizeRequest) -> Result<(Source, FilesizeOutcome)> {
    let interrupts = Interrupts::new();
    let mut source = open(spec, request)?;
    let change = if request.changes() {
        // After opening: the descriptor for signals could take the number of an inherited one.
        interrupts.watch()?;
        Some(resize(&mut source, request)?)
    } else {
        None
    };
    // Growth can be undone; truncated bytes are lost.
    let is_final =
        matches!((change, request.set), (Some(change), Some(size)) if size < change.old_size);
    let sizes = measure(&source, request.long).map_err(|error| match is_final {
        true => error.hint("the size was changed before this failed"),
        false => error,
    })?;
    if !is_final {
        interrupts.check("resize").map_err(|e| e.on(&spec.name()))?;
    }
    source.commit()?;
    Ok((source, FilesizeOutcome { sizes, change }))
}

fn open(spec: &SourceSpec, request: &FilesizeRequest) -> Result<Source> {
    if !request.changes() {
        return Source::open(spec, &OpenRequest::READ);
    }
    let creation = match request.set {
        Some(_) => Creation::IfMissing,
        None => Creation::Never,
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

fn resize(source: &mut Source, request: &FilesizeRequest) -> Result<SizeChange, Error> {
    let created = source.created();
    let size = request.set.map_or(NewSize::Unchanged, NewSize::Exactly);
    let provided = source.set_size(size, request.allocate)?;
    Ok(SizeChange {
        old_size: provided.old_size,
        created,
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
