//! Law 7: a tune is its seed.

use crate::common::on_threads;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::model::Model;
use hornpipe::engine::weights::Shape;
use hornpipe::learn::text::Vocabulary;
use hornpipe::write::generate::{Growth, Options, write_all, write_tunes};
use hornpipe::write::prompt::Prompt;
use hornpipe_kernels::Activation;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// So few symbols that tunes of a model that knows nothing end now and then by a blank line.
fn vocabulary() -> Vocabulary {
    Vocabulary::of("\n1:ADKMX|")
}

fn model() -> Model<f32> {
    let shape =
        Shape { vocab: vocabulary().len(), embedding: 6, inputs: vec![], lstm: vec![18, 7] };
    let mut weights = initial_weights(&shape, 6);
    // louder, so that what a tune has heard decides how it goes on
    weights.dense.kernel.mapv_inplace(|x: f32| 12.0 * x);
    Model::new(weights, Activation::Sigmoid)
}

fn encode(text: &str) -> Vec<u32> {
    vocabulary().encode(text).expect("symbols of the vocabulary")
}

fn options(seed: u64) -> Options {
    let mut prompt = Prompt::new(&vocabulary());
    prompt.prime = encode("X:1\nM:");
    (prompt.overture, prompt.lead) = (encode("\n\n"), encode("\n\n"));
    prompt.forced = vec![('M', encode("1|1\n")), ('K', encode("AD\n"))];
    Options::new(prompt).temperature(1.0).seed(seed).max_length(90)
}

/// The options of a seed, the prompt changed.
fn prompted(seed: u64, change: impl FnOnce(&mut Prompt)) -> Options {
    let mut options = options(seed);
    change(&mut options.prompt);
    options
}

/// The tunes exactly as written, without the blank line that `write_all` sees to.
fn raw(options: &Options, count: usize) -> Vec<String> {
    let mut tunes = vec![(String::new(), false); count];
    write_tunes(&model(), &vocabulary(), options, count, |Growth { number, text, end, .. }| {
        assert!(!tunes[number].1, "tune {number} goes on after its end");
        tunes[number].0.push_str(text);
        tunes[number].1 = end.is_some();
        ControlFlow::Continue(())
    });
    assert!(tunes.iter().all(|(_, ended)| *ended));
    tunes.into_iter().map(|(text, _)| text).collect()
}

#[test]
fn a_tune_is_its_seed() {
    let all = raw(&options(1), 150);
    let lengths: std::collections::BTreeSet<usize> = all.iter().map(String::len).collect();
    assert!(lengths.len() > 10, "tunes of different lengths, or rows are never refilled apart");
    for count in [1, 2, 63, 64, 65, 70] {
        assert_eq!(raw(&options(1), count), all[..count], "{count} tunes");
    }
    for threads in [1, 2, 3, 5] {
        assert_eq!(on_threads(threads, || raw(&options(1), 70)), all[..70], "{threads} threads");
    }
    // so little before the first drawn symbol that it would show what the row wrote before
    let brief = prompted(1, |prompt| {
        (prompt.overture, prompt.prime) = (encode("|\n\n"), encode("X"));
        prompt.forced.clear();
    });
    let [refilled, fresh] = [1, 5].map(|threads| on_threads(threads, || raw(&brief, 150)));
    assert_eq!(refilled, fresh, "a row begins a tune where it ended another");
    let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
    assert!(distinct.len() > 140, "tunes of one seed differ");
    let other = raw(&options(2), 70);
    assert!(other.iter().zip(&all).all(|(other, one)| other != one), "seeds differ");
}

#[test]
fn an_unheard_tune_that_has_to_be_cut_is_followed_by_the_blank_line() {
    let endless = |prime: &str, lead: &str| {
        prompted(6, |prompt| {
            prompt.overture = encode(&"A".repeat(1000));
            (prompt.prime, prompt.lead) = (encode(prime), encode(lead));
        })
    };
    let cut = endless("X", "\n\n");
    // the same heard, the blank line as part of the tune
    let open = endless("\n\nX", "").max_length(92);
    let after_a_line: Vec<String> =
        raw(&cut, 70).into_iter().map(|tune| format!("\n\n{tune}")).collect();
    assert_eq!(after_a_line, raw(&open, 70));
    let silent = endless("X", "");
    assert_ne!(raw(&silent, 70), raw(&cut, 70), "what leads to a tune is heard in it");
}

/// Where the tune is over: behind the first blank line after notes.
fn end_of(tune: &str) -> Option<usize> {
    let (mut notes, mut at) = (false, 0);
    for line in tune.split_inclusive('\n') {
        at += line.len();
        let header = line.len() > 1
            && line.as_bytes()[0].is_ascii_alphabetic()
            && line.as_bytes()[1] == b':';
        if line == "\n" && notes {
            return Some(at);
        }
        notes |= line.len() > 1 && !header;
    }
    None
}

#[test]
fn a_tune_ends_at_a_blank_line_after_notes_or_at_its_longest() {
    let tunes = raw(&options(3), 150);
    let (ended, cut): (Vec<&String>, Vec<&String>) =
        tunes.iter().partition(|tune| end_of(tune).is_some());
    println!("{} ended, {} were cut", ended.len(), cut.len());
    assert!(ended.len() > 20 && cut.len() > 20, "{} ended, {} cut", ended.len(), cut.len());
    assert!(ended.iter().all(|tune| end_of(tune) == Some(tune.len())), "nothing after the end");
    assert!(cut.iter().all(|tune| tune.len() == 90));
    let mut longer = options(3);
    longer.max_length = 400;
    for (tune, longer) in tunes.iter().zip(raw(&longer, 150)) {
        assert!(longer.starts_with(tune.as_str()), "the limit changes a tune before it cuts it");
    }
    let whole = write_all(&model(), &vocabulary(), &options(3), 150);
    assert!(whole.iter().all(|tune| tune.ends_with("\n\n")));
    for limit in [1, 2, 7] {
        let short = options(3).max_length(limit);
        assert!(raw(&short, 70).iter().all(|tune| tune.len() == limit), "{limit} characters");
    }
}

#[test]
fn forced_lines_follow_their_letter() {
    let mut seen = [0, 0];
    for tune in raw(&options(4), 150) {
        assert!(tune.starts_with("X:1\nM:1|1\n"), "{tune:?}");
        for line in tune.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            for (seen, (letter, forced)) in seen.iter_mut().zip([("M:", "1|1\n"), ("K:", "AD\n")]) {
                if let Some(rest) = line.strip_prefix(letter) {
                    assert_eq!(rest, forced);
                    *seen += 1;
                }
            }
        }
    }
    println!("forced lines: {seen:?}");
    assert!(seen[0] >= 150 && seen[1] >= 3, "forced lines: {seen:?}");
}

#[test]
fn without_temperature_nothing_is_left_to_chance() {
    let cold = |seed| raw(&options(seed).temperature(0.0), 3);
    assert_eq!(cold(1), cold(2));
    assert!(cold(1).windows(2).all(|pair| pair[0] == pair[1]));
    let narrow = |seed| raw(&options(seed).top_k(Some(1)).temperature(1.7), 3);
    assert_eq!(narrow(5), cold(1));
    let certain = |seed| raw(&options(seed).top_p(Some(1e-9)), 3);
    assert_eq!(certain(5), cold(1));
    assert_ne!(raw(&options(1), 3), cold(1));
    let everything = options(1).top_k(Some(1000)).top_p(Some(1.0));
    assert_eq!(raw(&everything, 20), raw(&options(1), 20));
}

#[test]
fn nothing_is_drawn_by_what_makes_no_sense() {
    let refused = |options: Options| {
        catch_unwind(AssertUnwindSafe(|| write_all(&model(), &vocabulary(), &options, 1))).is_err()
    };
    assert!(!refused(options(1)));
    let far = vocabulary().len() as u32;
    for (which, wrong) in [
        options(1).temperature(f64::NAN),
        options(1).temperature(-1.0),
        options(1).top_k(Some(0)),
        options(1).top_p(Some(0.0)),
        options(1).top_p(Some(1.5)),
        prompted(1, |prompt| prompt.prime.clear()),
        prompted(1, |prompt| prompt.overture.push(far)),
        prompted(1, |prompt| prompt.forced.push(('M', vec![far]))),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(refused(wrong), "options {which}");
    }
}
