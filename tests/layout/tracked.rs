//! Rules for every file that git tracks: no names that belong to one machine or one network.

use std::path::PathBuf;

use crate::files::root;

/// Paths of a home directory or of the build machine.
pub(crate) fn foreign_paths(name: &str, text: &str, machine: &[String]) -> Vec<String> {
    let homes = ["home", "Users", "root"].map(|home| format!("/{home}/"));
    numbered(text)
        .flat_map(|(number, line)| {
            let hit = homes
                .iter()
                .chain(machine)
                .find(|path| begins_a_path(line, path));
            hit.map(|path| format!("{name}:{number}: names a machine path: {path}"))
        })
        .collect()
}

/// Whether `path` occurs in `line` as the beginning of a path, not in the middle of a longer one.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        // A drive's colon and a file URL's slash may precede the beginning of a path.
        !before.is_some_and(|c| c.is_alphanumeric() || "._-*})]>".contains(c))
    })
}

/// The paths of this checkout, the toolchain and the user's home, and the parent folder of the checkout unless every
/// system has such a folder.
pub(crate) fn machine_paths() -> Vec<String> {
    const COMMON: [&str; 9] = [
        "/", "/home", "/mnt", "/opt", "/root", "/src", "/srv", "/tmp", "/usr",
    ];
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let parent = root().parent().map(|parent| parent.join(""));
    [Some(root().to_owned()), home, parent]
        .into_iter()
        .flatten()
        .map(|path| path.display().to_string())
        .filter(|path| !COMMON.contains(&path.trim_end_matches('/')) && path.len() > 1)
        .collect()
}

/// URLs with a host that is not public, or that only serves packages.
pub(crate) fn private_hosts(name: &str, text: &str) -> Vec<String> {
    let kinds = [
        "http://",
        "https://",
        "sparse+http://",
        "sparse+https://",
        "git+ssh://",
        "ssh://",
    ];
    let mut found = Vec::new();
    for (number, line) in numbered(text) {
        for rest in kinds.iter().flat_map(|kind| line.split(kind).skip(1)) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".-_:@[]".contains(c));
            let host = &rest[..end.unwrap_or(rest.len())];
            if !host.is_empty() && is_private(host.trim_end_matches(['.', ':'])) {
                found.push(format!(
                    "{name}:{number}: names a private or package host: {host}"
                ));
            }
        }
    }
    found
}

fn is_private(host: &str) -> bool {
    const ENDINGS: [&str; 7] = [
        "corp",
        "home",
        "internal",
        "intranet",
        "lan",
        "local",
        "localdomain",
    ];
    const LABELS: [&str; 7] = [
        "artifactory",
        "index",
        "mirror",
        "nexus",
        "proxy",
        "registry",
        "static",
    ];
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    host.contains(['@', ':', '['])
        || labels.len() < 2
        || last.starts_with(|c: char| c.is_ascii_digit())
        || ENDINGS.contains(&last)
        || labels
            .iter()
            .flat_map(|label| label.split('-'))
            .any(|word| LABELS.contains(&word))
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

#[test]
fn the_path_rule_detects_home_directories_and_this_machine() {
    // Assembled here, because this file must pass its own rule.
    let slash = "/";
    let machine = [format!("{slash}fast/checkouts/")];
    for text in [
        format!("see {slash}home/somebody/notes"),
        format!("\"{slash}root/.config\""),
        format!("file:{slash}{slash}{slash}Users/somebody"),
        format!("cd {slash}fast/checkouts/mmapctl"),
    ] {
        assert_eq!(foreign_paths("a", &text, &machine).len(), 1, "{text}");
    }
    for text in [
        "cd ~/notes",
        "src/root/a",
        "/tmp/file and /dev/shm/tag",
        "$HOME/root/x",
        "a/fast/checkouts/",
    ] {
        assert_eq!(foreign_paths("a", text, &machine), [""; 0], "{text}");
    }
}

#[test]
fn the_host_rule_knows_public_hosts() {
    let colon = ":";
    for host in [
        "registry.example.com/crates",
        "index.example.org/",
        "10.0.0.1/",
        "localhost",
        "build.internal/x",
        "user@example.com",
        "example.com:8080/",
        "my-mirror.example.com",
    ] {
        let text = format!("a = \"https{colon}//{host}\"");
        assert_eq!(private_hosts("a", &text).len(), 1, "{text}");
    }
    for text in [
        "<https://docs.rs/memmap2>, https://man7.org/linux/man-pages/man2/mmap.2.html.",
        "http://www.apache.org/licenses/",
        "an index, a registry, localhost:80",
    ] {
        assert_eq!(private_hosts("a", text), [""; 0], "{text}");
    }
}
