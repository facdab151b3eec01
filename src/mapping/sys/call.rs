//! Arguments of the calls that take many. Plain data: nothing here makes a call.

use super::open_file::OpenFile;
#[cfg(not(target_os = "linux"))]
use crate::mapping::types::OpenFlag;
use crate::mapping::types::{Access, MapFlags, OpenFlags, PageSize, Placement, Visibility};

/// How to open a path or a tag.
#[allow(dead_code, reason = "not every system looks at all of it")]
pub(in crate::mapping) struct OpenHow {
    /// For reading and writing, not for reading only.
    pub(in crate::mapping) writable: bool,
    /// Create it; fail if it exists.
    pub(in crate::mapping) create: bool,
    /// The flags the user gave; creation and truncation are ignored.
    pub(in crate::mapping) flags: OpenFlags,
    /// The permission bits of a new file or tag.
    pub(in crate::mapping) mode: Option<u32>,
}

#[cfg(not(target_os = "linux"))]
impl OpenHow {
    /// Opens an existing file for reading; a symbolic link is refused unless `follow` is set.
    pub(super) fn to_read(follow: bool) -> Self {
        let nofollow = OpenFlags::EMPTY.with(OpenFlag::Nofollow);
        Self {
            writable: false,
            create: false,
            flags: if follow { OpenFlags::EMPTY } else { nofollow },
            mode: None,
        }
    }
}

/// Arguments of `mmap(2)`.
#[allow(dead_code, reason = "not every system looks at all of it")]
pub(in crate::mapping) struct MapCall<'a> {
    /// What to map; anonymous memory when absent.
    pub(in crate::mapping) file: Option<&'a OpenFile>,
    /// The offset in it, aligned.
    pub(in crate::mapping) offset: u64,
    /// The number of bytes, a multiple of the page size.
    pub(in crate::mapping) length: usize,
    /// The access to them.
    pub(in crate::mapping) access: Access,
    /// Who sees stores.
    pub(in crate::mapping) visibility: Visibility,
    /// Where to map.
    pub(in crate::mapping) placement: Placement,
    /// Further flags.
    pub(in crate::mapping) flags: MapFlags,
    /// The pool of huge pages.
    pub(in crate::mapping) huge_size: Option<PageSize>,
}
