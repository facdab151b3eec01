//! The graph of the files of `src`. It has an edge to each file whose module a file declares or names. A file in a
//! cycle cannot be read or changed alone.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::paths::{declared, paths};
use crate::source::Source;

/// Sets the module of each file that a `#[path]` names, and marks files that only tests declare.
pub(crate) fn apply_declarations(sources: &mut [Source]) {
    let mut moved = HashMap::new();
    for module in sources.iter().flat_map(declared) {
        for file in module.files {
            moved.insert(file, module.place.clone());
        }
    }
    for source in sources.iter_mut() {
        if let Some(place) = moved.remove(&source.name) {
            source.place = place;
        }
    }
    let program = declared_by_the_program(sources);
    for (source, program) in sources.iter_mut().zip(program) {
        source.only_tests |= !program;
    }
}

/// For each file, whether non-test code declares it, or no code does.
fn declared_by_the_program(sources: &[Source]) -> Vec<bool> {
    let files = by_place(sources);
    let mut parents: Vec<Vec<(usize, bool)>> = vec![Vec::new(); sources.len()];
    for (parent, source) in sources.iter().enumerate() {
        for module in declared(source) {
            for &child in files.get(&module.place).into_iter().flatten() {
                parents[child].push((parent, source.in_tests(module.index)));
            }
        }
    }
    let mut program: Vec<bool> = parents.iter().map(Vec::is_empty).collect();
    loop {
        let reached = |child: usize| {
            let mut of_child = parents[child].iter();
            of_child.any(|&(parent, in_tests)| program[parent] && !in_tests)
        };
        let new: Vec<usize> = (0..sources.len())
            .filter(|&child| !program[child] && reached(child))
            .collect();
        if new.is_empty() {
            return program;
        }
        new.into_iter().for_each(|child| program[child] = true);
    }
}

/// The files of each module; several if conditions select one of them.
fn by_place(sources: &[Source]) -> HashMap<Vec<String>, Vec<usize>> {
    let mut files: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, source) in sources.iter().enumerate() {
        files.entry(source.place.clone()).or_default().push(index);
    }
    files
}

/// Why a file needs another.
struct Edge {
    line: usize,
    /// A description, to follow the position: "names `super::a`".
    words: String,
    /// Whether it is the declaration of a child, which cannot be removed.
    declares: bool,
}

/// For each file, the files that it needs, each with the first reason.
type Edges = Vec<BTreeMap<usize, Edge>>;

/// Cycles of files. In each component, the shortest cycle is reported and its edges are removed, until no cycle is
/// left. Each reported cycle must be broken separately. The first of a component also lists all files of it.
pub(crate) fn circles(sources: &[Source]) -> Vec<String> {
    let (mut edges, mut found) = edges(sources);
    let mut first = true;
    loop {
        let knots = knots(&edges);
        if knots.is_empty() {
            found.sort();
            return found;
        }
        for knot in knots {
            let circle = shortest_circle(&edges, &knot);
            let mut words = in_words(sources, &edges, &circle);
            if first && knot.len() > circle.len() {
                let names: Vec<&str> = knot.iter().map(|&file| &*sources[file].name).collect();
                words += &format!(
                    " (a component of {} files: {})",
                    knot.len(),
                    names.join(", ")
                );
            }
            found.push(words);
            for (at, from) in circle.iter().enumerate() {
                let next = circle[(at + 1) % circle.len()];
                edges[*from].retain(|&to, edge| to != next || edge.declares);
            }
        }
        first = false;
    }
}

/// The edges of non-test code, and a violation for each declaration without a file, because an incomplete graph
/// proves nothing.
fn edges(sources: &[Source]) -> (Edges, Vec<String>) {
    let files = by_place(sources);
    let mut edges: Edges = Vec::new();
    let mut holes = Vec::new();
    for (from, source) in sources.iter().enumerate() {
        let mut needed: BTreeMap<usize, Edge> = BTreeMap::new();
        let mut need = |to: &[usize], line: usize, words: String, declares: bool| {
            for &to in to.iter().filter(|&&to| to != from) {
                let words = words.clone();
                needed.entry(to).or_insert(Edge {
                    line,
                    words,
                    declares,
                });
            }
        };
        for module in declared(source) {
            let line = source.tokens[module.index].line;
            let name = source.text(module.index);
            match files.get(&module.place) {
                _ if source.in_tests(module.index) => {}
                Some(to) => need(to, line, format!("declares `{name}`"), true),
                None => holes.push(source.at(line, format!("`mod {name}` has no file"))),
            }
        }
        for path in paths(source) {
            let prefixes = (0..=path.place.len()).rev();
            let module = prefixes
                .filter(|_| !source.in_tests(path.index))
                .find_map(|length| files.get(&path.place[..length]));
            let to = module.map_or(&[][..], Vec::as_slice);
            need(to, path.line, format!("names `{}`", path.written), false);
        }
        edges.push(needed);
    }
    (edges, holes)
}

/// One line: each file of the cycle with the reason for the next one, then the first file again.
fn in_words(sources: &[Source], edges: &Edges, circle: &[usize]) -> String {
    let mut words = String::new();
    for (at, from) in circle.iter().enumerate() {
        let Edge {
            line, words: why, ..
        } = &edges[*from][&circle[(at + 1) % circle.len()]];
        let name = &sources[*from].name;
        words += &match at {
            0 => format!("{name}:{line}: a cycle of {}: {why}", circle.len()),
            _ => format!(" -> {name}:{line} {why}"),
        };
    }
    format!("{words} -> {}", sources[circle[0]].name)
}

/// The strongly connected components of more than one file, in the order of their first files.
fn knots(edges: &Edges) -> Vec<Vec<usize>> {
    let mut search = Search {
        edges,
        order: vec![None; edges.len()],
        lowest: vec![0; edges.len()],
        visited: 0,
        open: Vec::new(),
        is_open: vec![false; edges.len()],
        knots: Vec::new(),
    };
    for file in 0..edges.len() {
        if search.order[file].is_none() {
            search.visit(file);
        }
    }
    search.knots.sort();
    search.knots
}

/// Tarjan's algorithm.
struct Search<'a> {
    edges: &'a Edges,
    /// The visiting order of the files.
    order: Vec<Option<usize>>,
    /// The earliest open file that each file reaches.
    lowest: Vec<usize>,
    visited: usize,
    /// The files whose component is not complete.
    open: Vec<usize>,
    is_open: Vec<bool>,
    knots: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, file: usize) {
        let own = self.visited;
        self.visited += 1;
        self.order[file] = Some(own);
        self.lowest[file] = own;
        self.open.push(file);
        self.is_open[file] = true;
        for &next in self.edges[file].keys() {
            match self.order[next] {
                None => {
                    self.visit(next);
                    self.lowest[file] = self.lowest[file].min(self.lowest[next]);
                }
                Some(order) if self.is_open[next] => {
                    self.lowest[file] = self.lowest[file].min(order);
                }
                Some(_) => {}
            }
        }
        if self.lowest[file] == own {
            let start = self.open.iter().position(|&open| open == file).unwrap();
            let mut knot = self.open.split_off(start);
            knot.iter().for_each(|&done| self.is_open[done] = false);
            if knot.len() > 1 {
                knot.sort();
                self.knots.push(knot);
            }
        }
    }
}

/// The shortest cycle in a component; if there are several, the one with the first file.
fn shortest_circle(edges: &Edges, knot: &[usize]) -> Vec<usize> {
    let inside: HashSet<usize> = knot.iter().copied().collect();
    let circles = knot
        .iter()
        .filter_map(|&file| circle_through(edges, &inside, file));
    circles.min_by_key(Vec::len).unwrap()
}

/// The shortest cycle through a file, starting with that file.
fn circle_through(edges: &Edges, inside: &HashSet<usize>, start: usize) -> Option<Vec<usize>> {
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        if edges[file].contains_key(&start) {
            let mut circle = vec![file];
            while let Some(&before) = came_from.get(circle.last().unwrap()) {
                circle.push(before);
            }
            circle.reverse();
            return Some(circle);
        }
        for &next in edges[file].keys() {
            if next != start && inside.contains(&next) && !came_from.contains_key(&next) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Vec<Source> = files
        .iter()
        .map(|(name, text)| Source::new(name, text))
        .collect();
    apply_declarations(&mut sources);
    circles(&sources)
}

#[test]
fn the_cycle_rule_prints_the_cycle() {
    let circle = found(&[
        ("src/a.rs", "\nuse crate::{b::B, c};"),
        ("src/b.rs", "\n\nfn f() { super::c::f() }"),
        ("src/c.rs", "use crate::a::A;"),
        ("src/d.rs", "use crate::a::A;"),
    ]);
    assert_eq!(
        circle,
        [
            "src/a.rs:2: a cycle of 2: names `crate::c` -> src/c.rs:1 names `crate::a::A` -> src/a.rs \
             (a component of 3 files: src/a.rs, src/b.rs, src/c.rs)"
        ]
    );
    let long = found(&[
        ("src/a.rs", "use crate::b;"),
        ("src/b.rs", "use crate::c;"),
        ("src/c.rs", "use crate::a;"),
    ]);
    assert_eq!(
        long,
        [
            "src/a.rs:1: a cycle of 3: names `crate::b` -> src/b.rs:1 names `crate::c` -> src/c.rs:1 names \
             `crate::a` -> src/a.rs"
        ]
    );
}

#[test]
fn the_cycle_rule_detects_every_way_to_name_a_file() {
    let samples: [&[(&str, &str)]; 13] = [
        // A child that names its parent: by an item, a re-export, a glob or a visibility.
        &[("src/a/mod.rs", "mod b;"), ("src/a/b.rs", "use super::F;")],
        &[("src/a.rs", "mod b;"), ("src/a/b.rs", "use crate::a::*;")],
        &[
            ("src/a.rs", "mod b;"),
            ("src/a/b.rs", "fn f() { super::g() }"),
        ],
        &[("src/lib.rs", "mod a;"), ("src/a.rs", "use crate::F;")],
        &[("src/lib.rs", "mod a;"), ("src/a.rs", "f!(mmapctl::g);")],
        // Children that are used without being imported, and through an import.
        &[
            ("src/a.rs", "mod b; use b::F;"),
            ("src/a/b.rs", "use super::G;"),
        ],
        &[
            ("src/a.rs", "use crate::b; f(b::c::D);"),
            ("src/b/c.rs", "use crate::a::A;"),
        ],
        &[
            ("src/a.rs", "use super::b as d; f(d::C);"),
            ("src/b.rs", "use super::a as e;"),
        ],
        // Modules with another file name, inline modules and conditions.
        &[
            ("src/a.rs", "#[path = \"b.rs\"] mod c;"),
            ("src/b.rs", "use super::F;"),
        ],
        &[
            ("src/a.rs", "#[cfg_attr(x, path = \"b.rs\")] mod c;"),
            ("src/b.rs", "use crate::d::E;"),
            ("src/d.rs", "use crate::a::c::F;"),
        ],
        &[
            ("src/a.rs", "mod b { mod c; }"),
            ("src/a/b/c.rs", "use super::super::F;"),
        ],
        &[
            ("src/a.rs", "mod b { use super::super::d; }"),
            ("src/d.rs", "use crate::a;"),
        ],
        &[
            ("src/a/mod.rs", "cfg_select! { unix => { mod b; } _ => {} }"),
            ("src/a/b.rs", "pub(in crate::a) use super::F;"),
        ],
    ];
    for files in samples {
        assert_eq!(found(files).len(), 1, "{files:?}");
    }
    let hole = found(&[("src/a.rs", "mod b;")]);
    assert_eq!(hole, ["src/a.rs:1: `mod b` has no file"]);
}

#[test]
fn the_cycle_rule_counts_cycles_that_must_be_broken_separately() {
    let two = [
        ("src/a.rs", "use crate::b;"),
        ("src/b.rs", "use crate::a;"),
        ("src/c.rs", "use crate::d;"),
        ("src/d.rs", "use crate::c;"),
    ];
    assert_eq!(found(&two).len(), 2);
    let parent = [
        ("src/a.rs", "mod b; mod c;"),
        ("src/a/b.rs", "use super::F;"),
        ("src/a/c.rs", "use super::G;"),
    ];
    assert_eq!(found(&parent).len(), 2);
}

#[test]
fn the_cycle_rule_allows_files_to_name_files_below_them() {
    let samples: [&[(&str, &str)]; 6] = [
        &[
            ("src/lib.rs", "pub mod a; pub mod d;"),
            ("src/a/mod.rs", "mod b; mod c; pub use b::B;"),
            ("src/a/b.rs", "use super::c::C; pub(in crate::a) struct B;"),
            ("src/a/c.rs", "use crate::d::D; use std::fs;"),
            ("src/d.rs", "fn f() { self::g(); D::new() }"),
        ],
        // Tests may name everything.
        &[
            ("src/a.rs", "mod b;"),
            (
                "src/a/b.rs",
                "#[cfg(test)] mod tests { use super::super::F; }",
            ),
        ],
        &[
            ("src/a.rs", "mod b;"),
            ("src/a/b.rs", "#[cfg(test)] use super::F;"),
        ],
        &[
            ("src/a.rs", "#[cfg(test)] mod b;"),
            ("src/a/b.rs", "use super::F;"),
        ],
        &[
            ("src/a/mod.rs", "mod tests;"),
            ("src/a/tests.rs", "use super::F;"),
        ],
        &[
            ("src/a.rs", "#[cfg(test)] mod b;"),
            ("src/a/b.rs", "mod c;"),
            ("src/a/b/c.rs", "use super::F;"),
        ],
    ];
    for files in samples {
        assert_eq!(found(files), [""; 0], "{files:?}");
    }
}
