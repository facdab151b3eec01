//! Which implementation each type of numbers has. The implementations are in `value` and `digits`.

use self::types::*;
use super::options::ValueType;
use super::value::Value;

/// The names that the macro uses.
pub(super) mod types {
    pub(in super::super) use super::super::digits::{
        Brain, Character, Half, Hex8, Hex16, Hex32, Hex64, Octal8, Octal16, Octal32, Octal64,
    };
}

/// Calls a function or method as `f::<type, size>(arguments)` for a [`ValueType`].
macro_rules! with_type {
    (@call $type:ident, $size:literal, $object:ident . $do:ident $arguments:tt) => {
        $object.$do::<$type, $size> $arguments
    };
    (@call $type:ident, $size:literal, $do:ident $arguments:tt) => {
        $do::<$type, $size> $arguments
    };
    ($kind:expr, $($call:tt)+) => {
        match $kind {
            ValueType::U8 => with_type!(@call u8, 1, $($call)+),
            ValueType::U16 => with_type!(@call u16, 2, $($call)+),
            ValueType::U32 => with_type!(@call u32, 4, $($call)+),
            ValueType::U64 => with_type!(@call u64, 8, $($call)+),
            ValueType::I8 => with_type!(@call i8, 1, $($call)+),
            ValueType::I16 => with_type!(@call i16, 2, $($call)+),
            ValueType::I32 => with_type!(@call i32, 4, $($call)+),
            ValueType::I64 => with_type!(@call i64, 8, $($call)+),
            ValueType::X8 => with_type!(@call Hex8, 1, $($call)+),
            ValueType::X16 => with_type!(@call Hex16, 2, $($call)+),
            ValueType::X32 => with_type!(@call Hex32, 4, $($call)+),
            ValueType::X64 => with_type!(@call Hex64, 8, $($call)+),
            ValueType::O8 => with_type!(@call Octal8, 1, $($call)+),
            ValueType::O16 => with_type!(@call Octal16, 2, $($call)+),
            ValueType::O32 => with_type!(@call Octal32, 4, $($call)+),
            ValueType::O64 => with_type!(@call Octal64, 8, $($call)+),
            ValueType::Char => with_type!(@call Character, 1, $($call)+),
            ValueType::F16 => with_type!(@call Half, 2, $($call)+),
            ValueType::BF16 => with_type!(@call Brain, 2, $($call)+),
            ValueType::F32 => with_type!(@call f32, 4, $($call)+),
            ValueType::F64 => with_type!(@call f64, 8, $($call)+),
        }
    };
}
pub(super) use with_type;

/// The columns of a number of this type and the space before it, as `od` counts them.
pub(super) fn columns(kind: ValueType) -> usize {
    fn columns<T: Value<SIZE>, const SIZE: usize>() -> usize {
        T::COLUMNS
    }
    with_type!(kind, columns())
}
