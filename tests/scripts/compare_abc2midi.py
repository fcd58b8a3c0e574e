#!/usr/bin/env python3
"""Compares the notes of `hornpipe render` with those of abc2midi, tune by tune.

Needs abc2midi (Debian package abcmidi; measured with 4.84) and mido (pip install mido==1.3.3).

    python3 tests/scripts/compare_abc2midi.py target/release/hornpipe data/oneills.abc [FOLDER ...]

Each tune's melody is compared as a list of (onset, pitch, duration) in crotchets, with repeats
played. abc2midi strikes every note a tick late and lets it go a tick early (of 480 in a crotchet),
so times may differ by 1/20 crotchet; the shortest notes last 1/8 of one. It breaks chords by ten
ticks a note: notes at most 1/40 crotchet apart are one chord, and a pitch written twice in it sounds
once. The two take the time of grace notes each in its own way: they are left out for this. Then the
tunes that have some are played with them, and all pitches compared in their order, not their times.

What abc2midi adds of its own is switched off: accompaniment, fermatas, and by leaving the signs out
trills, rolls, mordents and staccato, which it plays. `R:` is left out, for it may swing the notes.
hornpipe gets the file as it is, but for the grace notes.

Prints each tune that differs (its file, its place there, its title) with the first difference and
what abc2midi says about it, then for each file or folder how many are equal; exit code 1 where that
is under 97 % of the tunes.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
from fractions import Fraction

import mido

TOLERANCE, BREAK = Fraction(1, 20), Fraction(1, 40)
# remarks, quoted text and inline fields stay as they are
KEPT = r"""(?P<kept>%.*|"[^"\n]*"|\[[A-Za-z]:[^]\n]*\])"""
# letters and dots are signs only before what they may stand at
AHEAD = r"""(?=[~.TRMPHLSOuv("\[{!^_=A-Ga-gxz])"""
SIGNS = re.compile(rf"{KEPT}|![^!\s|]*!|~|(?:[TRMPuv]|\.+){AHEAD}")
# a hyphen behind grace notes ties nothing
GRACES = re.compile(rf"{KEPT}|\{{[^}}\n]*\}}-?")
FIELD = re.compile(r"[A-Za-z+]:(?![|:])")


def without(signs, text):
    """The text's lines of music without what is not `kept`."""
    lines = text.split("\n")
    strip = lambda line: line if FIELD.match(line) else signs.sub(lambda m: m["kept"] or "", line)
    return "\n".join(map(strip, lines))


def notes(path, channel=0):
    """The notes of one channel as sorted [onset, pitch, duration] in crotchets."""
    midi = mido.MidiFile(path)
    found = []
    for track in midi.tracks:
        now, sounding = 0, {}
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off") or message.channel != channel:
                continue
            if message.type == "note_on" and message.velocity > 0:
                sounding.setdefault(message.note, []).append(now)
            elif sounding.get(message.note):
                onset = sounding[message.note].pop(0)
                found.append((onset, message.note, now - onset))
    beat = midi.ticks_per_beat
    return sorted((Fraction(on, beat), pitch, Fraction(span, beat)) for on, pitch, span in found)


def read(path):
    """The text before the first tune, and the tunes, each from its X: line on.

    Latin-1 gives every byte a character and back, so what is written is what was read.
    """
    text = re.sub(r"\r\n?", "\n", path.read_bytes().decode("latin-1"))
    head, *tunes = re.split(r"^(?=X:)", text, flags=re.M)
    return head, tunes


def hornpipe(binary, head, tunes, folder):
    """What hornpipe plays of each tune; nothing of one it refuses."""
    abc, out = folder / "ours.abc", folder / "ours"
    abc.write_bytes((head + "".join(tunes)).encode("latin-1"))
    call = [binary, "render", abc, "-o", out, "--no-chords", "--swing", "off", "--quiet"]
    subprocess.run(call, check=False, stderr=subprocess.DEVNULL)
    played = {int(path.stem.split("-")[0]): notes(path) for path in out.glob("*.mid")}
    return [played.get(at, []) for at in range(1, len(tunes) + 1)]


def abc2midi(head, tunes, folder):
    """What abc2midi plays of each tune, and what it complains about.

    It names its files by the X: numbers, which need not be unique: they become 1, 2, 3. Grace notes
    that would not fit in their note it leaves out: they are made short.
    """
    (folder / "theirs").mkdir()
    plain = lambda text: re.sub(r"^(R:|%%MIDI).*\n", "", without(SIGNS, text), flags=re.M)
    numbered = lambda at, tune: re.sub(r".*", f"X:{at}\\n%%MIDI gracedivider 8", tune, count=1)
    texts = [numbered(at, plain(tune)).rstrip() + "\n\n" for at, tune in enumerate(tunes, 1)]
    texts.insert(0, plain(head))
    (folder / "theirs/tune.abc").write_bytes("".join(texts).encode("latin-1"))
    call = ["abc2midi", "tune.abc", "-NGUI", "-NFER", "-NFNP", "-OCC", "-quiet"]
    said = subprocess.run(call, cwd=folder / "theirs", stdout=subprocess.PIPE, check=False).stdout
    tune_of_line = [at for at, text in enumerate(texts) for _ in range(text.count("\n"))]
    errors = [[] for _ in texts]
    for error in said.decode("latin-1").splitlines():
        if place := re.match(r"Error in line-char (\d+)", error):
            errors[tune_of_line[min(int(place[1]), len(tune_of_line)) - 1]].append(error)
    midis = [folder / f"theirs/tune{at}.mid" for at in range(1, len(texts))]
    played = [notes(midi) if midi.exists() else [] for midi in midis]
    return played, errors[1:]


def ordered(played):
    """The notes in the order of time; those of a chord begin together, in the order of pitch."""
    chords, before = [], None
    for onset, pitch, length in played:
        if before is None or onset - before > BREAK:
            chords.append((onset, {}))
        before = onset
        start, chord = chords[-1]
        chord[pitch] = max(length + onset - start, chord.get(pitch, 0))
    return [(onset, *note) for onset, chord in chords for note in sorted(chord.items())]


def first_difference(ours, theirs, times=True):
    """A sentence, or None where the notes are the same."""
    show = lambda note: f"{note[1]} at {float(note[0]):.3f} for {float(note[2]):.3f}"
    ours, theirs = ordered(ours), ordered(theirs)
    for mine, other in zip(ours, theirs):
        late, longer = abs(mine[0] - other[0]), abs(mine[2] - other[2])
        if mine[1] != other[1] or times and max(late, longer) > TOLERANCE:
            return f"hornpipe {show(mine)}, abc2midi {show(other)}"
    if len(ours) != len(theirs):
        return f"hornpipe {len(ours)} notes, abc2midi {len(theirs)}"
    return None


def differences(binary, head, tunes, times=True):
    """For each tune the number of hornpipe's notes, the first difference and abc2midi's errors."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ours = hornpipe(binary, head, tunes, folder)
        theirs, errors = abc2midi(head, tunes, folder)
    found = [first_difference(*each, times) for each in zip(ours, theirs)]
    return list(zip(map(len, ours), found, errors))


def compare(binary, path):
    """Prints the differences in a file: tunes, notes, tunes equal, tunes with graces, equal."""
    head, tunes = read(path)
    bare = [without(GRACES, tune) for tune in tunes]
    graced = [at for at, tune in enumerate(tunes) if tune != bare[at]]
    main = differences(binary, head, bare)
    grace = differences(binary, head, [tunes[at] for at in graced], times=False) if graced else []
    for kind, places, found in (("", range(len(tunes)), main), (" with graces", graced, grace)):
        for at, (_, difference, errors) in zip(places, found):
            if difference:
                title = re.search(r"^T:\s*(.*)|\Z", tunes[at], flags=re.M)[1]
                print(f"{path.name} {at + 1} {title}{kind}: {difference}")
                for error in errors[:2]:
                    print(f"    {error}")
    equal = lambda found: sum(difference is None for _, difference, _ in found)
    return len(tunes), sum(count for count, _, _ in main), equal(main), len(graced), equal(grace)


def main():
    binary, failed = pathlib.Path(sys.argv[1]).resolve(), False
    for name in sys.argv[2:]:
        path = pathlib.Path(name)
        paths = sorted(path.glob("*.abc")) if path.is_dir() else [path]
        counts = [sum(column) for column in zip(*(compare(binary, each) for each in paths))]
        tunes, played, equal, graced, same = counts
        share = equal / tunes
        print(f"{name}: {equal} of {tunes} tunes equal, {share:.2%}, {played} notes of hornpipe's")
        print(f"{name}: {same} of {graced} tunes with grace notes have the same pitches")
        failed |= share < 0.97
    sys.exit(failed)


if __name__ == "__main__":
    main()
