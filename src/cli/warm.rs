//! The arguments of `warm`.

use clap::Args;

use super::range::RangeArgs;
use super::size::{SizeError, parse_length};
use super::source::NamedSourcesArgs;
use crate::mapping::cache::warm::WarmRequest;
use crate::mapping::types::ByteLength;

/// Load files into the page cache
///
/// Reads the pages that are missing, waits for completion, and reports what came into memory. Holes and resident
/// pages are skipped. Nothing stays mapped: 'mmapctl map --lock --hold' keeps a file in memory.
#[derive(Clone, Debug, Args)]
pub struct WarmArgs {
    /// What to load.
    #[command(flatten)]
    pub sources: NamedSourcesArgs,
    /// Which bytes of it.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Read at most this much per second: --rate 100M
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = parse_rate,
        allow_hyphen_values = true,
        help_heading = "Loading"
    )]
    pub rate: Option<ByteLength>,
}

/// Parses a rate, which is more than 0.
fn parse_rate(text: &str) -> Result<ByteLength, String> {
    let rate = parse_length(text).map_err(|error: SizeError| error.to_string())?;
    match rate.is_zero() {
        true => Err("a rate of 0 never ends; omit --rate for no limit".to_owned()),
        false => Ok(rate),
    }
}

impl WarmArgs {
    /// How to warm.
    #[must_use]
    pub const fn request(&self) -> WarmRequest {
        WarmRequest { rate: self.rate }
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
        let zero = Err("a rate of 0 never ends; omit --rate for no limit".to_owned());
        assert_eq!(parse_rate("0"), zero);
        assert_eq!(parse_rate("0x0"), zero);
    }
}
