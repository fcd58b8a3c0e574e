"""A model: what comes next, what it foretells and writes, and what is refused."""

import json
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import hornpipe

TEXT = "X:1\nT:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n|:GAG GAB|ABA ABd|\n"


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y) for p, q in zip(a, b) for x, y in zip(p, q))


@pytest.mark.parametrize("precision", [None, "f64", "bf16"])
@pytest.mark.parametrize("which", ["small", "hearing"])
def test_states_split_anywhere_are_the_same_bits(which, precision, request):
    model = request.getfixturevalue(which)
    whole, end = model.logits(TEXT, precision=precision)
    assert whole.shape == (len(TEXT), 1, len(model.vocabulary))
    for at in range(1, len(TEXT)):
        first, states = model.logits(TEXT[:at], precision=precision)
        second, behind = model.logits(TEXT[at:], states, precision=precision)
        assert np.array_equal(np.concatenate([first, second]), whole), at
        assert same(behind, end), at


def test_a_long_text_is_read_in_windows_that_nobody_notices(small, tunes):
    x = small.encode(tunes[:700]).reshape(7, 100).T
    whole, end = small.logits(x)
    states, parts = None, []
    for t in range(100):
        part, states = small.logits(x[t : t + 1], states)
        parts.append(part)
    assert np.array_equal(np.concatenate(parts), whole) and same(states, end)
    alone, _ = small.logits(x[:, 3:4])
    assert np.array_equal(alone, whole[:, 3:4])


def test_given_states_and_arrays_are_never_changed(small):
    h, c = np.full((1, 12), 0.5, "f4"), np.full((1, 12), -0.5, "f4")
    states = [(h, c), (np.zeros((1, 7)), np.zeros((1, 7)))]
    x = np.zeros((3, 1), "i4")
    first, _ = small.logits(x, states)
    assert np.all(h == 0.5) and np.all(c == -0.5) and np.all(x == 0)
    assert np.array_equal(first, small.logits(x, states)[0])
    assert not np.array_equal(first, small.logits(x)[0])


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "u8", ">i4"])
def test_symbols_of_any_integer_type_and_layout_are_the_same(small, dtype):
    x = np.arange(12).reshape(4, 3)
    whole, _ = small.logits(x)
    assert np.array_equal(small.logits(x.astype(dtype))[0], whole)
    assert np.array_equal(small.logits(np.asfortranarray(x.astype(dtype)))[0], whole)
    assert np.array_equal(small.logits(x.tolist())[0], whole)
    assert np.array_equal(small.logits(np.repeat(x, 2, axis=1).astype(dtype)[:, ::2])[0], whole)


def test_places_that_are_given_are_those_that_are_computed(hearing):
    # a text of two streams, and the same places by hand: one-hot rows of the first kernel
    y = hearing.encode(TEXT)
    ours = hearing.gradients(TEXT[:-1], y[1:, None])
    with pytest.raises(ValueError, match="places has shape"):
        hearing.gradients(TEXT[:-1], y[1:, None], places=np.zeros((1, 1, 1), "i8"))
    zeros = np.zeros((len(TEXT) - 1, 1, len(hearing.inputs)), "i8")
    assert hearing.gradients(TEXT[:-1], y[1:, None], places=zeros)["loss"] != ours["loss"]
    _, states = hearing.logits(TEXT[:5], places=zeros[:5])
    with pytest.raises(ValueError, match="which text led this model to them"):
        hearing.logits(TEXT[5:], states)
    with pytest.raises(ValueError, match="which text led this model to them"):
        hearing.logits(TEXT, [(h, c) for h, c in states])


def test_logits_foretell_what_evaluate_says(small):
    x, y = small.encode(TEXT[:-1])[:, None], small.encode(TEXT[1:])
    logits = small.logits(x, precision="f64")[0][:, 0]
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(y)), y]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figures = small.evaluate(TEXT)
    assert figures["characters"] == len(TEXT) - 1
    assert abs(figures["loss"] - losses.mean()) < 1e-6
    assert abs(small.gradients(x, y[:, None])["loss"] - losses.mean()) < 1e-12


def test_evaluate_is_the_program_to_the_last_digit(default, hearing, tunes, program, tmp_path):
    (tmp_path / "tunes.abc").write_text(tunes, encoding="utf-8")
    hearing.save(tmp_path / "m.safetensors")
    for name, model, text, given in [
        ("default", default, None, {}),
        ("default", default, tunes, {}),
        ("m.safetensors", hearing, tunes, {}),
        ("m.safetensors", hearing, tunes, {"batch": 3, "steps": 50}),
    ]:
        files = [] if text is None else ["tunes.abc"]
        flags = [f"--{flag}={value}" for flag, value in given.items()]
        theirs = program("evaluate", name, *files, *flags, "--json", cwd=tmp_path)
        assert model.evaluate(text, **given) == json.loads(theirs.splitlines()[-1])
    with pytest.raises(ValueError, match="the embedded corpus has the character"):
        hearing.evaluate()


@pytest.mark.parametrize(
    "wishes, flags",
    [
        ({}, []),
        ({"rhythm": "jig", "key": "Em", "for_": "whistle"}, ["--rhythm", "jig", "--key", "Em", "--for", "whistle"]),
        ({"parts": [8, 8], "temperature": 0.5}, ["--parts", "8,8", "--temperature", "0.5"]),
        ({"no_good": True, "top_k": 5, "prime": "X:1\nT:-\n"}, ["--no-good", "--top-k", "5", "--prime", "X:1\nT:-\n"]),
    ],
)
def test_tunes_are_those_of_the_program(default, program, tmp_path, wishes, flags):
    program("generate", "default", "-n", 3, "--seed", 7, *flags, "-o", "t.abc", "--quiet", cwd=tmp_path)
    theirs = (tmp_path / "t.abc").read_text(encoding="utf-8")
    assert "".join(default.generate(3, seed=7, comments=True, **wishes)) == theirs
    tunes = default.generate(3, seed=7, **wishes)
    lines = theirs.splitlines(keepends=True)
    assert "".join(tunes) == "".join(line for line in lines if not line.startswith("%"))
    assert default.generate(2, seed=7, **wishes) == tunes[:2]
    assert default.generate(1, seed=8, **wishes)[0] != tunes[0]


def test_weights_are_borrowed_and_cannot_be_written(tunes):
    model = hornpipe.train(tunes, {"epochs": 0, "lstm": [5], "embedding": 4})[0]
    weights, again = model.weights(), model.weights()
    kernel, name, sha256 = weights["lstm.0.kernel"], repr(model), model.sha256
    assert np.shares_memory(kernel, again["lstm.0.kernel"])
    with pytest.raises(ValueError):
        kernel[0, 0] = 1.0
    with pytest.raises(ValueError):
        kernel.flags.writeable = True
    copy = kernel.copy()
    del model, weights, again
    hornpipe.train(tunes, {"epochs": 0, "lstm": [5], "embedding": 4, "seed": 9})
    assert np.array_equal(kernel, copy) and kernel.base.sha256 == sha256 and "lstm 5" in name


def test_a_model_says_what_it_is(default, small, program, tmp_path):
    assert default.info() == json.loads(program("info", "default", "--json", cwd=tmp_path))
    assert default.parameters == sum(array.size for array in default.weights().values())
    assert default.decode(default.encode(TEXT)) == TEXT
    assert small.inputs == [] and default.inputs[0] == ("field", 28)
    shape = small.info()["config"]["shape"]
    assert shape["lstm"] == [12, 7] and shape["vocab"] == len(small.vocabulary)


def test_what_was_saved_is_what_is_opened(small, tmp_path):
    small.save(tmp_path / "m.safetensors")
    again = hornpipe.Model.load(str(tmp_path / "m.safetensors"))
    assert again.sha256 == small.sha256 and again.vocabulary == small.vocabulary
    assert np.array_equal(again.logits(TEXT)[0], small.logits(TEXT)[0])
    (tmp_path / "letter").write_text("dear reader")
    with pytest.raises(ValueError, match="letter"):
        small.save(tmp_path / "letter")
    assert (tmp_path / "letter").read_text() == "dear reader"
    with pytest.raises(OSError):
        small.save(tmp_path / "nowhere" / "m.safetensors")


X = np.zeros((4, 2), "i8")
GOOD = [(np.zeros((2, 12)), np.zeros((2, 12))), (np.zeros((2, 7)), np.zeros((2, 7)))]


def wide():
    return hornpipe.train(config={"epochs": 0, "lstm": [400], "embedding": 2, "inputs": "characters"})[0]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda m: m.logits(X + 0.5), "whole numbers"),
        (lambda m: m.logits(X > 0), "whole numbers"),
        (lambda m: m.logits(np.array([["a"]])), "whole numbers"),
        (lambda m: m.logits(X[0]), r"x has shape \(2,\), but must have the axes \(T, B\)"),
        (lambda m: m.logits(X[:0]), "at least one symbol"),
        (lambda m: m.logits(""), "empty text"),
        (lambda m: m.logits("\u2603"), "none that the model knows"),
        (lambda m: m.logits(X - 1), "x holds -1, but the model has symbols 0 to"),
        (lambda m: m.logits(X + 2**40), "x holds 1099511627776"),
        (lambda m: m.logits(np.full((1, 1), 2**64 - 1, "u8")), "x holds -1"),
        (lambda m: m.logits(X, GOOD[:1]), "states has 1 layers"),
        (lambda m: m.logits(X, [GOOD[0], GOOD[0]]), r"h of states\[1\] has shape \(2, 12\), but must have \(2, 7\)"),
        (lambda m: m.logits(X[:, :1], GOOD), r"must have \(1, 12\)"),
        (lambda m: m.logits(X, [(h, np.full(c.shape, np.nan)) for h, c in GOOD]), "not a number"),
        (lambda m: m.logits(X, [(h, c.astype("i8")) for h, c in GOOD]), "floating-point"),
        (lambda m: m.logits(X, [(h,) for h, _ in GOOD]), "give h and c"),
        (lambda m: m.logits(X, places=np.zeros((4, 2, 1), "i8")), "leave places out"),
        (lambda m: m.logits(X, precision="f16"), "choose f64, f32 or bf16"),
        (lambda m: m.gradients(X, X[:3]), "y has shape"),
        (lambda m: m.gradients(X, X + 999), "y holds 999"),
        (lambda m: m.gradients(X, X, masks=[None]), "masks has 1 items"),
        (lambda m: m.gradients(X, X, masks=[None, np.zeros((2, 4, 7))]), r"masks\[1\] has shape"),
        (lambda m: wide().gradients(np.zeros((10**6, 1), "u1"), X), "GiB"),
        (lambda m: m.evaluate("a"), "at least 1040"),
        (lambda m: m.evaluate("\u2603" * 2000), "line 1"),
        (lambda m: m.evaluate(batch=0), "not a whole number from 1"),
        (lambda m: m.generate(0), "not a whole number from 1"),
        (lambda m: m.generate(1, temperature=-1), "not a number from 0"),
        (lambda m: m.generate(1, rythm="jig"), "--rhythm"),
        (lambda m: m.generate(1, key="H"), "not a key"),
        (lambda m: m.generate(1, mode="dorian", key="G"), "cannot be used with"),
        (lambda m: m.generate(1, output="x.abc"), "for the command line"),
        (lambda m: m.generate(1, prime="\u2603"), "does not know"),
        (lambda m: m.generate(1, like="nowhere.abc#2"), "nowhere"),
        (lambda m: m.decode([999]), "symbols holds 999"),
        (lambda m: m.encode("\u2603"), "none that the model knows"),
        (lambda m: hornpipe.Model.load("default", which="worst"), "best"),
        (lambda m: hornpipe.Model.load("default", which="last"), "no run"),
        (lambda m: hornpipe.Model.load(Path(__file__)), "safetensors"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_never_a_panic(small, call, words):
    with pytest.raises((ValueError, OSError), match=words):
        call(small)


def test_a_file_that_is_not_there_is_python_s_own_error():
    with pytest.raises(FileNotFoundError, match="cannot read nowhere"):
        hornpipe.Model.load("nowhere")


def test_notes_are_warnings_and_nothing_is_printed(small, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    with pytest.warns(UserWarning, match="there is no run in ./runs yet"):
        assert hornpipe.Model.load().path == "default"
    with pytest.warns(UserWarning, match="one stream and one window"):
        small.evaluate(TEXT)
    with pytest.warns(UserWarning, match="cut after 1500 characters"):
        small.generate(1, no_good=True, titles="free", temperature=2.5, max_length=1500)
    assert capfd.readouterr() == ("", "")


def test_other_threads_go_on_meanwhile(default, tunes):
    x, text = np.zeros((640, 16), "i8"), tunes
    default.logits(x), default.gradients(x[:1], x[:1])
    for work in [
        lambda: default.evaluate(text),
        lambda: default.logits(x),
        lambda: default.gradients(x[:60], x[:60]),
    ]:
        ticks, over = [], threading.Event()

        def tick():
            while not over.is_set():
                ticks.append(time.perf_counter())
                time.sleep(0.001)

        thread = threading.Thread(target=tick)
        thread.start()
        begin = time.perf_counter()
        work()
        end = time.perf_counter()
        over.set()
        thread.join()
        during = [at for at in ticks if begin < at < end]
        assert end - begin > 0.05 and len(during) > 10, (len(during), end - begin)


def test_many_threads_share_a_model(small):
    expected, found = small.logits(TEXT)[0], []

    def work():
        for _ in range(20):
            found.append(np.array_equal(small.logits(TEXT)[0], expected))

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert found == [True] * 80


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read in /proc")
def test_a_thousand_calls_leave_nothing_behind(small):
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    x = np.zeros((16, 8), "i8")
    for _ in range(200):
        states = small.logits(x, small.logits(x)[1])[1]
    before = resident()
    for _ in range(1000):
        logits, states = small.logits(x, states)
        small.weights()
    # what one call returns, a thousand times, would be some 40 MB
    assert resident() - before < logits.nbytes * 100


def test_places_are_those_that_logits_hears():
    model, text = hornpipe.Model.load("default"), "X:1\nT:A\nR:jig\nM:6/8\nL:1/8\nK:G\n|:GAG GAB|ABA ABd:|\n"
    places = model.places(text)
    assert places.shape == (len(text), 1, len(model.inputs))
    x = model.encode(text)[:, None]
    assert (model.logits(x, places=places)[0] == model.logits(text)[0]).all()
    hot = model.places(text, one_hot=True)
    sizes = [size for _, size in model.inputs]
    rows = [np.eye(size, dtype="f4")[places[..., k]] for k, size in enumerate(sizes)]
    assert hot.dtype == np.float32 and (hot == np.concatenate(rows, -1)).all()


def test_a_view_that_claims_any_shape_is_refused_before_it_is_copied():
    model = hornpipe.Model.load("default")
    with pytest.raises(ValueError, match="give it in parts"):
        model.logits(np.broadcast_to(np.int64(1), (10**6, 10**6)))
    with pytest.raises(ValueError, match="would take 19 GiB; give x in parts"):
        model.logits(np.broadcast_to(np.int64(1), (2**16, 2**10)))


def test_states_of_another_model_are_no_text_of_this_one():
    text = "X:1\nT:A\nR:jig\nM:6/8\nL:1/8\nK:G\n|:GAG GAB|ABA ABd:|\n\n" * 40
    config = {"epochs": 1, "lstm": [8], "embedding": 4, "inputs": "places", "validation": 0}
    one, other = (hornpipe.train(t, config)[0] for t in (text, text.replace("T:A", "T:A~~", 1)))
    assert one.inputs and other.inputs
    states = one.logits("X:1\nT:A\n")[1]
    with pytest.raises(ValueError, match="which text led this model to them"):
        other.logits(other.encode("~")[:, None], states)


def test_the_ending_decides_what_is_saved(tmp_path):
    model = hornpipe.Model.load("default")
    model.save(tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_bytes()[:2] == b"\x08\x08"
    model.save(tmp_path / "m.weights.h5")
    assert hornpipe.Model.load(tmp_path / "m.weights.h5").sha256 == model.sha256
    with pytest.raises(ValueError, match="for PyTorch hornpipe writes .safetensors"):
        model.save(tmp_path / "m.pt")
