//! The layout of text for people on one stream: its width, colours, sizes and names.

use std::cell::OnceCell;

use super::options::{Options, Verbosity};
use super::picture::{self, Charset, Look};
use super::size::Size;
use super::theme::Theme;
use crate::mapping::types::{ByteLength, SourceOffset};

/// The layout of text for people on one stream.
#[derive(Clone, Debug)]
pub struct View {
    exact: bool,
    verbose: bool,
    terminal: bool,
    theme: Theme,
    width: OnceCell<usize>,
}

/// The width of text that does not go to a terminal.
const DEFAULT_WIDTH: usize = 80;

/// The height of a screen whose height is unknown.
const DEFAULT_HEIGHT: usize = 24;

impl View {
    /// The layout for the options of the user, a terminal or not, and colours.
    pub(super) fn new(options: &Options, terminal: bool, theme: Theme) -> Self {
        Self {
            exact: options.exact_sizes,
            verbose: options.verbosity == Verbosity::Verbose,
            terminal,
            theme,
            width: OnceCell::new(),
        }
    }

    /// The layout for a stream that is no terminal: no colours, rounded sizes.
    #[must_use]
    pub fn plain() -> Self {
        Self::new(&Options::default(), false, Theme::plain())
    }

    /// The layout for a terminal of this width, without colours.
    #[cfg(test)]
    pub(super) fn terminal(columns: usize) -> Self {
        Self {
            terminal: true,
            width: OnceCell::from(columns),
            ..Self::plain()
        }
    }

    /// A size, rounded or exact as the options demand.
    #[must_use]
    pub fn size(&self, bytes: ByteLength) -> Size {
        Size::new(bytes, self.exact)
    }

    /// An offset. It is never rounded.
    #[must_use]
    pub fn offset(&self, offset: SourceOffset) -> Size {
        Size::offset(offset, self.exact)
    }

    /// Two sizes that stand beside each other: exact if different ones would read the same otherwise.
    pub(super) fn size_pair(&self, sizes: [ByteLength; 2]) -> [Size; 2] {
        Size::pair(sizes, self.exact)
    }

    /// Whether details are wanted as well.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// The colours.
    #[must_use]
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Whether colours are used.
    #[must_use]
    pub fn is_coloured(&self) -> bool {
        self.theme.is_coloured()
    }

    /// Whether the stream is a terminal.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether text is limited to ASCII, because the locale is not UTF-8.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        Charset::of_locale() == Charset::Ascii
    }

    /// The mark for omitted text.
    #[must_use]
    pub fn ellipsis(&self) -> &'static str {
        Charset::of_locale().ellipsis()
    }

    /// A text that says that an amount is this one or more.
    pub(super) fn at_least(amount: &str) -> String {
        match Charset::of_locale() {
            Charset::Unicode => format!("≥{amount}"),
            Charset::Ascii => format!(">={amount}"),
        }
    }

    /// The sign of a negative amount.
    pub(super) fn minus() -> &'static str {
        match Charset::of_locale() {
            Charset::Unicode => "\u{2212}",
            Charset::Ascii => "-",
        }
    }

    /// The look of a residency picture in a line that starts with `indent` other columns.
    #[must_use]
    pub fn look(&self, indent: usize) -> Look {
        let theme = if self.is_coloured() {
            picture::Theme::coloured()
        } else {
            picture::Theme::default()
        };
        Look {
            width: self
                .width()
                .saturating_sub(indent + picture::BRACKETS)
                .max(picture::LEAST),
            charset: Charset::of_locale(),
            theme,
        }
    }

    /// The same layout for the present size of the terminal.
    pub(super) fn measured(&self) -> Self {
        Self {
            width: OnceCell::new(),
            ..self.clone()
        }
    }

    /// The number of lines of the terminal; 24 elsewhere.
    pub(super) fn height(&self) -> usize {
        let size = self.terminal.then(terminal_size::terminal_size).flatten();
        size.map_or(DEFAULT_HEIGHT, |(_, height)| usize::from(height.0))
    }

    /// The width of the terminal in columns; 80 elsewhere.
    #[must_use]
    pub fn width(&self) -> usize {
        *self.width.get_or_init(|| {
            let columns = self.terminal.then(terminal_size::terminal_size).flatten();
            columns.map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
        })
    }
}
