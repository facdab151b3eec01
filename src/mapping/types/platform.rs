//! The operating systems that the program is built for, and their support of a feature.

use std::fmt;

use Support::{Differs, Yes};

/// An operating system that the program is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux, with any C library.
    Linux,
    /// macOS on Intel and Apple silicon.
    MacOs,
    /// FreeBSD.
    FreeBsd,
    /// Windows 10 and later.
    Windows,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 4] = [Self::Linux, Self::MacOs, Self::FreeBsd, Self::Windows];

    /// Its official name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::MacOs => "macOS",
            Self::FreeBsd => "FreeBSD",
            Self::Windows => "Windows",
        }
    }
}

/// The support of a platform for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It works as documented in the help.
    Yes,
    /// It works, with this difference.
    Differs(&'static str),
    /// It does not work, for this reason.
    Unsupported(&'static str),
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

/// The support of each platform for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerPlatform {
    /// Linux.
    pub linux: Support,
    /// macOS.
    pub macos: Support,
    /// FreeBSD.
    pub freebsd: Support,
    /// Windows.
    pub windows: Support,
}

impl PerPlatform {
    /// It works on every platform as documented in the help.
    pub const YES: Self = Self::all(Yes);

    /// The same support on every platform.
    #[must_use]
    pub const fn all(support: Support) -> Self {
        Self {
            linux: support,
            macos: support,
            freebsd: support,
            windows: support,
        }
    }

    /// It works on Linux as documented in the help; every other platform has this support.
    #[must_use]
    pub const fn linux_or(other: Support) -> Self {
        Self {
            linux: Yes,
            ..Self::all(other)
        }
    }

    /// The same, with another support on macOS and FreeBSD.
    #[must_use]
    pub const fn with_bsd(self, support: Support) -> Self {
        Self {
            macos: support,
            freebsd: support,
            ..self
        }
    }

    /// The support of a platform.
    #[must_use]
    pub const fn on(self, platform: Platform) -> Support {
        match platform {
            Platform::Linux => self.linux,
            Platform::MacOs => self.macos,
            Platform::FreeBsd => self.freebsd,
            Platform::Windows => self.windows,
        }
    }
}

/// How pages are loaded on systems without a call for that.
pub(super) const PAGES_TOUCHED: Support = Differs("each page is accessed");

/// How Windows locks pages.
pub(in crate::mapping) const VIRTUAL_LOCK: Support =
    Differs("VirtualLock; the working set is enlarged to fit");
