//! What the processes that train one run tell each other, beside their parts of the gradient.

use crate::engine::model::States;
use crate::learn::group::{Asked, Group};
use crate::learn::shards::Shards;
use ndarray::{Array2, ArrayViewMut2, Axis, Slice};
use std::ops::Range;

/// What any of them asks for.
pub(crate) fn agreed(group: &mut dyn Group, asks: Asked) -> Asked {
    if group.size() == 1 {
        return asks;
    }
    let mine = [asks.checkpoint, asks.stop].map(u8::from);
    let all = group.gather(&mine, &vec![mine.len(); group.size()]);
    let any = |k| all.iter().skip(k).step_by(mine.len()).any(|&asks| asks != 0);
    Asked { checkpoint: any(0), stop: any(1) }
}

/// The first rank, if there is one, whose hash is not that of rank 0.
pub(crate) fn differing(group: &mut dyn Group, hash: &[u8; 32]) -> Option<usize> {
    let all = group.gather(hash, &vec![hash.len(); group.size()]);
    all.chunks(hash.len()).position(|other| *other != all[..hash.len()])
}

/// Gets the rows of the states that other ranks have.
pub(crate) fn gather_states(shards: &mut Shards, states: &mut States<f32>) {
    let (rank, size) = (shards.group().rank(), shards.group().size());
    if size == 1 {
        return;
    }
    let rows: Vec<_> = (0..size).map(|p| shards.rows(shards.of(p))).collect();
    let own = |array: &mut Array2<f32>| some(array, &rows[rank]).iter().copied().collect();
    let mine: Vec<Vec<f32>> = arrays(states).map(own).collect();
    let width = arrays(states).fold(0, |sum, array| sum + array.ncols());
    let lengths: Vec<_> = rows.iter().map(|rows| rows.len() * width).collect();
    let mut all = vec![0.0; lengths.iter().sum()];
    shards.group_mut().gather_numbers(&mine.concat(), &lengths, &mut all);
    let mut all = all.into_iter();
    for rows in &rows {
        for array in arrays(states) {
            some(array, rows).iter_mut().zip(&mut all).for_each(|(x, new)| *x = new);
        }
    }
}

/// h and c of each layer.
pub(crate) fn arrays(states: &mut States<f32>) -> impl Iterator<Item = &mut Array2<f32>> {
    states.iter_mut().flat_map(|state| [&mut state.h, &mut state.c])
}

/// Some rows of an array.
pub(crate) fn some<'a>(array: &'a mut Array2<f32>, rows: &Range<usize>) -> ArrayViewMut2<'a, f32> {
    array.slice_axis_mut(Axis(0), Slice::from(rows.clone()))
}
