//! Checkpoints: as they come, and with lengths and checksum made right after the damage.

use crate::common::{CHECKSUM, HEADER, Nobody, about, config, sealed, text, trainer};
use crate::damage::{damaged, damages};
use crate::memory::within;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::learn::train::train;
use hornpipe::run::checkpoint::{Checkpoint, decode, save};

/// A checkpoint with history, in the midst of an epoch.
fn checkpoint() -> Vec<u8> {
    let text = text(3, 4);
    let mut config = config(&text, &[3, 2], 2, 9);
    config.shape.embedding = 2;
    config.text.paths = vec!["tunes/jigs.abc".to_owned()];
    let mut run = trainer(&text, &config);
    train(&mut run, &mut Nobody).expect("numbers");
    run.step().expect("a number");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.hornpipe");
    save(&run, &about(&text, &config), &path).expect("written");
    std::fs::read(&path).expect("read")
}

/// Reads what may be a checkpoint.
fn read(bytes: &[u8]) -> Option<Checkpoint> {
    match within(FIXED + 8 * bytes.len(), || decode(bytes)) {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.weights.shape(), checkpoint.meta.config.shape);
            assert!(checkpoint.weights.is_finite());
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
    let whole = checkpoint();
    let length = |at| u64::from_le_bytes(whole[at..at + 8].try_into().expect("8 bytes")) as usize;
    let content = &whole[..whole.len() - CHECKSUM];
    let (meta, tensors) = content[HEADER..].split_at(length(12));
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS).with_generator(damages()).for_each(|damages| {
        let raw = damaged(&whole, damages);
        assert!(read(&raw).is_none() || raw == whole, "a damaged checkpoint was taken for whole");
        read(&sealed(&damaged(content, damages)));
        for (meta, tensors) in
            [(damaged(meta, damages), tensors.to_vec()), (meta.to_vec(), damaged(tensors, damages))]
        {
            let mut file = whole[..12].to_vec();
            file.extend_from_slice(&(meta.len() as u64).to_le_bytes());
            file.extend_from_slice(&(tensors.len() as u64).to_le_bytes());
            file.extend(meta.into_iter().chain(tensors));
            count.one(read(&sealed(&file)).is_some());
        }
    });
    count.finish("checkpoints");
}
