//! Checks the output of the commands with --json against the published schemas, with an independent validator.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use examples::Fixture;
use mmapctl::{manual, report};
use serde_json::{Value, json};
use support::{Env, args};

/// Command lines that together print every field. The fields of their failures must be documented too.
const RUNS: &[(&str, &[&str])] = &[
    (
        "map",
        &[
            "mmapctl map --json --picture data.bin",
            "mmapctl map --json --anon -n 1M -a c --flags noreserve,denywrite --probe --remap 2M --protect r+sem --advise random",
            "mmapctl map --json new.bin -n 1M -a w --advise cold --open sync",
            "mmapctl map --json $'\\xff.bin' -n 1M -a w",
            "mmapctl map --json --tag telemetry",
            ": >empty; mmapctl map --json empty data.bin",
            "mmapctl map --json --fd 3 3<data.bin",
            "mmapctl map --json --picture data.bin -n 3pg --then unmap@1pg+1pg",
            "mmapctl map --json data.bin --then touch --then seal --then unmap; true",
            "mmapctl map --json data.bin --hold 1ms",
            "mmapctl map --json data.bin log.bin --hold 1ms",
        ],
    ),
    (
        "dump",
        &[
            "mmapctl dump --json data.bin -n 64",
            "mmapctl dump --json data.bin -n 64 --format values",
            "mmapctl dump --json data.bin -n 64 --output out.txt",
            "mmapctl dump --json $'\\xff.bin'",
            "read -r s < /proc/$$/maps; mmapctl dump --json --pid $$ -o $((0x${s%%-*} - 16)) -n 32; :",
            "read -r s < /proc/$$/maps; mmapctl dump --json --pid $$ -o $((0x${s%%-*} - 16)) -n 32 --output mem; :",
            "mmapctl dump --json --tag telemetry",
            "mmapctl dump --json --fd 3 3<data.bin",
            "mmapctl dump --json --watch=10ms --count 9 w & while kill -0 $! 2>&-; do printf x >>w; done",
        ],
    ),
    (
        "diff",
        &[
            "mmapctl diff --json data.bin data.bin",
            "mmapctl diff --json data.bin log.bin",
            "mmapctl diff --json $'\\xff.bin' tag:telemetry",
            "mmapctl diff --json tag:telemetry $'\\xff.bin'",
            "mmapctl diff --json - fd:3 3<data.bin <log.bin",
            "mmapctl diff --json fd:3 - 3<data.bin <log.bin",
            "read -r s < /proc/$$/maps; mmapctl diff --json pid:$$@$((0x${s%%-*} - 16))+32 pid:$$@$((0x${s%%-*}))+32; :",
        ],
    ),
    (
        "pagesize",
        &[
            "mmapctl pagesize --json",
            "mmapctl pagesize --json --all",
            "mmapctl pagesize --json --huge",
            "mmapctl pagesize --json --align 5000",
            "mmapctl pagesize --json --pages 5000",
        ],
    ),
    (
        "filesize",
        &[
            "mmapctl filesize --json --long data.bin",
            "mmapctl filesize --json --set 1M new.bin",
            "mmapctl filesize --json $'\\xff.bin'",
            "mmapctl filesize --json --tag telemetry",
            "mmapctl filesize --json --fd 3 3<data.bin",
        ],
    ),
    (
        "mirror",
        &[
            "mmapctl mirror --json --anon -n 64K --verify",
            "mmapctl mirror --json $'\\xff.bin' -n 64K --access w",
            "mmapctl mirror --json new.bin -n 64K --access w --hold 1ms",
            "mmapctl mirror --json --tag telemetry",
            "mmapctl mirror --json --fd 3 3<>data.bin",
        ],
    ),
    (
        "fill",
        &[
            "mmapctl fill --json new.bin -n 64K --pattern 55aa --verify",
            "mmapctl fill --json $'\\xff.bin' -n 64K --random",
            "mmapctl fill --json data.bin --from log.bin --flush sync",
            "mmapctl fill --json data.bin --from-hex head.hex",
            "mmapctl fill --json --tag telemetry -n 64K --access c",
            "mmapctl fill --json --fd 3 --to-end 3<>data.bin",
        ],
    ),
    (
        "sync",
        &[
            "mmapctl sync --json data.bin",
            "mmapctl sync --json $'\\xff.bin'",
            "mmapctl sync --json --tag telemetry",
            "mmapctl sync --json --fd 3 3<>data.bin",
            "mmapctl sync --json . data.bin --verbose",
            "mmapctl sync --json --async .",
        ],
    ),
    (
        "advise",
        &[
            "mmapctl advise random --json data.bin --hold 1ms",
            "mmapctl advise random --json data.bin log.bin --hold 1ms",
            "mmapctl advise cold --json data.bin",
            ": >empty; mmapctl advise cold --json empty data.bin",
            "mmapctl advise willneed --json $'\\xff.bin'",
            "mmapctl advise random --json --tag telemetry",
            "mmapctl advise random --json --fd 3 3<data.bin",
            "sleep 60 & until grep -q sleep /proc/$!/comm; do :; done; mmapctl advise cold --json --pid $! --mapping '*'; kill $!",
        ],
    ),
    (
        "warm",
        &[
            "mmapctl warm --json data.bin",
            "mmapctl warm --json --verbose . $'\\xff.bin'",
            "mmapctl warm --json $'\\xff.bin'",
            "mmapctl warm --json --tag telemetry",
            "mmapctl warm --json --fd 3 3<data.bin",
            "mmapctl warm --json --lock --hold 1ms .",
        ],
    ),
    (
        "cached",
        &[
            "mmapctl cached --json data.bin",
            "mmapctl cached --json . $'\\xff.bin'",
            "mmapctl cached --json --all --expect 0% .",
            "mmapctl cached --json --watch=10ms --count 2 .",
            "mmapctl cached --json --tag telemetry",
            "mmapctl cached --json --fd 3 3<data.bin",
        ],
    ),
    (
        "evict",
        &[
            "mmapctl evict --json data.bin",
            "mmapctl evict --json $'\\xff.bin'",
            "mmapctl evict --json --fd 3 3<data.bin",
            "mmapctl evict --json . data.bin --verbose",
            "mmapctl map --quiet --lock --tag telemetry -- mmapctl evict --json --tag telemetry",
        ],
    ),
    ("snapshot", &["mmapctl snapshot --json . --output s.json"]),
    (
        "restore",
        &[
            "mmapctl snapshot . | sed s/data.bin/gone.bin/ | mmapctl restore --json -",
            "mmapctl snapshot $'\\xff.bin' >s; touch $'\\xff.bin'; mmapctl restore --json --exact s",
        ],
    ),
    (
        "why",
        &[
            "mmapctl why --json data.bin",
            "mmapctl why --json $'\\xff.bin'",
            "mmapctl map --quiet --lock --tag telemetry -- mmapctl why --json --tag telemetry",
            "mmapctl map --quiet data.bin -- mmapctl why --json --fd 3 3<data.bin",
        ],
    ),
    (
        "verify",
        &[
            "mmapctl verify --json data.bin",
            "mmapctl verify --json $'\\xff.bin'",
            "mmapctl verify --json . data.bin --verbose",
            "mmapctl map --quiet --lock --tag telemetry -- mmapctl verify --json --tag telemetry",
            "mmapctl map --quiet data.bin -- mmapctl verify --json --fd 3 3<data.bin",
        ],
    ),
    (
        "tags",
        &[
            "mmapctl tags --json",
            "mmapctl map --quiet --tag telemetry -- mmapctl tags --json --users telemetry",
            "mmapctl tags --json --orphans telemetry",
            "mmapctl map --quiet --anon -n 4K -- mmapctl tags --json --where",
        ],
    ),
    (
        "record",
        &[
            "seq 9 | mmapctl record --json ring -n 64K",
            "seq 9 | mmapctl record --json $'\\xff.ring' -n 64K",
            "seq 9 | mmapctl record --json ring -n 64K --tee 2>&1 >tee",
            "mmapctl map --quiet --tag telemetry -- sh -c 'seq 9 | mmapctl record --json --tag telemetry-ring -n 64K; mmapctl unlink --quiet telemetry-ring'",
        ],
    ),
    (
        "replay",
        &[
            "seq 9 | mmapctl record -q ring -n 64K; mmapctl replay --json ring",
            "seq 9 | mmapctl record -q $'\\xff.ring' -n 64K; mmapctl replay --json $'\\xff.ring' --lines 2",
            "seq 9 | mmapctl record -q --tag telemetry-ring -n 64K; mmapctl replay --json --tag telemetry-ring; mmapctl unlink --quiet telemetry-ring",
        ],
    ),
    (
        "pmap",
        &[
            "mmapctl pmap --json $$",
            "mmapctl pmap --json --watch=10ms --count 2 $$",
        ],
    ),
    (
        "unlink",
        &[
            "mmapctl unlink --json --orphans --dry-run telemetry",
            "mmapctl map --quiet --tag telemetry -- mmapctl unlink --json telemetry",
        ],
    ),
    (
        "generate",
        &[
            "mmapctl generate --json",
            "mmapctl generate --json --into tree",
            "mmapctl generate --json --into $'\\xff'",
        ],
    ),
];

/// Fields that appear only on some systems or after rare failures; with a star, all that begin so.
const RARE: &[&str] = &[
    "unknown_reason",
    "dirty_unknown_reason",
    "memory.vm_flags_partial[]",
    "steps[].before.name",
    "steps[].after.name",
    "steps[].flags[].vm_flag",
    "effect.notes[]",
    "effects[].notes[]",
    "unreadable_ranges[].offset",
    "unreadable_ranges[].length",
    "marks.pages",
    "marks.used",
    "tag_base64",
    "name_base64",
    "kept",
    "_unknown.reason",
    "_unknown.needs[]",
    "difference_count",
    "differences[].*",
    "still.*",
];

/// Fields that a command never prints, of structs that several commands share.
const NEVER: &[(&str, &str)] = &[
    ("mirror", "mappings[]"),
    ("record", "fd"),
    ("replay", "fd"),
    ("restore", "fd"),
    ("restore", "tag"),
];

/// The validator of a schema, and that of a stricter one, which refuses keys without a description.
struct Validator {
    schemas: boon::Schemas,
    published: boon::SchemaIndex,
    strict: boon::SchemaIndex,
}

impl Validator {
    /// For the schema of a command in the repository.
    fn of(command: &str) -> Self {
        let path = format!(
            "{}/schema/{command}.schema.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let published: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut strict = published.clone();
        refuse_other_keys(&mut strict);
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        let mut compile = |name, schema| {
            compiler.add_resource(name, schema).unwrap();
            compiler.compile(name, &mut schemas).unwrap()
        };
        Self {
            published: compile("https://example.com/published.json", published),
            strict: compile("https://example.com/strict.json", strict),
            schemas,
        }
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        for schema in [self.published, self.strict] {
            let outcome = self.schemas.validate(value, schema);
            outcome.map_err(|error| format!("{error:#}\n{value:#}"))?;
        }
        Ok(())
    }
}

/// Makes a schema refuse keys that it does not describe. A schema under `anyOf` describes a part of an object and is
/// unchanged.
fn refuse_other_keys(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        if let Some(list) = schema.as_array_mut() {
            list.iter_mut().for_each(refuse_other_keys);
        }
        return;
    };
    let is_object = object.contains_key("properties");
    for (key, value) in object.iter_mut() {
        match key.as_str() {
            "properties" | "$defs" => {
                let inner = value.as_object_mut().unwrap();
                inner.values_mut().for_each(refuse_other_keys);
            }
            "anyOf" if is_object => {}
            _ => refuse_other_keys(value),
        }
    }
    if is_object {
        object.insert("unevaluatedProperties".to_owned(), false.into());
    }
}

/// The paths of all values that are not objects.
fn collect(value: &Value, path: String, seen: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, format!("{path}{dot}{key}"), seen);
            }
        }
        Value::Array(values) => {
            for value in values {
                collect(value, format!("{path}[]"), seen);
            }
        }
        _ => {
            seen.insert(path);
        }
    }
}

/// Adds the types of all values, except null, to those of their paths.
fn note_types(value: &Value, path: &str, types: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let word = match value {
        Value::Null => return,
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    types.entry(path.to_owned()).or_default().insert(word);
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                note_types(value, &format!("{path}.{key}"), types);
            }
        }
        Value::Array(values) => {
            for value in values {
                note_types(value, &format!("{path}[]"), types);
            }
        }
        _ => {}
    }
}

/// Adds the types that a schema declares for the keys of all objects of a command, printed or not.
fn note_declared(
    part: &Value,
    schema: &Value,
    path: &str,
    types: &mut BTreeMap<String, BTreeSet<&'static str>>,
) {
    if let Some(reference) = part["$ref"].as_str() {
        let target = schema.pointer(reference.trim_start_matches('#'));
        note_declared(target.unwrap(), schema, path, types);
    }
    for list in ["anyOf", "oneOf", "allOf"] {
        for part in part[list].as_array().into_iter().flatten() {
            note_declared(part, schema, path, types);
        }
    }
    let declared = match &part["type"] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().map_or_else(Vec::new, |one| vec![one]),
    };
    for word in declared {
        let sample = match word {
            "null" => continue,
            "boolean" => json!(true),
            "integer" | "number" => json!(0),
            "string" => json!(""),
            "array" => json!([]),
            _ => json!({}),
        };
        note_types(&sample, path, types);
    }
    for (key, part) in part["properties"].as_object().into_iter().flatten() {
        note_declared(part, schema, &format!("{path}.{key}"), types);
    }
    if part["items"].is_object() {
        note_declared(&part["items"], schema, &format!("{path}[]"), types);
    }
}

/// Keys whose numbers may be strings: in hexadecimal, or because a number of JSON cannot hold them exactly.
const NUMBERS: &[&str] = &["dump.values[]", "pagesize.aligned", "pagesize.value"];

/// A complaint about each key that has several types in the objects of a command.
fn several_types(types: &BTreeMap<String, BTreeSet<&'static str>>) -> Vec<String> {
    let several = types
        .iter()
        .filter(|(path, types)| types.len() > 1 && !NUMBERS.contains(&path.as_str()));
    let complaint = |(path, types)| format!("{path} has several types: {types:?}");
    several.map(complaint).collect()
}

#[test]
fn a_key_with_several_types_is_found() {
    let mut types = BTreeMap::new();
    for value in [
        json!({"a": 1, "b": {"c": null}}),
        json!({"a": null, "b": {"c": []}}),
        json!({"a": 2, "b": {"c": 1.5}}),
    ] {
        note_types(&value, "x", &mut types);
    }
    let complaint = r#"x.b.c has several types: {"array", "number"}"#;
    assert_eq!(several_types(&types), [complaint]);
}

/// The JSON objects that a shell command prints.
fn objects(line: &str) -> Option<Vec<Value>> {
    let fixture = Fixture::new()?;
    fixture.env().file(OsStr::from_bytes(b"\xff.bin"), "abc");
    let run = fixture.shell(line);
    if run.out().is_empty() {
        run.fail("no JSON was printed");
    }
    let lines = run.out_text().lines();
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| run.fail(e));
    Some(lines.map(parse).collect())
}

#[test]
fn every_object_matches_its_schema_and_every_field_is_printed() {
    if Env::new().peer("bash").is_none() || !support::may_advise_processes() {
        return;
    }
    let runs: BTreeMap<&str, &[&str]> = RUNS.iter().copied().collect();
    let mut wrong = Vec::new();
    for command in manual::commands().iter().map(|page| page.name) {
        let validator = Validator::of(command);
        let mut seen = BTreeSet::new();
        let mut types = BTreeMap::new();
        for line in runs[command] {
            let Some(printed) = objects(line) else {
                return;
            };
            for mut value in printed {
                let outcome = validator.check(&value);
                wrong.extend(outcome.err().map(|why| format!("{line}: {why}")));
                note_types(&value, command, &mut types);
                let held = match value.get("ready") {
                    Some(_) => value.as_object_mut().unwrap().remove("mappings"),
                    None => None,
                };
                if let Some(held) = held {
                    seen.insert("mappings[]".to_owned());
                    for mapping in held.as_array().unwrap() {
                        collect(mapping, String::new(), &mut seen);
                    }
                }
                collect(&value, String::new(), &mut seen);
            }
        }
        let schema = report::schema(command).unwrap();
        note_declared(&schema, &schema, command, &mut types);
        wrong.extend(several_types(&types));
        let unseen = manual::field_paths(&schema).into_iter().filter(|field| {
            !seen.contains(field)
                && !RARE.iter().any(|rare| match rare.strip_suffix('*') {
                    Some(start) => field.starts_with(start),
                    None => field.ends_with(rare),
                })
                && !NEVER.contains(&(command, field))
        });
        wrong.extend(unseen.map(|field| format!("{command}: described, not printed: {field}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn failures_match_their_schema() {
    let env = Env::new();
    let validator = Validator::of("error");
    let odd = OsStr::from_bytes(b"\xff");
    let mut seen = BTreeSet::new();
    for arguments in [
        args!["dump", "--json", "none"].to_vec(),
        args!["dump", "--json", odd].to_vec(),
        args!["map", "--json", "none", "-a", "w"].to_vec(),
    ] {
        let error = env.run(arguments).json_error();
        validator.check(&error).unwrap();
        collect(&error, String::new(), &mut seen);
    }
    // Only a fault has an offset; the tests of faults check it.
    seen.insert("offset".to_owned());
    let described = manual::field_paths(&report::schema("error").unwrap());
    assert_eq!(seen, described.into_iter().collect());
}

/// Command lines that fail, for each command: some before any work, and some for one of several names.
const FAILURES: &[&[&str]] = &[
    &["map", "none"],
    &["map", "f", "none"],
    &["map", "f", "--hold", "1ms", "--", "none"],
    &["dump", "none"],
    &["dump", "f", "--format", "none"],
    &["dump", "f", "--watch", "--format", "raw"],
    &["dump", "--pid", "4294967295", "-o", "1"],
    &["diff", "f", "none"],
    &["diff", "f", "f", "-o", "4"],
    &["diff", "f", "fd:0"],
    &["fill", "none/f", "--text", "a"],
    &["pagesize", "--align", "none"],
    &["filesize", "f", "none"],
    &["sync", "f", "none"],
    &["warm", "f", "none"],
    &["warm", "--lock", "--hold", "1ms", "f", "none"],
    &["cached", "none"],
    &["evict", "none"],
    &["snapshot", "none"],
    &["snapshot", "f", "none", "--output", "s"],
    &["snapshot", "f", "--output", "s", "--", "none"],
    &["restore", "none"],
    &["restore", "f"],
    &["why", "none"],
    &["verify", "none"],
    &["advise", "random", "f", "none"],
    &["mirror", "none"],
    &["tags", "none", "mmapctl-none"],
    &["record", "none"],
    &["record", "f", "--length", "64K", "--tee"],
    &["replay", "f"],
    &["unlink", "mmapctl-none", "mmapctl-nothing"],
    &["pmap", "4294967295"],
    &["generate", "none"],
    &["generate", "--into", "f"],
];

#[test]
fn with_json_every_command_prints_only_json() {
    let errors = Validator::of("error");
    for page in manual::commands() {
        assert!(
            RUNS.iter().any(|(name, _)| *name == page.name),
            "{}",
            page.name
        );
        let failures = FAILURES.iter().filter(|words| words[0] == page.name);
        assert!(failures.clone().count() > 0, "{}", page.name);
        let validator = Validator::of(page.name);
        for words in failures {
            let env = Env::new();
            env.file("f", "abc");
            for more in [&["--json"][..], &["--json", "--verbose"]] {
                // The options of a program after `--` are its own.
                let all = more.iter().chain(*words);
                let run = env.run(all);
                assert_ne!(run.status().code(), Some(0), "{}", run.describe());
                for object in run.json_lines() {
                    validator.check(&object).unwrap();
                }
                let complaints = run.err_text().lines();
                let mut count = 0;
                for line in complaints {
                    let object = serde_json::from_str(line).unwrap_or_else(|e| run.fail(e));
                    let outcome = errors.check(&object).or_else(|_| validator.check(&object));
                    outcome.unwrap_or_else(|why| run.fail(why));
                    count += 1;
                }
                assert!(count > 0, "{}", run.describe());
            }
        }
    }
}

#[test]
fn json_of_paths_ends_with_the_total_even_if_every_path_fails() {
    let env = Env::new();
    std::fs::create_dir(env.path("d")).unwrap();
    env.file("d/f", "abc");
    for command in ["cached", "warm", "evict", "sync"] {
        for names in [&["none"][..], &["none", "nothing"]] {
            let run = env.run([command, "--json"].iter().chain(names));
            let printed = run.code(3).json_lines();
            assert_eq!(printed.len(), 1, "{}", run.describe());
            assert_eq!(printed[0]["kind"], "total");
            assert_eq!(
                (&printed[0]["files"], &printed[0]["size"]),
                (&json!(0), &json!(0))
            );
        }
        let printed = env.run([command, "--json", "d"]).json_lines();
        let words = |object: &Value| [object["kind"].clone(), object["source"].clone()];
        let expected = [json!("directory"), json!("directory")];
        assert_eq!(words(&printed[0]), expected, "{command}");
        assert_eq!(words(&printed[1]), [json!("total"), Value::Null]);
        let file = &env.run([command, "--json", "d/f"]).json_lines()[0];
        assert_eq!(words(file), [json!("file"), json!("file")]);
    }
    let bill = env.run(["why", "--json", "d/f"]).json();
    assert_eq!(
        (&bill["kind"], &bill["source"]),
        (&json!("file"), &json!("file"))
    );
}

#[test]
fn help_and_version_are_text_even_with_json() {
    let env = Env::new();
    for words in [
        &["--json", "map", "--help"][..],
        &["--json", "--version"],
        &["map", "--json", "-h"],
    ] {
        let run = env.run(words);
        let first = run.ok().out_text().lines().next().unwrap_or_default();
        assert!(
            first.starts_with("mmapctl ") || first.starts_with("Map "),
            "{first}"
        );
    }
}

#[test]
fn the_validator_refuses_undescribed_fields() {
    let validator = Validator::of("error");
    let error = |more: Value| {
        let mut error = serde_json::json!({
            "code": "usage", "message": "no", "subject": null, "os_error": null,
        });
        error
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        error
    };
    validator.check(&error(serde_json::json!({}))).unwrap();
    for wrong in [
        serde_json::json!({ "code": 7 }),
        serde_json::json!({ "another": 1 }),
        serde_json::json!({ "os_error": "2" }),
    ] {
        assert!(validator.check(&error(wrong.clone())).is_err(), "{wrong}");
    }
}

#[test]
fn schemas_are_plain_text_and_name_the_draft() {
    for name in manual::commands()
        .iter()
        .map(|page| page.name)
        .chain(["error"])
    {
        let schema = report::schema(name).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        // Links in doc comments mean nothing to readers of a schema.
        let text = format!("{schema:#}");
        let links: Vec<&str> = text.lines().filter(|line| line.contains("[`")).collect();
        assert_eq!(links, [""; 0], "{name}");
    }
}
