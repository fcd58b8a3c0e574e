//! What is said of a model inside a text is what the model does there.

use crate::common::text;
use hornpipe::engine::model::Model;
use hornpipe::engine::{Activation, init::initial_weights, weights::Shape};
use hornpipe::learn::evaluate::{Passage, evaluate_each};
use hornpipe::learn::listener::Listener;
use hornpipe::learn::manner::Manner;
use hornpipe::learn::text::Vocabulary;
use hornpipe::look::inspect::{GATES, Inspection, Page, SHUFFLES, Subject};
use hornpipe::music::abc::written;
use hornpipe::music::places::inputs;
use hornpipe::write::surprise::surprises;
use ndarray::{Array1, Axis, Slice};

/// A model that hears places, of weights that are far from even; the numbers of `deaf` it ignores.
fn model(vocabulary: &Vocabulary, lstm: &[usize], deaf: &str) -> (Model<f32>, Manner) {
    let inputs = inputs(vocabulary.len());
    let sizes = inputs.iter().map(|(_, size)| *size).collect();
    let shape = Shape { vocab: vocabulary.len(), embedding: 9, inputs: sizes, lstm: lstm.to_vec() };
    let mut weights = initial_weights(&shape, 1);
    weights.dense.kernel.mapv_inplace(|x| 8.0 * x);
    weights.lstm[0].w_x.mapv_inplace(|x| 4.0 * x);
    let mut row = shape.embedding;
    for (name, size) in &inputs {
        if name == deaf {
            let mut rows =
                weights.lstm[0].w_x.slice_axis_mut(Axis(0), Slice::from(row..row + size));
            rows.fill(0.0);
        }
        row += size;
    }
    let manner = Manner::plain().hearing(vocabulary, &inputs).expect("its own inputs");
    (Model::new(weights, Activation::Sigmoid), manner)
}

fn inspected(
    model: &Model<f32>,
    vocabulary: &Vocabulary,
    manner: &Manner,
    subject: Subject,
) -> Inspection {
    Inspection::of(model, vocabulary, manner, subject).expect("known characters")
}

#[test]
fn the_losses_are_those_of_an_evaluation_to_the_last_bit() {
    let text = text(3, 5);
    let vocabulary = Vocabulary::of(&text);
    let (model, manner) = model(&vocabulary, &[12, 7], "");
    // without anything before it
    let passage = Passage { lead: vec![], text: vocabulary.encode(&text).expect("its own") };
    let evaluated = &evaluate_each(&model, &manner.listener, &[passage])[0];
    let all = inspected(&model, &vocabulary, &manner, Subject::text("three", &text, &vocabulary));
    assert_eq!(all.reading.expected[0], None);
    let ours = all.reading.expected.iter().flatten();
    let bits: Vec<_> = ours.map(|expected| (expected.loss.to_bits(), expected.hit)).collect();
    let theirs: Vec<_> = evaluated.iter().map(|of| (of.loss.to_bits(), of.hit)).collect();
    assert_eq!(bits, theirs);
    // behind a tune that nobody hears
    let tunes: Vec<_> = written(&text).collect();
    for (tune, surprise) in tunes.iter().zip(surprises(&model, &vocabulary, &manner, &tunes)) {
        let surprise = surprise.expect("known characters");
        let subject = Subject::tune(tune, &vocabulary, &manner);
        let of = inspected(&model, &vocabulary, &manner, subject);
        assert_eq!(of.reading.sum(0..of.reading.len()).to_bits(), surprise.loss.to_bits());
        assert_eq!(of.a_note(), Some(surprise.a_note()));
        assert_eq!(of.reading.foretold(), surprise.characters);
        let bars = of.stretches.iter().fold(0.0, |sum, stretch| sum + stretch.nats);
        assert!((bars - surprise.loss).abs() < 1e-9, "stretches leave nothing out");
    }
}

#[test]
fn what_was_likely_is_the_model_s_softmax() {
    let text = text(2, 5);
    let vocabulary = Vocabulary::of(&text);
    let (model, manner) = model(&vocabulary, &[12, 7], "");
    let of = inspected(&model, &vocabulary, &manner, Subject::text("two", &text, &vocabulary));
    let mut seen = 0;
    for (expected, c) in of.reading.expected.iter().zip(text.chars()) {
        let Some(expected) = expected else { continue };
        let likeliest = &expected.likeliest;
        assert!(likeliest.is_sorted_by(|a, b| a.probability >= b.probability));
        let hit = vocabulary.char_of(likeliest[0].symbol) == c;
        assert_eq!(expected.hit, hit);
        if let Some(own) = likeliest.iter().find(|of| vocabulary.char_of(of.symbol) == c) {
            let loss = -libm::log(own.probability);
            assert!((loss - f64::from(expected.loss)).abs() < 1e-5, "{loss}, {}", expected.loss);
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen} of {} were likely", of.reading.len());
}

#[test]
fn gates_and_cells_are_those_of_the_equations() {
    let text = text(1, 5);
    let vocabulary = Vocabulary::of(&text);
    let (model, manner) = model(&vocabulary, &[12, 7], "");
    let of = inspected(&model, &vocabulary, &manner, Subject::text("one", &text, &vocabulary));
    let weights = model.weights().convert::<f64>();
    let mut listener: Listener = manner.listener.clone();
    let mut places = vec![0; listener.len()];
    let symbols = vocabulary.encode(&text).expect("its own");
    let at = symbols.len() - 3; // mind the carried state
    symbols[..=at].iter().for_each(|&symbol| listener.hear(symbol));
    listener.say(&mut places);
    let row = |k: usize, t: usize, gate: usize| {
        of.reading.layers[k].index_axis(Axis(0), t).row(gate).mapv(f64::from)
    };
    let h = |k, t| row(k, t, 3) * row(k, t, 4).mapv(libm::tanh);
    for (k, layer) in weights.lstm.iter().enumerate() {
        let x: Array1<f64> = match k {
            0 => {
                let mut x = weights.embedding.row(symbols[at] as usize).to_vec();
                for (&place, &size) in places.iter().zip(&weights.inputs) {
                    x.extend((0..size).map(|value| f64::from(value == place as usize)));
                }
                x.into()
            }
            _ => h(k - 1, at),
        };
        let a = x.dot(&layer.w_x) + h(k, at - 1).dot(&layer.w_h) + &layer.bias;
        let sigmoid = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        let hidden = layer.w_h.nrows();
        let gate = |n: usize| a.slice_axis(Axis(0), Slice::from(n * hidden..(n + 1) * hidden));
        let (i, f, o) = (gate(0).mapv(sigmoid), gate(1).mapv(sigmoid), gate(3).mapv(sigmoid));
        let g = gate(2).mapv(libm::tanh);
        let c = &f * &row(k, at - 1, 4) + &i * &g;
        for (n, expected) in [i, f, g, o, c].iter().enumerate() {
            let off = (row(k, at, n) - expected).mapv(f64::abs);
            let most = off.iter().fold(0.0, |most: f64, x| most.max(*x));
            assert!(most < 1e-5, "{} of layer {k} is {most} off", GATES[n]);
        }
    }
}

#[test]
fn an_input_that_the_weights_ignore_does_not_matter_at_all() {
    let text = "X:1\nM:6/8\nL:1/8\nK:D\n|:DEF GAB|ABc d3|cBA GFE|D6:|\n\n";
    let vocabulary = Vocabulary::of(text);
    let (model, manner) = model(&vocabulary, &[12, 7], "position");
    let tune = written(text).next().expect("a tune");
    let subject = Subject::tune(&tune, &vocabulary, &manner);
    let of = inspected(&model, &vocabulary, &manner, subject);
    assert_eq!(of.inputs.len(), inputs(vocabulary.len()).len());
    assert!(of.inputs.is_sorted_by(|a, b| a.mean >= b.mean) && SHUFFLES > 1);
    let mattered = |name: &str| {
        let input = of.inputs.iter().find(|input| input.name == name).expect(name);
        (input.mean, input.spread)
    };
    assert_eq!(mattered("position"), (0.0, 0.0));
    for heard in ["left", "degree", "lookback 1"] {
        let (mean, spread) = mattered(heard);
        assert!(mean != 0.0 && spread > 0.0, "{heard}: {mean}, {spread}");
    }
    let deaf = Manner::plain();
    let weights = initial_weights(
        &Shape { vocab: vocabulary.len(), embedding: 9, inputs: vec![], lstm: vec![5] },
        1,
    );
    let model = Model::new(weights, Activation::Sigmoid);
    let of = inspected(&model, &vocabulary, &deaf, Subject::text("deaf", text, &vocabulary));
    assert!(of.inputs.is_empty());
    assert!(Page::new(&of, &vocabulary, "deaf").html().contains("hears nothing beside"));
}

#[test]
fn a_page_of_1000_characters_stays_below_3_megabytes_whatever_the_model() {
    let bars = "DEF GAB|".repeat(130);
    let text = format!("X:1\nT:<i>&\nM:6/8\nL:1/8\nK:D\n{}\n\n", &bars[..970]);
    let vocabulary = Vocabulary::of(&text);
    let shape =
        Shape { vocab: vocabulary.len(), embedding: 9, inputs: vec![], lstm: vec![500, 400] };
    let model = Model::new(initial_weights(&shape, 1), Activation::Sigmoid);
    let tune = written(&text).next().expect("a tune");
    let subject = Subject::tune(&tune, &vocabulary, &Manner::plain());
    let of = inspected(&model, &vocabulary, &Manner::plain(), subject);
    assert_eq!(of.reading.len(), 999);
    assert!(!of.still.is_empty() && of.features.len() == 4, "{:?}", of.still);
    let page = Page::new(&of, &vocabulary, "wide").html();
    assert!((2_500_000..3_000_000).contains(&page.len()), "{} bytes", page.len());
    assert!(page.contains("the traces of 394 of 900 cells"), "what is left out is said");
}
