"""Word documents and presentations: what is read of them, in which order, and what is refused."""

from __future__ import annotations

import contextlib
import io
import random
import re
import zipfile
from collections.abc import Callable

import docx
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml as parse_pptx_xml
from pptx.oxml.ns import nsdecls as pptx_nsdecls
from pptx.oxml.ns import qn
from pptx.util import Inches

from rag.reading.blocks import Content, compose
from rag.reading.office import read_docx, read_pptx
from rag.reading.opendocument import read_odt
from rag.types import Document, ReadingError
from tests.reading.test_opendocument import opendocument

Saved = Callable[[io.BytesIO], None]


def data_of(saved: Saved) -> bytes:
    buffer = io.BytesIO()
    saved(buffer)
    return buffer.getvalue()


def read(content: Content, name: str = "file.docx") -> Document:
    return compose(name, "", content)


def word(document: docx.document.Document) -> Document:
    return read(read_docx(data_of(document.save), "file.docx"))


def changed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A zip with each member changed, those for which the change is None left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (now := change(name, old.read(name))) is not None:
                new.writestr(name, now)
    return buffer.getvalue()


# --- Word -------------------------------------------------------------------------------------------------------------


def test_paragraphs_lists_and_tables_stand_in_the_order_of_the_document() -> None:
    document = docx.Document()
    document.add_heading("Harbour plan", 0)
    document.add_heading("Budget", 1)
    document.add_paragraph("The council pays for the quay.")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["Year", "Sum", "2024", "300"], strict=True):
        cell.text = text
    document.add_paragraph("dredging", "List Bullet")
    document.add_paragraph("Lights come later.")
    result = word(document)
    assert result.text == (
        "# Harbour plan\n\n## Budget\n\nThe council pays for the quay.\n\nYear: 2024; Sum: 300\n\n- dredging\n\n"
        "Lights come later.\n"
    )
    assert result.title == "Harbour plan"
    assert [section.title for section in result.sections] == ["Budget"]


def test_the_only_top_heading_is_the_title_and_several_are_sections() -> None:
    one, two = docx.Document(), docx.Document()
    one.add_heading("Rules of the house", 1)
    one.add_heading("Quiet hours", 2)
    two.add_heading("Quiet hours", 1)
    two.add_heading("Bicycles", 1)
    assert word(one).text == "# Rules of the house\n\n## Quiet hours\n"
    assert word(two).text == "## Quiet hours\n\n## Bicycles\n"
    assert word(two).title == "file"


def test_an_outline_level_makes_a_heading_without_a_heading_style() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Ketentuan umum")
    paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="1"/>'))
    document.add_paragraph("Isi.")
    assert word(document).text == "### Ketentuan umum\n\nIsi.\n"


def test_automatic_numbers_are_written_out() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (kind, text) in enumerate([("decimal", "%1."), ("decimal", "%1.%2"), ("lowerRoman", "(%3)")])
    )
    numbering.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for text, level in [
        ("Parties", 0),
        ("Term", 0),
        ("Start", 1),
        ("End", 1),
        ("by notice", 2),
        ("Fees", 0),
        ("Due", 1),
    ]:
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>')
        )
    assert word(document).text.splitlines() == [
        *("- 1. Parties", "- 2. Term", "- 2.1 Start", "- 2.2 End", "- (i) by notice", "- 3. Fees", "- 3.1 Due")
    ]


def test_a_numbered_list_in_a_frame_is_counted_once() -> None:
    document = docx.Document()
    frame = document.add_table(1, 1).cell(0, 0)
    document.add_paragraph("after", "List Number")
    for text in ("first", "second"):
        frame.add_paragraph(text, "List Number")
    assert word(document).text == "- 1. first\n- 2. second\n- 3. after\n"


def test_merged_cells_stand_in_every_place_they_cover() -> None:
    document = docx.Document()
    table = document.add_table(4, 3)
    rows = [["Port", "Ships", ""], ["", "in", "out"], ["Ambon", "12", "9"], ["", "7", "8"]]
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 0).merge(table.cell(3, 0))
    assert word(document).text.split("\n\n") == [
        "Port: Ambon; Ships, in: 12; Ships, out: 9",
        "Port: Ambon; Ships, in: 7; Ships, out: 8\n",
    ]


def test_a_form_of_names_and_values_gets_no_column_names() -> None:
    document = docx.Document()
    table = document.add_table(3, 2)
    for cell, text in zip(table._cells, ["Name:", "Rina", "Town:", "Ende", "Phone:", "0812"], strict=True):
        cell.text = text
    assert word(document).text.split("\n\n") == ["Name:; Rina", "Town:; Ende", "Phone:; 0812\n"]


def test_a_table_in_a_table_follows_it_and_a_frame_of_one_cell_vanishes() -> None:
    document = docx.Document()
    outer = document.add_table(2, 2)
    for cell, text in zip(outer._cells, ["Part", "Note", "hull", "see below"], strict=True):
        cell.text = text
    inner = outer.cell(1, 1).add_table(2, 2)
    for cell, text in zip(inner._cells, ["Plate", "mm", "keel", "14"], strict=True):
        cell.text = text
    frame = document.add_table(1, 1).cell(0, 0)
    frame.text = "First paragraph in a frame."
    frame.add_paragraph("Second paragraph.")
    assert word(document).text == (
        "Part: hull; Note: see below\n\nPlate: keel; mm: 14\n\nFirst paragraph in a frame.\n\nSecond paragraph.\n"
    )


def test_deleted_and_hidden_text_is_left_out_and_inserted_text_and_links_are_kept() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("The fee is ")
    for xml in (
        "<w:del><w:r><w:delText>nine</w:delText></w:r></w:del>",
        "<w:ins><w:r><w:t>ten</w:t></w:r></w:ins>",
        '<w:hyperlink w:anchor="x"><w:r><w:t xml:space="preserve"> euros</w:t></w:r></w:hyperlink>',
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> secretly</w:t></w:r>",
        "<w:moveFrom><w:r><w:t> moved away</w:t></w:r></w:moveFrom>",
        "<w:r><w:t>.</w:t></w:r>",
    ):
        paragraph._p.append(parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls('w')}", xml)))
    assert word(document).text == "The fee is ten euros.\n"


def test_formulas_are_written_on_a_line() -> None:
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    document = docx.Document()

    def run(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('2')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{run('r')}</m:e><m:sup>{run('2')}</m:sup></m:sSup>"
    document.add_paragraph()._p.append(parse_xml(f"<m:oMath {math}>{run('A=π')}{power}{run('+')}{fraction}</m:oMath>"))
    assert word(document).text == "A=πr^2+(a+b)/2\n"


def test_text_boxes_footnotes_and_charts_follow_their_paragraph_and_alternatives_are_read_once() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Before the box.")
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    paragraph._p.append(
        parse_xml(
            f'<w:r {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:footnoteReference w:id="2"/></w:r>'))
    document.add_paragraph("After it.")
    note = (
        f'<w:footnotes {nsdecls("w")}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:t>See the annex.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    relation = (
        '<Relationship Id="note" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" '
        'Target="footnotes.xml"/></Relationships>'
    )

    def noted(name: str, data: bytes) -> bytes:
        return data.replace(b"</Relationships>", relation.encode()) if name.endswith("document.xml.rels") else data

    data = changed(data_of(document.save), noted)
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr("word/footnotes.xml", note)
    result = read(read_docx(buffer.getvalue(), "file.docx"))
    assert result.text == "Before the box.\n\nIn the box.\n\nSee the annex.\n\nAfter it.\n"


def test_page_heads_comments_and_contents_are_set_aside() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Confidential draft"
    document.sections[0].footer.paragraphs[0].text = "Page 3 of 9"
    paragraph = document.add_paragraph("The tide table is wrong.")
    document.add_comment(paragraph.runs, "Which one?", author="Sari", initials="S")
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("Introduction 4", "toc 1")
    result = word(document)
    assert result.text == "The tide table is wrong.\n"
    assert set(result.set_aside.splitlines()) == {"Confidential draft", "Page 3 of 9", "Which one?", "Introduction 4"}


def test_author_is_the_publisher_unless_a_program_put_it_there_and_saving_is_no_publishing() -> None:
    document = docx.Document()
    document.add_paragraph("Text.")
    assert word(document).publisher is None
    document.core_properties.author = "Dewi Lestari"
    document.core_properties.title = "Survey of reefs"
    result = word(document)
    assert (result.publisher, result.title, result.published) == ("Dewi Lestari", "Survey of reefs", None)
    document.core_properties.title = "Microsoft Word - final2.doc"
    assert word(document).title == "file"


def test_strict_files_templates_and_files_with_lost_pictures_are_read() -> None:
    document = docx.Document()
    document.add_paragraph("Still readable.")
    data = data_of(document.save)

    def strict(name: str, part: bytes) -> bytes:
        return re.sub(rb"http://schemas.openxmlformats.org/(\w+)/2006/", rb"http://purl.oclc.org/ooxml/\1/", part)

    def macros(name: str, part: bytes) -> bytes:
        return part.replace(b"document.main+xml", b"template.macroEnabledTemplate.main+xml")

    def lost(name: str, part: bytes) -> bytes:
        missing = b'<Relationship Id="gone" Type="x/image" Target="media/gone.png"/></Relationships>'
        return part.replace(b"</Relationships>", missing) if name.endswith("document.xml.rels") else part

    for change in (strict, macros, lost):
        assert read(read_docx(changed(data, change), "file.docx")).text == "Still readable.\n", change.__name__


# --- presentations ----------------------------------------------------------------------------------------------------


def slides() -> pptx.presentation.Presentation:
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Ferry timetable reform"
    first.placeholders[1].text = "Port authority"
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "What changes"
    frame = second.placeholders[1].text_frame
    frame.text = "Hourly boats"
    frame.add_paragraph().text = "One ticket"
    second.notes_slide.notes_text_frame.text = "Mention the island of Rote."
    return deck


def test_slides_are_pages_with_their_title_bullets_and_notes() -> None:
    result = read(read_pptx(data_of(slides().save), "deck.pptx"), "deck.pptx")
    assert result.text == (
        "# Ferry timetable reform\n\nPort authority\n\n## What changes\n\n- Hourly boats\n- One ticket\n\n"
        "Mention the island of Rote.\n"
    )
    assert result.title == "Ferry timetable reform"
    assert result.text[result.pages[1] :].startswith("## What changes")


def test_shapes_are_read_from_top_to_bottom_also_in_groups() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])

    def box(shapes: pptx.shapes.shapetree.SlideShapes, text: str, left: float, top: float) -> None:
        shapes.add_textbox(Inches(left), Inches(top), Inches(1), Inches(0.5)).text_frame.text = text

    box(slide.shapes, "bottom", 0, 6)
    box(slide.shapes, "top right", 5, 1.05)
    box(slide.shapes, "top left", 0, 1)
    group = slide.shapes.add_group_shape()
    box(group.shapes, "middle", 2, 3)
    result = read(read_pptx(data_of(deck.save), "deck.pptx"))
    assert result.text.split() == ["top", "left", "top", "right", "middle", "bottom"]


def test_tables_and_charts_of_slides_become_rows() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(3, 2, 0, 0, Inches(4), Inches(1)).table
    for at, text in enumerate(["Route", "Minutes", "Kupang", "90", "Larantuka", "45"]):
        table.cell(at // 2, at % 2).text = text
    values = CategoryChartData()
    values.categories = ["May", "June"]
    values.add_series("Passengers", (1200, 1350.5))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, Inches(3), Inches(4), Inches(3), values)
    assert read(read_pptx(data_of(deck.save), "deck.pptx")).text == (
        "Route: Kupang; Minutes: 90\n\nRoute: Larantuka; Minutes: 45\n\nMay; Passengers: 1200\n\n"
        "June; Passengers: 1350.5\n"
    )


def test_slide_numbers_and_footers_are_set_aside() -> None:
    deck = slides()
    slide = deck.slides[1]
    for text, kind in (("7", "sldNum"), ("Internal", "ftr")):
        shape = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1))
        shape.text_frame.text = text
        mark = parse_pptx_xml(f'<p:ph {pptx_nsdecls("p")} type="{kind}"/>')
        next(shape._element.iter(qn("p:nvPr"))).append(mark)
    result = read(read_pptx(data_of(deck.save), "deck.pptx"))
    assert sorted(result.set_aside.splitlines()) == ["7", "Internal"]
    assert "Internal" not in result.text


# --- refused ----------------------------------------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "encrypted; save it without a password"),
        (OLE + bytes(600), "old Office format, not a .docx file"),
        (b"just words", "no .docx file, or damaged"),
        (b"", "no .docx file, or damaged"),
        (b"PK\3\4 cut off", "damaged or cut off"),
        (data_of(slides().save), "by its content it is a presentation, not a .docx file"),
        (opendocument(""), "a zip archive, not a .docx file"),
    ],
)
def test_what_is_no_word_document_is_refused_with_what_it_is(data: bytes, reason: str) -> None:
    with pytest.raises(ReadingError, match=reason):
        read_docx(data, "file.docx")


@pytest.mark.parametrize("bomb", [True, False])
def test_entities_are_not_expanded_and_no_file_is_included(bomb: bool) -> None:
    tens = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
    entities = f'<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/hostname"><!ENTITY a "aaaaaaaaaa">{tens}]>'
    text = "safe&j;" if bomb else "safe&a;&file;"
    body = f"<w:document {nsdecls('w')}><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"

    def change(name: str, part: bytes) -> bytes:
        return (entities + body).encode() if name == "word/document.xml" else part

    data = changed(data_of(docx.Document().save), change)
    if bomb:
        with pytest.raises(ReadingError, match="damaged"):
            read_docx(data, "file.docx")
    else:
        assert read(read_docx(data, "file.docx")).text == "safe\n"


def test_a_damaged_file_is_read_or_refused_and_nothing_else() -> None:
    document = docx.Document()
    document.add_heading("Title", 1)
    document.add_table(2, 2)
    whole = {
        "docx": (read_docx, data_of(document.save)),
        "pptx": (read_pptx, data_of(slides().save)),
        "odt": (read_odt, opendocument("<office:text><text:p>words</text:p></office:text>")),
    }
    chance = random.Random(7)
    for kind, (reader, data) in whole.items():
        for _ in range(60):
            spoilt = bytearray(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
            for _ in range(chance.randrange(1, 9)):
                if spoilt:
                    spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            with contextlib.suppress(ReadingError):
                reader(bytes(spoilt), f"file.{kind}")


def test_absurd_numbers_in_a_file_take_no_memory() -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["Port", "Boats", "Sikka", "4"], strict=True):
        cell.text = text
    row = table.rows[1]._tr.get_or_add_trPr()
    row.append(parse_xml(f'<w:gridBefore {nsdecls("w")} w:val="99999999999"/>'))
    table.cell(0, 0)._tc.get_or_add_tcPr().append(parse_xml(f'<w:gridSpan {nsdecls("w")} w:val="99999999999"/>'))
    assert "Sikka" in word(document).text


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    def change(name: str, part: bytes) -> bytes:
        deep = b"<w:ins>" * 20_000 + b"</w:ins>" * 20_000
        return part.replace(b"<w:body>", b"<w:body>" + deep) if name == "word/document.xml" else part

    with pytest.raises(ReadingError):
        read_docx(changed(data_of(docx.Document().save), change), "file.docx")
