//! `filesize`: shows, sets or reserves the size of sources.

use super::details::describe;
use super::failure::for_each_source;
use super::outcome::Outcome;
use crate::cli::FilesizeArgs;
use crate::mapping::actions::filesize::{filesize, size_of};
use crate::report::{Console, FilesizeReport, FilesizeTable, SourceFields};

/// Carries out the command.
pub(super) fn run(args: &FilesizeArgs, console: &mut Console) -> Outcome {
    let (specs, request) = (args.sources.specs(), args.request()?);
    let reference = args.reference().as_ref().map(size_of).transpose()?;
    let mut table = FilesizeTable::default();
    let exit = for_each_source(console, &specs, |console, spec| {
        let (source, outcome) = filesize(spec, &request, reference)?;
        describe(console, &source, None);
        let name = spec.name();
        match outcome.sizes.storage {
            // The user asked for the change and not for the number.
            _ if request.changes() && console.is_quiet() => {}
            Some(storage) if !console.json() => {
                table.add(&name, outcome.sizes, storage, console.view());
            }
            _ => console.answer(&FilesizeReport {
                source: SourceFields(&name),
                outcome: &outcome,
                named: specs.len() > 1,
            })?,
        }
        Ok(())
    })?;
    console.write_text(|out, view| table.write(out, view))?;
    Ok(exit)
}
