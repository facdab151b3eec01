//! The outcome of `map`.

use schemars::JsonSchema;
use serde::Serialize;

use super::steps::Taken;
use crate::mapping::error::Error;
use crate::mapping::region::observation::{FlagEffect, Observation};
use crate::mapping::source::size::Provided;
use crate::mapping::types::{ByteLength, SourceKind};

/// A mapping.
#[derive(Debug, Serialize, JsonSchema)]
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
    /// Each of the mappings, if the steps left several; absent otherwise. The fields above then have the sums, and the
    /// place and the access of the first. If the steps left none, the address and the length are 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Observation>,
    /// The steps after mapping, in order, up to the first that failed; absent unless there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Taken>,
    /// The failure that ended the steps.
    #[serde(skip)]
    pub failure: Option<Error>,
    /// The time to map the source and to change the mapping, in nanoseconds.
    pub duration_ns: u64,
}
