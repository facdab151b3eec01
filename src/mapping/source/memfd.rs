//! Anonymous memory that other processes can open: a file without a name (`memfd_create(2)`).
//!
//! Its source is called anonymous memory and behaves like it, but has a handle. While this process exists, others can
//! open it by the path of its descriptor in `/proc`.

use super::opened::Source;
use super::size::check_file_limit;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, PageSize};

/// The operation in messages.
const CREATE: &str = "create shared memory";

/// Anonymous memory of this length, widened to whole pages, from a pool of huge pages if `huge` is given. Memory is
/// allocated on access only.
///
/// # Errors
/// `limit` when RLIMIT_FSIZE is exceeded or no descriptor is left; `out_of_memory` when the size is not possible;
/// `unsupported` when the system has no memfd, or no huge pages of this size.
pub fn create(length: ByteLength, huge: Option<PageSize>) -> Result<Source> {
    let name = super::spec::SourceSpec::Anonymous.name();
    create_unnamed(length, huge).map_err(|error| error.on(&name))
}

fn create_unnamed(length: ByteLength, huge: Option<PageSize>) -> Result<Source> {
    let file = sys::memory_file(huge).map_err(|e| {
        let error = Error::os(CREATE, &e);
        match error.kind() {
            // Only the page size of the pool varies.
            Kind::Failed | Kind::NotFound if huge.is_some() => {
                Error::os_as(Kind::Unsupported, CREATE, &e)
                    .because("the system has no huge pages of that size")
            }
            _ => error,
        }
    })?;
    let page = huge.unwrap_or_else(sys::page_size);
    let too_large = || Error::new(Kind::OutOfMemory, CREATE, "larger than any address space");
    let size = page.align_up(length.0).ok_or_else(too_large)?;
    check_file_limit(ByteLength(size), CREATE)?;
    sys::set_len(&file, ByteLength(size)).map_err(|_| too_large())?;
    Ok(Source::of_memory(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::region::{MapRequest, Region};
    use crate::mapping::types::{Access, OffsetRequest, RangeRequest, SourceKind, SourceOffset};

    fn length(bytes: u64) -> RangeRequest {
        RangeRequest {
            offset: OffsetRequest::default(),
            length: Some(ByteLength(bytes)),
        }
    }

    #[test]
    fn it_is_anonymous_memory_with_a_path_that_shows_the_same_bytes() {
        let source = create(ByteLength(5000), None).unwrap();
        assert_eq!(source.kind(), SourceKind::Anonymous);
        let range = source.resolve(&length(5000), true).unwrap();
        let region = Region::map(&source, &MapRequest::plain(range, Access::WRITE)).unwrap();
        region.write(SourceOffset(4999), b"x").unwrap();
        let bytes = std::fs::read(source.path_for_others().unwrap()).unwrap();
        assert_eq!(bytes.len() as u64, sys::page_size().align_up(5000).unwrap());
        assert_eq!(bytes[4998..=4999], *b"\0x");
    }

    #[test]
    fn it_uses_no_memory_before_it_is_accessed() {
        let source = create(ByteLength(1 << 40), None).unwrap();
        let allocated = source.handle().unwrap().facts().unwrap().allocated;
        assert_eq!(allocated.0, 0);
    }

    #[test]
    fn it_needs_a_length_and_has_no_offsets() {
        let source = create(ByteLength(1), None).unwrap();
        let none = RangeRequest::default();
        assert_eq!(source.resolve(&none, true).unwrap_err().kind(), Kind::Usage);
        let shifted = RangeRequest {
            offset: OffsetRequest::FromStart(SourceOffset(4096)),
            ..length(1)
        };
        assert_eq!(
            source.resolve(&shifted, true).unwrap_err().kind(),
            Kind::Usage
        );
    }

    #[test]
    fn an_impossible_size_is_out_of_memory_and_a_missing_pool_is_unsupported() {
        let error = create(ByteLength(u64::MAX - 5000), None).unwrap_err();
        assert_eq!(error.kind(), Kind::OutOfMemory);
        let odd = PageSize::new(1 << 13);
        assert_eq!(
            create(ByteLength(1), odd).unwrap_err().kind(),
            Kind::Unsupported
        );
    }
}
