//! What the kernel shows of a live mapping: the measurements that go into a report.

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

/// What is seen of a live mapping.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Observation {
    /// The address of the first byte.
    pub address: Address,
    /// Where the first byte is in the source.
    pub offset: SourceOffset,
    /// The length in bytes, as asked for.
    pub length: ByteLength,
    /// How many pages that needs.
    pub pages: PageCount,
    /// The size of those pages in bytes.
    pub page_size: u64,
    /// What may be done with the bytes.
    pub access: Access,
    /// Who sees stores.
    pub visibility: Visibility,
    /// Which pages of the mapped part of the source are in memory.
    pub residency: Residency,
    /// The same, span by span.
    pub picture: Picture,
    /// Memory behind huge pages, of any sort, in bytes.
    pub huge: Option<ByteLength>,
    /// Memory locked, in bytes. The kernel divides a page's share among the processes that map it.
    pub locked: Option<ByteLength>,
    /// The kernel's account of the memory of this mapping, where it keeps one; the two above are from it.
    pub memory: Option<MemoryUse>,
}

/// What became of a flag that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FlagEffect {
    /// The flag, as it is typed.
    pub flag: &'static str,
    /// What was seen of it.
    pub effect: FlagState,
    /// The code in VmFlags that shows it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_flag: Option<&'static str>,
}

/// What is seen of a flag on the mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlagState {
    /// The kernel shows it.
    Seen,
    /// It was honoured by where or how the mapping was made, and leaves no mark.
    Done,
    /// The kernel accepted it and does nothing with it.
    Ignored,
    /// The kernel accepted it and shows nothing of it on this mapping.
    NotSeen,
    /// The system accepted it, and does not show what it does with a mapping.
    NotShown,
}

impl Region {
    /// Where it is in the address space, whole pages.
    #[must_use]
    pub fn addresses(&self) -> AddressRange {
        AddressRange::new(self.address() as u64, ByteLength::of(self.mapped_length()))
            .unwrap_or(AddressRange::ALL)
    }

    /// Looks at the mapping as the kernel shows it, with a picture of at most `buckets` spans.
    ///
    /// # Errors
    /// What reading the kernel's account answers.
    pub fn observe(&self, source: &Source, buckets: u64) -> Result<Observation> {
        let memory = proc_maps::own_memory_use(self.addresses())?;
        let picture = self.picture(source, buckets);
        Ok(Observation {
            address: Address(self.address()),
            offset: self.range().offset(),
            length: ByteLength::of(self.length()),
            pages: self.page_count(),
            page_size: self.page_size().bytes(),
            access: self.access(),
            visibility: self.visibility(),
            residency: picture.total(),
            picture,
            huge: memory.as_ref().map(MemoryUse::huge),
            locked: memory.as_ref().map(|memory| ByteLength(memory.locked)),
            memory,
        })
    }

    /// Which pages are in memory: of the page cache for a file, of the mapping for anonymous memory, and for
    /// a file too where the system does not tell what its cache holds.
    #[must_use]
    pub fn picture(&self, source: &Source, buckets: u64) -> Picture {
        let page = self.page_size();
        // Of anonymous memory the mapping is looked at, also when a file without a name stands behind it.
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
    /// What became of each flag that was asked for.
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

    /// Whether the kernel shows a flag of the mapping.
    fn seen(&self, code: &str) -> FlagState {
        match &self.memory {
            Some(memory) if memory.vm_flags.iter().any(|flag| flag.code() == code) => {
                FlagState::Seen
            }
            Some(_) => FlagState::NotSeen,
            None => FlagState::NotShown,
        }
    }

    /// What became of each bit that was given to `mprotect(2)` besides the access.
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

/// Where the addresses end that `MAP_32BIT` chooses from (`mmap(2)`).
const LOW_END: u64 = 1 << 31;

/// All of it, as a share.
pub const WHOLE_SHARE: u32 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::actions::map::expectation::{Amount, Comparison, Expectation};
    use crate::mapping::measure::residency::Method;
    use crate::mapping::types::Counts;

    #[test]
    fn an_expectation_reads_as_it_is_typed() {
        let show = |comparison, amount| Expectation { comparison, amount }.to_string();
        assert_eq!(show(Comparison::AtLeast, Amount::Share(90_000)), ">=90%");
        assert_eq!(show(Comparison::Less, Amount::Share(125)), "<0.125%");
        assert_eq!(
            show(Comparison::Equal, Amount::Share(WHOLE_SHARE)),
            "==100%"
        );
        assert_eq!(show(Comparison::AtMost, Amount::Share(50_500)), "<=50.5%");
        let bytes = Amount::Bytes(ByteLength(1 << 20));
        assert_eq!(show(Comparison::More, bytes), ">1 MiB (1048576 bytes)");
    }

    #[test]
    fn an_expectation_is_compared_exactly() {
        let seen = |resident, pages| Residency {
            page_size: 4096,
            counts: Counts {
                pages,
                resident,
                ..Counts::default()
            },
            method: Method::Cachestat,
            unknown_reason: None,
            dirty_unknown_reason: None,
        };
        let expect = |comparison, amount| Expectation { comparison, amount };
        let third = expect(Comparison::AtLeast, Amount::Share(33_334));
        assert_eq!(third.is_met(&seen(Some(1), 3)), Some(false));
        assert_eq!(third.is_met(&seen(Some(2), 3)), Some(true));
        let all = expect(Comparison::Equal, Amount::Share(WHOLE_SHARE));
        assert_eq!(all.is_met(&seen(Some(u64::MAX), u64::MAX)), Some(true));
        assert_eq!(all.is_met(&seen(Some(u64::MAX - 1), u64::MAX)), Some(false));
        assert_eq!(all.is_met(&seen(None, 3)), None);
        let bytes = expect(Comparison::Less, Amount::Bytes(ByteLength(8192)));
        assert_eq!(bytes.is_met(&seen(Some(1), 9)), Some(true));
        assert_eq!(bytes.is_met(&seen(Some(2), 9)), Some(false));
    }
}
