//! Patterns of names: the last line is a name, and the others are patterns, as `--match` and `--glob` take them. Those
//! without brackets, braces and backslashes are compared with a reference that tries every way to match.

use std::ffi::OsStr;

use mmapctl::mapping::actions::tags::TagFilters;
use mmapctl::mapping::cache::walk::check_glob;

pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut patterns: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let name = patterns.pop().unwrap_or_default();
    for pattern in &patterns {
        if let Err(why) = check_glob(pattern) {
            assert!(!why.contains('\n'), "{why:?}");
        }
    }
    let all_valid = patterns.iter().all(|pattern| check_glob(pattern).is_ok());
    let filters = TagFilters::new(&patterns, None, None);
    assert_eq!(filters.is_ok(), all_valid);
    let Ok(filters) = filters else {
        return;
    };
    let taken = filters.take(OsStr::new(&name), None);
    if patterns.iter().all(|pattern| is_simple(pattern)) && is_name(&name) {
        assert_eq!(taken, takes(&patterns, &name), "{patterns:?} {name:?}");
    }
}

fn is_simple(pattern: &str) -> bool {
    let pattern = pattern.strip_prefix('!').unwrap_or(pattern);
    // The reference takes long for more stars.
    let is_short = pattern.matches('*').count() <= 5 && pattern.len() <= 100;
    is_short
        && !pattern.is_empty()
        && !pattern.contains(['[', ']', '{', '}', '\\', '/', '!', '\r', '\0'])
}

fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= 100 && !name.contains(['/', '\0'])
}

/// The last pattern that matches decides. Without one, a name is taken unless there are patterns that include.
fn takes(patterns: &[String], name: &str) -> bool {
    let last = patterns.iter().rfind(|pattern| {
        let pattern = pattern.strip_prefix('!').unwrap_or(pattern);
        matches(pattern.as_bytes(), name.as_bytes())
    });
    match last {
        Some(pattern) => !pattern.starts_with('!'),
        None => patterns.iter().all(|pattern| pattern.starts_with('!')),
    }
}

fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|at| matches(rest, &name[at..])),
        (Some((b'?', rest)), Some((_, later))) => matches(rest, later),
        (Some((wanted, rest)), Some((is, later))) => wanted == is && matches(rest, later),
        _ => false,
    }
}
