//! Whose file is it?

use super::exchanged::Exchanged;
#[cfg(feature = "keras")]
use super::keras;
use super::{elsewhere, ours, pytorch};
use crate::engine::real::Real;
use crate::error::{Error, Result};
use crate::run::tensor_file::TensorFile;
use hornpipe_kernels::Activation;
use std::path::Path;

/// What to name instead of a file that is none of these.
const MODEL: &str = "name a run, a checkpoint or a file made by hornpipe export";

/// How an HDF5 file begins.
pub const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Decodes the bytes of `path`: a model, and the names of tensors that no such model has, for a slip
/// in a name shows there.
///
/// # Errors
/// They hold no model, or do not say which recurrent activation it has.
pub fn decode_model<R: Real>(path: &Path, bytes: &[u8]) -> Result<(Exchanged<R>, Vec<String>)> {
    decode_told(path, bytes, None)
}

/// The same of a file that may leave it to others to say which recurrent activation its model has.
///
/// # Errors
/// They hold no model, or one of which the file says something else.
pub fn decode_told<R: Real>(
    path: &Path,
    bytes: &[u8],
    told: Option<Activation>,
) -> Result<(Exchanged<R>, Vec<String>)> {
    // a file may begin with a block of its owner's
    let hdf5 =
        [0, 512, 1024, 2048].iter().any(|&at| bytes.get(at..).is_some_and(|b| b.starts_with(HDF5)));
    let (mut model, unused) = if hdf5 {
        (of_keras(path, bytes)?, Vec::new())
    } else if let Some(problem) = elsewhere::known(path, bytes) {
        return Err(Error::content(path, problem));
    } else {
        let file = TensorFile::parse(path, bytes, MODEL)?;
        match file.tensors().iter().any(|tensor| pytorch::is_recurrent(&tensor.name)) {
            true => (pytorch::decode(&file)?, Vec::new()),
            false => ours::decode(&file)?,
        }
    };
    // our own files mean sigmoid where they say nothing
    if hdf5 && model.activation.is_none() && told.is_none() {
        return Err(Error::NoActivation { path: path.to_owned() });
    }
    refuse_other(path, model.activation, told)?;
    model.activation = model.activation.or(told);
    Ok((model, unused))
}

/// Refuses to be told another recurrent activation than the file says.
pub(crate) fn refuse_other(
    path: &Path,
    said: Option<Activation>,
    told: Option<Activation>,
) -> Result<()> {
    match (said, told) {
        (Some(said), Some(told)) if said != told => {
            let (said, told) = (said.name(), told.name());
            let problem =
                format!("it is of a model with {said}, so {told} would give other numbers");
            Err(Error::content(path, problem))
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "keras")]
fn of_keras<R: Real>(path: &Path, bytes: &[u8]) -> Result<Exchanged<R>> {
    keras::decode(path, bytes)
}

#[cfg(not(feature = "keras"))]
fn of_keras<R: Real>(path: &Path, _: &[u8]) -> Result<Exchanged<R>> {
    let problem = "this is an HDF5 file, and this hornpipe was built without the feature keras; build it with";
    Err(Error::content(path, problem))
}
