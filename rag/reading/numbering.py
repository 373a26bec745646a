"""The numbers that Word shows before headings and list items and does not keep in the text: 1., (a), 4.2."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.reading.packages import Element, attribute, below, child, value


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered: `%1.%2` is filled in with the counts of the levels."""

    start: int = 1
    kind: str = "bullet"
    pattern: str = ""


@dataclass(slots=True)
class Numbering:
    """The lists of a document and how far each has been counted."""

    lists: dict[str, str] = field(default_factory=dict)  # list -> the definition it counts along with
    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # list -> its levels
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Element | None) -> Numbering:
        """The lists that the numbering part of a document defines."""
        made = cls()
        abstract = {attribute(one, "abstractNumId"): one for one in below(root, "abstractNum")}
        for one in below(root, "num"):
            key, definition = attribute(one, "numId") or "", value(one, "abstractNumId") or ""
            made.lists[key] = definition
            made.levels[key] = _levels(abstract.get(definition))
            for override in below(one, "lvlOverride"):
                made.levels[key].update(_levels(override))
                if value(override, "startOverride"):
                    made.lists[key] = f"{definition} of {key}"  # counts for itself
        return made

    def label(self, key: str, depth: int) -> str:
        """Counts an item and returns its number; empty for bullets and unknown lists."""
        levels = self.levels.get(key, {})
        level = levels.get(depth)
        if level is None or level.kind in {"bullet", "none"}:
            return ""
        counts = self.counts.setdefault(self.lists[key], {})
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [one for one in counts if one > depth]:
            del counts[deeper]
        for one in range(depth):
            counts.setdefault(one, levels.get(one, Level()).start)

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            return _written(counts.get(at, 1), levels.get(at, Level()).kind)

        return re.sub(r"%(\d)", shown, level.pattern).strip()


def _levels(element: Element | None) -> dict[int, Level]:
    return {
        int(attribute(one, "ilvl") or 0): Level(
            int(value(one, "start") or 1), value(one, "numFmt") or "decimal", value(one, "lvlText") or ""
        )
        for one in below(element, "lvl")
        if child(one, "numFmt") is not None
    }


def _written(number: int, kind: str) -> str:
    if kind in {"lowerLetter", "upperLetter"} and 0 < number < 1000:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters.upper() if kind == "upperLetter" else letters
    if kind in {"lowerRoman", "upperRoman"} and 0 < number < 4000:
        roman = "".join(
            digits[int(digit)] for digits, digit in zip(_ROMAN[-len(str(number)) :], str(number), strict=True)
        )
        return roman if kind == "lowerRoman" else roman.upper()
    return f"{number:02}" if kind == "decimalZero" else str(number)


_ROMAN = (
    ("", "m", "mm", "mmm"),
    ("", "c", "cc", "ccc", "cd", "d", "dc", "dcc", "dccc", "cm"),
    ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx", "xc"),
    ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"),
)
