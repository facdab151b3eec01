//! The expected residency of a mapping, and the comparison with the measured one.

use std::fmt;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::Residency;
use crate::mapping::region::observation::WHOLE_SHARE;
use crate::mapping::types::{ByteLength, Kind, LengthText};

/// A comparison of two quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Equal.
    Equal,
    /// More or equal.
    AtLeast,
    /// More.
    More,
}

impl Comparison {
    /// All comparisons with their signs. A sign that begins with another sign comes before it.
    pub const SIGNS: [(&'static str, Self); 5] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("==", Self::Equal),
        ("<", Self::Less),
        (">", Self::More),
    ];

    fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::AtLeast => ordering.is_ge(),
            Self::More => ordering.is_gt(),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = Self::SIGNS
            .iter()
            .find(|(_, comparison)| comparison == self);
        f.write_str(own.map_or("", |(sign, _)| sign))
    }
}

/// The expected amount of resident memory of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// How the measured amount compares with the expected one.
    pub comparison: Comparison,
    /// The expected amount.
    pub amount: Amount,
}

/// ">=90%", "<1 MiB (1048576 bytes)".
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.comparison, self.amount)
    }
}

impl Expectation {
    /// Whether the measured residency is as expected; `None` when it is unknown.
    #[must_use]
    pub fn is_met(&self, seen: &Residency) -> Option<bool> {
        // An empty range meets every expected share.
        if seen.counts.pages == 0 && matches!(self.amount, Amount::Share(_)) {
            return Some(true);
        }
        let resident = u128::from(seen.counts.resident?);
        let (left, right) = match self.amount {
            Amount::Share(share) => (
                resident.saturating_mul(u128::from(WHOLE_SHARE)),
                u128::from(seen.counts.pages).saturating_mul(u128::from(share)),
            ),
            Amount::Bytes(bytes) => (
                resident.saturating_mul(u128::from(seen.page_size)),
                u128::from(bytes.0),
            ),
        };
        Some(self.comparison.holds(left.cmp(&right)))
    }

    /// Compares the measured residency with the expected one.
    ///
    /// # Errors
    /// `mismatch` when it differs or is unknown.
    pub fn check(&self, seen: &Residency) -> Result<()> {
        if self.is_met(seen) == Some(true) {
            return Ok(());
        }
        let found = match (seen.counts.resident, self.amount) {
            (Some(resident), Amount::Share(_)) => {
                format!("{resident} of {} pages are resident", seen.counts.pages)
            }
            (Some(resident), Amount::Bytes(_)) => {
                let bytes = ByteLength(resident.saturating_mul(seen.page_size));
                format!("{} are resident", LengthText(bytes))
            }
            (None, _) => match seen.unknown_reason {
                Some(reason) => format!("residency is unknown ({})", reason.text()),
                None => "residency is unknown".to_owned(),
            },
        };
        let reason = format!("{found}; expected {self}");
        Err(Error::new(Kind::Mismatch, "", reason))
    }
}

/// An amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Thousandths of a percent of the pages, so that the comparison is exact.
    Share(u32),
    /// Bytes.
    Bytes(ByteLength),
}

/// "90%", "0.5%", "1 MiB (1048576 bytes)".
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => LengthText(*bytes).fmt(f),
            Self::Share(share) => {
                let (whole, rest) = (share.div_euclid(1000), share.rem_euclid(1000));
                let fraction = format!(".{rest:03}");
                write!(f, "{whole}{}%", fraction.trim_end_matches(['0', '.']))
            }
        }
    }
}
