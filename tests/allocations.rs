//! No allocation inside a training step. A test binary of its own: it counts for all threads.

mod common;

use common::{config, on_threads, text, trainer};
use hornpipe::engine::adam::Adam;
use hornpipe::engine::init::initial_weights;
use hornpipe::engine::layers::dropout::Dropout;
use hornpipe::engine::layers::embedding::Input;
use hornpipe::engine::model::{Model, States, Tape};
use hornpipe::engine::weights::{Shape, Weights};
use hornpipe_kernels::Activation;
use ndarray::{Array2, Array3, Axis};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, SeqCst);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A model that takes places beside its symbols, ready for a step.
struct WithPlaces {
    model: Model<f32>,
    adam: Adam<f32>,
    tape: Tape<f32>,
    d: Weights<f32>,
    states: States<f32>,
    x: Array2<u32>,
    places: Array3<u32>,
}

impl WithPlaces {
    fn new() -> Self {
        let inputs = vec![7, 30, 3];
        let shape = Shape { vocab: 23, embedding: 9, inputs: inputs.clone(), lstm: vec![20, 11] };
        let model = Model::new(initial_weights(&shape, 3), Activation::Sigmoid);
        let place = |(t, b, k)| ((5 * t + 3 * b + t * b) % inputs[k]) as u32;
        Self {
            adam: Adam::new(&shape),
            tape: Tape::new(&shape, 16, 2),
            d: Weights::zeros(&shape),
            states: model.zero_states(2),
            x: Array2::from_shape_fn((16, 2), |(t, b)| ((7 * t + 5 * b) % 11) as u32),
            places: Array3::from_shape_fn((16, 2, 3), place),
            model,
        }
    }

    fn step(&mut self) {
        // symbols and places that were not there before
        self.x.mapv_inplace(|symbol| (symbol + 1) % 23);
        self.places.index_axis_mut(Axis(2), 1).mapv_inplace(|place| (place + 1) % 30);
        let x = Input { symbols: self.x.view(), places: self.places.view() };
        self.model.forward(x, &mut self.states, Dropout::Off, &mut self.tape);
        self.model.score(self.x.view(), &mut self.tape);
        self.model.backward(&mut self.tape, &mut self.d);
        self.model.update(|weights| self.adam.step(weights, &self.d, 1e-3, 1.0));
    }
}

#[test]
fn a_training_step_allocates_nothing() {
    // later windows have more distinct symbols than the first: their room must be there already
    let text = text(20, 3);
    let config = config(&text, &[20, 11], 2, 16);
    // with a second thread rayon's queues allocate about twice in a run, 2 KB each, whenever that
    // thread first steals work; the engine would do so at every step
    for (threads, allowed) in [(1, 0), (2, 8)] {
        let counts = on_threads(threads, || {
            let (mut run, mut other) = (trainer(&text, &config), WithPlaces::new());
            run.step().expect("a number");
            other.step();
            let mut counts = Vec::with_capacity(run.windows());
            for _ in 1..run.windows() {
                let before = COUNT.load(SeqCst);
                run.step().expect("a number");
                other.step();
                counts.push(COUNT.load(SeqCst) - before);
            }
            counts
        });
        assert!(counts.len() > 2 * allowed, "{} steps", counts.len());
        assert!(counts.iter().sum::<usize>() <= allowed, "{threads} threads: {counts:?}");
    }
}
