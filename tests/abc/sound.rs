//! WAV files, heard by numbers: which pitches sound when, how loud, and without a click.

use crate::soundfont::{soundfont, soundfont_at};
use hornpipe::music::abc::{self, Duration, Performance, Tune, perform};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::render::{
    Band, Clock, Instrument, LONGEST, RATE, Score, SoundError, SoundFont, Studio, accompany,
    length, loudness, midi, synthesize, wav,
};

fn play(text: &str) -> (Tune, Performance) {
    let tune = abc::read(text);
    let performance = perform(&tune).unwrap();
    (tune, performance)
}

/// The samples of a WAV file's first channel.
fn heard(bytes: &[u8]) -> Vec<f64> {
    let mut reader = hound::WavReader::new(bytes).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.spec().bits_per_sample), (RATE, 16));
    let channels = usize::from(reader.spec().channels);
    let samples = reader.samples::<i16>().step_by(channels);
    samples.map(|sample| f64::from(sample.unwrap()) / f64::from(i16::MAX)).collect()
}

/// A tune as each of the players has it: a pipe, a string, a SoundFont.
fn recordings(tune: &Tune, performance: &Performance) -> Vec<(&'static str, Vec<f64>)> {
    let built_in = |melody| {
        let samples = synthesize(&Score::new(tune, performance, Band::new(melody)), RATE).unwrap();
        heard(&wav(1, samples).unwrap())
    };
    let font = SoundFont::read(&soundfont()).unwrap();
    let score = Score::new(tune, performance, Band::new(Instrument::Piano));
    let samples = font.play(&midi(&score).unwrap(), length(&score).unwrap()).unwrap();
    vec![
        ("pipe", built_in(Instrument::Whistle)),
        ("string", built_in(Instrument::Harp)),
        ("font", heard(&wav(2, samples).unwrap())),
    ]
}

/// How strong a frequency is in the middle of some samples (Goertzel, Hann window).
fn strength(samples: &[f64], frequency: f64) -> f64 {
    let turn = std::f64::consts::TAU / f64::from(RATE) * frequency;
    let factor = 2.0 * libm::cos(turn);
    let (mut last, mut before) = (0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let place = std::f64::consts::TAU * at as f64 / samples.len() as f64;
        let window = 0.5 - 0.5 * libm::cos(place);
        (last, before) = (window * sample + factor * last - before, last);
    }
    (last * last + before * before - factor * last * before).max(0.0).sqrt() / samples.len() as f64
}

/// The pitches around a moment, strongest first.
fn pitches(samples: &[f64], seconds: f64, window: f64) -> Vec<(i32, f64)> {
    let place = |seconds: f64| (seconds * f64::from(RATE)) as usize;
    let samples = &samples[place(seconds - window / 2.0)..place(seconds + window / 2.0)];
    let frequency = |pitch: i32| 440.0 * libm::exp2(f64::from(pitch - 69) / 12.0);
    let mut pitches: Vec<(i32, f64)> =
        (36..=96).map(|pitch| (pitch, strength(samples, frequency(pitch)))).collect();
    pitches.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    pitches
}

#[test]
fn the_right_pitches_sound_when_they_should() {
    let (tune, performance) = play(abc::tunes(EMBEDDED)[7]);
    let clock = Clock::new(&tune, &performance);
    for (who, samples) in recordings(&tune, &performance) {
        for note in performance.notes.iter().filter(|note| !note.grace) {
            let middle = clock.seconds(note.onset + note.duration / Duration::from_integer(2));
            let (pitch, _) = pitches(&samples, middle, 0.12)[0];
            assert_eq!(pitch, note.pitch.midi(), "{who} at {middle} s");
        }
    }
}

#[test]
fn chords_and_bass_sound_too_and_a_tempo_changes_where_it_says() {
    let text = "X:1\nM:3/4\nL:1/4\nQ:1/4=60\nK:C\n\"C\"z3|[Q:1/4=120]\"F\"z3|c3|\n";
    let (tune, performance) = play(text);
    let band = Band::new(Instrument::Flute).with_chords(Instrument::Guitar, Instrument::Bass);
    let samples = synthesize(&Score::new(&tune, &performance, band), RATE).unwrap();
    let samples = heard(&wav(1, samples).unwrap());
    let clock = Clock::new(&tune, &performance);
    let ends = performance.bars.iter().map(|bar| clock.seconds(bar.onset + bar.duration));
    assert_eq!(ends.collect::<Vec<_>>(), [3.0, 4.5, 6.0]);
    let below = accompany(&performance);
    assert_eq!((below.bass.len(), below.chords.len()), (3, 6));
    for hit in
        below.chords.iter().chain(&below.bass).filter(|hit| hit.onset < performance.bars[2].onset)
    {
        let sounding = pitches(&samples, clock.seconds(hit.onset) + 0.12, 0.2);
        let mut loudest: Vec<i32> = sounding.iter().take(hit.notes.len()).map(|p| p.0).collect();
        let mut notes: Vec<i32> = hit.notes.iter().map(|note| i32::from(*note)).collect();
        loudest.sort_unstable();
        notes.sort_unstable();
        assert_eq!(loudest, notes, "{hit:?}");
    }
}

#[test]
fn nothing_clips_or_clicks_and_silence_is_silent() {
    // low and high, long and short, repeated, after a rest and before one
    let text = "X:1\nM:4/4\nL:1/8\nQ:1/4=120\nK:D\nDDdd A/A/a/a/ d'2|B4- B4|z8|{ef}g2 [DA]2 F4|\n";
    let (tune, performance) = play(text);
    let clock = Clock::new(&tune, &performance);
    let place = |time| (clock.seconds(time) * f64::from(RATE)) as usize;
    let mut near_edge = vec![false; place(performance.length) + RATE as usize * 3];
    for note in &performance.notes {
        for edge in [place(note.onset), place(note.onset + note.duration)] {
            let around = RATE as usize / 500; // 2 ms
            near_edge[edge.saturating_sub(around)..edge + around].fill(true);
        }
    }
    let rest = place(performance.bars[2].onset)..place(performance.bars[3].onset);
    for (who, samples) in recordings(&tune, &performance) {
        let peak = |samples: &[f64]| samples.iter().fold(0.0, |peak: f64, x| peak.max(x.abs()));
        assert!((0.2..0.9).contains(&peak(&samples)), "{who}: {}", peak(&samples));
        assert_eq!((samples[0], *samples.last().unwrap()), (0.0, 0.0), "{who}");
        assert!(peak(&samples[samples.len() - 100..]) < 0.001, "{who}");
        let quiet = peak(&samples[(rest.start + rest.end) / 2..rest.end]);
        assert!(quiet < 0.01, "{who}: {quiet} in a rest");
        let jump = |edges: bool| {
            let jumps = samples.windows(2).zip(&near_edge).filter(|(_, near)| **near == edges);
            jumps.fold(0.0, |most: f64, (pair, _)| most.max((pair[1] - pair[0]).abs()))
        };
        let (edge, between) = (jump(true), jump(false));
        println!("{who}: jumps of {edge} at the edges of notes, {between} between");
        assert!(edge < between, "{who}: a jump of {edge} at an edge, {between} between");
    }
}

#[test]
fn what_cannot_be_played_is_named() {
    // the slowest that a MIDI file knows, 16.8 s a quarter note
    let tune = |event: &str, count| format!("X:1\nQ:1/4=1\nL:1/4\nK:C\n{}|\n", event.repeat(count));
    let play = |text: &str| {
        let (tune, performance) = play(text);
        Score::new(&tune, &performance, Band::new(Instrument::Flute))
    };
    let flute = |score: &Score| synthesize(score, 500).map(|_| ());
    let long = play(&tune("A", LONGEST as usize / 16));
    let problem = flute(&long).unwrap_err();
    assert_eq!((problem.at.line, problem.at.column), (5, 1));
    assert_eq!(length(&long), Err(problem));
    let thick = play(&tune("[CDEFGABcdefgab]", 40));
    assert!(length(&thick).is_ok() && flute(&thick).is_err());
    assert!(flute(&play(&tune("[CDE]", 40))).is_ok());
    assert!(wav(1, vec![0.5, f32::NAN]).is_err());
    assert!(heard(&wav(1, vec![0.0; 9]).unwrap()).iter().all(|sample| *sample == 0.0));
    let font = soundfont();
    for bytes in [&font[..0], &font[..font.len() / 2], &font[4..], &b"RIFFxxxxsfbk"[..]] {
        assert!(SoundFont::read(bytes).is_err());
    }
    let score = midi(&thick).unwrap();
    let wild = SoundFont::read(&soundfont_at(2_000_000_000));
    let played = wild.and_then(|font| font.play(&score, 0.1));
    assert_eq!(played, Err(SoundError::Damaged));
}

#[test]
fn loudness_is_that_of_the_standard() {
    for rate in [RATE, 48_000] {
        let tone = |seconds: u32| -> Vec<f32> {
            let turn = std::f64::consts::TAU * 997.0 / f64::from(rate);
            (0..seconds * rate).map(|at| libm::sin(turn * f64::from(at)) as f32).collect()
        };
        // a full tone of 997 Hz in one channel is -3.01 LUFS, in two 0
        let found = loudness(1, &tone(3), rate).unwrap();
        assert!((found + 3.01).abs() < 0.02, "{found} at {rate}");
        let both: Vec<f32> = tone(3).into_iter().flat_map(|sample| [sample; 2]).collect();
        assert!(loudness(2, &both, rate).unwrap().abs() < 0.02);
        // what is much quieter does not count
        let quiet = tone(20).into_iter().map(|sample| sample / 50.0).collect();
        let paused = [tone(10), quiet].concat();
        assert!((loudness(1, &paused, rate).unwrap() + 3.01).abs() < 0.2);
        assert_eq!(loudness(1, &[0.0; 9999], rate), None);
    }
}

#[test]
fn tunes_are_equally_loud_with_chords_and_without_on_any_instrument() {
    let chords = "\"G\"GAB \"C\"cde|\"G\"gfe \"D7\"dcB|\"Am\"ABc \"D\"def|\"G\"g3 G3|";
    let tune = |music: &str| format!("X:1\nR:jig\nM:6/8\nL:1/8\nK:G\n{}\n", music.repeat(2));
    let plain: String = chords.split('"').step_by(2).collect();
    let texts = [tune(chords), tune(&plain)];
    for melody in Instrument::ALL.into_iter().filter(|i| !matches!(i, Instrument::Bass)) {
        let band = Band::new(melody).with_chords(Instrument::Guitar, Instrument::Bass);
        let studio = Studio::new(band);
        let scores = texts.each_ref().map(|text| studio.record(&abc::read(text)).unwrap().score);
        let level = |samples: &[f64]| {
            let samples: Vec<f32> = samples.iter().map(|sample| *sample as f32).collect();
            assert!(samples.iter().all(|sample| sample.abs() < 0.9), "{melody:?} clips");
            loudness(1, &samples, RATE).unwrap()
        };
        // as files of their own
        for score in &scores {
            let level = level(&heard(&studio.wav(score).unwrap()));
            assert!((level + 18.0).abs() < 0.1, "{melody:?}: {level}");
        }
        // one after the other in one file
        let row = studio.arrange(&scores.each_ref()).unwrap();
        let samples = heard(&studio.wav(&row).unwrap());
        let (with, without) = samples.split_at((row.seconds() / 2.0 * f64::from(RATE)) as usize);
        let jump = level(with) - level(without);
        println!("{melody:?}: {jump:.2} dB louder with chords");
        // measured: 0.56 (pipes) to 1.01 (banjo)
        assert!(jump.abs() < 1.2, "{melody:?}: {jump}");
    }
}

/// One note of two seconds, A4, as the built-in voice of an instrument has it.
fn long_note(melody: Instrument) -> Vec<f64> {
    let (tune, performance) = play("X:1\nL:1/4\nQ:1/4=60\nK:A\nA2|\n");
    let score = Score::new(&tune, &performance, Band::new(melody));
    heard(&wav(1, synthesize(&score, RATE).unwrap()).unwrap())
}

/// How many cents above A4 some samples sound: the middle of what there is within a half semitone.
fn cents(samples: &[f64]) -> f64 {
    let power = |cents: f64| {
        let found = strength(samples, 440.0 * libm::exp2(cents / 1200.0));
        found * found
    };
    let near = (-50..=50).map(|cents| (f64::from(cents), power(f64::from(cents))));
    let (sum, weight) =
        near.fold((0.0, 0.0), |(sum, all), (cents, power)| (sum + cents * power, all + power));
    sum / weight
}

#[test]
fn every_instrument_is_in_tune_and_none_sounds_like_another() {
    let place = |seconds: f64| (seconds * f64::from(RATE)) as usize;
    let notes = Instrument::ALL.map(|instrument| (instrument, long_note(instrument)));
    for (at, (instrument, samples)) in notes.iter().enumerate() {
        let off = cents(&samples[place(0.05)..place(1.2)]);
        println!("{instrument:?}: {off:.2} cents");
        assert!(off.abs() < 1.0, "{instrument:?} is {off} cents off");
        for (other, theirs) in &notes[..at] {
            let size = |samples: &[f64]| samples.iter().map(|x| x * x).sum::<f64>().sqrt();
            let apart: Vec<f64> = samples.iter().zip(theirs).map(|(a, b)| a - b).collect();
            let apart = size(&apart) / size(samples);
            assert!(apart > 0.1, "{instrument:?} and {other:?}: {apart}");
        }
    }
}

#[test]
fn a_fiddle_has_a_slow_attack_and_vibrato_and_pipes_have_drones() {
    let [whistle, fiddle, pipes] =
        [Instrument::Whistle, Instrument::Fiddle, Instrument::Pipes].map(long_note);
    let place = |seconds: f64| (seconds * f64::from(RATE)) as usize;
    // milliseconds until the first period as strong as half of what follows
    let attack = |samples: &[f64]| {
        let period = |at: usize| strength(&samples[at..at + place(1.0 / 110.0)], 440.0);
        let half = period(place(0.15)) / 2.0;
        (0..).find(|ms| period(place(f64::from(*ms) / 1000.0)) > half).unwrap()
    };
    let attacks = [&pipes, &whistle, &fiddle].map(|samples| attack(samples));
    assert!(attacks[2] >= attacks[1] + 10 && attacks[1] >= attacks[0], "{attacks:?} ms");
    // how far the pitch goes up and down
    let width = |samples: &[f64]| {
        let starts = (40..80).map(|hundredths| f64::from(hundredths) / 100.0);
        let found: Vec<f64> =
            starts.map(|at| cents(&samples[place(at)..place(at + 0.09)])).collect();
        let most = |sign: f64| found.iter().map(|x| sign * x).fold(f64::MIN, f64::max);
        most(1.0) + most(-1.0)
    };
    let widths = [&whistle, &pipes, &fiddle].map(|samples| width(samples));
    println!("attacks {attacks:?} ms, vibrato {widths:?} cents");
    assert!(widths[0] < 1.0 && widths[1] < 1.0 && widths[2] > 5.0, "{widths:?}");
    // two octaves below the tonic
    let low = |samples: &[f64]| {
        let middle = &samples[place(0.5)..place(1.5)];
        strength(middle, 110.0) / strength(middle, 440.0)
    };
    assert!(low(&pipes) > 0.05 && low(&fiddle) < 0.001, "{} {}", low(&pipes), low(&fiddle));
}
