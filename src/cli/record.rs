//! The arguments of `record`.

use clap::Args;

use super::ring::RingArgs;
use super::size::parse_length;
use crate::mapping::types::ByteLength;

/// Keep the last bytes of standard input in a file or shared memory region
///
/// The file is a ring: new bytes replace the oldest ones. `mmapctl replay` shows them in order, also while they are
/// recorded, and after this command was killed. A ring that exists is continued. Only one process can record into it.
#[derive(Clone, Debug, Args)]
pub struct RecordArgs {
    /// The ring.
    #[command(flatten)]
    pub ring: RingArgs,
    /// Number of last bytes to keep: --length 64M
    ///
    /// Written like other sizes: 4096, 64K, 1.5G, 0x1000. The file is 80 KiB to 1.13 MiB larger. A new ring needs this
    /// option. It cannot change the length of a ring that exists.
    #[arg(
        short = 'n',
        long,
        short_alias = 'l',
        value_name = "SIZE",
        value_parser = parse_length,
        allow_hyphen_values = true,
        help_heading = "Ring"
    )]
    pub length: Option<ByteLength>,
    /// Pass everything on to standard output
    ///
    /// Each piece is in the ring before it is passed on. The report is printed only with --verbose or --json, to
    /// standard error.
    #[arg(long, help_heading = "Ring")]
    pub tee: bool,
}
