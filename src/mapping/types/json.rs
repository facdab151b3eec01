//! The JSON form and JSON Schema of values that serde and schemars do not derive.

use std::time::{SystemTime, UNIX_EPOCH};

use schemars::{Schema, json_schema};
use serde::{Serialize, Serializer};

/// The schema of a string with these values, each with its meaning.
pub(in crate::mapping) fn words_schema(
    words: impl Iterator<Item = (&'static str, &'static str)>,
) -> Schema {
    let words: Vec<Schema> = words
        .map(|(word, about)| json_schema!({ "const": word, "description": format!("{about}.") }))
        .collect();
    json_schema!({ "type": "string", "oneOf": words })
}

/// Implements `JsonSchema` for a type with the given schema.
macro_rules! text_schema {
    ($Type:ty, $schema:tt) => {
        impl schemars::JsonSchema for $Type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($Type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

pub(in crate::mapping) use text_schema;

/// A number in hexadecimal: `"0x1000"`.
pub(in crate::mapping) fn hexadecimal<S: Serializer>(
    number: &u64,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{number:#x}"))
}

/// Permission bits in octal: `"0600"`.
pub(in crate::mapping) fn octal<S: Serializer>(
    mode: &u32,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{mode:04o}"))
}

/// A time in whole seconds since 1970.
pub(in crate::mapping) fn seconds<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map(|since| since.as_secs()).serialize(serializer)
}
