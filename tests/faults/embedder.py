"""An embedding model that costs nothing: words hashed to 64 dimensions, so that texts which share words are near."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

DIMENSION = 64
NAME = "bag-of-words"


class BagOfWords:
    """What a sync and a search need of an embedding model. A word is one word piece."""

    name = NAME
    max_tokens = 256

    def __init__(self, pause: float = 0.0) -> None:
        """`pause`: seconds to idle for each document that is split and each passage that is embedded."""
        self.pause = pause
        self.embedded = 0  # passages so far

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        self._idle(len(text) > 500)
        return [match.span() for match in re.finditer(r"\S+", text)]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._idle(len(texts))
        self.embedded += len(texts)
        return np.stack([_unit(text) for text in texts])

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([_unit(text) for text in texts])

    def familiarity(self, question: str) -> float:
        return 1.0

    def _idle(self, times: int) -> None:
        if self.pause:
            time.sleep(self.pause * times)


def no_model() -> BagOfWords:
    """Stands where a model is loaded, in tests that must not need one."""
    raise AssertionError("the embedding model was asked for")


def _unit(text: str) -> NDArray[np.float32]:
    vector = np.zeros(DIMENSION, dtype=np.float32)
    for word in re.findall(r"\w+", text.casefold()):
        place, sign = _place(word)
        vector[place] += sign
    vector[0] += 1e-3  # no text has the zero vector
    return vector / np.linalg.norm(vector)


@cache
def _place(word: str) -> tuple[int, int]:
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
    return digest[0] % DIMENSION, 1 if digest[1] % 2 else -1
