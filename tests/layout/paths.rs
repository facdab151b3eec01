//! The paths in a file, in `use` trees and in code, resolved from the crate's root; and the modules that it
//! declares.

use std::collections::{HashMap, HashSet};

use crate::source::Source;

/// A path to an item of this crate.
#[derive(Debug)]
pub(crate) struct Named {
    /// Its target, as names from the crate's root; `*` stands for all items.
    pub(crate) place: Vec<String>,
    /// The number of these names that come from an import in the same file. The import is a separate path.
    pub(crate) given: usize,
    /// The path as written, with `use` trees expanded.
    pub(crate) written: String,
    pub(crate) line: usize,
    /// Its first token, or its last token in a `use` tree.
    pub(crate) index: usize,
}

/// A `mod name;`, whose contents are in another file.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) place: Vec<String>,
    /// The files that `#[path]` names; several if conditions select one of them.
    pub(crate) files: Vec<String>,
    pub(crate) index: usize,
}

/// All paths of a file that begin with `crate`, `mmapctl`, `self`, `super`, a module declared in the same
/// place or a name imported there. Visibilities (`pub(in crate::a)`) do not count.
pub(crate) fn paths(source: &Source) -> Vec<Named> {
    let file = File::new(source);
    let all = file.written.iter();
    all.filter_map(|written| file.follow(written, 0)).collect()
}

/// The modules in other files that a file declares, under any condition.
pub(crate) fn declared(source: &Source) -> Vec<Declared> {
    let scopes = Scopes::new(source);
    let mut found = Vec::new();
    for index in module_names(source).filter(|&index| source.is(index + 1, ";")) {
        let scope = scopes.of(index);
        let inline = &scope[source.place.len()..];
        let paths = path_attributes(source, index - 1);
        found.push(Declared {
            place: joined(scope, &[source.text(index).to_owned()]),
            files: paths
                .iter()
                .map(|path| beside(&source.name, inline, path))
                .collect(),
            index,
        });
    }
    found
}

/// The positions of the names in `mod name`.
fn module_names(source: &Source) -> impl Iterator<Item = usize> {
    (1..source.tokens.len())
        .filter(|&index| source.is(index - 1, "mod") && source.tokens[index].is_name())
}

/// The values of the `path` attributes of the `mod` at `index`.
fn path_attributes(source: &Source, index: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = index;
    if at > 0 && source.is(at - 1, ")") {
        at = source.group_start(at - 1);
    }
    if at > 0 && source.is(at - 1, "pub") {
        at -= 1;
    }
    while at > 0 && source.is(at - 1, "]") {
        let start = source.group_start(at - 1);
        for value in start..at {
            let is_path = source.is(value, "path") && source.is(value + 1, "=");
            found.extend(is_path.then(|| contents(&source.tokens[value + 2].literal).to_owned()));
        }
        at = start.saturating_sub(1);
    }
    found
}

/// The file that `path` names in the file `name`, inside these inline modules.
fn beside(name: &str, inline: &[String], path: &str) -> String {
    let (folder, file) = name.rsplit_once('/').unwrap();
    let mut parts: Vec<&str> = folder.split('/').collect();
    if !inline.is_empty() {
        let own = file.trim_end_matches(".rs");
        let is_folder = ["mod", "lib", "main"].contains(&own);
        parts.extend((!is_folder).then_some(own));
        parts.extend(inline.iter().map(String::as_str));
    }
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// A literal without its quotes.
pub(crate) fn contents(literal: &str) -> &str {
    let inside = literal
        .trim_start_matches(|c| "bcr#".contains(c))
        .trim_end_matches('#');
    inside.trim_matches('"')
}

fn joined(before: &[String], after: &[String]) -> Vec<String> {
    [before, after].concat()
}

/// For each token, its module: that of the file or one inside it.
struct Scopes {
    modules: Vec<Vec<String>>,
    of_token: Vec<usize>,
}

impl Scopes {
    fn new(source: &Source) -> Scopes {
        let mut modules = vec![source.place.clone()];
        let mut of_token = Vec::new();
        // The module outside each open brace.
        let mut outside = Vec::new();
        let mut now = 0;
        for index in 0..source.tokens.len() {
            match source.text(index) {
                "{" => {
                    outside.push(now);
                    if index > 1 && source.is(index - 2, "mod") {
                        modules.push(joined(&modules[now], &[source.text(index - 1).to_owned()]));
                        now = modules.len() - 1;
                    }
                }
                "}" => now = outside.pop().unwrap_or(0),
                _ => {}
            }
            of_token.push(now);
        }
        Scopes { modules, of_token }
    }

    fn of(&self, index: usize) -> &[String] {
        &self.modules[self.of_token[index]]
    }
}

/// A path as written.
#[derive(Debug)]
struct Written {
    names: Vec<String>,
    /// Whether it begins with `::`, and so belongs to another crate.
    rooted: bool,
    /// The name under which it is imported.
    import: Option<String>,
    index: usize,
}

struct File<'a> {
    source: &'a Source,
    scopes: Scopes,
    written: Vec<Written>,
    /// Modules declared in a scope.
    children: HashSet<(usize, String)>,
    /// Names imported into a scope, as indexes into `written`.
    imports: HashMap<(usize, String), usize>,
}

impl File<'_> {
    fn new(source: &Source) -> File<'_> {
        let scopes = Scopes::new(source);
        let written = written(source);
        // The name of an inline module is before its brace, and so in the outer scope.
        let children = module_names(source)
            .map(|index| (scopes.of_token[index], source.text(index).to_owned()))
            .collect();
        let mut imports = HashMap::new();
        for (at, path) in written.iter().enumerate() {
            if let Some(name) = &path.import {
                imports.insert((scopes.of_token[path.index], name.clone()), at);
            }
        }
        File {
            source,
            scopes,
            written,
            children,
            imports,
        }
    }

    /// The target of a path; `None` if it is in another crate or in the file itself.
    fn follow(&self, path: &Written, imports: usize) -> Option<Named> {
        // An import of a crate under its own name refers to itself.
        const LONGEST: usize = 8;
        let scope = self.scopes.of_token[path.index];
        let head = path.names.first()?;
        let here = (scope, head.clone());
        let (place, given) = if head == "mmapctl" {
            (path.names[1..].to_vec(), 0)
        } else if path.rooted {
            return None;
        } else if ["crate", "self", "super"].contains(&head.as_str()) {
            (self.anchored(&path.names, scope)?, 0)
        } else if self.children.contains(&here) {
            (joined(&self.scopes.modules[scope], &path.names), 0)
        } else {
            let import = &self.written[*self.imports.get(&here)?];
            if imports == LONGEST || std::ptr::eq(import, path) {
                return None;
            }
            let base = self.follow(import, imports + 1)?.place;
            (joined(&base, &path.names[1..]), base.len())
        };
        Some(Named {
            place,
            given,
            written: path.names.join("::"),
            line: self.source.tokens[path.index].line,
            index: path.index,
        })
    }

    /// Resolves `crate`, `self` and `super`; `None` for a path that leaves the crate.
    fn anchored(&self, names: &[String], scope: usize) -> Option<Vec<String>> {
        let mut place = self.scopes.modules[scope].clone();
        let mut rest = names;
        if names[0] == "crate" {
            let is_binary = self.source.name == "src/main.rs";
            place.truncate(usize::from(is_binary));
            rest = &names[1..];
        }
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "self" => {}
                "super" => drop(place.pop()?),
                _ => break,
            }
            rest = after;
        }
        Some(joined(&place, rest))
    }
}

/// All paths of a file: leaves of `use` trees, paths of at least two names in code, and such paths in the
/// strings of attributes, where derives accept functions by name.
fn written(source: &Source) -> Vec<Written> {
    let mut found = Vec::new();
    let mut attribute_end = 0;
    let mut at = 0;
    while at < source.tokens.len() {
        let is_use = source.is(at, "use") && !source.is(at + 1, "<");
        if is_use {
            at = use_tree(source, at + 1, &Branch::default(), &mut found);
            continue;
        }
        if source.is(at, "pub") && source.is(at + 1, "(") && source.is(at + 2, "in") {
            at = source.group_end(at + 1);
            continue;
        }
        if source.is(at, "#") && source.is(at + 1, "[") {
            attribute_end = source.group_end(at + 1);
        }
        if at < attribute_end {
            found.extend(quoted_path(source, at));
        }
        let end = path_end(source, at);
        if end > at + 1 {
            let names = (at..end).step_by(2);
            found.push(Written {
                names: names.map(|index| source.text(index).to_owned()).collect(),
                rooted: source.is_rooted(at),
                import: None,
                index: at,
            });
        }
        at = end.max(at + 1);
    }
    found
}

/// The index after the path that begins at `index`; `index` itself if none begins there.
fn path_end(source: &Source, index: usize) -> usize {
    let before = |text: &str| index > 0 && source.is(index - 1, text);
    let goes_on = before("::") && !source.is_rooted(index);
    // A macro variable is not a name, except for `$crate`.
    let variable = before("$") && !source.is(index, "crate");
    if goes_on || variable || !source.tokens[index].is_name() {
        return index;
    }
    let mut at = index + 1;
    while source.is(at, "::") && source.tokens.get(at + 1).is_some_and(|name| name.is_name()) {
        at += 2;
    }
    at
}

/// The path in a string, such as `serialize_with = "super::hexadecimal"`.
fn quoted_path(source: &Source, index: usize) -> Option<Written> {
    let text = contents(&source.tokens[index].literal);
    let names: Vec<String> = text.split("::").map(str::to_owned).collect();
    let is_name = |name: &String| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    (names.len() > 1 && names.iter().all(is_name)).then_some(Written {
        names,
        rooted: false,
        import: None,
        index,
    })
}

/// The prefix of a branch of a `use` tree.
#[derive(Clone, Default)]
struct Branch {
    names: Vec<String>,
    rooted: bool,
}

/// Splits the `use` tree at `index` into its leaves; returns the index after it.
fn use_tree(source: &Source, index: usize, before: &Branch, found: &mut Vec<Written>) -> usize {
    let mut branch = before.clone();
    let mut at = index;
    if source.is(at, "::") {
        branch.rooted = true;
        at += 1;
    }
    loop {
        if source.is(at, "{") {
            let end = source.group_end(at);
            at += 1;
            while at + 1 < end {
                at = use_tree(source, at, &branch, found);
                at += usize::from(source.is(at, ","));
            }
            return end;
        }
        let Some(name) = source.tokens.get(at) else {
            return at;
        };
        branch.names.push(name.text.clone());
        if !source.is(at + 1, "::") {
            return leaf(source, at, branch, found);
        }
        at += 2;
    }
}

/// The end of a branch, at `index`: `name`, `name as other`, `self` or `*`.
fn leaf(source: &Source, index: usize, branch: Branch, found: &mut Vec<Written>) -> usize {
    let Branch { mut names, rooted } = branch;
    if names.len() > 1 {
        names.pop_if(|name| name == "self");
    }
    let renamed = source.is(index + 1, "as");
    let import = match renamed {
        true => Some(source.text(index + 2)),
        false => names.last().map(String::as_str),
    };
    let import = import.filter(|name| !["*", "_"].contains(name));
    found.push(Written {
        import: import.map(str::to_owned),
        names,
        rooted,
        index,
    });
    index + if renamed { 3 } else { 1 }
}

#[cfg(test)]
fn places(name: &str, text: &str) -> Vec<String> {
    let named = paths(&Source::new(name, text));
    named.iter().map(|path| path.place.join("::")).collect()
}

#[test]
fn paths_are_resolved_from_the_root() {
    for (text, expected) in [
        ("use crate::a::B;", "a::B"),
        ("use mmapctl::a; use ::mmapctl::b;", "a b"),
        (
            "use super::{a, b::{self, C as D}, e::*};",
            "m::a m::b m::b::C m::e::*",
        ),
        ("use super::super::a; fn f() { a::b() }", "a a::b"),
        (
            "mod a; fn f() { a::b::<C>::d(); self::e() }",
            "m::n::a::b m::n::e",
        ),
        (
            "mod a { use super::super::b; mod c { f!(super::d::E) } }",
            "m::b m::n::a::d::E",
        ),
        (
            "use super::a as b; use b::c; impl c::D for E {}",
            "m::a m::a::c m::a::c::D",
        ),
        ("macro_rules! f { ($a:ident) => { $crate::b($a::c) } }", "b"),
        (
            "#[serde(with = \"crate::a::b\", default = \"no path\")] struct A;",
            "a::b",
        ),
        (
            "fn f() -> <super::A as super::B>::C { <super::d::E>::f() }",
            "m::A m::B m::d::E",
        ),
        // None of these is in this crate.
        (
            "use std::fs; use clap; use clap::{self, c}; use ::super_a::b; fs::read(clap::b, c::d)",
            "",
        ),
        (
            "pub(in crate::m) fn f<'a>() -> impl A + use<'a> { Self::g(B::C) }",
            "",
        ),
        ("// crate::a\nf(\"crate::a\");", ""),
    ] {
        assert_eq!(places("src/m/n.rs", text).join(" "), expected, "{text}");
    }
    assert_eq!(
        places("src/main.rs", "use crate::a; use mmapctl::b;"),
        ["main.rs::a", "b"]
    );
}

#[test]
fn declarations_are_resolved_to_their_files() {
    let text = "cfg_select! { unix => { mod a; } _ => {} }
        mod b { #[path = \"c.rs\"] pub(super) mod d; }
        #[cfg_attr(x, path = \"e.rs\")]
        #[cfg_attr(y, path = \"../f.rs\")]
        pub mod g;
        mod h {}";
    let found = declared(&Source::new("src/m/n.rs", text));
    let found: Vec<(String, String)> = found
        .iter()
        .map(|module| (module.place.join("::"), module.files.join(" ")))
        .collect();
    let pair = |place: &str, files: &str| (place.to_owned(), files.to_owned());
    assert_eq!(
        found,
        [
            pair("m::n::a", ""),
            pair("m::n::b::d", "src/m/n/b/c.rs"),
            pair("m::n::g", "src/f.rs src/m/e.rs"),
        ]
    );
}
