"""Bytes to text: the encoding is found out, never guessed away. Nothing is dropped or replaced."""

from __future__ import annotations

import codecs
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


def decode(data: bytes) -> str:
    """The text of a file in NFC with `\\n` line ends.

    Raises:
        ReadingError: the bytes are no text in any encoding that can be told.
    """
    text = unicodedata.normalize("NFC", _decoded(data).replace("\r\n", "\n").replace("\r", "\n"))
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
    best = from_bytes(data).best()
    if best is None:
        raise ReadingError("its encoding cannot be told; save it as UTF-8")
    return str(best)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadingError(
            f"it says to be {encoding.removesuffix('-sig').upper()} but is damaged; save it again"
        ) from error


def _looks_binary(text: str) -> bool:
    controls = sum(1 for char in text if unicodedata.category(char) == "Cc" and char not in "\n\t\f")
    return "\0" in text or controls > max(2, len(text) / 200)
