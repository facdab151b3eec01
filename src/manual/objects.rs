//! The objects of a JSON Schema as lists of their fields, in the order in which they are printed. How a list looks on
//! a page is decided elsewhere.
//!
//! Reads schemas as `schemars` writes them: objects by reference under `$defs`, `anyOf` for a value that may be null
//! and for one of several objects, `oneOf` for words that have a description each.

use serde_json::Value;

/// An object that occurs in one place or in several.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// The paths at which it occurs; one empty path for an object that is printed itself.
    pub(super) at: Vec<String>,
    /// Its description, without the full stop.
    pub(super) about: String,
    /// Its fields.
    pub(super) fields: Vec<Field>,
}

/// A field of an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its path in the object: `pages`, `flags[].effect`.
    pub(super) path: String,
    /// Its description.
    pub(super) text: String,
    /// The words that it may be, each with its meaning.
    pub(super) words: Vec<(String, String)>,
}

/// The fields of a nested object are listed with those of its parent up to this number. A larger object has a list of
/// its own, and so has one that occurs in several places.
const FEW: usize = 6;

/// The words of a field are listed up to this number; more are left to the schema.
const MOST_WORDS: usize = 8;

/// The objects that a schema describes: the fields that all alternatives share, each alternative, and then the nested
/// objects.
pub(super) fn objects(schema: &Value) -> Vec<Object> {
    let mut list = Listing {
        schema,
        printed: Vec::new(),
        explained: Vec::new(),
        apart: Vec::new(),
    };
    let mut found = list.alternatives();
    // Listing an object adds those that are nested in it.
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

/// The state of listing the objects of a schema.
struct Listing<'a> {
    schema: &'a Value,
    /// The names of the objects that are printed.
    printed: Vec<&'a str>,
    /// The definitions whose words have been listed.
    explained: Vec<&'a str>,
    /// The nested objects that have a list of their own, with their paths.
    apart: Vec<(Kind<'a>, Vec<String>)>,
}

/// The schema of a value: references are followed, and null is left out.
#[derive(Clone, Copy)]
struct Kind<'a> {
    /// The name of its definition; empty without one.
    name: &'a str,
    schema: &'a Value,
    is_list: bool,
}

impl<'a> Listing<'a> {
    /// The objects that may be printed. Fields that all of them share are listed once, and an object that repeats the
    /// fields of another, of which it may also have a list, has only the rest of its fields.
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
            found.push(self.object("Fields of every object", here(), first.schema, &own));
        }
        self.printed = kinds.iter().map(|kind| kind.name).collect();
        for (index, kind) in kinds.iter().enumerate() {
            let mut listed = shared.clone();
            let repeated = kinds.iter().take(index);
            for other in repeated.filter(|other| self.has_list_of(kind, other)) {
                listed.extend(self.fields(other.schema).into_iter().map(|(name, _)| name));
            }
            found.push(self.object(&text(kind.schema), here(), kind.schema, &listed));
        }
        found
    }

    /// Whether an object has a field that is a list of another.
    fn has_list_of(&self, kind: &Kind<'a>, item: &Kind<'a>) -> bool {
        let fields = self.fields(kind.schema).into_iter();
        let mut kinds = fields.map(|(_, value)| self.kind(value));
        kinds.any(|field| field.is_list && field.name == item.name)
    }

    /// An object at these paths, without some of its fields.
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

    /// A field that is not an object. The words of a definition are listed at its first field only.
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

    /// The number of places in the schema that refer to a definition.
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

    /// The fields of an object, including those that only some of its forms have.
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

    /// The fields that are the same in all alternatives; none where they are all fields of one alternative, whose list
    /// then serves for the others.
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
        let all = self.fields(first.schema);
        let same = all
            .iter()
            .filter(|field| others.iter().all(|other| other.contains(field)));
        let same: Vec<&str> = same.map(|(name, _)| *name).collect();
        if same.len() == all.len() {
            return Vec::new();
        }
        same
    }

    /// The schema that a reference leads to, and the name of its definition.
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

/// The words that a value may be, each with its description.
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
