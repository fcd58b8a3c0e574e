//! A checkpoint comes back as it was, or is refused: never half, never with a panic.

use crate::common::{CHECKSUM, HEADER, about, bits, config, sealed, text, trainer};
use hornpipe::learn::config::Config;
use hornpipe::learn::train::Trainer;
use hornpipe::run::checkpoint::{Checkpoint, DecodeError, decode, load, save};

/// A run after three steps, and its checkpoint as read back and as bytes.
fn saved() -> (Trainer, Config, Checkpoint, Vec<u8>) {
    let text = text(4, 4);
    let config = config(&text, &[5, 3], 2, 6);
    let mut run = trainer(&text, &config);
    for _ in 0..3 {
        run.step().expect("a number");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.hornpipe");
    save(&run, &about(&text, &config), &path).expect("written");
    let files = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "nothing is left beside the checkpoint");
    (run, config, load(&path).expect("read"), std::fs::read(&path).expect("read"))
}

/// The same bytes under a checksum that is right.
fn resealed(bytes: &[u8]) -> Vec<u8> {
    sealed(&bytes[..bytes.len() - CHECKSUM])
}

#[test]
fn a_checkpoint_comes_back_bit_by_bit() {
    let (run, config, checkpoint, _) = saved();
    assert_eq!(checkpoint.meta.config, config);
    assert_eq!(checkpoint.meta.vocabulary.len(), config.shape.vocab);
    assert_eq!(checkpoint.meta.progress, run.progress);
    assert_eq!(checkpoint.meta.history, run.history);
    assert_eq!(checkpoint.meta.clock, run.adam.clock);
    assert_eq!(checkpoint.meta.clock.t, 3);
    let pairs = [
        (&checkpoint.weights, run.model.weights()),
        (&checkpoint.m, &run.adam.m),
        (&checkpoint.v, &run.adam.v),
    ];
    for (read, kept) in pairs {
        assert_eq!(bits(read.tensors().flatten()), bits(kept.tensors().flatten()));
    }
    assert_ne!(checkpoint.m, checkpoint.v);
    assert_eq!(checkpoint.states.len(), run.states.len());
    for (read, kept) in checkpoint.states.iter().zip(&run.states) {
        assert_eq!((bits(&read.h), bits(&read.c)), (bits(&kept.h), bits(&kept.c)));
        assert_ne!(read.h, read.c);
    }
}

#[test]
fn a_checkpoint_cut_anywhere_is_refused() {
    let (.., bytes) = saved();
    decode(&bytes).expect("the whole one is read");
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "cut to {length} bytes");
        if length >= HEADER + CHECKSUM {
            assert!(decode(&resealed(&bytes[..length])).is_err(), "cut to {length}, sealed");
        }
    }
    assert!(decode(&[&bytes[..], &[0]].concat()).is_err(), "one byte too many");
}

#[test]
fn a_checkpoint_with_any_bit_flipped_is_refused() {
    let (.., mut bytes) = saved();
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let problem = decode(&bytes).expect_err("a damaged checkpoint");
        assert!(
            matches!(
                problem,
                DecodeError::NoCheckpoint | DecodeError::Version { .. } | DecodeError::Damaged
            ),
            "bit {bit}: {problem}"
        );
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    decode(&bytes).expect("whole again");
}

#[test]
fn a_lying_length_is_refused_even_under_a_right_checksum() {
    let (.., bytes) = saved();
    let length = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
    let (meta, tensors) = (length(12), length(20));
    let lies = [
        (meta + 4, tensors - 4),
        (meta - 4, tensors + 4),
        (meta + tensors, 0),
        (0, meta + tensors),
        (u64::MAX, meta + tensors + 1),
        (u64::MAX - 59, 0),
        (meta, u64::MAX),
    ];
    for (meta, tensors) in lies {
        let mut lying = bytes.clone();
        lying[12..20].copy_from_slice(&meta.to_le_bytes());
        lying[20..28].copy_from_slice(&tensors.to_le_bytes());
        assert!(decode(&resealed(&lying)).is_err(), "lengths {meta} and {tensors}");
    }
    // tensors longer or shorter than the config says, all lengths and the checksum being right
    let split = bytes.len() - CHECKSUM;
    for (tensors, content) in [
        (tensors - 4, bytes[..split - 4].to_vec()),
        (tensors + 4, [&bytes[..split], &[0; 4]].concat()),
        (0, bytes[..HEADER + meta as usize].to_vec()),
    ] {
        let mut lying = [&content[..], &[0; CHECKSUM]].concat();
        lying[20..28].copy_from_slice(&tensors.to_le_bytes());
        let problem = decode(&resealed(&lying)).expect_err("sizes that contradict the config");
        assert!(matches!(problem, DecodeError::Inconsistent), "{problem}");
    }
    // 251 to 254 announce numbers of two to sixteen bytes: lengths inside the structured part that
    // ask for any amount of memory. Read or refused, but without a panic.
    for at in HEADER..HEADER + meta as usize {
        for byte in [0, 1, 127, 251, 252, 253, 254, 255] {
            let mut lying = bytes.clone();
            lying[at] = byte;
            drop(decode(&resealed(&lying)));
            lying[at + 1..HEADER + meta as usize].fill(255);
            drop(decode(&resealed(&lying)));
        }
    }
}

/// Lengths and checksum may be right, and yet no run ever stood there: to go on from it would mean
/// a panic, or an hour for each step.
#[test]
fn a_place_where_no_run_can_stand_is_refused() {
    let spoils: [fn(&mut Trainer, &mut Config); 9] = [
        |run, _| run.progress.last = None,
        |run, _| run.progress.window = 0,
        |run, _| run.progress.epoch = 1,
        |run, _| run.progress.rate_cuts = u32::MAX,
        |_, config| config.epochs = usize::MAX,
        |_, config| config.steps = 0,
        |_, config| config.learning_rate = f64::INFINITY,
        |_, config| config.clip = Some(-1.0),
        |_, config| config.dropout = 1.0,
    ];
    let text = text(4, 4);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.hornpipe");
    for (which, spoil) in spoils.into_iter().enumerate() {
        let mut about = about(&text, &config(&text, &[5, 3], 2, 6));
        let mut run = trainer(&text, &about.config);
        run.step().expect("a number");
        save(&run, &about, &path).expect("written");
        load(&path).expect("a place where a run can stand");
        spoil(&mut run, &mut about.config);
        save(&run, &about, &path).expect("written");
        let problem = load(&path).expect_err(&format!("spoil {which}")).to_string();
        assert!(problem.contains("contradicts its own config"), "{which}: {problem}");
    }
}

#[test]
fn another_version_or_another_file_is_refused_by_name() {
    let (.., mut bytes) = saved();
    let ours = u32::from_le_bytes(bytes[8..12].try_into().expect("4 bytes"));
    for (version, advice) in [(ours - 1, "hornpipe of its time"), (ours + 1, "newer hornpipe")] {
        bytes[8..12].copy_from_slice(&version.to_le_bytes());
        let problem = decode(&resealed(&bytes)).expect_err("another version").to_string();
        assert!(problem.contains(&format!("version {version} ")), "{problem}");
        assert!(problem.contains(&format!("reads version {ours}")), "{problem}");
        assert!(problem.contains(advice), "{problem}");
    }
    let problem = decode(b"X:1\nT:The Rights of Man\n").expect_err("a tune").to_string();
    assert!(problem.contains("not a hornpipe checkpoint"), "{problem}");
}
