//! The names of types of numbers: "u32", "f64be".

use std::fmt;

use crate::hexview::{ByteOrder, ValueType};

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
        let kind = ValueType::ALL.iter().find(|kind| kind.name() == name)?;
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
