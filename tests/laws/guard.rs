//! Numbers that go wrong are noticed before the next update, and by name.

use crate::common::{config, text, trainer};
use hornpipe::engine::weights::Weights;
use hornpipe::error::{Divergence, Error};
use hornpipe::learn::train::Trainer;

/// What becomes of a run whose weights are spoiled after `before` steps.
fn spoiled(before: usize, spoil: Spoil) -> (Trainer, hornpipe::error::Result<()>) {
    let text = text(6, 3);
    let mut config = config(&text, &[7, 5], 3, 8);
    config.clip = None;
    let mut run = trainer(&text, &config);
    for _ in 0..before {
        run.step().expect("numbers");
    }
    run.model.update(spoil);
    let step = run.step().map(drop);
    (run, step)
}

type Spoil = fn(&mut Weights<f32>);

/// Loss far too high: the second layer's output is -1 or 1, and the wrong symbols are made sure.
fn overconfident(weights: &mut Weights<f32>) {
    weights.lstm[1].bias.fill(9.0);
    weights.dense.kernel.fill(0.0);
    weights.dense.kernel.column_mut(0).fill(30.0);
}

/// From zero states all is finite forwards, for layer 0 is silent; backwards its upper neighbour
/// shouts at it.
fn steep(weights: &mut Weights<f32>) {
    weights.lstm[0].w_x.fill(0.0);
    weights.lstm[0].w_h.fill(0.0);
    weights.lstm[0].bias.fill(0.0);
    weights.lstm[1].w_x.fill(3e38);
    weights.dense.kernel.mapv_inplace(|x| 1e3 * x);
}

#[test]
fn what_goes_wrong_is_named_with_its_place() {
    let cases: [(usize, Spoil, &str); 4] = [
        (1, |w| w.lstm[1].w_h[[2, 3]] = f32::NAN, "NaN in the weights of lstm.1.recurrent_kernel"),
        (2, |w| w.dense.kernel[[4, 0]] = f32::INFINITY, "inf in the weights of dense.kernel"),
        (3, overconfident, "the largest weight is 3.000e1, in dense.kernel"),
        (0, steep, "in the gradient of lstm.0.bias"),
    ];
    for (before, spoil, sentence) in cases {
        let (run, step) = spoiled(before, spoil);
        let Err(Error::Diverged(Divergence { what, epoch, batch, .. })) = step else {
            panic!("{sentence}: {step:?}");
        };
        assert!(what.contains(sentence), "{sentence}: {what}");
        assert_eq!((epoch, batch), (1, before + 1), "{sentence}");
        let done = (run.adam.clock.t as usize, run.progress.window);
        assert_eq!(done, (before, before), "{sentence}: no update");
    }
    // what no window can show is found before it goes into a file
    let (mut run, step) = spoiled(1, |_| ());
    step.expect("numbers");
    run.check().expect("numbers");
    run.adam.v.dense.bias[0] = f32::INFINITY;
    let problem = run.check().expect_err("infinity").to_string();
    assert!(problem.contains("inf in the mean squared gradient of dense.bias"), "{problem}");
}
