//! The streams that a command writes to, and how it is to write.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::error::ErrorReport;
use super::human::Human;
use super::name::{Name, printable};
use super::options::{Options, Verbosity, When};
use super::theme::{Painted, Theme};
use super::view::View;
use crate::mapping::error::{Error, Result};
use crate::mapping::process::standard_output::{StandardOutput, Unusable};
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

    /// Streams whose text is kept, for tests of what is printed.
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

    /// How to write.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// How text on stdout is laid out.
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

    /// Refuses to go on where stdout is known to take nothing, before anything is done whose report would be lost.
    ///
    /// # Errors
    /// Why stdout takes nothing.
    pub fn require_output(&self) -> Result<()> {
        match StandardOutput::new().unusable() {
            Some(why) => {
                Err(Error::new(Kind::Failed, "write", unusable(why))
                    .on(&SourceName::StandardOutput))
            }
            None => Ok(()),
        }
    }

    /// Leaves stdout to somebody else: reports go to stderr from now on.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn cede_output(&mut self) -> Result<()> {
        self.flush()?;
        self.out = BufWriter::new(Unbroken::new(Box::new(Careless(io::stderr()))));
        self.view = View::new(&self.options, self.err_terminal, self.err_theme);
        Ok(())
    }

    /// Whether progress is to be shown on stderr.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        match self.options.progress {
            When::Always => true,
            When::Never => false,
            When::Auto => self.err_terminal && !self.options.json && !self.is_quiet(),
        }
    }

    /// Whether stderr is a terminal, on which a line can be drawn anew.
    #[must_use]
    pub(super) fn draws_on_terminal(&self) -> bool {
        self.err_terminal
    }

    /// Whether the reader of stdout has gone, so that nobody sees what is still to come.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.out.get_ref().closed
    }

    /// Writes what an action did: a JSON object on a line of its own, or text; nothing when quiet.
    ///
    /// # Errors
    /// Stdout's failure, other than that its reader has gone.
    pub fn report(&mut self, outcome: &(impl Serialize + Human)) -> Result<()> {
        if self.is_quiet() {
            return Ok(());
        }
        self.answer(outcome)
    }

    /// Writes what was asked for, also when quiet: a JSON object on a line of its own, or text.
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
        serde_json::to_writer(&mut self.out, value)
            .map_err(io::Error::from)
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|e| output_failure(&e))
    }

    /// Writes text by a function of the caller's.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn write_text(
        &mut self,
        write: impl FnOnce(&mut dyn Write, &View) -> io::Result<()>,
    ) -> Result<()> {
        write(&mut self.out, &self.view).map_err(|e| output_failure(&e))
    }

    /// Writes a page of text that has ANSI escapes, without them where there are to be no colours.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn write_page(&mut self, page: &str) -> Result<()> {
        let written = write_styled(&mut self.out, page, self.view.is_coloured());
        written.map_err(|e| output_failure(&e))
    }

    /// Writes a page of text to stderr, as [`Console::write_page`] does to stdout.
    pub fn remind(&mut self, page: &str) {
        let coloured = self.err_theme.heading != anstyle::Style::new();
        // Where diagnostics cannot be written, the exit status is what is left.
        let _ = write_styled(&mut self.err, page, coloured);
    }

    /// The stream itself, for bytes in bulk, with what was buffered written before; its outcome goes to
    /// [`Console::bulk_outcome`].
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn bulk(&mut self) -> Result<StandardOutput> {
        self.flush()?;
        Ok(StandardOutput::new())
    }

    /// What became of writing in bulk: that the reader has gone is noted and is no failure.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn bulk_outcome(&mut self, outcome: io::Result<()>) -> Result<()> {
        let noticed = self.out.get_mut().notice(outcome, ());
        noticed.map_err(|e| output_failure(&e))
    }

    /// Writes everything out that is still buffered.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(|e| output_failure(&e))
    }

    /// Remarks on something that the user should know and that is no failure: `mmapctl: note: …` on stderr.
    /// Not when quiet, and not with JSON, whose reports have fields for what is worth knowing.
    pub fn note(&mut self, name: Option<&SourceName>, text: fmt::Arguments<'_>) {
        if self.is_quiet() || self.options.json {
            return;
        }
        self.remark("note:", self.err_theme.warning, name, text);
    }

    /// Remarks on a detail: as [`Console::note`], and only when verbose.
    pub fn detail(&mut self, name: Option<&SourceName>, text: fmt::Arguments<'_>) {
        if self.options.verbosity != Verbosity::Verbose || self.options.json {
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
        // Where diagnostics cannot be written there is nobody to tell it to.
        let _ = self.err.write_all(line.as_bytes());
    }

    /// Tells of a failure on stderr, after what stdout has so far, and says of what kind it is. `name` is
    /// what it is about if the failure itself does not know.
    pub fn fail(&mut self, error: &anyhow::Error, name: Option<&SourceName>) -> Kind {
        let mut report = ErrorReport::new(error);
        if let Some(name) = name {
            report = report.on(name);
        }
        // Keeps the order on a terminal; a failure of stdout is noticed again by the last flush.
        let _ = self.out.flush();
        // Where diagnostics cannot be written, the exit status is what is left.
        let _ = self.write_failure(&report);
        report.kind()
    }

    /// In one piece, so that lines of several processes do not mix.
    fn write_failure(&mut self, report: &ErrorReport) -> io::Result<()> {
        let mut text = Vec::new();
        if self.options.json {
            serde_json::to_writer(&mut text, report)?;
            text.push(b'\n');
        } else {
            report.write_human(&mut text, &self.err_theme)?;
        }
        self.err.write_all(&text)
    }
}

/// The failure of stdout, as an error of the core like all others.
fn output_failure(error: &io::Error) -> Error {
    let failure = Error::os_as(Kind::Failed, "write", error).on(&SourceName::StandardOutput);
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

/// A writer that takes everything and drops it once its reader has gone: what a command does is not left
/// half-done because nobody reads about it any more.
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

/// A writer of diagnostics: where they cannot be written there is nobody to tell it to.
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

/// What was written to captured streams.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    out: Shared,
    err: Shared,
}

impl Captured {
    /// What has been written to stdout and flushed.
    #[must_use]
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// What has been written to stderr.
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
