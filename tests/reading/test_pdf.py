"""PDFs, written here by reportlab or by hand, and what is read of them."""

from __future__ import annotations

import io
import random
import time
import warnings
from collections.abc import Callable, Iterator

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from rag.reading import ocr
from rag.reading.blocks import Block, Content, Table, compose
from rag.reading.pdf import MAX_PAGES, read_pdf
from rag.types import ReadingError

SENTENCE = "The ferry crosses the river twice a day in winter, and more often when the market is held."


def written(*draws: Callable[[Canvas], object], **options: object) -> bytes:
    """A file of which each page is drawn by one function."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, **options)
    for draw in draws:
        canvas.setFont("Helvetica", 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def prose(canvas: Canvas, y: float = 700) -> None:
    for i, line in enumerate((SENTENCE[:60].rsplit(" ", 1)[0], SENTENCE[len(SENTENCE[:60].rsplit(" ", 1)[0]) + 1 :])):
        canvas.drawString(70, y - 12 * i, line)


def by_hand(*objects: str, trailer: str = "") -> bytes:
    """A file of these objects, the first of which is its catalog."""
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode()
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{rows}trailer\n<</Size {count}/Root 1 0 R{trailer}>>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


def said(content: Content, kind: str = "text") -> list[str]:
    return [one.text for one in content.parts if isinstance(one, Block) and one.kind == kind]


def picture(text: str) -> Image.Image:
    image = Image.new("L", (1600, 300), 255)
    ImageDraw.Draw(image).text((60, 100), text, fill=0, font=ImageFont.load_default(64))
    return image


def scan(text: str) -> Callable[[Canvas], object]:
    return lambda canvas: canvas.drawInlineImage(picture(text), 50, 500, 500, 94)


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", "")
    ocr.languages.cache_clear()
    yield
    ocr.languages.cache_clear()


def test_paragraphs_carry_the_page_they_begin_on() -> None:
    content = read_pdf(written(prose, prose), "a.pdf")
    assert [(one.page, one.text) for one in content.parts if isinstance(one, Block)] == [(1, SENTENCE), (2, SENTENCE)]
    document = compose("a.pdf", "", content)
    assert document.text[document.pages[1] :].strip() == SENTENCE


def test_the_largest_text_of_the_first_page_is_the_title() -> None:
    def draw(canvas: Canvas) -> None:
        prose(canvas)
        canvas.setFont("Helvetica-Bold", 22)
        canvas.drawString(70, 760, "Crossings of the River")

    content = read_pdf(written(draw), "a.pdf")
    assert compose("a.pdf", "", content).title == "Crossings of the River"
    assert said(content, "text") == [SENTENCE]


@pytest.mark.parametrize("title", ["Microsoft Word - draft3.doc", "scan0001.pdf", "untitled", "Another report"])
def test_a_title_in_the_metadata_that_names_a_file_or_stands_nowhere_is_not_taken(title: str) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle(title)
        prose(canvas)

    assert read_pdf(written(draw), "a.pdf").facts.title is None


def test_title_and_author_in_the_metadata_are_taken_and_the_day_it_was_made_is_not() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle("The ferry in winter")
        canvas.setAuthor("Harbour Office")
        prose(canvas)

    facts = read_pdf(written(draw), "a.pdf").facts
    assert (facts.title, facts.publisher, facts.published) == ("The ferry in winter", "Harbour Office", None)


def test_the_date_of_publishing_and_the_language_are_taken_where_the_file_states_them() -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:date><rdf:Seq><rdf:li>2021-03-04T10:00:00Z'
        "</rdf:li></rdf:Seq></dc:date></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    stream = "BT /F 12 Tf 72 700 Td (A line of text) Tj ET"
    data = by_hand(
        "<</Type/Catalog/Pages 2 0 R/Lang(id-ID)/Metadata 6 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Type/Metadata/Subtype/XML/Length {len(xmp)}>>stream\n{xmp}\nendstream",
    )
    content = read_pdf(data, "a.pdf")
    assert said(content) == ["A line of text"]
    assert (content.facts.published, content.facts.language) == ("2021-03-04", "id")


def test_a_ruled_table_is_read_by_its_cells_and_not_again_as_text() -> None:
    rows = [("Vessel", "Berths", "Built"), ("Heron", "240", "1987"), ("Kingfisher of the north", "96", "2004")]

    def draw(canvas: Canvas) -> None:
        prose(canvas)
        canvas.grid([70, 220, 320, 420], [600, 580, 560, 540])
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                canvas.drawString((75, 225, 325)[c], 586 - 20 * r, cell)
        prose(canvas, 500)

    first, table, last = read_pdf(written(draw), "a.pdf").parts
    assert table == Table(tuple(rows), 1, 1)
    assert isinstance(first, Block)
    assert isinstance(last, Block)
    assert first.text == last.text == SENTENCE


def test_names_of_columns_that_run_upwards_name_them() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([70, 220, 250, 280], [600, 540, 520, 500])
        for y, row in (
            (586, ("Right", "", "")),
            (526, ("May open the gate", "X", "")),
            (506, ("May set the toll", "X", "X")),
        ):
            for x, cell in zip((75, 230, 260), row, strict=True):
                canvas.drawString(x, y, cell)
        canvas.rotate(90)
        canvas.drawString(545, -240, "Clerk")
        canvas.drawString(545, -270, "Keeper")

    document = compose("a.pdf", "", read_pdf(written(draw), "a.pdf"))
    assert document.text.split("\n\n") == [
        "Right: May open the gate; Clerk: X",
        "Right: May set the toll; Clerk: X; Keeper: X\n",
    ]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages_are_read_as_they_are_seen(turn: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((800, 800))
        canvas.setPageRotation(turn)
        canvas.translate(*{90: (800, 0), 180: (800, 800), 270: (0, 800)}[turn])
        canvas.rotate(turn)
        prose(canvas, 500)

    assert said(read_pdf(written(draw), "a.pdf")) == [SENTENCE]


def test_text_that_runs_up_the_margin_or_lies_off_the_page_is_set_aside() -> None:
    def draw(canvas: Canvas) -> None:
        prose(canvas)
        canvas.drawString(70, 2000, "Printer's note")
        canvas.rotate(90)
        canvas.drawString(300, -30, "Stamp of the archive")

    content = read_pdf(written(draw), "a.pdf")
    assert said(content) == [SENTENCE]
    assert sorted(said(content, "aside")) == ["Printer's note", "Stamp of the archive"]


def test_raised_figures_stay_powers_and_marks_of_notes() -> None:
    def draw(canvas: Canvas) -> None:
        line = canvas.beginText(70, 700)
        for text in ("An area of 10", "^4", " m", "^2", " by survey", "^7", " of the coast."):
            line.setFont("Helvetica", 6 if text[0] == "^" else 10)
            line.setRise(4 if text[0] == "^" else 0)
            line.textOut(text.removeprefix("^"))
        canvas.drawText(line)

    assert said(read_pdf(written(draw), "a.pdf")) == ["An area of 10⁴ m² by survey ⁷ of the coast."]


def test_what_is_filled_into_a_form_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(70, 700, "Name of the vessel:")
        canvas.acroForm.textfield(name="vessel", value="Kingfisher", x=170, y=694, width=200, height=18)

    assert "Name of the vessel: Kingfisher" in said(read_pdf(written(draw), "a.pdf"))


def test_korean_is_read() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("HYSMyeongJo-Medium"))

    def draw(canvas: Canvas) -> None:
        canvas.setFont("HYSMyeongJo-Medium", 11)
        canvas.drawString(70, 700, "나룻배는 하루에 두 번 강을 건넌다.")

    assert said(read_pdf(written(draw), "a.pdf")) == ["나룻배는 하루에 두 번 강을 건넌다."]


def test_a_file_that_needs_a_password_is_refused_and_one_that_only_forbids_changes_is_read() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of reportlab's old ciphers
        locked = written(prose, encrypt=StandardEncryption("secret", "owner"))
        guarded = written(prose, encrypt=StandardEncryption("", "owner", canModify=0))
    with pytest.raises(ReadingError, match="it is encrypted; save it without a password"):
        read_pdf(locked, "a.pdf")
    assert said(read_pdf(guarded, "a.pdf")) == [SENTENCE]


@pytest.mark.usefixtures("no_tesseract")
def test_images_without_text_are_refused_with_the_remedy_or_listed_beside_pages_with_text() -> None:
    remedy = r"its pages 1 to 2 are images without text; install Tesseract and sumber\[ocr\] to read them"
    with pytest.raises(ReadingError, match=remedy):
        read_pdf(written(scan("one"), scan("two")), "a.pdf")
    content = read_pdf(written(prose, scan("one")), "a.pdf")
    assert said(content) == [SENTENCE]
    assert said(content, "aside") == ["page 2 is an image without text"]


@pytest.mark.skipif("eng" not in ocr.languages(), reason="Tesseract is not installed")
def test_scanned_pages_are_read_by_tesseract_and_each_asks_for_time() -> None:
    steps: list[int] = []
    content = read_pdf(written(prose, scan("The lighthouse keeper")), "a.pdf", step=lambda: steps.append(1))
    assert [(one.page, one.text) for one in content.parts if isinstance(one, Block)] == [
        (1, SENTENCE),
        (2, "The lighthouse keeper"),
    ]
    assert steps


def test_a_file_of_blank_pages_has_no_text() -> None:
    with pytest.raises(ReadingError, match="it has no text"):
        read_pdf(written(lambda canvas: None), "a.pdf")


def test_more_pages_than_the_bound_are_refused() -> None:
    kids = "3 0 R " * (MAX_PAGES + 1)
    data = by_hand(
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {MAX_PAGES + 1}>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    )
    with pytest.raises(ReadingError, match="5001 pages"):
        read_pdf(data, "a.pdf")


@pytest.mark.usefixtures("no_tesseract")
def test_nothing_but_a_reading_error_comes_of_a_damaged_file() -> None:
    data = written(prose, lambda canvas: canvas.grid([70, 220, 320], [600, 580, 560]), prose)
    rng = random.Random(7)
    damaged = [b"", b"%PDF-1.7", b"no pdf at all", data[: len(data) // 2], data[200:]]
    for _ in range(150):
        spoilt = bytearray(data)
        for _ in range(rng.randint(1, 40)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        damaged.append(bytes(spoilt))
    refused = 0
    for one in damaged:
        try:
            assert read_pdf(one, "a.pdf").parts
        except ReadingError:
            refused += 1
    assert 5 <= refused < len(damaged)


def test_three_hundred_pages_are_read_well_within_the_deadline() -> None:
    def draw(canvas: Canvas) -> None:
        for y in range(100, 800, 14):
            canvas.drawString(60, y, SENTENCE)

    data = written(*[draw] * 30)
    start = time.process_time()
    read_pdf(data, "a.pdf")
    assert 10 * (time.process_time() - start) < 25
