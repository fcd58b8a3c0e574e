//! Wishes: what a prospect lets pass is what the judge calls good, and it gives nothing up too soon.

use hornpipe::music::abc;
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::judge::{Known, Verdict};
use hornpipe::music::wishes::{Broken, Wishes};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a prospect says of a whole text, and after how many characters it says no.
fn said(wishes: &Wishes, text: &str) -> Result<(), (Broken, usize)> {
    let mut prospect = wishes.prospect();
    for (at, c) in text.char_indices() {
        prospect.push(c.encode_utf8(&mut [0; 4])).map_err(|broken| (broken, at))?;
    }
    prospect.end().map_err(|broken| (broken, text.len()))
}

fn is_good(text: &str) -> bool {
    Verdict::of(text, &Known::new::<&str>(&[]), None).is_good()
}

/// Pieces of music that a broken tune may have.
const PIECES: [&str; 28] = [
    "|", ":|", "|:", "||", "|]", "|1 ", ":|2 ", "[1", "::", "A", "2", "/", ">", "<", "(3", "-",
    "z", " ", "\n", "^", "'", ",", "[M:9/8]", "[K:D]", "{g}", "[CE]", "|>", "Z|",
];

/// A tune with a few places broken.
fn broken(tune: &str, rng: &mut ChaCha8Rng) -> String {
    let body = tune.find("\nK:").map_or(0, |at| at + 3);
    let body = body + tune[body..].find('\n').map_or(0, |at| at + 1);
    let mut text = tune.to_owned();
    let mut below = |most: usize| (rng.next_u64() % most.max(1) as u64) as usize;
    for _ in 0..1 + below(3) {
        let at = body + below(text.len() - body);
        let end = (at + 1 + below(12)).min(text.len());
        let piece = PIECES[below(PIECES.len())];
        let stretch = text[at..end].to_owned();
        match below(5) {
            0 => text.replace_range(at..at + 1, ""),
            1 => text.replace_range(at..end, ""),
            2 => text.insert_str(at, piece),
            3 => text.replace_range(at..at + 1, piece),
            _ => text.insert_str(at, &stretch),
        }
    }
    text
}

#[test]
fn a_prospect_lets_pass_what_is_good_and_nothing_else() {
    let wishes = Wishes::new().good();
    let mut rng = ChaCha8Rng::seed_from_u64(16);
    let (mut good, mut early) = (0, 0);
    for tune in abc::tunes(EMBEDDED) {
        assert_eq!(said(&wishes, tune).is_ok(), is_good(tune), "{tune}");
        for _ in 0..40 {
            let text = broken(tune, &mut rng);
            let (said, is_good) = (said(&wishes, &text), is_good(&text));
            assert_eq!(said.is_ok(), is_good, "{said:?}:\n{text}");
            good += usize::from(is_good);
            early += usize::from(said.is_err_and(|(_, at)| at < text.len()));
        }
    }
    println!("{good} good, {early} given up before their end");
}
