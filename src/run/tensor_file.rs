//! A safetensors file from anywhere: every tensor is checked before its numbers are used.

use crate::engine::real::Real;
use crate::error::{Error, Result};
use crate::run::checkpoint::is_checkpoint;
use ndarray::{Array2, Array3};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::path::Path;

/// A tensor of a file, which may be of another program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) dims: Vec<usize>,
}

/// A safetensors file whose header has been checked.
pub(crate) struct TensorFile<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    /// What the header says beside the tensors.
    pub(crate) metadata: BTreeMap<String, String>,
}

impl<'a> TensorFile<'a> {
    /// Checks the header of `bytes`, which were read from `path`; else `next` says what to do.
    pub(crate) fn parse(path: &'a Path, bytes: &'a [u8], next: &str) -> Result<Self> {
        let refuse = |e: safetensors::SafeTensorError| {
            if is_checkpoint(bytes) {
                let problem =
                    "this is a checkpoint; make a safetensors file of it with hornpipe export";
                return Error::content(path, problem);
            }
            Error::content(path, format!("not a whole safetensors file ({e}); {next}"))
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(refuse)?;
        let metadata = header.metadata().iter().flatten();
        let metadata = metadata.map(|(name, text)| (name.clone(), text.clone())).collect();
        Ok(Self { path, tensors: SafeTensors::deserialize(bytes).map_err(refuse)?, metadata })
    }

    /// An error that names the file.
    pub(crate) fn refuse<T>(&self, problem: impl std::fmt::Display) -> Result<T> {
        Err(Error::content(self.path, problem))
    }

    /// A tensor that may be there.
    pub(crate) fn get(&self, name: &str) -> Option<TensorView<'a>> {
        self.tensors.tensor(name).ok()
    }

    /// All tensors by name and sizes, in the order of their names.
    pub(crate) fn tensors(&self) -> Vec<Tensor> {
        let tensors = self.tensors.iter();
        let tensors = tensors
            .map(|(name, view)| Tensor { name: name.to_owned(), dims: view.shape().to_vec() });
        let mut tensors: Vec<Tensor> = tensors.collect();
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        tensors
    }

    /// Names of tensors other than `known`.
    pub(crate) fn unused<'n>(&self, known: impl Iterator<Item = &'n str>) -> Vec<String> {
        let known: Vec<&str> = known.collect();
        let names = self.tensors.names().into_iter();
        names.filter(|name| !known.contains(name)).map(str::to_owned).collect()
    }

    /// A tensor that must be there.
    pub(crate) fn find(&self, name: &str) -> Result<TensorView<'a>> {
        let missing = || Error::NoTensor { path: self.path.to_owned(), name: name.to_owned() };
        self.get(name).ok_or_else(missing)
    }

    /// Sizes of a tensor that must be there with `N` axes, none of them 0.
    pub(crate) fn dims<const N: usize>(&self, name: &str) -> Result<[usize; N]> {
        let view = self.find(name)?;
        match <[usize; N]>::try_from(view.shape()) {
            Ok(dims) if !dims.contains(&0) => Ok(dims),
            _ => self.refuse(format!(
                "{name} has shape {:?}, but must have {N} axes, none of length 0",
                view.shape()
            )),
        }
    }

    /// A tensor that must be there in shape `dims`.
    pub(crate) fn shaped(&self, name: &str, dims: &[usize]) -> Result<TensorView<'a>> {
        let view = self.find(name)?;
        if view.shape() == dims {
            return Ok(view);
        }
        self.refuse(format!(
            "{name} has shape {:?}, but the tensors before it ask for {dims:?}",
            view.shape()
        ))
    }

    /// Copies the numbers of tensor `name`, which must have shape `dims` and be finite, to `to`.
    pub(crate) fn read<R: Real>(&self, name: &str, dims: &[usize], to: &mut [R]) -> Result<()> {
        let view = self.shaped(name, dims)?;
        match view.dtype() {
            Dtype::F32 => copy(view.data(), to, |b| R::from_f64(f32::from_le_bytes(b).into())),
            Dtype::F64 => copy(view.data(), to, |b| R::from_f64(f64::from_le_bytes(b))),
            other => {
                return self.refuse(format!(
                    "{name} has type {other:?}, but must be F32 or F64; write it so"
                ));
            }
        }
        check_finite(name, to).or_else(|e| self.refuse(e))
    }

    /// Symbols (B, T) as (T, B), each below `vocab`.
    pub(crate) fn symbols(
        &self,
        name: &str,
        batch: usize,
        steps: usize,
        vocab: usize,
    ) -> Result<Array2<u32>> {
        let [rows, columns] = self.dims(name)?;
        if (rows, columns) != (batch, steps) {
            return self.refuse(format!(
                "{name} has shape [{rows}, {columns}], but x has [{batch}, {steps}]"
            ));
        }
        let numbers = self.integers(name)?;
        if let Some(bad) = numbers.iter().find(|&&n| !(0..vocab as i64).contains(&n)) {
            return self.refuse(format!(
                "{name} holds {bad}, but the model has symbols 0 to {}",
                vocab - 1
            ));
        }
        let at = |(t, row)| numbers[row * steps + t] as u32;
        Ok(Array2::from_shape_fn((steps, batch), at))
    }

    /// `places` (B, T, K) as (T, B, K): a whole number for each of the inputs, below its size.
    pub(crate) fn places(
        &self,
        batch: usize,
        steps: usize,
        inputs: &[usize],
    ) -> Result<Array3<u32>> {
        let dims = [batch, steps, inputs.len()];
        let Some(view) = self.get("places") else {
            return self.refuse(format!(
                "it has no tensor places; for this model it must have one of shape {dims:?}: a whole \
                 number for each input beside each character of x"
            ));
        };
        if view.shape() != dims {
            return self.refuse(format!(
                "places has shape {:?}, but for x and the model's {} inputs it must be {dims:?}",
                view.shape(),
                inputs.len()
            ));
        }
        let numbers = self.integers("places")?;
        for (&number, (k, &size)) in numbers.iter().zip(inputs.iter().enumerate().cycle()) {
            if !(0..size as i64).contains(&number) {
                return self.refuse(format!(
                    "places holds {number} in column {k}, but that input has values 0 to {}",
                    size as i64 - 1
                ));
            }
        }
        let at = |(t, row, k)| numbers[(row * steps + t) * inputs.len() + k] as u32;
        Ok(Array3::from_shape_fn((steps, batch, inputs.len()), at))
    }

    /// The numbers of a tensor that must be there, I64 or I32.
    fn integers(&self, name: &str) -> Result<Vec<i64>> {
        let view = self.find(name)?;
        match view.dtype() {
            Dtype::I64 => Ok(each(view.data(), i64::from_le_bytes)),
            Dtype::I32 => Ok(each(view.data(), |b| i32::from_le_bytes(b).into())),
            other => self.refuse(format!("{name} has type {other:?}, but must be I64 or I32")),
        }
    }
}

/// Refuses a tensor with numbers that are none; in words.
pub(crate) fn check_finite<R: Real>(name: &str, numbers: &[R]) -> std::result::Result<(), String> {
    if numbers.iter().all(|x| x.to_f64().is_finite()) {
        return Ok(());
    }
    Err(format!(
        "{name} holds numbers that are infinite, not a number or too large; make the file anew"
    ))
}

fn copy<const N: usize, T>(data: &[u8], to: &mut [T], convert: impl Fn([u8; N]) -> T) {
    to.iter_mut().zip(data.as_chunks::<N>().0).for_each(|(to, &bytes)| *to = convert(bytes));
}

fn each<const N: usize, T>(data: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks::<N>().0.iter().map(|&bytes| convert(bytes)).collect()
}
