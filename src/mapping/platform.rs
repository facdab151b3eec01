//! The table of features by platform. The program consults it, and help and README are generated from it.
//!
//! It covers all platforms, so the documents can be generated and checked on any of them. An `unsupported` feature is
//! refused with the reason in the table before any system call. The rows of flags and advice are declared in `types`.

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

/// The evidence for a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Its tests run on the platform.
    Run,
    /// Its tests run on an emulation of the platform (Wine).
    Emulated,
    /// It compiles, and was written to the documentation of the platform.
    Compiled,
}

/// Declares the features in the order of the help, one entry each: its name; the variant; the command that it belongs
/// to, or `None` for a feature of several commands; the support of each platform. The lists of flags and advice come
/// last: their values declare their own support.
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
        /// A feature that a platform may support.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Feature {
            $(#[doc = $name] $Feature,)+
            $(#[doc = $list_name] $List($Value),)+
        }

        impl Feature {
            /// All features, in the order of the help.
            pub fn all() -> impl Iterator<Item = Self> {
                let plain = [$(Self::$Feature,)+].into_iter();
                plain$(.chain(<$Value>::ALL.iter().copied().map(Self::$List)))+
            }

            /// Its name: the text to type, or a description.
            #[must_use]
            pub fn name(self) -> String {
                match self {
                    $(Self::$Feature => $name.trim_ascii().to_owned(),)+
                    $(Self::$List(value) => format!("{} {}", $list_name.trim_ascii(), value.name()),)+
                }
            }

            /// The command that it belongs to; `None` for a feature of several commands.
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
            "on Apple silicon, write and execute access cannot be combined; execution is not probed, because running \
             unsigned code kills the process",
        ),
        windows: Differs("needs execute permission on the file"),
        ..PerPlatform::YES
    },
    /// --access wo, wox
    WriteOnly of None => PerPlatform {
        linux: Differs("most processors allow reading too"),
        windows: Differs("allows reading too"),
        ..PerPlatform::YES.with_bsd(Differs("most processors allow reading too"))
    },
    /// --shared-validate
    SharedValidate of None => PerPlatform::linux_or(
        Unsupported("unknown flags are not detected"),
    ),
    /// map --remap
    Remap of Some("map") => PerPlatform {
        windows: Unsupported("a view cannot be resized"),
        ..PerPlatform::YES.with_bsd(Unsupported("a mapping cannot be resized"))
    },
    /// map --protect …+sem
    ProtectExtras of Some("map") => PerPlatform {
        windows: Unsupported("VirtualProtect changes only the access"),
        ..PerPlatform::YES.with_bsd(Unsupported("mprotect(2) changes only the access"))
    },
    /// map --then STEP@RANGE
    PartOfMapping of Some("map") => PerPlatform {
        windows: Unsupported("a view cannot be divided"),
        ..PerPlatform::YES
    },
    /// map --then seal
    Seal of Some("map") => PerPlatform::linux_or(
        Unsupported("a mapping cannot be sealed"),
    ),
    /// map --then name=TEXT
    NameMemory of Some("map") => PerPlatform::linux_or(
        Unsupported("memory has no name"),
    ),
    /// map --lock
    Lock of Some("map") => PerPlatform {
        windows: VIRTUAL_LOCK,
        ..PerPlatform::YES.with_bsd(Differs("every page is locked immediately"))
    },
    /// --hold, -- CMD
    Hold of None => PerPlatform {
        windows: Differs("MMAPCTL_PATH is a section name for tags and anonymous memory"),
        ..PerPlatform::YES.with_bsd(
            Differs("MMAPCTL_PATH is the shm_open(3) name of a tag; anonymous memory has none"),
        )
    },
    /// residency of files
    FileResidency of None => PerPlatform {
        macos: Differs("by mincore(2): resident pages only"),
        freebsd: Differs("by mincore(2), if the sysctl vm.mincore_mapped is 0: resident pages only"),
        windows: Differs("only pages in this process's working set"),
        ..PerPlatform::YES
    },
    /// VmFlags, huge and locked bytes
    MemoryAccount of Some("map") => PerPlatform {
        windows: Unsupported("the system does not report individual views"),
        ..PerPlatform::YES.with_bsd(Unsupported("the kernel does not report individual mappings"))
    },
    /// dump
    Dump of Some("dump") => PerPlatform::YES,
    /// dump --pid
    DumpProcess of Some("dump") => PerPlatform::linux_or(
        Unsupported("the memory of other processes is not read"),
    ),
    /// fill
    Fill of Some("fill") => PerPlatform::YES,
    /// sync
    Sync of Some("sync") => PerPlatform {
        macos: Differs(
            "F_FULLFSYNC follows, or fsync(2) if the file system lacks it: msync(2) reaches only the drive's cache",
        ),
        freebsd: Differs("fdatasync(2) follows: msync(2) reaches only the drive's cache"),
        windows: Differs("FlushViewOfFile, then FlushFileBuffers"),
        ..PerPlatform::YES
    },
    /// sync --invalidate
    Invalidate of Some("sync") => PerPlatform {
        linux: Differs("has no measurable effect"),
        freebsd: Differs("not together with asynchronous flushing"),
        windows: Unsupported("views never differ from their file"),
        ..PerPlatform::YES
    },
    /// advise
    Advise of Some("advise") => PerPlatform {
        windows: Differs("by the nearest equivalent calls"),
        ..PerPlatform::YES
    },
    /// cached
    Cached of Some("cached") => PerPlatform {
        macos: Differs("resident pages only, by mincore(2)"),
        freebsd: Differs("resident pages only, by mincore(2)"),
        windows: Unsupported("programs cannot see the pages of the system's cache"),
        ..PerPlatform::YES
    },
    /// warm
    Warm of Some("warm") => PerPlatform {
        windows: Differs("each page is accessed; the contents of the cache are not reported"),
        ..PerPlatform::YES
    },
    /// warm --max-memory N%
    ShareOfMemory of Some("warm") => PerPlatform::linux_or(
        Unsupported("the available memory is not reported"),
    ),
    /// warm --lock
    Pin of Some("warm") => PerPlatform {
        windows: VIRTUAL_LOCK,
        ..PerPlatform::YES.with_bsd(Differs("holes are found only where lseek(2) reports them"))
    },
    /// warm --follow-changes
    FollowChanges of Some("warm") => PerPlatform::linux_or(
        Unsupported("only inotify(7) is used to learn of changes"),
    ),
    /// evict
    Evict of Some("evict") => PerPlatform {
        macos: Differs("msync(2) with MS_INVALIDATE"),
        windows: Unsupported("programs cannot evict pages from the system's cache"),
        ..PerPlatform::YES
    },
    /// snapshot
    Snapshot of Some("snapshot") => PerPlatform::linux_or(
        Unsupported("what it writes down could not be restored"),
    ),
    /// restore
    Restore of Some("restore") => PerPlatform::linux_or(
        Unsupported("no call opens files only below a directory"),
    ),
    /// why
    Why of Some("why") => PerPlatform::linux_or(
        Unsupported("the system does not report the pages of a file"),
    ),
    /// verify
    Verify of Some("verify") => PerPlatform::linux_or(
        Unsupported("the system does not report which pages of a file are in memory and clean"),
    ),
    /// advise --pid
    AdviseProcess of Some("advise") => PerPlatform::linux_or(
        Unsupported("the system has no such call"),
    ),
    /// mirror
    Mirror of Some("mirror") => PerPlatform {
        windows: Differs(
            "windows in multiples of 64 KiB; uses placeholders if available",
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
        windows: Differs("does not fill holes in a sparse file"),
        ..PerPlatform::YES
    },
    /// tags
    Tags of Some("tags") => PerPlatform {
        windows: Unsupported("sections cannot be listed"),
        ..PerPlatform::YES.with_bsd(Unsupported("shared memory cannot be listed"))
    },
    /// tags --users
    Users of Some("tags") => PerPlatform::linux_or(
        Unsupported("memory maps do not identify the mapped file"),
    ),
    /// pmap
    Pmap of Some("pmap") => PerPlatform::linux_or(
        Unsupported("the system does not report the memory of individual mappings"),
    ),
    /// record
    Record of Some("record") => PerPlatform {
        windows: Unsupported("no call reads a pipe straight into a mirrored mapping"),
        ..PerPlatform::YES.with_bsd(Differs("the start of the writer is not known"))
    },
    /// replay
    Replay of Some("replay") => PerPlatform {
        windows: Unsupported("no ring can be recorded"),
        ..PerPlatform::YES.with_bsd(Differs("whether the writer runs is not known"))
    },
    /// unlink
    Unlink of Some("unlink") => PerPlatform {
        windows: Unsupported("a section is removed with its last handle"),
        ..PerPlatform::YES
    },
    /// --fd
    Descriptor of None => PerPlatform {
        windows: Differs("the value of an inherited handle; 0, 1 and 2 are the standard handles"),
        ..PerPlatform::YES
    },
    /// --tag
    Tag of None => PerPlatform {
        macos: Differs("names of at most 30 bytes; sizes in whole pages"),
        windows: Differs("a section Local\\NAME, removed with its last handle"),
        ..PerPlatform::YES
    },
    /// --tag with a larger size
    GrowTag of None => PerPlatform {
        macos: Unsupported("the size of shared memory can be set only once"),
        windows: Unsupported("the size of a section is fixed at creation"),
        ..PerPlatform::YES
    },
    /// --tag with --access c
    CopyTag of None => PerPlatform {
        macos: Unsupported("shared memory cannot be mapped private"),
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
    /// The evidence for the support of a platform.
    #[must_use]
    pub const fn evidence(self, platform: Platform) -> Evidence {
        match platform {
            Platform::Linux => Evidence::Run,
            Platform::MacOs | Platform::FreeBsd => Evidence::Compiled,
            Platform::Windows => match self {
                // Wine 8 lacks these, or ignores them.
                Self::Flag(MapFlag::Hugetlb) | Self::Advice(Advice::Free) | Self::Allocate
                // No test runs it there.
                | Self::Pin | Self::WriteOnly => Evidence::Compiled,
                _ => Evidence::Emulated,
            },
        }
    }

    /// The support of this platform.
    #[must_use]
    pub const fn here(self) -> Support {
        self.on(Platform::THIS)
    }

    /// Whether this platform supports it, possibly with differences.
    #[must_use]
    pub const fn is_offered(self) -> bool {
        !matches!(self.here(), Unsupported(_))
    }

    /// Refuses an operation that needs it if this platform lacks it.
    ///
    /// # Errors
    /// `unsupported`, with the feature, the platform and the reason.
    pub fn require(self, operation: &'static str) -> Result<()> {
        let Unsupported(why) = self.here() else {
            return Ok(());
        };
        let reason = format!(
            "{} does not support '{}': {why}",
            Platform::THIS.name(),
            self.name()
        );
        Err(Error::new(Kind::Unsupported, operation, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_unique_name_and_a_reason_without_final_full_stop() {
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
    fn an_unsupported_feature_is_refused_with_its_reason() {
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
