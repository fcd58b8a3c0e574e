#!/usr/bin/env python3
"""Compares the notes of `hornpipe render` with those of abc2midi, tune by tune.

Needs abc2midi (Debian package abcmidi; measured with 4.84) and mido (pip install mido==1.3.3).

    python3 tests/scripts/compare_abc2midi.py target/release/hornpipe data/oneills.abc [MORE.abc ...]

Each tune's melody is compared as a list of (onset, pitch, duration) in crotchets, with repeats
played. abc2midi strikes every note a tick late and lets it go a tick early, and breaks chords by ten
ticks of 480 a note, so times may differ by 1/20 crotchet; the shortest notes last 1/4 of one.
What abc2midi adds of its own is switched off: accompaniment, fermatas, and by leaving the signs out
trills, rolls and staccato, which it plays. `R:` is left out, for it may swing the notes.

Prints each tune that differs with its first difference and what abc2midi says about it, then the
share that is equal; exit code 1 where that is under 99 %.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
from fractions import Fraction

import mido

TOLERANCE = Fraction(1, 20)
SIGNS = r"![^!\s|]*!|~|\.(?=[A-Ga-g])"


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
    return sorted((Fraction(on, beat), pitch, Fraction(length, beat)) for on, pitch, length in found)


def tunes(text):
    """The tunes of a text, each from its X: line on."""
    return re.split(r"^(?=X:)", text, flags=re.M)[1:]


def for_abc2midi(tune):
    """The tune without what would make abc2midi play more than is written."""
    lines = [line for line in tune.splitlines() if not line.startswith(("R:", "%%MIDI"))]
    lines[0] = "X:1"
    music = [re.sub(SIGNS, "", line) if line[1:2] != ":" else line for line in lines]
    return "\n".join(music).rstrip() + "\n\n"


def abc2midi(tune, folder):
    """What abc2midi plays, and what it complains about; no notes where it refuses."""
    abc, midi = folder / "one.abc", folder / "one.mid"
    midi.unlink(missing_ok=True)
    abc.write_text(for_abc2midi(tune))
    call = ["abc2midi", abc, "-NGUI", "-NFER", "-NFNP", "-OCC", "-quiet", "-o", midi]
    said = subprocess.run(call, capture_output=True, text=True, errors="replace").stdout
    errors = [line for line in said.splitlines() if line.startswith("Error")]
    return (notes(midi) if midi.exists() else []), errors


def ordered(played):
    """Chord notes may be a tick apart: notes that begin together are ordered by pitch."""
    groups = []
    for note in played:
        if groups and note[0] - groups[-1][0][0] <= TOLERANCE:
            groups[-1].append(note)
        else:
            groups.append([note])
    return [note for group in groups for note in sorted(group, key=lambda note: note[1])]


def first_difference(ours, theirs):
    """A sentence, or None where the notes are the same."""
    show = lambda note: f"{note[1]} at {float(note[0]):.3f} for {float(note[2]):.3f}"
    for mine, other in zip(ordered(ours), ordered(theirs)):
        late, longer = abs(mine[0] - other[0]), abs(mine[2] - other[2])
        if mine[1] != other[1] or late > TOLERANCE or longer > TOLERANCE:
            return f"hornpipe {show(mine)}, abc2midi {show(other)}"
    if len(ours) != len(theirs):
        return f"hornpipe {len(ours)} notes, abc2midi {len(theirs)}"
    return None


def compare(binary, corpus):
    """Prints the differences; the number of tunes and of those that are equal."""
    texts = tunes(pathlib.Path(corpus).read_text().replace("\r", ""))
    equal = played = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        call = [binary, "render", corpus, "-o", folder / "ours", "--no-chords", "--quiet"]
        subprocess.run(call, check=False)
        files = (folder / "ours").glob("*.mid")
        ours = {int(path.stem.split("-")[0]): path for path in files}
        for number, text in enumerate(texts, 1):
            mine = notes(ours[number]) if number in ours else []
            theirs, errors = abc2midi(text, folder)
            played += len(mine)
            difference = first_difference(mine, theirs)
            if difference is None:
                equal += 1
                continue
            title = re.search(r"^T:\s*(.*)", text, flags=re.M)
            print(f"{number} {title[1] if title else ''}: {difference}")
            for error in errors[:2]:
                print(f"    {error}")
    print(f"{corpus}: {equal} of {len(texts)} tunes equal, {played} notes of hornpipe's")
    return len(texts), equal


def main():
    binary, corpora = sys.argv[1], sys.argv[2:]
    counts = [compare(binary, corpus) for corpus in corpora]
    total, equal = (sum(column) for column in zip(*counts))
    print(f"all: {equal} of {total}, {100 * equal / total:.2f} %")
    sys.exit(0 if equal >= 0.99 * total else 1)


if __name__ == "__main__":
    main()
