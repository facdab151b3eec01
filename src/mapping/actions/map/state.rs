//! The state of a mapping before and after a step.

use schemars::JsonSchema;
use serde::Serialize;

use super::mapping::{Mapping, runs};
use crate::mapping::error::Result;
use crate::mapping::measure::proc_maps::{self, MemoryUse, VmFlag};
use crate::mapping::region::Region;
use crate::mapping::region::observation::Address;
use crate::mapping::source::Source;
use crate::mapping::types::{Access, ByteLength, Counts};

/// The state of a mapping at one moment. What the kernel does not report is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct State {
    /// The address of the first byte that the step concerns; null when it is not mapped.
    pub address: Option<Address>,
    /// The length of everything that is mapped of the source, in whole pages, in bytes.
    pub length: ByteLength,
    /// The number of mappings of the kernel that this takes.
    pub mappings: Option<u64>,
    /// The access to the part that the step concerns: each kind once, in order of address.
    pub access: Vec<Access>,
    /// The codes in VmFlags of all mappings of this part.
    pub vm_flags: Option<Vec<VmFlag>>,
    /// The name of the memory; absent unless the step names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The number of pages of this part that are in memory.
    pub resident: Option<u64>,
    /// The number of pages of this part that are dirty in the page cache.
    pub dirty: Option<u64>,
    /// The memory in the page tables of everything that is mapped, in bytes.
    pub rss: Option<ByteLength>,
    /// The dirty part of it that only this process maps, in bytes.
    pub private_dirty: Option<ByteLength>,
    /// The part of it in huge pages of any kind, in bytes.
    pub huge: Option<ByteLength>,
    /// The locked part of it, in bytes, with each page divided by the number of processes that map it.
    pub locked: Option<ByteLength>,
}

impl State {
    /// The state of a mapping, of which a part was taken out.
    pub(super) fn of(
        mapping: &Mapping,
        part: &[Region],
        source: &Source,
        named: bool,
    ) -> Result<Self> {
        let part: Vec<&Region> = part.iter().filter(|region| region.length() > 0).collect();
        let all = runs(mapping.regions().chain(part.iter().copied()));
        let memory = proc_maps::own_memory_use_of(&all)?;
        let own = proc_maps::own_memory_use_of(&runs(part.iter().copied()))?;
        let own = own.filter(|_| !part.is_empty());
        let sum = |field: fn(&MemoryUse) -> u64| memory.as_ref().map(|it| ByteLength(field(it)));
        let mut access: Vec<Access> = part.iter().map(|region| region.access()).collect();
        access.dedup();
        let counts = part
            .iter()
            .map(|region| region.picture(source, 1).total().counts)
            .reduce(Counts::plus);
        Ok(Self {
            address: part.first().map(|region| Address(region.address())),
            length: all.iter().map(|run| ByteLength(run.length())).sum(),
            mappings: memory.as_ref().map(|memory| memory.mappings),
            access,
            vm_flags: own.map(|own| own.vm_flags),
            name: part
                .first()
                .filter(|_| named)
                .and_then(|region| name(region)),
            resident: counts.and_then(|counts| counts.resident),
            dirty: counts.and_then(|counts| counts.dirty),
            rss: sum(|memory| memory.rss),
            private_dirty: sum(|memory| memory.private_dirty),
            huge: memory.as_ref().map(MemoryUse::huge),
            locked: sum(|memory| memory.locked),
        })
    }

    /// Whether all mappings of the part have the flag with this code.
    pub(super) fn has_flag(&self, code: &str) -> bool {
        let mut flags = self.vm_flags.iter().flatten();
        flags.any(|flag| flag.code() == code)
    }
}

/// The name of memory in the memory map: `[anon:heap]`.
fn name(region: &Region) -> Option<String> {
    let mut name = None;
    let seen = proc_maps::visit_own(region.addresses(), |vma| {
        name.get_or_insert(vma.path);
    });
    seen.ok().flatten()?;
    name.map(|name| String::from_utf8_lossy(&name).into_owned())
}
