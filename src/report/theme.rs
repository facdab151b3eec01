//! The colours of text, by meaning. Those of pictures are in `picture`.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// A style for each meaning; all plain without colours.
#[derive(Clone, Copy, Debug, Default)]
pub struct Theme {
    /// Column heads and labels.
    pub heading: Style,
    /// Less important text.
    pub faint: Style,
    /// Success.
    pub good: Style,
    /// A warning.
    pub warning: Style,
    /// A failure.
    pub bad: Style,
    /// A hint.
    pub hint: Style,
}

impl Theme {
    /// No colours.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// Colours that are legible on a dark and on a light background.
    #[must_use]
    pub fn coloured() -> Self {
        Self {
            heading: Style::new().bold(),
            faint: Style::new().dimmed(),
            good: AnsiColor::Green.on_default(),
            warning: AnsiColor::Yellow.on_default(),
            bad: AnsiColor::Red.on_default().bold(),
            hint: AnsiColor::Cyan.on_default(),
        }
    }

    /// Coloured or plain.
    #[must_use]
    pub fn new(coloured: bool) -> Self {
        if coloured {
            Self::coloured()
        } else {
            Self::plain()
        }
    }

    /// Whether it has colours.
    #[must_use]
    pub fn is_coloured(&self) -> bool {
        self.heading != Style::new()
    }
}

/// A value in a style.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    style: Style,
    value: T,
}

impl<T> Painted<T> {
    /// The value in this style.
    pub fn new(style: Style, value: T) -> Self {
        Self { style, value }
    }
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.style)?;
        self.value.fmt(f)?;
        write!(f, "{:#}", self.style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_theme_adds_nothing() {
        let text = Painted::new(Theme::plain().bad, "x").to_string();
        assert_eq!(text, "x");
        let text = Painted::new(Theme::coloured().heading, "x").to_string();
        assert_eq!(text, "\u{1b}[1mx\u{1b}[0m");
    }
}
