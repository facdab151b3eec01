//! The size that a source is to get: a number, or a change of its present size.

use std::num::NonZeroU64;

use super::offset::ByteLength;

/// A size to give to a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewSize {
    /// The present size.
    Unchanged,
    /// This size. A larger source is truncated.
    Exactly(ByteLength),
    /// This size, unless the source is larger.
    AtLeast(ByteLength),
    /// This size, unless the source is smaller.
    AtMost(ByteLength),
    /// The present size and this number of bytes.
    LargerBy(ByteLength),
    /// The present size without this number of bytes; nothing if it has fewer.
    SmallerBy(ByteLength),
    /// The largest multiple of this number that is not larger than the present size.
    MultipleBelow(NonZeroU64),
    /// The smallest multiple of this number that is not smaller than the present size.
    MultipleAbove(NonZeroU64),
}

impl NewSize {
    /// Whether it depends on the present size.
    #[must_use]
    pub const fn is_relative(self) -> bool {
        !matches!(self, Self::Exactly(_))
    }

    /// The size that a source of `present` bytes gets; `None` when it exceeds 64 bits.
    #[must_use]
    pub fn of(self, present: ByteLength) -> Option<ByteLength> {
        match self {
            Self::Unchanged => Some(present),
            Self::Exactly(size) => Some(size),
            Self::AtLeast(size) => Some(present.max(size)),
            Self::AtMost(size) => Some(present.min(size)),
            Self::LargerBy(more) => present.checked_plus(more),
            Self::SmallerBy(less) => Some(present.minus(less)),
            Self::MultipleBelow(unit) => {
                let rest = present.0.checked_rem(unit.get())?;
                Some(present.minus(ByteLength(rest)))
            }
            Self::MultipleAbove(unit) => present
                .0
                .checked_next_multiple_of(unit.get())
                .map(ByteLength),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Small numbers, and numbers near the ends of the range.
    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0_u64..5000, any::<u64>(), u64::MAX - 5000..=u64::MAX]
    }

    proptest! {
        #[test]
        fn a_change_of_the_size_is_what_wide_arithmetic_gives(present in number(), n in number()) {
            let (wide, by) = (i128::from(present), i128::from(n));
            let length = ByteLength(n);
            let mut changes = vec![
                (NewSize::Unchanged, wide),
                (NewSize::Exactly(length), by),
                (NewSize::AtLeast(length), wide.max(by)),
                (NewSize::AtMost(length), wide.min(by)),
                (NewSize::LargerBy(length), wide + by),
                (NewSize::SmallerBy(length), (wide - by).max(0)),
            ];
            if let Some(unit) = NonZeroU64::new(n) {
                changes.push((NewSize::MultipleBelow(unit), wide / by * by));
                changes.push((NewSize::MultipleAbove(unit), (wide + by - 1) / by * by));
            }
            for (change, expected) in changes {
                let expected = u64::try_from(expected).ok();
                prop_assert_eq!(change.of(ByteLength(present)).map(|size| size.0), expected, "{:?}", change);
                prop_assert_eq!(change.is_relative(), change != NewSize::Exactly(length));
            }
        }
    }
}
