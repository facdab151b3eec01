//! The rules for one file of `src`.

use crate::paths::paths;
use crate::source::Source;
use crate::{
    FACE, FACE_PLACES, FILE_LINES, FOREIGN_OPTIONS, FUNCTION_LINES, IMPORTS, PLATFORM, ROOMS,
    SYSTEM, UNSAFE_PLACES,
};

/// Whether a file may use a crate that its part may not.
fn is_face_place(source: &Source, name: &str) -> bool {
    FACE_PLACES
        .iter()
        .any(|(place, known, _)| source.name.starts_with(place) && *known == name)
}

/// Paths to a part that this file may not name, and crates that are not allowed in its part except in tests.
pub(crate) fn forbidden_imports(source: &Source) -> Vec<String> {
    let part = source.part();
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == part) else {
        return vec![source.at(1, format!("no rule defines what `{part}` may import"))];
    };
    let crates: &[&str] = match part {
        "mapping" => &FACE,
        "hexview" => &SYSTEM,
        _ => &[],
    };
    let known = |name: &str| IMPORTS.iter().any(|(part, _)| *part == name);
    let inside = paths(source).into_iter().filter_map(|path| {
        // Names from an import are checked at the import.
        let name = path.place.first().filter(|_| path.given == 0)?;
        let forbidden = known(name) && name != part && !allowed.contains(&name.as_str());
        forbidden.then(|| source.at(path.line, format!("`{part}` names `{name}`")))
    });
    let outside = source
        .path_heads()
        .filter(|&index| crates.contains(&source.text(index)) && !source.in_tests(index))
        .filter(|&index| !is_face_place(source, source.text(index)))
        .map(|index| {
            let token = &source.tokens[index];
            source.at(
                token.line,
                format!("`{part}` uses the crate {}", token.text),
            )
        });
    inside.chain(outside).collect()
}

/// Paths from a room of `mapping` to a room above it or to no room, except in tests; and files outside all
/// rooms. The list of rooms itself, `mapping/mod.rs`, may name all of them.
pub(crate) fn forbidden_rooms(source: &Source) -> Vec<String> {
    let Some(room) = room(source) else {
        return Vec::new();
    };
    let floor = |room: &str| ROOMS.iter().position(|name| *name == room);
    let Some(own) = floor(room) else {
        return vec![source.at(
            1,
            format!("no rule defines what `mapping::{room}` may name"),
        )];
    };
    let program = paths(source)
        .into_iter()
        .filter(|path| path.given < 2 && !source.in_tests(path.index));
    let mut found: Vec<String> = program
        .filter_map(|path| {
            let ["mapping", name, ..] = &*path.place.iter().map(String::as_str).collect::<Vec<_>>()
            else {
                return None;
            };
            let wrong = match floor(name) {
                Some(floor) if floor >= own => return None,
                Some(_) => "is above it",
                None => "is not a room",
            };
            let names = format!("`{room}` names `mapping::{name}`, which {wrong}");
            Some(source.at(path.line, names))
        })
        .collect();
    // A line that imports several items from one room is a single violation.
    found.dedup();
    found
}

/// The room of `mapping` to which a file belongs.
fn room(source: &Source) -> Option<&str> {
    let inside = source.name.strip_prefix("src/mapping/")?;
    let room = inside.split('/').next()?.trim_end_matches(".rs");
    (inside != "mod.rs").then_some(room)
}

/// `unsafe` or permission for it outside the allowed places, and `unsafe` without a reason.
pub(crate) fn unexplained_unsafe(source: &Source) -> Vec<String> {
    let allowed = UNSAFE_PLACES.iter().any(|place| {
        source.name == *place || (place.ends_with('/') && source.name.starts_with(place))
    });
    let mut found = Vec::new();
    for (index, token) in source.tokens.iter().enumerate() {
        let reason = match token.text.as_str() {
            "unsafe" if !allowed => Some("unsafe outside its places"),
            "unsafe_code" if !allowed && source.is_permission(index) => {
                Some("unsafe_code allowed outside its places")
            }
            "unsafe" if source.lacks_reason(index) => {
                Some("unsafe without a `// SAFETY:` comment just above")
            }
            _ => None,
        };
        found.extend(reason.map(|reason| source.at(token.line, reason)));
    }
    found
}

/// Platform conditions outside `sys`. Tests may depend on the architecture, because of their expectations about machine
/// instructions, and on Unix, whose files and links they make. The hex engine is selected by the architecture.
pub(crate) fn platform_conditions(source: &Source) -> Vec<String> {
    if source.name.starts_with("src/mapping/sys/") {
        return Vec::new();
    }
    let knows_processors = source.name.starts_with("src/hexview/");
    let may_ask = |index| match source.text(index) {
        "target_arch" => knows_processors || source.in_tests(index),
        name => name == "unix" && source.in_tests(index),
    };
    let conditions = (0..source.tokens.len()).filter(|&index| {
        matches!(source.text(index), "cfg" | "cfg_attr" | "cfg_select")
            && (source.is(index + 1, "(") || source.is(index + 1, "!"))
    });
    conditions
        .flat_map(|index| index..source.group_end(index + 1))
        .filter(|&index| PLATFORM.contains(&source.text(index)))
        .filter(|&index| !may_ask(index))
        .map(|index| {
            let token = &source.tokens[index];
            source.at(
                token.line,
                format!("a condition on `{}` outside sys", token.text),
            )
        })
        .collect()
}

/// Macros that write to the standard streams. Tests may use them, because the test harness captures the output.
pub(crate) fn printing(source: &Source) -> Vec<String> {
    let macros = ["println", "eprintln", "print", "eprint", "dbg"];
    (0..source.tokens.len())
        .filter(|&index| macros.contains(&source.text(index)) && !source.in_tests(index))
        .filter(|&index| source.is(index + 1, "!") && !source.is(index + 2, "="))
        .map(|index| {
            source.at(
                source.tokens[index].line,
                format!("{}! is used", source.text(index)),
            )
        })
        .collect()
}

/// Functions and files that are too long to read at once.
pub(crate) fn too_long(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let lines = source.program_lines();
    if lines > FILE_LINES {
        found.push(source.at(
            1,
            format!("{lines} lines without tests, at most {FILE_LINES}"),
        ));
    }
    for index in 0..source.tokens.len() {
        if source.text(index) != "fn" || !source.tokens[index + 1].is_name() {
            continue;
        }
        let Some(body) = source.body(index) else {
            continue;
        };
        let first = source.tokens[index].line;
        let lines = source.tokens[source.group_end(body) - 1].line - first + 1;
        if lines > FUNCTION_LINES {
            let name = source.text(index + 1);
            found.push(source.at(
                first,
                format!("fn {name}: {lines} lines, at most {FUNCTION_LINES}"),
            ));
        }
    }
    found
}

/// Outcomes in `commands`. The core defines them and `report` prints them: `commands` contains nothing serialised, and
/// no type called a report or an outcome.
pub(crate) fn outcomes_in_commands(source: &Source) -> Vec<String> {
    if source.part() != "commands" {
        return Vec::new();
    }
    (0..source.tokens.len())
        .filter(|&index| !source.in_tests(index))
        .filter_map(|index| {
            let name = source.text(index + 1);
            let is_outcome = name.ends_with("Report") || name.ends_with("Outcome");
            let what = match source.text(index) {
                "Serialize" => "`Serialize` in a command".to_owned(),
                kind @ ("struct" | "enum") if is_outcome => format!("{kind} {name} in a command"),
                _ => return None,
            };
            Some(source.at(source.tokens[index].line, what))
        })
        .collect()
}

/// Texts in `mapping` that name a command-line option. The core does not depend on the command line.
pub(crate) fn options_in_the_core(source: &Source) -> Vec<String> {
    if source.part() != "mapping" {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, token) in source.tokens.iter().enumerate() {
        for (at, option) in options(&token.literal) {
            let foreign = FOREIGN_OPTIONS.iter().any(|(name, _)| *name == option);
            if !foreign && !source.in_tests(index) {
                let line = token.line + token.literal[..at].matches('\n').count();
                found.push(source.at(line, format!("a text names the option {option}")));
            }
        }
    }
    found
}

/// The options in a text, with their positions.
fn options(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("--").filter_map(|(at, dashes)| {
        let name = &text[at + dashes.len()..];
        let length = name
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(name.len());
        let is_option = name.starts_with(|c: char| c.is_ascii_lowercase());
        is_option.then(|| (at, &text[at..at + dashes.len() + length]))
    })
}
