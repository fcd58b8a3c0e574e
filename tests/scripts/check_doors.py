"""Models to and from PyTorch, Keras and ONNX Runtime, each judged by its own logits.

    pip install torch safetensors ./src/python             python check_doors.py pytorch PATH/TO/hornpipe
    pip install tensorflow-cpu safetensors ./src/python    python check_doors.py keras   PATH/TO/hornpipe
    pip install onnx onnxruntime ./src/python              python check_doors.py onnx    PATH/TO/hornpipe

With TF_USE_LEGACY_KERAS=1 and `pip install tf-keras` Keras is Keras 2. Modules and models for what is
written are those that `hornpipe export --help` prints. Each line: what was tried, the largest difference
between two logits, and of what they are. Exits 1 where one is above 2e-5, or a model that cannot be read
is not refused.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

import hornpipe
import numpy as np

LIMIT = 2e-5
V, E = 31, 17
worst, failed = 0.0, False


def run(*arguments, code=0):
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, f"{arguments}: {done.stderr}"
    return done.stdout, done.stderr


def say(what, difference, of="f32 beside f32"):
    global worst, failed
    worst, failed = max(worst, difference), failed or not difference <= LIMIT
    print(f"{what:58} {difference:8.1e}  {of}")


def printed(begin):
    """The code that `hornpipe export --help` prints, from a line that begins so."""
    lines = run("export", "--help")[0].splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().startswith(begin))
    code = [lines[start], *(line for line in lines[start + 1 :])]
    end = next(i for i, line in enumerate(code) if i and not line.startswith("    "))
    return textwrap.dedent("\n".join(code[:end]))


def batch(model, T=50, B=3, seed=0):
    """Symbols and places (T, B, .), and the places as rows of 0 and 1."""
    rng = np.random.default_rng(seed)
    info = json.loads(run("info", model, "--json")[0].splitlines()[-1])["config"]
    shape, inputs = info["shape"], info.get("inputs")
    x = rng.integers(0, shape["vocab"], (T, B))
    places = np.stack([rng.integers(0, n, (T, B)) for _, n in inputs], -1) if inputs else None
    hot = np.concatenate([np.eye(n)[places[..., k]] for k, (_, n) in enumerate(inputs)], -1) if inputs else None
    return shape, x, places, hot


def logits(model, x, places=None, precision="f32", **told):
    loaded = hornpipe.Model.load(str(model), **told)
    return loaded.logits(x, places=places, precision=precision)[0]


def pytorch():
    import torch
    from safetensors.torch import load_model, save_file, save_model

    torch.manual_seed(0)

    class Net(torch.nn.Module):
        def __init__(self, layers, names=("encoder", "rnn", "decoder"), tied=False, bias=True, top=None):
            super().__init__()
            self.names, self.one_hot = names, names[0] is None
            width = V if self.one_hot else E
            if not self.one_hot:
                setattr(self, names[0], torch.nn.Embedding(V, E))
            setattr(self, names[1], layers(width))
            setattr(self, names[2], torch.nn.Linear(top or 13, V, bias=bias))
            if tied:
                getattr(self, names[2]).weight = getattr(self, names[0]).weight

        def forward(self, x):
            first = torch.nn.functional.one_hot(x, V) if self.one_hot else getattr(self, self.names[0])(x)
            return getattr(self, self.names[2])(self.middle(first.to(self.dtype())))

        def dtype(self):
            return next(self.parameters()).dtype

        def middle(self, out):
            for layer in getattr(self, self.names[1]) if self.names[1] in ("stack", "cells") else [getattr(self, self.names[1])]:
                if isinstance(layer, torch.nn.LSTMCell):
                    state, steps = None, []
                    for step in out:
                        state = layer(step, state)
                        steps.append(state[0])
                    out = torch.stack(steps)
                else:
                    out = layer(out)[0]
            return out

    lstm, cell, many = torch.nn.LSTM, torch.nn.LSTMCell, torch.nn.ModuleList
    nets = {
        "encoder, rnn of two layers, decoder": Net(lambda d: lstm(d, 13, 2)),
        "the same in float64": Net(lambda d: lstm(d, 13, 2)).double(),
        "one-hot, lstm, fc": Net(lambda d: lstm(d, 13), (None, "lstm", "fc")),
        "two unequal nn.LSTM": Net(lambda d: many([lstm(d, 29), lstm(29, 13)]), ("emb", "stack", "out")),
        "twelve nn.LSTMCell": Net(lambda d: many([cell(d, 13)] + [cell(13, 13) for _ in range(11)]), ("e", "cells", "o")),
        "without biases": Net(lambda d: lstm(d, 13, bias=False), bias=False),
        "tied, by save_model": Net(lambda d: lstm(d, E), tied=True, top=E),
        "tied, the encoder's name first": Net(lambda d: lstm(d, E), ("a", "rnn", "b"), tied=True, top=E),
    }
    x = torch.randint(0, V, (50, 3))
    with tempfile.TemporaryDirectory() as folder:
        for name, net in nets.items():
            path = pathlib.Path(folder) / "net.safetensors"
            save_model(net, path) if "tied" in name else save_file(net.state_dict(), path)
            with torch.no_grad():
                theirs, exact = net(x).numpy(), net.double()(x).numpy()
            say(f"read: {name}", abs(logits(path, x.numpy()) - theirs).max())
            say("", abs(logits(path, x.numpy(), precision="f64") - exact).max(), "f64 beside float64")
        for name, layer in {
            "a GRU": torch.nn.GRU(E, 13),
            "bidirectional": lstm(E, 13, bidirectional=True),
            "projections": lstm(E, 13, proj_size=5),
            "a plain RNN": torch.nn.RNN(E, 13),
        }.items():
            save_file(Net(lambda d: layer).state_dict(), path := pathlib.Path(folder) / "no.safetensors")
            print(f"refused: {name:49}", run("info", path, code=1)[1].split(": ", 2)[-1].strip()[:60])
        torch.save(nets["one-hot, lstm, fc"].float().state_dict(), path := pathlib.Path(folder) / "net.pt")
        line = re.search(r'python3 -c "(.*)"', run("info", path, code=1)[1]).group(1)
        subprocess.run([sys.executable, "-c", line], check=True)
        with torch.no_grad():
            theirs = nets["one-hot, lstm, fc"](x).numpy()
        say("read: a .pt, by the line that the refusal prints", abs(logits(path.with_suffix(".safetensors"), x.numpy()) - theirs).max())
        exec(printed("class Tunes"), {"torch": torch}, scope := {})
        run("export", MODEL, "--names", "pytorch", "-o", path := pathlib.Path(folder) / "out.safetensors")
        shape, x, places, hot = batch(MODEL)
        hot = hot if hot is None else torch.tensor(hot, dtype=torch.float32)
        net = scope["Tunes"](shape["vocab"], shape["embedding"], shape["lstm"], 0 if hot is None else hot.shape[-1])
        load_model(net, path)  # strict
        with torch.no_grad():
            theirs = net(torch.tensor(x), places=hot)[0].numpy()
            exact = net.double()(torch.tensor(x), places=hot if hot is None else hot.double())[0].numpy()
        say("written: load_model into the module of --help", abs(theirs - logits(MODEL, x, places)).max())
        say("", abs(exact - logits(MODEL, x, places, "f64")).max(), "float64 beside f64")


def keras():
    old = os.environ.get("TF_USE_LEGACY_KERAS")
    if old:
        import tf_keras as keras
    else:
        import keras
    layers, H = keras.layers, (29, 13)
    print("Keras", keras.__version__)

    def model(s, stateful, distributed, dropout):
        first = layers.Embedding(V, E, **({"batch_input_shape": (3, None)} if old else {}))
        first = [first] if old else [keras.Input(batch_shape=(3, None)), first]
        middle = []
        for h in H:
            middle.append(layers.LSTM(h, return_sequences=True, stateful=stateful, recurrent_activation=s))
            middle += [layers.Dropout(0.2)] * dropout
        dense = layers.Dense(V)
        model = keras.Sequential([*first, *middle, layers.TimeDistributed(dense) if distributed else dense])
        rng = np.random.default_rng(1)
        model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
        return model

    x = np.random.default_rng(2).integers(0, V, (50, 3))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for s in ["sigmoid", "hard_sigmoid"]:
            most, files = {}, 0
            for flags in np.ndindex(2, 2, 2):
                net = model(s, *map(bool, flags))
                theirs = net.predict(x.T, verbose=0).transpose(1, 0, 2)
                net.compile("adam", "mse")
                kinds = {"w.weights.h5": net.save_weights, "full.h5": net.save}
                if old:
                    kinds["w.h5"] = lambda path: net.save_weights(path, save_format="h5")
                for name, save in kinds.items():
                    save(folder / name)
                    if s == "hard_sigmoid" and not old:
                        if name == "full.h5":
                            assert "x/6" in run("info", folder / name, code=1)[1]
                        continue  # another function: nothing to compare
                    told = {} if name == "full.h5" else {"activation": s}
                    ours = logits(folder / name, x, **told)
                    most[name] = max(most.get(name, 0.0), abs(ours - theirs).max())
                    files += 1
            for name, difference in most.items():
                say(f"read: {name} with {s}, {files // len(most)} models", difference)
        if old:
            return
        model("sigmoid", False, False, True).save(folder / "net.keras")
        line = re.search(r'python3 -c "(.*)"', run("info", folder / "net.keras", code=1)[1]).group(1)
        subprocess.run([sys.executable, "-c", line], check=True, capture_output=True)
        theirs = model("sigmoid", False, False, False).predict(x.T, verbose=0).transpose(1, 0, 2)
        say("read: a .keras, by the line that the refusal prints", abs(logits(folder / "net.h5", x) - theirs).max())
        exec(printed("def tunes"), {"keras": keras}, scope := {})
        for path, s in written(folder, "out.weights.h5"):
            shape, x, places, hot = batch(path)
            s = s if s == "sigmoid" else lambda x: keras.ops.clip(0.2 * x + 0.5, 0, 1)
            net = scope["tunes"](shape["vocab"], shape["embedding"], shape["lstm"], 0 if hot is None else hot.shape[-1], s)
            net.load_weights(folder / "out.weights.h5")
            given = [x.T] if hot is None else [x.T, hot.transpose(1, 0, 2)]
            theirs = net.predict(given, verbose=0).transpose(1, 0, 2)
            say(f"written: load_weights, {path.name}", abs(theirs - logits(path, x, places, "f64")).max(), "f32 beside f64")


def written(folder, name):
    """Writes the model that was given and one with hard_sigmoid, each as `name`; which, and what it has."""
    source = pathlib.Path(MODEL)
    run("export", source, "-o", folder / name)
    yield source, "sigmoid"
    text = folder / "text.txt"
    text.write_text("".join(chr(65 + (7 * i * i + i // 3) % 26) for i in range(4000)))
    small = f"train {text} --activation hard_sigmoid --epochs 20 --out {folder}/hard --batch 4 --quiet"
    run(*small.split())
    run("export", folder / "hard", "-o", folder / name)
    yield folder / "hard", "hard_sigmoid"


def onnx():
    import onnx
    import onnxruntime

    print("ONNX", onnx.__version__, "ONNX Runtime", onnxruntime.__version__)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for path, s in written(folder, "out.onnx"):
            onnx.checker.check_model(onnx.load(folder / "out.onnx"), full_check=True)
            session = onnxruntime.InferenceSession(folder / "out.onnx")
            outputs = [value.name for value in session.get_outputs()]
            shape, x, places, hot = batch(path, T=500)
            exact = logits(path, x, places, "f64")
            extra = lambda of: {} if hot is None else {"places": hot[of].astype("f4")}
            zero = {f"lstm.{k}.{n}0": np.zeros((3, h), "f4") for k, h in enumerate(shape["lstm"]) for n in "hc"}
            theirs = session.run(None, {"x": x, **zero, **extra(slice(None))})[0]
            say(f"written: a text of 500, {s}", abs(theirs - exact).max(), "f32 beside f64")
            states, most = zero, 0.0
            for t in range(len(x)):
                now = session.run(None, {"x": x[t : t + 1], **states, **extra(slice(t, t + 1))})
                states = {f"{name}0": value for name, value in zip(outputs[1:], now[1:])}
                most = max(most, abs(now[0][0] - exact[t]).max())
            say(f"written: character by character, {s}", most, "f32 beside f64")


if __name__ == "__main__":
    peers = {"pytorch": pytorch, "keras": keras, "onnx": onnx}
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in peers:
        sys.exit(__doc__)
    BINARY, MODEL = sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else "default"
    peers[sys.argv[1]]()
    print(f"largest difference {worst:.1e}, allowed {LIMIT:.0e}")
    sys.exit(failed)
