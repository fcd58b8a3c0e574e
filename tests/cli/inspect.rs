//! A look inside a model: what is said, what is written, what is refused.

use super::{folder, hornpipe, ok, read, train, tunes, write};
use serde_json::Value;

#[test]
fn a_tune_is_inspected_and_what_is_said_is_on_the_page() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    let said = ok(here, "inspect run t.abc#3 -o page.html");
    assert!(said.contains(" nats a character, most surprising bar "), "{said}");
    assert!(said.ends_with(" MB); open it in a browser\n"), "{said}");
    let page = read(here, "page.html");
    let bar = said.split("surprising ").nth(1).and_then(|rest| rest.split(" (").next());
    let bar = bar.expect("a bar");
    for part in ["<h1>Tune 3</h1>", "What surprised it", &format!("<strong>{bar}</strong>")] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("hears nothing beside the characters"), "a model without places");
    // over itself; to standard output; the same however many threads there are
    ok(here, "inspect run t.abc#3 -o page.html");
    assert_eq!(ok(here, "inspect run t.abc#3 -o - --threads 1"), page);

    let lines = ok(here, "inspect run t.abc#3 -o page.html --json");
    let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let (all, characters) = lines.split_last().expect("lines");
    let text: String = characters.iter().filter_map(|line| line["character"].as_str()).collect();
    // in the form that the model learned, which has no numbers in titles
    assert!(text.starts_with("X:1\nT:Tune\nR:jig\nM:6/8\n"), "{text}");
    let third = tunes().split_inclusive("\n\n").nth(2).expect("a tune").to_owned();
    assert_eq!(all["characters"], text.len());
    let sum = characters.iter().filter_map(|line| line["loss"].as_f64()).fold(0.0, |a, b| a + b);
    let loss = all["loss"].as_f64().expect("a loss");
    assert!((sum / text.len() as f64 - loss).abs() < 1e-6);
    assert_eq!((&all["most_surprising"], &all["bytes"]), (&bar.into(), &page.len().into()));
    assert_eq!(all["follows"][0]["feature"], "header");
    // as evaluate has it, to the digits that it prints
    write(here, "third.abc", third.as_bytes());
    let listed = ok(here, "evaluate run third.abc --per-tune --batch 1 --steps 9");
    let a_note = all["nats_a_note"].as_f64().expect("notes");
    assert!(listed.contains(&format!("{a_note:7.4} {loss:7.4}")), "{a_note} {loss} {listed}");
}

#[test]
fn other_texts_are_inspected_too_and_what_can_not_be_is_refused() {
    let folder = folder();
    let here = folder.path();
    train(here, "run");
    let title = "<script>alert(1)</script> 🎻 \u{202e}";
    for (name, text) in [
        ("prose.txt", "Tune 1\nTune 2\n".to_owned()),
        ("one.txt", "X".to_owned()),
        ("two.txt", "XX".to_owned()),
        ("greek.txt", "ΩΨΩ".to_owned()),
        ("empty.abc", String::new()),
        ("silent.abc", "X:1\nT:Tune\nK:G\n\n".to_owned()),
        ("long.txt", "ABcde|fgG\n".repeat(10_000)),
        ("strange.abc", format!("{}X:7\nT:Tune\nK:G\nAΩ|\n", tunes())),
        ("evil.abc", format!("X:1\nT:{title}\nK:G\nAB|\n\n")),
    ] {
        write(here, name, text.as_bytes());
    }
    write(here, "bytes.abc", &[b'X', b':', b'1', 0, 1, 2, 255]);
    write(here, "latin.txt", b"Tune \xe9\n");
    ok(
        here,
        "train evil.abc --lstm 3 --embedding 2 --batch 1 --steps 3 --epochs 0 --validation 0 \
              --inputs characters --quiet --out evil",
    );
    ok(here, "export run -o m.safetensors");
    for (line, code, sentence) in [
        ("inspect run prose.txt -o p.html", 0, "most surprising line "),
        ("inspect run two.txt -o p.html", 0, "most surprising line 1"),
        ("inspect run silent.abc -o p.html", 0, "most surprising line "),
        ("inspect run t.abc -o p.html", 0, "t.abc holds 30 tunes; this is the first of them"),
        ("inspect m.safetensors t.abc#30 -o p.html", 0, "nats a character"),
        ("inspect run long.txt -o p.html", 0, "first 4,000 of 100,000 characters"),
        ("inspect run t.abc#2 -o p.html --last", 0, "took"),
        ("inspect evil evil.abc -o p.html", 0, "nats a character"),
        ("inspect default prose.txt -o p.html", 0, "nats a character"),
        ("inspect run t.abc", 2, "required"),
        ("inspect run -o p.html", 2, "required"),
        ("inspect nowhere t.abc -o p.html", 1, "nowhere"),
        ("inspect run nowhere.abc -o p.html", 1, "nowhere.abc"),
        ("inspect run t.abc#31 -o p.html", 2, "t.abc holds tunes 1 to 30 only"),
        ("inspect run t.abc#0 -o p.html", 2, "t.abc holds tunes 1 to 30 only"),
        ("inspect run prose.txt#1 -o p.html", 2, "prose.txt holds no tune to be numbered"),
        ("inspect run one.txt -o p.html", 1, "one character alone is foretold by nothing"),
        ("inspect run empty.abc -o p.html", 1, "empty.abc: this file is empty"),
        ("inspect run bytes.abc -o p.html", 1, "bytes.abc: this is not text"),
        ("inspect run latin.txt -o p.html", 0, "the model does not know them: 1 character ('é')"),
        ("inspect run strange.abc#31 -o p.html", 0, "not know them: 1 character ('Ω')"),
        (
            "inspect run greek.txt -o p.html",
            1,
            "the model knows none of its characters: 3 characters",
        ),
        ("inspect run run -o p.html", 2, "run is a folder; name one file"),
        ("inspect run t.abc -o t.abc", 2, "t.abc is one of the files to read"),
        ("inspect run t.abc -o two.txt", 2, "would be replaced by a page (HTML)"),
        ("inspect run t.abc -o run/log.csv", 2, "one of the files that a run writes itself"),
        ("inspect run t.abc -o no/p.html", 1, "cannot write no/p.html"),
        ("inspect run t.abc -o - --json", 2, "both for standard output"),
        ("inspect - - -o p.html", 2, "the model and the tune are both from standard input"),
        ("inspect default t.abc -o p.html --epoch 3", 2, "default is no run"),
        ("inspect run t.abc -o p.html --epoch x", 2, "--epoch"),
    ] {
        let (is, out, err) = hornpipe(here, line);
        assert!(is == code && (out + &err).contains(sentence), "{line}: {is} {err}");
        let one = err.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(one, usize::from(code != 0), "{line}: {err}");
    }
    ok(here, "inspect evil evil.abc -o p.html");
    let page = read(here, "p.html");
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(1)"));
    ok(here, "inspect run t.abc -o two.txt --force");
}
