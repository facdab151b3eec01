//! The arguments of `filesize`.

use clap::Args;

use super::size::parse_length;
use super::source::NamedSourcesArgs;
use crate::mapping::actions::filesize::FilesizeRequest;
use crate::mapping::types::ByteLength;

/// Show, set or reserve the size of files
///
/// Prints the size of each file in bytes, one number per line, followed by the name when there are several.
#[derive(Clone, Debug, Args)]
pub struct FilesizeArgs {
    /// Whose size.
    #[command(flatten)]
    pub sources: NamedSourcesArgs,
    /// Create, extend or cut it to this size: --set 1.5M
    #[arg(short, long, value_name = "SIZE", value_parser = parse_length, allow_hyphen_values = true, help_heading = "Size")]
    pub set: Option<ByteLength>,
    /// Reserve real blocks for all of it, so that writing cannot run out of space
    #[arg(long, help_heading = "Size")]
    pub allocate: bool,
    /// Print apparent size, allocated bytes, holes and pages
    ///
    /// Reserved blocks that were never written count as holes: they read as zeros.
    #[arg(short, long, help_heading = "Size")]
    pub long: bool,
}

impl FilesizeArgs {
    /// The request.
    #[must_use]
    pub fn request(&self) -> FilesizeRequest {
        FilesizeRequest {
            set: self.set,
            allocate: self.allocate,
            long: self.long,
        }
    }
}
