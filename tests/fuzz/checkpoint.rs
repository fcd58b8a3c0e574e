//! Checkpoints: as they come, and with lengths and checksum made right after the damage.

use crate::common::{
    AMID, CHECKSUM, HEADER, Nobody, about, config, format2, sealed, text, trainer,
};
use crate::damage::{damaged, damages};
use crate::memory::within;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::engine::real::Precision;
use hornpipe::engine::weights::Weights;
use hornpipe::learn::config::Order;
use hornpipe::learn::train::train;
use hornpipe::run::checkpoint::{Checkpoint, decode, save};

/// A checkpoint with history, in the midst of an epoch, and with all that a run can say if `full`.
fn checkpoint(full: bool) -> Vec<u8> {
    let text = text(3, 4);
    let mut config = config(&text, &[3, 2], 2, 9);
    config.shape.embedding = 2;
    config.text.paths = vec!["tunes/jigs.abc".to_owned()];
    let mut about = about(&text, &config);
    if full {
        (config.tonic, config.precision) = (Some("Bb".to_owned()), Precision::Bf16);
        (config.order, config.average) = (Order::Shuffled, Some(0.99));
        (about.config, about.book) = (config.clone(), Some(r#"{"tunes":3}"#.to_owned()));
    }
    let mut run = trainer(&text, &config);
    train(&mut run, &mut Nobody).expect("numbers");
    run.step().expect("a number");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.hornpipe");
    save(&run, &about, &path).expect("written");
    std::fs::read(&path).expect("read")
}

/// A checkpoint of a run about to begin that reads more than characters.
fn beginning() -> Vec<u8> {
    let text = text(3, 4);
    let inputs = vec![("field".to_owned(), 28), ("bar".to_owned(), 34)];
    let config = config(&text, &[3, 2], 2, 9).reading(inputs);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.hornpipe");
    save(&trainer(&text, &config), &about(&text, &config), &path).expect("written");
    std::fs::read(&path).expect("read")
}

/// Where the structured part of a checkpoint ends.
fn middle(whole: &[u8]) -> usize {
    HEADER + u64::from_le_bytes(whole[12..20].try_into().expect("8 bytes")) as usize
}

fn is_finite(weights: &Weights<f32>) -> bool {
    weights.tensors().flatten().all(|x| x.is_finite())
}

/// Reads what may be a checkpoint.
fn read(bytes: &[u8]) -> Option<Checkpoint> {
    match within(FIXED + 8 * bytes.len(), || decode(bytes)) {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.weights.shape(), checkpoint.meta.config.shape);
            assert!(is_finite(&checkpoint.weights));
            let average = checkpoint.average.as_ref();
            assert_eq!(average.is_some(), checkpoint.meta.config.average.is_some());
            assert!(average.is_none_or(is_finite));
            assert_eq!(checkpoint.meta.about().config, checkpoint.meta.config);
            Some(checkpoint)
        }
        Err(problem) => {
            check_sentence(&problem.to_string());
            None
        }
    }
}

#[test]
fn checkpoints_from_strangers() {
    let old = std::fs::read(format2(AMID)).expect("a fixture");
    let seeds = [old, checkpoint(false), checkpoint(true), beginning()];
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_generator((damages(), 0..seeds.len())).for_each(
        |(damages, seed)| {
            let whole = &seeds[*seed];
            let content = &whole[..whole.len() - CHECKSUM];
            let (meta, tensors) = content[HEADER..].split_at(middle(whole) - HEADER);
            let raw = damaged(whole, damages);
            assert!(read(&raw).is_none() || raw == *whole, "a damaged one was taken for whole");
            read(&sealed(&damaged(content, damages)));
            for (meta, tensors) in [
                (damaged(meta, damages), tensors.to_vec()),
                (meta.to_vec(), damaged(tensors, damages)),
            ] {
                let mut file = whole[..12].to_vec();
                file.extend_from_slice(&(meta.len() as u64).to_le_bytes());
                file.extend_from_slice(&(tensors.len() as u64).to_le_bytes());
                file.extend(meta.into_iter().chain(tensors));
                count.one(read(&sealed(&file)).is_some());
            }
        },
    );
    count.finish("checkpoints");
}
