//! The objects of a JSON Schema as lists of their fields, in the order in which they are printed.
//!
//! Knows schemas as `schemars` makes them: objects by reference under `$defs`, `anyOf` for what may be null or is one
//! of several objects, `oneOf` for words with a meaning each.

use serde_json::Value;

/// Objects of one kind, in one place or in several.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// The paths at which they stand; none for the object that is printed.
    pub(super) at: Vec<String>,
    /// What they are.
    pub(super) about: String,
    /// Their fields.
    pub(super) fields: Vec<Field>,
}

/// A field of an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Where it stands in its object: `pages`, `flags[].effect`.
    pub(super) path: String,
    /// What it is, with its unit.
    pub(super) text: String,
    /// The words that it may be, and what each means.
    pub(super) words: Vec<(String, String)>,
}

/// An object with more fields than this is listed apart, and not within the one that has it; and so is one that
/// stands in several places.
const FEW: usize = 6;

/// Of more words than this, the meanings are left to the schema.
const MOST_WORDS: usize = 8;

/// The objects that a schema describes: what all alternatives have in common, each alternative, and then the objects
/// within them.
pub(super) fn objects(schema: &Value) -> Vec<Object> {
    let mut list = Listing {
        schema,
        printed: Vec::new(),
        explained: Vec::new(),
        apart: Vec::new(),
    };
    let mut found = list.alternatives();
    // An object may have others in it, which are found while it is listed.
    let mut next = 0;
    while let Some((kind, at)) = list.apart.get(next).cloned() {
        found.push(list.object(&text(kind.schema), at, kind.schema, &[]));
        next += 1;
    }
    found.retain(|object| !object.fields.is_empty());
    found
}

/// The paths of all fields of the objects that a schema describes.
#[must_use]
pub fn field_paths(schema: &Value) -> Vec<String> {
    let listed = objects(schema);
    let paths = listed.iter().flat_map(|object| {
        object.at.iter().flat_map(|at| {
            let dot = if at.is_empty() { "" } else { "." };
            object
                .fields
                .iter()
                .map(move |field| format!("{at}{dot}{}", field.path))
        })
    });
    paths.collect()
}

struct Listing<'a> {
    schema: &'a Value,
    /// The names of the objects that are printed.
    printed: Vec<&'a str>,
    /// The definitions whose words have been listed.
    explained: Vec<&'a str>,
    /// The objects that are listed apart, and where they stand.
    apart: Vec<(Kind<'a>, Vec<String>)>,
}

/// What a value is, with references followed and null left out.
#[derive(Clone, Copy)]
struct Kind<'a> {
    /// The name of its definition; empty for one that has none.
    name: &'a str,
    schema: &'a Value,
    is_list: bool,
}

impl<'a> Listing<'a> {
    fn alternatives(&mut self) -> Vec<Object> {
        let root = self.referred(self.schema).1;
        let kinds: Vec<Kind<'a>> = match root["anyOf"].as_array() {
            Some(several) => several.iter().map(|each| self.kind(each)).collect(),
            None => vec![self.kind(root)],
        };
        let here = || vec![String::new()];
        let shared = self.common(&kinds);
        let mut found = Vec::new();
        if let Some(first) = kinds.first().filter(|_| !shared.is_empty()) {
            let own = self.fields(first.schema).into_iter().map(|(name, _)| name);
            let own: Vec<&str> = own.filter(|name| !shared.contains(name)).collect();
            found.push(self.object("Every object", here(), first.schema, &own));
        }
        self.printed = kinds.iter().map(|kind| kind.name).collect();
        for kind in kinds {
            found.push(self.object(&text(kind.schema), here(), kind.schema, &shared));
        }
        found
    }

    /// An object of some places, but for some of its fields.
    fn object(
        &mut self,
        about: &str,
        at: Vec<String>,
        schema: &'a Value,
        without: &[&str],
    ) -> Object {
        let mut fields = Vec::new();
        self.collect("", &at, schema, without, &mut fields);
        Object {
            at,
            about: about.trim_end_matches('.').to_owned(),
            fields,
        }
    }

    fn collect(
        &mut self,
        prefix: &str,
        at: &[String],
        schema: &'a Value,
        without: &[&str],
        fields: &mut Vec<Field>,
    ) {
        for (name, value) in self.fields(schema) {
            if without.contains(&name) {
                continue;
            }
            let kind = self.kind(value);
            let list = if kind.is_list { "[]" } else { "" };
            let path = format!("{prefix}{name}{list}");
            match self.fields(kind.schema).len() {
                _ if self.printed.contains(&kind.name) && !kind.name.is_empty() => {
                    fields.push(self.field(path, value, kind));
                }
                0 => fields.push(self.field(path, value, kind)),
                count if count <= FEW && self.uses(kind.name) < 2 => {
                    self.collect(&format!("{path}."), at, kind.schema, &[], fields);
                }
                _ => self.set_apart(kind, at, &path),
            }
        }
    }

    /// A field that is no object. The words of one kind are listed once.
    fn field(&mut self, path: String, value: &Value, kind: Kind<'a>) -> Field {
        let mut words = words(kind.schema);
        if words.len() > MOST_WORDS || self.explained.contains(&kind.name) {
            words.clear();
        } else if !kind.name.is_empty() {
            self.explained.push(kind.name);
        }
        Field {
            path,
            text: text(value),
            words,
        }
    }

    fn set_apart(&mut self, kind: Kind<'a>, at: &[String], path: &str) {
        let places = at.iter().map(|at| match at.as_str() {
            "" => path.to_owned(),
            at => format!("{at}.{path}"),
        });
        match self
            .apart
            .iter_mut()
            .find(|(other, _)| other.name == kind.name)
        {
            Some((_, known)) => {
                for place in places {
                    if !known.contains(&place) {
                        known.push(place);
                    }
                }
            }
            None => self.apart.push((kind, places.collect())),
        }
    }

    /// In how many places of the schema a definition is used.
    fn uses(&self, name: &str) -> usize {
        fn count(value: &Value, wanted: &str) -> usize {
            match value {
                Value::Object(fields) => fields.values().map(|value| count(value, wanted)).sum(),
                Value::Array(values) => values.iter().map(|value| count(value, wanted)).sum(),
                Value::String(text) => usize::from(text == wanted),
                _ => 0,
            }
        }
        count(self.schema, &format!("#/$defs/{name}"))
    }

    /// The fields of an object, with those that only some of its forms have.
    fn fields(&self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let own = schema["properties"].as_object();
        let own = own.into_iter().flatten();
        let mut fields: Vec<_> = own.map(|(name, value)| (name.as_str(), value)).collect();
        for form in schema["anyOf"].as_array().into_iter().flatten() {
            let more = self.fields(self.referred(form).1);
            let more = more
                .into_iter()
                .filter(|(name, _)| fields.iter().all(|(known, _)| known != name));
            let more: Vec<_> = more.collect();
            fields.extend(more);
        }
        fields
    }

    /// The fields that all alternatives have, and that are the same in each.
    fn common(&self, kinds: &[Kind<'a>]) -> Vec<&'a str> {
        let [first, others @ ..] = kinds else {
            return Vec::new();
        };
        if others.is_empty() {
            return Vec::new();
        }
        let others: Vec<_> = others
            .iter()
            .map(|other| self.fields(other.schema))
            .collect();
        let all = self.fields(first.schema).into_iter();
        let same = all.filter(|field| others.iter().all(|other| other.contains(field)));
        same.map(|(name, _)| name).collect()
    }

    /// A schema with references followed, and the name of the last definition.
    fn referred(&self, schema: &'a Value) -> (&'a str, &'a Value) {
        let (mut name, mut schema) = ("", schema);
        while let Some(reference) = schema["$ref"].as_str() {
            name = reference.trim_start_matches("#/$defs/");
            schema = &self.schema["$defs"][name];
        }
        (name, schema)
    }

    fn kind(&self, schema: &'a Value) -> Kind<'a> {
        let (name, schema) = self.referred(schema);
        let null = |value: &&Value| value["type"] == "null";
        let either = schema["anyOf"].as_array();
        if let Some(either) = either.filter(|list| list.iter().any(|value| null(&value)))
            && let Some(inner) = either.iter().find(|value| !null(value))
        {
            return self.kind(inner);
        }
        match &schema["items"] {
            Value::Null => Kind {
                name,
                schema,
                is_list: false,
            },
            items => Kind {
                is_list: true,
                ..self.kind(items)
            },
        }
    }
}

/// The description of a schema, on one line.
fn text(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words that a value may be.
fn words(schema: &Value) -> Vec<(String, String)> {
    let word = |choice: &Value| {
        let word = choice["const"].as_str()?;
        Some((word.to_owned(), text(choice)))
    };
    let choices = schema["oneOf"].as_array();
    choices.into_iter().flatten().filter_map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn size() -> Value {
        json!({ "type": "integer", "description": "Its size\nin bytes." })
    }

    fn listed(schema: &Value) -> Vec<(Vec<String>, String, Vec<String>)> {
        let paths = |object: &Object| object.fields.iter().map(|f| f.path.clone()).collect();
        let all = objects(schema).into_iter();
        all.map(|object| (object.at.clone(), object.about.clone(), paths(&object)))
            .collect()
    }

    fn row(at: &[&str], about: &str, fields: &[&str]) -> (Vec<String>, String, Vec<String>) {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        (owned(at), about.to_owned(), owned(fields))
    }

    #[test]
    fn a_small_object_stands_within_and_one_of_several_places_apart() {
        let schema = json!({
            "$ref": "#/$defs/Top",
            "$defs": {
                "Top": { "description": "The top.", "properties": {
                    "size": size(),
                    "once": { "$ref": "#/$defs/Once" },
                    "before": { "$ref": "#/$defs/Often" },
                    "after": { "anyOf": [{ "$ref": "#/$defs/Often" }, { "type": "null" }] },
                    "list": { "type": "array", "items": { "type": "string" } },
                } },
                "Once": { "properties": { "inner": size() } },
                "Often": { "description": "What was seen.", "properties": { "seen": size() } },
            },
        });
        assert_eq!(
            listed(&schema),
            [
                row(&[""], "The top", &["size", "once.inner", "list[]"]),
                row(&["before", "after"], "What was seen", &["seen"]),
            ]
        );
        let found = objects(&schema);
        assert_eq!(found[0].fields[0].text, "Its size in bytes.");
        let paths = ["size", "once.inner", "list[]", "before.seen", "after.seen"];
        assert_eq!(field_paths(&schema), paths);
    }

    #[test]
    fn fields_that_all_alternatives_have_are_listed_once() {
        let schema = json!({
            "anyOf": [{ "$ref": "#/$defs/A" }, { "$ref": "#/$defs/B" }],
            "$defs": {
                "A": { "description": "First.", "properties": { "size": size(), "a": size() } },
                "B": { "description": "Second.", "properties": { "size": size(), "b": size() } },
            },
        });
        let found = listed(&schema);
        assert_eq!(found[0].2, ["size"]);
        assert_eq!(
            found[1..],
            [row(&[""], "First", &["a"]), row(&[""], "Second", &["b"])]
        );
    }

    #[test]
    fn words_are_explained_where_they_are_met_first() {
        let schema = json!({
            "$ref": "#/$defs/Top",
            "$defs": {
                "Top": { "properties": {
                    "first": { "description": "One.", "$ref": "#/$defs/Word" },
                    "second": { "description": "Two.", "$ref": "#/$defs/Word" },
                } },
                "Word": { "oneOf": [{ "const": "yes", "description": "It is so." }] },
            },
        });
        let found = objects(&schema);
        let words = [("yes".to_owned(), "It is so.".to_owned())];
        assert_eq!(
            (
                found[0].fields[0].words.as_slice(),
                found[0].fields[1].words.len()
            ),
            (&words[..], 0)
        );
    }
}
