"""Fine-tunes the small reader from the default embedding weights and writes its 8-bit weights.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.train_reader OUT.safetensors

A question comes with a few passages; the network is to find a sentence that answers among all of theirs, or to say
that none does. The passages are those of the product: split by its own policy, and beside the one that answers the
best that its own retrieval finds and that do not. Data recipe (public sets only; what is used here is never reported
as a result, nor used to calibrate):

- `squad2-cs224n`: the articles whose part is "reader" (see `public/squad.py`);
- `idk-mrc`: a sample of `train.json` behind the paragraphs that calibration uses; `valid.json` is reported;
- one answerable question in ten without the passage that answers: right topic, absent fact;
- questions that name a number or a proper noun, once more with a foreign one: right fact, wrong year, country, person.

The word embeddings stay frozen, so only the encoder's layers and three linear heads are stored. The shipped weights are
the mean of this run (three epochs, 55 minutes on one core) and of one by version 0.1 of this script (one epoch, whole
paragraphs): on questions that neither saw, its first sentence and its AUROC are within .01 of the better of the two.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from transformers import AutoTokenizer

from rag.assistant import Assistant
from rag.config import Config
from rag.models import default_weights
from rag.reader import ReaderNetwork, Row, dequantized, row, save_quantized
from rag.text import sentences
from rag.types import Passage
from tests.benchmarks.public import Case, answers, idk_mrc, squad

SEED = 20261122
LEARNING_RATE = 6e-5
PASSAGES = 3  # a question
BATCH = 8  # questions in one step


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the passages it is read with as (title, text), and the sentences that answer: (passage, sentence)."""

    question: str
    passages: tuple[tuple[str, str], ...]
    gold: tuple[tuple[int, int], ...]


def examples(corpus: Path, cases: Sequence[Case]) -> list[Example]:
    """The cases with passages of their corpus: one that answers, where any does, and the best found that do not."""
    with Assistant.open(Config(corpus=corpus, vectorstore=corpus.parent / "index")) as assistant:
        assistant.sync()
        made = (_example(case, assistant.retrieve(case.question, k=2 * PASSAGES)) for case in cases)
        return [one for one in made if one]


def _example(case: Case, found: Sequence[Passage]) -> Example | None:
    own = [passage for passage in found if _golden(case, passage)]
    if case.answerable and not own:
        return None
    others = [passage for passage in found if passage not in own]
    read = [*own[:1], *others][:PASSAGES]
    gold = tuple((0, i) for i in _golden(case, own[0])) if own else ()
    return Example(case.question, tuple((passage.title, passage.text) for passage in read), gold)


def _golden(case: Case, passage: Passage) -> list[int]:
    spans = sentences(passage.text)
    return [i for i, (s, e) in enumerate(spans) if answers(case, passage.document, passage.text[s:e])]


def without_answer(examples: list[Example], rng: random.Random, share: float) -> list[Example]:
    """Some of the answerable ones lose the passage that answers."""
    return [
        replace(one, passages=one.passages[1:], gold=())
        if one.gold and one.passages[1:] and rng.random() < share
        else one
        for one in examples
    ]


def exchanged_names(examples: list[Example], rng: random.Random, share: float) -> list[Example]:
    """Copies of questions whose name or number is exchanged for a foreign one, so that no passage answers."""
    patterns = {
        "name": re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*)"),
        "number": re.compile(r"\b\d{2,4}\b"),
    }
    found = [
        (kind, match.group(), match.span(), one)
        for one in examples
        for kind, pattern in patterns.items()
        for match in pattern.finditer(one.question)
    ]
    pools = {kind: sorted({text for k, text, _, _ in found if k == kind}) for kind in patterns}
    result = []
    for kind, text, (start, end), one in found:
        if not one.gold or rng.random() > share:
            continue
        other = rng.choice(pools[kind])
        if kind == "number" and rng.random() < 0.5:
            other = str(int(text) + rng.choice([-3, -2, -1, 1, 2, 5, 10]))
        if not any(other.lower() in passage.lower() for _, passage in one.passages):
            result.append(replace(one, question=one.question[:start] + other + one.question[end:], gold=()))
    return result


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as rows, and the indices of the answering sentences counted over all rows."""

    rows: tuple[Row, ...]
    gold: tuple[int, ...]


def encode(tokenizer: Any, example: Example) -> Encoded:
    rows, gold, before = [], [], 0
    for number, (title, text) in enumerate(example.passages):
        rows.append(row(tokenizer, example.question, title, text, sentences(text)))
        read = [start < end for start, end in rows[-1].sentences]  # what the window cut off cannot answer
        gold += [before + i for passage, i in example.gold if passage == number and read[i]]
        before += len(read)
    return Encoded(tuple(rows), tuple(gold))


def batches(encoded: list[Encoded], rng: random.Random) -> Iterator[list[Encoded]]:
    """Batches of like length, so that little is spent on padding, in random order."""
    order = list(range(len(encoded)))
    rng.shuffle(order)
    longest = [max(len(one.ids) for one in encoded[i].rows) for i in range(len(encoded))]
    groups = []
    for begin in range(0, len(order), BATCH * 40):
        block = sorted(order[begin : begin + BATCH * 40], key=lambda i: longest[i])
        groups += [block[i : i + BATCH] for i in range(0, len(block), BATCH)]
    rng.shuffle(groups)
    for group in groups:
        yield [encoded[i] for i in group]


def logits(network: ReaderNetwork, batch: list[Encoded]) -> list[Tensor]:
    """For each example the scores of all its sentences, and last that of none."""
    scores = iter(network([one for example in batch for one in example.rows]))
    result = []
    for example in batch:
        parts = [next(scores) for _ in example.rows]
        none = torch.stack([one for _, one in parts]).max()
        result.append(torch.cat([*(one for one, _ in parts), none.unsqueeze(0)]))
    return result


def loss_of(network: ReaderNetwork, batch: list[Encoded]) -> Tensor:
    """The mean negative log-likelihood that a sentence which answers is chosen, or none where none does."""
    losses = []
    for example, scores in zip(batch, logits(network, batch), strict=True):
        chances = scores.log_softmax(dim=0)
        losses.append(-chances[list(example.gold) or [-1]].logsumexp(dim=0))
    return torch.stack(losses).mean()


@torch.no_grad()
def report(network: ReaderNetwork, encoded: list[Encoded]) -> str:
    network.eval()
    labels, chances, first, two = [], [], [], []
    for begin in range(0, len(encoded), BATCH):
        batch = encoded[begin : begin + BATCH]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scored = logits(network, batch)
        for example, scores in zip(batch, scored, strict=True):
            labels.append(bool(example.gold))
            chances.append(float(scores[:-1].max() - scores[-1]))
            if example.gold:
                best = scores[:-1].topk(min(2, len(scores) - 1)).indices.tolist()
                first.append(best[0] in example.gold)
                two.append(any(one in example.gold for one in best))
    network.train()
    auroc = roc_auc_score(labels, chances)
    return f"first {sum(first) / len(first):.3f}  two {sum(two) / len(two):.3f}  AUROC {auroc:.3f}  ({len(labels)})"


def gathered(name: str, rng: random.Random, limit: int) -> list[Example]:
    """The examples of one part of a public set, at most `limit` of them."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        cases = PARTS[name](corpus)
        return examples(corpus, rng.sample(cases, min(limit, len(cases))))


PARTS: dict[str, Callable[[Path], list[Case]]] = {
    "squad reader": lambda corpus: squad.cases(corpus, "reader"),
    "squad reported": lambda corpus: squad.cases(corpus, "reported"),
    "idk-mrc train": lambda corpus: idk_mrc.cases(corpus, "train", slice(idk_mrc.CALIBRATED, None)),
    "idk-mrc valid": lambda corpus: idk_mrc.cases(corpus, "valid"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--average-with", type=Path, help="weights of an earlier run, to average with at the end")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--indonesian", type=int, default=2000, help="questions sampled from idk-mrc train")
    arguments = parser.parse_args()
    rng = random.Random(SEED)
    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(default_weights())
    network = ReaderNetwork.from_encoder(default_weights())

    found = gathered("squad reader", rng, 10**6) + gathered("idk-mrc train", rng, arguments.indonesian)
    found = without_answer(found, rng, 0.1) + exchanged_names(found, rng, 0.25)
    training = [encode(tokenizer, one) for one in found]
    checks = {
        name: [encode(tokenizer, one) for one in gathered(name, rng, 150)]
        for name in ("squad reported", "idk-mrc valid")
    }
    print(f"{len(training)} questions, {sum(bool(one.gold) for one in training)} answerable", flush=True)
    for name, part in checks.items():
        print("before", name, report(network, part), flush=True)
    train(network, training, checks, arguments.epochs, arguments.out, arguments.average_with, rng)


def train(
    network: ReaderNetwork,
    training: list[Encoded],
    checks: dict[str, list[Encoded]],
    epochs: int,
    out: Path,
    earlier: Path | None,
    rng: random.Random,
) -> None:
    heads = [parameter for name, parameter in network.named_parameters() if not name.startswith("encoder.")]
    body = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW([{"params": body}, {"params": heads, "lr": 1e-3}], LEARNING_RATE, weight_decay=0.01)
    steps = epochs * (len(training) // BATCH + 2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [LEARNING_RATE, 1e-3], total_steps=steps, pct_start=0.08, anneal_strategy="linear"
    )
    network.train()
    began, step, running = time.monotonic(), 0, 0.0
    for epoch in range(epochs):
        for batch in batches(training, rng):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = loss_of(network, batch)
            loss.backward()
            nn.utils.clip_grad_norm_([*body, *heads], 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            step += 1
            running = float(loss.detach()) if step == 1 else 0.98 * running + 0.02 * float(loss.detach())
            if step % 50 == 0:
                print(f"step {step} of {steps}, loss {running:.3f}, {time.monotonic() - began:.0f} s", flush=True)
        print(f"after epoch {epoch + 1}", {name: report(network, part) for name, part in checks.items()}, flush=True)
    if earlier:
        average(network, earlier)
        print("averaged", {name: report(network, part) for name, part in checks.items()}, flush=True)
    save_quantized(network, out)


@torch.no_grad()
def average(network: ReaderNetwork, earlier: Path) -> None:
    """Makes the weights the mean of these and an earlier run's (model soups; Wortsman et al. 2022)."""
    other = dequantized(load_file(earlier))
    own = network.state_dict()
    network.load_state_dict({name: (own[name] + value) / 2 for name, value in other.items()}, strict=False)


if __name__ == "__main__":
    main()
