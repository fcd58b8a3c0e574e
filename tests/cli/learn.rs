//! `hornpipe audit --learn`: mistakes are trained with, and shown on a page.

use super::resume::{end, signal};
use super::{folder, hornpipe, ok, read, write};
use hornpipe::engine::check::naive::Bug;
use hornpipe::look::gallery::name;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Each element ends in the one that it began in.
fn is_well_formed(html: &str) -> bool {
    let mut open = Vec::new();
    // the style, and the script that says that scripts run, have no tags
    for tag in html.split('<').skip(2).filter_map(|rest| rest.split('>').next()) {
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return false,
            None if !tag.ends_with('/') && !["meta", "wbr"].contains(&name) => open.push(name),
            _ => {}
        }
    }
    open.is_empty()
}

#[test]
fn the_page_and_the_lines_tell_the_same_of_every_mistake() {
    let folder = folder();
    let here = folder.path();
    let lines = ok(here, "audit --learn -o page.html --updates 5 --json");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (all, runs) = lines.split_last().expect("lines");
    let page = read(here, "page.html");
    assert_eq!(all["bytes"], page.len());
    assert!(is_well_formed(&page) && page.contains("<table class=\"all\""));
    assert_eq!((&all["mistakes"], &all["caught"]), (&Value::from(9), &Value::from(9)));
    let held_out = |run: &Value| run["held_out"][5].as_f64().expect("a loss");
    let seeds: Vec<_> = runs[..3].iter().map(|run| (run["bug"].as_str(), &run["seed"])).collect();
    assert_eq!(seeds, [(None, &1.into()), (None, &2.into()), (None, &3.into())]);
    assert!(page.contains(&format!("{:.3}", held_out(&runs[0]))));
    for (bug, run) in Bug::ALL.into_iter().zip(&runs[3..]) {
        assert_eq!(run["bug"], name(bug));
        let article = page.split(&format!("<article id=\"{}\"", name(bug))).nth(1);
        let article = article.and_then(|rest| rest.split("</article>").next()).expect("an article");
        assert!(article.contains(&format!("{:.3} nats", held_out(run))), "{bug}: {article}");
        let errors = run["errors"].as_object().expect("errors");
        let off = errors.values().filter(|error| error.as_f64() > Some(1e-6)).count();
        assert!(off > 0 && article.contains(&format!(" {off} of {}", errors.len())), "{bug}");
        assert_eq!(article.matches("class=\"off\"").count(), off, "{bug}");
    }
    // to a pipe, of one mistake, for people: the page alone
    let piped = ok(here, "audit --learn gates-swapped -o - --updates 3");
    assert!(piped.starts_with("<!DOCTYPE html>") && piped.ends_with("</html>"));
    assert!(
        piped.contains("<article id=\"gates-swapped\"") && !piped.contains("<table class=\"all\"")
    );
    assert_eq!(piped.matches("<article").count(), 1);
    // quiet to a file
    assert_eq!(ok(here, "audit --learn mask-missing -o page.html --updates 1 --quiet"), "");
}

#[test]
fn what_can_not_be_learned_is_refused_and_nothing_written() {
    let folder = folder();
    let here = folder.path();
    write(here, "mine.svg", b"<svg></svg>");
    let names = Bug::ALL.map(name).join(", ");
    let help = ok(here, "audit --help");
    assert!(Bug::ALL.into_iter().all(|bug| help.contains(&format!("  {} ", name(bug)))), "{help}");
    for (line, code, sentence) in [
        ("audit --learn", 2, "--learn writes a page; name its file with -o"),
        ("audit --learn gates-swapped", 2, "--learn writes a page; name its file with -o"),
        ("audit -o p.html", 2, "-o is for the page of --learn; leave it out or add --learn"),
        ("audit --force", 2, "--learn"),
        ("audit --updates 3", 2, "--learn"),
        ("audit --learn -o p.html --updates 0", 2, "whole number from 1"),
        ("audit --learn -o p.html --seed x", 2, "whole number from 0"),
        ("audit --learn GatesSwapped -o p.html", 2, names.as_str()),
        ("audit --learn no\u{1b}bug -o p.html", 2, "no mistake is called \"no\\u{1b}bug\"; choose"),
        ("audit --learn -o mine.svg", 2, "mine.svg holds a picture (SVG) and would be replaced"),
        ("audit --learn -o no/p.html", 1, "cannot write no/p.html"),
        ("audit --learn -o - --json", 2, "--json and a file are both for standard output"),
    ] {
        let (is, out, err) = hornpipe(here, line);
        assert!(is == code && err.contains(sentence) && out.is_empty(), "{line}: {is} {err}");
    }
    assert!(!here.join("p.html").exists());
    ok(here, "audit --learn mask-missing -o mine.svg --force --updates 1");
    assert!(read(here, "mine.svg").starts_with("<!DOCTYPE html>"));
}

#[test]
#[cfg(unix)]
fn ctrl_c_leaves_nothing_and_says_so() {
    let folder = folder();
    let here = folder.path();
    write(here, "page.html", b"<html>old</html>");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("hornpipe"));
    command.current_dir(here).args(["audit", "--learn", "-o", "page.html"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut said = String::new();
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut said).expect("a line");
    assert!(
        said.starts_with("12 runs, 3 right and 9 with a mistake, of 307,200 characters"),
        "{said}"
    );
    signal(&child, "INT");
    let (code, err) = end(child);
    assert!(code == Some(130) && err == "note: stopped; nothing was written\n", "{code:?} {err}");
    assert_eq!(read(here, "page.html"), "<html>old</html>");
    assert_eq!(std::fs::read_dir(here).expect("a folder").count(), 2, "t.abc and the page");
}
