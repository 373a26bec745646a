"""Bytes to text: the encoding is found out, never guessed away. Nothing is dropped or replaced."""

from __future__ import annotations

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

from rag.types import ReadingError

_MARKS = [  # longest first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]


_LINE_ENDS = re.compile("\r\n|[\r\x0b\x85\u2028\u2029]")


def decode(data: bytes, *, level: bool = True) -> str:
    """The text of a file in NFC, with `\\n` line ends unless they are not to be levelled.

    Raises:
        ReadingError: the bytes are no text in any encoding that can be told.
    """
    text = _decoded(data)
    text = composed(_LINE_ENDS.sub("\n", text) if level else text)
    if _looks_binary(text):
        raise ReadingError("it is not text; it may have the wrong file name suffix")
    return text


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    try:
        text = data.decode("utf-8")
        if "\0" not in text:
            return text
    except UnicodeDecodeError:
        pass
    for encoding in ("utf-16-le", "utf-16-be"):  # without a mark, Latin text has a zero in every other byte
        zeros = data[1 if encoding == "utf-16-le" else 0 :: 2].count(0)
        if len(data) % 2 == 0 and zeros > len(data) / 2 * 0.4:
            return _strictly(data, encoding)
    if _is_spoilt_utf8(data):
        raise ReadingError("it is not text; it may have the wrong file name suffix")
    _refuse_damaged_utf8(data)
    if (western := _sparsely_western(data)) is not None:
        return western
    best = from_bytes(data).best()
    if best is None:
        raise ReadingError("its encoding cannot be told; save it as UTF-8")
    return str(best)


def _is_spoilt_utf8(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return not _looks_binary(text.replace("\0", ""))


def _refuse_damaged_utf8(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    bad = sum(1 for char in text if "\udc80" <= char <= "\udcff")
    good = sum(1 for char in text if char > "\x7f") - bad
    if good > bad > 0:
        raise ReadingError("it is UTF-8 but damaged; save it again")


_FEW = 0.02


def _sparsely_western(data: bytes) -> str | None:
    """cp1252 where few bytes are not ASCII and each stands alone: a pound sign, an apostrophe."""
    runs = re.findall(rb"[\x80-\xff]+", data)
    if not runs or any(len(run) > 1 for run in runs) or len(runs) > max(3, len(data) * _FEW):
        return None
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None


def composed(text: str) -> str:
    """Text in NFC.

    Raises:
        ReadingError: a letter carries more marks than any language puts on one; sorting them takes quadratic time.
    """
    for run in () if text.isascii() else _SIGNS.finditer(text):
        if any(map(unicodedata.combining, run.group())) and _MARKS_ON_ONE.search(_marked(run.group())):
            raise ReadingError("it is not text; it may have the wrong file name suffix")
    return unicodedata.normalize("NFC", text)


def _marked(text: str) -> str:
    return "".join("x" if unicodedata.combining(char) else " " for char in text)


_MARKS_ON_ONE = re.compile("x{101}")
_SIGNS = re.compile(r"[^\w\s]{101,}")  # where marks may pile up; a mark is no letter to Python


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadingError(
            f"it says to be {encoding.removesuffix('-sig').upper()} but is damaged; save it again"
        ) from error


def _looks_binary(text: str) -> bool:
    controls = sum(1 for char in text if unicodedata.category(char) == "Cc" and char not in "\n\r\t\f")
    return "\0" in text or controls > max(2, len(text) / 200)
