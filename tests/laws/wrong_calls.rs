//! A wrong call of the engine is refused at the door, in words that give both sizes; never a wrong
//! number in silence.

use hornpipe::engine::adam::Adam;
use hornpipe::engine::check::audit::Case;
use hornpipe::engine::inference::Inference;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::layers::dense::Dense;
use hornpipe::engine::layers::dropout::{self, Dropout};
use hornpipe::engine::layers::embedding::{EmbeddingTape, Input};
use hornpipe::engine::layers::loss::LossTape;
use hornpipe::engine::layers::lstm::Lstm;
use hornpipe::engine::layers::tape::LstmTape;
use hornpipe::engine::model::{Model, States, Tape};
use hornpipe::engine::weights::{Shape, Weights};
use hornpipe_kernels::Activation;
use ndarray::{Array2, Array3, array};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// All that a step of training takes: (T, B) = (3, 2), sizes pairwise different.
struct Call {
    model: Model<f32>,
    tape: Tape<f32>,
    states: States<f32>,
    d: Weights<f32>,
    x: Array2<u32>,
    places: Array3<u32>,
    y: Array2<u32>,
    masks: Vec<Option<Array3<f32>>>,
}

fn shape(lstm: &[usize]) -> Shape {
    Shape { vocab: 5, embedding: 4, inputs: vec![9, 4], lstm: lstm.to_vec() }
}

impl Call {
    /// Nothing is wrong with it yet.
    fn right() -> Self {
        let shape = shape(&[7, 6]);
        let model = Model::new(initial_weights(&shape, 1), Activation::Sigmoid);
        Self {
            tape: Tape::new(&shape, 3, 2),
            states: model.zero_states(2),
            d: Weights::zeros(&shape),
            x: array![[0, 1], [2, 3], [4, 0]],
            places: Array3::from_shape_fn((3, 2, 2), |(t, b, k)| (t + b * k) as u32),
            y: array![[2, 3], [4, 0], [1, 1]],
            masks: vec![None, Some(Array3::ones((3, 2, 6)))],
            model,
        }
    }

    fn forward(&mut self) {
        let masks = Dropout::Given(&self.masks);
        let x = Input { symbols: self.x.view(), places: self.places.view() };
        self.model.forward(x, &mut self.states, masks, &mut self.tape);
    }

    fn infer(&mut self, steps: usize, batch: usize) {
        let x = Input { symbols: self.x.view(), places: self.places.view() };
        Inference::new(&self.model, steps, batch).forward(x, &mut self.states);
    }

    fn drop_at(&mut self, rate: f64) {
        let dropout = Dropout::Drawn { rate, seed: 1, update: 0, row: 0 };
        let x = Input { symbols: self.x.view(), places: self.places.view() };
        self.model.forward(x, &mut self.states, dropout, &mut self.tape);
    }

    fn score(&mut self) {
        self.model.score(self.y.view(), &mut self.tape);
    }

    fn backward(&mut self) {
        self.model.backward(&mut self.tape, &mut self.d);
    }

    fn step(&mut self) {
        self.forward();
        self.score();
        self.backward();
    }
}

/// Each a call made wrong, and what the panic must say.
macro_rules! refused {
    ($($name:ident: $message:literal => $wrong:expr;)*) => {$(
        #[test]
        #[should_panic(expected = $message)]
        fn $name() {
            let wrong: fn(&mut Call) = $wrong;
            wrong(&mut Call::right());
        }
    )*};
}

refused! {
    x_of_another_window: "x is (T, B) of the tape" => |call| {
        call.x = Array2::zeros((2, 3));
        call.forward();
    };
    a_symbol_beyond_the_vocabulary: "symbol 5 of a vocabulary of 5" => |call| {
        call.x[[1, 1]] = 5;
        call.forward();
    };
    a_place_beyond_its_input: "place 4 of input 1, which has 4" => |call| {
        call.places[[2, 1, 1]] = 4;
        call.forward();
    };
    places_of_fewer_inputs: "places are (T, B, K) of the tape" => |call| {
        call.places = Array3::zeros((3, 2, 1));
        call.forward();
    };
    symbols_without_their_places: "places are (T, B, K) of the tape" => |call| {
        call.model.forward(call.x.view(), &mut call.states, Dropout::Off, &mut call.tape);
    };
    places_of_another_window: "places are (T, B, K) of the tape" => |call| {
        call.places = Array3::zeros((2, 3, 2));
        call.forward();
    };
    weights_of_other_inputs: "w_x is (D, 4H)" => |call| {
        call.model.update(|weights| weights.lstm[0].w_x = Array2::zeros((16, 28)));
    };
    gradients_without_rows_for_places: "gradients are of Shape" => |call| {
        call.d.lstm[0].w_x = Array2::zeros((4, 28));
        call.step();
    };
    a_target_beyond_the_vocabulary: "symbol 5 of a vocabulary of 5" => |call| {
        call.y[[2, 1]] = 5;
        call.step();
    };
    a_window_without_targets_of_its_own: "y is (T, B) of the tape" => |call| {
        call.y = array![[2, 3]];
        call.step();
    };
    targets_of_a_longer_window: "y is (T, B) of the tape" => |call| {
        call.y = Array2::zeros((4, 2));
        call.step();
    };
    states_of_another_batch: "the state of layer 0 are (B, H)" => |call| {
        call.states = call.model.zero_states(1);
        call.forward();
    };
    a_state_too_few: "one state a layer" => |call| {
        call.states.pop();
        call.forward();
    };
    a_mask_of_one_row: "mask of layer 1 is (T, B, H)" => |call| {
        call.masks[1] = Some(Array3::ones((3, 1, 6)));
        call.forward();
    };
    a_mask_of_more_steps: "mask of layer 1 is (T, B, H)" => |call| {
        call.masks[1] = Some(Array3::ones((4, 2, 6)));
        call.forward();
    };
    masks_for_fewer_layers: "one mask or `None` a layer" => |call| {
        call.masks.pop();
        call.forward();
    };
    dropping_everything: "in [0, 1), not 1" => |call| call.drop_at(1.0);
    dropping_less_than_nothing: "in [0, 1), not -0.5" => |call| call.drop_at(-0.5);
    a_tape_of_another_model: "the tape is of the model's shape" => |call| {
        call.tape = Tape::new(&shape(&[7, 8]), 3, 2);
        call.forward();
    };
    a_score_before_forward: "score comes after forward" => |call| call.score();
    a_second_score: "score comes after forward" => |call| {
        call.forward();
        call.score();
        call.score();
    };
    backward_without_forward: "backward comes after score" => |call| call.backward();
    backward_without_score: "backward comes after score" => |call| {
        call.forward();
        call.backward();
    };
    backward_twice: "backward comes after score" => |call| {
        call.step();
        call.backward();
    };
    backward_after_a_refused_forward: "backward comes after score" => |call| {
        call.forward();
        call.score();
        call.x[[0, 0]] = 9;
        assert!(catch_unwind(AssertUnwindSafe(|| call.forward())).is_err());
        call.backward();
    };
    backward_of_another_model: "the tape is of the model's shape" => |call| {
        call.forward();
        call.score();
        call.model = Model::new(initial_weights(&shape(&[7, 8]), 1), Activation::Sigmoid);
        call.backward();
    };
    backward_of_other_weights: "with the weights of forward" => |call| {
        call.forward();
        call.score();
        call.model.update(|weights| weights.dense.bias.fill(1.0));
        call.backward();
    };
    a_score_by_another_model_of_the_same_shape: "with the weights of forward" => |call| {
        call.forward();
        call.model = Model::new(initial_weights(&shape(&[7, 6]), 2), Activation::Sigmoid);
        call.score();
    };
    gradients_that_are_transposed: "gradients are of Shape" => |call| {
        call.d.embedding = Array2::zeros((4, 5));
        call.step();
    };
    a_layer_without_units: "at least one unit" => |_| {
        let _ = Model::new(Weights::<f32>::zeros(&shape(&[7, 0])), Activation::Sigmoid);
    };
    gradients_of_another_model: "gradients are of Shape" => |call| {
        call.d = Weights::zeros(&shape(&[7, 8]));
        call.step();
    };
    a_window_without_rows: "at least one step and one row" => |call| {
        call.tape = Tape::new(&shape(&[7, 6]), 3, 0);
    };
    weights_without_layers: "at least one LSTM layer" => |_| {
        let _ = Tape::<f32>::new(&shape(&[]), 3, 2);
    };
    weights_that_do_not_meet: "w_x is (D, 4H)" => |_| {
        let mut weights = Weights::<f32>::zeros(&shape(&[7, 6]));
        weights.lstm[1].w_x = Array2::zeros((8, 24));
        let _ = Model::new(weights, Activation::Sigmoid);
    };
    an_update_to_another_shape: "the embedding is (V, E)" => |call| {
        call.model.update(|weights| weights.embedding = Array2::zeros((6, 4)));
    };
    an_adam_of_another_model: "of Shape" => |call| {
        let mut adam = Adam::new(&shape(&[7, 8]));
        let d = call.d.clone();
        call.model.update(|weights| adam.step(weights, &d, 1e-3, 1.0));
    };
    logits_that_are_a_gradient: "after forward and before score" => |call| {
        call.forward();
        call.score();
        let _ = call.tape.logits();
    };

    inference_of_another_window: "x is (T, B) of the tape" => |call| {
        call.infer(1, 2);
    };
    inference_of_an_unknown_symbol: "symbol 7 of a vocabulary of 5" => |call| {
        call.x[[2, 0]] = 7;
        call.infer(3, 2);
    };
    inference_of_another_batch: "the state of layer 0 are (B, H)" => |call| {
        call.states = call.model.zero_states(3);
        call.infer(3, 2);
    };
    inference_of_a_place_beyond_its_input: "place 9 of input 0, which has 9" => |call| {
        call.places[[0, 1, 0]] = 9;
        call.infer(3, 2);
    };
    losses_of_no_window: "losses are there after evaluate" => |call| {
        let mut inference = Inference::new(&call.model, 3, 2);
        let x = Input { symbols: call.x.view(), places: call.places.view() };
        inference.forward(x, &mut call.states);
        inference.loss();
    };

    a_layer_with_weights_of_another: "w_h is (H, 4H)" => |call| {
        let mut weights = call.d.lstm[0].clone();
        weights.w_h = Array2::zeros((6, 28));
        Lstm::new(4, 7, Activation::Sigmoid).load(&weights);
    };
    a_layer_on_a_tape_of_another: "gates of the tape are (T, B, 4H)" => |call| {
        let lstm = Lstm::<f32>::new(4, 6, Activation::Sigmoid);
        lstm.forward(&mut call.states[1], &mut LstmTape::new(3, 2, 7));
    };
    a_layer_on_an_input_of_another: "x is (T, B, D)" => |_| {
        let lstm = Lstm::<f32>::new(4, 6, Activation::Sigmoid);
        lstm.project(&Array3::zeros((3, 2, 5)), &mut LstmTape::new(3, 2, 6));
    };
    a_dense_layer_on_a_wider_one: "x is (T, B, H)" => |_| {
        let logits = &mut Array3::zeros((3, 2, 5));
        Dense::<f32>::new(6, 5).forward(&Array3::zeros((3, 2, 7)), logits);
    };
    a_dense_layer_with_fewer_logits: "logits are (T, B, V)" => |_| {
        let logits = &mut Array3::zeros((2, 2, 5));
        Dense::<f32>::new(6, 5).forward(&Array3::zeros((3, 2, 6)), logits);
    };
    a_symbol_that_is_not_in_the_table: "symbol 3 has not been tabulated" => |call| {
        let (embedding, mut lstm) = (&call.d.embedding, Lstm::new(4, 7, Activation::Sigmoid));
        lstm.load(&call.d.lstm[0]);
        let mut tape = EmbeddingTape::new((1, 2), &shape(&[7]));
        tape.tabulate([1, 2].into_iter(), embedding, &lstm);
        let (symbols, places) = (array![[1, 3]], Array3::zeros((1, 2, 2)));
        let x = Input { symbols: symbols.view(), places: places.view() };
        tape.look_up(x, &call.d.lstm[0].w_x, &mut Array3::zeros((1, 2, 28)));
    };
    a_loss_of_fewer_samples: "y is (T, B)" => |call| {
        LossTape::new(6).forward_backward(&mut Array3::<f32>::zeros((3, 1, 5)), call.y.view());
    };
    a_gradient_under_another_mask: "dout and mask are (T, B, H)" => |_| {
        let (dout, mask) = (Array3::<f32>::zeros((3, 2, 6)), Array3::zeros((3, 1, 6)));
        dropout::backward(&dout, &mask, &mut dout.clone());
    };
    a_naive_batch_with_fewer_targets: "y is (B, T), as x" => |_| {
        let mut case = Case::random(&shape(&[7, 6]), 3, 2, Activation::Sigmoid, 1);
        case.batch.y = Array2::zeros((1, 3));
        case.naive(None);
    };
    a_naive_batch_without_places: "places are (B, T, K)" => |_| {
        let mut case = Case::random(&shape(&[7, 6]), 3, 2, Activation::Sigmoid, 1);
        case.batch.places = Array3::zeros((2, 3, 0));
        case.naive(None);
    };
    a_naive_batch_with_a_mask_of_one_row: "the mask of layer 1 is (T, B, H)" => |_| {
        let mut case = Case::random(&shape(&[7, 6]), 3, 2, Activation::Sigmoid, 1);
        case.batch.masks[1] = Some(Array3::ones((3, 1, 6)));
        case.naive(None);
    };
}

#[test]
fn a_refused_window_changes_nothing_and_the_next_may_come() {
    let (mut call, mut other) = (Call::right(), Call::right());
    call.step();
    other.step();
    let states = call.states.clone();
    // refused by forward before the states move, then by score after forward has moved them
    let right = std::mem::replace(&mut call.x[[2, 1]], 5);
    assert!(catch_unwind(AssertUnwindSafe(|| call.step())).is_err());
    assert_eq!(call.states, states);
    call.x[[2, 1]] = right;
    let right = std::mem::replace(&mut call.places[[2, 1, 0]], 9);
    assert!(catch_unwind(AssertUnwindSafe(|| call.step())).is_err());
    assert_eq!(call.states, states);
    call.places[[2, 1, 0]] = right;
    let right = std::mem::replace(&mut call.y[[2, 1]], 5);
    assert!(catch_unwind(AssertUnwindSafe(|| call.step())).is_err());
    call.y[[2, 1]] = right;
    call.states = states;
    call.step();
    other.step();
    assert_eq!((&call.states, &call.d), (&other.states, &other.d));
}
