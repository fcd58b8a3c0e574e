"""What the tests share: fixtures of the repository, a small text and model, the program to compare with."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import hornpipe

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "fixtures"
SMALL = {"epochs": 2, "lstm": [12, 7], "embedding": 9, "batch": 4, "steps": 16, "seed": 3}


def tensors(path):
    """The arrays of a safetensors file, without the package of that name."""
    types = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4"}
    data = Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(body[slice(*of["data_offsets"])], types[of["dtype"]]).reshape(of["shape"])
        for name, of in header.items()
    }


def off(ours, reference):
    """Relative error of a whole array, as law 1 of CONTRIBUTING.md has it."""
    ours, reference = np.asarray(ours, "f8"), np.asarray(reference, "f8")
    assert ours.shape == reference.shape
    norm = np.linalg.norm(reference)
    return np.linalg.norm(ours - reference) / norm if norm > 0 else np.linalg.norm(ours)


@pytest.fixture(scope="session")
def tunes():
    """The first sixty tunes of the embedded book."""
    text = (ROOT / "data" / "oneills.abc").read_text(encoding="utf-8")
    starts = [at + 1 for at in range(len(text)) if text.startswith("\nX:", at)]
    return text[text.index("X:") : starts[59]]


@pytest.fixture(scope="session")
def default():
    return hornpipe.Model.load("default")


@pytest.fixture(scope="session")
def small(tunes):
    """A model of two layers that hears characters alone."""
    return hornpipe.train(tunes, dict(SMALL, inputs="characters"))[0]


@pytest.fixture(scope="session")
def hearing(tunes):
    """The same, hearing places."""
    return hornpipe.train(tunes, SMALL)[0]


@pytest.fixture(scope="session")
def program():
    """Runs the program `hornpipe`; gives its standard output."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    found = os.environ.get("HORNPIPE") or shutil.which(str(target / "release" / "hornpipe"))
    if not found:
        pytest.skip("no program hornpipe to compare with; name it in HORNPIPE")

    def run(*args, cwd):
        done = subprocess.run([found, *map(str, args)], cwd=cwd, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
