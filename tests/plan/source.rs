//! What a source text uses and says: just enough of Rust's grammar for the plan.

use std::collections::{BTreeMap, BTreeSet};

/// A path from the root of the crate: `["engine", "model", "Model"]`.
pub(crate) type Names = Vec<String>;

/// The file of each module.
pub(crate) type Modules = BTreeMap<Names, String>;

/// A file without its comments and the tests at its end.
#[derive(Default)]
pub(crate) struct File {
    /// The paths it uses; not those it only hands on from its own modules (`pub use child::Item`).
    pub(crate) uses: BTreeSet<Names>,
    /// What the names stand for that `use` gives it, and others through it.
    pub(crate) given: BTreeMap<String, Names>,
    /// Macros and streams that it prints with, and flags that its strings name.
    pub(crate) speaks: BTreeSet<String>,
}

impl File {
    /// Reads the file that is module `here`.
    pub(crate) fn new(source: &str, here: &Names, modules: &Modules) -> Self {
        let tokens = &tokens(source);
        let (mut file, mut body, mut handed_on) = (Self::default(), BTreeSet::new(), Vec::new());
        for (at, token) in tokens.iter().enumerate() {
            file.listen(token, tokens.get(at + 1).copied().unwrap_or_default());
        }
        let mut at = 0;
        while let Some(&token) = tokens.get(at) {
            let mut found = Vec::new();
            let next = tokens.get(at + 1).copied().unwrap_or_default();
            if token == "use" && next != "<" {
                let public = at > 0 && ["pub", ")"].contains(&tokens[at - 1]);
                at = paths(tokens, at + 1, &[], &mut found);
                for (path, name) in found {
                    let Some(path) = file.absolute(&path, here, modules) else { continue };
                    file.given.insert(name.clone(), path.clone());
                    if public && path.starts_with(here) {
                        handed_on.push((name, path));
                    } else {
                        file.uses.insert(path);
                    }
                }
            } else if next == "::" {
                at = paths(tokens, at, &[], &mut found);
                let found = found.iter().filter_map(|(path, _)| file.absolute(path, here, modules));
                file.uses.append(&mut found.collect());
            } else {
                body.insert(token);
                at += if token == "mod" { 2 } else { 1 };
            }
        }
        // a name that is handed on may be used here, too
        handed_on.retain(|(name, _)| body.contains(name.as_str()));
        file.uses.extend(handed_on.into_iter().map(|(_, path)| path));
        file
    }

    fn listen(&mut self, token: &str, next: &str) {
        let prints = ["print", "println", "eprint", "eprintln", "dbg"].contains(&token);
        if prints && next == "!" || token == "stdout" || token == "stderr" {
            self.speaks.insert(format!("prints with {token}"));
        }
        if token.contains('"') {
            self.speaks.extend(flags(token).map(|flag| format!("names {flag}")));
        }
    }

    /// A path as written in module `here`, from the root; none if it leads to another crate.
    fn absolute(&self, path: &[&str], here: &Names, modules: &Modules) -> Option<Names> {
        let ups = path.iter().take_while(|part| **part == "super").count();
        let child = [here.as_slice(), &[path[0].to_owned()]].concat();
        let (mut names, from) = match path[0] {
            "hornpipe_kernels" => (Names::new(), 0),
            "crate" => (Names::new(), 1),
            "self" => (here.clone(), 1),
            "super" => (here[..here.len().saturating_sub(ups)].to_vec(), ups),
            name if self.given.contains_key(name) => (self.given[name].clone(), 1),
            _ if modules.contains_key(&child) => (child, 1),
            _ => return None,
        };
        names.extend(path[from..].iter().map(|part| (*part).to_owned()));
        Some(names)
    }
}

/// Reads a path, or a tree of them in braces, from `tokens[at]` on; returns where it ends and adds
/// each path with the name that `use` would give it.
fn paths<'a>(
    tokens: &[&'a str],
    mut at: usize,
    before: &[&'a str],
    found: &mut Vec<(Vec<&'a str>, String)>,
) -> usize {
    let is = |at: usize, what: &str| tokens.get(at) == Some(&what);
    let mut path = before.to_vec();
    loop {
        if is(at, "{") {
            at += 1;
            while at < tokens.len() && !is(at, "}") {
                at = paths(tokens, at, &path, found);
                at += usize::from(is(at, ","));
            }
            return at + 1;
        }
        // `abc::{self}` and `abc::*` are uses of abc
        let named = |name: &&&str| path.is_empty() || !["self", "*"].contains(*name);
        path.extend(tokens.get(at).filter(named));
        at += 1;
        if !is(at, "::") {
            break;
        }
        at += 1;
    }
    let renamed = is(at, "as");
    let name = if renamed { tokens.get(at + 1) } else { path.last() };
    let name = name.copied().unwrap_or_default().to_owned();
    if !path.is_empty() {
        found.push((path, name));
    }
    at + 2 * usize::from(renamed)
}

/// The words, signs, strings and characters of a source.
fn tokens(source: &str) -> Vec<&str> {
    let mut rest = source.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().trim_start();
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let token = token(rest);
        if !token.starts_with("//") && !token.starts_with("/*") {
            tokens.push(token);
        }
        rest = rest[token.len()..].trim_start();
    }
    tokens
}

/// The comment, string, character, word or sign that `text` begins with.
fn token(text: &str) -> &str {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let until = |end: &str, from: usize| {
        let at = text.get(from..).and_then(|rest| rest.find(end));
        &text[..at.map_or(text.len(), |at| from + at + end.len())]
    };
    let first = text.chars().next().unwrap_or_default();
    let hashes = text.chars().skip(1).take_while(|c| *c == '#').count();
    let raw = first == 'r' && text[1 + hashes..].starts_with('"');
    match first {
        _ if text.starts_with("//") => until("\n", 2),
        _ if text.starts_with("/*") => until("*/", 2),
        _ if raw => until(&format!("\"{}", "#".repeat(hashes)), hashes + 2),
        '"' => {
            let mut escaped = false;
            let end = text[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            &text[..end.map_or(text.len(), |at| at + 2)]
        }
        // else a lifetime
        '\'' if text.starts_with("'\\") => until("'", 3),
        '\'' if text.chars().nth(2) == Some('\'') => until("'", 2),
        _ if text.starts_with("::") => "::",
        _ if word(first) => &text[..text.find(|c| !word(c)).unwrap_or(text.len())],
        _ => &text[..first.len_utf8()],
    }
}

/// The flags that a string names: `--batch` in "give a smaller --batch".
fn flags(string: &str) -> impl Iterator<Item = String> {
    string.match_indices("--").filter_map(|(at, _)| {
        let begins = !string[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-');
        let flag = string[at..].split(|c: char| c != '-' && !c.is_ascii_lowercase()).next()?;
        let named = begins && flag[2..].starts_with(|c: char| c != '-');
        named.then(|| flag.to_owned())
    })
}
