//! The options of a command that reads the memory of another process.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "brackets in the help are names such as [heap]"
)]

use clap::Args;

use super::number::{PROCESS_IDS, number_in};
use super::range::RangeArgs;
use crate::mapping::actions::dump::{MemoryPart, MemoryRequest};
use crate::mapping::actions::selection::Selection;
use crate::mapping::error::{Error, Result};
use crate::mapping::types::OffsetRequest;

/// The memory of another process.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Another process")]
pub struct MemoryArgs {
    /// The memory of this process: --pid 1234 --mapping '[heap]'
    ///
    /// --range, --offset or --mapping selects the memory. Offsets are addresses: --range
    /// 0x7f0000000000..0x7f0000010000, or 7f0000000000-7f0000010000 as in /proc/PID/maps. Without --length, an offset
    /// reaches to the end of its mapping. 'mmapctl pmap' lists the mappings.
    #[arg(
        long,
        group = "source",
        value_name = "PID",
        value_parser = number_in::<u32>(PROCESS_IDS)
    )]
    pub pid: Option<u32>,
    /// With --pid: the mapping whose path or name contains this: --mapping '[stack]'
    ///
    /// * matches any text. Several mappings must be next to each other, as those of a library are.
    #[arg(
        long,
        value_name = "PATTERN",
        hide_short_help = true,
        requires = "pid",
        conflicts_with_all = ["offset", "length", "range"]
    )]
    pub mapping: Option<String>,
    /// With --pid: fail if memory cannot be read
    ///
    /// Without --strict, memory that cannot be read is shown as zeros, and its addresses are reported. With --strict, the
    /// dump ends there with exit status 9.
    #[arg(long, hide_short_help = true, requires = "pid")]
    pub strict: bool,
}

impl MemoryArgs {
    /// The requested memory; `None` without a process.
    ///
    /// # Errors
    /// `usage` without a range, for addresses that no process can have, and for addresses in place of offsets without a
    /// process.
    pub fn request(&self, range: &RangeArgs) -> Result<Option<MemoryRequest>> {
        let Some(pid) = self.pid else {
            // Clap does not require an option that another source excludes.
            let others = [
                (self.mapping.is_some(), "--mapping"),
                (self.strict, "--strict"),
            ];
            if let Some((_, option)) = others.iter().find(|(given, _)| *given) {
                return Err(Error::usage(format!("{option} needs --pid")));
            }
            range.check_offsets()?;
            return Ok(None);
        };
        let strict = self.strict;
        let part = self.part(range)?;
        Ok(Some(MemoryRequest { pid, part, strict }))
    }

    fn part(&self, range: &RangeArgs) -> Result<MemoryPart> {
        if let Some(pattern) = &self.mapping {
            return Ok(MemoryPart::Named(Selection::pattern(pattern)));
        }
        if range.is_absent() {
            let complaint = Error::usage("--pid needs --range, --offset or --mapping");
            return Err(complaint.hint("'mmapctl pmap PID' lists the mappings of a process"));
        }
        let addresses = range.addresses()?;
        Ok(match (range.length, range.offset) {
            (Some(_), Some(OffsetRequest::FromStart(_))) => MemoryPart::Range(addresses),
            (Some(_), _) => return Err(Error::usage("with --pid, --length needs --offset")),
            (None, _) => MemoryPart::From(addresses.start()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::range::or_addresses;
    use crate::mapping::types::AddressRange;
    use clap::Parser;

    #[derive(Debug, Parser)]
    #[command(mut_arg("range", or_addresses))]
    struct Typed {
        #[command(flatten)]
        memory: MemoryArgs,
        #[command(flatten)]
        range: RangeArgs,
    }

    fn request(arguments: &[&str]) -> std::result::Result<Option<MemoryRequest>, String> {
        let all = std::iter::once("x").chain(arguments.iter().copied());
        let typed = Typed::try_parse_from(all).map_err(|error| error.to_string())?;
        let request = typed.memory.request(&typed.range);
        request.map_err(|error| error.to_string())
    }

    #[test]
    fn memory_is_selected_by_addresses_or_by_name() {
        let part = |typed: &[&str]| {
            let all = [&["--pid", "7"], typed].concat();
            request(&all).unwrap().unwrap().part
        };
        let range = MemoryPart::Range(AddressRange::between(0x1000, 0x3000).unwrap());
        assert_eq!(part(&["--range", "1000-3000"]), range);
        assert_eq!(part(&["--range", "0x1000..0x3000"]), range);
        assert_eq!(part(&["-o", "0x1000", "-n", "8K"]), range);
        assert_eq!(part(&["-o", "0x1000"]), MemoryPart::From(0x1000));
        assert_eq!(part(&["--range", "0x1000.."]), MemoryPart::From(0x1000));
        let heap = MemoryPart::Named(Selection::pattern("[heap]"));
        assert_eq!(part(&["--mapping", "[heap]"]), heap);
        assert!(
            request(&["--pid", "7", "-o", "1", "--strict"])
                .unwrap()
                .unwrap()
                .strict
        );
        assert_eq!(request(&["-o", "1"]), Ok(None));
        for wrong in [
            &["--pid", "7"][..],
            &["--pid", "0", "-o", "1"],
            &["--pid", "7", "-n", "1"],
            &["--pid", "7", "-o", "-1"],
            &["--pid", "7", "-o", "1", "-n", "0"],
            &["--pid", "7", "--mapping", "x", "-o", "1"],
            &["--mapping", "x"],
            &["--strict"],
            &["--range", "1000-3000"],
        ] {
            assert!(request(wrong).is_err(), "{wrong:?}");
        }
    }
}
