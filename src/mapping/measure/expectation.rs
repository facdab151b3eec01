//! The expected amount of resident memory, and the comparison with the measured one.

use std::fmt;

use super::residency::Residency;
use crate::mapping::error::{Error, Result};
use crate::mapping::types::{ByteLength, Kind, LengthText, UnknownReason};

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

/// The expected amount of resident memory.
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
    /// Whether `resident` bytes of `whole` pages, in bytes, are as expected; `None` when their number is unknown.
    #[must_use]
    pub fn is_met(&self, resident: Option<ByteLength>, whole: ByteLength) -> Option<bool> {
        // An empty range meets every expected share.
        if whole.is_zero() && matches!(self.amount, Amount::Share(_)) {
            return Some(true);
        }
        let resident = u128::from(resident?.0);
        let (left, right) = match self.amount {
            Amount::Share(share) => (
                resident.saturating_mul(u128::from(WHOLE_SHARE)),
                u128::from(whole.0).saturating_mul(u128::from(share)),
            ),
            Amount::Bytes(bytes) => (resident, u128::from(bytes.0)),
        };
        Some(self.comparison.holds(left.cmp(&right)))
    }

    /// Checks it where no file was found: nothing of anything is resident.
    ///
    /// # Errors
    /// `mismatch` when that does not meet it.
    pub fn check_no_file(&self) -> Result<()> {
        if self.is_met(Some(ByteLength::ZERO), ByteLength(1)) == Some(true) {
            return Ok(());
        }
        let reason = format!("no file was found; expected {self}");
        Err(Error::new(Kind::Mismatch, "", reason))
    }

    /// Whether the measured residency is as expected; `None` when it is unknown.
    #[must_use]
    pub fn is_met_by(&self, seen: &Residency) -> Option<bool> {
        let resident = seen.counts.resident.map(|pages| seen.bytes(pages));
        self.is_met(resident, seen.bytes(seen.counts.pages))
    }

    /// Compares the resident amount of files with the expected one. `whole` is the length of their pages.
    ///
    /// # Errors
    /// `mismatch` when it differs or is unknown.
    pub fn check_amount(
        &self,
        resident: Option<ByteLength>,
        whole: ByteLength,
        unknown: Option<UnknownReason>,
    ) -> Result<()> {
        if self.is_met(resident, whole) == Some(true) {
            return Ok(());
        }
        let found = match resident {
            Some(resident) => format!(
                "{} of {} are resident",
                LengthText(resident),
                LengthText(whole)
            ),
            None => is_unknown(unknown),
        };
        let reason = format!("{found}; expected {self}");
        Err(Error::new(Kind::Mismatch, "", reason))
    }

    /// Compares the measured residency with the expected one.
    ///
    /// # Errors
    /// `mismatch` when it differs or is unknown.
    pub fn check(&self, seen: &Residency) -> Result<()> {
        if self.is_met_by(seen) == Some(true) {
            return Ok(());
        }
        let found = match (seen.counts.resident, self.amount) {
            (Some(resident), Amount::Share(_)) => {
                format!("{resident} of {} pages are resident", seen.counts.pages)
            }
            (Some(resident), Amount::Bytes(_)) => {
                let bytes = seen.bytes(resident);
                format!("{} are resident", LengthText(bytes))
            }
            (None, _) => is_unknown(seen.unknown_reason),
        };
        let reason = format!("{found}; expected {self}");
        Err(Error::new(Kind::Mismatch, "", reason))
    }
}

fn is_unknown(reason: Option<UnknownReason>) -> String {
    match reason {
        Some(reason) => format!("residency is unknown ({})", reason.text()),
        None => "residency is unknown".to_owned(),
    }
}

/// All pages, as a share in thousandths of a percent.
pub const WHOLE_SHARE: u32 = 100_000;

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

#[cfg(test)]
mod tests {
    use super::super::residency::Method;
    use super::*;
    use crate::mapping::types::Counts;

    #[test]
    fn an_expectation_is_printed_as_it_was_typed() {
        let show = |comparison, amount| Expectation { comparison, amount }.to_string();
        assert_eq!(show(Comparison::AtLeast, Amount::Share(90_000)), ">=90%");
        assert_eq!(show(Comparison::Less, Amount::Share(125)), "<0.125%");
        assert_eq!(
            show(Comparison::Equal, Amount::Share(WHOLE_SHARE)),
            "==100%"
        );
        assert_eq!(show(Comparison::AtMost, Amount::Share(50_500)), "<=50.5%");
        let bytes = Amount::Bytes(ByteLength(1 << 20));
        assert_eq!(show(Comparison::More, bytes), ">1 MiB (1048576 bytes)");
    }

    #[test]
    fn an_expectation_is_compared_exactly() {
        const MANY: u64 = u64::MAX >> 12;
        let seen = |resident, pages| Residency {
            page_size: 4096,
            counts: Counts {
                pages,
                resident,
                ..Counts::default()
            },
            method: Method::Cachestat,
            unknown_reason: None,
            dirty_unknown_reason: None,
        };
        let expect = |comparison, amount| Expectation { comparison, amount };
        let third = expect(Comparison::AtLeast, Amount::Share(33_334));
        assert_eq!(third.is_met_by(&seen(Some(1), 3)), Some(false));
        assert_eq!(third.is_met_by(&seen(Some(2), 3)), Some(true));
        let all = expect(Comparison::Equal, Amount::Share(WHOLE_SHARE));
        assert_eq!(all.is_met_by(&seen(Some(MANY), MANY)), Some(true));
        assert_eq!(all.is_met_by(&seen(Some(MANY - 1), MANY)), Some(false));
        assert_eq!(all.is_met_by(&seen(None, 3)), None);
        let bytes = expect(Comparison::Less, Amount::Bytes(ByteLength(8192)));
        assert_eq!(bytes.is_met_by(&seen(Some(1), 9)), Some(true));
        assert_eq!(bytes.is_met_by(&seen(Some(2), 9)), Some(false));
    }
}
