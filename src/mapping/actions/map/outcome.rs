//! The outcome of `map`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::region::bytes::Probe;
use crate::mapping::region::observation::{Address, FlagEffect, Observation};
use crate::mapping::source::size::Provided;
use crate::mapping::types::{Access, Advice, ByteLength, Effect, SourceKind};

/// The advice that was given to the mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GivenAdvice {
    /// The advice.
    pub advice: Advice,
    /// The effect of the advice.
    pub effect: Effect,
}

/// A mapping.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Mapped {
    /// The type of the source.
    pub kind: SourceKind,
    /// The size of the source in bytes, after any growth.
    pub size: ByteLength,
    /// Whether the source was created.
    pub created: bool,
    /// The growth of the source; absent unless it grew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grown: Option<Provided>,
    /// The mapping as the kernel shows it.
    #[serde(flatten)]
    pub seen: Observation,
    /// The effect of each requested flag of `mmap(2)`.
    pub flags: Vec<FlagEffect>,
    /// The requested flags of `open(2)` that have no effect on the mapping.
    pub open_flags_without_effect: Vec<&'static str>,
    /// The address of the mapping before it was remapped; absent unless `--remap` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remapped_from: Option<Address>,
    /// The access before the protection was changed; absent unless `--protect` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_from: Option<Access>,
    /// The effect of each protection flag beyond the access; absent unless `--protect` gives one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protect_flags: Vec<FlagEffect>,
    /// The advice and its effect; absent unless `--advise` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advised: Option<GivenAdvice>,
    /// The result of accessing a page; absent unless `--probe` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// The time to map the source and to change the mapping, in nanoseconds.
    pub duration_ns: u64,
}
