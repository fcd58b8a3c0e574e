"""The notebook's model in PyTorch, as one would write it for speed on a CPU; see peer.py."""

import sys
import time

import torch
from safetensors.torch import load_file
from torch import nn

import peer

VERSIONS = f"PyTorch {torch.__version__.split('+')[0]}"


class Model(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embedding = nn.Embedding(vocab, peer.EMBEDDING)
        sizes = (peer.EMBEDDING, *peer.LSTM)
        self.layers = nn.ModuleList(nn.LSTM(d, h) for d, h in zip(sizes, sizes[1:]))
        self.dropout = nn.Dropout(peer.DROPOUT)
        self.dense = nn.Linear(sizes[-1], vocab)

    def forward(self, x, states):
        """x (T, B) to logits (T, B, V) and the new states."""
        out, after = self.embedding(x), []
        for layer, state in zip(self.layers, states):
            out, state = layer(out, state)
            after.append(state)
            out = self.dropout(out)
        return self.dense(out), after

    def silence(self, batch):
        zeros = lambda layer: torch.zeros(1, batch, layer.hidden_size)
        return [(zeros(layer), zeros(layer)) for layer in self.layers]


def load(path):
    w = load_file(path)
    model = Model(len(w["embedding.weight"]))
    with torch.no_grad():
        model.embedding.weight.copy_(w["embedding.weight"])
        for k, layer in enumerate(model.layers):
            layer.weight_ih_l0.copy_(w[f"lstm.{k}.kernel"].T)
            layer.weight_hh_l0.copy_(w[f"lstm.{k}.recurrent_kernel"].T)
            layer.bias_ih_l0.copy_(w[f"lstm.{k}.bias"])  # PyTorch adds two; ours is the first
            layer.bias_hh_l0.zero_()
        model.dense.weight.copy_(w["dense.kernel"].T)
        model.dense.bias.copy_(w["dense.bias"])
    return model.eval()


def cross_entropy(logits, y):
    return nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())


def loss(model, batch):
    model, batch = load(model), load_file(batch)
    x, y = (batch[name].T.contiguous().long() for name in "xy")
    with torch.inference_mode():
        logits, _ = model(x, model.silence(x.shape[1]))
        peer.answer(VERSIONS, loss=cross_entropy(logits, y).item())


def train(text, threads, count, precision="f32"):
    """`bf16` is autocast: forward and loss in it, backward in what forward was."""
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    vocab, batches = peer.windows(text)
    model = Model(vocab)
    adam = torch.optim.Adam(model.parameters(), lr=peer.RATE, betas=peer.BETAS, eps=peer.EPSILON,
                            fused=True)
    states = model.silence(peer.BATCH)

    def step(x, y):
        nonlocal states
        x, y = (torch.from_numpy(a).T.contiguous() for a in (x, y))
        adam.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits, after = model(x, states)
        value = cross_entropy(logits.float(), y)
        value.backward()
        adam.step()
        states = [(h.detach(), c.detach()) for h, c in after]
        return value.item()

    peer.answer(VERSIONS, **peer.time_steps(step, batches, int(count)))


def stepper(layer, kind):
    """A function from x (B, D) and a state to h (B, H) and the next state. nn.LSTM is the model as it
    was trained; called for a single step it lays out the weights anew each time, which nn.LSTMCell
    with the same weights does not."""
    if kind == "nn.LSTM":
        def step(x, state):
            out, state = layer(x[None], state)
            return out[0], state
        return step
    cell = nn.LSTMCell(layer.input_size, layer.hidden_size)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(cell, name, getattr(layer, f"{name}_l0"))

    def step(x, state):
        h, c = cell(x, [part[0] for part in state])
        return h, (h[None], c[None])
    return step


@torch.inference_mode()
def generate(model, threads, streams, steps, kind="nn.LSTMCell"):
    """Characters one at a time: forward, softmax at temperature 0.8, draw, feed back."""
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    model = load(model)
    layers = [stepper(layer, kind) for layer in model.layers]
    x = torch.zeros(int(streams), dtype=torch.long)
    states = model.silence(int(streams))

    def write(count):
        nonlocal x
        text = []
        for _ in range(count):
            out = model.embedding(x)
            for k, step in enumerate(layers):
                out, states[k] = step(out, states[k])
            x = torch.multinomial(torch.softmax(model.dense(out) / 0.8, -1), 1)[:, 0]
            text.append(x.tolist())
        return text

    write(1)
    first_at = time.time()
    write(100)
    begin = time.perf_counter()
    write(int(steps))
    seconds = time.perf_counter() - begin
    peer.answer(VERSIONS, characters_per_second=int(steps) * int(streams) / seconds,
                first_at=first_at)


if __name__ == "__main__":
    {"loss": loss, "train": train, "generate": generate}[sys.argv[1]](*sys.argv[2:])
