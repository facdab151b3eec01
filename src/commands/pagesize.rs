//! `pagesize`: shows the sizes of pages, and computes with them.

use super::outcome::{Exit, Outcome};
use crate::cli::PagesizeArgs;
use crate::mapping::actions::pagesize::{PagesizeRequest, Unit, pagesize};
use crate::report::Console;

/// Carries out the command.
pub(super) fn run(args: &PagesizeArgs, console: &mut Console) -> Outcome {
    let request = args.request();
    if !matches!(request, PagesizeRequest::Huge | PagesizeRequest::All) {
        let [page, granularity] = [Unit::Page, Unit::Granularity].map(|unit| unit.size().bytes());
        let text = format_args!("page size {page} bytes, granularity {granularity} bytes");
        console.detail(None, text);
    }
    console.answer(&pagesize(request)?)?;
    Ok(Exit::SUCCESS)
}
