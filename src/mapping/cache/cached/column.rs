//! The columns of the table of rows.

use crate::mapping::types::Named;
use crate::mapping::types::named::named;

named! {
    /// A property of a row.
    pub enum CachedColumn {
        /// Bytes in the page cache
        Cached = "cached",
        /// With --watch: change since the last look
        Change = "change",
        /// Cached share of the pages
        Percent = "percent",
        /// Size of the files
        Size = "size",
        /// Bytes that are not yet written back
        Dirty = "dirty",
        /// Bytes that are being written back
        Writeback = "writeback",
        /// Number of pages, cached or not
        Pages = "pages",
        /// Recently evicted bytes that the kernel still tracks
        Evicted = "evicted",
        /// Number of files
        Files = "files",
        /// Which parts of a file are cached
        Picture = "picture",
        /// Name
        Name = "name",
    }
}

impl CachedColumn {
    /// The columns of the table unless others are given; without the change where there is only one look.
    pub const USUAL: [Self; 7] = [
        Self::Cached,
        Self::Change,
        Self::Percent,
        Self::Size,
        Self::Dirty,
        Self::Files,
        Self::Name,
    ];
}
