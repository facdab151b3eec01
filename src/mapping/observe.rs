//! What the kernel shows of a live mapping: the measurements that go into a report.

use serde::{Serialize, Serializer};

use super::access::{Access, Flag, MapFlag, MapFlags, Visibility};
use super::error::Result;
use super::range::{ByteLength, PageCount, PageSize, SourceOffset};
use super::region::Region;
use super::residency::{self, MemoryKind, Picture, Residency};
use super::source::{Source, SourceKind};
use super::vmas::{self, AddressRange, MemoryUse, Process};

/// An address in this process; `"0x…"` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub usize);

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

/// What is seen of a live mapping.
#[derive(Clone, Debug, Serialize)]
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
    pub huge: ByteLength,
    /// Memory locked, in bytes. The kernel divides a page's share among the processes that map it.
    pub locked: ByteLength,
    /// The kernel's account of the memory of this mapping.
    pub memory: MemoryUse,
}

/// What became of a flag that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FlagEffect {
    /// The flag, as it is typed.
    pub flag: &'static str,
    /// What was seen of it.
    pub effect: Effect,
    /// The code in VmFlags that shows it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vm_flag: Option<&'static str>,
}

/// What was seen of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The kernel shows it.
    Seen,
    /// It was honoured by where or how the mapping was made, and leaves no mark.
    Done,
    /// The kernel accepted it and does nothing with it.
    Ignored,
    /// The kernel accepted it and shows nothing of it on this mapping.
    NotSeen,
}

impl Effect {
    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Seen => "in effect",
            Self::Done => "done",
            Self::Ignored => "ignored by the kernel",
            Self::NotSeen => "accepted, but not seen in effect",
        }
    }
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
        let memory = vmas::memory_use(Process::Myself, self.addresses())?;
        let picture = self.picture(source, buckets);
        let huge = [
            memory.anon_huge_pages,
            memory.shmem_pmd_mapped,
            memory.file_pmd_mapped,
            memory.shared_hugetlb,
            memory.private_hugetlb,
        ];
        Ok(Observation {
            address: Address(self.address()),
            offset: self.range().offset(),
            length: ByteLength::of(self.length()),
            pages: self.pages(),
            page_size: self.page_size().bytes(),
            access: self.access(),
            visibility: self.visibility(),
            residency: picture.total(),
            picture,
            huge: ByteLength(huge.iter().fold(0, |sum, part| part.saturating_add(sum))),
            locked: ByteLength(memory.locked),
            memory,
        })
    }

    /// Which pages are in memory: of the page cache for a file, of the mapping for anonymous memory.
    #[must_use]
    pub fn picture(&self, source: &Source, buckets: u64) -> Picture {
        let page = self.page_size();
        // Of anonymous memory the mapping is looked at, also when a file without a name stands behind it.
        let file = source
            .handle()
            .filter(|_| source.kind() != SourceKind::Anonymous);
        match file {
            Some(handle) => residency::picture_of_file(handle.file(), self.range(), page, buckets),
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
            .map(|flag| self.effect_of(flag, asked))
            .collect()
    }

    fn effect_of(&self, flag: MapFlag, asked: MapFlags) -> FlagEffect {
        let has = |code| self.memory.vm_flags.iter().any(|flag| flag.code() == code);
        let seen = |code| {
            if has(code) {
                Effect::Seen
            } else {
                Effect::NotSeen
            }
        };
        let (effect, vm_flag) = match flag {
            MapFlag::Denywrite | MapFlag::Executable | MapFlag::Uninitialized => {
                (Effect::Ignored, None)
            }
            MapFlag::Nonblock if asked.has(MapFlag::Populate) => (Effect::Done, None),
            MapFlag::Nonblock => (Effect::Ignored, None),
            MapFlag::Populate if asked.has(MapFlag::Nonblock) => (Effect::Ignored, None),
            MapFlag::Fixed | MapFlag::FixedNoreplace | MapFlag::Low32 | MapFlag::Populate => {
                (Effect::Done, None)
            }
            MapFlag::Growsdown => (seen("gd"), Some("gd")),
            MapFlag::Locked => (seen("lo"), Some("lo")),
            MapFlag::LockOnfault => (seen("lf"), Some("lf")),
            MapFlag::Noreserve => (seen("nr"), Some("nr")),
            MapFlag::Stack => (seen("nh"), Some("nh")),
            MapFlag::Hugetlb => (seen("ht"), Some("ht")),
            MapFlag::Sync => (seen("sf"), Some("sf")),
        };
        FlagEffect {
            flag: flag.name(),
            effect,
            vm_flag,
        }
    }
}

/// The size of a page of memory on this system.
#[must_use]
pub fn system_page_size() -> PageSize {
    super::sys::page_size()
}
