//! `hornpipe judge`: what it calls right, what it calls new, and its command.

use crate::shared_run::shared_run;
use assert_cmd::Command;
use hornpipe::music::abc::{self, Duration};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::judge::{Again, Figures, Known, Overlap, Verdict, judge_corpus};

/// A tune in 2/4 and G of the given bars.
fn tune(music: &str) -> String {
    format!("X:1\nT:Test\nM:2/4\nL:1/8\nK:G\n{music}\n")
}

fn verdict(music: &str) -> Verdict {
    Verdict::of(&tune(music), &Known::new::<&str>(&[]), None)
}

#[test]
fn bars_add_up_where_a_player_would_say_so() {
    for (music, right) in [
        ("GABc|d4|G4|]", true),
        ("GABc|d3|G4|]", false),
        ("GABc|dG3|G3A4|]", false),
        // an upbeat and its complement: its own, the next part's, the first's
        ("|:G|ABcd|G3:|", true),
        ("|:G|ABcd|G2:|", false),
        ("|:G|ABcd|G4:|", true),
        ("ABcd|G3||G|ABcd|G4|]", true),
        ("G|ABcd|G4||dcBA|G3|]", true),
        // an upbeat outside of the repeat, after which the repeat begins with a full bar
        ("G|:ABcd|G3:|", true),
        ("G|:ABcd|G4:|G|:ABcd|G4:|", true),
        ("G|:ABcd|G2:|", false),
        ("G||ABcd|G4||dcBA|G3|]", true),
        // endings, one of them inside a bar; a bar split by a double bar
        ("|:G|ABcd|1 G3:|2 G4|]", true),
        ("|:G|ABcd|1 G3:|2 G2|]", false),
        ("|:ABcd|G2[1 A2:|[2 G2|]", true),
        ("|:ABcd|G2[1 A2:|[2 G|]", false),
        ("ABcd|AB||cd|G4|]", true),
        // in the metre in force
        ("ABcd|[M:3/4]ABcdef|G6|]", true),
        ("ABcd|[M:3/4]ABcd|G6|]", false),
    ] {
        assert_eq!(verdict(music).bars, right, "{music}");
    }
}

#[test]
fn parts_have_eight_or_sixteen_bars() {
    let bars = |count: usize| "GABc|".repeat(count);
    let part = |count: usize| format!("|:{}GABc:|", bars(count - 1));
    for (music, right) in [
        (part(8), true),
        (part(4) + &part(4), true),
        (part(3) + &part(8), false),
        (part(6), false),
        (bars(8), false),
        (bars(16), true),
        (format!("{}|{}|]", bars(8), bars(8)), true),
        (format!("|:d|{}GAB:|", bars(7)), true),
        (format!("|:d|{}GABc:|", bars(7)), true),
        (format!("d|{}", part(8)), true),
        (format!("{}d|{}", part(8), part(8)), true),
        (format!("d|{}", part(7)), false),
        (format!("d||{}|{}|]", bars(8), bars(8)), true),
        (format!("|:{}|1 GABc|G4:|2 GABc|d4|]", bars(6)), true),
        (format!("|:{}|1 GABc|G4:|2 GABc|d4|]", bars(5)), false),
        (format!("{}GA||Bc|{}|]", bars(7), bars(8)), true),
    ] {
        assert_eq!(verdict(&music).parts, right, "{music}");
    }
}

#[test]
fn a_tune_ends_on_the_tonic_of_its_last_key() {
    for (music, right) in [
        ("GABc|d2G2|]", true),
        ("GABc|d2B2|]", false),
        ("GABc|[DG]4|]", true),
        ("GABc|[K:Edor]d2E2|]", true),
        ("GABc|[K:Edor]d2D2|]", false),
        ("|:GABc|1 d4:|2 g4|]", true),
        ("GABc|G2z2|]", true),
    ] {
        assert_eq!(verdict(music).tonic, right, "{music}");
    }
    let broken = verdict("GABc|d2G2 ^|]");
    assert!(!(broken.reads || broken.bars || broken.tonic || broken.is_new()));
    assert!(verdict("|:GABc|G4:|").repeats && !verdict("|:GABc|G4|").repeats);
    let melody = verdict("GA^Gc|G2g2|GA^Gc|]").melody;
    assert_eq!((melody.notes, melody.range), (10, 12));
    assert!((melody.in_key - 0.8).abs() < 1e-9 && (melody.distinct_bars - 2.0 / 3.0).abs() < 1e-9);
    assert!((melody.leaps - 1.0 / 3.0).abs() < 1e-9, "{}", melody.leaps);
}

#[test]
fn a_copy_is_found_in_any_key_and_any_unit() {
    let corpus = ["GABc|dBcA|GFGE|D4|]", "GBdg|fdcA|BGAF|G4|]"].map(tune);
    let known = Known::new(&[&corpus[0], &corpus[1]]);
    let run = |text: &str| known.longest_run(&abc::read(text), None);
    let whole = run(&corpus[1]);
    assert_eq!((whole.notes, whole.of, whole.from), (13, 13, Some(1)));
    assert_eq!(run(&corpus[1].replace("L:1/8", "L:1/4")), whole);
    assert_eq!(run("X:1\nL:1/8\nK:F\nFAcf|ecBG|AFGE|F4|]"), whole);
    assert!(whole.is_near_copy());
    let half = run(&tune("GBdg|fdc2|dABc|AFDF|]"));
    assert_eq!((half.notes, half.of, half.from), (6, 15, Some(1)));
    assert!(!half.is_near_copy());
    assert_eq!(known.longest_run(&abc::read(&corpus[1]), Some(1)).from, Some(0));
}

#[test]
fn the_longest_run_is_that_of_comparing_all_pairs() {
    let tunes: Vec<&str> = abc::tunes(EMBEDDED).into_iter().take(60).collect();
    let known = Known::new(&tunes);
    // without ties and rests a step is plain to see
    let steps: Vec<Vec<(i32, Duration)>> = tunes
        .iter()
        .map(|text| {
            let tune = abc::read(text);
            let notes: Vec<_> = tune.events().map(|e| (e.top(), e.duration, e.tie)).collect();
            let plain = notes.iter().all(|note| note.0.is_some() && !note.2);
            let step = |pair: &[(Option<abc::Pitch>, Duration, bool)]| {
                (pair[1].0.unwrap().midi() - pair[0].0.unwrap().midi(), pair[1].1 / pair[0].1)
            };
            if plain { notes.windows(2).map(step).collect() } else { Vec::new() }
        })
        .collect();
    let mut compared = 0;
    for (at, text) in tunes.iter().enumerate().filter(|(at, _)| !steps[*at].is_empty()) {
        let others = (0..tunes.len()).filter(|other| *other != at);
        let known_to_us = others.map(|other| shared_run(&steps[at], &steps[other])).max().unwrap();
        let found = known.longest_run(&abc::read(text), Some(at));
        let from = found.from.unwrap();
        assert_ne!(from, at);
        assert!(found.notes > known_to_us, "{text}");
        if !steps[from].is_empty() {
            assert_eq!(found.notes, shared_run(&steps[at], &steps[from]) + 1, "{text}");
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared} tunes: too easy a case");
}

#[test]
fn the_human_corpus_scores_as_humans_do() {
    let tunes = abc::tunes(EMBEDDED);
    let verdicts = judge_corpus(&tunes, &Known::new(&tunes));
    let figures = Figures::of(&verdicts, &tunes);
    // what is embedded reads and adds up by the way it was made
    assert_eq!((figures.tunes, figures.reads, figures.bars), (636, 1.0, 1.0));
    assert!(figures.parts > 0.98 && figures.tonic > 0.8 && figures.new > 0.98, "{figures:?}");
    let again: Again = verdicts.iter().map(|verdict| verdict.again).sum();
    let shares = [
        again.bar_2_before,
        again.bar_4_before,
        again.bar_8_before,
        again.last_bar_of_part_before,
        again.part_2_opens_as_part_1,
        again.bar_5_is_bar_1,
    ];
    let shares = shares.map(|times| (1000.0 * times.share().unwrap()).round());
    assert_eq!((again.tunes, shares), (570, [54.0, 195.0, 221.0, 762.0, 2.0, 617.0]));
    let overlap = Overlap::of(&verdicts, &verdicts);
    // not quite whole: each tune's distance from itself is in one of the two distributions only
    assert!(overlap.interval > 0.98 && overlap.interval < 1.0, "{overlap:?}");
    let (half, other) = (verdicts.iter().step_by(2), verdicts.iter().skip(1).step_by(2));
    let halves = Overlap::of(half, other);
    assert!(
        halves.pitch_class > 0.9 && halves.interval > 0.9 && halves.duration > 0.9,
        "{halves:?}"
    );
    // leaps all over, and rests
    let (odd, silent) = (verdict("G,g'D2|^a,4|f'c,F'3|"), verdict("z4|"));
    let odd = Overlap::of(&[odd], &verdicts);
    assert!(odd.pitch_class < 0.5 && odd.interval < 0.5 && odd.duration < 0.5, "{odd:?}");
    assert_eq!(Overlap::of(&[silent], &verdicts).duration, 0.0);
}

#[test]
fn the_command_prints_a_table_and_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let mine = abc::tunes(EMBEDDED)[0];
    let new = tune("|:GABc|dBcA|GFGE|D4|GABc|dBcA|FGAF|G4:|");
    std::fs::write(folder.path().join("t.abc"), format!("{mine}\n{new}\n{new}")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("hornpipe").unwrap();
        let assert = command.current_dir(folder.path()).arg("judge").args(arguments).assert();
        (String::from_utf8(assert.get_output().stdout.clone()).unwrap(), assert)
    };
    let (said, assert) = run(&["t.abc", "--each", "--json"]);
    assert.code(0);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("near-copy") && lines[1].contains("good"), "{said}");
    assert!(lines[lines.len() - 2].starts_with("good and new"), "{said}");
    let object: serde_json::Value = serde_json::from_str(lines[lines.len() - 1]).unwrap();
    let third = |key: &str| (object[key].as_f64().unwrap() * 3.0).round() as i32;
    assert_eq!(object["tunes"], 3);
    let keys = ["reads", "bars", "parts", "good", "new", "good_and_new", "duplicates"];
    assert_eq!(keys.map(third), [3, 3, 3, 3, 2, 2, 1]);
    assert_eq!(object["corpus"]["tunes"], 636);
    assert_eq!(object["corpus"]["bars"], 1.0);
    let percent = |value: &serde_json::Value| format!("{:.1} %", 100.0 * value.as_f64().unwrap());
    let overlaps = [&object["overlap"], &object["corpus"]["overlap"]];
    let overlaps = overlaps.map(|overlap| percent(&overlap["interval"]));
    let row = lines.iter().find(|line| line.starts_with("overlap of intervals")).unwrap();
    let (ours, theirs) = row.trim_end_matches(' ').split_at(row.len() - 10);
    assert_eq!([&ours[ours.len() - 10..], theirs].map(str::trim), overlaps);
    assert!(overlaps[0].as_str() < "80" && overlaps[1].as_str() > "90", "{overlaps:?}");
    // against itself everything is a copy
    let (said, _) = run(&["t.abc", "--against", "t.abc", "--quiet", "--json"]);
    assert!(said.lines().count() == 1 && said.contains("\"new\":0.0"), "{said}");
    std::fs::write(folder.path().join("no.abc"), "no tune\n").unwrap();
    run(&["no.abc"]).1.code(1);
    run(&[]).1.code(2);
}

#[test]
fn shares_are_told_of_each_rhythm_and_of_the_mixture() {
    let folder = tempfile::tempdir().unwrap();
    let tune = |head: &str, bars: &str| format!("X:1\nL:1/8\n{head}\nK:G\n{bars}\n\n");
    let part = |bar: &str, last: &str| format!("|:{}{last}:|", format!("{bar}|").repeat(7));
    let (six, four) = (part("GAB cBA", "G6"), part("GABc d2B2", "G8"));
    let hornpipe = tune("R:Hornpipe\nM:4/4", &four);
    let set = [
        tune("R:jig\nM:6/8", &six),
        tune("R:double jig\nM:6/8", &part("GAB cBA", "A6")),
        tune("R:jig\nM:9/8", &part("GAB cBA G3", "G9")),
        tune("R:hornpipe\nM:4/4", &six), // bars of 6/8
        tune("R:hornpipe\nM:4/4", &six),
        tune("R:hornpipe\nM:4/4", &format!("{four} ^")),
        hornpipe.clone(),
        tune("R:bourrée\nM:4/4", &four),
        tune("R:\nM:4/4", &four),
        tune("M:4/4", &four),
    ];
    std::fs::write(folder.path().join("set.abc"), set.concat()).unwrap();
    let other = tune("R:jig\nM:6/8", &part("g2e c2A", "G6"));
    std::fs::write(folder.path().join("book.abc"), hornpipe + &other).unwrap();
    let mut command = Command::cargo_bin("hornpipe").unwrap();
    let arguments = ["judge", "set.abc", "--against", "book.abc", "--json"];
    let assert = command.current_dir(folder.path()).args(arguments).assert().success();
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    let object: serde_json::Value = serde_json::from_str(lines[lines.len() - 1]).unwrap();
    let names = |object: &serde_json::Value| -> Vec<String> {
        object["by_rhythm"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(&object), ["hornpipe", "jig", "none", "other", "slip jig"]);
    assert_eq!(names(&object["corpus"]), ["hornpipe", "jig"]);
    let keys = ["tunes", "share", "reads", "bars", "tonic", "parts", "good", "new", "good_and_new"];
    let of = |object: &serde_json::Value, rhythm: &str| {
        keys.map(|key| object["by_rhythm"][rhythm][key].as_f64().unwrap())
    };
    let one = |share: f64, new: f64| [1.0, share, 1.0, 1.0, 1.0, 1.0, 1.0, new, new];
    assert_eq!(of(&object, "hornpipe"), [4.0, 0.4, 0.75, 0.25, 0.75, 0.25, 0.25, 0.5, 0.0]);
    assert_eq!(of(&object, "jig"), [2.0, 0.2, 1.0, 1.0, 0.5, 1.0, 0.5, 1.0, 0.5]);
    assert_eq!(of(&object, "slip jig"), one(0.1, 1.0));
    assert_eq!(of(&object, "other"), one(0.1, 0.0));
    assert_eq!(of(&object, "none"), [2.0, 0.2, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(of(&object["corpus"], "jig"), one(0.5, 1.0));
    let row = |at: usize| lines[at].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(row(0), "rhythm tunes share read bars tonic parts good+new");
    assert_eq!(row(1), "hornpipe these 4 40.0 % 75.0 % 25.0 % 75.0 % 25.0 % 0.0 %");
    assert_eq!(row(4), "corpus 1 50.0 % 100.0 % 100.0 % 100.0 % 100.0 % 100.0 %");
    assert_eq!(row(6), "corpus 0 0.0 %");
    // what is said of bars that come again is of the tunes whose bars are right
    let again = lines.iter().position(|line| line.starts_with("tunes of 8-bar parts")).unwrap();
    let eights = object["again"]["tunes"].to_string();
    assert_eq!(row(again), format!("tunes of 8-bar parts {eights} 2"));
    assert_eq!(row(again + 1), "bar is the bar 2 before 83.3 % 83.3 %");
    assert_eq!(row(again + 3), "bar is the bar 8 before - -");
    assert!(object["corpus"]["again"]["bar_8_before"].is_null());
}
