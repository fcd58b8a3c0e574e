# %% [markdown]
# A model is trained, audited and looked at, in less than a minute. It needs numpy, and matplotlib for the last
# cell. `python example.py`, or cell by cell in an editor that knows `# %%`.

# %% Train: two small layers on the embedded jigs and hornpipes
import time
from fractions import Fraction

import numpy as np

import hornpipe

begun = time.perf_counter()


def show(epoch):
    print(f"epoch {epoch['epoch']}: loss {epoch['loss']:.4f}, held out {epoch['validation_loss']:.4f}")


config = {"epochs": 8, "lstm": [64, 32], "embedding": 24, "batch": 8, "learning_rate": 4e-3, "dropout": 0.2}
model, history = hornpipe.train(config=config, callback=show)
print(model)

# %% Audit: is a gradient right? That of a state on entry beside central differences of the loss, in f64
text = "X:1\nT:The Audit\nR:jig\nM:6/8\nL:1/8\nK:G\n|:GAG GAB|ABA ABd|edd gdd|edB dBA:|\n\n"
x, y = text[:-1], model.encode(text[1:])[:, None]
gradients = model.gradients(x, y)
print(f"loss {gradients['loss']:.4f} nats a character, {100 * gradients['accuracy']:.0f} % foretold")


zero, rng = (np.zeros((1, 64)), np.zeros((1, 64))), np.random.default_rng(1)
h, c, direction = rng.normal(0, 0.1, (3, 1, 32))
# places that stay as they are: states of our own do not say which text came before
places = np.zeros((len(x), 1, len(model.inputs)), "i8")


def at(h):
    """Loss and gradients where the upper layer begins with this output."""
    return model.gradients(x, y, states=[zero, (h, c)], places=places)


step = 1e-5 * direction
exact = (at(h)["grad.lstm.1.h0"] * direction).sum()
differences = (at(h + step)["loss"] - at(h - step)["loss"]) / 2e-5
print(f"along a random direction {exact:.9f}, by central differences {differences:.9f}")
assert abs(exact - differences) < 1e-6 * abs(exact)

# %% The dense layer once more in numpy: the bias's gradient is the mean of softmax minus what came
logits, _ = model.logits(x, precision="f64")
p = np.exp(logits[:, 0] - logits[:, 0].max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
by_hand = (p - np.eye(p.shape[1])[y[:, 0]]).mean(0)
print("dense.bias by hand:", np.abs(by_hand - gradients["grad.dense.bias"]).max())

# %% Ask: tunes from the model that comes with hornpipe, as text, as numbers and as a file to listen to
default = hornpipe.Model.load("default")
tunes = default.generate(20, seed=7, rhythm="jig")
print(tunes[0])
tune = hornpipe.abc.read(tunes[0])[0]
print(len(tune["pitch"]), "notes,", Fraction(tune["length"], tune["ticks"]), "whole notes")
print("good and new:", hornpipe.judge(tunes)["good_and_new"], " MIDI:", len(hornpipe.render(tunes[0])), "bytes")

# %% Plot: the curves of the training, and what surprises the model in its own tune
logits = default.logits(tunes[0][:-1])[0][:, 0].astype("f8")
symbols = default.encode(tunes[0][1:])
surprise = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(symbols)), symbols]
print(f"{time.perf_counter() - begun:.1f} s")
try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    raise SystemExit("no matplotlib, so nothing is drawn")
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), width_ratios=(1, 2))
for name in ("loss", "validation_loss"):
    left.plot([epoch["epoch"] for epoch in history], [epoch[name] for epoch in history], label=name)
left.set(xlabel="epoch", ylabel="nats a character")
left.legend()
right.bar(range(len(surprise)), surprise)
right.set(xlabel="character of the tune", ylabel="surprise in nats")
figure.tight_layout()
figure.savefig("example.png")
print(f"example.png; all in {time.perf_counter() - begun:.1f} s")
