"""The notebook's model in JAX: one jitted training step, `scan` over time; see peer.py."""

import os
import sys

if sys.argv[1] == "train":  # XLA takes as many threads as the process has cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[3])])

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file

import peer

VERSIONS = f"JAX {jax.__version__}"


def cell(w_h):
    def step(state, a):
        h, c = state
        i, f, g, o = jnp.split(a + h @ w_h, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h
    return step


def forward(w, x, y, states, masks):
    """Mean loss of x, y (T, B) and the new states."""
    out, after = w["embedding.weight"][x], []
    for k, (state, mask) in enumerate(zip(states, masks)):
        a = out @ w[f"lstm.{k}.kernel"] + w[f"lstm.{k}.bias"]
        state, out = jax.lax.scan(cell(w[f"lstm.{k}.recurrent_kernel"]), state, a)
        after.append(state)
        out = out * mask
    logits = out @ w["dense.kernel"] + w["dense.bias"]
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), y[..., None], axis=-1)
    return -chosen.mean(), after


def silence(batch):
    return [(jnp.zeros((batch, h)), jnp.zeros((batch, h))) for h in peer.LSTM]


def loss(model, batch):
    batch = load_file(batch)
    x, y = (jnp.asarray(batch[name].T) for name in "xy")
    value, _ = forward(load_file(model), x, y, silence(x.shape[1]), [1.0] * len(peer.LSTM))
    peer.answer(VERSIONS, loss=float(value))


def initial(vocab):
    """Uniform numbers in the shapes of the exchange format: only speed is measured."""
    rng = np.random.default_rng(1)
    w, width = {"embedding.weight": (vocab, peer.EMBEDDING)}, peer.EMBEDDING
    for k, h in enumerate(peer.LSTM):
        w |= {f"lstm.{k}.kernel": (width, 4 * h), f"lstm.{k}.recurrent_kernel": (h, 4 * h),
              f"lstm.{k}.bias": (4 * h,)}
        width = h
    w |= {"dense.kernel": (width, vocab), "dense.bias": (vocab,)}
    return {name: jnp.asarray(rng.uniform(-0.05, 0.05, shape), jnp.float32)
            for name, shape in w.items()}


def train(text, _threads, count):
    vocab, batches = peer.windows(text)
    zeros = lambda w: jax.tree.map(jnp.zeros_like, w)

    @jax.jit
    def update(w, m, v, t, key, states, x, y):
        key, *keys = jax.random.split(key, 1 + len(peer.LSTM))
        keep = 1 - peer.DROPOUT
        masks = [jax.random.bernoulli(k, keep, (*x.shape, h)) / keep
                 for k, h in zip(keys, peer.LSTM)]
        (value, states), d = jax.value_and_grad(forward, has_aux=True)(w, x, y, states, masks)
        b1, b2 = peer.BETAS
        t = t + 1
        rate = peer.RATE * jnp.sqrt(1 - b2 ** t) / (1 - b1 ** t)
        m = jax.tree.map(lambda m, d: b1 * m + (1 - b1) * d, m, d)
        v = jax.tree.map(lambda v, d: b2 * v + (1 - b2) * d * d, v, d)
        w = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + peer.EPSILON), w, m, v)
        return value, (w, m, v, t, key, states)

    w = initial(vocab)
    run = (w, zeros(w), zeros(w), 0.0, jax.random.key(1), silence(peer.BATCH))

    def step(x, y):
        nonlocal run
        value, run = update(*run, x.T, y.T)
        return float(jax.block_until_ready((value, run))[0])

    peer.answer(VERSIONS, **peer.time_steps(step, batches, int(count)))


if __name__ == "__main__":
    {"loss": loss, "train": train}[sys.argv[1]](*sys.argv[2:])
