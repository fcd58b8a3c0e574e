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

/// What `page` makes of some tunes beside a corpus.
fn made(tunes: &str, corpus: &str, arguments: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.abc"), tunes).unwrap();
    std::fs::write(folder.path().join("c.abc"), corpus).unwrap();
    let usual = ["t.abc", "-o", "p.html", "--against", "c.abc"];
    let done = page(folder.path(), &[&usual[..], arguments].concat()).success();
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    (std::fs::read_to_string(folder.path().join("p.html")).unwrap(), said)
}

/// The texts between `from` and `to`.
fn between<'a>(html: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    html.split(from).skip(1).filter_map(|rest| Some(rest.split_once(to)?.0)).collect()
}

fn data(html: &str) -> Vec<Value> {
    let texts = between(html, "type=\"application/json\"", "</script>");
    let json = |text: &&str| text.split_once('>').expect("the end of a tag").1.to_owned();
    texts.iter().map(json).map(|text| serde_json::from_str(&text).expect("JSON")).collect()
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
    let arguments = ["t.abc", "-o", "p.html", "--title", EVIL, "--against", "t.abc", "--verdict"];
    page(folder.path(), &arguments).success();
    let html = std::fs::read_to_string(folder.path().join("p.html")).unwrap();
    // two tunes, the nearest of both, and the three scripts
    assert_eq!(data(&html).len(), 3);
    assert_eq!(html.matches("</script").count(), 6);
    assert!(!html.contains("<img") && !html.contains("<script>"));
    assert!(data(&html)[0]["abc"].as_str().unwrap().contains(EVIL), "it is shown as it is");
    // only scripts with the page's own number run, and it is another for another page
    let nonce = |html: &str| between(html, "script-src 'nonce-", "'")[0].to_owned();
    assert_eq!(html.matches(&format!("<script nonce=\"{}\">", nonce(&html))).count(), 3);
    std::fs::write(folder.path().join("t.abc"), tune.replace("4/4", "4/2")).unwrap();
    page(folder.path(), &["t.abc", "-o", "q.html", "--title", EVIL]).success();
    let other = std::fs::read_to_string(folder.path().join("q.html")).unwrap();
    assert_ne!(nonce(&html), nonce(&other));
}

#[test]
fn every_tune_is_there_with_its_judgement_and_what_made_it() {
    let melody = "DEFG ABcd|efga bagf|edcB AGFE|D4 D4|";
    let copy = "EFGA Bcde|fgab c'bag|fedc BAGF|E4 E4|";
    let tune = |title: &str, music: &str| format!("X:1\nT:{title}\nM:4/4\nK:C\n{music}\n\n");
    let made_by = tune("", copy).replace("M:", "% model 1a2b, epoch 3\nM:").replace("K:C", "K:D");
    let tunes = [made_by, tune("Nothing", "^|"), tune("Flawed", "CD ^ E|")].concat();
    let (html, said) = made(&tunes, &tune("The Old One", melody), &["--verdict"]);
    let said: Vec<&str> = said.lines().collect();
    let [silent, flawed] = said[..] else { panic!("{said:?}") };
    assert!(silent.contains("t.abc, line 12, column 1: ") && silent.contains("shown as text"));
    assert!(flawed.contains("t.abc, line 18, column 4: ") && flawed.contains("is played"));

    assert!(html.contains("Permission is hereby granted"), "the engraver's licence goes with it");
    let cards = between(&html, "<article", "</article>");
    assert_eq!(cards.len(), 3);
    for text in
        ["Tune 1", "A near-copy, and ", "26 notes of its 26 in a row like <cite>The Old One"]
    {
        assert!(cards[0].contains(text), "{text}");
    }
    assert!(cards[0].contains("<li>model 1a2b, epoch 3</li>"));
    // the nearest tune is there once, below the cards
    let [ours, _, theirs] = &data(&html)[..] else { panic!("two scores and a neighbour") };
    assert_eq!(ours["notes"].as_array().unwrap().len(), 26);
    assert!(html.contains(&format!("<script id=\"near-{}\"", ours["near"]["place"])));
    let letters = |score: &Value, places: &Value| -> String {
        let abc: Vec<char> = score["abc"].as_str().unwrap().chars().collect();
        let places = places.as_array().unwrap().iter();
        places.map(|place| abc[place.as_u64().unwrap() as usize]).collect()
    };
    let shared = &ours["near"]["shared"];
    assert_eq!(letters(ours, &shared[0]), copy.replace(|c: char| !c.is_alphabetic(), ""));
    assert_eq!(letters(theirs, &shared[1]), melody.replace(|c: char| !c.is_alphabetic(), ""));
    assert!(cards[1].contains("line 5, column 1") && data(cards[1]).is_empty());
    assert!(cards[1].contains("^|") && cards[2].contains("Not all of it can be read."));
    assert_eq!(data(cards[2])[0]["notes"].as_array().unwrap().len(), 3);
}

#[test]
fn what_the_page_sorts_by_is_what_the_judge_says() {
    let tune = |music: &str| format!("X:1\nM:2/4\nL:1/8\nK:C\n|:{music}C4:|\n\n");
    let old = tune("CDEF|GABc|defg|agfe|dcBA|GFED|CEGc|");
    let new = tune("E2G2|c2GE|D2F2|B4|E3G|c3B|A2F2|");
    let tunes = [&new, &old, &new.replace("C4", "D4"), "X:4\nK:C\nCD ] E|\n"].concat();
    let (html, _) = made(&tunes, &old, &["--verdict"]);
    assert!(html.contains("4 tunes: 2 good, 2 new, <strong>1 good and new</strong>"));
    let cards = between(&html, "<article", ">");
    let said = |name: &str| -> Vec<&str> {
        cards.iter().map(|card| between(card, &format!(" data-{name}=\""), "\"")[0]).collect()
    };
    assert_eq!(said("best"), ["true", "false", "false", "false"]);
    assert_eq!(said("verdict"), ["3", "1", "0", "0"]);
    assert_eq!(said("length"), ["30", "58", "30", "3"]);
    let shared: Vec<f64> = said("shared").iter().map(|share| share.parse().unwrap()).collect();
    assert!(shared[0] < 0.5 && shared[1] == 1.0, "{shared:?}");
}

#[test]
fn only_what_generate_wrote_is_judged_unless_it_is_asked() {
    let tune = "X:1\nT:Mine\nM:2/4\nL:1/8\nK:C\n|:CDEF|GABc|defg|agfe|dcBA|GFED|CEGc|C4:|\n\n";
    let ours = tune.replacen('\n', "\n% hornpipe 0.1.0, weights 1a2b\n", 1);
    let judged = |html: &str| -> Vec<bool> {
        let cards = between(html, "<article", "</article>");
        cards.iter().map(|card| card.contains("\"verdict\"") && card.contains("<cite>")).collect()
    };
    let orders = |html: &str| html.contains("value=\"shared\"") && html.contains("id=\"best\"");

    let (html, said) = made(&tune.repeat(2), tune, &[]);
    assert_eq!((judged(&html), orders(&html)), (vec![false, false], false));
    assert!(html.contains(">2 tunes</p>") && !html.contains("id=\"near-"), "no word of a corpus");
    assert!(said.contains("--verdict compares all"), "{said}");

    let (html, said) = made(&[tune, &ours].concat(), tune, &[]);
    assert_eq!((judged(&html), orders(&html)), (vec![false, true], true));
    assert!(html.contains(">2 tunes, 1 of them by hornpipe: 1 good, 0 new, "));
    assert_eq!(said, "");

    let (html, _) = made(&[tune, &ours].concat(), tune, &["--verdict"]);
    assert_eq!(judged(&html), [true, true]);
}

#[test]
fn wrong_use_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no.abc"), "no tune\n").unwrap();
    page(folder.path(), &["no.abc", "-o", "p.html"]).code(1);
    page(folder.path(), &["no.abc"]).code(2);
    assert!(!folder.path().join("p.html").exists());
}
