//! A model gets symbols that it lacks, and knows what it knew.

use crate::common::bits;
use hornpipe::engine::Activation;
use hornpipe::engine::inference::Inference;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::layers::embedding::Input;
use hornpipe::engine::model::Model;
use hornpipe::engine::weights::{Shape, Weights};
use hornpipe::learn::evaluate::evaluate;
use hornpipe::learn::grow::{Grown, grown};
use hornpipe::learn::listener::Listener;
use hornpipe::learn::text::{Streams, Vocabulary};
use hornpipe::music::places;
use ndarray::{Array2, Array3, Axis, s};

const KNOWN: &str = "X:1\nM:6/8\nL:1/8\nK:G\n|:GAB cde|fed cBA|GBd gfe|dBG G3:|\n\n";

/// A model of these inputs, not of small numbers: its logits differ by several nats.
fn model(vocabulary: &Vocabulary, inputs: &[(String, usize)]) -> Weights<f32> {
    let sizes = inputs.iter().map(|(_, size)| *size).collect();
    let shape = Shape { vocab: vocabulary.len(), embedding: 6, inputs: sizes, lstm: vec![9, 7] };
    let mut weights = initial_weights(&shape, 5);
    weights.embedding.mapv_inplace(|x| 40.0 * x);
    weights.dense.kernel.mapv_inplace(|x| 8.0 * x);
    weights.dense.bias.iter_mut().enumerate().for_each(|(at, x)| *x = 0.1 * at as f32);
    weights
}

/// Logits (T B, V) of streams whose places change with `t`; a number of `old` names the same value in
/// both models.
fn logits(weights: &Weights<f32>, symbols: &Array2<u32>, old: &[usize]) -> Array2<f32> {
    let (steps, batch) = symbols.dim();
    let value = |(t, b, k): (usize, usize, usize)| ((5 * t + 3 * b + 7 * k) % old[k]) as u32;
    let places = Array3::from_shape_fn((steps, batch, old.len()), value);
    let model = Model::new(weights.clone(), Activation::HardSigmoid);
    let (mut states, mut inference) =
        (model.zero_states(batch), Inference::new(&model, steps, batch));
    let input = Input { symbols: symbols.view(), places: places.view() };
    let logits = inference.forward(input, &mut states).to_owned();
    let rows = logits.len() / weights.dense.bias.len();
    logits.into_shape_with_order((rows, weights.dense.bias.len())).expect("row-major")
}

#[test]
fn every_logit_is_as_it_was_and_new_symbols_begin_as_the_mean_of_the_known() {
    let vocabulary = Vocabulary::of(KNOWN);
    let v = vocabulary.len();
    let some = |names: &[&str]| -> Vec<(String, usize)> {
        places::inputs(v).into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect()
    };
    for inputs in [
        vec![],
        places::inputs(v),
        some(&["bar", "lookback 2"]),
        some(&["lookback 1", "degree", "lookback part", "agrees 8"]),
    ] {
        let sizes: Vec<usize> = inputs.iter().map(|(_, size)| *size).collect();
        let weights = model(&vocabulary, &inputs);
        let symbols = Array2::from_shape_fn((20, 3), |(t, b)| ((7 * t + 5 * b * t) % v) as u32);
        let before = logits(&weights, &symbols, &sizes);
        for new in ["", "é", "qé†", "GéAB\n"] {
            let n = Vocabulary::of(new).symbols().iter().filter(|c| !KNOWN.contains(**c)).count();
            let grown =
                grown(weights.clone(), &vocabulary, &inputs, (KNOWN.to_owned() + new).chars());
            assert_eq!((grown.new.len(), grown.vocabulary.len()), (n, v + n), "{new}");
            assert_eq!(grown.vocabulary.symbols()[..v], *vocabulary.symbols());
            // which a reader of so many symbols would say
            Listener::new(grown.vocabulary.symbols(), &grown.inputs).expect("inputs of places");
            let after = logits(&grown.weights, &symbols, &sizes);
            let (old, fresh) = after.view().split_at(Axis(1), v);
            assert_eq!(bits(old), bits(before.view()), "{new}");
            for (row, before) in fresh.rows().into_iter().zip(before.rows()) {
                let mean = before.mean().expect("symbols");
                assert!(row.iter().all(|x| (x - mean).abs() < 1e-5), "{row} {mean}");
            }
            assert_eq!(n == 0, grown.weights == weights);
            rows_are_means(&grown, &inputs, v);
        }
    }
}

/// New rows of embedding and inputs are the mean of those of the known symbols.
fn rows_are_means(grown: &Grown, inputs: &[(String, usize)], v: usize) {
    let is_mean = |rows: ndarray::ArrayView2<f32>| {
        let mean = rows.slice(s![..v, ..]).mean_axis(Axis(0)).expect("rows");
        rows.slice(s![v.., ..])
            .rows()
            .into_iter()
            .all(|row| (&row - &mean).iter().all(|x| x.abs() < 1e-6))
    };
    assert!(is_mean(grown.weights.embedding.view()));
    let mut end = grown.weights.embedding.ncols();
    for ((name, now), (_, size)) in grown.inputs.iter().zip(inputs) {
        end += now;
        assert_eq!(now - size, if name.starts_with("lookback") { grown.new.len() } else { 0 });
        if now > size {
            assert!(
                is_mean(grown.weights.lstm[0].w_x.slice(s![end - (now - 3)..end, ..])),
                "{name}"
            );
        }
    }
}

#[test]
fn a_text_it_knows_costs_hardly_more_before_the_first_update() {
    let (vocabulary, text) = (Vocabulary::of(KNOWN), KNOWN.repeat(8));
    let inputs = places::inputs(vocabulary.len());
    let weights = model(&vocabulary, &inputs);
    let loss = |weights: &Weights<f32>, vocabulary: &Vocabulary, inputs: &[(String, usize)]| {
        let listener = Listener::new(vocabulary.symbols(), inputs).expect("inputs of places");
        let symbols = vocabulary.encode(&text).expect("known");
        let streams = Streams::new(symbols, 3, 16).expect("windows").heard_by(listener);
        evaluate(&Model::new(weights.clone(), Activation::Sigmoid), &streams).loss
    };
    let alone = loss(&weights, &vocabulary, &inputs);
    for (new, n) in [("q", 1.0), ("qé†‡Ωß", 6.0)] {
        let grown = grown(weights.clone(), &vocabulary, &inputs, new.chars());
        let rise = loss(&grown.weights, &grown.vocabulary, &grown.inputs) - alone;
        let most = libm::log(1.0 + n / vocabulary.len() as f64);
        assert!(rise > 0.0 && rise < 0.7 * most, "{rise} of {most}");
    }
}
