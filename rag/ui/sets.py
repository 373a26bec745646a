"""The question sets that a person may choose from: those of a folder, their own, and their feedback."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.conversations import Feedback, person_folder
from rag.evaluation import load
from rag.types import QuestionSetError
from rag.ui.wording import known

MAX_OFFERED = 200  # sets of a folder
MAX_OWN = 50  # sets that a person may add
MAX_ADDED = 800_000  # bytes; quoted as JSON it stays below the megabyte that a request may have
LONGEST_NAME = 40  # characters; the name of a baseline and an ending still fit a file name beside it

TOO_LARGE = known("the set is larger than {size} kB. Put its file into the folder {folder}")
TOO_MANY = known("there are {n} sets of yours already. Delete some in {folder}")
NOT_KEPT = known("the set cannot be kept in {folder} ({why}). Make room, or let the folder be written to")

FEEDBACK = "feedback"  # the key of the set that a person's feedback is


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A file of questions, under the key by which a page names it."""

    key: str
    name: str
    path: Path
    group: str


class QuestionSets:
    """Every set there is for a person.

    Args:
        folder: of the sets that everyone may use.
        data: where people's own files are kept.
    """

    def __init__(self, folder: Path, data: Path) -> None:
        self._folder = folder
        self._data = data

    def of(self, owner: str) -> list[QuestionSet]:
        """By group and name; the feedback is among them even before there is any."""
        return [
            *(QuestionSet(f"own/{one.name}", one.stem, one, known("Added by you")) for one in _files(self._own(owner))),
            *(QuestionSet(f"set/{one.name}", one.stem, one, known("Question sets")) for one in _files(self._folder)),
            QuestionSet(FEEDBACK, known("Your feedback"), Feedback(self._data, owner).path, known("From the chat")),
        ]

    def add(self, owner: str, name: str, text: str) -> QuestionSet:
        """Keeps a set for a person, in place of one that they added under this name before.

        Args:
            name: any string; what cannot be part of a file name is left out of it.

        Raises:
            QuestionSetError: it is no question set, which names the line, too large, or cannot be kept.
        """
        folder, data = self._own(owner), text.encode("utf-8", "replace")
        stem = re.sub(r"[^\w-]+", "-", name.removesuffix(".jsonl"))[:LONGEST_NAME].strip("-_") or "questions"
        path = folder / f"{stem}.jsonl"
        if len(data) > MAX_ADDED:
            raise QuestionSetError(TOO_LARGE.format(size=MAX_ADDED // 1000, folder=self._folder.resolve()))
        if len(_files(folder)) >= MAX_OWN and not path.exists():
            raise QuestionSetError(TOO_MANY.format(n=MAX_OWN, folder=folder))
        try:
            for one in (self._data, folder.parent, folder):
                one.mkdir(0o700, parents=True, exist_ok=True)
            with TemporaryDirectory(dir=folder) as half:
                new = Path(half, path.name)
                new.write_bytes(data)
                load(new)
                os.replace(new, path)
        except OSError as error:
            raise QuestionSetError(NOT_KEPT.format(folder=folder, why=error.strerror)) from error
        return next(one for one in self.of(owner) if one.path == path)

    def _own(self, owner: str) -> Path:
        return person_folder(self._data, owner) / "questions"


def is_about(chosen: QuestionSet, documents: Collection[str]) -> bool:
    """Whether a set may be put to these documents: where it names sources, one of them is there."""
    try:
        named = {source.document for question in load(chosen.path) for source in question.sources}
    except QuestionSetError:
        return False
    return not named or not named.isdisjoint(documents)


def baseline_names(questions: Path) -> list[str]:
    """The names under which evaluations of a set were kept."""
    stem, end = f"{questions.stem}.", ".json"
    try:
        kept = [one.name for one in (questions.parent / "baselines").iterdir()]
    except OSError:
        return []
    return sorted(
        one.removeprefix(stem).removesuffix(end) for one in kept if one.startswith(stem) and one.endswith(end)
    )


def _files(folder: Path) -> Sequence[Path]:
    """The sets of a folder; none where it is not there or not to be looked into."""
    try:
        return sorted(one for one in folder.glob("*.jsonl") if one.is_file())[:MAX_OFFERED]
    except OSError:
        return ()
