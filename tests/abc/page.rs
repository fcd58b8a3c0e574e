//! `hornpipe page`: what a browser gets. What it makes of it: `scripts/see_page.mjs`.

use assert_cmd::Command;
use hornpipe::hash::hex;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;

fn page(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("hornpipe").unwrap();
    command.current_dir(folder).arg("page").args(arguments).assert()
}

/// The texts between `from` and `to`.
fn between<'a>(html: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    html.split(from).skip(1).filter_map(|rest| Some(rest.split_once(to)?.0)).collect()
}

fn data(html: &str) -> Vec<Value> {
    let texts = between(html, "<script type=\"application/json\">", "</script>");
    texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

#[test]
fn the_engraver_is_the_one_that_its_readme_names() {
    let script = include_bytes!("../../data/vendor/abcjs/abcjs-basic-min.js");
    let readme = include_str!("../../data/vendor/abcjs/README.md");
    assert!(readme.contains(&format!("| SHA-256 | `{}` |", hex(&Sha256::digest(script)))));
    let text = String::from_utf8_lossy(script);
    assert!(text.contains("abcjs_basic v6.7.2"));
    assert!(!text.contains("</script"), "it would end the element that it stands in");
}

#[test]
fn nothing_a_tune_says_does_harm() {
    const EVIL: &str = "</script><script>alert(1)</script><img src=x onerror='a(\"&\")'>";
    let folder = tempfile::tempdir().unwrap();
    let tune = format!("X:1\nT:{EVIL}\n%{EVIL}\nR:{EVIL}\nM:4/4\nK:D\nDEFG ABcd|\"^{EVIL}\"|\n");
    std::fs::write(folder.path().join("t.abc"), tune.repeat(2)).unwrap();
    page(folder.path(), &["t.abc", "-o", "p.html", "--title", EVIL, "--against", "t.abc"])
        .success();
    let html = std::fs::read_to_string(folder.path().join("p.html")).unwrap();
    // two tunes, the nearest of each, and the two scripts
    assert_eq!(data(&html).len(), 4);
    assert_eq!(html.matches("</script").count(), 6);
    assert!(!html.contains("<img") && !html.contains("<script>"));
    assert!(data(&html)[0]["abc"].as_str().unwrap().contains(EVIL), "it is shown as it is");
    // only scripts with the page's own number run, and it is another for another page
    let nonce = |html: &str| between(html, "script-src 'nonce-", "'")[0].to_owned();
    assert_eq!(html.matches(&format!("<script nonce=\"{}\">", nonce(&html))).count(), 2);
    std::fs::write(folder.path().join("t.abc"), tune.replace("4/4", "4/2")).unwrap();
    page(folder.path(), &["t.abc", "-o", "q.html", "--title", EVIL]).success();
    let other = std::fs::read_to_string(folder.path().join("q.html")).unwrap();
    assert_ne!(nonce(&html), nonce(&other));
}

#[test]
fn every_tune_is_there_with_its_judgement_and_what_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let melody = "DEFG ABcd|efga bagf|edcB AGFE|D4 D4|";
    let copy = "EFGA Bcde|fgab c'bag|fedc BAGF|E4 E4|";
    let tune = |title: &str, music: &str| format!("X:1\nT:{title}\nM:4/4\nK:C\n{music}\n\n");
    std::fs::write(folder.path().join("c.abc"), tune("The Old One", melody)).unwrap();
    let made = tune("", copy).replace("M:", "% model 1a2b, epoch 3\nM:").replace("K:C", "K:D");
    let tunes = [made, tune("Nothing", "^|"), tune("Flawed", "CD ^ E|")].concat();
    std::fs::write(folder.path().join("t.abc"), tunes).unwrap();
    let done = page(folder.path(), &["t.abc", "-o", "p.html", "--against", "c.abc"]).success();
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    let said: Vec<&str> = said.lines().collect();
    let [silent, flawed] = said[..] else { panic!("{said:?}") };
    assert!(silent.contains("t.abc, line 12, column 1: ") && silent.contains("shown as text"));
    assert!(flawed.contains("t.abc, line 18, column 4: ") && flawed.contains("is played"));

    let html = std::fs::read_to_string(folder.path().join("p.html")).unwrap();
    assert!(html.contains("Permission is hereby granted"), "the engraver's licence goes with it");
    let cards = between(&html, "<article", "</article>");
    assert_eq!(cards.len(), 3);
    for text in ["Tune 1", "near-copy", "26 of its 26 notes", "The Old One", "model 1a2b, epoch 3"]
    {
        assert!(cards[0].contains(text), "{text}");
    }
    let [ours, theirs] = &data(cards[0])[..] else { panic!("two scores") };
    assert_eq!(ours["notes"].as_array().unwrap().len(), 26);
    let letters = |score: &Value| -> String {
        let abc: Vec<char> = score["abc"].as_str().unwrap().chars().collect();
        let places = score["shared"].as_array().unwrap().iter();
        places.map(|place| abc[place.as_u64().unwrap() as usize]).collect()
    };
    assert_eq!(letters(ours), copy.replace(|c: char| !c.is_alphabetic(), ""));
    assert_eq!(letters(theirs), melody.replace(|c: char| !c.is_alphabetic(), ""));
    assert!(cards[1].contains("line 5, column 1") && data(cards[1]).is_empty());
    assert!(cards[1].contains("^|") && cards[2].contains("does not read"));
    assert_eq!(data(cards[2])[0]["notes"].as_array().unwrap().len(), 3);
}

#[test]
fn what_the_page_sorts_by_is_what_the_judge_says() {
    let folder = tempfile::tempdir().unwrap();
    let tune = |music: &str| format!("X:1\nM:2/4\nL:1/8\nK:C\n|:{music}C4:|\n\n");
    let old = tune("CDEF|GABc|defg|agfe|dcBA|GFED|CEGc|");
    let new = tune("E2G2|c2GE|D2F2|B4|E3G|c3B|A2F2|");
    std::fs::write(folder.path().join("c.abc"), &old).unwrap();
    let tunes = [&new, &old, &new.replace("C4", "D4"), "X:4\nK:C\nCD ] E|\n"].concat();
    std::fs::write(folder.path().join("t.abc"), tunes).unwrap();
    page(folder.path(), &["t.abc", "-o", "p.html", "--against", "c.abc"]).success();
    let html = std::fs::read_to_string(folder.path().join("p.html")).unwrap();
    assert!(html.contains("4 tunes: 2 good, 2 new, <strong>1 good and new</strong>"));
    let cards = between(&html, "<article", ">");
    let said = |name: &str| -> Vec<&str> {
        cards.iter().map(|card| between(card, &format!(" data-{name}=\""), "\"")[0]).collect()
    };
    assert_eq!(said("best"), ["true", "false", "false", "false"]);
    assert_eq!(said("verdict"), ["3", "1", "0", "0"]);
    assert_eq!(said("length"), ["15", "29", "15", "3"]);
    let shared: Vec<f64> = said("shared").iter().map(|share| share.parse().unwrap()).collect();
    assert!(shared[0] < 0.5 && shared[1] == 1.0, "{shared:?}");
}

#[test]
fn wrong_use_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no.abc"), "no tune\n").unwrap();
    page(folder.path(), &["no.abc", "-o", "p.html"]).code(1);
    page(folder.path(), &["no.abc"]).code(2);
    assert!(!folder.path().join("p.html").exists());
}
