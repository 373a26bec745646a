"""The text of an image of a page, by Tesseract where it is installed with the extra `sumber[ocr]`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 300  # what Tesseract's models were trained for
SECONDS = 20  # for one page
_LANGUAGES = ("eng", "kor", "ind")


@lru_cache(maxsize=1)
def languages() -> str:
    """The languages that can be read, as Tesseract takes them: `eng+kor`. Empty where nothing can be read."""
    try:
        import pytesseract

        installed = pytesseract.get_languages()
    except (ImportError, OSError, RuntimeError):  # TesseractNotFoundError is an OSError, TesseractError a RuntimeError
        return ""
    return "+".join(one for one in _LANGUAGES if one in installed)


def paragraphs_of(image: Image) -> list[str]:
    """The paragraphs on an image; none where it holds no text that can be read within the time."""
    import pytesseract

    try:
        text = pytesseract.image_to_string(image, lang=languages(), timeout=SECONDS)
    except (pytesseract.TesseractError, RuntimeError):  # a timeout is a bare RuntimeError
        return []
    text = re.sub(r"(?<=[^\W\d_])-\n(?=[a-z])", "", text)
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n|\f", text))
    return [one for one in paragraphs if any(char.isalnum() for char in one)]
