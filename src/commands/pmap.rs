//! `pmap`: lists the mappings of a process.

use std::io::{self, Write};
use std::time::Duration;

use super::outcome::{Exit, Outcome};
use super::watch::{Watched, watch};
use crate::cli::PmapArgs;
use crate::mapping::actions::pmap::{PmapRequest, ProcessMap, list};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::types::Kind;
use crate::report::{Console, PmapReport, View};

/// Carries out the command.
pub(super) fn run(args: &PmapArgs, console: &mut Console) -> Outcome {
    let request = args.request()?;
    let Some(interval) = args.watch.watch else {
        let map = list(&request, &mut || Ok(()))?;
        PmapReport::new(&map).print(console)?;
        return Ok(Exit::SUCCESS);
    };
    let mut looks = Looks {
        request,
        interval,
        number: 0,
        map: None,
    };
    let signal = watch(console, &args.watch, interval, &mut looks)?;
    Ok(signal.map_or(Exit::SUCCESS, Exit::from))
}

/// The looks at the same process.
struct Looks {
    request: PmapRequest,
    interval: Duration,
    number: u64,
    /// The last look.
    map: Option<ProcessMap>,
}

impl Watched for Looks {
    fn look(&mut self, _: &Interrupts, goes_on: &mut dyn FnMut() -> Result<bool>) -> Result<()> {
        self.number = self.number.saturating_add(1);
        let mut ended = false;
        let looked = list(&self.request, &mut || {
            ended = !goes_on()?;
            match ended {
                true => Err(Error::new(Kind::Failed, "look", "the user ended it")),
                false => Ok(()),
            }
        });
        if !ended {
            self.map = Some(looked?);
        }
        Ok(())
    }

    fn draw(&self, rows: usize, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let Some(map) = &self.map else { return Ok(()) };
        PmapReport::new(map)
            .of_look(self.number)
            .write_screen(self.interval, rows, out, view)
    }

    fn print(&mut self, console: &mut Console) -> Result<()> {
        let Some(map) = &self.map else { return Ok(()) };
        PmapReport::new(map).of_look(self.number).print(console)
    }
}
