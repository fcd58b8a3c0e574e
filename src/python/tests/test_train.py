"""Training: the program's own bits, and a callback that hears, stops and raises."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hornpipe
from conftest import SMALL


def flags(config):
    text = lambda value: ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return [f"--{name}={text(value)}" for name, value in config.items()]


@pytest.mark.parametrize("more", [{}, {"inputs": "characters", "validation": 0.0}, {"tonic": "as-written", "clip": 0.5}])
def test_weights_are_those_of_the_program(program, tunes, tmp_path, more):
    config = dict(SMALL, **more)
    (tmp_path / "tunes.abc").write_text(tunes, encoding="utf-8")
    program("train", "tunes.abc", *flags(config), "--out", "run", "--quiet", cwd=tmp_path)
    info = json.loads(program("info", "run", "--json", cwd=tmp_path))
    model, history = hornpipe.train(tunes, config)
    assert model.sha256 == info["weights_sha256"]
    ours, theirs = model.info(), info
    assert ours["epoch"] == theirs["epoch"] and ours["book"] == theirs["book"]
    paths = [each["config"]["text"].pop("paths") for each in (ours, theirs)]
    assert ours["config"] == theirs["config"] and paths == [["the text"], ["tunes.abc"]]
    last = json.loads(program("info", "run", "--last", "--json", cwd=tmp_path))
    assert hornpipe.train(tunes, config, which="last")[0].sha256 == last["weights_sha256"]
    rows = list(csv.DictReader((tmp_path / "run" / "log.csv").open()))
    assert [row["Epoch"] for row in rows] == [str(each["epoch"]) for each in history]
    assert [float(row["Loss"]) for row in rows] == [each["loss_last"] for each in history]


def test_the_embedded_corpus_is_learned_without_a_text(program, tmp_path):
    config = {"epochs": 1, "lstm": [10], "embedding": 6, "tonic": "as-written"}
    program("train", *flags(config), "--out", "run", "--quiet", cwd=tmp_path)
    info = json.loads(program("info", "run", "--json", cwd=tmp_path))
    assert hornpipe.train(config=config)[0].sha256 == info["weights_sha256"]


def test_a_run_is_kept_where_out_names_a_folder(program, tunes, tmp_path):
    model, _ = hornpipe.train(tunes, dict(SMALL, out=tmp_path / "run"))
    again = hornpipe.Model.load(tmp_path / "run")
    assert again.sha256 == model.sha256
    assert hornpipe.Model.load(tmp_path / "run", which=0).sha256 != model.sha256
    stop = lambda event: event["event"] != "batch" or event["batch"] < 3
    hornpipe.train(tunes, dict(SMALL, out=tmp_path / "stopped"), stop, batches=True)
    program("train", "--resume", "stopped", "--quiet", cwd=tmp_path)
    assert hornpipe.Model.load(tmp_path / "stopped", which="last").sha256 == hornpipe.train(
        tunes, SMALL, which="last"
    )[0].sha256
    with pytest.raises(ValueError, match="already holds a run"):
        hornpipe.train(tunes, dict(SMALL, out=tmp_path / "run"))


def test_the_callback_hears_of_batches_and_epochs(tunes):
    heard = []
    _, history = hornpipe.train(tunes, SMALL, heard.append, batches=True)
    epochs = [event for event in heard if event["event"] == "epoch"]
    batches = [event for event in heard if event["event"] == "batch"]
    assert [event.pop("event") for event in epochs] == ["epoch"] * 2 and epochs == history
    of_first = [event for event in batches if event["epoch"] == 1]
    assert [event["batch"] for event in of_first] == list(range(1, len(of_first) + 1))
    assert of_first[-1]["loss"] == history[0]["loss_last"]
    assert abs(sum(event["loss"] for event in of_first) / len(of_first) - history[0]["loss"]) < 1e-12
    heard.clear()
    hornpipe.train(tunes, SMALL, heard.append)
    assert [event["event"] for event in heard] == ["epoch"] * 2


def test_false_stops_and_gives_what_was_learned(tunes):
    model, history = hornpipe.train(tunes, SMALL, lambda event: event["epoch"] < 1)
    assert len(history) == 1 and model.info()["epoch"] == 1
    assert model.sha256 == hornpipe.train(tunes, dict(SMALL, epochs=1))[0].sha256
    heard = []
    hornpipe.train(tunes, SMALL, lambda event: heard.append(event) or event["batch"] != 2, batches=True)
    assert len(heard) == 2


def test_what_the_callback_raises_is_raised(tunes):
    heard = []

    def fail(event):
        heard.append(event)
        raise KeyError("of our own")

    with pytest.raises(KeyError, match="of our own"):
        hornpipe.train(tunes, SMALL, fail, batches=True)
    assert len(heard) == 1


def test_a_callback_may_use_the_library(tunes, small):
    losses = []
    hornpipe.train(tunes, SMALL, lambda event: losses.append(small.evaluate(tunes)["loss"]))
    assert len(losses) == 2 and losses[0] == losses[1]


LONG = {
    "train": "hornpipe.train(None, {'epochs': 1000}, lambda event: print('begun', flush=True), batches=True)",
    "train without a callback": "print('begun', flush=True); hornpipe.train(None, {'epochs': 1000})",
    "generate": "m = hornpipe.Model.load('default'); print('begun', flush=True); m.generate(100000)",
}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("what", LONG)
def test_ctrl_c_is_a_keyboard_interrupt(what):
    code = f"import hornpipe\ntry:\n    {LONG[what]}\nexcept KeyboardInterrupt:\n    print('stopped')\n"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=5)
            assert out.endswith("stopped\n") and process.returncode == 0
        finally:
            process.kill()


@pytest.mark.parametrize(
    "text, config, words",
    [
        ("", {}, "empty"),
        ("X:1\nK:D\nA|\n", {}, "can be held out"),
        ("X:1\nK:D\nA|\n", {"validation": 0}, "streams in windows"),
        (None, {"epochs": -1}, "not a whole number"),
        (None, {"lstm": []}, "--lstm"),
        (None, {"lstm": [2] * 65}, "at most 64"),
        (None, {"lstm": [10**6] * 3}, "GiB"),
        (None, {"epoch": 3}, "--epochs"),
        (None, {"resume": "runs/001"}, "for the command line"),
        (None, {"json": True}, "for the command line"),
        (None, {"batch": 10, "shards": 3}, "shards"),
        (None, {"from": "default", "lstm": [3]}, "cannot be used with"),
        (None, {"learning_rate": float("nan")}, "not a number above 0"),
        (None, {"x": 1}, "no name of a flag"),
        (None, {"out": "-"}, "not a stream"),
    ],
)
def test_what_is_wrong_is_a_sentence(text, config, words):
    with pytest.raises(ValueError, match=words):
        hornpipe.train(text, config)


def test_numbers_that_go_wrong_are_an_error(tunes):
    with pytest.raises(ValueError, match="learning-rate"):
        hornpipe.train(tunes, dict(SMALL, epochs=30, learning_rate=1e30))


def test_a_few_tunes_on_top_of_the_default(tunes):
    model, history = hornpipe.train(tunes, {"from": "default", "epochs": 1, "validation": 0})
    assert model.inputs and history[0]["loss"] < 1.5
    assert Path(model.info()["config"]["from"]["path"]).name == "default"
