//! Durations, and options whose duration may be left out.

use std::ffi::OsString;
use std::time::Duration;

/// The value of `--hold` without a duration: only a signal ends it.
pub(super) const FOREVER: &str = "forever";

/// The value of `--watch` without an interval.
pub(super) const INTERVAL: &str = "2s";

/// An option whose duration may be left out.
struct Optional {
    name: &'static str,
    /// Its value without one.
    value: &'static str,
    commands: &'static [&'static str],
}

const OPTIONAL: [Optional; 2] = [
    Optional {
        name: "--hold",
        value: FOREVER,
        commands: &["map", "mirror", "advise", "warm"],
    },
    Optional {
        name: "--watch",
        value: INTERVAL,
        commands: &["cached", "dump"],
    },
];

/// Parses a duration: "500ms", "1h30m". A bare number counts seconds.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    // humantime takes no leading point.
    let lead = if text.starts_with('.') { "0" } else { "" };
    let bare = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let unit = if bare { "s" } else { "" };
    humantime::parse_duration(&format!("{lead}{text}{unit}"))
        .map_err(|_| "not a duration (examples: 30, 0.5, 500ms, 1h30m)".to_owned())
}

/// Gives an option its default value if the next argument is not a duration: `map --hold FILE` maps FILE. An argument
/// that begins with a digit, or with a point and a digit, is a duration.
pub(super) fn complete_durations(arguments: &[OsString]) -> Vec<OsString> {
    let mut complete = arguments.to_vec();
    let typed = complete.iter().position(|argument| argument == "--");
    let typed = typed.unwrap_or(complete.len());
    let (options, _) = complete.split_at_mut(typed);
    for option in &OPTIONAL {
        let is_taken = |word: &OsString| option.commands.iter().any(|name| word == name);
        if !options.iter().any(is_taken) {
            continue;
        }
        for index in 0..options.len().saturating_sub(1) {
            if let [here, next, ..] = &mut options[index..]
                && here == option.name
                && next != option.value
                && !begins_like_a_duration(next)
            {
                *here = format!("{}={}", option.name, option.value).into();
            }
        }
    }
    complete
}

fn begins_like_a_duration(argument: &OsString) -> bool {
    let bytes = argument.as_encoded_bytes();
    let number = bytes.strip_prefix(b".").unwrap_or(bytes);
    bytes.is_empty() || number.first().is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(words: &str) -> String {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let complete = complete_durations(&words);
        let text = complete.iter().map(|word| word.to_str().unwrap());
        text.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_path_after_an_option_is_not_its_duration() {
        for (typed, complete) in [
            ("m cached --watch dir", "m cached --watch=2s dir"),
            ("m cached --watch .dir", "m cached --watch=2s .dir"),
            (
                "m cached --watch --count 2 dir",
                "m cached --watch=2s --count 2 dir",
            ),
            ("m cached --watch 500ms dir", "m cached --watch 500ms dir"),
            ("m cached --watch .5 dir", "m cached --watch .5 dir"),
            ("m cached dir --watch", "m cached dir --watch"),
            ("m cached -- --watch dir", "m cached -- --watch dir"),
            ("m map --watch dir", "m map --watch dir"),
            ("m map --hold dir", "m map --hold=forever dir"),
            ("m map --hold forever dir", "m map --hold forever dir"),
        ] {
            assert_eq!(completed(typed), complete);
        }
    }
}
