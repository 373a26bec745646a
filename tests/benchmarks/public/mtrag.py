"""MTRAG-UN (Rosenthal et al. 2025): conversations, some of whose last questions have no answer."""

from __future__ import annotations

import json
from pathlib import Path

from rag.types import Turn
from tests.benchmarks.public import Query, bench, write


def queries(corpus: Path) -> list[Query]:
    """A document for each passage that any conversation stands on; the last turn is asked, with those before it."""
    names: dict[str, str] = {}
    found = []
    for line in (bench() / "mtrag-un/reference.jsonl").read_text("utf8").splitlines():
        task = json.loads(line)
        for context in task["contexts"]:
            name = names.setdefault(context["document_id"], f"{len(names):04d}.md")
            write(corpus, name, context.get("title", ""), context["text"])
        gold = frozenset(names[context["document_id"]] for context in task["contexts"])
        if gold:
            found.append(Query(task["input"][-1]["text"], gold, history=_turns(task["input"][:-1])))
    return found


def _turns(said: list[dict[str, str]]) -> tuple[Turn, ...]:
    """Questions, each with the answer it got."""
    turns: list[Turn] = []
    for one in said:
        if one["speaker"] == "user":
            turns.append(Turn(one["text"]))
        elif turns:
            turns[-1] = Turn(turns[-1].question, one["text"])
    return tuple(turns)
