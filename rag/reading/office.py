"""The doors of Word documents and presentations."""

from __future__ import annotations

from rag.reading import slides, word
from rag.reading.blocks import Content
from rag.reading.isolation import isolated
from rag.reading.packages import facts, opened


def read_docx(data: bytes, name: str) -> Content:
    """Reads a Word document: its text in order, deleted and hidden text left out, page heads and comments set aside.

    Raises:
        ReadingError: it is encrypted, damaged, or something else.
    """
    with isolated():
        package = opened(data, "word/", ".docx")
        parts = word.parts(package)
        return Content(parts, facts(package.xml("docProps/core.xml"), parts))


def read_pptx(data: bytes, name: str) -> Content:
    """Reads a presentation: each slide under its title, with its notes. Pages are slides.

    Raises:
        ReadingError: it is encrypted, damaged, or something else.
    """
    with isolated():
        package = opened(data, "ppt/", ".pptx")
        parts = slides.parts(package)
        return Content(parts, facts(package.xml("docProps/core.xml"), parts))
