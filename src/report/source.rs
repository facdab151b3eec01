//! The text of the detail line on a source: its kind, file system and size, and how its pages were counted.

use super::view::View;
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::source::description::Description;
use crate::mapping::types::{ByteLength, SourceKind};

/// "file on ext4, device 2049, inode 12, size 1 MiB, 64 KiB allocated; pages counted with cachestat(2)".
#[must_use]
pub fn description(view: &View, source: &Description, counted: Option<&Residency>) -> String {
    let mut text = kind(source.kind).to_owned();
    if let Some(name) = &source.file_system {
        text.push_str(&format!(" on {}", super::name::printable(name)));
    }
    for (label, number) in [("device", source.device), ("inode", source.inode)] {
        if let Some(number) = number {
            text.push_str(&format!(", {label} {number}"));
        }
    }
    let mut size = |bytes: Option<ByteLength>, before: &str, after: &str| {
        if let Some(bytes) = bytes {
            text.push_str(&format!(", {before}{}{after}", view.size(bytes)));
        }
    };
    size(source.size, "size ", "");
    size(source.allocated, "", " allocated");
    if let Some(counted) = counted {
        let how = match counted.method {
            Method::Cachestat => "with cachestat(2)",
            Method::Mincore => "with mincore(2)",
            Method::PageTables => "in the page tables of this process",
            Method::Unknown => return text + "; pages not counted",
        };
        text.push_str(&format!("; pages of {} counted {how}", {
            view.size(ByteLength(counted.page_size))
        }));
    }
    text
}

fn kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::File => "file",
        SourceKind::BlockDevice => "block device",
        SourceKind::Tag => "shared memory region",
        SourceKind::Anonymous => "anonymous memory",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_facts_are_left_out() {
        let mut source = Description {
            kind: SourceKind::Anonymous,
            file_system: None,
            device: None,
            inode: None,
            size: None,
            allocated: None,
        };
        let text = |source: &Description| description(&View::plain(), source, None);
        assert_eq!(text(&source), "anonymous memory");
        source.kind = SourceKind::File;
        source.file_system = Some("ext4".to_owned());
        (source.device, source.inode) = (Some(5), Some(7));
        source.size = Some(ByteLength(4096));
        source.allocated = Some(ByteLength(0));
        assert_eq!(
            text(&source),
            "file on ext4, device 5, inode 7, size 4 KiB, 0 B allocated"
        );
    }
}
