//! What a model hears beside the characters.

use hornpipe::music::abc::{self, Duration};
use hornpipe::music::corpus::EMBEDDED;
use hornpipe::music::places::{InputError, Reader, inputs};
use proptest::prelude::*;

const VOCAB: usize = 128;

fn reader() -> Reader {
    Reader::new(&inputs(VOCAB), VOCAB).expect("its own inputs")
}

/// The inputs after each character of `text`, read by `reader`.
fn heard(reader: &mut Reader, text: &str) -> Vec<Vec<u32>> {
    let mut now = vec![0; reader.len()];
    let hear = |c: char| {
        reader.push(c, (c as u32).min(VOCAB as u32 - 1));
        reader.fill(&mut now);
        now.clone()
    };
    text.chars().map(hear).collect()
}

/// One input after each character.
fn column(text: &str, name: &str) -> Vec<u32> {
    let at = inputs(VOCAB).iter().position(|(known, _)| known == name).expect("an input");
    heard(&mut reader(), text).iter().map(|now| now[at]).collect()
}

/// The same after each character of the music of a tune in G.
fn of_music(header: &str, music: &str, name: &str) -> Vec<u32> {
    let header = format!("X:1\n{header}\nL:1/8\nK:G\n");
    column(&(header.clone() + music), name).split_off(header.len())
}

/// A lookback in words: the character, or why there is none.
fn looked_back(music: &str, name: &str) -> String {
    let word = |value: u32| match value {
        0 => '0',
        1 => '-',
        2 => '!',
        symbol => char::from_u32(symbol - 3).expect("a character"),
    };
    of_music("M:6/8", music, name).into_iter().map(word).collect()
}

#[test]
fn each_line_has_its_field_and_the_header_is_known_from_its_end_on() {
    let text = "A\nX:1\nR:slip jig\nM:9/8\nK:Ador\nA2\nw:la\n%A\nA\n\nA:";
    let field = column(text, "field");
    let values: String =
        field.iter().map(|&v| char::from_u32(u32::from('@') + v).unwrap()).collect();
    // @ is none, [ music
    let said = "@@@XX@@RRRRRRRRR@@MMMM@@KKKKK[[[[[WWW[@@[[[@@A";
    assert_eq!(values, said);
    let first = |name: &str, value: u32| column(text, name).iter().position(|&v| v == value);
    assert_eq!(first("rhythm", 12), text.find("M:").map(|at| at - 1));
    assert_eq!(first("metre", 6), text.find("K:").map(|at| at - 1));
    // dorian is the third mode, A nine semitones above C
    assert_eq!(first("key", 1 + 2 * 12 + 9), text.find("A2").map(|at| at - 1));
    assert_eq!(column(text, "key").last(), Some(&0), "the tune is over");
    for (header, name, value) in [
        ("R:tango", "rhythm", 15),
        ("M:7/8", "metre", 9),
        ("M:C", "metre", 3),
        ("M:C|", "metre", 8),
        ("M:none", "metre", 9),
        ("K:HP", "key", 85),
        ("K:G ^f", "key", 8),
        ("K:Gm ^f", "key", 85),
    ] {
        assert_eq!(column(&format!("X:1\n{header}\n"), name).last(), Some(&value), "{header}");
    }
}

#[test]
fn notes_begin_where_the_reader_of_abc_says() {
    let mut notes = 0;
    for tune in abc::tunes(EMBEDDED) {
        let (position, field) = (column(tune, "position"), column(tune, "field"));
        let is_note = |c: char| c.is_ascii_alphabetic();
        let here =
            tune.chars().zip(&position).zip(&field).filter(|((c, _), f)| is_note(*c) && **f == 27);
        let read = abc::read(tune);
        let onsets = read.bars.iter().flat_map(|bar| {
            bar.events.iter().scan(Duration::new(0, 1), |time, event| {
                let onset = *time;
                *time += event.duration;
                Some((onset * 4 / read.unit).to_integer() as u32)
            })
        });
        let here: Vec<u32> = here.map(|((_, position), _)| *position).collect();
        let there: Vec<u32> = onsets.collect();
        assert_eq!(here, there, "{tune}");
        notes += there.len();
    }
    assert!(notes > 70_000);
}

#[test]
fn lengths_of_all_kinds_move_the_clock() {
    for (music, said) in [
        ("ABc", "048"),
        ("A2B/c", "0088a"),
        ("A3/2B", "00006"),
        ("A>BA<B", "00688a"),
        ("A>>B", "0007"),
        ("(3ABc d", "0002588"),
        ("(3:2:2ABc", "000000025"),
        ("^A,,-B", "000004"),
        ("[CE]2A", "000008"),
        ("z~A!p!B\"Am\"c{gf}d", "0448888cccccggggg"),
        ("A B", "044"),
        ("A|B", "000"),
        ("AB&c", "0400"),
        ("(0A(3:0A", "00044444"),
    ] {
        let digit = |&v: &u32| char::from_digit(v, 36).expect("short");
        let here: String = of_music("M:6/8", music, "position").iter().map(digit).collect();
        // a bracket says what it is behind the next character
        assert_eq!(here, said, "{music}");
    }
    assert_eq!(of_music("M:6/8", "AB", "left"), [24, 20]);
    assert_eq!(of_music("M:C", "[M:2/4]A", "left").last(), Some(&16));
    assert_eq!(of_music("M:C", "[L:1/4]AB", "position").last(), Some(&4));
    assert_eq!(of_music("M:C", "GA^Fc", "degree"), [1, 2, 2, 7, 4]);
}

#[test]
fn bars_and_parts_are_counted_and_a_second_ending_goes_on() {
    let of = |music: &str, name: &str| -> String {
        let digit = |v: u32| char::from_digit(v.min(35), 36).expect("small");
        of_music("M:2/4", music, name).into_iter().map(digit).collect()
    };
    for (music, bars, parts) in [
        ("A4|A4|", "001112", "000000"),
        // an upbeat and a half do not count
        ("|:A|A4|A2:|", "00000011110", "00000000001"),
        ("A4||A4|]", "00100010", "00011112"),
        ("A4:|\n|:A4::A4", "0010000001000", "0001111111222"),
        ("A4|1 B4:|2 c4|", "00111112111112", "00000000000000"),
        ("A4|1 B4:|\n[2 c4|]", "00111112111111120", "00000000000000001"),
        // no second ending comes
        ("A4|1 B4:|c4|", "001111121001", "000000000111"),
    ] {
        assert_eq!((&*of(music, "bar"), &*of(music, "part")), (bars, parts), "{music}");
    }
}

#[test]
fn what_came_next_at_this_point_is_looked_up() {
    for (music, name, said) in [
        ("BzG czA|BdB Gzd|ef", "lookback 1", "0000000BzG czA!BdB"),
        ("BzG czA|BdB Gzd|ef", "lookback 2", "000000000000000BzG"),
        // the other bar's d goes on there; its f ends it
        ("gfe d2f|gfe dcB|", "lookback 1", "0000000gfe d2-!g"),
        // no upbeat is looked back to
        ("A|BzG czA|c", "lookback 1", "000000000Bz"),
    ] {
        let here = looked_back(music, name);
        assert_eq!(here, said, "{music}");
    }
    // the first part's bars by number, then the first ending's
    let music = "A6|B6|1 c6:|2 d6||e6|";
    assert_eq!(looked_back(music, "lookback part"), "00000000000ccc6!0A6!B");
}

#[test]
fn a_bar_that_goes_like_another_is_known() {
    // 1 other, 2 so far the same, 3 and 4 the bar before was the same, too
    for (music, name, said) in [
        ("A6|B6|A6|B6|cA", "agrees 2", "00000222444433"),
        ("A6|B6||A6|c6|", "agrees part", "0000002224330"),
    ] {
        let here: String = of_music("M:6/8", music, name).iter().map(u32::to_string).collect();
        assert_eq!(here, said, "{music}");
    }
}

#[test]
fn a_model_of_other_inputs_is_refused_by_name() {
    let other = |name: &str, size| Reader::new(&[(name.to_owned(), size)], VOCAB).err();
    assert_eq!(other("bar", 34), None);
    assert_eq!(other("lyrics", 2), Some(InputError::Unknown("lyrics".into())));
    let size = InputError::Size { name: "bar".into(), has: 35, size: 34 };
    assert_eq!(other("bar", 35), Some(size));
    assert_eq!(other("lookback 1", VOCAB).map(|e| e.to_string().contains("131")), Some(true));
}

#[test]
fn a_tune_is_heard_alike_whatever_was_before_it() {
    let mut all = reader();
    for tune in abc::tunes(EMBEDDED).into_iter().take(100) {
        assert_eq!(heard(&mut all, tune), heard(&mut reader(), tune));
    }
}

proptest! {
    #[test]
    fn any_text_has_values_below_their_sizes_and_a_tune_begins_anew(
        before in "([A-Ga-gzx|:0-9/\\[\\](){}>< \n^,'!\"%&MKLXR-]|X:1\nM:6/8\nK:G\n|\\PC){0,60}",
        tune in "[A-Ga-gzZ|:0-9/\\[\\](){}>< \n^,!\"&MKLX-]{0,80}",
    ) {
        let mut first = reader();
        for now in heard(&mut first, &(before + "\n")) {
            for (value, (name, size)) in now.iter().zip(inputs(VOCAB)) {
                prop_assert!((*value as usize) < size, "{name}: {value} of {size}");
            }
        }
        let tune = format!("X:1\nM:4/4\nL:1/8\nK:D\n{tune}");
        // an X alone is none yet
        prop_assert_eq!(&heard(&mut first, &tune)[1..], &heard(&mut reader(), &tune)[1..]);
    }
}
