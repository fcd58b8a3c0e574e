"""ABC notation as data."""

from ._hornpipe import read as _read

__all__ = ["read"]


def read(text):
    """The tunes of a text, each a dictionary.

    text       the tune from its X: line on
    headers    (letter, text) for each field before the music, in order
    title, rhythm, key, meter      or None; the key as G, Em, Ador
    ticks      how many to a whole note: the fewest with which all times of this tune are whole numbers
    onset, duration                of each note that sounds, in ticks (int64), repeats played, ties joined
    pitch      of each note, as MIDI numbers (int32)
    grace      whether it is a grace note
    bars       when each bar that is played begins, in ticks (int64)
    chords     (ticks, name) for each chord symbol
    length     when the last bar ends, in ticks
    problems   what was not understood, or why nothing can be played: a dictionary of line, column, message
    notices    likewise what was passed over though the notes are sure

    Times are exact: `onset / ticks` are whole notes, `fractions.Fraction(int(onset[0]), ticks)` one of them. No
    text makes it fail but an empty one; what holds for all tunes of a file stands at its head.
    """
    return _read(text)
