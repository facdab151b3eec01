//! Numbers within limits, and the names of types of numbers: "u32", "f64be".

use std::fmt;
use std::ops::RangeInclusive;

use super::size::parse_address;
use crate::hexview::{ByteOrder, ValueType};

/// The IDs that a process may have.
pub(super) const PROCESS_IDS: RangeInclusive<u64> = 1..=u32::MAX as u64;

/// The parser of a number within these limits.
pub(super) fn number_in<T: TryFrom<u64>>(
    limits: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = parse_address(text).ok();
        let number = number.filter(|number| limits.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        let (least, most) = (limits.start(), limits.end());
        number.ok_or_else(|| format!("must be a number from {least} to {most}"))
    }
}

/// The type of the numbers that `dump` shows and `fill` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberType {
    /// The type without the byte order.
    pub kind: ValueType,
    /// The byte order.
    pub order: ByteOrder,
}

impl NumberType {
    /// The type of this name, which may end with a byte order; `None` for an unknown name.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let mut orders = ByteOrder::ALL.iter();
        let (name, order) = orders
            .find_map(|order| Some((text.strip_suffix(order.name())?, *order)))
            .unwrap_or((text, ByteOrder::default()));
        let kind = ValueType::ALL
            .iter()
            .find(|kind| kind.name() == name || kind.aliases().contains(&name))?;
        Some(Self { kind: *kind, order })
    }
}

impl fmt::Display for NumberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.name(), self.order.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_lies_within_its_limits() {
        let parse = number_in::<u16>(1..=65535);
        assert_eq!((parse("1"), parse("0xffff")), (Ok(1), Ok(65535)));
        for wrong in ["", "0", "65536", "-1", "x", "1K", "1.0"] {
            let error = "must be a number from 1 to 65535".to_owned();
            assert_eq!(parse(wrong), Err(error), "{wrong}");
        }
    }

    #[test]
    fn a_type_may_end_in_an_order() {
        let named = |text| NumberType::named(text).map(|number| (number.kind, number.order));
        assert_eq!(named("u32"), Some((ValueType::U32, ByteOrder::Little)));
        assert_eq!(named("f64be"), Some((ValueType::F64, ByteOrder::Big)));
        assert_eq!(named("i8le"), Some((ValueType::I8, ByteOrder::Little)));
        for wrong in ["", "be", "u", "u24", "u8 be", "u8ble", "U8"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
        assert_eq!(NumberType::named("u16").unwrap().to_string(), "u16le");
    }
}
