//! The arguments of `pmap`.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "brackets in the help are names such as [heap]"
)]

use clap::Args;

use super::number::{PROCESS_IDS, number_in};
use super::size::parse_address;
use super::watch::WatchArgs;
use crate::mapping::actions::pmap::{MappingKey, PmapRequest};
use crate::mapping::actions::selection::Selection;
use crate::mapping::error::{Error, Result};
use crate::mapping::types::{AddressRange, ByteLength};

/// List the mappings of a process, and the memory that each uses
///
/// Prints a row for each mapping: its addresses, permissions and size, the memory in the page tables (RSS), its
/// proportional share (PSS), private dirty memory, and memory in swap space, in huge pages and locked. The last row is
/// the total. With --verbose, the flags of each mapping follow (VmFlags).
#[derive(Clone, Debug, Args)]
pub struct PmapArgs {
    /// The process
    #[arg(value_name = "PID", value_parser = number_in::<u32>(PROCESS_IDS))]
    pub pid: u32,
    /// Only mappings whose path or name contains this: --mapping 'lib*.so'
    ///
    /// Mappings without a file have names such as [heap] and [stack]. * matches any text. The total counts only the
    /// selected mappings.
    #[arg(long, value_name = "PATTERN", help_heading = "Rows")]
    pub mapping: Option<String>,
    /// Only the mapping that contains this address: --at 0x7f0000001000
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address, conflicts_with = "mapping", help_heading = "Rows")]
    pub at: Option<u64>,
    /// Sort the rows [default: address; with --top: rss]
    #[arg(long, value_name = "KEY", help_heading = "Rows")]
    pub sort: Option<MappingKey>,
    /// Only the first rows by --sort: --top 20
    ///
    /// The total still counts the other mappings.
    #[arg(long, value_name = "N", value_parser = number_in::<usize>(1..=1_000_000_000), allow_hyphen_values = true, help_heading = "Rows")]
    pub top: Option<usize>,
    /// Whether to look again.
    #[command(flatten)]
    pub watch: WatchArgs,
}

impl PmapArgs {
    /// The request.
    ///
    /// # Errors
    /// `usage` for an address that no mapping can contain.
    pub fn request(&self) -> Result<PmapRequest> {
        let by_default = match self.top {
            Some(_) => MappingKey::Rss,
            None => MappingKey::Address,
        };
        Ok(PmapRequest {
            pid: self.pid,
            selection: self.selection()?,
            sort: self.sort.unwrap_or(by_default),
            top: self.top,
        })
    }

    fn selection(&self) -> Result<Option<Selection>> {
        let Some(address) = self.at else {
            return Ok(self.mapping.as_deref().map(Selection::pattern));
        };
        let byte = AddressRange::new(address, ByteLength(1));
        let byte = byte.ok_or_else(|| Error::usage("no mapping can contain that address"))?;
        Ok(Some(Selection::Range(byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        pmap: PmapArgs,
    }

    fn request(arguments: &[&str]) -> Option<PmapRequest> {
        let all = std::iter::once("x").chain(arguments.iter().copied());
        Typed::try_parse_from(all).ok()?.pmap.request().ok()
    }

    #[test]
    fn rows_are_in_order_of_address_unless_the_first_ones_are_wanted() {
        let all = request(&["7"]).unwrap();
        assert_eq!((all.pid, all.sort, all.top), (7, MappingKey::Address, None));
        let top = request(&["7", "--top", "3"]).unwrap();
        assert_eq!((top.sort, top.top), (MappingKey::Rss, Some(3)));
        let swap = request(&["7", "--top", "3", "--sort", "swap"]).unwrap();
        assert_eq!(swap.sort, MappingKey::Swap);
    }

    #[test]
    fn mappings_are_selected_by_name_or_by_address() {
        let chosen = |arguments: &[&str]| request(arguments).unwrap().selection;
        assert_eq!(chosen(&["7"]), None);
        let heap = Some(Selection::pattern("[heap]"));
        assert_eq!(chosen(&["7", "--mapping", "[heap]"]), heap);
        let byte = AddressRange::between(0x1000, 0x1001).unwrap();
        let at = Some(Selection::Range(byte));
        assert_eq!(chosen(&["7", "--at", "0x1000"]), at);
        for wrong in [
            &[][..],
            &["0"],
            &["x"],
            &["1", "2"],
            &["1", "--at", "1K"],
            &["1", "--at", "0xffffffffffffffff"],
            &["1", "--at", "1", "--mapping", "x"],
            &["1", "--top", "0"],
            &["1", "--count", "1"],
        ] {
            assert!(request(wrong).is_none(), "{wrong:?}");
        }
    }
}
