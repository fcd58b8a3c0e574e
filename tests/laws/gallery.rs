//! What `audit --learn` shows: the plain model learns, and no mistake hides from its gradients.

use hornpipe::engine::Activation;
use hornpipe::engine::check::audit::Case;
use hornpipe::engine::check::naive::Bug;
use hornpipe::engine::weights::Shape;
use hornpipe::error::Error;
use hornpipe::look::gallery::{Gallery, Learned, Lesson, name, off};
use std::sync::atomic::{AtomicUsize, Ordering};

fn case() -> Case {
    let shape = Shape { vocab: 9, embedding: 5, inputs: vec![4, 3], lstm: vec![7, 6] };
    Case::random(&shape, 4, 3, Activation::Sigmoid, 1)
}

fn gallery(bugs: &[Bug], updates: usize, seed: u64) -> Gallery {
    let lesson = Lesson::new(seed, updates).expect("the embedded book");
    Gallery::new(lesson, bugs, &case(), || true).expect("nobody stops it")
}

#[test]
fn right_gradients_are_right_and_each_mistake_shows_in_them_and_moves_the_weights() {
    let gallery = gallery(&Bug::ALL, 3, 1);
    assert!(gallery.is_sound());
    assert_eq!(gallery.right.errors.len(), 13);
    for (tensor, error) in &gallery.right.errors {
        assert!(!off(*error), "{tensor} is {error:.1e} off");
    }
    let right = &gallery.right.run.points;
    for (bug, broken) in Bug::ALL.into_iter().zip(&gallery.broken) {
        assert_eq!(broken.run.bug, Some(bug));
        assert!(broken.errors.iter().any(|(_, error)| off(*error)), "{bug} is not seen");
        // before the first update nothing differs, after the last all do
        let points = &broken.run.points;
        assert_eq!(points[..1], right[..1], "{bug}");
        assert_eq!(points[1].training, right[1].training, "{bug}: same text, weights and masks");
        assert_ne!(points[3].held_out, right[3].held_out, "{bug} changes nothing");
    }
}

#[test]
fn a_page_is_its_seed() {
    let page = |seed| gallery(&[Bug::GatesSwapped], 2, seed).page().expect("it is drawn");
    let first = page(1);
    assert!(first == page(1), "the same seed");
    assert!(first != page(2), "another seed");
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    assert!(first == alone.install(|| page(1)), "another number of threads");
}

/// What is said of a curve, with the ends that it is said of: right, others, broken.
#[test]
fn the_verdict_is_the_figures() {
    let mut gallery = gallery(&[Bug::MaskMissing], 1, 1);
    let end = |run: &mut hornpipe::look::gallery::Run, first: f64, last: f64| {
        (run.points[0].held_out, run.points[1].held_out) = (first, last);
    };
    end(&mut gallery.right.run, 4.0, 1.5);
    end(&mut gallery.others[0], 4.0, 1.4);
    end(&mut gallery.others[1], 4.0, 1.6);
    for (last, learned, says) in [
        (1.39, Learned::Better, "below every right one (1.400 to 1.600)"),
        (1.4, Learned::AsWell, "says nothing: the broken run ends at 1.400"),
        (1.6, Learned::AsWell, "among right ones (1.400 to 1.600)"),
        (1.61, Learned::Worse, "0.110 above the right 1.500"),
        (2.1, Learned::Worse, "falls as a right one does"),
        (2.2, Learned::Little, "makes 72 % of the way down"),
        (f64::NAN, Learned::Little, "ends in no number at all"),
        // less than the page shows
        (1.3996, Learned::AsWell, "among right ones (1.400 to 1.600)"),
        (1.6004, Learned::AsWell, "among right ones (1.400 to 1.600)"),
    ] {
        end(&mut gallery.broken[0].run, 4.0, last);
        assert_eq!(gallery.shown(&gallery.broken[0]).learned, learned, "{last}");
        let page = gallery.page().expect("it is drawn");
        assert!(page.contains(says), "{last}: {says}");
    }
    end(&mut gallery.right.run, 4.0, 3.6);
    assert_eq!(gallery.shown(&gallery.broken[0]).learned, Learned::TooEarly);
    gallery.broken[0].errors.iter_mut().for_each(|(_, error)| *error = 1e-9);
    assert!(!gallery.is_sound());
    assert!(gallery.page().expect("it is drawn").contains("do not show it in this case"));
}

#[test]
fn a_run_stops_at_once_and_names_are_those_of_the_code() {
    let updates = AtomicUsize::new(0);
    let going = || updates.fetch_add(1, Ordering::Relaxed) < 4;
    let lesson = Lesson::new(1, 1000).expect("the embedded book");
    let stopped = Gallery::new(lesson, &[], &case(), going);
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert!(updates.into_inner() < 4 + 2 * rayon::current_num_threads());
    let names = Bug::ALL.map(name);
    assert_eq!([&names[0], &names[2]], ["no-dh-through-time", "own-h-in-dw-h"]);
}
