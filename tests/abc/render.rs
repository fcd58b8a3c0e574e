//! `hornpipe render`.

use crate::soundfont::{soundfont, soundfont_at};
use assert_cmd::Command;
use std::path::Path;

fn render(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("hornpipe").unwrap();
    command.current_dir(folder).arg("render").args(arguments).assert()
}

#[test]
fn every_tune_is_a_file_and_those_that_cannot_be_played_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let tune = |title: &str, music: &str| format!("X:1\nT:{title}\nK:C\n{music}\n\n");
    let good = tune("O'Neill's  Été / No. 2", "CDE|");
    let flawed = tune("", "CD ^ E|");
    let broken = tune("Nothing", "^|");
    std::fs::write(folder.path().join("t.abc"), format!("{good}{flawed}{broken}{good}")).unwrap();
    let output = render(folder.path(), &["t.abc", "-o", "a/b", "--melody", "harp"]).code(1);
    let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(said.contains("t.abc, line 14, column 1: "), "{said}");
    assert!(said.contains("t.abc, line 9, column 4: "), "{said}");
    assert!(said.contains("1 of 4 tunes cannot be played"), "{said}");
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("a/b"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["001-oneills-t-no-2.mid", "002.mid", "004-oneills-t-no-2.mid"]);
    for name in names {
        let bytes = std::fs::read(folder.path().join("a/b").join(name)).unwrap();
        assert_eq!(midly::Smf::parse(&bytes).unwrap().tracks.len(), 2);
    }
}

#[test]
fn a_tune_too_long_to_listen_to_is_named_and_its_neighbours_sound() {
    let folder = tempfile::tempdir().unwrap();
    let good = "X:1\nK:C\nCDE|\n\n";
    let long = format!("X:2\nQ:1/4=1\nL:1/4\nK:C\n {}|\n\n", "A".repeat(60));
    std::fs::write(folder.path().join("t.abc"), format!("{good}{long}{good}")).unwrap();
    let output = render(folder.path(), &["t.abc", "-o", "a", "--wav"]).code(1);
    let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(said.contains("t.abc, line 9, column 2: more than a quarter of an hour"), "{said}");
    let exists = |file: &str| folder.path().join("a").join(file).exists();
    assert_eq!(["001.wav", "002.wav", "003.wav"].map(exists), [true, false, true]);
}

#[test]
fn a_bad_soundfont_is_one_sentence_wherever_it_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.abc"), "X:1\nK:C\nCDE|\n\n".repeat(2)).unwrap();
    for (bytes, problem) in [
        (&soundfont()[..300], "not a SoundFont, or cut off; name an .sf2 file"),
        (&soundfont_at(2_000_000_000), "this SoundFont is damaged; name another"),
    ] {
        std::fs::write(folder.path().join("f.sf2"), bytes).unwrap();
        let flags = ["t.abc", "-o", "out", "--wav", "--soundfont", "f.sf2"];
        let output = render(folder.path(), &flags).code(1);
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert_eq!(said, format!("error: f.sf2: {problem}\n"));
    }
}

#[test]
fn a_set_is_one_file_and_too_long_a_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tune = |title: &str, rhythm: &str, music: &str| {
        format!("X:1\nT:{title}\nR:{rhythm}\nM:4/4\nL:1/8\nQ:1/4=60\nK:C\n{music}\n\n")
    };
    let good = tune("The First", "hornpipe", "CDEF GABc|");
    let texts = format!("{good}{}", tune("One's 2nd", "reel", "CDEF GABc|"));
    std::fs::write(folder.path().join("t.abc"), &texts).unwrap();
    std::fs::write(folder.path().join("u.abc"), format!("{texts}{}", tune("", "reel", "^|")))
        .unwrap();
    std::fs::write(folder.path().join("v.abc"), "X:1\nK:C\nC|\n").unwrap();
    let line = ["--set", "--times", "2", "--count-in", "--speed", "50%", "--wav", "--midi"];
    let output = render(folder.path(), &[&["t.abc", "-o", "a"][..], &line].concat()).code(0);
    let said = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let name = "a/set-the-first-ones-2nd";
    let expected = format!(
        "2 of 2 tunes written to {name}.wav and {name}.mid\n\
         1 tune swings; --swing off plays it as written\n"
    );
    assert_eq!(said.replace('\\', "/"), expected);
    assert_eq!(std::fs::read_dir(folder.path().join("a")).unwrap().count(), 2);
    let wav = hound::WavReader::open(folder.path().join(format!("{name}.wav"))).unwrap();
    // five bars of four crotchets, each two seconds
    let seconds = f64::from(wav.duration()) / f64::from(hornpipe::music::render::RATE);
    assert!((40.0..40.5).contains(&seconds), "{seconds} s");
    // what cannot be played is named, the rest is the set
    let output = render(folder.path(), &["u.abc", "v.abc", "-o", "b", "--set"]).code(1);
    let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(said.contains("line 26, column 1") && said.contains("1 of 4 tunes cannot"), "{said}");
    assert!(folder.path().join("b/set-the-first-ones-2nd.mid").exists());
    render(folder.path(), &["v.abc", "-o", "c", "--set", "--swing", "off"]).code(0);
    assert!(folder.path().join("c/set-v.mid").exists());
    std::fs::write(folder.path().join("w.abc"), good.repeat(6)).unwrap();
    for (kind, speed, problem) in [
        ("--wav", "200%", "error: the set is more than a quarter of an hour of sound"),
        ("--midi", "50%", "error: the set is more than an hour or a million notes"),
    ] {
        let line = ["w.abc", "-o", "d", "--set", "--times", "100", "--speed", speed, kind];
        let output = render(folder.path(), &line).code(1);
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(said.starts_with(problem) && said.lines().count() == 1, "{said}");
        assert_eq!(std::fs::read_dir(folder.path().join("d")).unwrap().count(), 0);
    }
}

#[test]
fn nonsense_to_practise_with_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.abc"), "X:1\nK:C\nCDE|\n").unwrap();
    for (flag, values, problem) in [
        ("--speed", &["0.7", "9%", "9", "401%", "-5%", "%", "1e2%"][..], "not a speed; write it"),
        ("--transpose", &["25", "-25", "2.5", "up", ""], "not a whole number of semitones"),
        ("--times", &["0", "101", "-1", "twice"], "not a whole number from 1 to 100"),
        ("--swing", &["2", "1:2", "5:1", "0:0", "2:1:1", "on", "10:9"], "not a swing; write it"),
    ] {
        for value in values {
            let flag = format!("{flag}={value}");
            let output = render(folder.path(), &["t.abc", "-o", "out", &flag]).code(2);
            let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
            assert!(said.lines().next().unwrap().contains(problem), "{flag}: {said}");
        }
    }
    assert!(!folder.path().join("out").exists());
    let all = ["--speed=70%", "--transpose", "-2", "--times=2", "--swing=3:2", "--count-in"];
    render(folder.path(), &[&["t.abc", "-o", "out"][..], &all].concat()).code(0);
}

#[test]
fn wrong_use_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no.abc"), "no tune\n").unwrap();
    render(folder.path(), &["no.abc", "-o", "out"]).code(1);
    render(folder.path(), &["no.abc"]).code(2);
    render(folder.path(), &["no.abc", "-o", "out", "--melody", "kazoo"]).code(2);
}

#[test]
fn tunes_without_chord_symbols_get_some_when_asked_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let tune = |title: &str, music: &str| format!("X:1\nT:{title}\nM:2/4\nL:1/8\nK:C\n{music}\n\n");
    let tunes = tune("Plain", "CEGc|BGEC|]") + &tune("Has", "\"G\"CEGc|BGEC|]");
    let tunes = tunes + &tune("Words", "\"^slow\"CEGc|BGEC|]") + "X:4\nT:Free\nK:none\nCDE|";
    std::fs::write(folder.path().join("t.abc"), tunes).unwrap();
    let files = |arguments: &[&str]| {
        let output = render(folder.path(), arguments).code(0);
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let said = files(&["t.abc", "-o", "a", "--accompany", "--midi", "--wav"]);
    assert!(said.contains("2 tunes without chord symbols have chords chosen"), "{said}");
    let tracks = |file: &str| {
        midly::Smf::parse(&std::fs::read(folder.path().join(file)).unwrap()).unwrap().tracks.len()
    };
    let names = ["001-plain", "002-has", "003-words", "004-free"];
    assert_eq!(names.map(|name| tracks(&format!("a/{name}.mid"))), [4, 4, 4, 2]);
    for name in names {
        let wav = hound::WavReader::open(folder.path().join(format!("a/{name}.wav"))).unwrap();
        assert!(wav.duration() > hornpipe::music::render::RATE / 2);
    }
    assert!(!files(&["t.abc", "-o", "b", "--wav"]).contains("chosen"));
    assert!(!folder.path().join("b/001-plain.mid").exists());
    let font = soundfont();
    std::fs::write(folder.path().join("f.sf2"), &font).unwrap();
    files(&["t.abc", "-o", "c", "--wav", "--soundfont", "f.sf2"]);
    let wav = hound::WavReader::open(folder.path().join("c/001-plain.wav")).unwrap();
    assert_eq!(wav.spec().channels, 2);
    render(folder.path(), &["t.abc", "-o", "d", "--soundfont", "f.sf2"]).code(2);
    assert!(!folder.path().join("d").exists());
}

#[test]
fn scores_are_written_as_the_tunes_stand_alone_or_beside_sound() {
    let folder = tempfile::tempdir().unwrap();
    let tune = |number: u8, music: &str| {
        format!("X:{number}\nT:Tune {number}\nR:hornpipe\nM:4/4\nL:1/8\nK:C\n{music}\n\n")
    };
    let texts = [tune(1, "|:\"Am\"CDEF GABc:|"), tune(2, "^|"), tune(3, "CDEF GABc|]")].concat();
    std::fs::write(folder.path().join("t.abc"), texts).unwrap();
    std::fs::write(folder.path().join("one.abc"), tune(1, "\"Am\"CDEF GABc|]")).unwrap();
    let names = |out: &str| {
        let there = std::fs::read_dir(folder.path().join(out)).unwrap();
        let mut names: Vec<String> =
            there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let output = render(folder.path(), &["t.abc", "-o", "a", "--format", "musicxml"]).code(1);
    assert_eq!(names("a"), ["001-tune-1.musicxml", "003-tune-3.musicxml"]);
    let said = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert_eq!(said, "2 of 3 tunes written to a\n", "what is written does not swing");
    // several kinds, named once or twice
    for (out, line, files) in [
        ("b", &["--format", "musicxml,midi"][..], &["001-tune-1.mid", "001-tune-1.musicxml"][..]),
        (
            "c",
            &["--format", "musicxml", "--midi", "--speed", "50%"],
            &["001-tune-1.mid", "001-tune-1.musicxml"],
        ),
        ("d", &["--format", "midi", "--midi"], &["001-tune-1.mid"]),
        ("e", &[], &["001-tune-1.mid"]),
    ] {
        render(folder.path(), &[&["one.abc", "-o", out], line].concat()).code(0);
        assert_eq!(names(out), files, "{line:?}");
    }
    let score = |line: &[&str]| {
        let start = ["one.abc", "-o", "-", "--format", "musicxml"];
        let output = render(folder.path(), &[&start[..], line].concat()).code(0);
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let file = std::fs::read_to_string(folder.path().join("b/001-tune-1.musicxml")).unwrap();
    assert_eq!(score(&[]), file);
    assert!(file.contains("<kind text=\"m\">minor</kind>") && file.contains("<note>"), "{file}");
    assert!(!score(&["--no-chords"]).contains("harmony"));
    assert!(score(&["--melody", "fiddle"]).contains("<part-name print-object=\"no\">fiddle<"));
    std::fs::write(folder.path().join("one.abc"), tune(1, "CDEF GABc|]")).unwrap();
    assert!(score(&["--accompany"]).contains("<root-step>C</root-step>"));
    let output = render(
        folder.path(),
        &["one.abc", "-o", "f", "--format", "wav,musicxml", "--json", "--swing", "off"],
    )
    .code(0);
    let said = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let line: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let files: Vec<&str> =
        line["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert_eq!(files, ["f/001-tune-1.wav", "f/001-tune-1.musicxml"]);
}

#[test]
fn what_a_score_cannot_show_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.abc"), "X:1\nK:C\nCDE|\n").unwrap();
    for (line, problem) in [
        (&["--transpose", "2"][..], "--transpose says how tunes are played"),
        (&["--speed", "50%"], "--speed says how"),
        (&["--times", "2"], "--times says how"),
        (&["--swing", "off"], "--swing says how"),
        (&["--count-in"], "--count-in says how"),
        (&["--set"], "--set makes one file to listen to"),
        (&["--set", "--midi"], "--set makes one file to listen to"),
        (&["--soundfont", "f.sf2"], "--soundfont has the instruments of WAV files"),
    ] {
        let start = ["t.abc", "-o", "out", "--format", "musicxml"];
        let output = render(folder.path(), &[&start[..], line].concat()).code(2);
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(said.starts_with(&format!("error: {problem}")), "{line:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    render(folder.path(), &["t.abc", "-o", "out", "--format", "pdf"]).code(2);
    render(folder.path(), &["t.abc", "-o", "-", "--format", "midi,musicxml"]).code(2);
    assert!(!folder.path().join("out").exists());
}
