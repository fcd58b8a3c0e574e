"""Tunes without a model; and that the types say what is there."""

import ast
import inspect
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import hornpipe
from conftest import FIXTURES

TUNE = 'X:7\nT:Two Bars\nR:jig\nM:6/8\nL:1/8\nK:Em\n|:"Em"EFG {a}(3BcB e|B2d z A-A:|\n'


def test_a_tune_is_arrays_with_exact_times():
    [tune] = hornpipe.abc.read(TUNE)
    assert (tune["title"], tune["rhythm"], tune["key"], tune["meter"]) == ("Two Bars", "jig", "Em", "6/8")
    assert tune["headers"][0] == ("X", "7") and tune["problems"] == []
    played = ~tune["grace"]
    assert len(tune["onset"]) == 22 and played.sum() == 20
    assert tune["pitch"][:3].tolist() == [64, 66, 67]
    times = [Fraction(int(n), tune["ticks"]) for n in tune["duration"][played]]
    # a grace note takes a thirty-second from the triplet quaver behind it
    assert times[:4] == [Fraction(1, 8)] * 3 + [Fraction(5, 96)] and times[7] == Fraction(1, 4)
    assert times[-1] == Fraction(1, 4), "tied"
    assert Fraction(tune["length"], tune["ticks"]) == 3
    assert tune["bars"].tolist() == [n * tune["ticks"] * 3 // 4 for n in range(4)]
    assert tune["chords"] == [(0, "Em"), (tune["length"] // 2, "Em")]
    assert tune["onset"].dtype == np.int64 and tune["grace"].dtype == bool


def test_what_is_not_understood_is_said_with_its_place():
    text = "\ufeff% head\r\n\r\nX:1\r\nK:D\r\nAB&c|\r\n\r\nX:2\r\nK:D\r\n\r\n"
    first, second = hornpipe.abc.read(text)
    assert first["problems"][0]["line"] == 5 and first["problems"][0]["column"] == 3
    assert len(second["onset"]) == 0 and second["title"] is None
    assert hornpipe.abc.read("no tune here") == []
    with pytest.raises(ValueError, match="empty"):
        hornpipe.abc.read("")


def test_all_tunes_of_the_fixture_sound_as_abc2midi_plays_them():
    rows = np.genfromtxt(FIXTURES / "sample.notes.csv", delimiter=",", names=True, dtype=None)
    names = rows.dtype.names
    for number, tune in enumerate(hornpipe.abc.read((FIXTURES / "sample.abc").read_text("utf-8")), 1):
        pitches = sorted(row[names[2]] for row in rows if row[names[0]] == number)
        assert sorted(tune["pitch"][~tune["grace"]].tolist()) == pitches or tune["grace"].any()


def test_judge_is_the_program(program, tunes, tmp_path):
    (tmp_path / "t.abc").write_text(tunes, encoding="utf-8")
    for against in [None, TUNE]:
        (tmp_path / "a.abc").write_text(TUNE, encoding="utf-8")
        flags = [] if against is None else ["--against", "a.abc"]
        theirs = program("judge", "t.abc", *flags, "--quiet", "--json", cwd=tmp_path).splitlines()[-1]
        assert hornpipe.judge(tunes, against) == json.loads(theirs)
    each = [tune["text"] for tune in hornpipe.abc.read(tunes)]
    assert hornpipe.judge(each)["tunes"] == len(each) == 60
    with pytest.raises(ValueError, match="no tune here"):
        hornpipe.judge("no tune")


def test_files_to_listen_to_are_those_of_the_program(program, tmp_path):
    (tmp_path / "t.abc").write_text(TUNE, encoding="utf-8")
    program("render", "t.abc", "-o", "out", "--midi", "--wav", "--speed", "70%", "--melody", "fiddle", cwd=tmp_path)
    program("render", "t.abc", "-o", "out", "--format", "musicxml", cwd=tmp_path)
    assert hornpipe.render(TUNE, "musicxml") == next((tmp_path / "out").glob("*.musicxml")).read_bytes()
    for format, end in [("midi", "mid"), ("wav", "wav")]:
        [path] = (tmp_path / "out").glob(f"*.{end}")
        assert hornpipe.render(TUNE, format, speed="70%", melody="fiddle") == path.read_bytes()
    assert hornpipe.render([TUNE, TUNE], set=True, times=2)[:4] == b"MThd"
    for call, words in [
        (lambda: hornpipe.render([TUNE, TUNE]), "2 tunes are not one file"),
        (lambda: hornpipe.render(TUNE, "mp3"), "choose midi, wav or musicxml"),
        (lambda: hornpipe.render(TUNE, midi=True, format="wav"), "one file"),
        (lambda: hornpipe.render(TUNE, out="x"), "--out"),
        (lambda: hornpipe.render(TUNE, transpose=99), "semitones"),
        (lambda: hornpipe.render(TUNE, "wav", soundfont=__file__), "test_music.py"),
        (lambda: hornpipe.render("X:1\nK:D\n" + "A" * 200000), "the text: line"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()


def stub(name):
    return ast.parse((Path(hornpipe.__file__).parent / name).read_text()).body


def names(arguments):
    given = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    stars = [star.arg for star in (arguments.vararg, arguments.kwarg) if star]
    return [argument.arg for argument in given] + stars


def test_the_types_say_what_is_there_and_all_of_it_is_described():
    checked = set()
    for file, module in [("__init__.pyi", hornpipe), ("abc.pyi", hornpipe.abc)]:
        body = stub(file)
        owners = [(module, body)]
        owners += [(getattr(module, each.name), each.body) for each in body if isinstance(each, ast.ClassDef)]
        for owner, members in owners:
            functions = [each for each in members if isinstance(each, ast.FunctionDef)]
            said = {each.name for each in functions if not each.name.startswith("__")}
            there = {name for name in vars(owner) if not name.startswith("_")}
            assert said == (there if owner is not module else said & there), owner
            for function in [each for each in functions if each.name in said]:
                member = getattr(owner, function.name)
                assert member.__doc__, function.name
                checked.add(function.name)
                if callable(member):
                    assert list(inspect.signature(member).parameters) == names(function.args), function.name
    assert set(hornpipe.__all__) - {"Model", "States", "abc", "__version__"} < checked and len(checked) == 20
