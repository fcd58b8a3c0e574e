//! The gradient of a batch as the sum of its shards', in one order on any number of processes.
//!
//! The B rows of a batch are S shards of B/S rows, each computed as if it were a batch of its own. Their
//! gradients are added two and two along one tree over 0..S, and the sum is multiplied by 1/S; losses and
//! accuracies are added along the same tree and divided by S. A node of n shards is parted behind the largest power of two below n:
//!
//! ```text
//! shards  0   1   2   3   4
//!          \ /     \ /    |
//!           +       +     |      floats are not associative: another order
//!            \     /      |      would be other bits
//!             --+--       |
//!                \_______/
//!                    +           times 1/5
//! ```
//! Of P ranks each has some neighbouring shards. It adds up the largest nodes that lie wholly within them
//! (step 1), sends slice q of these to rank q, which finishes the tree on its slice (step 2), and gets the
//! slices that the others finished (step 3). So the bits depend on S alone. Where S and P are powers of two a
//! rank sends less than twice the gradient, however many there are; cut elsewhere the tree has more nodes
//! that are whole, at most 2 log2(S/P) a rank, and each of them is sent once.

use crate::engine::layers::loss::Score;
use crate::engine::weights::{Shape, Weights};
use crate::learn::group::Group;
use hornpipe_kernels::{Isa, add_row};
use rayon::prelude::*;
use std::ops::Range;

/// Numbers that a thread has at a time.
const CHUNK: usize = 1 << 14;

/// A step of adding up a tree on slots, which are a stack.
enum Step {
    /// What a node is, shard or sum of some, goes into a slot.
    Put(Range<usize>, usize),
    /// The slot behind this one is added to it.
    Add(usize),
}

/// The steps that bring `node` into `slot`, from the nodes that are `there`.
fn plan(
    node: Range<usize>,
    slot: usize,
    there: &impl Fn(&Range<usize>) -> bool,
    to: &mut Vec<Step>,
) {
    if there(&node) {
        return to.push(Step::Put(node, slot));
    }
    let [left, right] = halves(&node);
    plan(left, slot, there, to);
    plan(right, slot + 1, there, to);
    to.push(Step::Add(slot));
}

fn halves(node: &Range<usize>) -> [Range<usize>; 2] {
    let middle = node.start + node.len().next_power_of_two() / 2;
    [node.start..middle, middle..node.end]
}

/// The largest nodes below `node` that lie wholly within `mine`, from left to right.
fn within(node: Range<usize>, mine: &Range<usize>) -> Vec<Range<usize>> {
    if mine.start <= node.start && node.end <= mine.end {
        return vec![node];
    }
    if node.end <= mine.start || mine.end <= node.start {
        return vec![];
    }
    halves(&node).into_iter().flat_map(|half| within(half, mine)).collect()
}

/// Which of `count` things are rank q's of `ranks`.
fn part(count: usize, q: usize, ranks: usize) -> Range<usize> {
    count * q / ranks..count * (q + 1) / ranks
}

/// The sums of losses and accuracies of a node, along the tree.
fn sum(scores: &[Score], node: Range<usize>) -> Score {
    if node.len() == 1 {
        return scores[node.start];
    }
    let [mut left, right] = halves(&node).map(|half| sum(scores, half));
    left.loss += right.loss;
    left.accuracy += right.accuracy;
    left
}

fn add(sum: &mut [f32], d: &[f32]) {
    let chunks = sum.par_chunks_mut(CHUNK).zip(d.par_chunks(CHUNK));
    chunks.for_each(|(sum, d)| add_row(Isa::current(), sum, d));
}

fn scale(sum: &mut [f32], share: f32) {
    sum.par_chunks_mut(CHUNK).for_each(|sum| sum.iter_mut().for_each(|x| *x *= share));
}

/// Of all tensors one behind the other the numbers in `range`, piece by piece.
fn pieces<'a>(of: &'a Weights<f32>, range: &Range<usize>) -> impl Iterator<Item = &'a [f32]> {
    let mut end = 0;
    of.tensors().map(move |tensor| {
        let begin = end;
        end += tensor.len();
        &tensor[range.start.clamp(begin, end) - begin..range.end.clamp(begin, end) - begin]
    })
}

/// The shards of a batch, and the ranks that they are dealt to.
pub(crate) struct Shards {
    /// The rows of each.
    height: usize,
    group: Box<dyn Group>,
    /// Step 1, of the shards here.
    inside: Vec<Step>,
    /// The nodes that come of it, of all ranks by rank.
    nodes: Vec<Vec<Range<usize>>>,
    /// Step 2, of all these nodes.
    across: Vec<Step>,
    /// The slots of step 1; in the end the sum is in the first.
    gradients: Vec<Weights<f32>>,
    /// Of all S shards.
    scores: Vec<Score>,
    /// What goes to the other ranks and comes from them.
    give: Vec<f32>,
    take: Vec<f32>,
}

impl Shards {
    /// `count` shards of `batch` rows.
    pub(crate) fn new(
        (count, batch): (usize, usize),
        group: Box<dyn Group>,
        shape: &Shape,
    ) -> Self {
        let (rank, size) = (group.rank(), group.size());
        assert!(size <= count, "{size} ranks for {count} shards");
        let nodes = (0..size).map(|p| within(0..count, &part(count, p, size)));
        let nodes: Vec<Vec<Range<usize>>> = nodes.collect();
        let (mut inside, mut across) = (vec![], vec![]);
        for (slot, node) in nodes[rank].iter().enumerate() {
            plan(node.clone(), slot, &|node| node.len() == 1, &mut inside);
        }
        plan(0..count, 0, &|node| nodes.iter().flatten().any(|n| n == node), &mut across);
        let slots = inside.iter().map(|step| match step {
            Step::Put(_, slot) | Step::Add(slot) => slot + 1,
        });
        let slots = slots.max().unwrap_or(0);
        Self {
            height: batch / count,
            group,
            gradients: (0..slots).map(|_| Weights::zeros(shape)).collect(),
            inside,
            nodes,
            across,
            scores: vec![Score::default(); count],
            give: vec![],
            take: vec![],
        }
    }

    /// The shards of a rank.
    pub(crate) fn of(&self, rank: usize) -> Range<usize> {
        part(self.scores.len(), rank, self.group.size())
    }

    /// The shards of this rank.
    pub(crate) fn mine(&self) -> Range<usize> {
        self.of(self.group.rank())
    }

    /// The rows of some shards.
    pub(crate) fn rows(&self, shards: Range<usize>) -> Range<usize> {
        shards.start * self.height..shards.end * self.height
    }

    /// The ranks.
    pub(crate) fn group(&self) -> &dyn Group {
        &*self.group
    }

    /// The same, to make calls.
    pub(crate) fn group_mut(&mut self) -> &mut dyn Group {
        &mut *self.group
    }

    /// What [`Shards::add_up`] has added up.
    pub(crate) fn gradient(&self) -> &Weights<f32> {
        &self.gradients[0]
    }

    /// The gradient of the batch and its score: of each shard here `gradient`, given its number and its
    /// rows of the batch, overwrites the gradient with its own, and returns its score.
    pub(crate) fn add_up(
        &mut self,
        mut gradient: impl FnMut(usize, Range<usize>, &mut Weights<f32>) -> Score,
    ) -> Score {
        // step 1
        for step in &self.inside {
            match step {
                Step::Put(shard, slot) => {
                    let rows = self.rows(shard.clone());
                    self.scores[shard.start] =
                        gradient(shard.start, rows, &mut self.gradients[*slot]);
                }
                Step::Add(slot) => {
                    let (left, right) = self.gradients.split_at_mut(slot + 1);
                    let tensors = left[*slot].tensors_mut().zip(right[0].tensors());
                    tensors.for_each(|(sum, d)| add(sum, d));
                }
            }
        }
        let count = self.scores.len();
        let share = (1.0 / count as f64) as f32;
        if self.group.size() > 1 {
            self.finish(share);
        } else if count > 1 {
            self.gradients[0].tensors_mut().for_each(|sum| scale(sum, share));
        }
        self.mean()
    }

    /// Steps 2 and 3, and the sum times `share`.
    fn finish(&mut self, share: f32) {
        let (rank, size) = (self.group.rank(), self.group.size());
        let own = &self.gradients[..self.nodes[rank].len()];
        let numbers = own[0].tensors().map(<[f32]>::len).sum();
        let slices: Vec<_> = (0..size).map(|q| part(numbers, q, size)).collect();
        self.give.clear();
        for (slice, d) in slices.iter().flat_map(|slice| own.iter().map(move |d| (slice, d))) {
            pieces(d, slice).for_each(|piece| self.give.extend_from_slice(piece));
        }
        // step 2
        let length = slices[rank].len();
        let given: Vec<_> = slices.iter().map(|slice| own.len() * slice.len()).collect();
        let taken: Vec<_> = self.nodes.iter().map(|nodes| nodes.len() * length).collect();
        self.take.resize(taken.iter().sum(), 0.0);
        self.group.exchange(&self.give, &given, &mut self.take, &taken);
        let mut arrived = 0;
        for step in &self.across {
            match step {
                // they stand in the order in which the tree wants them
                Step::Put(_, slot) => {
                    let node = arrived * length..(arrived + 1) * length;
                    self.take.copy_within(node, slot * length);
                    arrived += 1;
                }
                Step::Add(slot) => {
                    let pair = &mut self.take[slot * length..(slot + 2) * length];
                    let (left, right) = pair.split_at_mut(length);
                    add(left, right);
                }
            }
        }
        scale(&mut self.take[..length], share);
        // step 3
        let lengths: Vec<_> = slices.iter().map(Range::len).collect();
        self.give.resize(numbers, 0.0);
        self.group.gather_numbers(&self.take[..length], &lengths, &mut self.give);
        let mut rest = &self.give[..];
        for tensor in self.gradients[0].tensors_mut() {
            let (finished, behind) = rest.split_at(tensor.len());
            tensor.copy_from_slice(finished);
            rest = behind;
        }
    }

    /// The mean of what `score` says of the rows of each shard, here and elsewhere.
    pub(crate) fn score(&mut self, mut score: impl FnMut(Range<usize>) -> Score) -> Score {
        for shard in self.mine() {
            self.scores[shard] = score(self.rows(shard..shard + 1));
        }
        self.mean()
    }

    /// The mean of all scores, those of other ranks got from them.
    fn mean(&mut self) -> Score {
        let (count, size) = (self.scores.len(), self.group.size());
        if size > 1 {
            let pair = |score: &Score| [score.loss.to_le_bytes(), score.accuracy.to_le_bytes()];
            let mine = self.scores[self.mine()].iter().flat_map(pair).flatten();
            let mine: Vec<u8> = mine.collect();
            let lengths: Vec<_> = (0..size).map(|p| 16 * self.of(p).len()).collect();
            let all = self.group.gather(&mine, &lengths);
            let numbers = all.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes));
            let numbers: Vec<f64> = numbers.collect();
            for (score, &[loss, accuracy]) in self.scores.iter_mut().zip(numbers.as_chunks().0) {
                (score.loss, score.accuracy) = (loss, accuracy);
            }
        }
        let mut mean = sum(&self.scores, 0..count);
        mean.loss /= count as f64;
        mean.accuracy /= count as f64;
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::{Shards, Step, plan};
    use crate::engine::layers::loss::Score;
    use crate::engine::weights::{Shape, Weights};
    use crate::learn::group::{Group, alone, threads};

    /// How the sum of `count` shards is bracketed.
    fn brackets(count: usize) -> String {
        let (mut steps, mut slots) = (vec![], vec![]);
        plan(0..count, 0, &|node| node.len() == 1, &mut steps);
        for step in steps {
            match step {
                Step::Put(shard, slot) => {
                    slots.truncate(slot);
                    slots.push(shard.start.to_string());
                }
                Step::Add(slot) => slots[slot] = format!("({}+{})", slots[slot], slots[slot + 1]),
            }
        }
        slots.swap_remove(0)
    }

    #[test]
    fn trees_have_the_shape_that_is_drawn() {
        assert_eq!(brackets(1), "0");
        assert_eq!(brackets(3), "((0+1)+2)");
        assert_eq!(brackets(5), "(((0+1)+(2+3))+4)");
        assert_eq!(brackets(7), "(((0+1)+(2+3))+((4+5)+6))");
        assert_eq!(brackets(8), "(((0+1)+(2+3))+((4+5)+(6+7)))");
    }

    /// A number of a shard's gradient: of many sizes and both signs, so that another order shows.
    fn number(shard: usize, at: usize) -> f32 {
        let mixed = hornpipe_kernels::mix(shard as u64, at as u64);
        (mixed as i32 as f32) * [1.0, 1e-3, 1e3][mixed as usize % 3]
    }

    fn shape() -> Shape {
        Shape { vocab: 5, embedding: 3, inputs: vec![], lstm: vec![4, 2] }
    }

    /// The sum over the shards as one of the ranks has it, in bits, and the scores.
    fn added(count: usize, group: Box<dyn Group>) -> (Vec<u32>, Score, Score) {
        let mut shards = Shards::new((count, 2 * count), group, &shape());
        let score = |shard: usize| {
            let mut score = Score::default();
            (score.loss, score.accuracy) = (f64::from(number(shard, 0)), 0.5);
            score
        };
        // twice: no slot may remember
        for _ in 0..2 {
            let sum = shards.add_up(|shard, rows, d| {
                assert_eq!(rows, 2 * shard..2 * shard + 2);
                let numbers = d.tensors_mut().flat_map(|tensor| tensor.iter_mut()).enumerate();
                numbers.for_each(|(at, x)| *x = number(shard, at));
                score(shard)
            });
            let held_out = shards.score(|rows| score(rows.start / 2));
            let bits = shards.gradient().tensors().flatten().map(|x| x.to_bits()).collect();
            if sum != held_out {
                return (bits, sum, held_out);
            }
        }
        let sum = shards.score(|rows| score(rows.start / 2));
        let bits = shards.gradient().tensors().flatten().map(|x| x.to_bits()).collect();
        (bits, sum, sum)
    }

    #[test]
    fn sums_are_right_and_the_same_on_any_number_of_ranks() {
        let numbers = Weights::<f32>::zeros(&shape()).tensors().flatten().count();
        for count in 1..=11 {
            let whole = added(count, alone());
            for at in 0..numbers {
                let exact = (0..count).fold(0.0, |sum, shard| sum + f64::from(number(shard, at)));
                let size = (0..count).fold(0.0, |sum, s| sum + f64::from(number(s, at).abs()));
                let (mean, found) = (exact / count as f64, f64::from(f32::from_bits(whole.0[at])));
                assert!((found - mean).abs() <= 1e-6 * size, "{count} shards: {found}, not {mean}");
            }
            for ranks in 1..=count {
                let all: Vec<_> = std::thread::scope(|scope| {
                    let rank = |member| scope.spawn(move || added(count, Box::new(member)));
                    let ranks: Vec<_> = threads(ranks).into_iter().map(rank).collect();
                    ranks.into_iter().map(|rank| rank.join().expect("a sum")).collect()
                });
                assert!(all.iter().all(|rank| *rank == whole), "{count} shards, {ranks} ranks");
            }
        }
    }
}
