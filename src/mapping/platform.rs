//! The features of each platform: the table from which the program decides, and from which help and README are made.
//!
//! It has every platform, so the documents can be made and checked on any of them. A feature that is `unsupported` here
//! is refused with the same words before any system call. The rows of flags and advice are in `types`, where these are
//! declared.

use super::error::{Error, Result};
use super::sys;
use super::types::Support::{Differs, Unsupported};
use super::types::{
    Advice, Kind, MapFlag, Named, OpenFlag, PerPlatform, Platform, Support, VIRTUAL_LOCK,
};

impl Platform {
    /// The platform that this program was built for.
    pub const THIS: Self = sys::PLATFORM;
}

/// How a row of the table is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Tests of it run on the platform.
    Run,
    /// Tests of it run on an emulation of the platform (Wine).
    Emulated,
    /// It compiles, and follows the documentation of the platform.
    Compiled,
}

/// Declares the features in the order of the help, one entry each: how it is typed, or what it is; the variant; the
/// command it belongs to, `None` for a feature of several commands; the support of each platform. The lists of flags and
/// advice come last, whose values have the support of each platform themselves.
macro_rules! features {
    (
        $(
            #[doc = $name:literal]
            $Feature:ident of $command:expr => $platforms:expr,
        )+
        lists:
        $(
            #[doc = $list_name:literal]
            $List:ident($Value:ty) of $list_command:expr,
        )+
    ) => {
        /// Something that a platform may support.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Feature {
            $(#[doc = $name] $Feature,)+
            $(#[doc = $list_name] $List($Value),)+
        }

        impl Feature {
            /// Every feature, in the order of the help.
            pub fn all() -> impl Iterator<Item = Self> {
                let plain = [$(Self::$Feature,)+].into_iter();
                plain$(.chain(<$Value>::ALL.iter().copied().map(Self::$List)))+
            }

            /// How it is typed, or what it is.
            #[must_use]
            pub fn name(self) -> String {
                match self {
                    $(Self::$Feature => $name.trim_ascii().to_owned(),)+
                    $(Self::$List(value) => format!("{} {}", $list_name.trim_ascii(), value.name()),)+
                }
            }

            /// The command it belongs to; `None` for a feature of several commands.
            #[must_use]
            pub const fn command(self) -> Option<&'static str> {
                match self {
                    $(Self::$Feature => $command,)+
                    $(Self::$List(_) => $list_command,)+
                }
            }

            /// The support of a platform for it.
            #[must_use]
            pub const fn on(self, platform: Platform) -> Support {
                match self {
                    $(Self::$Feature => {
                        const PLATFORMS: PerPlatform = $platforms;
                        PLATFORMS.on(platform)
                    })+
                    $(Self::$List(value) => value.on(platform),)+
                }
            }
        }
    };
}

features! {
    /// map
    Map of Some("map") => PerPlatform::YES,
    /// --access rx, wx, cx
    Execute of None => PerPlatform {
        macos: Differs(
            "on Apple silicon not together with writing, and no probe tries it: unsigned code ends a process",
        ),
        windows: Differs("needs a file that may be executed"),
        ..PerPlatform::YES
    },
    /// --shared-validate
    SharedValidate of None => PerPlatform::linux_or(
        Unsupported("unknown flags are not told from known ones"),
    ),
    /// map --remap
    Remap of Some("map") => PerPlatform {
        windows: Unsupported("a view keeps its length"),
        ..PerPlatform::YES.with_bsd(Unsupported("a mapping keeps its length"))
    },
    /// map --protect …+sem
    ProtectExtras of Some("map") => PerPlatform {
        windows: Unsupported("VirtualProtect takes nothing but the access"),
        ..PerPlatform::YES.with_bsd(Unsupported("mprotect(2) takes nothing but the access"))
    },
    /// map --lock
    Lock of Some("map") => PerPlatform {
        windows: VIRTUAL_LOCK,
        ..PerPlatform::YES.with_bsd(Differs("every page is locked at once"))
    },
    /// --hold, -- CMD
    Hold of None => PerPlatform {
        windows: Differs("MMAPCTL_PATH is the name of a section for tags and anonymous memory"),
        ..PerPlatform::YES.with_bsd(
            Differs("MMAPCTL_PATH is what shm_open(3) takes for a tag; anonymous memory has none"),
        )
    },
    /// residency of files
    FileResidency of None => PerPlatform {
        macos: Differs("by mincore(2): presence only"),
        freebsd: Differs("by mincore(2), where the sysctl vm.mincore_mapped is 0: presence only"),
        windows: Differs("the pages in this process's working set"),
        ..PerPlatform::YES
    },
    /// VmFlags, huge and locked bytes
    MemoryAccount of Some("map") => PerPlatform {
        windows: Unsupported("the system keeps no account of single views"),
        ..PerPlatform::YES.with_bsd(Unsupported("the kernel keeps no account of single mappings"))
    },
    /// dump
    Dump of Some("dump") => PerPlatform::YES,
    /// fill
    Fill of Some("fill") => PerPlatform::YES,
    /// sync
    Sync of Some("sync") => PerPlatform {
        macos: Differs(
            "F_FULLFSYNC follows, or fsync(2) where the file system has none: msync(2) stops at the drive's cache",
        ),
        freebsd: Differs("fdatasync(2) follows: msync(2) stops at the drive's cache"),
        windows: Differs("FlushViewOfFile, then FlushFileBuffers"),
        ..PerPlatform::YES
    },
    /// sync --invalidate
    Invalidate of Some("sync") => PerPlatform {
        linux: Differs("changes nothing that can be measured"),
        freebsd: Differs("not together with asynchronous flushing"),
        windows: Unsupported("views of a file never differ from it"),
        ..PerPlatform::YES
    },
    /// advise
    Advise of Some("advise") => PerPlatform {
        windows: Differs("the nearest calls that there are"),
        ..PerPlatform::YES
    },
    /// warm
    Warm of Some("warm") => PerPlatform {
        windows: Differs("each page is touched; what the cache holds is not told"),
        ..PerPlatform::YES
    },
    /// evict
    Evict of Some("evict") => PerPlatform {
        macos: Differs("msync(2) with MS_INVALIDATE"),
        windows: Unsupported("the system decides alone what its cache holds"),
        ..PerPlatform::YES
    },
    /// advise --pid
    AdviseProcess of Some("advise") => PerPlatform::linux_or(
        Unsupported("the system has no such call"),
    ),
    /// mirror
    Mirror of Some("mirror") => PerPlatform {
        windows: Differs(
            "windows of whole 64 KiB, by placeholders or, as under Wine, without them",
        ),
        ..PerPlatform::YES
    },
    /// pagesize
    Pagesize of Some("pagesize") => PerPlatform::YES,
    /// filesize
    Filesize of Some("filesize") => PerPlatform::YES,
    /// filesize --allocate
    Allocate of Some("filesize") => PerPlatform {
        macos: Differs("F_PREALLOCATE, beyond the end only"),
        freebsd: Differs("not on ZFS"),
        windows: Differs("no holes are filled in a sparse file"),
        ..PerPlatform::YES
    },
    /// tags
    Tags of Some("tags") => PerPlatform {
        windows: Unsupported("sections have no directory that a program may list"),
        ..PerPlatform::YES.with_bsd(Unsupported("shared memory has no directory"))
    },
    /// tags --users
    Users of Some("tags") => PerPlatform::linux_or(
        Unsupported("mappings are not shown with the file they are of"),
    ),
    /// unlink
    Unlink of Some("unlink") => PerPlatform {
        windows: Unsupported("a section goes with its last handle"),
        ..PerPlatform::YES
    },
    /// --fd
    Descriptor of None => PerPlatform {
        windows: Differs("the value of an inherited handle; 0, 1 and 2 are the standard handles"),
        ..PerPlatform::YES
    },
    /// --tag
    Tag of None => PerPlatform {
        macos: Differs("at most 30 bytes; its size is whole pages"),
        windows: Differs("a section Local\\NAME, which lives as long as somebody has it open"),
        ..PerPlatform::YES
    },
    /// --tag, grown
    GrowTag of None => PerPlatform {
        macos: Unsupported("shared memory gets its size once"),
        windows: Unsupported("a section keeps the size it was made with"),
        ..PerPlatform::YES
    },
    /// --tag, --access c
    CopyTag of None => PerPlatform {
        macos: Unsupported("shared memory is only mapped shared"),
        ..PerPlatform::YES
    },
    /// --mode
    Mode of None => PerPlatform {
        windows: Unsupported("files have no permission bits"),
        ..PerPlatform::YES
    },
    lists:
    /// --open
    Open(OpenFlag) of None,
    /// --flags
    Flag(MapFlag) of Some("map"),
    /// advise
    Advice(Advice) of Some("advise"),
}

impl Feature {
    /// How the support of a platform is known.
    #[must_use]
    pub const fn evidence(self, platform: Platform) -> Evidence {
        match platform {
            Platform::Linux => Evidence::Run,
            Platform::MacOs | Platform::FreeBsd => Evidence::Compiled,
            Platform::Windows => match self {
                // Wine 8 lacks these, or ignores them.
                Self::Flag(MapFlag::Hugetlb) | Self::Advice(Advice::Free) | Self::Allocate => {
                    Evidence::Compiled
                }
                _ => Evidence::Emulated,
            },
        }
    }

    /// The support of this platform.
    #[must_use]
    pub const fn here(self) -> Support {
        self.on(Platform::THIS)
    }

    /// Whether this platform supports it, if perhaps in its own way.
    #[must_use]
    pub const fn is_offered(self) -> bool {
        !matches!(self.here(), Unsupported(_))
    }

    /// Refuses an operation that needs it when this platform lacks it.
    ///
    /// # Errors
    /// `unsupported`, with the feature, the platform and the reason.
    pub fn require(self, operation: &'static str) -> Result<()> {
        let Unsupported(why) = self.here() else {
            return Ok(());
        };
        let reason = format!("{} has no '{}': {why}", Platform::THIS.name(), self.name());
        Err(Error::new(Kind::Unsupported, operation, reason))
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
