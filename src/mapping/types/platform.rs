//! The operating systems that the program is built for.

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
