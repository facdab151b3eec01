//! `filesize`: the sizes of sources, and giving them one.

use std::io::{self, Write};

use serde::Serialize;

use super::details::describe;
use super::failure::for_each_source;
use super::outcome::Outcome;
use crate::cli::{FilesizeArgs, FilesizeRequest};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::size::{NewSize, SizeReport};
use crate::mapping::source::{Creation, OpenRequest, Source, SourceSpec};
use crate::mapping::types::{ByteLength, Kind, SourceName};
use crate::report::{Column, Console, Human, SourceFields, Table, View};

/// Carries out the command.
pub(super) fn run(args: &FilesizeArgs, console: &mut Console) -> Outcome {
    let request = args.request();
    let mut table = Table::new([
        Column::right("SIZE"),
        Column::right("ALLOCATED"),
        Column::right("HOLES"),
        Column::right("PAGES"),
        Column::wrapping("NAME"),
    ]);
    let exit = for_each_source(console, &request.specs, |console, spec| {
        let name = spec.name();
        let (sizes, change) = work(spec, &request, console)?;
        let report = FilesizeReport {
            source: SourceFields(&name),
            sizes,
            change,
            named: request.specs.len() > 1,
        };
        match report.sizes {
            // What was asked for is the change, and not the number.
            _ if change.is_some() && console.is_quiet() => {}
            Sizes::Long(sizes) if !console.json() => table.row(row(&name, &sizes, console.view())),
            _ => console.answer(&report)?,
        }
        Ok(())
    })?;
    if !table.is_empty() {
        console.write_text(|out, view| table.write(out, view))?;
    }
    Ok(exit)
}

/// The size of one source, after what was to be done about it.
#[derive(Debug, Serialize)]
struct FilesizeReport<'a> {
    #[serde(flatten)]
    source: SourceFields<'a>,
    #[serde(flatten)]
    sizes: Sizes,
    #[serde(flatten)]
    change: Option<Change>,
    #[serde(skip)]
    named: bool,
}

/// What was measured.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
enum Sizes {
    Plain {
        /// The size that reading sees, in bytes.
        size: ByteLength,
    },
    Long(SizeReport),
}

/// What `--set` and `--allocate` changed.
#[derive(Clone, Copy, Debug, Serialize)]
struct Change {
    /// The size before, in bytes; 0 for what was created.
    old_size: ByteLength,
    /// Whether it did not exist before.
    created: bool,
}

impl Human for FilesizeReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let (Sizes::Plain { size } | Sizes::Long(SizeReport { size, .. })) = self.sizes;
        write!(out, "{}", size.0)?;
        if self.named {
            out.write_all(b"\t")?;
            view.write_name(out, self.source.0)?;
        }
        writeln!(out)
    }
}

fn row(name: &SourceName, sizes: &SizeReport, view: &View) -> [String; 5] {
    let size = |bytes: Option<ByteLength>| {
        bytes.map_or("unknown".to_owned(), |bytes| view.size(bytes).to_string())
    };
    [
        size(Some(sizes.size)),
        size(sizes.allocated),
        size(sizes.holes),
        sizes.pages.0.to_string(),
        view.name(name).to_string(),
    ]
}

fn work(
    spec: &SourceSpec,
    request: &FilesizeRequest,
    console: &mut Console,
) -> Result<(Sizes, Option<Change>)> {
    let changes = request.set.is_some() || request.allocate;
    let interrupts = Interrupts::new();
    let mut source = if changes {
        open_for_change(spec, request)?
    } else {
        Source::open(spec, &OpenRequest::READ)?
    };
    let change = if changes {
        // After opening: a descriptor of ours could take the number that --fd means.
        interrupts.watch()?;
        Some(resize(&mut source, request)?)
    } else {
        None
    };
    // Growth can be undone; what was cut off is gone.
    let is_final =
        matches!((change, request.set), (Some(change), Some(size)) if size < change.old_size);
    let sizes = measure(&source, request.long).map_err(|error| match is_final {
        true => error.hint("the size was changed before this failed"),
        false => error,
    })?;
    if !is_final {
        interrupts.check("resize").map_err(|e| e.on(&spec.name()))?;
    }
    source.commit()?;
    describe(console, &source, None);
    Ok((sizes, change))
}

fn measure(source: &Source, long: bool) -> Result<Sizes> {
    if long {
        return source.size_report().map(Sizes::Long);
    }
    source.size().map(|size| Sizes::Plain { size })
}

fn open_for_change(spec: &SourceSpec, request: &FilesizeRequest) -> Result<Source> {
    let creation = match request.set {
        Some(_) => Creation::IfMissing,
        None => Creation::Never,
    };
    let how = OpenRequest {
        creation,
        ..OpenRequest::WRITE
    };
    Source::open(spec, &how).map_err(|error| match (error.kind(), creation) {
        (Kind::NotFound, Creation::Never) => error.hint("--set SIZE creates it"),
        _ => error,
    })
}

fn resize(source: &mut Source, request: &FilesizeRequest) -> Result<Change, Error> {
    let created = source.created();
    let size = request.set.map_or(NewSize::Unchanged, NewSize::Exactly);
    let provided = source.set_size(size, request.allocate)?;
    Ok(Change {
        old_size: provided.old_size,
        created,
    })
}
