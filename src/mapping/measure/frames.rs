//! The folios, control groups and NUMA nodes of pages in the page tables of this process.

use std::collections::BTreeMap;

use crate::mapping::sys::{self, Frames};
use crate::mapping::types::{
    AddressRange, ByteLength, Capability, CountRefusal, FolioPart, FolioSize, Gap, GapReason,
    GroupShare, NodeShare,
};

/// The number of pages whose nodes are requested at once.
const AT_ONCE: usize = 4096;

/// What can be observed about page frames.
#[derive(Debug)]
pub(in crate::mapping) struct Observer {
    frames: Result<Frames, Gap>,
    nodes: Result<Vec<u32>, Gap>,
}

/// Counts of pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::mapping) struct Tally {
    /// For each number of pages of a folio: the number of folios, and the number of their pages.
    folios: BTreeMap<u64, (u64, u64)>,
    /// The number of pages that each control group pays for.
    groups: BTreeMap<u64, u64>,
    /// The number of pages on each node.
    nodes: BTreeMap<u32, u64>,
}

impl Observer {
    pub(in crate::mapping) fn new() -> Self {
        Self {
            frames: Frames::open(),
            nodes: sys::memory_nodes(),
        }
    }

    /// Whether pages must be looked at, or everything that can be known is known without that.
    pub(in crate::mapping) fn needs_pages(&self) -> bool {
        self.frames.is_ok() || self.several_nodes()
    }

    /// Why frames are unknown where the pages are unknown already: all capabilities together. CAP_DAC_OVERRIDE includes
    /// CAP_DAC_READ_SEARCH.
    pub(in crate::mapping) fn with_gap(&self, mut pages: Gap) -> Gap {
        if let Err(gap) = &self.frames
            && pages.reason == gap.reason
        {
            let more = gap.needs.iter().copied();
            let is_more = |need: &Capability| *need != Capability::DacReadSearch;
            pages.needs.extend(more.filter(is_more));
        }
        pages
    }

    /// Whether there is a choice of nodes.
    fn several_nodes(&self) -> bool {
        self.nodes.as_ref().is_ok_and(|nodes| nodes.len() > 1)
    }

    /// Counts the pages between two addresses of this process that are in its page tables.
    pub(in crate::mapping) fn look(&self, memory: AddressRange) -> Result<Tally, CountRefusal> {
        let mut tally = Tally::default();
        let mut located = Vec::new();
        let several = self.several_nodes();
        match &self.frames {
            Ok(frames) => frames.visit(memory, |part| {
                tally.add(part);
                if several {
                    located.push((part.address, part.pages));
                }
            })?,
            Err(_) => {
                let page = sys::page_size();
                sys::present_pages(memory, |run| {
                    let pages = (run.start()..run.end()).step_by(page.saturating_usize());
                    located.extend(pages.map(|address| (address, 1)));
                })?;
            }
        }
        for pages in located.chunks(AT_ONCE) {
            let addresses: Vec<u64> = pages.iter().map(|(address, _)| *address).collect();
            let nodes = sys::nodes_of(&addresses);
            let nodes = nodes.map_err(|e| CountRefusal::Failed(e.raw_os_error().unwrap_or(0)))?;
            for (node, (_, count)) in nodes.iter().zip(pages) {
                if let Some(node) = node {
                    add(&mut tally.nodes, *node, *count);
                }
            }
        }
        Ok(tally)
    }

    /// The sizes of the folios that were counted, smallest first.
    pub(in crate::mapping) fn folios(&self, tally: &Tally) -> Result<Vec<FolioSize>, Gap> {
        self.frames.as_ref().map_err(Gap::clone)?;
        let sizes = tally.folios.iter();
        Ok(sizes
            .map(|(size, (folios, pages))| FolioSize {
                size: bytes(*size),
                folios: *folios,
                bytes: bytes(*pages),
            })
            .collect())
    }

    /// The control groups that pay for the pages that were counted, the largest share first.
    pub(in crate::mapping) fn groups(&self, tally: &Tally) -> Result<Vec<GroupShare>, Gap> {
        let frames = self.frames.as_ref().map_err(Gap::clone)?;
        if let Some(gap) = frames.groups_gap() {
            return Err(gap.clone());
        }
        let inodes: Vec<u64> = tally
            .groups
            .keys()
            .copied()
            .filter(|ino| *ino > 0)
            .collect();
        let mut paths = match inodes.is_empty() {
            true => BTreeMap::new(),
            false => sys::group_paths(&inodes),
        };
        let mut shares: Vec<GroupShare> = tally
            .groups
            .iter()
            .map(|(inode, pages)| GroupShare {
                path: paths
                    .remove(inode)
                    .map(|path| path.to_string_lossy().into_owned()),
                inode: *inode,
                bytes: bytes(*pages),
            })
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.bytes));
        Ok(shares)
    }

    /// The nodes of the pages that were counted. On a machine with one node, the `resident` pages are there.
    pub(in crate::mapping) fn nodes(
        &self,
        tally: &Tally,
        resident: u64,
    ) -> Result<Vec<NodeShare>, Gap> {
        let share = |(node, pages): (u32, u64)| NodeShare {
            node,
            bytes: bytes(pages),
        };
        match self.nodes.as_ref().map_err(Gap::clone)?.as_slice() {
            [] => Err(GapReason::NotReported.into()),
            [node] => Ok(vec![share((*node, resident))]),
            _ => Ok(tally
                .nodes
                .iter()
                .map(|(n, pages)| share((*n, *pages)))
                .collect()),
        }
    }
}

impl Tally {
    fn add(&mut self, part: FolioPart) {
        let (folios, pages) = self.folios.entry(part.folio_pages).or_default();
        *folios = folios.saturating_add(u64::from(part.begins));
        *pages = pages.saturating_add(part.pages);
        if let Some(group) = part.group {
            add(&mut self.groups, group, part.pages);
        }
    }

    /// Adds other counts.
    pub(in crate::mapping) fn merge(&mut self, other: Self) {
        for (size, (more, pages)) in other.folios {
            let sum = self.folios.entry(size).or_default();
            *sum = (sum.0.saturating_add(more), sum.1.saturating_add(pages));
        }
        for (group, pages) in other.groups {
            add(&mut self.groups, group, pages);
        }
        for (node, pages) in other.nodes {
            add(&mut self.nodes, node, pages);
        }
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, u64>, key: K, pages: u64) {
    let sum = sums.entry(key).or_default();
    *sum = sum.saturating_add(pages);
}

fn bytes(pages: u64) -> ByteLength {
    ByteLength(pages.saturating_mul(sys::page_size().bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::ByteLength;

    /// Memory of this process that is in its page tables.
    fn memory(pages: usize) -> (memmap2::MmapMut, AddressRange) {
        let length = pages * sys::page_size().saturating_usize();
        let mut mapped = memmap2::MmapOptions::new().len(length).map_anon().unwrap();
        mapped.fill(1);
        let start = mapped.as_ptr().addr() as u64;
        let range = AddressRange::new(start, ByteLength::of(length)).unwrap();
        (mapped, range)
    }

    #[test]
    fn with_several_nodes_each_page_is_found_on_one() {
        let Ok(real) = sys::memory_nodes() else {
            return;
        };
        let (_mapped, range) = memory(100);
        let gap = || Err(Gap::from(GapReason::Failed));
        for frames in [Frames::open(), gap()] {
            let observer = Observer {
                frames,
                nodes: Ok(vec![0, 1]),
            };
            let tally = observer.look(range).unwrap();
            let nodes = observer.nodes(&tally, 0).unwrap();
            let total: ByteLength = nodes.iter().map(|share| share.bytes).sum();
            assert_eq!(total, ByteLength(range.length()));
            assert!(nodes.iter().all(|share| real.contains(&share.node)));
        }
    }

    #[test]
    fn one_node_has_all_resident_pages() {
        let observer = |nodes| Observer {
            frames: Err(GapReason::Failed.into()),
            nodes,
        };
        let one = observer(Ok(vec![3]));
        assert!(!one.needs_pages());
        let share = NodeShare {
            node: 3,
            bytes: bytes(5),
        };
        assert_eq!(one.nodes(&Tally::default(), 5), Ok(vec![share]));
        let reason = |nodes| {
            let found = observer(nodes).nodes(&Tally::default(), 5);
            found.unwrap_err().reason
        };
        assert_eq!(reason(Ok(vec![])), GapReason::NotReported);
        assert_eq!(
            reason(Err(GapReason::NotReported.into())),
            GapReason::NotReported
        );
    }

    #[test]
    fn counts_are_added_up() {
        let part = |pages, folio_pages, begins, group| FolioPart {
            pages,
            folio_pages,
            begins,
            address: 0,
            group,
        };
        let mut sum = Tally::default();
        sum.add(part(4, 8, true, Some(1)));
        let mut other = Tally::default();
        other.add(part(4, 8, false, Some(1)));
        other.add(part(1, 1, true, Some(2)));
        sum.merge(other);
        assert_eq!(sum.folios, BTreeMap::from([(8, (1, 8)), (1, (1, 1))]));
        assert_eq!(sum.groups, BTreeMap::from([(1, 8), (2, 1)]));
    }

    #[test]
    fn capabilities_are_named_once() {
        let observer = |frames| Observer {
            frames,
            nodes: Ok(Vec::new()),
        };
        let needs = |needs: &[Capability]| Gap::needs(needs.to_vec());
        let pages = || needs(&[Capability::DacOverride]);
        let both = [Capability::SysAdmin, Capability::DacReadSearch];
        assert_eq!(
            observer(Err(needs(&both))).with_gap(pages()),
            needs(&[Capability::DacOverride, Capability::SysAdmin])
        );
        let unreported = observer(Err(GapReason::NotReported.into()));
        assert_eq!(unreported.with_gap(pages()), pages());
    }
}
