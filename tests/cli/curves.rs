//! Runs are drawn beside each other.

use super::{folder, hornpipe, ok, read, train, write};
use std::fs::create_dir_all;

#[test]
fn runs_are_drawn_by_name_and_what_is_none_is_refused() {
    let folder = folder();
    let here = folder.path();
    train(here, "one");
    train(here, "two --seed 2");
    train(here, "plain --validation 0");
    ok(here, "train t.abc --lstm 4 --embedding 4 --epochs 0 --quiet --out begun");
    create_dir_all(here.join("empty")).expect("a folder");
    write(here, "page.html", b"<html></html>");
    let said = ok(here, "curves one two plain -o c.svg");
    assert_eq!(said, "c.svg; open it in a browser\n");
    let drawn = read(here, "c.svg");
    for name in ["one: ", "two: ", "plain"] {
        assert!(drawn.contains(&format!("\n{name}")), "{name} in {drawn}");
    }
    // again, and over itself
    ok(here, "curves one two plain -o c.svg --quiet");
    assert_eq!(read(here, "c.svg"), drawn);
    let settings =
        "LSTM 12, 8 · embedding 6 · characters · batch 4 x 16 · dropout 0.2 · rate 0.001 · seed 2";
    assert!(read(here, "two/curves.svg").contains(settings));
    let many = format!("curves {} -o no.svg", "one ".repeat(9));
    for (line, code, sentence) in [
        (many.as_str(), 2, "9 runs are too many for one picture; name at most 8"),
        ("curves -o no.svg", 2, "required"),
        ("curves one", 2, "required"),
        ("curves empty -o no.svg", 2, "empty is no run; name the folder of one"),
        ("curves one t.abc -o no.svg", 2, "t.abc is no run; name the folder of one"),
        ("curves one/checkpoints/best.hornpipe -o no.svg", 2, "is no run; name the folder"),
        ("curves nowhere -o no.svg", 2, "nowhere is no run"),
        ("curves one begun -o no.svg", 1, "begun: there is no curve, for no epoch of it is done"),
        (
            "curves one -o page.html",
            2,
            "page.html holds a page (HTML) and would be replaced by a pic",
        ),
        ("curves one -o two/curves.svg", 2, "one of the files that a run writes itself"),
        ("curves one -o no/no.svg", 1, "cannot write no/no.svg"),
    ] {
        let (is, _, err) = hornpipe(here, line);
        assert!(is == code && err.contains(sentence), "{line}: {is} {err}");
    }
    assert!(!here.join("no.svg").exists());
    ok(here, "curves one -o page.html --force");
}
