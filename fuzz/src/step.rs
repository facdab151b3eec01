//! The steps of `map --then`: any text is refused, or is a step whose printed form is read back as the same step.

use mmapctl::cli::parse_step;
use mmapctl::mapping::error::Error;

pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let step = match parse_step(text) {
        Ok(step) => step,
        Err(why) => return super::check_report(Error::usage(why)),
    };
    let printed = step.to_string();
    assert!(!printed.contains(char::is_control), "{printed:?}");
    assert_eq!(parse_step(&printed).as_ref(), Ok(&step), "{printed:?}");
    // It is the action that was typed, on all of the mapping only where no part was typed.
    let action = |text: &str| {
        let end = text.find(['=', '@']).unwrap_or(text.len());
        text[..end].to_ascii_lowercase()
    };
    assert_eq!(action(text), action(&printed));
    assert_eq!(text.contains('@'), step.part.is_some());
}
