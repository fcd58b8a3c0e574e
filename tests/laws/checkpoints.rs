//! A checkpoint comes back as it was, or is refused: never half, never with a panic.

use crate::common::{CHECKSUM, HEADER, about, bits, config, sealed, text, trainer};
use hornpipe::engine::real::Precision;
use hornpipe::learn::config::{Config, Order};
use hornpipe::learn::train::Trainer;
use hornpipe::run::checkpoint::{About, Checkpoint, DecodeError, Format, decode, load, save};

const FORMATS: [Format; 2] = [Format::Two, Format::Three];

/// What a run on `text` is that has all that its format can say and an untrained model shows.
fn of_format(text: &str, format: Format) -> About {
    let mut about = about(text, &config(text, &[5, 3], 2, 6));
    about.format = format;
    if format == Format::Three {
        about.book = Some(r#"{"tunes":4}"#.to_owned());
        let config = &mut about.config;
        (config.tonic, config.precision) = (Some("Bb".to_owned()), Precision::Bf16);
        (config.order, config.average) = (Order::Shuffled, Some(0.99));
    }
    about
}

/// A run after three steps, its checkpoint as read back, and the bytes of that.
pub(crate) fn saved(format: Format) -> (Trainer, About, Checkpoint, Vec<u8>) {
    let text = text(4, 4);
    let about = of_format(&text, format);
    let mut run = trainer(&text, &about.config);
    for _ in 0..3 {
        run.step().expect("a number");
    }
    move_average(&mut run);
    let (checkpoint, bytes) = back(&run, &about);
    (run, about, checkpoint, bytes)
}

/// Away from where the weights are: nothing may take one for the other.
pub(crate) fn move_average(run: &mut Trainer) {
    let average = run.average.iter_mut().flat_map(|average| average.tensors_mut()).flatten();
    average.for_each(|x| *x += 1.0);
}

/// The checkpoint of a run as read back, and its bytes.
pub(crate) fn back(run: &Trainer, about: &About) -> (Checkpoint, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.hornpipe");
    save(run, about, &path).expect("written");
    let files = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "nothing is left beside the checkpoint");
    (load(&path).expect("read"), std::fs::read(&path).expect("read"))
}

/// The same bytes under a checksum that is right.
fn resealed(bytes: &[u8]) -> Vec<u8> {
    sealed(&bytes[..bytes.len() - CHECKSUM])
}

#[test]
fn a_checkpoint_comes_back_bit_by_bit() {
    for format in FORMATS {
        let (run, about, checkpoint, _) = saved(format);
        assert_eq!(checkpoint.meta.about(), about);
        assert_eq!(checkpoint.meta.progress, run.progress);
        assert_eq!(checkpoint.meta.history, run.history);
        assert_eq!(checkpoint.meta.clock, run.adam.clock);
        assert_eq!(checkpoint.meta.clock.t, 3);
        let pairs = [
            (Some(&checkpoint.weights), Some(run.model.weights())),
            (Some(&checkpoint.m), Some(&run.adam.m)),
            (Some(&checkpoint.v), Some(&run.adam.v)),
            (checkpoint.average.as_ref(), run.average.as_ref()),
        ];
        for pair in pairs {
            let (Some(read), Some(kept)) = pair else {
                assert!(format == Format::Two && pair == (None, None));
                continue;
            };
            assert_eq!(bits(read.tensors().flatten()), bits(kept.tensors().flatten()));
        }
        assert_ne!(checkpoint.m, checkpoint.v);
        assert_eq!(checkpoint.states.len(), run.states.len());
        for (read, kept) in checkpoint.states.iter().zip(&run.states) {
            assert_eq!((bits(&read.h), bits(&read.c)), (bits(&kept.h), bits(&kept.c)));
            assert_ne!(read.h, read.c);
        }
    }
}

#[test]
fn a_checkpoint_cut_anywhere_is_refused() {
    for format in FORMATS {
        let (.., bytes) = saved(format);
        decode(&bytes).expect("the whole one is read");
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "cut to {length} bytes");
            if length >= HEADER + CHECKSUM {
                assert!(decode(&resealed(&bytes[..length])).is_err(), "cut to {length}, sealed");
            }
        }
        assert!(decode(&[&bytes[..], &[0]].concat()).is_err(), "one byte too many");
    }
}

#[test]
fn a_checkpoint_with_any_bit_flipped_is_refused() {
    for format in FORMATS {
        let (.., mut bytes) = saved(format);
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
}

#[test]
fn a_lying_length_is_refused_even_under_a_right_checksum() {
    FORMATS.into_iter().for_each(|format| no_lying_length(&saved(format).3));
}

fn no_lying_length(bytes: &[u8]) {
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
        let mut lying = bytes.to_vec();
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
    // in format 2, 251 to 254 announce numbers of two to sixteen bytes: lengths inside the
    // structured part that ask for any amount of memory. Read or refused, but without a panic.
    for at in HEADER..HEADER + meta as usize {
        for byte in [0, 1, 127, 251, 252, 253, 254, 255] {
            let mut lying = bytes.to_vec();
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
        |_, config| config.learning_rate = -1e-3,
        |_, config| config.clip = Some(-1.0),
        |_, config| config.dropout = 1.0,
    ];
    let text = text(4, 4);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.hornpipe");
    for (format, (which, spoil)) in FORMATS
        .into_iter()
        .flat_map(|format| spoils.into_iter().enumerate().map(move |s| (format, s)))
    {
        let mut about = of_format(&text, format);
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
    let (.., mut bytes) = saved(Format::Three);
    for (version, advice) in [(1u32, "hornpipe of its time"), (4, "newer hornpipe")] {
        bytes[8..12].copy_from_slice(&version.to_le_bytes());
        let problem = decode(&resealed(&bytes)).expect_err("another version").to_string();
        assert!(problem.contains(&format!("version {version} ")), "{problem}");
        assert!(problem.contains("reads versions 2 and 3"), "{problem}");
        assert!(problem.contains(advice), "{problem}");
    }
    let problem = decode(b"X:1\nT:The Rights of Man\n").expect_err("a tune").to_string();
    assert!(problem.contains("not a hornpipe checkpoint"), "{problem}");
}
