"""The language of a text: by its script where that tells, else by letter sequences (py3langid). None when unsure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

_PIECES = 8  # taken evenly over the text, so that a summary in another language does not decide
_PIECE = 500  # characters
_SHORTEST = 24  # letters; a piece with fewer tells nothing. A letter of Hangul, kana or Han counts for three
_SURE = 0.7  # of the model, for one piece; single sentences of English and Indonesian are right there in 99 of 100
_MOST = 0.75  # share of the pieces that must agree, and of the letters that must be of one script

_SCRIPTS = {
    "ko": re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]"),
    "ja": re.compile(r"[\u3041-\u30ff\uff66-\uff9d]"),
    "zh": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    "th": re.compile(r"[\u0e01-\u0e4e]"),
}
_NO_PROSE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+")
_WIDE = 3  # Latin letters that a letter of these scripts stands for
_KANA = 0.1  # of the Han letters: Japanese has more even where it is full of Han, Chinese quotes a name at most


def language_of(text: str) -> str | None:
    """ISO 639-1 code of the language a text is written in; None where it is short, mixed or cannot be told.

    At most 4,000 characters are looked at. Indonesian and Malay differ in few words: a text that could be either is
    "id", the larger language, if it leans that way, and None if it leans to Malay without being clearly Malay.
    """
    found = [code for piece in _pieces(text) if (code := _of_piece(piece))]
    for code, pieces in Counter(found).most_common(1):
        if pieces >= _MOST * len(found):
            return code
    return None


def _pieces(text: str) -> Iterator[str]:
    if len(text) <= _PIECE * _PIECES:
        yield from (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    else:
        last = len(text) - _PIECE
        yield from (text[last * n // (_PIECES - 1) :][:_PIECE] for n in range(_PIECES))


def _of_piece(piece: str) -> str | None:
    piece = _NO_PROSE.sub(" ", piece)
    counts = {code: len(script.findall(piece)) * _WIDE for code, script in _SCRIPTS.items()}
    counts["other"] = sum(map(str.isalpha, piece)) - sum(counts.values()) // _WIDE
    if counts["ja"] > _KANA * counts["zh"]:
        counts["ja"] += counts.pop("zh")
    letters = sum(counts.values())
    code, most = max(counts.items(), key=lambda item: item[1])
    if letters < _SHORTEST or most < _MOST * letters:
        return None
    return code if code != "other" else _by_model(piece)


def _by_model(piece: str) -> str | None:
    chances: dict[str, float] = dict(_model().rank(piece))
    code, sure = max(chances.items(), key=lambda item: item[1])
    if code == "id":
        sure += chances["ms"]
    return code if sure >= _SURE and len(code) == 2 else None


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
