//! Which tunes are learned and which are held out.
//!
//! Whole tunes are held out, and near-duplicates always fall on the same side: a model must not be
//! praised for a tune that it has learned in another key. The choice depends on the text alone, so
//! that runs with different seeds can be compared.

use crate::error::{Error, Result};
use crate::music::abc;
use crate::music::corpus::near_duplicate_groups;
use ndarray_rand::rand::SeedableRng;
use ndarray_rand::rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// A text in two parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// Learned from.
    pub training: String,
    /// Held out; empty if nothing was asked for.
    pub validation: String,
    /// Number of tunes learned from.
    pub training_tunes: usize,
    /// Number of tunes held out.
    pub validation_tunes: usize,
    /// The groups of the tunes of both, as far as they have been compared.
    groups: [Option<Vec<usize>>; 2],
}

impl Split {
    /// Brings the tunes of both parts into an order that the seed decides, near-duplicates never one
    /// after the other if that can be; what stands before the tunes stays there.
    pub fn shuffle(&mut self, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let texts = [&mut self.training, &mut self.validation];
        for (text, groups) in texts.into_iter().zip(std::mem::take(&mut self.groups)) {
            *text = shuffled(text, groups, &mut rng);
        }
    }
}

fn shuffled(text: &str, groups: Option<Vec<usize>>, rng: &mut ChaCha8Rng) -> String {
    let spans = abc::tune_spans(text);
    let before = spans.first().map_or(text.len(), |span| span.start);
    let tunes: Vec<&str> = spans.into_iter().map(|span| &text[span]).collect();
    let groups = groups.unwrap_or_else(|| near_duplicate_groups(&tunes));
    let mut order: Vec<usize> = (0..tunes.len()).collect();
    order.shuffle(rng);
    part(&mut order, &groups);
    let mut shuffled = text[..before].to_owned();
    for at in order {
        shuffled.push_str(tunes[at]);
        if at + 1 == tunes.len() {
            abc::end_with_blank_line(&mut shuffled); // the text's last may have had none
        }
    }
    shuffled
}

/// Brings, where two of a group follow each other, the next of another group in between.
fn part(order: &mut [usize], groups: &[usize]) {
    // up to `end` all that are left are of `group`: known, so that no stretch is walked along twice
    let (mut group, mut end) = (usize::MAX, 0);
    for at in 1..order.len() {
        let last = groups[order[at - 1]];
        let from = if last == group { end.max(at) } else { at };
        match (from..order.len()).find(|&other| groups[order[other]] != last) {
            Some(other) if other > at => {
                order.swap(at, other);
                (group, end) = (last, other + 1);
            }
            Some(_) => {}
            None => break, // all that are left are of one group
        }
    }
}

/// Holds out about `share` of the characters of `text`. Anything before the first tune is learned;
/// of a text without tunes what is held out is its end, from the beginning of a line if it has any.
///
/// # Errors
/// No whole tunes make up such a share, or nothing would be left to learn.
pub fn split(text: &str, share: f64) -> Result<Split> {
    let spans = abc::tune_spans(text);
    let tunes: Vec<&str> = spans.iter().map(|span| &text[span.clone()]).collect();
    if share == 0.0 {
        let training = text.to_owned();
        return Ok(Split { training, training_tunes: tunes.len(), ..Split::default() });
    }
    if tunes.is_empty() {
        return split_prose(text, share);
    }
    let groups = near_duplicate_groups(&tunes);
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut sizes = vec![0; count];
    groups.iter().zip(&tunes).for_each(|(&group, tune)| sizes[group] += tune.len());
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(0));

    let wanted = share * text.len() as f64;
    let (mut held_out, mut size) = (vec![false; count], 0);
    for group in order {
        // a group that would overshoot by half is left to a smaller one
        if (size as f64) < wanted && ((size + sizes[group]) as f64) < 1.5 * wanted {
            held_out[group] = true;
            size += sizes[group];
        }
    }
    if size == 0 || held_out.iter().all(|&out| out) {
        return Err(Error::NothingToHoldOut { share, tunes: tunes.len(), groups: count });
    }
    let mut split = Split::default();
    let before_tunes = spans.first().map_or(text.len(), |span| span.start);
    split.training.push_str(&text[..before_tunes]);
    let [mut of_training, mut of_validation] = [vec![], vec![]];
    for (tune, group) in tunes.iter().zip(groups) {
        let (part, groups) = if held_out[group] {
            (&mut split.validation, &mut of_validation)
        } else {
            (&mut split.training, &mut of_training)
        };
        part.push_str(tune);
        groups.push(group);
    }
    (split.training_tunes, split.validation_tunes) = (of_training.len(), of_validation.len());
    split.groups = [Some(of_training), Some(of_validation)];
    Ok(split)
}

fn split_prose(text: &str, share: f64) -> Result<Split> {
    let mut at = (text.len() as f64 * (1.0 - share)) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let line = text[..at].rfind('\n').map_or(at, |end| end + 1);
    // a line may be as long as the text
    let at = if ((at - line) as f64) < share * text.len() as f64 { line } else { at };
    let (training, validation) = text.split_at(at);
    if training.is_empty() || validation.is_empty() {
        return Err(Error::NothingToHoldOut { share, tunes: 0, groups: 0 });
    }
    let (training, validation) = (training.to_owned(), validation.to_owned());
    Ok(Split { training, validation, ..Split::default() })
}

#[cfg(test)]
mod tests {
    use super::part;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn groups_are_parted_as_by_looking_from_each_place_on(
            groups in prop::collection::vec(0_usize..9, 0..60),
            most in 1_usize..9,
        ) {
            let groups: Vec<usize> = groups.iter().map(|group| group.saturating_sub(most)).collect();
            let mut order: Vec<usize> = (0..groups.len()).collect();
            let mut expected = order.clone();
            part(&mut order, &groups);
            for at in 1..expected.len() {
                let differs = |&x: &usize| groups[x] != groups[expected[at - 1]];
                if let Some(next) = expected[at..].iter().position(differs) {
                    expected.swap(at, at + next);
                }
            }
            prop_assert_eq!(order, expected);
        }
    }
}
