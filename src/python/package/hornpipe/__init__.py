"""An LSTM that learns folk tunes as text: its gradients as arrays, its tunes as strings.

    import hornpipe
    model = hornpipe.Model.load("default")          # or a run, a checkpoint, a .safetensors file
    print(model.generate(1, rhythm="jig")[0])
    logits, states = model.logits("X:1\\n")          # (T, B, V)
    figures = model.evaluate()                      # loss, bits_per_character, ...
    model, history = hornpipe.train(text, {"epochs": 3, "lstm": [64]})

Every array is time-major: (T, B, ...). What is wrong with an argument is a ValueError in the words of the
program `hornpipe`; what it would print as a note is a warning.
"""

from . import abc
from ._hornpipe import Model, States, __version__, judge, render, train

__all__ = ["Model", "States", "abc", "judge", "render", "train", "__version__"]
