"""Every gradient agrees with autodiff: JAX's, which lies in the fixtures, and PyTorch's, where it is there."""

import numpy as np
import pytest

import hornpipe
from conftest import FIXTURES, off, tensors

CASES = ["one_layer", "two_layers", "three_layers", "hard_sigmoid", "places"]
# the worst that was found: 8e-16 beside JAX, 7e-16 beside PyTorch
CEILING = 2e-15


def batch_of(case):
    """Model, x, y and keywords of a case; in its file the first two axes are (B, T)."""
    model = hornpipe.Model.load(FIXTURES / f"{case}.model.safetensors")
    batch = {
        name: array.swapaxes(0, 1) if array.ndim > 1 and "0" != name[-1] else array
        for name, array in tensors(FIXTURES / f"{case}.batch.safetensors").items()
    }
    layers = len(model.info()["config"]["shape"]["lstm"])
    masks = [batch.get(f"dropout.{k}.mask") for k in range(layers)]
    states = None
    if "lstm.0.h0" in batch:
        states = [(batch[f"lstm.{k}.h0"], batch[f"lstm.{k}.c0"]) for k in range(layers)]
    return model, batch["x"], batch["y"], {"states": states, "masks": masks, "places": batch.get("places")}


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_jax(case):
    model, x, y, given = batch_of(case)
    ours = model.gradients(x, y, **given)
    expected = tensors(FIXTURES / f"{case}.expected.safetensors")
    errors = {name: off(ours[name], expected[name]) for name in expected}
    assert set(ours) == set(expected)
    assert max(errors.values()) <= CEILING, errors


@pytest.mark.parametrize("case", CASES)
def test_f32_follows_f64(case):
    model, x, y, given = batch_of(case)
    fine, coarse = model.gradients(x, y, **given), model.gradients(x, y, precision="f32", **given)
    worst = max(off(coarse[name], fine[name]) for name in fine)
    assert 0 < worst < 1e-4
    rough = model.gradients(x, y, precision="bf16", **given)
    assert worst < max(off(rough[name], fine[name]) for name in fine) < 0.2
    assert coarse["grad.dense.bias"].dtype == np.float32


def test_gradients_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    model, x, y, given = batch_of("two_layers")
    ours = model.gradients(x, y, **given)
    weights = {
        name: torch.tensor(np.array(array), dtype=torch.float64, requires_grad=True)
        for name, array in model.weights().items()
    }
    out, states = weights["embedding.weight"][torch.tensor(x.copy())], []
    for k, (h0, c0) in enumerate(given["states"]):
        h0, c0 = (torch.tensor(a.copy(), dtype=torch.float64, requires_grad=True) for a in (h0, c0))
        states.append((h0, c0))
        kernel, recurrent = (weights[f"lstm.{k}.{name}"] for name in ("kernel", "recurrent_kernel"))
        bias = weights[f"lstm.{k}.bias"]
        flat = [kernel.T.contiguous(), recurrent.T.contiguous(), bias, torch.zeros_like(bias)]
        hidden, zero = recurrent.shape[0], (h0[None], c0[None])
        out, _, _ = torch.lstm(out, zero, flat, True, 1, 0.0, True, False, False)
        assert out.shape[2] == hidden
        out = out * torch.tensor(given["masks"][k].copy())
    logits = out @ weights["dense.kernel"] + weights["dense.bias"]
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(y.copy()).flatten())
    loss.backward()
    assert off(ours["loss"], loss.item()) <= CEILING
    for name, weight in weights.items():
        assert off(ours[f"grad.{name}"], weight.grad) <= CEILING, name
    for k, (h0, c0) in enumerate(states):
        assert off(ours[f"grad.lstm.{k}.h0"], h0.grad) <= CEILING
        assert off(ours[f"grad.lstm.{k}.c0"], c0.grad) <= CEILING


def test_weights_of_an_f64_file_are_not_rounded(tmp_path):
    path = FIXTURES / "two_layers.model.safetensors"
    model, exact = hornpipe.Model.load(path), tensors(path)
    weights = model.weights()
    assert all(np.array_equal(weights[name], exact[name]) for name in exact)
    assert any(np.any(exact[name] != exact[name].astype("f4")) for name in exact)
    model.save(tmp_path / "again.safetensors")
    again = tensors(tmp_path / "again.safetensors")
    assert all(np.array_equal(again[name], exact[name]) for name in exact)
    assert hornpipe.Model.load(tmp_path / "again.safetensors").sha256 == model.sha256


def test_it_is_the_program_that_computes(program, tmp_path):
    model, x, y, given = batch_of("places")
    args = ["gradients", "--model", FIXTURES / "places.model.safetensors"]
    args += ["--batch", FIXTURES / "places.batch.safetensors", "-o", tmp_path / "g.safetensors"]
    program(*args, cwd=tmp_path)
    theirs, ours = tensors(tmp_path / "g.safetensors"), model.gradients(x, y, **given)
    assert all(np.array_equal(ours[name], array) for name, array in theirs.items())
