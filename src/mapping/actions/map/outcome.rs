//! What `map` did to a source and saw of the mapping.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::region::bytes::Probe;
use crate::mapping::region::observation::{Address, FlagEffect, Observation};
use crate::mapping::source::size::Provided;
use crate::mapping::types::{Access, Advice, ByteLength, Effect, SourceKind};

/// An advice that was given in passing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GivenAdvice {
    /// The advice, as it is typed.
    pub advice: Advice,
    /// What came of it.
    pub effect: Effect,
}

/// What `map` did to a source and saw of the mapping.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Mapped {
    /// What sort of thing was mapped.
    pub kind: SourceKind,
    /// The size of the source in bytes, after any growth.
    pub size: ByteLength,
    /// Whether the source was created for this.
    pub created: bool,
    /// The growth of the source, when it grew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grown: Option<Provided>,
    /// The live mapping.
    #[serde(flatten)]
    pub seen: Observation,
    /// What became of each flag of `mmap(2)` that was asked for.
    pub flags: Vec<FlagEffect>,
    /// Flags of `open(2)` that were asked for and have no effect on this source.
    pub open_flags_without_effect: Vec<&'static str>,
    /// Where it was before it was remapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remapped_from: Option<Address>,
    /// The access before it was protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_from: Option<Access>,
    /// What became of each bit given to `mprotect(2)` besides the access.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protect_flags: Vec<FlagEffect>,
    /// The advice that was given, and what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advised: Option<GivenAdvice>,
    /// What the probe found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// How long mapping it took, in nanoseconds, with everything that was asked for after it.
    pub duration_ns: u64,
}
