//! Playing and judging: tunes of any bytes, and SoundFonts.

use crate::damage::{damaged, damages};
use crate::memory::within;
use crate::soundfont::soundfont;
use crate::text::damaged_tune;
use crate::{Count, FIXED, RUNS, check_sentence};
use hornpipe::music::abc::{self, Performance, Tune};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::judge::{Known, Verdict};
use hornpipe::music::render::{
    Band, Feel, Instrument, LONGEST, Score, SoundFont, Swing, choose_chords, midi, synthesize, wav,
};

const BAND: Band = Band::new(Instrument::Whistle).with_chords(Instrument::Guitar, Instrument::Bass);

/// Samples a second: enough to go through all that is done with a note.
const RATE: u32 = 400;

fn play(tune: &Tune, performance: &Performance) -> bool {
    let score = Score::new(tune, performance, BAND);
    let bytes = midi(&score);
    if let Ok(bytes) = &bytes {
        let file = midly::Smf::parse(bytes).expect("its own MIDI file");
        assert!((2..=4).contains(&file.tracks.len()));
    }
    let swung = score.clone().swung(&Swing::of(Feel::Ratio(2, 1), tune, performance));
    let row = Score::in_a_row(&[&score, &swung, &score]).and_then(Score::counted_in);
    row.and_then(|row| midi(&row)).ok();
    let sound = synthesize(&score, RATE);
    if let Ok(samples) = sound {
        assert!(samples.len() < (LONGEST as usize + 1) * RATE as usize);
        wav(1, samples).expect("samples are numbers");
    }
    bytes.is_ok()
}

#[test]
fn tunes_from_strangers_are_played_and_judged() {
    let tunes = abc::tunes(EMBEDDED);
    let known = Known::new(&tunes[..50]);
    let mut count = Count::default();
    let generator = (damages(), 0..tunes.len());
    bolero::check!().with_iterations(RUNS / 10).with_generator(generator).for_each(
        |(damages, which)| {
            let raw = damaged(tunes[*which].as_bytes(), damages);
            let raw = String::from_utf8_lossy(&raw).into_owned();
            for text in [damaged_tune(tunes[*which], damages), raw] {
                // a note of two bytes is played eight times at most: as note, stroke and events
                within(2 * FIXED + 4000 * text.len(), || {
                    let verdict = Verdict::of(&text, &known, None);
                    assert!(verdict.copied.notes <= verdict.copied.of);
                    assert!(verdict.reads || !(verdict.is_good() || verdict.is_new()));
                    let tune = abc::read(&text);
                    let performance = abc::perform(&tune);
                    let played = performance.as_ref().is_ok_and(|score| play(&tune, score));
                    count.one(played);
                    if let Ok(mut score) = performance {
                        score.chords = choose_chords(&score);
                        assert_eq!(play(&tune, &score), played);
                    }
                });
            }
        },
    );
    count.finish("tunes played");
}

#[test]
fn soundfonts_from_strangers() {
    let seed = soundfont();
    let tune = abc::read("X:1\nK:C\nQ:1/4=400\nC/c'/[CEG]|");
    let performance = abc::perform(&tune).expect("times that add up");
    let score = midi(&Score::new(&tune, &performance, BAND)).expect("a short tune");
    let mut count = Count::default();
    bolero::check!().with_iterations(RUNS / 50).with_generator(damages()).for_each(|damages| {
        let bytes = damaged(&seed, damages);
        within(FIXED + 64 * bytes.len(), || {
            let sound = SoundFont::read(&bytes).and_then(|font| font.play(&score, 0.2));
            let file = sound.and_then(|samples| wav(2, samples));
            count.one(file.is_ok());
            if let Err(problem) = file {
                check_sentence(&problem.to_string());
            }
        });
    });
    count.finish("SoundFonts");
}
