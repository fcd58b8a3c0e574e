//! The Python module `hornpipe`: arrays, dictionaries and texts in and out, the library between.
//!
//! A crate of its own, for pyo3's macros need `unsafe`, which the library forbids. It is `_hornpipe` inside
//! the package `hornpipe` (`package/hornpipe`), which has what is Python and the types.
//!
//! | file | what it is |
//! |---|---|
//! | `model` | the class `Model`: what it is, and what it writes |
//! | `passes` | its forward and backward passes, over arrays |
//! | `states` | what a model hands from one text to the next |
//! | `engines` | a model ready to compute, in each precision |
//! | `arrays` | numpy's arrays as ours, every shape and number checked, and back |
//! | `training` | `train`, whose callback runs on the thread that called |
//! | `music` | tunes without a model: read, judged, rendered |
//! | `calls` | the interpreter let go while we compute; errors, notes and Ctrl-C as Python has them |
//!
//! The engine panics where a shape is wrong, by design: so all of them are checked here, at the door.

mod arrays;
mod calls;
mod engines;
mod model;
mod music;
mod passes;
mod states;
mod training;

use pyo3::prelude::*;

#[pymodule]
mod _hornpipe {
    #[pymodule_export]
    use crate::model::Model;
    #[pymodule_export]
    use crate::music::{judge, read, render};
    #[pymodule_export]
    use crate::states::States;
    #[pymodule_export]
    use crate::training::train;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::calls::ready(module.py())
    }
}
