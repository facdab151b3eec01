//! The mappings of the earlier sources of a command. All are mapped at the same time.

use super::mapping::Mapping;
use super::outcome::Mapped;
use crate::mapping::actions::hold::Live;
use crate::mapping::error::Result;
use crate::mapping::region::mapping_room;
use crate::mapping::types::AddressRange;

/// Mappings that stay until the command ends, without their sources.
#[derive(Debug, Default)]
pub struct Others(Option<Vec<Mapping>>);

impl Others {
    /// Room for this number of mappings. If they would take more than half of the mappings that the process may have,
    /// each ends before the next one is made.
    ///
    /// # Errors
    /// Those of reading the memory map.
    pub fn with_room(number: usize) -> Result<Self> {
        let needed = u64::try_from(number).unwrap_or(u64::MAX);
        let room = match number {
            0 | 1 => None,
            _ => mapping_room()?,
        };
        let fits = room.is_none_or(|room| needed <= room / 2);
        Ok(Self(
            (number > 1 && fits).then(|| Vec::with_capacity(number)),
        ))
    }

    /// Keeps a mapping, if there is room.
    pub fn keep(&mut self, mut mapping: Mapping) {
        if let Some(all) = &mut self.0 {
            mapping.close();
            all.push(mapping);
        }
    }

    /// Gives up what a new mapping replaces.
    ///
    /// # Errors
    /// Those of [`Mapping::give_up`].
    pub fn replaced_at(&mut self, addresses: AddressRange) -> Result<()> {
        let mut all = self.0.iter_mut().flatten();
        all.try_for_each(|mapping| mapping.give_up(addresses).map(drop))
    }
}

impl Live<Mapping, Mapped> {
    /// Gives up what a new mapping replaces, and observes what is left.
    ///
    /// # Errors
    /// Those of [`Mapping::give_up`] and of observing.
    pub fn replaced_at(&mut self, addresses: AddressRange) -> Result<()> {
        if self.mapping.give_up(addresses)? {
            (self.outcome.seen, self.outcome.parts) = self.mapping.observe(&self.source, None)?;
            self.range = self.mapping.range();
        }
        Ok(())
    }
}
