"""What the peers share: the notebook's settings, the text as windows, the timing and the answer.

A peer is called as

    PEER_lstm.py loss MODEL BATCH              loss of one batch, dropout off
    PEER_lstm.py train TEXT THREADS BATCHES    seconds of each training step, warm-up left out
    PEER_lstm.py generate MODEL THREADS STREAMS STEPS    (PyTorch only) seconds of writing;
                                               a further nn.LSTM: not by nn.LSTMCell

and answers with one JSON object, the last line of its output. candle/src/main.rs keeps to the same,
and writes.
"""

import json
import time

import numpy as np

BATCH, STEPS = 16, 64
EMBEDDING, LSTM, DROPOUT = 512, (256, 128), 0.2
RATE, BETAS, EPSILON = 1e-3, (0.9, 0.999), 1e-7
WARM_UP = 20


def windows(path):
    """Number of symbols, and for ever the windows (x, y), each (B, T), as hornpipe cuts them."""
    text = open(path, encoding="utf-8").read()
    index = {symbol: i for i, symbol in enumerate(sorted(set(text)))}
    symbols = np.array([index[symbol] for symbol in text], dtype=np.int64)
    length = len(symbols) // BATCH
    streams = symbols[:BATCH * length].reshape(BATCH, length)

    def forever():
        while True:
            for start in range(0, length - STEPS, STEPS):
                yield (np.ascontiguousarray(streams[:, start:start + STEPS]),
                       np.ascontiguousarray(streams[:, start + 1:start + STEPS + 1]))

    return len(index), forever()


def time_steps(step, batches, count):
    """Calls step(x, y), which returns the loss as a number; the mean seconds of `count` calls."""
    first = step(*next(batches))
    for _ in range(WARM_UP):
        step(*next(batches))
    begin = time.perf_counter()
    for _ in range(count):
        loss = step(*next(batches))
    seconds = time.perf_counter() - begin
    assert loss < first, f"training does not learn: {first} then {loss}"
    return {"seconds": seconds / count, "loss": loss}


def answer(versions, **values):
    print(json.dumps({"versions": versions} | values))
