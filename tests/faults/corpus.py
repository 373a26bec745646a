"""A corpus of small files, each with a word that no other has, and an index of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from rag.config import Config
from rag.index import Index
from tests.faults.embedder import NAME

_WORDS = [
    "the",
    "keeper",
    "of",
    "a",
    "lighthouse",
    "counts",
    "ships",
    "at",
    "dawn",
    "while",
    "rain",
    "falls",
    "on",
    "old",
    "harbour",
    "walls",
    "and",
    "two",
    "gulls",
    "wait",
    "for",
    "bread",
    "letters",
    "from",
    "Jakarta",
    "arrive",
    "late",
    "because",
    "every",
    "ferry",
    "carries",
    "salt",
    "rice",
    "and",
    "mirrors",
    "across",
    "this",
    "narrow",
    "strait",
    "once",
    "more",
    "naïve",
    "façade",
    "등대지기",
    "灯台",
    "🗼",
    "nobody",
    "remembers",
    "who",
    "painted",
    "those",
    "doors",
    "green",
    "before",
    "winter",
    "came",
    "again",
]
_CONSONANTS = "bdfgklmnprtv"
_SENTENCES = 10  # in a file: at 32 word pieces to a passage, about four passages


def own_word(number: int, revision: int = 0) -> str:
    """A made-up word for one revision of one file; stemming leaves it as it is."""
    code = number * 100 + revision
    syllables = [_CONSONANTS[code // 12**place % 12] + "o" for place in range(5)]
    return "".join(syllables) + "zum"


def name(number: int) -> str:
    """The path of a file: every fourth lies in a folder, every third is Markdown."""
    return f"{'folder/' if number % 4 == 0 else ''}file{number:03}.{'md' if number % 3 == 0 else 'txt'}"


def content(number: int, revision: int = 0) -> str:
    """A text with characters outside of ASCII and of the basic plane, so that bytes and code points differ."""
    chance = random.Random(f"{number} {revision}")
    sentences = [" ".join(chance.choices(_WORDS, k=chance.randint(6, 14))).capitalize() for _ in range(_SENTENCES)]
    sentences[chance.randrange(_SENTENCES)] += f" {own_word(number, revision)} stands here alone"
    half = ". ".join(sentences[: _SENTENCES // 2]) + "."
    rest = ". ".join(sentences[_SENTENCES // 2 :]) + "."
    if number % 3:
        return f"{half}\n\n{rest}\n"
    return f"---\npublisher: House {number}\n---\n# Tower {number}\n\n{half}\n\n## Doors\n\n{rest}\n"


class Corpus:
    """A folder of files in numbered revisions. It remembers every text that a file ever had."""

    def __init__(self, folder: Path, count: int = 0) -> None:
        """Fills the folder with so many files, and two more that cannot be read as documents."""
        self.folder = folder
        self.present: dict[int, int] = {}  # revision by number
        self.versions: dict[str, set[str]] = {}  # contents by name
        folder.mkdir()
        for number in range(count):
            self.write(number)
        (folder / "blank.txt").write_text("\n \n")
        (folder / "picture.xyz").write_bytes(b"\x00\x01")

    def write(self, number: int, revision: int = 0) -> None:
        path = self.folder / name(number)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content(number, revision).encode())
        self.present[number] = revision
        self.versions.setdefault(name(number), set()).add(content(number, revision))

    def remove(self, number: int) -> None:
        (self.folder / name(number)).unlink()
        del self.present[number]

    def change(self, chance: random.Random, share: float) -> None:
        """Rewrites a share of the files, some of them to an earlier text, removes one and adds one."""
        for number in chance.sample(sorted(self.present), round(share * len(self.present))):
            self.write(number, chance.randrange(100))
        self.remove(chance.choice(sorted(self.present)))
        self.write(chance.choice(sorted(set(range(100)) - self.present.keys())), chance.randrange(100))

    def half_written(self, documents: Mapping[str, Mapping[str, object]]) -> list[str]:
        """The documents whose text no file ever had as a whole."""
        return [
            path
            for path, document in documents.items()
            if not any(version.endswith(str(document["text"])) for version in self.versions.get(path, ()))
        ]

    def own_words(self) -> dict[str, str]:
        """The word that only this file has, as it is now, by name."""
        return {name(number): own_word(number, revision) for number, revision in self.present.items()}


def settings(vectorstore: Path, corpus: Path) -> Config:
    return Config(corpus=corpus, vectorstore=vectorstore, embedding_model=NAME, passage_tokens=32)


def opened(vectorstore: Path, corpus: Path, sync_threshold: int = 1000) -> Index:
    """An index that asks its collection however few its passages are."""
    return Index(settings(vectorstore, corpus), sync_threshold, exact=0)
