"""Fine-tunes the small reader from the default embedding weights and writes its 8-bit weights.

    SUMBER_BENCH=/path/to/public/data python -m tests.benchmarks.train_reader OUT.safetensors

A question comes with a few passages; the network is to find the sentence that answers among all of theirs, or to say
that none does. Data recipe (public sets only; what is used here is never reported as a result):

- `squad2-cs224n`: all articles but every fourth by title, which are reported instead; each question with its paragraph
  and the two paragraphs of the article that share most words with it and lack the answer;
- `idk-mrc`: a sample of `train.json`, each question with its paragraph and another one; `valid.json` is reported;
- one answerable question in ten without the passage that answers: right topic, absent fact;
- questions that name a number or a proper noun, once more with a foreign one: right fact, wrong year, country, person.

The word embeddings stay frozen, so only the encoder's layers and three linear heads are stored. About 15 minutes an
epoch on two cores with bfloat16.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from transformers import AutoTokenizer

from rag.models import default_weights
from rag.reader import ReaderNetwork, Row, row, save_quantized
from rag.text import sentences
from tests.benchmarks.sets import bench, squad_articles

SEED = 20261122
LEARNING_RATE = 6e-5
PASSAGES = 3  # a question
BATCH = 8  # questions in one step


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the passages it is read with as (title, text), and where the answer begins: (passage, offset)."""

    question: str
    passages: tuple[tuple[str, str], ...]
    answer: tuple[int, int] | None


def squad_examples(articles: list[dict[str, Any]]) -> list[Example]:
    examples = []
    for article in articles:
        title = article["title"].replace("_", " ")
        contexts = [paragraph["context"] for paragraph in article["paragraphs"]]
        bags = [set(re.findall(r"\w{4,}", context.lower())) for context in contexts]
        for own, paragraph in enumerate(article["paragraphs"]):
            for qa in paragraph["qas"]:
                words = set(re.findall(r"\w{4,}", qa["question"].lower()))
                text = "" if qa["is_impossible"] else qa["answers"][0]["text"].lower()
                others = [i for i in range(len(contexts)) if i != own and not (text and text in contexts[i].lower())]
                others.sort(key=lambda i: (-len(words & bags[i]), i))
                passages = tuple((title, contexts[i]) for i in [own, *others[: PASSAGES - 1]])
                start = None if qa["is_impossible"] else (0, qa["answers"][0]["answer_start"])
                examples.append(Example(qa["question"], passages, start))
    return examples


def idk_examples(part: str, rng: random.Random) -> list[Example]:
    rows = json.loads((bench() / f"idk-mrc/{part}.json").read_text("utf8"))
    examples = []
    for own in rows:
        for qa in own["qas"]:
            start = None
            if not qa["is_impossible"]:
                answer = qa["answers"][0]
                if not own["context"][answer["answer_start"] :].startswith(answer["text"]):
                    continue
                start = (0, answer["answer_start"])
            other = rng.choice(rows)["context"]
            examples.append(Example(qa["question"], (("", own["context"]), ("", other)), start))
    return examples


def without_answer(examples: list[Example], rng: random.Random, share: float) -> list[Example]:
    """Some of the answerable ones lose the passage that answers."""
    return [
        replace(one, passages=one.passages[1:], answer=None)
        if one.answer and one.passages[1:] and rng.random() < share
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
        if one.answer is None or rng.random() > share:
            continue
        other = rng.choice(pools[kind])
        if kind == "number" and rng.random() < 0.5:
            other = str(int(text) + rng.choice([-3, -2, -1, 1, 2, 5, 10]))
        if not any(other.lower() in passage.lower() for _, passage in one.passages):
            result.append(replace(one, question=one.question[:start] + other + one.question[end:], answer=None))
    return result


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as rows, and the index of the answering sentence counted over all rows; -1 where none answers."""

    rows: tuple[Row, ...]
    gold: int


def encode(tokenizer: Any, example: Example) -> Encoded:
    rows, gold, before = [], -1, 0
    for number, (title, text) in enumerate(example.passages):
        spans = sentences(text)
        rows.append(row(tokenizer, example.question, title, text, spans))
        if example.answer and example.answer[0] == number:
            gold = before + max((i for i, (start, _) in enumerate(spans) if start <= example.answer[1]), default=0)
        before += len(spans)
    return Encoded(tuple(rows), gold)


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
    losses = []
    for example, scores in zip(batch, logits(network, batch), strict=True):
        target = torch.tensor([example.gold if example.gold >= 0 else len(scores) - 1])
        losses.append(nn.functional.cross_entropy(scores.unsqueeze(0), target))
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
            labels.append(example.gold >= 0)
            chances.append(float(scores[:-1].max() - scores[-1]))
            if example.gold >= 0:
                best = scores[:-1].topk(min(2, len(scores) - 1)).indices.tolist()
                first.append(best[0] == example.gold)
                two.append(example.gold in best)
    network.train()
    auroc = roc_auc_score(labels, chances)
    return f"first {sum(first) / len(first):.3f}  two {sum(two) / len(two):.3f}  AUROC {auroc:.3f}  ({len(labels)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--indonesian", type=int, default=2000, help="questions sampled from idk-mrc train")
    arguments = parser.parse_args()
    rng = random.Random(SEED)
    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(default_weights())
    network = ReaderNetwork.from_encoder(default_weights())

    fitted, reported = squad_articles()
    english, indonesian = squad_examples(fitted), idk_examples("train", rng)
    rng.shuffle(indonesian)
    examples = english + indonesian[: arguments.indonesian]
    examples = without_answer(examples, rng, 0.1) + exchanged_names(examples, rng, 0.25)
    training = [encode(tokenizer, one) for one in examples]
    held = {"squad reported": squad_examples(reported), "idk-mrc valid": idk_examples("valid", rng)}
    checks = {name: [encode(tokenizer, one) for one in rng.sample(part, 150)] for name, part in held.items()}
    print(f"{len(training)} questions, {sum(one.gold >= 0 for one in training)} answerable", flush=True)
    for name, part in checks.items():
        print("untrained", name, report(network, part), flush=True)
    train(network, training, checks, arguments.epochs, arguments.out, rng)


def train(
    network: ReaderNetwork,
    training: list[Encoded],
    checks: dict[str, list[Encoded]],
    epochs: int,
    out: Path,
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
            if step % 600 == 0:
                print({name: report(network, part) for name, part in checks.items()}, flush=True)
        save_quantized(network, out)
        print(f"after epoch {epoch + 1}", {name: report(network, part) for name, part in checks.items()}, flush=True)


if __name__ == "__main__":
    main()
