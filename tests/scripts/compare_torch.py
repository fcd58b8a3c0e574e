"""Compares `hornpipe gradients` with PyTorch's autodiff in float64, on a model made up here.

    pip install torch numpy safetensors
    python compare_torch.py PATH/TO/hornpipe [--seed S]
    python compare_torch.py --self-test      PyTorch against the fixtures, without hornpipe

Prints the relative error ||ours - torch|| / ||torch|| of each tensor; exits 1 if one is above
1e-10. PyTorch's nn.LSTM knows the logistic sigmoid only; hard_sigmoid is judged by the fixtures.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

LIMIT = 1e-10
# what stands beside the embedding, by name and size
INPUTS = [["field", 28], ["bar", 34]]
SIZES = [size for _, size in INPUTS]
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def make(seed, B=5, T=12, V=31, E=17, H=(19, 13, 7), dropout=0.25, inputs=SIZES):
    """A random model and batch; every size differs from every other."""
    rng = np.random.default_rng(seed)
    normal = lambda *shape: 0.4 * rng.standard_normal(shape)
    model, batch = {"embedding.weight": normal(V, E)}, {}
    for k, (d, h) in enumerate(zip((E + sum(inputs), *H), H)):
        model[f"lstm.{k}.kernel"] = normal(d, 4 * h)
        model[f"lstm.{k}.recurrent_kernel"] = normal(h, 4 * h)
        model[f"lstm.{k}.bias"] = normal(4 * h)
        batch[f"lstm.{k}.h0"], batch[f"lstm.{k}.c0"] = normal(B, h), normal(B, h)
        batch[f"dropout.{k}.mask"] = (rng.random((B, T, h)) >= dropout) / (1 - dropout)
    model["dense.kernel"], model["dense.bias"] = normal(H[-1], V), normal(V)
    batch["x"], batch["y"] = rng.integers(0, V, (B, T)), rng.integers(0, V, (B, T))
    batch["places"] = np.stack([rng.integers(0, size, (B, T)) for size in inputs], axis=-1)
    return model, batch


def torch_side(model, batch, inputs=()):
    """Loss, accuracy, final states and gradients under the exchange names, by nn.LSTM."""
    w = {name: torch.tensor(a, dtype=torch.float64) for name, a in model.items()}
    b = {name: torch.tensor(a) for name, a in batch.items()}
    emb = torch.nn.Embedding.from_pretrained(w["embedding.weight"], freeze=False)
    dense = torch.nn.Linear(*w["dense.kernel"].shape, dtype=torch.float64)
    dense.weight.data, dense.bias.data = w["dense.kernel"].T.contiguous(), w["dense.bias"]
    hot = [torch.nn.functional.one_hot(b["places"][..., k], size) for k, size in enumerate(inputs)]
    out, layers, found = torch.cat([emb(b["x"]), *hot], dim=-1), [], {}
    while (p := f"lstm.{len(layers)}.") + "kernel" in w:
        d, hidden = w[p + "kernel"].shape[0], w[p + "recurrent_kernel"].shape[0]
        layer = torch.nn.LSTM(d, hidden, batch_first=True, dtype=torch.float64)
        layer.weight_ih_l0.data = w[p + "kernel"].T.contiguous()
        layer.weight_hh_l0.data = w[p + "recurrent_kernel"].T.contiguous()
        layer.bias_ih_l0.data = w[p + "bias"]  # PyTorch adds two biases; ours is the first
        layer.bias_hh_l0.data.zero_()
        zero = torch.zeros(len(out), hidden, dtype=torch.float64)
        state = b.get(p + "h0", zero)[None], b.get(p + "c0", zero)[None]
        out, (h, c) = layer(out, state)
        found[p + "h"], found[p + "c"] = h[0], c[0]
        out = out * b.get(f"dropout.{len(layers)}.mask", 1.0)
        layers.append(layer)
    logits = dense(out)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), b["y"].flatten())
    loss.backward()
    found |= {"loss": loss, "accuracy": (logits.argmax(-1) == b["y"]).double().mean(),
              "grad.embedding.weight": emb.weight.grad,
              "grad.dense.kernel": dense.weight.grad.T, "grad.dense.bias": dense.bias.grad}
    for k, layer in enumerate(layers):
        found[f"grad.lstm.{k}.kernel"] = layer.weight_ih_l0.grad.T
        found[f"grad.lstm.{k}.recurrent_kernel"] = layer.weight_hh_l0.grad.T
        found[f"grad.lstm.{k}.bias"] = layer.bias_ih_l0.grad
    return {name: a.detach().numpy() for name, a in found.items()}


def hornpipe_side(binary, model, batch):
    """What the binary answers to the same files."""
    with tempfile.TemporaryDirectory() as folder:
        m, b, out = (f"{folder}/{name}.safetensors" for name in ("model", "batch", "out"))
        contiguous = lambda tensors: {k: np.ascontiguousarray(v) for k, v in tensors.items()}
        save_file(contiguous(model), m, {
            "recurrent_activation": "sigmoid", "dropout": "0.25", "inputs": json.dumps(INPUTS)})
        save_file(contiguous(batch), b)
        subprocess.run([binary, "gradients", "--model", m, "--batch", b, "-o", out,
                        "--precision", "f64", "--quiet"], check=True)
        return load_file(out)


def compare(title, ours, theirs):
    """Prints a line per tensor; the number of tensors that are too far apart or missing."""
    print(f"{title}\n  {'tensor':32} {'shape':>10}  relative error")
    failures = 0
    for name, reference in sorted(theirs.items()):
        error = float("inf")
        if name in ours and ours[name].shape == reference.shape:
            apart = np.linalg.norm(ours[name].astype(np.float64) - reference)
            error = apart / (np.linalg.norm(reference) or 1.0)
        failures += not error <= LIMIT  # NaN fails too
        print(f"  {name:32} {'x'.join(map(str, reference.shape)) or '1':>10}  {error:.1e}"
              + ("" if error <= LIMIT else "  TOO FAR" if name in ours else "  MISSING"))
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if bool(args.binary) == args.self_test:
        parser.error("give either the hornpipe binary or --self-test")
    if args.self_test:
        failures = 0
        for case, inputs in (("two_layers", ()), ("three_layers", ()), ("one_layer", ()),
                             ("places", SIZES)):
            read = lambda part: load_file(FIXTURES / f"{case}.{part}.safetensors")
            theirs = torch_side(read("model"), read("batch"), inputs)
            failures += compare(case, read("expected"), theirs)
    else:
        model, batch = make(args.seed)
        failures = compare(f"seed {args.seed}", hornpipe_side(args.binary, model, batch),
                           torch_side(model, batch, SIZES))
    print(f"{failures} tensors above {LIMIT}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
