"""The small reader: which sentence of some passages answers a question, and whether any does.

all-MiniLM-L6-v2's encoder reads question and passage together; a sentence is scored by late interaction of their word
pieces (MaxSim; Khattab and Zaharia 2020) and by a linear head on its mean state, against the score that none answers.
Fine-tuned by `python -m tests.benchmarks.train_reader` on public question sets. The word embeddings are those of the
default model; the rest ships as 8-bit weights beside this module. Imports torch: import this module late.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from rag.text import Span

WEIGHTS = Path(__file__).parent / "weights" / "reader.safetensors"
MAX_TOKENS = 384  # question, title and passage; what is beyond is not read
MAX_QUESTION = 64
MAX_TITLE = 24


@dataclass(frozen=True, slots=True)
class Row:
    """A question and one passage as the network takes them."""

    ids: list[int]
    asked: int  # how many of the ids are the question's, its start mark among them
    sentences: list[Span]  # the ids of each sentence of the passage: first, past the last; empty where it was cut off


class ReaderNetwork(nn.Module):
    """The encoder and its heads: rows to a score for each sentence, and one for "none of this passage answers"."""

    def __init__(self, encoder: nn.Module, size: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.importance = nn.Linear(size, 1)  # of a word piece of the question
        self.sentence = nn.Linear(size, 1)
        self.none = nn.Linear(size, 1)
        self.scale = nn.Parameter(torch.tensor(12.0))
        for head in (self.importance, self.sentence, self.none):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        nn.init.constant_(self.none.bias, 7.0)

    @classmethod
    def from_encoder(cls, folder: Path) -> ReaderNetwork:
        """The network before training: the default model's weights, frozen word embeddings, neutral heads."""
        encoder = AutoModel.from_pretrained(
            folder, attn_implementation="sdpa", attention_probs_dropout_prob=0.0, add_pooling_layer=False
        )
        for parameter in encoder.embeddings.parameters():
            parameter.requires_grad = False
        return cls(encoder, encoder.config.hidden_size)

    def forward(self, rows: Sequence[Row]) -> list[tuple[Tensor, Tensor]]:
        """For each row the scores of its sentences (sentences) and the score of none ()."""
        width = max(len(row.ids) for row in rows)
        ids = torch.tensor([row.ids + [0] * (width - len(row.ids)) for row in rows])
        places = torch.arange(width).unsqueeze(0)
        mask = places < torch.tensor([len(row.ids) for row in rows]).unsqueeze(1)
        segments = places >= torch.tensor([row.asked for row in rows]).unsqueeze(1)
        states = self.encoder(input_ids=ids, token_type_ids=segments.long(), attention_mask=mask.long())[0].float()
        return [self._scores(states[i], row) for i, row in enumerate(rows)]

    def _scores(self, states: Tensor, row: Row) -> tuple[Tensor, Tensor]:
        units = nn.functional.normalize(states, dim=-1)
        likeness = units[: row.asked] @ units.T
        weight = self.importance(states[: row.asked]).softmax(dim=0)
        scores = []
        for start, end in row.sentences:
            if start == end:
                scores.append(states.new_tensor(-1e4))
                continue
            nearest = likeness[:, start:end].max(dim=1).values.unsqueeze(1)
            scores.append(
                self.scale * (weight * nearest).sum() + self.sentence(states[start:end].mean(dim=0)).squeeze()
            )
        return torch.stack(scores), self.none(states[0]).squeeze()


class Reader:
    """Reads passages with a question in mind. Safe to share between threads."""

    def __init__(self, network: ReaderNetwork, tokenizer: Any, dtype: torch.dtype) -> None:
        self._network = network.eval()
        self._network.encoder.to(dtype)
        self._tokenizer = tokenizer
        self._lock = threading.Lock()

    @classmethod
    def load(cls, encoder: Path, dtype: torch.dtype, weights: Path = WEIGHTS) -> Reader:
        """The shipped reader; `encoder` is the folder of the default embedding model."""
        transformers_logging.set_verbosity_error()
        network = ReaderNetwork.from_encoder(encoder)
        network.load_state_dict(dequantized(load_file(weights)), strict=False)
        return cls(network, AutoTokenizer.from_pretrained(encoder), dtype)

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[tuple[list[float], float]]:
        """For each (title, text, sentence spans) the sentences' scores, and the score that none of them answers."""
        if not passages:
            return []
        with self._lock, torch.inference_mode():
            scores = self._network([row(self._tokenizer, question, *passage) for passage in passages])
        return [(sentences.tolist(), float(none)) for sentences, none in scores]


def row(tokenizer: Any, question: str, title: str, text: str, sentences: Sequence[Span]) -> Row:
    """A question and a passage as the network takes them."""
    asked = tokenizer(question, add_special_tokens=False)["input_ids"][:MAX_QUESTION]
    named = tokenizer(title, add_special_tokens=False)["input_ids"][:MAX_TITLE]
    body = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id
    head, middle = [cls, *asked, sep], [*named, sep] if named else []
    room = MAX_TOKENS - len(head) - len(middle) - 1
    shift = len(head) + len(middle)
    places = []
    for start, end in sentences:
        inside = [i for i, (s, e) in enumerate(body["offset_mapping"][:room]) if s >= start and e <= end]
        places.append((inside[0] + shift, inside[-1] + 1 + shift) if inside else (0, 0))
    return Row([*head, *middle, *body["input_ids"][:room], sep], len(head) - 1, places)


def save_quantized(network: ReaderNetwork, path: Path) -> None:
    """Writes what training changed: matrices as 8-bit integers with a scale per row, the rest as it is."""
    tensors: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        if name.startswith("encoder.embeddings."):
            continue
        if value.ndim == 2 and value.shape[0] >= 64:
            scale = value.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
            tensors[name] = (value / scale).round().to(torch.int8)
            tensors[name + ".scale"] = scale.squeeze(1)
        else:
            tensors[name] = value.clone()
    save_file(tensors, str(path))


def dequantized(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of `save_quantized`."""
    return {
        name: value.float() * tensors[name + ".scale"].unsqueeze(1) if value.dtype == torch.int8 else value
        for name, value in tensors.items()
        if not name.endswith(".scale")
    }
