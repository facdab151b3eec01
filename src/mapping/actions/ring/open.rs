//! Opening a ring, and creating one.

use std::sync::Arc;

use super::format::{Flaw, Layout, Writer, parse};
use super::memory::{Ring, map_head, read_head, write_head};
use super::writer;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::size::Reserve;
use crate::mapping::source::{Creation, OpenFile, OpenRequest, Source, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, Kind, LengthText, Remedy, SourceKind, SourceOffset, SourceRange,
};

/// A ring opened for writing, and locked.
pub(super) struct Opened {
    pub(super) source: Source,
    pub(super) ring: Ring,
    pub(super) created: bool,
    /// Holds the lock while it is open.
    pub(super) lock: Arc<OpenFile>,
}

/// Opens a ring for reading, and returns its last writer.
pub(super) fn for_reading(spec: &SourceSpec) -> Result<(Source, Ring, Writer)> {
    let source = Source::open(spec, &OpenRequest::READ)?;
    check_kind(&source)?;
    let (ring, writer) = existing(&source, Access::READ)?;
    Ok((source, ring, writer))
}

/// Opens a ring for writing, or creates one that keeps `length` bytes.
pub(super) fn for_writing(spec: &SourceSpec, length: Option<ByteLength>) -> Result<Opened> {
    match open(spec, length) {
        // Another writer has just created it.
        Err(error) if error.kind() == Kind::AlreadyExists => open(spec, length),
        other => other,
    }
}

fn open(spec: &SourceSpec, length: Option<ByteLength>) -> Result<Opened> {
    let request = OpenRequest {
        creation: match length {
            Some(_) => Creation::IfMissing,
            None => Creation::Never,
        },
        ..OpenRequest::WRITE
    };
    let source = Source::open(spec, &request).map_err(|error| match error.kind() {
        Kind::NotFound if spec.has_place() => error.hint(Remedy::RingLength),
        _ => error,
    })?;
    check_kind(&source)?;
    let lock = lock(&source)?;
    let (source, ring, created) = match source.size()? {
        ByteLength::ZERO => {
            let (source, ring) = create(source, length)?;
            (source, ring, true)
        }
        _ => {
            let (source, ring) = resume(source, length)?;
            (source, ring, false)
        }
    };
    Ok(Opened {
        source,
        ring,
        created,
        lock,
    })
}

fn check_kind(source: &Source) -> Result<()> {
    match source.kind() {
        SourceKind::File | SourceKind::Tag => Ok(()),
        SourceKind::BlockDevice | SourceKind::Anonymous => {
            let reason = "a ring is a regular file or a shared memory region";
            Err(Error::new(Kind::Unsupported, "open", reason).on(source.name()))
        }
    }
}

/// Locks the ring for this writer. The lock ends with the process, however it ends.
fn lock(source: &Source) -> Result<Arc<OpenFile>> {
    let handle = source
        .handle()
        .ok_or_else(|| Error::usage("a ring has a name"))?;
    let file = handle.share();
    let locked = sys::try_lock(&file);
    match locked.map_err(|e| Error::os("lock", &e).on(source.name()))? {
        true => Ok(file),
        false => Err(busy(source)),
    }
}

/// The failure because of another writer, or of another process with a lock.
fn busy(source: &Source) -> Error {
    let writer = existing(source, Access::READ).map(|(_, writer)| writer);
    let reason = match writer {
        Ok(writer) if writer::runs(writer) => {
            format!("process {} is recording into it", writer.pid)
        }
        _ => "another process has locked it".to_owned(),
    };
    Error::new(Kind::Busy, "record", reason).on(source.name())
}

/// Makes an empty file a ring. Its blocks are reserved before the first byte is read.
fn create(mut source: Source, length: Option<ByteLength>) -> Result<(Source, Ring)> {
    let Some(length) = length else {
        let error = Error::new(Kind::FileTooShort, "record", "it is empty").on(source.name());
        return Err(error.hint(Remedy::RingLength));
    };
    let layout = Layout::keeping(length).ok_or_else(|| {
        let most = "a ring keeps at least 1 byte, and less than 2 EiB";
        Error::usage(most).on(source.name())
    })?;
    reserve(&mut source, layout)?;
    write_head(&map_head(&source, Access::WRITE)?, layout)?;
    // The kernel shows the name of a file that is mapped after it got its name.
    source.publish()?;
    let ring = Ring::map(&source, map_head(&source, Access::WRITE)?, layout)?;
    source.commit()?;
    Ok((source, ring))
}

fn reserve(source: &mut Source, layout: Layout) -> Result<()> {
    let whole = SourceRange::new(SourceOffset::START, layout.file_size());
    source.provide(whole.unwrap_or_default(), Reserve::Range)?;
    Ok(())
}

/// Continues a ring.
fn resume(mut source: Source, length: Option<ByteLength>) -> Result<(Source, Ring)> {
    let (ring, _) = existing(&source, Access::WRITE)?;
    let kept = ByteLength(ring.layout.length);
    if let Some(asked) = length.filter(|asked| *asked != kept) {
        let reason = format!(
            "the ring keeps {}, not {}",
            LengthText(kept),
            LengthText(asked)
        );
        let error = Error::new(Kind::Mismatch, "record", reason).on(source.name());
        return Err(error.hint(Remedy::RingAsItIs));
    }
    // Someone may have punched holes.
    reserve(&mut source, ring.layout)?;
    source.commit()?;
    Ok((source, ring))
}

/// Maps a ring that exists.
fn existing(source: &Source, access: Access) -> Result<(Ring, Writer)> {
    map_existing(source, access).map_err(|error| error.on(source.name()))
}

fn map_existing(source: &Source, access: Access) -> Result<(Ring, Writer)> {
    let refuse = |kind, reason: String| Error::new(kind, "read the ring", reason);
    let size = source.size()?;
    if size.is_zero() {
        return Err(refuse(Kind::FileTooShort, "it is empty".to_owned()));
    }
    let head = map_head(source, access)?;
    let (layout, writer) = parse(&read_head(&head)?).map_err(|flaw| match flaw {
        Flaw::NoRing => refuse(Kind::Mismatch, "it is not a ring".to_owned()),
        Flaw::Damaged => refuse(Kind::Mismatch, "its head is damaged".to_owned()),
        Flaw::Version(version) => {
            let reason = format!("version {version} of the format is not supported");
            refuse(Kind::Unsupported, reason)
        }
    })?;
    let expected = layout.file_size();
    let lengths = || {
        format!(
            "the ring has {}, but the file has {}",
            LengthText(expected),
            LengthText(size)
        )
    };
    match size.cmp(&expected) {
        std::cmp::Ordering::Less => Err(refuse(Kind::FileTooShort, lengths())),
        std::cmp::Ordering::Greater => Err(refuse(Kind::Mismatch, lengths())),
        std::cmp::Ordering::Equal => Ok((Ring::map(source, head, layout)?, writer)),
    }
}
