"""What a language model streams, to plain sentences with the source numbers it gave. Pure, and trusts nothing."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from rag.text import Span, sentences

MOST_WRITTEN = 6000  # characters of prose, after which a model is stopped
MOST_THOUGHT = 200_000  # characters of thinking aloud and prose together

_THINKING = "think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad"
_HIDDEN = [  # what opens and what closes a part that is not for readers
    (re.compile(rf"<(?:{_THINKING})\b[^>]*>", re.I), re.compile(rf"</(?:{_THINKING})\s*>", re.I)),
    (re.compile(r"\[THINK\]"), re.compile(r"\[/THINK\]")),
    (re.compile(r"◁think▷"), re.compile(r"◁/think▷")),
    (re.compile(r"<\|channel\|>(?:analysis|commentary)"), re.compile(r"<\|channel\|>final(?:<\|message\|>)?")),
    (re.compile(r"<(?:script|style|svg|iframe)\b[^>]*>", re.I), re.compile(r"</(?:script|style|svg|iframe)\s*>", re.I)),
]
_NEVER_OPENED = re.compile("|".join(close.pattern for _, close in _HIDDEN[:4]), re.IGNORECASE)
_MAY_OPEN = re.compile(r"(?:[<\[◁][^>\]▷]{0,40}|<\|channel\|>\w{0,10})$")
_NUMBERS = r"\^?#?\d{1,3}(?:\s*(?:,|;|and|&|dan|[-–])\s*(?:sources?\s*)?\^?#?\d{1,3})*"
_SOURCE = r"(?:sources?|src|refs?|references?|doc(?:ument)?s?|passages?|sumber|dokumen|출처)"
_MARKER = re.compile(
    rf"\s*(?:[\[【]\s*(?:{_SOURCE}\b\.?\s*[:#]?\s*)?{_NUMBERS}\s*(?:[†:|][^\]】]*)?[\]】]"
    rf"|\(\s*(?:{_SOURCE}\b\.?\s*[:#]?\s*)?{_NUMBERS}\s*\)|\^\[?\d{{1,3}}\]?(?!\w)"
    r"|(?<=[^\W\d_]{3})[¹²³⁰⁴-⁹]+|(?<=[.!?])[¹²³⁰⁴-⁹]+)",
    re.IGNORECASE,
)
_ATTRIBUTED = re.compile(
    r"\b(?:according to|as (?:stated|noted|described|mentioned|reported) (?:in|by)|as per|per|based on|from|see|in"
    rf"|menurut|berdasarkan)\s+(?:the\s+)?{_SOURCE}\s*[:#]?\s*\[?{_NUMBERS}\]?\s*,?\s*"
    rf"|\b(?:according to|menurut)\s+[\[【]{_NUMBERS}[\]】]\s*,?\s*"
    rf"|^\s*{_SOURCE}\s*\[?{_NUMBERS}\]?\s+(?:says?|states?|notes?|reports?|mentions?|explains?)(?:\s+that\b)?\s*",
    re.IGNORECASE,
)
_LINK = re.compile(r"(!?)\[\[?([^\[\]]*)\]?\]\([^)]*\)")
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>|<\|[^|]*\|>")
_LEAD = re.compile(r"\A\s*(?:(?:[-*+•>]|#{1,6}|\d{1,2}[.)])\s+)+")
_REFUSES = re.compile(
    r"\b(?:sources?|documents?|passages?|text|context|excerpts?|information)\b[^.]{0,60}"
    r"(?:\b(?:do(?:es)? not|cannot|not|no)\b|n['’]t\b)[^.]{0,40}"
    r"\b(?:answer|mention|contain|say|state|provide|specif|includ|give|know|cover|address|information|found)"
    r"|\b(?:i|we)(?:['’]m| am| are)? (?:do not|don['’]t|cannot|can['’]t|could not|couldn['’]t|unable to|not able to"
    r"|sorry)\b|\b(?:is|are|was|were) not (?:mentioned|stated|specified|provided|given|answered|found|contained)\b"
    r"|\bthere is no (?:information|mention|answer|data)\b|\bno information\b"
    r"|\btidak (?:menjawab|menyebut\w*|ada informasi|memuat|ditemukan)|알 수 없|답할 수 없|답변할 수 없|정보가 없",
    re.IGNORECASE,
)


class Prose:
    """Pieces of text in, complete sentences out, with the source numbers behind them. Thinking never comes out."""

    def __init__(self) -> None:
        self.thoughts = 0  # that ended without having begun: all that came out before was thinking
        self._raw = ""  # not yet told from thinking
        self._seen = ""  # prose, its last sentence not yet complete
        self._closing: re.Pattern[str] | None = None  # what ends the hidden part that is going on
        self._taken = self._written = 0

    @property
    def too_long(self) -> bool:
        return self._written > MOST_WRITTEN or self._taken > MOST_THOUGHT

    def take(self, piece: str) -> list[str]:
        """The sentences that a piece completes; each is complete once the next has begun."""
        self._taken += len(piece)
        self._raw += piece
        self._reveal()
        if piece.isalnum():
            return []
        found, self._seen = _complete(self._seen)
        return found

    def rest(self, cut: bool) -> list[str]:
        """What is left at the end; where the end was cut, only if it ends like a sentence."""
        self._reveal(ended=True)
        found, last = _complete(self._seen)
        whole = re.search(r"[.!?…。！？][\"'”’»)]*$", _MARKER.sub("", last).strip())
        return [*found, last] if last.strip() and (whole or not cut) else found

    def _reveal(self, ended: bool = False) -> None:
        """Moves what is prose from the raw text, leaving out hidden parts and a tag that may be about to open one."""
        while True:
            if self._closing:
                closed = self._closing.search(self._raw)
                self._raw = self._raw[closed.end() :] if closed else self._raw[-40:]
                if not closed:
                    return
                self._closing = None
            opened = [(match, close) for start, close in _HIDDEN if (match := start.search(self._raw))]
            first, closing = min(opened, key=lambda pair: pair[0].start(), default=(None, None))
            orphan = _NEVER_OPENED.search(self._raw, 0, first.start() if first else len(self._raw))
            if orphan:
                self._seen, self._raw = "", self._raw[orphan.end() :]
                self.thoughts += 1
                continue
            unfinished = None if first or ended else _MAY_OPEN.search(self._raw)
            end = first.start() if first else unfinished.start() if unfinished else len(self._raw)
            self._seen += self._raw[:end]
            self._written += end
            self._raw = self._raw[first.end() if first else end :]
            self._closing = closing
            if not first:
                return


def without_thoughts(stream: Iterable[str]) -> tuple[list[str], bool]:
    """The sentences of a whole stream, thinking aloud left out; and whether it was stopped as too long."""
    prose = Prose()
    found: list[str] = []
    thoughts = 0
    for piece in stream:
        sentences = prose.take(piece)
        if prose.thoughts > thoughts:  # what came before was thinking aloud
            found, thoughts = [], prose.thoughts
        found += sentences
        if prose.too_long:
            break
    last = prose.rest(cut=prose.too_long)
    return (last if prose.thoughts > thoughts else found + last), prose.too_long


def _complete(text: str) -> tuple[list[str], str]:
    """The sentences of a text but the last, each with the markers that follow it, and what is left."""
    found: list[Span] = []
    begin = 0
    for start, stop in sentences(text):
        if stop <= begin:  # it was nothing but markers of the sentence before
            continue
        end = stop
        while marker := _MARKER.match(text, end):
            end = marker.end()
        found.append((max(start, begin), end))
        begin = end
    return [text[start:end] for start, end in found[:-1]], text[found[-1][0] :] if found else ""


def plain(sentence: str) -> tuple[str, frozenset[int]]:
    """A sentence without markup and source numbers, and those numbers; nothing of a heading."""
    if sentence.lstrip().startswith("#"):
        return "", frozenset()
    text = _LINK.sub(lambda m: "" if m[1] else f"[{m[2]}]" if m[2].isdigit() else m[2], html.unescape(sentence))
    text = _TAG.sub("", text)
    cited: set[int] = set()

    def noted(match: re.Match[str]) -> str:
        cited.update(int(number) for number in re.findall(r"\d+", unicodedata.normalize("NFKC", match.group())))
        return ""

    text = re.sub(r"\s*(?:\(\s*\)|\[\s*\])", "", _MARKER.sub(noted, _ATTRIBUTED.sub(noted, text)))
    text = _LEAD.sub("", re.sub(r"\*+|_{2,}|`+|~~", "", text).strip(), count=1) if text else ""
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text.strip(" |").split()))
    return text[:1].upper() + text[1:], frozenset(cited)


def refuses(sentence: str) -> bool:
    """Whether a sentence says that something is not to be found in the sources, in the words models use for it."""
    return _REFUSES.search(sentence) is not None
