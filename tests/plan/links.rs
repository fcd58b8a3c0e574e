//! The links of the guide's chapters to lines of the code: each says in backticks what its line
//! holds, [`` `c = f*c_prev + i*g` ``](../../../src/hornpipe/engine/check/naive.rs.html#252). Code
//! moves; `HORNPIPE_MEND_LINKS=1 cargo test --release --test plan links` writes the new numbers.

use std::fs;
use std::path::Path;

/// Where rustdoc puts a file's page, seen from a chapter (a module of `hornpipe::guide`), and where
/// the file lies.
const PAGES: [(&str, &str); 2] =
    [("../../../src/hornpipe/", "src/"), ("../../../src/hornpipe_kernels/", "kernels/src/")];

/// What a chapter's links to lines are.
#[derive(Default)]
struct Links {
    count: usize,
    /// Its text with the numbers of those that moved put right.
    mended: String,
    moved: Vec<String>,
    wrong: Vec<String>,
}

impl Links {
    /// `read` gives the text of a file of the repository.
    fn of(chapter: &str, read: impl Fn(&str) -> Option<String>) -> Self {
        let (mut links, mut rest) = (Self::default(), chapter);
        while let Some((before, target, behind)) = next_target(rest) {
            links.mended += before;
            rest = behind;
            let (page, anchor) = target.split_once('#').unwrap_or((target, ""));
            let right = page.strip_suffix(".rs.html").map(|page| {
                links.count += 1;
                let text = links.mended.strip_suffix("`](").and_then(|text| text.rsplit_once("[`"));
                let text = text.ok_or("its text is not in backticks")?.1.replace('\n', " ");
                let root = PAGES.iter().find_map(|(from, to)| Some((to, page.strip_prefix(from)?)));
                let (root, name) = root.ok_or("it does not begin as a chapter's link")?;
                let source = read(&format!("{root}{name}.rs")).ok_or("there is no such file")?;
                right_anchor(&text, anchor, &source)
            });
            match right {
                Some(Ok(right)) if right != anchor => {
                    links.moved.push(format!("{target}: now #{right}"));
                    links.mended += &format!("{page}#{right}");
                    continue;
                }
                Some(Err(why)) => links.wrong.push(format!("{target}: {why}")),
                _ => {}
            }
            links.mended += target;
        }
        links.mended += rest;
        links
    }
}

/// The next link's target, what stands before and what behind.
fn next_target(text: &str) -> Option<(&str, &str, &str)> {
    let at = text.find("](")? + 2;
    let end = at + text[at..].find(')')?;
    Some((&text[..at], &text[at..end], &text[end..]))
}

/// `252`, or `252-255`, as it should be for a link that says `text`.
fn right_anchor(text: &str, anchor: &str, source: &str) -> Result<String, String> {
    let number = |text: &str| text.parse::<usize>().map_err(|_| "it names no line".to_owned());
    let (first, last) = anchor.split_once('-').unwrap_or((anchor, anchor));
    let (first, last) = (number(first)?, number(last)?);
    let with_text = source.lines().zip(1..).filter(|(line, _)| line.contains(text));
    let lines: Vec<usize> = with_text.map(|(_, number)| number).collect();
    match lines[..] {
        _ if lines.contains(&first) => Ok(anchor.to_owned()),
        [line] if anchor.contains('-') => Ok(format!("{line}-{}", last.max(first) + line - first)),
        [line] => Ok(line.to_string()),
        [] => Err(format!("`{text}` is nowhere")),
        _ => Err(format!("`{text}` is on lines {lines:?}")),
    }
}

#[test]
fn each_link_of_the_guide_leads_to_the_line_it_quotes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mend = std::env::var_os("HORNPIPE_MEND_LINKS").is_some_and(|value| value == "1");
    let (mut count, mut complaints) = (0, Vec::new());
    for name in super::names_in(&root.join("src/guide")) {
        let path = root.join("src/guide").join(&name);
        if !name.ends_with(".md") {
            continue;
        }
        let chapter = fs::read_to_string(&path).unwrap();
        let links = Links::of(&chapter, |file| fs::read_to_string(root.join(file)).ok());
        if mend && !links.moved.is_empty() {
            fs::write(&path, links.mended).unwrap();
        }
        let moved = if mend { Vec::new() } else { links.moved };
        let all = moved.into_iter().chain(links.wrong);
        complaints.extend(all.map(|complaint| format!("{name}: {complaint}")));
        count += links.count;
    }
    let complaints = complaints.join("\n");
    assert!(complaints.is_empty(), "HORNPIPE_MEND_LINKS=1 mends what moved:\n{complaints}");
    assert!(count > 0, "no link to a line is found");
}

#[test]
fn each_wrong_link_is_noticed_and_one_that_moved_mended() {
    const PAGE: &str = "../../../src/hornpipe/a.rs.html";
    let read = |file: &str| (file == "src/a.rs").then(|| "one\n  c[i] = 2;\ntwo\ntwo\n".to_owned());
    for (text, target, expected) in [
        ("`c[i] = 2`", format!("{PAGE}#2"), Ok("2")),
        ("`two`", format!("{PAGE}#4-9"), Ok("4-9")),
        ("`c[i]\n= 2`", format!("{PAGE}#1"), Ok("2")),
        ("`one`", format!("{PAGE}#3-4"), Ok("1-2")),
        ("`three`", format!("{PAGE}#1"), Err("`three` is nowhere")),
        ("`two`", format!("{PAGE}#1"), Err("`two` is on lines [3, 4]")),
        ("one", format!("{PAGE}#1"), Err("its text is not in backticks")),
        ("`one`", PAGE.to_owned(), Err("it names no line")),
        ("`one`", "../../../src/hornpipe/b.rs.html#1".to_owned(), Err("there is no such file")),
        ("`one`", "../src/a.rs.html#1".to_owned(), Err("it does not begin as a chapter's link")),
    ] {
        let chapter = |target: &str| format!("[other](https://x.y#z) - [{text}]({target}), end (.");
        let links = Links::of(&chapter(&target), read);
        assert_eq!(links.count, 1);
        let (moved, wrong, right) = match expected {
            Ok(anchor) if target.ends_with(&format!("#{anchor}")) => (vec![], vec![], target),
            Ok(anchor) => {
                (vec![format!("{target}: now #{anchor}")], vec![], format!("{PAGE}#{anchor}"))
            }
            Err(why) => (vec![], vec![format!("{target}: {why}")], target),
        };
        assert_eq!((links.moved, links.wrong), (moved, wrong));
        assert_eq!(links.mended, chapter(&right));
    }
}
