//! The streams of a command, and the options for writing to them. No other file of the program prints.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::error::ErrorReport;
use super::human::Human;
use super::json;
use super::name::{Name, printable};
use super::options::{Options, Verbosity, When};
use super::theme::{Painted, Theme};
use super::view::View;
use crate::mapping::error::{Error, Result};
use crate::mapping::process::standard_output::{StandardOutput, Unusable};
use crate::mapping::source::size::stream_failure;
use crate::mapping::types::{Kind, SourceName};

/// The streams of a command.
pub struct Console {
    options: Options,
    out: BufWriter<Unbroken>,
    view: View,
    err: Box<dyn Write + Send>,
    err_theme: Theme,
    err_terminal: bool,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Console {
    /// The streams of this process.
    #[must_use]
    pub fn standard(options: Options) -> Self {
        let out = StandardOutput::new();
        let terminal = out.file().is_some_and(|file| file.is_terminal());
        let err = io::stderr();
        let coloured = wants_colour(options.color, &io::stdout());
        let err_theme = Theme::new(wants_colour(options.color, &err));
        let err_terminal = err.is_terminal();
        Self {
            options,
            view: View::new(&options, terminal, Theme::new(coloured)),
            out: BufWriter::new(Unbroken::new(Box::new(out))),
            err: Box::new(err),
            err_theme,
            err_terminal,
        }
    }

    /// Streams whose text is captured, for tests.
    #[must_use]
    pub fn captured(options: Options) -> (Self, Captured) {
        let captured = Captured::default();
        let console = Self {
            options,
            view: View::new(&options, false, Theme::plain()),
            out: BufWriter::new(Unbroken::new(Box::new(captured.out.clone()))),
            err: Box::new(captured.err.clone()),
            err_theme: Theme::plain(),
            err_terminal: false,
        };
        (console, captured)
    }

    /// The options for output.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The layout of text on stdout.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Whether JSON is wanted.
    #[must_use]
    pub fn json(&self) -> bool {
        self.options.json
    }

    /// Whether reports and notes are not wanted.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.options.verbosity == Verbosity::Quiet
    }

    /// Whether details are wanted as well.
    #[must_use]
    pub fn is_verbose(&self) -> bool {
        self.options.verbosity == Verbosity::Verbose
    }

    /// Fails if stdout is closed or not open for writing. Called before an action whose report would be lost.
    ///
    /// # Errors
    /// Why stdout cannot be written.
    pub fn require_output(&self) -> Result<()> {
        match StandardOutput::new().unusable() {
            Some(why) => {
                Err(Error::new(Kind::Failed, "write", unusable(why))
                    .on(&SourceName::StandardOutput))
            }
            None => Ok(()),
        }
    }

    /// Leaves stdout to another program. Reports go to stderr from now on.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn cede_output(&mut self) -> Result<()> {
        self.flush()?;
        self.out = BufWriter::new(Unbroken::new(Box::new(Careless(io::stderr()))));
        self.view = View::new(&self.options, self.err_terminal, self.err_theme);
        Ok(())
    }

    /// Whether progress is shown on stderr.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        match self.options.progress {
            When::Always => true,
            When::Never => false,
            When::Auto => self.err_terminal && !self.options.json && !self.is_quiet(),
        }
    }

    /// Whether stderr is a terminal, which can redraw a line.
    #[must_use]
    pub(super) fn draws_on_terminal(&self) -> bool {
        self.err_terminal
    }

    /// Writes the report of an action: a JSON object on a line of its own, or text. Writes nothing when quiet.
    ///
    /// # Errors
    /// A failure of stdout, except that its reader has closed it.
    pub fn report(&mut self, outcome: &(impl Serialize + Human)) -> Result<()> {
        if self.is_quiet() {
            return Ok(());
        }
        self.answer(outcome)
    }

    /// Writes requested data, also when quiet: a JSON object on a line of its own, or text.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn answer(&mut self, outcome: &(impl Serialize + Human)) -> Result<()> {
        if self.options.json {
            return self.write_json(outcome);
        }
        let written = outcome.write_human(&mut self.out, &self.view);
        written.map_err(|e| output_failure(&e))
    }

    /// Writes a JSON object on a line of its own.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn write_json(&mut self, value: &impl Serialize) -> Result<()> {
        json::write_line(&mut self.out, value).map_err(|e| output_failure(&e))
    }

    /// Writes text with a function of the caller.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn write_text(
        &mut self,
        write: impl FnOnce(&mut dyn Write, &View) -> io::Result<()>,
    ) -> Result<()> {
        write(&mut self.out, &self.view).map_err(|e| output_failure(&e))
    }

    /// Writes a page of text. Its ANSI escapes are removed unless stdout is coloured.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn write_page(&mut self, page: &str) -> Result<()> {
        let written = write_styled(&mut self.out, page, self.view.is_coloured());
        written.map_err(|e| output_failure(&e))
    }

    /// Writes a page of text to stderr, like [`Console::write_page`] to stdout.
    pub fn remind(&mut self, page: &str) {
        let coloured = self.err_theme.is_coloured();
        // If stderr cannot be written, the exit status still reports the failure.
        let _ = write_styled(&mut self.err, page, coloured);
    }

    /// Flushes the buffer and returns the stream itself, for many bytes. The outcome of writing goes to
    /// [`Console::bulk_outcome`].
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn bulk(&mut self) -> Result<StandardOutput> {
        self.flush()?;
        Ok(StandardOutput::new())
    }

    /// Takes the outcome of writing to [`Console::bulk`]. A closed reader is no failure.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn bulk_outcome(&mut self, outcome: io::Result<()>) -> Result<()> {
        let noticed = self.out.get_mut().notice(outcome, ());
        noticed.map_err(|e| output_failure(&e))
    }

    /// Writes the buffered text.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(|e| output_failure(&e))
    }

    /// Whether the reader of stdout has closed it, so that nothing more can be reported.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.out.get_ref().closed
    }

    /// Writes a remark that is no failure to stderr: `mmapctl: note: …`. Writes nothing when quiet, or with JSON, whose
    /// reports have fields for the same facts.
    pub fn note(&mut self, name: Option<&SourceName>, text: fmt::Arguments<'_>) {
        if self.is_quiet() || self.options.json {
            return;
        }
        self.remark("note:", self.err_theme.warning, name, text);
    }

    /// Writes a detail to stderr: `mmapctl: detail: …`. Writes nothing unless verbose, or with JSON.
    pub fn detail(&mut self, name: Option<&SourceName>, text: fmt::Arguments<'_>) {
        if !self.is_verbose() || self.options.json {
            return;
        }
        self.remark("detail:", self.err_theme.faint, name, text);
    }

    fn remark(
        &mut self,
        label: &str,
        style: anstyle::Style,
        name: Option<&SourceName>,
        text: fmt::Arguments<'_>,
    ) {
        let label = Painted::new(style, label);
        let subject = name.map_or(String::new(), |name| format!("{}: ", Name(name)));
        let text = text.to_string();
        let line = format!("mmapctl: {label} {subject}{}\n", printable(&text));
        // A failure to write to stderr cannot be reported anywhere.
        let _ = self.err.write_all(line.as_bytes());
    }

    /// Reports a failure on stderr, after the text of stdout so far, and returns its kind. `name` is the subject unless
    /// the failure has one.
    pub fn fail(&mut self, error: &anyhow::Error, name: Option<&SourceName>) -> Kind {
        let mut report = ErrorReport::new(error);
        if let Some(name) = name {
            report = report.on(name);
        }
        // Keeps the order on a terminal. The last flush reports a failure of stdout.
        let _ = self.out.flush();
        // If stderr cannot be written, the exit status still reports the failure.
        let _ = self.write_failure(&report);
        report.kind()
    }

    /// Writes the failure in one piece: lines of several processes do not mix.
    fn write_failure(&mut self, report: &ErrorReport) -> io::Result<()> {
        let mut text = Vec::new();
        if self.options.json {
            json::write_line(&mut text, report)?;
        } else {
            report.write_human(&mut text, &self.err_theme)?;
        }
        self.err.write_all(&text)
    }
}

/// A failure of stdout as an error of the core.
pub(super) fn output_failure(error: &io::Error) -> Error {
    let failure = stream_failure(error).on(&SourceName::StandardOutput);
    match StandardOutput::new().unusable() {
        Some(why) => failure.because(unusable(why)),
        None => failure,
    }
}

fn unusable(why: Unusable) -> &'static str {
    match why {
        Unusable::Closed => "it is closed",
        Unusable::ReadOnly => "it is open for reading only",
    }
}

fn write_styled(out: &mut dyn Write, page: &str, coloured: bool) -> io::Result<()> {
    if coloured {
        out.write_all(page.as_bytes())
    } else {
        write!(out, "{}", anstream::adapter::strip_str(page))
    }
}

fn wants_colour(when: When, stream: &impl anstream::stream::RawStream) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// A writer that discards everything after its reader has closed it: a command completes its work even if nobody reads
/// the report.
struct Unbroken {
    inner: Box<dyn Write + Send>,
    closed: bool,
}

impl Unbroken {
    fn new(inner: Box<dyn Write + Send>) -> Self {
        Self {
            inner,
            closed: false,
        }
    }

    fn notice<T>(&mut self, outcome: io::Result<T>, taken: T) -> io::Result<T> {
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(taken)
            }
            other => other,
        }
    }
}

impl Write for Unbroken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let outcome = self.inner.write(bytes);
        self.notice(outcome, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.inner.flush();
        self.notice(outcome, ())
    }
}

/// A writer of diagnostics that ignores failures, which cannot be reported anywhere.
struct Careless<W>(W);

impl<W: Write> Write for Careless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}

/// The text of captured streams.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    out: Shared,
    err: Shared,
}

impl Captured {
    /// The text that was written to stdout and flushed.
    #[must_use]
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// The text that was written to stderr.
    #[must_use]
    pub fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
