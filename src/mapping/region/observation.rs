//! A live mapping as the kernel reports it: its place, its residency, its memory and its flags.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::live::Region;
use crate::mapping::error::Result;
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::measure::residency::{MemoryKind, Picture, Residency};
use crate::mapping::measure::{proc_maps, residency};
use crate::mapping::source::Source;
use crate::mapping::types::json::text_schema;
use crate::mapping::types::{
    Access, AddressRange, ByteLength, FlagSet, MapFlag, MapFlags, Named, PageCount, ProtectExtra,
    SourceKind, SourceOffset, Visibility,
};

/// An address in this process; `"0x…"` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub usize);

text_schema!(Address, { "type": "string", "pattern": "^0x[0-9a-f]+$" });

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

/// A mapping as the kernel reports it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Observation {
    /// The address of the first byte.
    pub address: Address,
    /// The offset of the first byte, in bytes from the start of the source.
    pub offset: SourceOffset,
    /// The requested length in bytes.
    pub length: ByteLength,
    /// The number of pages that the length needs.
    pub pages: PageCount,
    /// The size of these pages in bytes.
    pub page_size: u64,
    /// The access to the bytes.
    pub access: Access,
    /// The visibility of stores.
    pub visibility: Visibility,
    /// The pages of the mapped range that are in memory.
    pub residency: Residency,
    /// The residency span by span; absent unless `--picture` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// Memory in huge pages of any kind, in bytes; null when unknown.
    pub huge: Option<ByteLength>,
    /// Memory that is locked, in bytes, with each page divided by the number of processes that map it; null when
    /// unknown.
    pub locked: Option<ByteLength>,
    /// The kernel's account of the memory of this mapping, to which `huge` and `locked` belong; null when unknown.
    pub memory: Option<MemoryUse>,
}

/// The effect of a requested flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FlagEffect {
    /// The name of the flag, as on the command line.
    pub flag: &'static str,
    /// The observed effect.
    pub effect: FlagState,
    /// The code in VmFlags that shows the flag; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_flag: Option<&'static str>,
}

/// The observed effect of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlagState {
    /// The kernel reports the flag for the mapping.
    Seen,
    /// The flag took effect when the mapping was made, and is not visible afterwards.
    Done,
    /// The kernel accepts the flag and ignores it.
    Ignored,
    /// The kernel accepted the flag, and does not report it for this mapping.
    NotSeen,
    /// The system accepted the flag, and does not report the flags of mappings.
    NotShown,
}

impl Region {
    /// Its addresses, in whole pages.
    #[must_use]
    pub fn addresses(&self) -> AddressRange {
        AddressRange::new(self.address() as u64, ByteLength::of(self.mapped_length()))
            .unwrap_or(AddressRange::ALL)
    }

    /// The kernel's account of its memory; `None` when there is none. The sums are those of [`Region::account`], the
    /// flags are its own.
    ///
    /// # Errors
    /// Those of [`proc_maps::own_memory_use`].
    pub(in crate::mapping) fn memory_use(&self) -> Result<Option<MemoryUse>> {
        let own = proc_maps::own_memory_use(self.addresses())?;
        if self.account() == self.addresses() {
            return Ok(own);
        }
        let whole = proc_maps::own_memory_use(self.account())?;
        Ok(whole.zip(own).map(|(whole, own)| whole.with_flags_of(own)))
    }

    /// Reads what the kernel reports of the mapping. The picture, if there is one, has at most `spans` spans.
    ///
    /// # Errors
    /// Those of [`proc_maps::own_memory_use`].
    pub fn observe(&self, source: &Source, spans: Option<u64>) -> Result<Observation> {
        let memory = proc_maps::own_memory_use(self.addresses())?;
        let picture = self.picture(source, spans.unwrap_or(1));
        Ok(Observation {
            address: Address(self.address()),
            offset: self.range().offset(),
            length: ByteLength::of(self.length()),
            pages: self.page_count(),
            page_size: self.page_size().bytes(),
            access: self.access(),
            visibility: self.visibility(),
            residency: picture.total(),
            picture: spans.map(|_| picture),
            huge: memory.as_ref().map(MemoryUse::huge),
            locked: memory.as_ref().map(|memory| ByteLength(memory.locked)),
            memory,
        })
    }

    /// The pages that are in memory: in the page cache for a file, in the mapping for anonymous memory. On systems that
    /// do not report the contents of the page cache, the pages in the mapping are used for a file too.
    #[must_use]
    pub fn picture(&self, source: &Source, buckets: u64) -> Picture {
        let page = self.page_size();
        // Anonymous memory is measured by its mapping, even when a memfd holds it.
        let file = source
            .handle()
            .filter(|_| source.kind() != SourceKind::Anonymous);
        match file {
            Some(handle) => residency::picture_of_mapped_file(
                handle.file(),
                self.range(),
                self.addresses(),
                page,
                buckets,
            ),
            None => {
                let kind = match self.visibility() {
                    Visibility::Private => MemoryKind::Private,
                    Visibility::Shared | Visibility::SharedValidate => MemoryKind::Shared,
                };
                residency::picture_of_memory(self.addresses(), kind, page, buckets)
            }
        }
    }
}

impl Observation {
    /// What the kernel reports of two mappings of a source: sums, and the place and the access of the first.
    #[must_use]
    pub(in crate::mapping) fn and(self, other: Self) -> Self {
        let counts = self.residency.counts.plus(other.residency.counts);
        Self {
            length: self.length.plus(other.length),
            pages: PageCount(self.pages.0.saturating_add(other.pages.0)),
            residency: Residency {
                counts,
                ..self.residency
            },
            picture: None,
            huge: self.huge.zip(other.huge).map(|(a, b)| a.plus(b)),
            locked: self.locked.zip(other.locked).map(|(a, b)| a.plus(b)),
            memory: self.memory.zip(other.memory).map(|(a, b)| a.plus(b)),
            ..self
        }
    }

    /// The effect of each requested flag.
    #[must_use]
    pub fn effects(&self, asked: MapFlags) -> Vec<FlagEffect> {
        asked
            .iter()
            .map(|flag| FlagEffect {
                flag: flag.name(),
                effect: self.effect_of(flag, asked),
                vm_flag: flag.vm_flag(),
            })
            .collect()
    }

    fn ends_below(&self, end: u64) -> bool {
        let last = (self.address.0 as u64).checked_add(self.length.0);
        last.is_some_and(|last| last <= end)
    }

    /// Whether the kernel reports the flag with this code for the mapping.
    fn seen(&self, code: &str) -> FlagState {
        match &self.memory {
            Some(memory) if memory.vm_flags.iter().any(|flag| flag.code() == code) => {
                FlagState::Seen
            }
            Some(_) => FlagState::NotSeen,
            None => FlagState::NotShown,
        }
    }

    /// The effect of each bit that was given to `mprotect(2)` besides the access.
    #[must_use]
    pub fn effects_of_protection(extras: FlagSet<ProtectExtra>) -> Vec<FlagEffect> {
        let effect_of = |extra: ProtectExtra| FlagEffect {
            flag: extra.name(),
            effect: match extra {
                // No processor that Linux supports needs it.
                ProtectExtra::Sem => FlagState::Ignored,
                ProtectExtra::Growsdown | ProtectExtra::Growsup => FlagState::Done,
            },
            vm_flag: None,
        };
        extras.iter().map(effect_of).collect()
    }

    fn effect_of(&self, flag: MapFlag, asked: MapFlags) -> FlagState {
        if let Some(code) = flag.vm_flag() {
            return self.seen(code);
        }
        match flag {
            MapFlag::Denywrite | MapFlag::Executable | MapFlag::Uninitialized => FlagState::Ignored,
            MapFlag::Nonblock if !asked.has(MapFlag::Populate) => FlagState::Ignored,
            MapFlag::Populate if asked.has(MapFlag::Nonblock) => FlagState::Ignored,
            MapFlag::Low32 if !self.ends_below(LOW_END) => FlagState::NotSeen,
            _ => FlagState::Done,
        }
    }
}

/// The end of the addresses that `MAP_32BIT` chooses from (`mmap(2)`).
const LOW_END: u64 = 1 << 31;
