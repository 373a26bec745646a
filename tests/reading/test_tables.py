"""Through the front door: a question about one cell of a table finds its row, and the quote names the column."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from tests.conftest import Opener

TITLE = "Harbour dues of the northern ports"
INTRO = "The harbour office sets what a berth costs. The council agreed to them in spring, and they hold for a year."
ROWS = [
    ["Port", "Summer berth", "Winter berth", "Harbour master"],
    ["Skarra", "41 crowns", "18 crowns", "Ilse Brandvold"],
    ["Lund", "36 crowns", "15 crowns", "Per Aune"],
    ["Vestness", "52 crowns", "27 crowns", "Gro Tangen"],
]


def as_docx() -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_paragraph(INTRO)
    table = document.add_table(rows=0, cols=4)
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def as_pdf() -> bytes:
    written = io.BytesIO()
    style = getSampleStyleSheet()
    table = Table(ROWS, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")]))
    SimpleDocTemplate(written, pagesize=A4).build([Paragraph(TITLE, style["Title"]), Paragraph(INTRO), table])
    return written.getvalue()


def as_html() -> bytes:
    head, *body = ROWS
    cells = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in body)
    return (
        f"<html><head><title>{TITLE}</title></head><body><nav><a href='/'>Home</a></nav><article><h1>{TITLE}</h1>"
        f"<p>{INTRO}</p><table><tr>{''.join(f'<th>{one}</th>' for one in head)}</tr>{cells}</table></article></body>"
    ).encode()


def as_csv() -> bytes:
    return "\n".join(",".join(row) for row in ROWS).encode()


@pytest.mark.parametrize(
    ("name", "made"), [("dues.docx", as_docx), ("dues.pdf", as_pdf), ("dues.html", as_html), ("dues.csv", as_csv)]
)
def test_a_question_about_one_cell_is_answered_by_its_row_and_column(
    open_assistant: Opener, corpus: Path, name: str, made: Callable[[], bytes]
) -> None:
    (corpus / name).write_bytes(made())
    assistant = open_assistant()
    assert name in assistant.sync().added
    answer = assistant.ask("What does a winter berth at Vestness cost?")
    assert answer.status == "answered"
    first = answer.citations[0]
    assert first.document == name
    assert "Port: Vestness" in first.quote
    assert "Winter berth: 27 crowns" in first.quote
    assert assistant.document(name).text[first.start : first.end] == first.quote
