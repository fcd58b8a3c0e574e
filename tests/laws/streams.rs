//! Law 2: streams are streams; and what else must not show in the bits.

use crate::common::{Nobody, bits, config, streams, text, trainer};
use hornpipe::engine::inference::Inference;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::layers::dropout::Dropout;
use hornpipe::engine::layers::embedding::Input;
use hornpipe::engine::layers::tape::State;
use hornpipe::engine::model::{Model, States, Tape};
use hornpipe::engine::weights::Shape;
use hornpipe::hash::weights_sha256;
use hornpipe::learn::evaluate::evaluate;
use hornpipe::learn::group::Asked;
use hornpipe::learn::progress::Step;
use hornpipe::learn::text::Streams;
use hornpipe::learn::train::{Trainer, Watcher, train};
use hornpipe_kernels::Activation;
use ndarray::{Array2, Array3, Axis, Slice, s};

/// So many samples that all steps at once are added up in another way than a few of them.
const STEPS: usize = 12;
const BATCH: usize = 25;

fn model() -> Model<f32> {
    let shape = Shape { vocab: 23, embedding: 9, inputs: vec![6, 29], lstm: vec![37, 18] };
    Model::new(initial_weights(&shape, 3), Activation::Sigmoid)
}

/// (T, B): half of the symbols.
fn symbols() -> Array2<u32> {
    Array2::from_shape_fn((STEPS, BATCH), |(t, b)| ((7 * t + 5 * b * b + t * b) % 11 * 2) as u32)
}

/// (T, B, 2): a number below 6 and one below 29 beside each.
fn places() -> Array3<u32> {
    let place = |(t, b, k)| ((5 * t + 3 * b * b + t * b) % [6, 29][k]) as u32;
    Array3::from_shape_fn((STEPS, BATCH, 2), place)
}

/// Both as a window.
fn input<'a>(symbols: &'a Array2<u32>, places: &'a Array3<u32>) -> Input<'a> {
    Input { symbols: symbols.view(), places: places.view() }
}

fn masks(model: &Model<f32>) -> Vec<Option<Array3<f32>>> {
    let mask = |hidden| {
        let factor = |(t, b, j)| if (t + 3 * b + 7 * j) % 5 == 0 { 0.0 } else { 1.25 };
        Some(Array3::from_shape_fn((STEPS, BATCH, hidden), factor))
    };
    model.weights().shape().lstm.into_iter().map(mask).collect()
}

/// States that are not zero: those after hearing something else.
fn warm(model: &Model<f32>) -> States<f32> {
    let mut states = model.zero_states(BATCH);
    let x = symbols().mapv(|symbol| (symbol + 5) % 23);
    let mut tape = Tape::new(&model.weights().shape(), STEPS, BATCH);
    let places = Array3::zeros((STEPS, BATCH, 2));
    model.forward(input(&x, &places), &mut states, Dropout::Off, &mut tape);
    states
}

/// Logits (T, B, V) of `x` from `states` and into them, in windows of these lengths.
fn run(
    model: &Model<f32>,
    x: Input,
    states: &mut States<f32>,
    masks: Option<&[Option<Array3<f32>>]>,
    windows: &[usize],
) -> Array3<f32> {
    let shape = model.weights().shape();
    let (length, batch) = x.symbols.dim();
    let mut logits = Array3::from_elem((length, batch, shape.vocab), f32::NAN);
    let mut start = 0;
    for &steps in windows {
        let window = Slice::from(start..start + steps);
        let part = |mask: &Array3<f32>| mask.slice_axis(Axis(0), window).to_owned();
        let masks: Option<Vec<_>> =
            masks.map(|all| all.iter().map(|mask| mask.as_ref().map(part)).collect());
        let dropout = masks.as_deref().map_or(Dropout::Off, Dropout::Given);
        let mut tape = Tape::new(&shape, steps, batch);
        let symbols = x.symbols.slice_axis(Axis(0), window);
        let part = Input { symbols, places: x.places.slice_axis(Axis(0), window) };
        model.forward(part, states, dropout, &mut tape);
        logits.slice_axis_mut(Axis(0), window).assign(&tape.logits());
        start += steps;
    }
    assert_eq!(start, length);
    logits
}

fn state_bits(states: &States<f32>) -> Vec<u32> {
    states.iter().flat_map(|state| [bits(&state.h), bits(&state.c)]).flatten().collect()
}

#[test]
fn splitting_a_sequence_keeps_every_bit() {
    let (model, symbols, places) = (model(), symbols(), places());
    let x = input(&symbols, &places);
    let masks = masks(&model);
    for masks in [None, Some(&masks[..])] {
        let mut whole_states = warm(&model);
        let whole = run(&model, x, &mut whole_states, masks, &[STEPS]);
        assert!(whole.iter().all(|logit| logit.is_finite()));
        for windows in [&[4, 4, 4][..], &[5, 7], &[1; STEPS]] {
            let mut states = warm(&model);
            let split = run(&model, x, &mut states, masks, windows);
            assert_eq!(bits(&split), bits(&whole), "logits of {windows:?}");
            assert_eq!(state_bits(&states), state_bits(&whole_states), "states of {windows:?}");
        }
        // forgetting the state must show
        let mut states = warm(&model);
        let symbols = x.symbols.slice_axis(Axis(0), Slice::from(..4));
        let places = x.places.slice_axis(Axis(0), Slice::from(..4));
        run(&model, Input { symbols, places }, &mut states, None, &[4]);
        assert_ne!(state_bits(&states), state_bits(&whole_states));
    }
}

#[test]
fn what_one_window_leaves_in_an_inference_the_next_does_not_see() {
    let (model, x, places) = (std::sync::Arc::new(model()), symbols(), places());
    let mut kept = Inference::new(std::sync::Arc::clone(&model), STEPS, BATCH);
    let (mut states, mut again) = (warm(&model), warm(&model));
    for _ in 0..2 {
        let mut new = Inference::new(&*model, STEPS, BATCH);
        let logits = bits(new.forward(input(&x, &places), &mut again).iter());
        assert_eq!(bits(kept.forward(input(&x, &places), &mut states).iter()), logits);
    }
}

#[test]
fn a_row_does_not_hear_its_neighbours() {
    let (model, symbols, places) = (model(), symbols(), places());
    let x = input(&symbols, &places);
    let mut states = warm(&model);
    let together = run(&model, x, &mut states, None, &[STEPS]);
    for row in 0..BATCH {
        let pick = |x: &Array2<f32>| x.slice_axis(Axis(0), Slice::from(row..=row)).to_owned();
        let alone = |state: &State<f32>| State { h: pick(&state.h), c: pick(&state.c) };
        let mut lonely: States<f32> = warm(&model).iter().map(alone).collect();
        let symbols = x.symbols.slice(s![.., row..=row]);
        let x = Input { symbols, places: x.places.slice(s![.., row..=row, ..]) };
        let logits = run(&model, x, &mut lonely, None, &[STEPS]);
        assert_eq!(bits(&logits), bits(together.slice(s![.., row..=row, ..])), "row {row}");
        assert_eq!(state_bits(&lonely), state_bits(&states.iter().map(alone).collect()));
    }
}

#[test]
fn a_tape_keeps_nothing_from_one_window_to_the_next() {
    let (model, symbols, places) = (model(), symbols(), places());
    let x = input(&symbols, &places);
    let (shape, y) = (model.weights().shape(), symbols.mapv(|symbol| (3 * symbol + 1) % 23));
    let masks = masks(&model);
    let outcome = |tape: &mut Tape<f32>| {
        let (mut states, mut d) = (warm(&model), initial_weights(&shape, 8));
        model.forward(x, &mut states, Dropout::Given(&masks), tape);
        let score = model.score(y.view(), tape);
        model.backward(tape, &mut d);
        (score, d, state_bits(&states), tape.layer(0).d_state.clone())
    };
    let fresh = outcome(&mut Tape::new(&shape, STEPS, BATCH));
    let mut used = Tape::new(&shape, STEPS, BATCH);
    let all = Array2::from_shape_fn((STEPS, BATCH), |(t, b)| ((t * BATCH + b) % 23) as u32);
    let others = Array3::from_shape_fn((STEPS, BATCH, 2), |(t, b, _)| ((t + 2 * b) % 6) as u32);
    for dropout in [Dropout::Off, Dropout::Drawn { rate: 0.5, seed: 1, update: 2, row: 0 }] {
        let mut d = initial_weights(&shape, 8);
        model.forward(input(&all, &others), &mut warm(&model), dropout, &mut used);
        model.score(y.view(), &mut used);
        model.backward(&mut used, &mut d);
        assert_eq!(outcome(&mut used), fresh);
    }
    // the table of all symbols that generation uses says what the table of a window says
    let (mut a, mut b) = (warm(&model), warm(&model));
    let mut inference = Inference::new(&model, STEPS, BATCH);
    let all_symbols = inference.forward(x, &mut a);
    let logits = run(&model, x, &mut b, None, &[STEPS]);
    assert_eq!(bits(all_symbols), bits(&logits));
    assert_eq!(state_bits(&a), state_bits(&b));
    // and what stands beside the symbols shows
    let elsewhere = run(&model, input(&symbols, &others), &mut warm(&model), None, &[STEPS]);
    assert_ne!(bits(&elsewhere), bits(&logits));
}

#[test]
fn windows_start_where_the_notebook_starts_them() {
    for (length, batch, steps) in [(155_222, 16, 64), (1000, 3, 7), (64 * 5, 4, 16), (65, 1, 64)] {
        let symbols: Vec<u32> = (0..length).collect();
        let cut = Streams::new(symbols, batch, steps).expect("long enough");
        let stream = length as usize / batch;
        // range(0, stream - steps, steps)
        let starts: Vec<usize> = (0..stream - steps).step_by(steps).collect();
        assert_eq!(cut.windows(), starts.len(), "{length} in {batch}x{steps}");
        assert_eq!(cut.characters(), starts.len() * batch * steps);
        let mut room = cut.room();
        for (window, start) in starts.into_iter().enumerate() {
            cut.fill(window, &mut room);
            let (x, y) = (&room.x, &room.y);
            let at = |(t, row): (usize, usize)| (row * stream + start + t) as u32;
            assert_eq!(*x, Array2::from_shape_fn((steps, batch), at));
            assert_eq!(*y, x.mapv(|symbol| symbol + 1));
        }
    }
    let notebook = Streams::new(vec![0; 155_222], 16, 64).expect("long enough");
    assert_eq!((notebook.windows(), notebook.characters()), (151, 154_624));
    for (length, batch, steps) in [(64, 1, 64), (15, 4, 3), (0, 2, 2)] {
        assert!(Streams::new(vec![0; length], batch, steps).is_err(), "{length} is too short");
    }
}

#[test]
fn a_fresh_model_knows_nothing() {
    // the notebook's 87 symbols: its first loss is ln 87 = 4.466
    let text: String =
        (0..3000u32).map(|at| char::from(b'!' + (at * at % 8641 % 87) as u8)).collect();
    let config = config(&text, &[64, 32], 4, 16);
    let mut run = trainer(&text, &config);
    let loss = run.step().expect("a number").score.loss;
    let ln_v = libm::log(config.shape.vocab as f64);
    println!("first loss {loss:.4}, ln {} = {ln_v:.4}", config.shape.vocab);
    assert!((loss - ln_v).abs() < 0.01, "first loss {loss}, ln V {ln_v}");
}

/// Evaluates while training, and must not be noticed.
struct Meddler(Streams);

impl Watcher for Meddler {
    fn asks(&self) -> Asked {
        Asked::default()
    }
    fn step(&mut self, trainer: &Trainer, _: Step) -> hornpipe::error::Result<()> {
        assert!(evaluate(&trainer.model, &self.0).loss > 0.0);
        Ok(())
    }
    fn epoch(&mut self, _: &Trainer) -> hornpipe::error::Result<()> {
        Ok(())
    }
}

#[test]
fn evaluating_does_not_touch_the_run() {
    let text = text(6, 1);
    let config = config(&text, &[10, 6], 3, 8);
    let mut alone = trainer(&text, &config);
    train(&mut alone, &mut Nobody).expect("numbers");
    let held_out = streams(&text, &config);
    let weights = initial_weights(&config.shape, config.seed);
    let (training, again) = (streams(&text, &config), held_out.clone());
    let mut watched = Trainer::new(config.settings(), weights, training, Some(again));
    train(&mut watched, &mut Meddler(held_out)).expect("numbers");
    assert_eq!(weights_sha256(watched.model.weights()), weights_sha256(alone.model.weights()));
    assert_eq!(watched.adam, alone.adam);
    assert_eq!(state_bits(&watched.states), state_bits(&alone.states));
    assert!(state_bits(&alone.states).iter().any(|&bits| bits != 0), "the state is carried");
    for (watched, alone) in watched.history.iter().zip(&alone.history) {
        assert_eq!(watched.loss_mean, alone.loss_mean);
        assert!(watched.validation.is_some() && alone.validation.is_none());
    }
    assert!(alone.history[1].loss_mean < alone.history[0].loss_mean, "it learns");
}
