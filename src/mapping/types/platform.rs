//! The operating systems that the program is built for, and how well one does something.

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

    /// Its name, as its makers write it.
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

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::Differs(how) => write!(f, "differs ({how})"),
            Self::Unsupported(why) => write!(f, "unsupported ({why})"),
        }
    }
}

/// How well each platform does one thing.
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
    /// Every platform does it as the help says.
    pub const YES: Self = Self::all(Yes);

    /// What every platform does.
    #[must_use]
    pub const fn all(support: Support) -> Self {
        Self {
            linux: support,
            macos: support,
            freebsd: support,
            windows: support,
        }
    }

    /// Linux does it as the help says, and every other platform does that.
    #[must_use]
    pub const fn linux_or(other: Support) -> Self {
        Self {
            linux: Yes,
            ..Self::all(other)
        }
    }

    /// The same, but for macOS and FreeBSD, which do this alike.
    #[must_use]
    pub const fn with_bsd(self, support: Support) -> Self {
        Self {
            macos: support,
            freebsd: support,
            ..self
        }
    }

    /// What a platform does.
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

/// How pages come in where the system has no call that brings them in.
pub(super) const PAGES_TOUCHED: Support = Differs("each page is touched");

/// How Windows locks pages.
pub(in crate::mapping) const VIRTUAL_LOCK: Support =
    Differs("VirtualLock; the working set is enlarged to hold it");
