//! `cached`: shows what of files and directories is in the page cache.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::failure::Failures;
use super::outcome::{Exit, Outcome};
use super::watch::{Watched, watch};
use crate::cli::CachedArgs;
use crate::mapping::cache::cached::{
    Cached, CachedRequest, Changes, KeptRows, Pictures, SortKey, cached,
};
use crate::mapping::cache::walk::{Event, Walked};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::expectation::Expectation;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::output::replace;
use crate::mapping::types::Kind;
use crate::report::{
    CachedForm, CachedMetrics, CachedReport, CachedScreen, CachedTable, CachedTableKind, Console,
    View, cached_pictures,
};

/// Carries out the command.
pub(super) fn run(args: &CachedArgs, console: &mut Console) -> Outcome {
    let request = args.request()?;
    if console.json() {
        args.check_json()?;
    }
    match args.watch.watch {
        Some(interval) => watch_cached(args, request, interval, console),
        None => look_once(args, request, console),
    }
}

fn table(args: &CachedArgs, request: &CachedRequest, streams: bool) -> CachedTable {
    let kind = CachedTableKind {
        bare: args.table.no_header,
        streams,
        only_total: args.table.total,
        several: request.paths.paths.len() > 1,
        changes: args.watch.watch.is_some(),
    };
    CachedTable::new(&args.table.columns, kind)
}

fn form(args: &CachedArgs, request: &CachedRequest, console: &Console) -> CachedForm {
    match (console.json(), args.openmetrics) {
        (true, _) => CachedForm::Json,
        (_, true) => CachedForm::Metrics,
        _ => {
            let streams = request.rows.files && request.order.streams();
            CachedForm::Table(table(args, request, streams))
        }
    }
}

fn look_once(args: &CachedArgs, mut request: CachedRequest, console: &mut Console) -> Outcome {
    /// The longest time for which rows wait for more.
    const PATIENCE: Duration = Duration::from_millis(100);
    request.pictures = match args.openmetrics {
        true => Pictures::Nothing,
        false => cached_pictures(console, &args.table.columns),
    };
    let mut form = form(args, &request, console);
    request.keep = form.keeps_rows();
    let (mut failures, mut errors) = (Failures::default(), 0_u64);
    let mut written = Instant::now();
    let of_rows = args.expect.filter(|_| !args.table.total);
    let mut take = |event| {
        match event {
            Event::Tick => {}
            Event::Failure(error) => {
                errors += 1;
                failures.report(console, error.into(), None);
            }
            Event::Row(row) => {
                form.row(&row, console)?;
                if let Some(Err(error)) = of_rows.map(|expected| row.sum.check(&expected)) {
                    failures.report(console, error.into(), Some(&row.name));
                }
            }
        }
        if written.elapsed() >= PATIENCE {
            console.flush()?;
            written = Instant::now();
        }
        require_reader(console)
    };
    let looked =
        cached(&request, &Interrupts::new(), None, &mut take).and_then(|(walked, rows)| {
            rows.iter().try_for_each(|row| take(Event::Row(row)))?;
            Ok((walked, rows))
        });
    let (walked, rows) = match looked {
        Err(_) if console.is_closed() => return Ok(Exit::SUCCESS),
        looked => looked?,
    };
    match (&mut form, &args.output) {
        (CachedForm::Metrics, Some(path)) => {
            let metrics = CachedMetrics::new(rows, &walked, errors);
            replace(path, |out| metrics.write(out))?;
        }
        _ => form.finish(rows, &walked, errors, console)?,
    }
    if let Some(Err(error)) = args
        .expect
        .map(|expected| check(args, &expected, &walked.total))
        && (args.table.total || failures.are_none())
    {
        failures.report(console, error.into(), None);
    }
    Ok(failures.exit())
}

/// Compares the total with the expected one, where no row was compared with it.
fn check(args: &CachedArgs, expected: &Expectation, total: &Cached) -> Result<()> {
    match total.sum.files {
        0 => expected.check_no_file(),
        _ if args.table.total => total.check(expected),
        _ => Ok(()),
    }
}

/// Fails if nobody reads the report: there is no other result.
fn require_reader(console: &Console) -> Result<()> {
    match console.is_closed() {
        true => Err(Error::new(
            Kind::Failed,
            "write",
            "the reader has closed the pipe",
        )),
        false => Ok(()),
    }
}

fn watch_cached(
    args: &CachedArgs,
    mut request: CachedRequest,
    interval: Duration,
    console: &mut Console,
) -> Outcome {
    request.order.sort.get_or_insert(SortKey::Cached);
    request.pictures = cached_pictures(console, &args.table.columns);
    let mut looks = Looks {
        args,
        request,
        interval,
        number: 0,
        changes: Changes::default(),
        rows: KeptRows::default(),
        walked: Walked::default(),
        errors: Vec::new(),
        failures: Failures::default(),
    };
    let signal = watch(console, &args.watch, interval, &mut looks)?;
    looks.report_failures(console);
    Ok(signal.map_or(looks.failures.exit(), Exit::from))
}

/// The looks at the same paths.
struct Looks<'a> {
    args: &'a CachedArgs,
    request: CachedRequest,
    interval: Duration,
    number: u64,
    changes: Changes,
    rows: KeptRows,
    walked: Walked<Cached>,
    /// The failures of the last look that are not reported yet.
    errors: Vec<Error>,
    failures: Failures,
}

impl Looks<'_> {
    fn report_failures(&mut self, console: &mut Console) {
        for error in self.errors.drain(..) {
            self.failures.report(console, error.into(), None);
        }
    }
}

impl Watched for Looks<'_> {
    fn look(
        &mut self,
        interrupts: &Interrupts,
        goes_on: &mut dyn FnMut() -> Result<bool>,
    ) -> Result<()> {
        self.number = self.number.saturating_add(1);
        let (mut errors, mut ended) = (Vec::new(), false);
        let changes = Some(&mut self.changes);
        // Only one look is in memory at a time.
        self.rows = KeptRows::default();
        let looked = cached(&self.request, interrupts, changes, &mut |event| {
            match event {
                Event::Tick => {}
                Event::Failure(error) => errors.push(error),
                Event::Row(_) => {}
            }
            ended = !goes_on()?;
            match ended {
                true => Err(Error::new(Kind::Failed, "look", "the user ended it")),
                false => Ok(()),
            }
        });
        if !ended {
            (self.walked, self.rows) = looked?;
            self.errors = errors;
        }
        Ok(())
    }

    fn draw(&self, rows: usize, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let screen = CachedScreen {
            rows: &self.rows,
            walked: &self.walked,
            failures: &self.errors,
            number: self.number,
            interval: self.interval,
        };
        screen.write(table(self.args, &self.request, false), rows, out, view)
    }

    fn print(&mut self, console: &mut Console) -> Result<()> {
        self.report_failures(console);
        let (rows, walked, number) = (&self.rows, &self.walked, self.number);
        if console.json() {
            for row in rows.iter() {
                console.write_json(&CachedReport::row(&row).of_look(number))?;
            }
            return console.write_json(&CachedReport::total(walked).of_look(number));
        }
        let mut table = table(self.args, &self.request, false);
        console.write_text(|out, view| {
            if number > 1 {
                writeln!(out)?;
            }
            table.write((rows, usize::MAX), walked, out, view)
        })
    }
}
