//! What each mistake is, in the symbols of [`check::naive`](crate::engine::check::naive).

use crate::engine::check::naive::Bug;

/// A mistake, explained.
pub(super) struct Label {
    /// What goes wrong.
    pub(super) mistake: &'static str,
    /// The line as it must be.
    pub(super) right: &'static str,
    /// The line as it is written.
    pub(super) wrong: &'static str,
}

/// The name of a bug as one types it: `no-dh-through-time`.
pub fn name(bug: Bug) -> String {
    let mut name = String::new();
    for c in format!("{bug:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// A tensor as the code has it, where `kernel` is `w_x` and `recurrent_kernel` `w_h`.
pub(super) fn in_code(tensor: &str) -> String {
    match tensor.rsplit_once('.') {
        Some((layer, "kernel")) if layer != "dense" => format!("{layer}.w_x"),
        Some((layer, "recurrent_kernel")) => format!("{layer}.w_h"),
        _ => tensor.to_owned(),
    }
}

pub(super) fn label(bug: Bug) -> Label {
    let (mistake, right, wrong) = match bug {
        Bug::NoDhThroughTime => (
            "The gradient that step t+1 has for h never arrives at step t: each h answers for its own \
             character alone, and nothing flows back through w_h.",
            "dh_next = da w_hᵀ",
            "dh_next = 0",
        ),
        Bug::NoDcThroughTime => (
            "The gradient that step t+1 has for the cell never arrives at step t: the way through time \
             that the LSTM was invented for is cut.",
            "dc_next = dc*f",
            "dc_next = 0",
        ),
        Bug::OwnHInDwH => (
            "The recurrent weights were multiplied with the output of the step before; their \
             gradient is taken with that of the step itself.",
            "dw_h += h_prevᵀ da",
            "dw_h += hᵀ da",
        ),
        Bug::TanhSlopeOfC => (
            "The derivative of tanh is 1 - tanh², by the value of tanh; here it gets the cell before \
             tanh, and where the cell is beyond 1 it even has the wrong sign.",
            "dc = dh*o*(1 - tanh_c²) + dc_next",
            "dc = dh*o*(1 - c²) + dc_next",
        ),
        Bug::MaskMissing => (
            "Outputs that dropout took away had no part in the loss and get a gradient all the same; \
             those that it kept get too small a one.",
            "dh = mask*dout + dh_next",
            "dh = dout + dh_next",
        ),
        Bug::GatesSwapped => (
            "Input and forget gate change places on the way back: each is moved by what the other \
             did.",
            "da = [da_i, da_f, da_g, da_o]",
            "da = [da_f, da_i, da_g, da_o]",
        ),
        Bug::UpperDcLeaksDown => (
            "Behind the last step nothing is known of a cell. Here a layer begins with what a buffer \
             still holds: the layer above left its own dc there.",
            "dc_next = 0 behind the last step",
            "dc_next = dc0 of the layer above",
        ),
        Bug::BiasOfAnotherGate => (
            "The forget gate's bias is moved by the gradient of the input gate's.",
            "dbias = Σ [da_i, da_f, da_g, da_o]",
            "dbias = Σ [da_i, da_i, da_g, da_o]",
        ),
        Bug::PlacesOfNextStep => (
            "The places beside a character are off by one step on the way back: their weights answer \
             for what the next place did.",
            "dw_x += [embedding(t), places(t)]ᵀ da",
            "dw_x += [embedding(t), places(t+1)]ᵀ da",
        ),
    };
    Label { mistake, right, wrong }
}
