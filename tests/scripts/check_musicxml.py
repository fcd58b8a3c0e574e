#!/usr/bin/env python3
"""Reads `hornpipe render --format musicxml` back with music21 and compares it with what hornpipe plays.

Needs music21 and mido (pip install music21==10.5.1 mido==1.3.3).

    python3 tests/scripts/check_musicxml.py target/release/hornpipe data/oneills.abc [FILE or FOLDER ...]
    python3 tests/scripts/check_musicxml.py target/release/hornpipe --musescore AT data/oneills.abc [...]

Each tune is compared in five ways, or six with MuseScore, which `musescore.mjs` finds in the folder AT:

    written   notes, rests left out, ties joined, as music21 reads them from the text itself and from the
              score: sounding pitch and length in crotchets, in their order
    signature sharps and beats in the text and at the beginning of the score
    signs     backward repeats and endings in the text and in the score
    played    the score as music21 plays it (expandRepeats) beside hornpipe's MIDI: onset, pitch and length
              of every note, to 1/100 crotchet
    graces    for tunes that have some: all pitches that sound, grace notes among them
    musescore the score as MuseScore plays it beside hornpipe's MIDI: onset and pitch of every note

For `played` the MIDI is made of the text without its grace notes, which take time from their
neighbours; for `musescore` both are made of the text without graces, decorations and chord symbols,
all of which it plays.
The other reader of the text has limits of its own: tunes that are right may differ in `written`,
`signature` and `signs` where their text is odd. So has each player: music21 knows no endings but 1, 2
and 3 in their order, and both follow the words D.C. where no fine says how to stop, which
hornpipe passes over. All tunes of the embedded book are equal in every way.
Prints each tune that differs with the first
difference, then a table; exit code 1 if any differs.
"""

import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
from fractions import Fraction

import music21
from compare_abc2midi import GRACES, SIGNS, notes, read, without

NEAR = Fraction(1, 100)
WAYS = ("written", "signature", "signs", "played", "graces", "musescore")
QUOTED = re.compile(r'"[^"\n]*"|%.*|![^!\s|]*!|\[[A-Za-z]:[^]\n]*\]')
FIELD = re.compile(r"^[A-Za-z+]:(?![|:]).*$", re.M)


def render(binary, head, tunes, folder, kind, *flags):
    """The files that hornpipe makes of the tunes, by the tune's place from 1."""
    folder.mkdir()
    abc = folder / "tunes.abc"
    abc.write_bytes((head + "".join(tunes)).encode("latin-1"))
    call = [binary, "render", abc, "-o", folder, "--format", kind, "--quiet"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    even = ["--swing", "off", "--no-chords"] if kind == "midi" else []
    subprocess.run([*call, *even, *flags], check=False, **quiet)
    return by_place(folder.glob("*.mid" if kind == "midi" else "*.musicxml"))


def by_place(paths):
    """Files of tunes by the number that their names begin with."""
    return {int(path.stem.split("-")[0]): path for path in paths}


def musescore(binary, at, head, tunes, folder):
    """For each tune that MuseScore plays, by its place, the first difference from what hornpipe plays."""
    plain = [without(SIGNS, tune) for tune in tunes]
    render(binary, head, plain, folder / "plain", "musicxml", "--no-chords")
    ours = render(binary, head, plain, folder / "even", "midi")
    script = pathlib.Path(__file__).with_name("musescore.mjs")
    call = ["node", "--no-experimental-fetch", script, at, folder / "plain", folder / "theirs"]
    subprocess.run(call, check=True)
    theirs = by_place((folder / "theirs").glob("*.mid"))
    found = {place: "MuseScore does not read it" for place in ours.keys() - theirs.keys()}
    for place in ours.keys() & theirs.keys():
        # its channels differ from tune to tune, but there is one instrument
        played = sorted(note for channel in range(16) for note in notes(theirs[place], channel))
        found[place] = first_difference(played, notes(ours[place]), (0, 1))
    return found


def sounding(stream, graces=False):
    """Sorted (onset, pitch, length) in crotchets, ties joined; a pitch twice in a chord sounds once.

    A note is held only from one that goes on to where it begins: what music21's own stripTies makes
    of a chord whose notes are tied one by one is longer than it is.
    """
    found, open_until = [], {}
    for event in stream.recurse().notes:
        if isinstance(event, music21.harmony.ChordSymbol):
            continue
        if event.duration.isGrace and not graces:
            continue
        onset = Fraction(event.getOffsetInHierarchy(stream)).limit_denominator(10000)
        length = Fraction(event.duration.quarterLength).limit_denominator(10000)
        struck = {}
        for note in event.notes if event.isChord else [event]:
            tie, pitch = note.tie.type if note.tie else "", note.pitch.midi
            end, held = open_until.get(pitch, (None, None))
            if tie in ("stop", "continue") and end is not None and abs(end - onset) < NEAR:
                held[2] += length
            elif pitch not in struck:
                held = [onset, pitch, length]
                found.append(held)
            else:
                continue
            struck[pitch] = (onset + length, held) if tie in ("start", "continue") else None
        if not event.duration.isGrace:
            open_until = {pitch: going for pitch, going in struck.items() if going}
    return sorted(tuple(note) for note in found)


def first_difference(ours, theirs, keys=(0, 1, 2)):
    """A sentence, or None where the notes are the same."""
    show = lambda note: f"{note[1]} at {float(note[0]):.3f} for {float(note[2]):.3f}"
    for mine, other in zip(ours, theirs):
        if any(abs(mine[key] - other[key]) > NEAR for key in keys):
            return f"score {show(mine)}, other {show(other)}"
    if len(ours) != len(theirs):
        return f"score {len(ours)} notes, other {len(theirs)}"
    return None


def signature(stream):
    """Sharps of the first key and beats of the first metre; None where there is none."""
    key = next(iter(stream.recurse().getElementsByClass(music21.key.KeySignature)), None)
    time = next(iter(stream.recurse().getElementsByClass(music21.meter.TimeSignature)), None)
    return (key.sharps if key else 0, time.ratioString if time else None)


def signs_of_text(text):
    """Backward repeats and endings of a tune's text."""
    music = FIELD.sub("", QUOTED.sub("", text))
    back = len(re.findall(r":+\|+\]?|:+\]|::", music))
    endings = len(re.findall(r"(?:\|\s*|\[\s*)[1-9]", music))
    return back, endings


def signs_of_score(part):
    """The same of a score."""
    repeats = part.recurse().getElementsByClass(music21.bar.Repeat)
    back = sum(repeat.direction == "end" for repeat in repeats)
    return back, len(part.recurse().getElementsByClass(music21.spanner.RepeatBracket))


def compare(head, text, score, midi, graced):
    """The first difference in each way, None where there is none; what does not apply is left out."""
    parsed = music21.converter.parse(score, format="musicxml", forceSource=True)
    part = parsed.toSoundingPitch().parts[0]
    found = {}
    try:
        # without a version it lets accidentals hold for their own note alone
        plain = "%abc-2.1\n" + head + without(GRACES, text)
        other = music21.converter.parse(plain, format="abc", forceSource=True)
        mine, theirs = sounding(part), sounding(other)
        found["written"] = first_difference(mine, theirs, (1, 2))
        same = signature(part) == signature(other)
        found["signature"] = None if same else f"score {signature(part)}, other {signature(other)}"
    except Exception as error:  # what music21 cannot read at all
        found["written"] = f"music21 does not read the text: {str(error)[:80]}"
    in_text, in_score = signs_of_text(text), signs_of_score(part)
    found["signs"] = None if in_text == in_score else f"score {in_score}, text {in_text}"
    try:
        played = part.expandRepeats()
    except music21.exceptions21.Music21Exception as error:
        found["played"] = f"music21 does not play it: {str(error)[:80]}"
        return found
    found["played"] = first_difference(sounding(played), notes(midi))
    if graced:
        pitches = lambda some: [pitch for _, pitch, _ in some]
        mine = collections.Counter(pitches(sounding(played, graces=True)))
        theirs = collections.Counter(pitches(notes(graced)))
        found["graces"] = None if mine == theirs else f"score {mine - theirs}, other {theirs - mine}"
    return found


def check(binary, path, at_musescore):
    """Prints what differs in a file; how many tunes are equal and all in each way."""
    head, tunes = read(path)
    bare = [without(GRACES, tune) for tune in tunes]
    equal, all_tunes = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        scores = render(binary, head, tunes, folder / "scores", "musicxml")
        midis = render(binary, head, bare, folder / "midi", "midi")
        graced = render(binary, head, tunes, folder / "graced", "midi")
        by_musescore = musescore(binary, at_musescore, head, bare, folder) if at_musescore else {}
        for at, tune in enumerate(tunes, 1):
            if at not in scores or at not in midis:
                if at in scores or at in midis:
                    print(f"{path.name} {at}: only one of score and MIDI is written")
                    all_tunes["played"] += 1
                continue
            has_graces = tune != bare[at - 1]
            found = compare(head, tune, scores[at], midis[at], graced[at] if has_graces else None)
            found |= {"musescore": by_musescore[at]} if at in by_musescore else {}
            title = re.search(r"^T:\s*(.*)|\Z", tune, flags=re.M)[1]
            for way, difference in found.items():
                all_tunes[way] += 1
                equal[way] += difference is None
                if difference:
                    print(f"{path.name} {at} {title}: {way}: {difference}")
    return equal, all_tunes


def main():
    warnings.simplefilter("ignore")
    binary, *names = sys.argv[1:]
    binary, failed, table, at_musescore = pathlib.Path(binary).resolve(), False, [], None
    if names[0] == "--musescore":
        at_musescore, names = names[1], names[2:]
    for name in names:
        path = pathlib.Path(name)
        paths = sorted(path.glob("*.abc")) if path.is_dir() else [path]
        equal, all_tunes = collections.Counter(), collections.Counter()
        for each in paths:
            for counts, more in zip((equal, all_tunes), check(binary, each, at_musescore)):
                counts.update(more)
        failed |= any(equal[way] < all_tunes[way] for way in WAYS)
        cells = (f"{equal[way]}/{all_tunes[way]}" for way in WAYS)
        table.append("".join(f"{cell:>14}" for cell in cells) + f"  {name}")
    print("".join(f"{way:>14}" for way in WAYS))
    print("\n".join(table))
    sys.exit(failed)


if __name__ == "__main__":
    main()
