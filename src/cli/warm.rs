//! The arguments of `warm`.

use clap::Args;

use super::expectation::parse_amount;
use super::paths::PathsArgs;
use super::pin::PinArgs;
use super::range::RangeArgs;
use super::size::{SizeError, parse_length};
use crate::mapping::cache::warm::WarmRequest;
use crate::mapping::measure::expectation::Amount;
use crate::mapping::types::ByteLength;

/// Load files and directories into the page cache
///
/// Reads the missing pages of each PATH, waits for completion, and reports how much was loaded. Holes and resident pages
/// are skipped. More than fits in memory is refused. The kernel may evict the pages again; to keep them
/// in memory, use --lock --hold.
#[derive(Clone, Debug, Args)]
pub struct WarmArgs {
    /// The paths.
    #[command(flatten)]
    pub paths: PathsArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// The limits of loading.
    #[command(flatten)]
    pub loading: LoadingArgs,
    /// Keeping the pages in memory.
    #[command(flatten)]
    pub pin: PinArgs,
}

/// The limits of loading.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Loading")]
pub struct LoadingArgs {
    /// Read at most this much per second: --rate 100M
    ///
    /// The rate is that of all threads together.
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = parse_rate,
        allow_hyphen_values = true
    )]
    pub rate: Option<ByteLength>,
    /// Load at most this much: --max-memory 4G, 50%
    ///
    /// A percentage is of the available memory. Never more is loaded than fits in memory. PATHs are loaded in the order
    /// given; the report says how much was not loaded. Reaching the limit is not an error: 0 only measures how much is
    /// missing.
    #[arg(long, value_name = "SIZE", value_parser = parse_amount)]
    pub max_memory: Option<Amount>,
}

/// Parses a rate, which is greater than 0.
fn parse_rate(text: &str) -> Result<ByteLength, String> {
    let rate = parse_length(text).map_err(|error: SizeError| error.to_string())?;
    match rate.is_zero() {
        true => Err("must be greater than 0; omit --rate for no limit".to_owned()),
        false => Ok(rate),
    }
}

impl LoadingArgs {
    /// How to load.
    #[must_use]
    pub const fn request(&self) -> WarmRequest {
        WarmRequest {
            rate: self.rate,
            max_memory: self.max_memory,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_size_above_zero() {
        assert_eq!(parse_rate("1M"), Ok(ByteLength(1 << 20)));
        for wrong in ["", "-1", "x", "1x"] {
            assert!(parse_rate(wrong).is_err(), "{wrong}");
        }
        let zero = Err("must be greater than 0; omit --rate for no limit".to_owned());
        assert_eq!(parse_rate("0"), zero);
        assert_eq!(parse_rate("0x0"), zero);
    }
}
