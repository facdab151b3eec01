//! What each platform can do: the one table that decides, that help shows, and that README repeats.
//!
//! It knows every platform whichever this is, so that documents can be made and checked on any of them.
//! Whatever is `unsupported` here is refused with the same words before the system is asked.

use std::fmt;

use Support::{Differs, Unsupported, Yes};

use super::error::{Error, Result};
use super::sys;
use super::types::{Advice, Flag, Kind, MapFlag, OpenFlag, Platform};

impl Platform {
    /// The one this program was built for.
    pub const THIS: Self = sys::PLATFORM;
}

/// How well a platform does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// As the help says.
    Yes,
    /// It does it, but in this way.
    Differs(&'static str),
    /// It cannot, for this reason.
    Unsupported(&'static str),
}

/// How something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Tests of it run on the platform.
    Run,
    /// Tests of it run on an emulation of the platform (Wine).
    Emulated,
    /// It compiles, and rests on the platform's documentation.
    Compiled,
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::Differs(how) => write!(f, "differs ({how})"),
            Self::Unsupported(why) => write!(f, "unsupported ({why})"),
        }
    }
}

/// Something that platforms do or do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `map`, apart from the features below.
    Map,
    /// `dump`.
    Dump,
    /// `fill`.
    Fill,
    /// `sync`.
    Sync,
    /// `sync --invalidate`.
    Invalidate,
    /// `advise`, apart from each advice.
    Advise,
    /// `advise warm`.
    Warm,
    /// `advise evict`.
    Evict,
    /// `advise --pid`.
    AdviseProcess,
    /// `mirror`.
    Mirror,
    /// `pagesize`.
    Pagesize,
    /// `filesize`.
    Filesize,
    /// `filesize --allocate`.
    Allocate,
    /// `tags`.
    Tags,
    /// `tags --users`, and the processes in the reasons of `evict`.
    Users,
    /// `unlink`.
    Unlink,
    /// `--fd`.
    Descriptor,
    /// `--tag`.
    Tag,
    /// Making a tag larger that has a size already.
    GrowTag,
    /// A private mapping of a tag.
    CopyTag,
    /// `--mode`.
    Mode,
    /// `--shared-validate`.
    SharedValidate,
    /// An access with `x`.
    Execute,
    /// `map --remap`.
    Remap,
    /// Extra bits of `map --protect`.
    ProtectExtras,
    /// `map --lock`.
    Lock,
    /// `--hold` and `-- CMD`.
    Hold,
    /// Which pages of a file are in memory.
    FileResidency,
    /// VmFlags, huge pages and locked bytes of a mapping.
    MemoryAccount,
    /// A flag of `--open`.
    Open(OpenFlag),
    /// A flag of `--flags`.
    Flag(MapFlag),
    /// An advice.
    Advice(Advice),
}

impl Feature {
    /// Every feature but the flags and the advice, in the order of the help.
    const PLAIN: [Self; 29] = [
        Self::Map,
        Self::Execute,
        Self::SharedValidate,
        Self::Remap,
        Self::ProtectExtras,
        Self::Lock,
        Self::Hold,
        Self::FileResidency,
        Self::MemoryAccount,
        Self::Dump,
        Self::Fill,
        Self::Sync,
        Self::Invalidate,
        Self::Advise,
        Self::Warm,
        Self::Evict,
        Self::AdviseProcess,
        Self::Mirror,
        Self::Pagesize,
        Self::Filesize,
        Self::Allocate,
        Self::Tags,
        Self::Users,
        Self::Unlink,
        Self::Descriptor,
        Self::Tag,
        Self::GrowTag,
        Self::CopyTag,
        Self::Mode,
    ];

    /// Every feature, in the order of the help.
    pub fn all() -> impl Iterator<Item = Self> {
        let open = OpenFlag::ALL.iter().copied().map(Self::Open);
        let map = MapFlag::ALL.iter().copied().map(Self::Flag);
        let advice = Advice::ALL.iter().copied().map(Self::Advice);
        Self::PLAIN.into_iter().chain(open).chain(map).chain(advice)
    }

    /// How it is typed, or what it is.
    #[must_use]
    pub fn name(self) -> String {
        let plain = match self {
            Self::Open(flag) => return format!("--open {}", flag.name()),
            Self::Flag(flag) => return format!("--flags {}", flag.name()),
            Self::Advice(advice) => return format!("advise {}", advice.name()),
            Self::Map => "map",
            Self::Dump => "dump",
            Self::Fill => "fill",
            Self::Sync => "sync",
            Self::Invalidate => "sync --invalidate",
            Self::Advise => "advise",
            Self::Warm => "advise warm",
            Self::Evict => "advise evict",
            Self::AdviseProcess => "advise --pid",
            Self::Mirror => "mirror",
            Self::Pagesize => "pagesize",
            Self::Filesize => "filesize",
            Self::Allocate => "filesize --allocate",
            Self::Tags => "tags",
            Self::Users => "tags --users",
            Self::Unlink => "unlink",
            Self::Descriptor => "--fd",
            Self::Tag => "--tag",
            Self::GrowTag => "--tag, grown",
            Self::CopyTag => "--tag, --access c",
            Self::Mode => "--mode",
            Self::SharedValidate => "--shared-validate",
            Self::Execute => "--access rx, wx, cx",
            Self::Remap => "map --remap",
            Self::ProtectExtras => "map --protect …+sem",
            Self::Lock => "map --lock",
            Self::Hold => "--hold, -- CMD",
            Self::FileResidency => "residency of files",
            Self::MemoryAccount => "VmFlags, huge and locked bytes",
        };
        plain.to_owned()
    }

    /// The command it belongs to; `None` for what several commands share.
    #[must_use]
    pub const fn command(self) -> Option<&'static str> {
        Some(match self {
            Self::Map
            | Self::Remap
            | Self::ProtectExtras
            | Self::Lock
            | Self::MemoryAccount
            | Self::Flag(_) => "map",
            Self::Dump => "dump",
            Self::Fill => "fill",
            Self::Sync | Self::Invalidate => "sync",
            Self::Advise | Self::Warm | Self::Evict | Self::AdviseProcess | Self::Advice(_) => {
                "advise"
            }
            Self::Mirror => "mirror",
            Self::Pagesize => "pagesize",
            Self::Filesize | Self::Allocate => "filesize",
            Self::Tags | Self::Users => "tags",
            Self::Unlink => "unlink",
            Self::Descriptor
            | Self::Tag
            | Self::GrowTag
            | Self::CopyTag
            | Self::Mode
            | Self::SharedValidate
            | Self::Execute
            | Self::Hold
            | Self::FileResidency
            | Self::Open(_) => return None,
        })
    }

    /// How it is known that a platform does it so.
    #[must_use]
    pub const fn evidence(self, platform: Platform) -> Evidence {
        match platform {
            Platform::Linux => Evidence::Run,
            Platform::MacOs | Platform::FreeBsd => Evidence::Compiled,
            Platform::Windows => match self {
                // What Wine 8 lacks, or does nothing for.
                Self::Flag(MapFlag::Hugetlb) | Self::Advice(Advice::Free) | Self::Allocate => {
                    Evidence::Compiled
                }
                _ => Evidence::Emulated,
            },
        }
    }

    /// How well a platform does it.
    #[must_use]
    pub const fn on(self, platform: Platform) -> Support {
        match platform {
            Platform::Linux => on_linux(self),
            Platform::MacOs => on_macos(self),
            Platform::FreeBsd => on_freebsd(self),
            Platform::Windows => on_windows(self),
        }
    }

    /// How well this platform does it.
    #[must_use]
    pub const fn here(self) -> Support {
        self.on(Platform::THIS)
    }

    /// Whether this platform does it at all.
    #[must_use]
    pub const fn is_offered(self) -> bool {
        !matches!(self.here(), Unsupported(_))
    }

    /// Refuses an operation that needs it where this platform lacks it.
    ///
    /// # Errors
    /// `unsupported`, naming the feature, the platform and the reason.
    pub fn require(self, operation: &'static str) -> Result<()> {
        let Unsupported(why) = self.here() else {
            return Ok(());
        };
        let reason = format!("{} has no '{}': {why}", Platform::THIS.name(), self.name());
        Err(Error::new(Kind::Unsupported, operation, reason))
    }
}

const fn on_linux(feature: Feature) -> Support {
    match feature {
        Feature::Flag(MapFlag::Denywrite | MapFlag::Executable | MapFlag::Uninitialized) => {
            Differs("accepted and ignored by the kernel")
        }
        Feature::Flag(MapFlag::Fixed) => NEVER_REPLACES,
        Feature::Flag(MapFlag::Low32) => Differs("on x86-64"),
        Feature::Invalidate => Differs("changes nothing that can be measured"),
        _ => Yes,
    }
}

const NEVER_REPLACES: Support =
    Differs("refused where it would replace a part of the program itself");
const NO_CALL: Support = Unsupported("the system has no such call");
const NO_FLAG: Support = Unsupported("the system has no such flag");
const NO_ADVICE: Support = Unsupported("the system has no such advice");

/// What macOS and FreeBSD answer alike.
const fn on_bsd(feature: Feature) -> Support {
    match feature {
        Feature::Remap => Unsupported("a mapping keeps its length"),
        Feature::ProtectExtras => Unsupported("mprotect(2) takes nothing but the access"),
        Feature::SharedValidate => Unsupported("unknown flags are not told from known ones"),
        Feature::AdviseProcess => NO_CALL,
        Feature::Lock => Differs("every page is locked at once"),
        Feature::MemoryAccount => Unsupported("the kernel keeps no account of single mappings"),
        Feature::Users => Unsupported("mappings are not shown with the file they are of"),
        Feature::Tags => Unsupported("shared memory has no directory"),
        Feature::Hold => {
            Differs("MMAPCTL_PATH is what shm_open(3) takes for a tag; anonymous memory has none")
        }
        Feature::Open(OpenFlag::Largefile) => Differs("sizes always have 64 bits"),
        Feature::Flag(MapFlag::Fixed) => NEVER_REPLACES,
        Feature::Flag(MapFlag::FixedNoreplace | MapFlag::Populate | MapFlag::Locked) => Yes,
        Feature::Flag(_) => NO_FLAG,
        Feature::Advice(
            Advice::Normal | Advice::Sequential | Advice::Random | Advice::Willneed | Advice::Free,
        ) => Yes,
        Feature::Advice(Advice::Dontneed) => Differs("a hint: nothing is discarded"),
        Feature::Advice(Advice::PopulateRead | Advice::PopulateWrite) => {
            Differs("each page is touched")
        }
        Feature::Advice(_) => NO_ADVICE,
        _ => Yes,
    }
}

const fn on_macos(feature: Feature) -> Support {
    match feature {
        Feature::Sync => Differs(
            "F_FULLFSYNC follows, or fsync(2) where the file system has none: msync(2) stops at the drive's cache",
        ),
        Feature::Execute => Differs(
            "on Apple silicon not together with writing, and --probe does not try: unsigned code ends a process",
        ),
        Feature::Evict => Differs("msync(2) with MS_INVALIDATE"),
        Feature::FileResidency => Differs("by mincore(2): presence only"),
        Feature::Tag => Differs("at most 30 bytes; its size is whole pages"),
        Feature::CopyTag => Unsupported("shared memory is only mapped shared"),
        Feature::GrowTag => Unsupported("shared memory gets its size once"),
        Feature::Allocate => Differs("F_PREALLOCATE, beyond the end only"),
        Feature::Open(OpenFlag::Direct) => NO_FLAG,
        Feature::Flag(MapFlag::Noreserve) => Differs("accepted and ignored by the kernel"),
        other => on_bsd(other),
    }
}

const fn on_freebsd(feature: Feature) -> Support {
    match feature {
        Feature::Sync => Differs("fdatasync(2) follows: msync(2) stops at the drive's cache"),
        Feature::Invalidate => Differs("not together with --async"),
        Feature::FileResidency => {
            Differs("by mincore(2), where the sysctl vm.mincore_mapped is 0: presence only")
        }
        Feature::Allocate => Differs("not on ZFS"),
        Feature::Flag(MapFlag::Stack) => Yes,
        Feature::Flag(MapFlag::Low32) => Differs("on 64-bit processors"),
        Feature::Advice(Advice::Dontdump | Advice::Dodump) => Yes,
        other => on_bsd(other),
    }
}

const fn on_windows(feature: Feature) -> Support {
    match feature {
        Feature::Map | Feature::Dump | Feature::Fill | Feature::Pagesize | Feature::Filesize => Yes,
        Feature::Execute => Differs("needs a file that may be executed"),
        Feature::Sync => Differs("FlushViewOfFile, then FlushFileBuffers"),
        Feature::Invalidate => Unsupported("views of a file never differ from it"),
        Feature::Advise => Differs("the nearest calls that there are"),
        Feature::Warm => Differs("each page is touched; what the cache holds is not told"),
        Feature::Evict => Unsupported("the system decides alone what its cache holds"),
        Feature::AdviseProcess => NO_CALL,
        Feature::Mirror => {
            Differs("windows of whole 64 KiB, by placeholders or, as under Wine, without them")
        }
        Feature::Allocate => Differs("no holes are filled in a sparse file"),
        Feature::Tags => Unsupported("sections have no directory that a program may list"),
        Feature::Users => Unsupported("mappings are not shown with the file they are of"),
        Feature::Unlink => Unsupported("a section goes with its last handle"),
        Feature::Descriptor => {
            Differs("the value of an inherited handle; 0, 1 and 2 are the standard handles")
        }
        Feature::Tag => {
            Differs("a section Local\\NAME, which lives as long as somebody has it open")
        }
        Feature::GrowTag => Unsupported("a section keeps the size it was made with"),
        Feature::CopyTag => Yes,
        Feature::Mode => Unsupported("files have no permission bits"),
        Feature::SharedValidate => Unsupported("unknown flags are not told from known ones"),
        Feature::Remap => Unsupported("a view keeps its length"),
        Feature::ProtectExtras => Unsupported("VirtualProtect takes nothing but the access"),
        Feature::Lock => Differs("VirtualLock; the working set is enlarged to hold it"),
        Feature::Hold => {
            Differs("MMAPCTL_PATH is the name of a section for tags and anonymous memory")
        }
        Feature::FileResidency => Differs("the pages in this process's working set"),
        Feature::MemoryAccount => Unsupported("the system keeps no account of single views"),
        Feature::Open(flag) => open_on_windows(flag),
        Feature::Flag(flag) => flag_on_windows(flag),
        Feature::Advice(advice) => advice_on_windows(advice),
    }
}

const fn open_on_windows(flag: OpenFlag) -> Support {
    match flag {
        OpenFlag::Create | OpenFlag::Excl | OpenFlag::Truncate => Yes,
        OpenFlag::Direct => Differs("FILE_FLAG_NO_BUFFERING"),
        OpenFlag::Sync | OpenFlag::Dsync => Differs("FILE_FLAG_WRITE_THROUGH"),
        OpenFlag::Largefile => Differs("sizes always have 64 bits"),
        OpenFlag::Nofollow => Differs("FILE_FLAG_OPEN_REPARSE_POINT"),
        OpenFlag::Noctty | OpenFlag::Nonblock | OpenFlag::Async | OpenFlag::Directory => NO_FLAG,
    }
}

const fn flag_on_windows(flag: MapFlag) -> Support {
    match flag {
        MapFlag::Fixed => NEVER_REPLACES,
        MapFlag::FixedNoreplace => Yes,
        MapFlag::Locked => Differs("VirtualLock; the working set is enlarged to hold it"),
        MapFlag::Populate => Differs("each page is touched"),
        MapFlag::Hugetlb => Differs("anonymous private memory, with SeLockMemoryPrivilege"),
        _ => NO_FLAG,
    }
}

const fn advice_on_windows(advice: Advice) -> Support {
    match advice {
        Advice::Willneed => Differs("PrefetchVirtualMemory"),
        Advice::Dontneed | Advice::Pageout => {
            Differs("VirtualUnlock: out of this process's working set")
        }
        Advice::Free => Differs("DiscardVirtualMemory, for anonymous private memory"),
        Advice::PopulateRead | Advice::PopulateWrite => Differs("each page is touched"),
        _ => NO_ADVICE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_its_own_name_and_a_reason_where_it_is_not_plain() {
        let names: Vec<String> = Feature::all().map(Feature::name).collect();
        for (i, name) in names.iter().enumerate() {
            assert!(!names[i + 1..].contains(name), "{name}");
        }
        for feature in Feature::all() {
            for platform in Platform::ALL {
                if let Differs(text) | Unsupported(text) = feature.on(platform) {
                    assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_lacking_is_refused_with_its_reason() {
        for feature in Feature::all() {
            let outcome = feature.require("map");
            match feature.here() {
                Unsupported(why) => {
                    let error = outcome.unwrap_err();
                    assert_eq!(error.kind(), Kind::Unsupported);
                    assert!(error.to_string().contains(why), "{error}");
                }
                _ => outcome.unwrap(),
            }
        }
    }
}
