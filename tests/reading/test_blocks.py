"""Parts to one stored text: what every format has in common."""

from __future__ import annotations

import pytest

from rag.reading.blocks import Block, Content, Facts, Part, Table, compose


def text(*parts: Part) -> str:
    return compose("a.docx", "sha", Content(parts)).text


def test_headings_items_and_paragraphs_are_written_in_the_manner_of_markdown() -> None:
    assert (
        text(
            Block("heading", "Ferries", 1),
            Block("text", "They  sail\n daily."),
            Block("item", "Gannet"),
            Block("item", "Tern"),
            Block("heading", "Fares", 3),
            Block("text", "Twelve euros."),
        )
        == "# Ferries\n\nThey sail daily.\n\n- Gannet\n- Tern\n\n### Fares\n\nTwelve euros.\n"
    )


def test_sections_and_pages_begin_where_the_text_says() -> None:
    document = compose(
        "a.pdf",
        "sha",
        Content(
            (
                Block("heading", "Report", 1, page=1),
                Block("heading", "Cost", 2, page=1),
                Block("text", "It cost 3.", page=1),
                Block("heading", "Time", 2, page=3),
                Block("text", "It took 4.", page=3),
            )
        ),
    )
    assert document.title == "Report"
    assert [section.title for section in document.sections] == ["Cost", "Time"]
    assert all(document.text[one.start :].startswith(f"## {one.title}") for one in document.sections)
    assert document.pages == (0, document.text.index("## Time"), document.text.index("## Time"))


def test_each_row_of_a_table_names_its_columns_and_leaves_out_what_is_empty() -> None:
    table = Table((("Region", "May", "June"), ("East", "12", "13"), ("West", "", "14")))
    assert text(table) == "Region: East; May: 12; June: 13\n\nRegion: West; June: 14\n"


def test_the_names_of_several_header_rows_are_joined() -> None:
    table = Table((("", "Sales", "Sales"), ("Region", "May", "June"), ("East", "12", "13")), header=2)
    assert text(table) == "Region: East; Sales, May: 12; Sales, June: 13\n"


def test_a_merged_cell_is_said_once_in_a_row() -> None:
    assert text(Table((("Day", "Day", "Fare"), ("Sunday", "Sunday", "3")))) == "Day: Sunday; Fare: 3\n"


@pytest.mark.parametrize(
    ("table", "written"),
    [
        (Table((("a", "b"),)), "a; b\n"),
        (Table((("a", "b"), ("c", "d")), header=0), "a; b\n\nc; d\n"),
        (Table((("a",), ("b", "c"))), "a: b; c\n"),
        (Table(((), ("", ""))), ""),
    ],
    ids=["header alone", "no header", "ragged", "empty"],
)
def test_odd_tables_lose_no_cell(table: Table, written: str) -> None:
    assert text(table) == written


def test_a_long_row_goes_on_in_lines_that_begin_with_what_it_is_about() -> None:
    names = ("Station", *(f"measurement {i}" for i in range(60)))
    lines = text(Table((names, ("Skarra", *(f"value {i}" for i in range(60)))))).strip().split("\n\n")
    assert len(lines) > 2
    assert all(line.startswith("Station: Skarra; ") and len(line) < 700 for line in lines)
    assert all(f"measurement {i}: value {i}" in "\n".join(lines) for i in range(60))


def test_what_is_set_aside_is_kept_apart() -> None:
    document = compose("a.html", "sha", Content((Block("aside", "Home"), Block("text", "News."), Block("aside", "©"))))
    assert (document.text, document.set_aside) == ("News.\n", "Home\n©")


def test_characters_that_cannot_be_shown_are_left_out_and_the_rest_is_in_composed_form() -> None:
    assert text(Block("text", "e\u0301 \x00\u202eab\ud800c")) == "é ab c\n"


def test_the_title_is_the_one_stated_else_the_first_heading_else_the_file_name() -> None:
    heading = Block("heading", "Second", 1)
    assert compose("x/a_b.pdf", "s", Content((heading,), Facts(title="First"))).title == "First"
    assert compose("x/a_b.pdf", "s", Content((heading,))).title == "Second"
    assert compose("x/a_b.pdf", "s", Content((Block("text", "t"),))).title == "a b"
