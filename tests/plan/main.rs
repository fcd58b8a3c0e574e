//! The plan of the house: which wing may use which, as the paths written in `src` say it.
//!
//! CONTRIBUTING.md draws the plan; Rust would let any file import any other.

mod links;
mod source;

use source::{File, Modules, Names};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The text of each file of `src` by its name there, as `engine/model.rs`.
type Sources = BTreeMap<String, String>;

/// What the files of a wing may use beside each other: how the names of those files begin.
#[rustfmt::skip]
const MAY_USE: [(&str, &[&str]); 11] = [
    ("error.rs", &[]),
    ("files.rs", &["error.rs"]),
    // the digest of the weights
    ("hash.rs", &["error.rs", "files.rs", "engine/weights.rs", "engine/real.rs"]),
    ("engine/", &["kernels"]),
    ("music/", &["error.rs", "files.rs", "hash.rs"]),
    ("learn/", &["kernels", "engine/", "music/", "error.rs", "files.rs", "hash.rs"]),
    ("write/", &["kernels", "engine/", "music/", "learn/", "error.rs"]),
    ("run/", &["kernels", "engine/", "music/", "learn/", "write/", "error.rs", "files.rs", "hash.rs"]),
    ("look/", &["kernels", "engine/", "music/", "learn/", "write/", "run/", "error.rs"]),
    ("guide/", &["kernels", "engine/"]),
    ("cli/", &[""]),
];

/// What stands at the top of the repository beside dotfiles and what git ignores.
#[rustfmt::skip]
const TOP: [&str; 12] = [
    "Cargo.toml", "Cargo.lock", "src", "kernels", "tests", "benches", "data",
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE-APACHE", "LICENSE-MIT",
];

/// All of `src`, read.
struct House {
    files: BTreeMap<String, File>,
    modules: Modules,
    /// The files of cli that are a command.
    commands: BTreeSet<String>,
}

impl House {
    fn new(sources: &Sources) -> Self {
        let modules: Modules = sources.keys().map(|name| (module(name), name.clone())).collect();
        let file = |name: &String, text| (name.clone(), File::new(text, &module(name), &modules));
        let files = sources.iter().map(|(name, text)| file(name, text)).collect();
        let table = sources.get("cli/mod.rs").and_then(|text| text.split("enum Command {").nth(1));
        let table = table.and_then(|rest| rest.split('}').next()).unwrap_or_default();
        let variants = table.split("::Args").filter_map(|before| before.rsplit(['(', '<']).next());
        let commands = variants.map(str::to_owned).collect();
        Self { files, modules, commands }
    }

    /// The file that a path leads into, and how many of its names lead there.
    fn named(&self, path: &[String]) -> (&str, usize) {
        if path.first().is_some_and(|name| name == "hornpipe_kernels") {
            return ("kernels", 1);
        }
        let file = |n: usize| self.modules.get(&path[..n]).map(|file| (file.as_str(), n));
        (0..=path.len()).rev().find_map(file).unwrap_or(("lib.rs", 0))
    }

    /// The file where the item of a path is at home, though others hand it on.
    fn home(&self, path: &Names) -> &str {
        let (file, n) = self.named(path);
        let given = path.get(n).and_then(|name| self.files.get(file)?.given.get(name));
        given.filter(|further| *further != path).map_or(file, |further| self.home(further))
    }

    /// The command that a file of cli is or belongs to.
    fn command(&self, file: &str) -> Option<&String> {
        self.commands.get(file.strip_prefix("cli/")?.split(['/', '.']).next()?)
    }

    /// The shortest circle of imports from `file` back to it, beginning with its first name.
    fn circle(&self, file: &str) -> Option<Vec<&str>> {
        let mut ways = vec![vec![self.files.get_key_value(file)?.0.as_str()]];
        let mut seen = BTreeSet::new();
        while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
            let last = way[way.len() - 1];
            let nexts = self.files.get(last)?.uses.iter().map(|path| self.home(path));
            for next in nexts.filter(|next| *next != last) {
                if next == file {
                    let first = (0..way.len()).min_by_key(|at| way[*at])?;
                    return Some([&way[first..], &way[..first]].concat());
                }
                if self.files.contains_key(next) && seen.insert(next) {
                    ways.push([way.as_slice(), &[next]].concat());
                }
            }
        }
        None
    }

    /// What is wrong with one file.
    fn complaints(&self, name: &str, file: &File) -> BTreeSet<String> {
        let mut complaints = BTreeSet::new();
        if name == "lib.rs" || name == "main.rs" {
            return complaints;
        }
        let Some((wing, others)) = MAY_USE.iter().find(|(wing, _)| name.starts_with(wing)) else {
            return [format!("{name} is in no wing")].into();
        };
        for path in &file.uses {
            let (used, home) = (self.named(path).0, self.home(path));
            if !used.starts_with(wing) && !others.iter().any(|other| used.starts_with(other)) {
                complaints.insert(format!("{name} uses {used}"));
            }
            if let (Some(this), Some(that)) = (self.command(name), self.command(home))
                && this != that
            {
                complaints.insert(format!("{name} uses another command, {home}"));
            }
        }
        if *wing != "cli/" {
            complaints.extend(file.speaks.iter().map(|what| format!("{name} {what}")));
        }
        let circle = self.circle(name).map(|files| files.join(" -> "));
        complaints.extend(circle.map(|files| format!("a circle: {files}")));
        complaints
    }

    fn all_complaints(&self) -> Vec<String> {
        let each = self.files.iter().flat_map(|(name, file)| self.complaints(name, file));
        each.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The path of the module that a file is; that of lib.rs is empty.
fn module(file: &str) -> Names {
    let path = file.trim_end_matches(".rs").trim_end_matches("mod").trim_end_matches('/');
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn collect(folder: &Path, below: &str, sources: &mut Sources) {
    for name in names_in(folder) {
        let (path, name) = (folder.join(&name), format!("{below}{name}"));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), sources);
        } else if name.ends_with(".rs") {
            sources.insert(name, fs::read_to_string(path).unwrap());
        }
    }
}

/// A folder of `src` that is a crate of its own, which uses the library and is used by nothing.
const GUEST: &str = "python/";

/// Whether a source makes the guest a module of the library.
fn takes_in_guest(text: &str) -> bool {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("pub "));
    let module = format!("mod {};", GUEST.trim_end_matches('/'));
    lines.into_iter().any(|line| line.starts_with("#[path") || line.starts_with(&module))
}

#[test]
fn a_guest_that_is_taken_in_is_noticed() {
    for text in ["mod a;\npub mod python;", "#[path = \"python/rust/lib.rs\"]\nmod other;"] {
        assert!(takes_in_guest(text), "{text}");
    }
    assert!(!takes_in_guest("//! mod python;\nmod pythons;\nuse x::python;"));
}

#[test]
fn the_house_is_built_as_planned() {
    let mut sources = Sources::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    collect(&root.join("src"), "", &mut sources);
    assert!(root.join("src").join(GUEST).join("Cargo.toml").exists(), "the guest has moved");
    sources.retain(|name, _| !name.starts_with(GUEST));
    let takes_in: Vec<_> = sources.iter().filter(|(_, text)| takes_in_guest(text)).collect();
    assert!(takes_in.is_empty(), "{GUEST} is a crate of its own: {takes_in:?}");
    let house = House::new(&sources);
    assert!(house.commands.contains("train"), "the commands are not found in cli/mod.rs");
    let complaints = house.all_complaints();
    assert!(complaints.is_empty(), "not as CONTRIBUTING.md plans it:\n{}", complaints.join("\n"));
}

#[test]
fn the_top_level_holds_what_it_should() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap();
    let mut there = names_in(root);
    let is_ignored = |name: &str| ignored.lines().any(|line| line.strip_prefix('/') == Some(name));
    there.retain(|name| !name.starts_with('.') && !is_ignored(name));
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let planned = BTreeSet::from(TOP);
    let (stray, missing) = (there.difference(&planned), planned.difference(&there));
    let (stray, missing): (Vec<_>, Vec<_>) = (stray.collect(), missing.collect());
    assert!(stray.is_empty() && missing.is_empty(), "stray: {stray:?}, missing: {missing:?}");
}

/// The complaints about these files in a house of a few others.
fn about(files: &[(&str, &str)]) -> Vec<String> {
    let empty = ["lib.rs", "error.rs", "engine/mod.rs", "engine/b.rs", "learn/b.rs", "cli/x.rs"];
    let table = ("cli/mod.rs", "enum Command {\n    X(x::Args),\n    Y(y::Args),\n}\n");
    let all = empty.map(|name| (name, "")).into_iter().chain([table]).chain(files.iter().copied());
    let sources: Sources = all.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    House::new(&sources).all_complaints()
}

#[test]
fn each_broken_rule_is_noticed() {
    for (file, text, complaint) in [
        ("tools/a.rs", "", "is in no wing"),
        ("engine/a.rs", "use crate::error::{Error, Result};", "uses error.rs"),
        ("music/a.rs", "fn f() { crate::learn::b::g() }", "uses learn/b.rs"),
        ("music/a.rs", "use hornpipe_kernels::Isa;", "uses kernels"),
        ("music/a.rs", "use crate::{engine as e, error};", "uses engine/mod.rs"),
        ("run/a.rs", "use super::super::cli::x;", "uses cli/x.rs"),
        ("hash.rs", "use crate::engine::b::B;", "uses engine/b.rs"),
        ("cli/y.rs", "use super::{Cli, x::Args};", "uses another command, cli/x.rs"),
        ("run/a.rs", "fn f() { eprintln!(\"{}\", '\"'); }", "prints with eprintln"),
        ("run/a.rs", "use std::io::stdout;", "prints with stdout"),
        ("run/a.rs", "const A: &str = r#\"try \"--out\"\"#;", "names --out"),
    ] {
        assert_eq!(about(&[(file, text)]), [format!("{file} {complaint}")], "{text}");
    }
    let circle = [
        ("learn/mod.rs", "pub use a::A;"),
        ("learn/a.rs", "use super::b::B;"),
        ("learn/b.rs", "fn f() { super::A::new() }"),
    ];
    assert_eq!(about(&circle), ["a circle: learn/a.rs -> learn/b.rs"]);
}

#[test]
fn nothing_else_is_complained_of() {
    let files = [
        // comments; what is only handed on from below
        ("learn/mod.rs", "//! println!(\"--out\") in crate::run\npub use b::B;\nstruct C;"),
        // dashes that are no flag
        ("learn/b.rs", "use super::C;\nfn f<'a>() -> &'a str { \"a -- b\\\" 1--x\" }"),
        // a file's own items; its tests
        ("engine/a.rs", "use crate::engine::a::A;\n\n#[cfg(test)]\nmod t { use crate::cli; }"),
        ("cli/y.rs", "use crate::error::Error;\nfn f() { println!(\"--out\") }"),
    ];
    assert_eq!(about(&files), [""; 0]);
}
