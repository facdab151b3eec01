//! The steps after mapping: each is measured before and after.

use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::mapping::Mapping;
use super::state::State;
use crate::mapping::actions::advise::mapping::{self, AdviseRequest};
use crate::mapping::cache::sync::flush_failure;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::Region;
use crate::mapping::region::bytes::Probe;
use crate::mapping::region::observation::{FlagEffect, Observation};
use crate::mapping::source::Source;
use crate::mapping::types::{
    Action, ByteLength, Effect, Kind, LockMode, RemapPlace, SourceOffset, Step, nanoseconds,
};

/// What came of one step.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Taken {
    /// The step, as it is typed, with sizes in bytes.
    pub step: String,
    /// The start of the part that it concerns, in bytes from the start of the source.
    pub offset: SourceOffset,
    /// The length of this part, in whole pages, in bytes.
    pub length: ByteLength,
    /// The state before the step.
    pub before: State,
    /// The state after the step.
    pub after: State,
    /// Whether the two states differ.
    pub changed: bool,
    /// The effect of advice, for each mapping in the part; absent for other steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// The effect of each protection flag beyond the access; absent if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<FlagEffect>,
    /// The result of accessing the first page; absent unless the step is `probe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// The kind of failure that ended the sequence; absent if the step succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Kind>,
    /// The time that the step took, without the measurements, in nanoseconds.
    pub duration_ns: u64,
}

impl Taken {
    /// Whether it is worth a report when the sequence fails: it succeeded, or, if steps are reported in detail, changed
    /// something before it failed.
    pub(super) fn is_told(&self, detailed: bool) -> bool {
        self.failed.is_none() || (detailed && self.changed)
    }
}

/// Takes steps in order, up to the first failure. What was done is in the list.
pub(super) fn take_all(
    mapping: &mut Mapping,
    source: &Source,
    steps: &[Step],
    taken: &mut Vec<Taken>,
) -> Result<()> {
    for step in steps {
        let chosen = mapping.take(step.part, step.action == Action::Unmap)?;
        let mut work = Work {
            mapping,
            source,
            chosen,
            done: Done::default(),
        };
        let outcome = work.take(step, taken);
        let chosen = work.chosen;
        mapping.put(chosen);
        outcome?;
    }
    Ok(())
}

/// A step on the part that was taken out of a mapping.
struct Work<'a> {
    mapping: &'a mut Mapping,
    source: &'a Source,
    chosen: Vec<Region>,
    done: Done,
}

/// What a step reports besides the states.
#[derive(Default)]
struct Done {
    effects: Vec<Effect>,
    flags: Vec<FlagEffect>,
    probe: Option<Probe>,
    /// The time of advice, which measures for itself.
    advising: Option<u64>,
}

impl Work<'_> {
    fn take(&mut self, step: &Step, taken: &mut Vec<Taken>) -> Result<()> {
        let named = matches!(step.action, Action::Name(_));
        let look = |work: &Self| State::of(work.mapping, &work.chosen, work.source, named);
        let offset = self
            .chosen
            .first()
            .map_or(SourceOffset::START, |part| part.range().offset());
        let lengths = self.chosen.iter().map(Region::mapped_length);
        let length = lengths.map(ByteLength::of).sum();
        let before = look(self)?;
        let started = Instant::now();
        let outcome = self.act(&step.action);
        let elapsed = nanoseconds(started.elapsed());
        let outcome = outcome.map_err(|error| match error.kind() {
            Kind::AccessDenied if before.has_flag(SEALED) => error.because("it is sealed"),
            _ => error,
        });
        let after = look(self)?;
        let done = std::mem::take(&mut self.done);
        taken.push(Taken {
            step: step.to_string(),
            offset,
            length,
            changed: before != after,
            before,
            after,
            effects: done.effects,
            flags: done.flags,
            probe: done.probe,
            failed: outcome.as_ref().err().map(Error::kind),
            duration_ns: done.advising.unwrap_or(elapsed),
        });
        outcome
    }

    fn act(&mut self, action: &Action) -> Result<()> {
        match action {
            Action::Remap(length, place) => return self.remap(*length, *place),
            Action::Protect(protection) => {
                self.done.flags = Observation::effects_of_protection(protection.extras);
            }
            _ => {}
        }
        for region in &mut self.chosen {
            match action {
                Action::Protect(protection) => region.protect(*protection)?,
                Action::Advise(advice) => {
                    let request = AdviseRequest {
                        advice: *advice,
                        touch: false,
                    };
                    let advised = mapping::advise(self.source, region, request)?;
                    let time = self.done.advising.unwrap_or(0);
                    self.done.advising = Some(time.saturating_add(advised.duration_ns));
                    self.done.effects.push(advised.effect);
                }
                Action::Lock(LockMode::Now) => region.pin()?,
                Action::Lock(LockMode::OnFault) => region.lock_as_accessed()?,
                Action::Unlock => region.unlock()?,
                Action::Touch { write } => {
                    region.check_populating()?;
                    region.touch(region.range(), *write)?;
                }
                Action::Sync(kind) => region.msync(*kind).map_err(|error| {
                    flush_failure(&error).on(region.name()).over(region.range())
                })?,
                Action::Unmap => region.unmap()?,
                Action::Probe if self.done.probe.is_some() => {}
                Action::Probe => self.done.probe = Some(region.probe()?),
                Action::Seal => region.seal()?,
                Action::Name(name) => region.set_name(name)?,
                Action::Remap(..) => {}
            }
        }
        Ok(())
    }

    fn remap(&mut self, length: ByteLength, place: RemapPlace) -> Result<()> {
        let [only] = self.chosen.as_mut_slice() else {
            let reason = "it has several mappings, and the kernel remaps one at a time: name one with @RANGE";
            let failure = Error::new(Kind::Usage, "remap", reason);
            return Err(failure.on(self.source.name()));
        };
        let old = only.remap(length, place)?;
        self.mapping.leave(old);
        Ok(())
    }
}

/// The code for sealed memory in VmFlags.
const SEALED: &str = "sl";
