from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from typing import Any, Literal, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import abc as abc

__version__: str

Precision = Literal["f64", "f32", "bf16"]
Pair = tuple[NDArray[Any], NDArray[Any]]

class States:
    def __len__(self) -> int: ...
    def __getitem__(self, layer: int) -> Pair: ...
    def __iter__(self) -> Iterator[Pair]: ...

class Model:
    @staticmethod
    def load(
        path: Union[str, PathLike[str], None] = None,
        which: Union[Literal["best", "last"], int, None] = None,
        *,
        activation: Union[Literal["sigmoid", "hard_sigmoid"], None] = None,
        vocabulary: Union[str, None] = None,
    ) -> Model: ...
    def save(self, path: Union[str, PathLike[str]], force: bool = False) -> None: ...
    @property
    def path(self) -> str: ...
    @property
    def vocabulary(self) -> Optional[str]: ...
    @property
    def parameters(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def inputs(self) -> list[tuple[str, int]]: ...
    def info(self) -> dict[str, Any]: ...
    def weights(self) -> dict[str, NDArray[Any]]: ...
    def encode(self, text: str) -> NDArray[np.uint32]: ...
    def decode(self, symbols: ArrayLike) -> str: ...
    def logits(
        self,
        x: Union[ArrayLike, str],
        states: Union[States, Sequence[tuple[ArrayLike, ArrayLike]], None] = None,
        places: Optional[ArrayLike] = None,
        precision: Optional[Precision] = None,
    ) -> tuple[NDArray[Any], States]: ...
    def places(self, text: Union[ArrayLike, str], one_hot: bool = False) -> NDArray[Any]: ...
    def gradients(
        self,
        x: Union[ArrayLike, str],
        y: ArrayLike,
        states: Union[States, Sequence[tuple[ArrayLike, ArrayLike]], None] = None,
        masks: Optional[Sequence[Optional[ArrayLike]]] = None,
        places: Optional[ArrayLike] = None,
        precision: Precision = "f64",
    ) -> dict[str, Any]: ...
    def evaluate(
        self, text: Optional[str] = None, batch: Optional[int] = None, steps: Optional[int] = None
    ) -> dict[str, Any]: ...
    def generate(
        self, n: Optional[int] = None, seed: Optional[int] = None, comments: bool = False, **wishes: Any
    ) -> list[str]: ...

def train(
    text: Optional[str] = None,
    config: Optional[dict[str, Any]] = None,
    callback: Optional[Callable[[dict[str, Any]], Any]] = None,
    batches: bool = False,
    which: Literal["best", "last"] = "best",
) -> tuple[Model, list[dict[str, Any]]]: ...
def judge(
    tunes: Union[str, Sequence[str]], against: Union[str, Sequence[str], None] = None
) -> dict[str, Any]: ...
def render(
    tune: Union[str, Sequence[str]], format: Literal["midi", "wav", "musicxml"] = "midi", **flags: Any
) -> bytes: ...
