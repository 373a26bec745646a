"""Lines of text at places on a page, and what is made of them."""

from __future__ import annotations

from rag.reading.blocks import Block, Part, Table
from rag.reading.layout import furniture, parts_of
from rag.reading.lines import Line, Page, Row, Word, grid_of, in_order, joined, lines_of, mirrored, vocabulary


def words(text: str, x: float = 50, y: float = 100, size: float = 10, bold: bool = False) -> list[Word]:
    """A line of words, each letter half as wide as high; two spaces or more make a gap as wide as they are."""
    found, at = [], 0
    for token in text.split():
        at = text.index(token, at)
        left, right = x + at * size / 2, x + (at + len(token)) * size / 2
        found.append(Word(token, left, right, y, size, bold, True))
        at += len(token)
    return found


def lines(text: str, x: float = 50, y: float = 100, size: float = 10, leading: float = 12) -> list[Word]:
    return [word for i, line in enumerate(text.splitlines()) for word in words(line, x, y + i * leading, size)]


def page(number: int, found: list[Word]) -> Page:
    return Page(number, 0, 800, tuple(in_order(found)))


def parts(*pages: Page) -> list[Part]:
    return parts_of(pages, furniture(pages))


def said(found: list[Part]) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in found if isinstance(one, Block)]


def texts(rows: list[Row]) -> list[str]:
    return [row.text for row in rows if isinstance(row, Line)]


LONG = "The ferry crosses twice a day in winter and more often when the market is"
FULL = f"{LONG}\nheld, and the old bridge stays open to carts and to people on foot all night\nlong."


def test_broken_lines_become_one_paragraph() -> None:
    assert said(parts(page(1, lines(FULL)))) == [("text", FULL.replace("\n", " "))]


def test_a_word_cut_at_a_line_end_is_mended() -> None:
    found = parts(page(1, lines("The council met to talk about the water and about the new embank-\nment.")))
    assert said(found)[0][1].endswith("the new embankment.")


def test_a_compound_keeps_its_hyphen_where_the_document_writes_it_so() -> None:
    rows = lines_of(lines("a low-cost pump is a\nlow-\ncost pump"))
    cut = [row for row in rows if isinstance(row, Line)]
    assert joined(cut, vocabulary(rows)) == "a low-cost pump is a low-cost pump"


def test_a_hyphen_before_a_figure_or_a_capital_stays() -> None:
    for one, two in (("in 2019-", "2020"), ("the Anglo-", "Saxon")):
        rows = [row for row in lines_of(lines(f"{one}\n{two}")) if isinstance(row, Line)]
        assert joined(rows) == one + two


def test_a_soft_hyphen_leaves_no_trace() -> None:
    rows = [row for row in lines_of(lines("the embank\u00ad\nment holds wa\u00adter")) if isinstance(row, Line)]
    assert joined(rows) == "the embankment holds water"


def test_a_gap_or_a_short_line_that_ends_a_sentence_ends_the_paragraph() -> None:
    apart = lines(f"{LONG}\nheld.") + lines(f"{LONG}\nheld.", y=150)
    short = lines(f"{LONG}\nheld.\n{LONG}\nheld.")
    assert [text for _, text in said(parts(page(1, apart)))] == [f"{LONG} held."] * 2
    assert [text for _, text in said(parts(page(1, short)))] == [f"{LONG} held."] * 2


def test_larger_and_bold_lines_are_headings_and_the_largest_is_the_title() -> None:
    found = [
        *words("Crossing the River", y=60, size=20),
        *words("When it runs", y=90, size=14),
        *lines(FULL, y=120),
        *words("What it costs", y=190, bold=True),
        *lines(FULL, y=210),
    ]
    headings = [(one.level, one.text) for one in parts(page(1, found)) if getattr(one, "kind", "") == "heading"]
    assert headings == [(1, "Crossing the River"), (2, "When it runs"), (4, "What it costs")]


def test_bold_words_within_a_paragraph_make_no_heading() -> None:
    first, second, third = FULL.splitlines()
    found = words(first) + words(second, y=112, bold=True) + words(third, y=124)
    assert [kind for kind, _ in said(parts(page(1, found)))] == ["text"]


def test_bullets_and_numbers_begin_items_that_hold_their_further_lines() -> None:
    found = lines(f"• {LONG}") + lines("  held", y=112) + lines("• Second\n1. Third\n(b) Fourth", y=124)
    assert said(parts(page(1, found))) == [
        ("item", f"{LONG} held"),
        ("item", "Second"),
        ("item", "1. Third"),
        ("item", "(b) Fourth"),
    ]


def test_columns_are_read_one_after_the_other_however_the_file_writes_them() -> None:
    left = [f"left words of line {i} go on" for i in range(12)]
    right = [f"right words of line {i} go on" for i in range(12)]
    by_column = lines("\n".join(left)) + lines("\n".join(right), x=300)
    by_line = [word for i in range(12) for word in words(left[i], y=100 + 12 * i) + words(right[i], 300, 100 + 12 * i)]
    assert texts(in_order(by_column)) == texts(in_order(by_line)) == left + right


def test_what_stands_above_is_read_first_though_the_file_writes_it_last() -> None:
    found = lines(FULL, y=200) + words("A headline", y=100, size=18)
    assert texts(in_order(found))[0] == "A headline"


def test_a_paragraph_goes_on_in_the_next_column_and_on_the_next_page() -> None:
    first = lines(FULL.replace("long.", "long and"), y=700) + words("1 A footnote of small letters.", y=760, size=7)
    found = parts(page(1, first), page(2, lines("the ferry waits for it.\nThe end.")))
    start = found[0]
    assert isinstance(start, Block)
    assert (start.page, start.text.endswith("long and the ferry waits for it. The end.")) == (1, True)


def test_what_repeats_at_the_edge_of_pages_is_set_aside_whatever_its_numbers() -> None:
    pages = [
        page(n, [*words(f"Yearbook 20{n}", y=30), *lines(FULL, y=300), *words(f"- {n} -", y=780)]) for n in range(1, 6)
    ]
    found = said(parts(*pages))
    assert [text for kind, text in found if kind == "aside"] == [
        f for n in range(1, 6) for f in (f"Yearbook 20{n}", f"- {n} -")
    ]
    assert all(kind in ("aside", "text") for kind, _ in found)


def test_the_head_of_a_chapter_of_one_page_is_set_aside_where_others_stand() -> None:
    heads = [
        "Chapter 1: Gates 1",
        "Chapter 1: Gates 2",
        "Chapter 1: Gates 3",
        "Chapter 2: Tolls 4",
        "Chapter 3: Carts 5",
    ]
    pages = [page(n, [*words(head, y=30), *lines(FULL, y=300)]) for n, head in enumerate(heads, 1)]
    assert furniture(pages) == {(n, 0) for n in range(1, 6)}


def test_rows_of_figures_at_the_edge_of_pages_are_no_running_heads() -> None:
    pages = [page(n, [*words(f"1{n} 2{n} 3{n} 4{n}", y=30), *lines(FULL, y=300)]) for n in range(1, 6)]
    assert not furniture(pages)


def test_lines_of_a_table_of_contents_are_set_aside() -> None:
    found = said(
        parts(page(1, lines("The ferry . . . . . . . . . 12\nThe bridge ........... iv") + lines(FULL, y=200)))
    )
    assert [kind for kind, _ in found] == ["aside", "aside", "text"]


def test_short_cells_that_line_up_over_three_lines_are_a_table() -> None:
    rows = [
        "Vessel            Berths     Year",
        "Heron             240        1987",
        "Kingfisher        96         2004",
    ]
    assert parts(page(1, lines("\n".join(rows)))) == [
        Table((("Vessel", "Berths", "Year"), ("Heron", "240", "1987"), ("Kingfisher", "96", "2004")), 1, 1)
    ]


def test_a_list_of_terms_that_line_up_has_no_header() -> None:
    found = parts(page(1, lines("-c            checks it\n-h            shows help\n-v            tells more")))
    assert isinstance(found[0], Table)
    assert found[0].header == 0


def test_two_lines_with_gaps_stay_lines() -> None:
    found = parts(page(1, lines("Vessel            Berths\nHeron             240")))
    assert said(found) == [("text", "Vessel Berths"), ("text", "Heron 240")]


def test_a_ruled_table_repeats_merged_cells_in_each_place() -> None:
    boxes = [
        (0.0, 0.0, 200.0, 20.0),
        (0.0, 20.0, 100.0, 40.0),
        (100.0, 20.0, 200.0, 40.0),
        (0.0, 40.0, 100.0, 60.0),
        (100.0, 40.0, 200.0, 60.0),
    ]
    found = (
        words("Crossings", 10, 15)
        + words("Day", 10, 35)
        + words("Night", 110, 35)
        + words("12", 10, 55)
        + words("3", 110, 55)
    )
    grid = grid_of(boxes, found)
    assert grid is not None
    assert grid.rows == (("Crossings", "Crossings"), ("Day", "Night"), ("12", "3"))


def test_boxes_that_are_nearly_empty_are_no_table() -> None:
    boxes = [(x * 50.0, y * 20.0, x * 50.0 + 50, y * 20.0 + 20) for x in range(5) for y in range(5)]
    assert grid_of(boxes, words("Axis", 10, 15) + words("Origin", 60, 35)) is None


def test_lines_that_run_from_right_to_left_keep_their_order() -> None:
    found = [Word("שלום", 300, 330, 100, 10, False, True), Word("עולם", 265, 295, 100, 10, False, True)]
    assert texts(in_order(mirrored(found))) == ["שלום עולם"]


def test_korean_lines_join_without_a_space_where_the_file_writes_spaces_at_line_ends() -> None:
    def line(text: str, y: float, spaced: bool) -> Row:
        return lines_of([Word(text, 50, 250, y, 10, False, spaced)])[0]

    rows = tuple(
        line(text, y, spaced)
        for text, y, spaced in (("강을건너는나룻", 100, False), ("배가있다고한", 112, True), ("다는말", 124, False))
    )
    assert said(parts(Page(1, 0, 800, rows))) == [("text", "강을건너는나룻배가있다고한 다는말")]
