"""Text that was copied from a web page: which of its lines are content, and which the furniture of the page.

A text counts as a copied page only by several signs that do not depend on each other: a path of links, a line that
shares, one that asks for comments. Any other text is content from end to end. On a page, the body is the stretch with
the most running text for the fewest lines that are none (the sum of weights is largest, as in Finn, Kushmerick and
Smyth 2001, "Fact or fiction"); the headline with what follows it stays above the body, and below it what comes before
the first furniture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.reading.phrases import STRONG, WEAK

_MOST_LINES = 10_000  # a page has fewer; what is longer is not looked at
_LONGEST = 500  # characters of a line that is compared with phrases

_BULLET = re.compile(r"^[\s•·‣▪■□○●◦*–—|-]+(?=\S)")
_TALLY = re.compile(r"[\s:>›»→▼▾+]*(?:\(\d[\d.,]*[KkM]?\)|\b\d[\d.,]*[KkM]?)?[\s:>›»→▼▾+]*$")
_CJK = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]")
_CLOSED = re.compile(r"[.!?…。！？][\s\"'”’»」』)\]]*(?:\[\d+\])*$")
_INNER_END = re.compile(r"[^\W\d_]{2}[.!?…]['\"”’»)]*\s+\S|[。！？]")
_READ = re.compile(
    r"\b(?:read|hits?|views?|dibaca|조회 ?수?|閲覧数?)\s*[:：]?\s*\d[\d,.]*(?:\s*(?:times|kali|회))?$", re.IGNORECASE
)
_THREAD = re.compile(r".{2,40} (?:says|said|wrote|commented|berkata):?|reply|balas|답글|report", re.IGNORECASE)
_SEGMENT = re.compile(r"\s*(?:[>›»/|→\\]|::)\s*")

_WITHIN = ("", "ad", "more", "share", "subscribe")  # furniture that stands between the paragraphs of a text
_UNDER = (*_WITHIN, "comments", "tags")  # furniture that stands between a headline and its text
_STRONG_COST, _SHORT_COST, _LONG = 20, 5, 60  # words: two headings over other stories outweigh a short paragraph
_GAP = 24  # lines between paragraphs that are no running text: code, a list, a small table
_NEAR = 12  # lines
_HEAD = 16  # lines above the running text in which its headline stands
_OVER = 3  # lines over the headline that may hold its date, or where none is found, a title of a word or two
_LEAST = 20  # words of running text without which there is no body to find
_MOST = 0.55  # of the running text; a body with less may not be the body
_ARTICLE = 100  # words of running text that a page has above what its readers add


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it counts here. Two letters of Chinese or Japanese are taken for a word."""

    text: str
    words: int
    prose: bool  # running text, as far as its end and its length tell
    listed: bool
    strong: str  # kind of furniture that hardly any other text has as a line
    weak: str  # kind of furniture that may be a line of another text

    @property
    def furniture(self) -> bool:
        return bool(self.kind)

    @property
    def kind(self) -> str:
        return self.strong or self.weak

    @property
    def weight(self) -> int:
        """What the line adds to a stretch of body, in words."""
        if self.strong not in _WITHIN:
            return -_STRONG_COST
        if self.prose:
            return min(self.words, _LONG)
        return -_SHORT_COST if self.text else 0


@dataclass(frozen=True, slots=True)
class Copied:
    """A copied page: its lines, and where its content begins, its running text begins, and its content ends."""

    lines: tuple[Line, ...]
    start: int
    first: int
    end: int


def content_lines(text: str) -> list[bool]:
    """For each line of `text.split("\\n")` whether it is content. All are, unless the text is a copied page."""
    page = copied(text)
    if page is None:
        return [True] * (text.count("\n") + 1)
    return [page.start <= n < page.end and kept for n, kept in enumerate(_kept(page.lines))]


def set_aside(text: str) -> tuple[str, str]:
    """The text without its furniture, and the lines of furniture. An ordinary text comes back as it is."""
    keep = content_lines(text)
    if all(keep):
        return text, ""
    lines = text.split("\n")
    content = "\n".join(line for line, kept in zip(lines, keep, strict=True) if kept)
    aside = "\n".join(line.strip() for line, kept in zip(lines, keep, strict=True) if not kept and line.strip())
    return re.sub(r"\n(?:[^\S\n]*\n){2,}", "\n\n", content).strip() + "\n", aside


def copied(text: str) -> Copied | None:
    """The text as a copied page, or None where it does not show to be one or has no running text."""
    if text.count("\n") > _MOST_LINES:
        return None
    lines = tuple(map(seen, text.split("\n")))
    if not _is_page(lines) or _is_wrapped(lines):
        return None
    first, last = _body(lines)
    if not _holds_most(lines, first, last):
        return None
    end = next((n for n in range(last, len(lines)) if lines[n].furniture), len(lines))
    return Copied(lines, _start(lines, first), first, end)


def seen(line: str) -> Line:
    """A line with what can be told of it alone."""
    text = line.strip()
    bare = _BULLET.sub("", text)
    words = len(_CJK.sub(" ", bare).split()) + len(_CJK.findall(bare)) // 2
    strong = weak = ""
    if len(bare) <= _LONGEST:
        names = (bare, _TALLY.sub("", bare, count=1))  # "Comments (14)" is known with and without its number
        strong = next((kind for kind, phrases in STRONG.items() if any(map(phrases.fullmatch, names))), "")
        if not strong:
            weak = next((kind for kind, phrases in WEAK.items() if any(map(phrases.fullmatch, names))), "")
    prose = (words >= 7 and bool(_CLOSED.search(bare[-40:]))) or (words >= 20 and bool(_INNER_END.search(bare)))
    return Line(text, words, prose and not strong and not weak, bare != text, strong, weak)


def _is_page(lines: Sequence[Line]) -> bool:
    """Two strong signs at least, and two more of any kind, and enough lines that show them.

    A sign is a kind of furniture, not a line of it: what says "share" three times has one.
    """
    strong = {line.strong for line in lines if line.strong}
    strong |= {"read" for line in lines if line.words <= 14 and _READ.search(line.text[-60:])}
    if _is_framed(lines):
        strong.add("frame")
    weak = {line.weak for line in lines if line.weak} - strong
    shown = sum(line.furniture for line in lines)
    return (
        len(strong) >= 2 and 2 * len(strong) + len(weak) >= 4 and shown * 50 >= sum(bool(line.text) for line in lines)
    )


def _is_framed(lines: Sequence[Line]) -> bool:
    """Whether a run of short lines, a menu, stands above the running text, and another below it."""
    prose = [n for n, line in enumerate(lines) if line.prose]
    return bool(prose) and _has_menu(lines[: prose[0]]) and _has_menu(lines[prose[-1] + 1 :])


def _has_menu(lines: Sequence[Line]) -> bool:
    run = 0
    for line in lines:
        if line.text:
            run = run + 1 if line.words <= 3 and line.text[-1] not in ".,:;!?" else 0
        if run == _MENU:
            return True
    return False


_MENU = 6  # lines


def _is_wrapped(lines: Sequence[Line]) -> bool:
    """Whether sentences go on from line to line, as in mail; a browser copies a paragraph as one line."""
    broken = sum(line.words >= 8 and not line.prose and below.text[:1].islower() for line, below in pairwise(lines))
    return broken >= 3 and broken * 4 >= sum(line.words >= 8 for line in lines)


def _body(lines: Sequence[Line]) -> tuple[int, int]:
    """From the first line of running text to after the last, of the stretch that weighs most and what adjoins it."""
    best, start, weight, span = 0, 0, 0, (0, 0)
    for n, line in enumerate(lines):
        if weight <= 0:
            start, weight = n, 0
        weight += line.weight
        if weight > best:
            best, span = weight, (start, n + 1)
    if not best:
        return 0, 0
    first = len(lines) - _reach(lines[::-1], len(lines) - span[0])
    return first, min(_reach(lines, span[1]), _thread(lines, first))


def _holds_most(lines: Sequence[Line], first: int, last: int) -> bool:
    """Whether a body has most of the running text above what readers added, so that it is surely the body."""
    within, all_ = (
        sum(line.words for line in part if line.prose) for part in (lines[first:last], lines[: _thread(lines, first)])
    )
    return within >= _LEAST and within > _MOST * all_


def _reach(lines: Sequence[Line], end: int) -> int:
    """The end of a stretch with the running text that goes on below it, no furniture and only few lines between."""
    gap = 0
    for n in range(end, len(lines)):
        if lines[n].prose:
            end, gap = n + 1, 0
        elif lines[n].kind not in _WITHIN or gap == _GAP:
            break
        elif lines[n].text:
            gap += 1
    return end


def _thread(lines: Sequence[Line], first: int) -> int:
    """Where what readers wrote below the text begins: at a line that counts or heads comments, just above them."""
    marks = [n for n in range(first, len(lines)) if _THREAD.fullmatch(_BULLET.sub("", lines[n].text[:80]))]
    if len(marks) < 3:
        return len(lines)
    heads = [n for n in range(max(first, marks[0] - _NEAR), marks[0]) if "comments" in (lines[n].strong, lines[n].weak)]
    if not heads or sum(line.words for line in lines[first : heads[0]] if line.prose) < _ARTICLE:
        return len(lines)
    return heads[0]


def _start(lines: Sequence[Line], first: int) -> int:
    """Where the content begins: below the path of links, else at the highest headline below the menus.

    A bar to share, an advertisement or a picture's caption may stand between the headline and the running text.
    """
    above = [n for n in range(first) if lines[n].text][-_HEAD:]
    paths = [n for n in above if lines[n].strong == "path"]
    if paths:
        start = next((n for n in above if n > paths[-1]), first)
        return start + _names_section(lines, start)
    start = first
    for n in reversed(above):
        line = lines[n]
        if line.kind not in _UNDER or (_in_menu(lines, n) and n != above[-1]):
            break
        if line.words >= 3 and not line.furniture and not line.listed and not is_note(line.text):
            start = n
    untitled = start == first
    for n in reversed([n for n in above if n < start][-_OVER:]):
        if lines[n].furniture or lines[n].listed or _in_menu(lines, n):
            break
        if untitled or is_note(lines[n].text):
            start = n
    return start


def _in_menu(lines: Sequence[Line], n: int) -> bool:
    """Whether a line ends a run of at least five that are too short for a headline."""
    run = [line for line in lines[max(0, n - 9) : n + 1] if line.text][-5:]
    return len(run) == 5 and all(line.words <= 3 and line.kind not in _UNDER[1:] for line in run)


def _names_section(lines: Sequence[Line], n: int) -> bool:
    """Whether a line says again where the path of links above it ends."""
    above = [line for line in lines[max(0, n - 3) : n] if line.strong == "path"]
    return bool(above) and _SEGMENT.split(above[-1].text)[-1].casefold() == lines[n].text.casefold()


def _kept(lines: Sequence[Line]) -> list[bool]:
    """Whether each line could stay where it stands in the body: no furniture, nor a headline listed under it."""
    keep = []
    under = ""
    for n, line in enumerate(lines):
        heads = line.weak in ("site", "menu") and _stands_over_prose(lines, n)  # "Contact", with the address below
        if line.strong:
            under = line.strong
        elif line.prose or (not line.listed and line.text and line.words < 6):
            under = ""
        empty = line.text and not any(map(str.isalnum, line.text))
        keep.append(heads or not (line.furniture or empty or (under == "others" and line.text)))
    return keep


def _stands_over_prose(lines: Sequence[Line], n: int) -> bool:
    return next((line.prose for line in lines[n + 1 : n + 4] if line.text), False)


def is_note(line: str) -> bool:
    """Whether a line is a byline, a date line or a path of links rather than a headline."""
    return bool(_NOTE.search(line) or (_BYLINE.match(line) and len(line.split()) <= 6))


_NOTE = re.compile(r"\s[>|/»]\s|\d{1,2}:\d{2}|\w\s?: |\d{4}[.-]\d{1,2}[.-]\d{1,2}|\d{4}년 ?\d{1,2}월 ?\d{1,2}일$")
_BYLINE = re.compile(
    r"(?:by|oleh|von|par|por) [^\W\d_]|(?:\w+ ){0,3}(?:\d{1,2}(?:st|nd|rd|th|\.)? [^\W\d_]{3,9}\.?,?"
    r"|[^\W\d_]{3,9}\.? \d{1,2},?)"
    r" \d{4}\b",
    re.IGNORECASE,
)
