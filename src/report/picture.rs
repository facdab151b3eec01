//! The residency picture: one line of symbols for the spans of a range, and its legend. Pages are not counted here.
//!
//! Pure, except that the charset depends on the locale. Every state has a distinct symbol and the picture works without
//! colour. "All" and "none" are exact; everything between is "partly".

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::mapping::measure::residency::Picture;
use crate::mapping::types::Counts;

/// The characters a picture is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Block elements and geometric shapes, each one column wide.
    Unicode,
    /// ASCII alone, for terminals and logs without Unicode.
    Ascii,
}

impl Charset {
    /// The charset that the locale supports (`locale(7)`). The first variable that is not empty decides.
    pub(super) fn of_locale() -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .filter_map(std::env::var_os)
            .find(|value| !value.is_empty());
        let name = locale.map(|value| value.to_string_lossy().to_ascii_lowercase());
        match name {
            Some(name) if name.contains("utf-8") || name.contains("utf8") => Self::Unicode,
            _ => Self::Ascii,
        }
    }

    /// The mark for omitted text.
    pub(super) const fn ellipsis(self) -> &'static str {
        match self {
            Self::Unicode => "…",
            Self::Ascii => "...",
        }
    }
}

/// The styles of the states; [`Theme::default`] is plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// Resident pages.
    pub resident: Style,
    /// Pages not in memory.
    pub absent: Style,
    /// Dirty pages.
    pub dirty: Style,
    /// Pages under writeback.
    pub writeback: Style,
    /// Pages in an unknown state.
    pub unknown: Style,
}

impl Theme {
    /// Colours of the terminal's palette that are legible on a dark and on a light background. None is bold: many
    /// terminals make bold text brighter, and bright yellow is invisible on white.
    #[must_use]
    pub const fn coloured() -> Self {
        Self {
            resident: AnsiColor::Green.on_default(),
            absent: Style::new().dimmed(),
            dirty: AnsiColor::Yellow.on_default(),
            writeback: AnsiColor::Magenta.on_default(),
            unknown: AnsiColor::Red.on_default(),
        }
    }

    const fn of(&self, state: State) -> Style {
        match state {
            State::Absent => self.absent,
            State::Partly(_) | State::Full => self.resident,
            State::Dirty { .. } => self.dirty,
            State::Writeback { .. } => self.writeback,
            State::Unknown => self.unknown,
        }
    }
}

/// The look of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The maximum number of symbols in the line, without the brackets. At least 1 is drawn.
    pub width: usize,
    /// The characters.
    pub charset: Charset,
    /// The styles.
    pub theme: Theme,
}

/// The number of degrees of "partly resident".
const DEGREES: u8 = 7;

/// The state that a symbol shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No page is resident.
    Absent,
    /// Some pages are resident, all clean: 1 for few, [`DEGREES`] for nearly all.
    Partly(u8),
    /// Every page is resident and clean.
    Full,
    /// Some pages are dirty, or all of them.
    Dirty { all: bool },
    /// Some pages are under writeback, at least as many as are dirty, or all of them.
    Writeback { all: bool },
    /// The state is unknown.
    Unknown,
}

impl State {
    fn of(counts: Counts) -> Self {
        let Some(resident) = counts.resident else {
            return Self::Unknown;
        };
        let (dirty, writeback) = (counts.dirty.unwrap_or(0), counts.writeback.unwrap_or(0));
        let all = |part: u64| part >= counts.pages;
        match resident {
            _ if writeback > 0 && writeback >= dirty => Self::Writeback {
                all: all(writeback),
            },
            _ if dirty > 0 => Self::Dirty { all: all(dirty) },
            0 => Self::Absent,
            every if every >= counts.pages => Self::Full,
            some => Self::Partly(degree(some, counts.pages)),
        }
    }

    const fn symbol(self, charset: Charset) -> char {
        match charset {
            Charset::Unicode => match self {
                Self::Absent => '·',
                Self::Partly(0 | 1) => '▁',
                Self::Partly(2) => '▂',
                Self::Partly(3) => '▃',
                Self::Partly(4) => '▄',
                Self::Partly(5) => '▅',
                Self::Partly(6) => '▆',
                Self::Partly(_) => '▇',
                Self::Full => '█',
                Self::Dirty { all: false } => '◇',
                Self::Dirty { all: true } => '◆',
                Self::Writeback { all: false } => '△',
                Self::Writeback { all: true } => '▲',
                Self::Unknown => '?',
            },
            Charset::Ascii => match self {
                Self::Absent => '.',
                Self::Partly(0..=2) => '-',
                Self::Partly(3..=5) => '=',
                Self::Partly(_) => '%',
                Self::Full => '#',
                Self::Dirty { all: false } => 'd',
                Self::Dirty { all: true } => 'D',
                Self::Writeback { all: false } => 'w',
                Self::Writeback { all: true } => 'W',
                Self::Unknown => '?',
            },
        }
    }
}

/// The degree of `some` of `pages` from 1 to [`DEGREES`], for more than none and fewer than all.
fn degree(some: u64, pages: u64) -> u8 {
    let scaled = u128::from(some) * u128::from(DEGREES) / u128::from(pages.max(1));
    u8::try_from(scaled).map_or(DEGREES, |low| low.saturating_add(1).min(DEGREES))
}

/// The line of symbols between brackets, without a line feed. Spans are joined if there are more of them than columns.
/// An empty range has no symbol.
#[must_use]
pub fn line(picture: &Picture, look: &Look) -> String {
    let mut text = String::from("[");
    let mut current = Style::new();
    for state in states(picture, look.width) {
        let style = look.theme.of(state);
        if style != current {
            // Writing to a string never fails.
            let _ = write!(text, "{current:#}{style}");
            current = style;
        }
        text.push(state.symbol(look.charset));
    }
    let _ = write!(text, "{current:#}]");
    text
}

/// The number of columns of the brackets in [`line()`].
pub const BRACKETS: usize = 2;

/// The minimum number of symbols of a picture, on a terminal of any width.
pub const LEAST: usize = 20;

/// The legend of the symbols that occur in these pictures, in a fixed order. Its lines are no wider than `columns`,
/// unless a single entry is.
#[must_use]
pub fn legend<'a>(
    pictures: impl IntoIterator<Item = &'a Picture>,
    look: &Look,
    columns: usize,
) -> Vec<String> {
    let pictures = pictures.into_iter();
    let states: Vec<State> = pictures.flat_map(|one| states(one, look.width)).collect();
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for entry in &ENTRIES {
        if !states.iter().any(|state| entry.explains(*state)) {
            continue;
        }
        let wide = entry.columns() + GAP.len();
        match lines.last_mut() {
            Some(line) if used + wide <= columns => {
                line.push_str(GAP);
                line.push_str(&entry.text(look));
                used += wide;
            }
            _ => {
                lines.push(entry.text(look));
                used = entry.columns();
            }
        }
    }
    lines
}

/// The gap between two entries of the legend.
const GAP: &str = "  ";

/// A word of the legend and the symbols it explains, first and last.
struct Entry {
    from: State,
    to: State,
    word: &'static str,
}

const ENTRIES: [Entry; 8] = [
    Entry::one(State::Full, "resident"),
    Entry {
        from: State::Partly(1),
        to: State::Partly(DEGREES),
        word: "partly",
    },
    Entry::one(State::Absent, "absent"),
    Entry::one(State::Dirty { all: true }, "dirty"),
    Entry::one(State::Dirty { all: false }, "partly dirty"),
    Entry::one(State::Writeback { all: true }, "under writeback"),
    Entry::one(State::Writeback { all: false }, "partly under writeback"),
    Entry::one(State::Unknown, "unknown"),
];

impl Entry {
    const fn one(state: State, word: &'static str) -> Self {
        Self {
            from: state,
            to: state,
            word,
        }
    }

    fn explains(&self, state: State) -> bool {
        match (self.from, state) {
            (State::Partly(_), State::Partly(_)) => true,
            (from, state) => from == state,
        }
    }

    /// The width of its text: each symbol has one column, and the words are ASCII.
    fn columns(&self) -> usize {
        let symbols = if self.from == self.to {
            1
        } else {
            "x to x".len()
        };
        symbols + 1 + self.word.len()
    }

    fn text(&self, look: &Look) -> String {
        let style = look.theme.of(self.from);
        let (from, to) = (self.from.symbol(look.charset), self.to.symbol(look.charset));
        let word = self.word;
        if from == to {
            format!("{style}{from}{style:#} {word}")
        } else {
            format!("{style}{from}{style:#} to {style}{to}{style:#} {word}")
        }
    }
}

/// One state for each column: that of a span, or of neighbouring spans joined.
fn states(picture: &Picture, width: usize) -> Vec<State> {
    let buckets: Vec<Counts> = picture
        .buckets
        .iter()
        .map(|bucket| bucket.counts)
        .filter(|counts| counts.pages > 0)
        .collect();
    let columns = width.clamp(1, buckets.len().max(1));
    let edge = |column: usize| column * buckets.len() / columns;
    (0..columns)
        .filter_map(|column| {
            let joined = buckets.get(edge(column)..edge(column + 1))?;
            joined.iter().copied().reduce(Counts::plus)
        })
        .map(State::of)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::measure::residency::{Bucket, Method};
    use crate::mapping::types::UnknownReason;

    fn look(width: usize, charset: Charset) -> Look {
        Look {
            width,
            charset,
            theme: Theme::default(),
        }
    }

    fn clean(resident: u64, pages: u64) -> Counts {
        full(pages, resident, 0, 0)
    }

    fn full(pages: u64, resident: u64, dirty: u64, writeback: u64) -> Counts {
        Counts {
            pages,
            resident: Some(resident),
            cached: Some(resident),
            dirty: Some(dirty),
            writeback: Some(writeback),
            evicted: Some(0),
            recently_evicted: Some(0),
        }
    }

    fn unknown(pages: u64) -> Counts {
        Counts {
            pages,
            ..Counts::default()
        }
    }

    fn picture(counts: &[Counts]) -> Picture {
        Picture {
            page_size: 4096,
            buckets: counts
                .iter()
                .map(|&counts| Bucket {
                    offset: 0,
                    length: 0,
                    counts,
                })
                .collect(),
            method: Method::Cachestat,
            unknown_reason: None,
            dirty_unknown_reason: None,
        }
    }

    fn every_state() -> Picture {
        let mut counts: Vec<Counts> = (0..=8).map(|some| clean(some, 8)).collect();
        counts.extend([
            full(8, 8, 7, 0),
            full(8, 8, 8, 0),
            full(8, 8, 1, 4),
            full(8, 8, 0, 8),
            unknown(8),
        ]);
        picture(&counts)
    }

    #[test]
    fn every_state_has_a_distinct_symbol() {
        let every = every_state();
        assert_eq!(
            line(&every, &look(80, Charset::Unicode)),
            "[·▁▂▃▄▅▆▇█◇◆△▲?]"
        );
        assert_eq!(line(&every, &look(80, Charset::Ascii)), "[.--===%%#dDwW?]");
    }

    #[test]
    fn the_legend_explains_only_symbols_that_occur() {
        let wide = legend(
            [&every_state()],
            &look(200, Charset::Unicode),
            200 + BRACKETS,
        );
        assert_eq!(
            wide,
            [
                "█ resident  ▁ to ▇ partly  · absent  ◆ dirty  ◇ partly dirty  \
                 ▲ under writeback  △ partly under writeback  ? unknown"
            ]
        );
        let simple = picture(&[clean(3, 3), clean(0, 3)]);
        assert_eq!(
            legend([&simple], &look(80, Charset::Ascii), 80 + BRACKETS),
            ["# resident  . absent"]
        );
    }

    #[test]
    fn the_legend_is_broken_into_lines_no_wider_than_the_picture() {
        assert_eq!(
            legend([&every_state()], &look(40, Charset::Unicode), 40 + BRACKETS),
            [
                "█ resident  ▁ to ▇ partly  · absent",
                "◆ dirty  ◇ partly dirty  ▲ under writeback",
                "△ partly under writeback  ? unknown",
            ]
        );
    }

    #[test]
    fn full_and_empty_are_exact_for_any_number_of_pages() {
        let many = 1 << 60;
        let edges = picture(&[clean(1, many), clean(many - 1, many), clean(many, many)]);
        assert_eq!(line(&edges, &look(80, Charset::Unicode)), "[▁▇█]");
    }

    #[test]
    fn spans_are_joined_when_columns_are_few() {
        let halves: Vec<Counts> = (0..100).map(|i| clean(u64::from(i < 50), 1)).collect();
        assert_eq!(
            line(&picture(&halves), &look(10, Charset::Ascii)),
            "[#####.....]"
        );
        assert_eq!(line(&picture(&halves), &look(1, Charset::Unicode)), "[▄]");
        assert_eq!(line(&picture(&halves), &look(0, Charset::Unicode)), "[▄]");
        assert_eq!(line(&picture(&halves), &look(3, Charset::Unicode)), "[█▄·]");
    }

    #[test]
    fn an_empty_range_has_no_symbols_and_no_legend() {
        for empty in [picture(&[]), picture(&[clean(0, 0)])] {
            assert_eq!(line(&empty, &look(80, Charset::Unicode)), "[]");
            assert_eq!(
                legend([&empty], &look(80, Charset::Unicode), 80 + BRACKETS),
                [""; 0]
            );
        }
    }

    #[test]
    fn counts_from_mincore_show_no_dirty_pages() {
        let present = Counts {
            resident: Some(4),
            ..unknown(4)
        };
        let mut mincore = picture(&[present, unknown(4)]);
        assert_eq!(line(&mincore, &look(80, Charset::Unicode)), "[█?]");
        mincore.unknown_reason = Some(UnknownReason::NotPermitted);
        assert_eq!(
            legend([&mincore], &look(80, Charset::Unicode), 80 + BRACKETS),
            ["█ resident  ? unknown"]
        );
    }

    #[test]
    fn a_run_of_symbols_has_one_colour_sequence() {
        let coloured = Look {
            theme: Theme::coloured(),
            ..look(80, Charset::Ascii)
        };
        let runs = picture(&[
            clean(1, 1),
            clean(1, 1),
            clean(0, 1),
            full(1, 1, 1, 0),
            full(1, 1, 0, 1),
            unknown(1),
        ]);
        assert_eq!(
            line(&runs, &coloured),
            "[\x1b[32m##\x1b[0m\x1b[2m.\x1b[0m\x1b[33mD\x1b[0m\x1b[35mW\x1b[0m\x1b[31m?\x1b[0m]"
        );
        assert_eq!(
            legend([&picture(&[clean(1, 1)])], &coloured, 80),
            ["\x1b[32m#\x1b[0m resident"]
        );
    }

    proptest! {
        #[test]
        fn any_counts_are_drawn_within_the_width(
            counts in proptest::collection::vec(any::<[Option<u64>; 4]>(), 0..300),
            width in 0_usize..400,
        ) {
            let counts: Vec<Counts> = counts
                .into_iter()
                .map(|[pages, resident, dirty, writeback]| Counts {
                    pages: pages.unwrap_or(0),
                    resident,
                    dirty,
                    writeback,
                    ..Counts::default()
                })
                .collect();
            let picture = picture(&counts);
            for charset in [Charset::Unicode, Charset::Ascii] {
                let text = line(&picture, &look(width, charset));
                prop_assert!(text.chars().count() <= width.max(1) + 2);
                let _ = legend([&picture], &look(width, charset), width + BRACKETS);
            }
        }
    }
}
