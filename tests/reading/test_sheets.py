"""Workbooks and separated values: which cells name the others, where tables part, and how fast."""

from __future__ import annotations

import datetime
import io
import random
import time
import zipfile
from contextlib import suppress

import pytest
import xlsxwriter

from rag.reading.blocks import compose
from rag.reading.grids import header_of
from rag.reading.sheets import read_csv, read_sheet
from rag.types import ReadingError
from tests.reading.test_opendocument import NAMES

Cell = str | float | bool | datetime.date | None


def workbook(*sheets: list[list[Cell]], names: list[str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd"}) as book:
        for number, rows in enumerate(sheets):
            sheet = book.add_worksheet(names[number] if names else None)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return buffer.getvalue()


def lines(data: bytes, name: str = "book.xlsx") -> list[str]:
    content = read_csv(data, name) if name.endswith((".csv", ".tsv")) else read_sheet(data, name)
    return compose(name, "", content).text.strip().split("\n\n")


def csv(text: str) -> list[str]:
    return lines(text.encode(), "table.csv")


def test_each_sheet_stands_under_its_name_with_a_line_for_each_row() -> None:
    data = workbook(
        [["Fish", "Kilos"], ["Tuna", 12.0], ["Snapper", 7.25]], [["Only a remark"]], names=["Landings", "Remarks"]
    )
    assert lines(data) == [
        *("## Landings", "Fish: Tuna; Kilos: 12", "Fish: Snapper; Kilos: 7.25", "## Remarks", "Only a remark")
    ]


def test_values_are_shown_as_a_person_writes_them() -> None:
    day = datetime.datetime(2023, 4, 5)
    data = workbook([["What", "Value"], ["day", day], ["time", day.replace(hour=6, minute=30)], ["sum", 0.1 + 0.2]])
    assert lines(data)[1:] == [
        *("What: day; Value: 2023-04-05", "What: time; Value: 2023-04-05 06:30:00", "What: sum; Value: 0.3")
    ]


def test_titles_and_notes_around_a_table_are_text() -> None:
    data = workbook(
        [["Catch by port"], [], ["Port", "Boats"], ["Sikka", 4], ["Maumere", 9], ["Source: harbour master"]]
    )
    assert lines(data)[1:] == [
        *("Catch by port", "Port: Sikka; Boats: 4", "Port: Maumere; Boats: 9", "Source: harbour master")
    ]


def test_tables_beside_and_below_each_other_keep_their_own_names() -> None:
    rows: list[list[Cell]] = [
        ["Port", "Boats", None, "Month", "Rain"],
        ["Sikka", 4, None, "May", 3],
        ["Bima", 6, None, "June", 1],
        [],
        ["Crew", "Age"],
        ["Yohana", 31],
    ]
    assert lines(workbook(rows))[1:] == [
        *("Port: Sikka; Boats: 4", "Port: Bima; Boats: 6", "Month: May; Rain: 3", "Month: June; Rain: 1"),
        "Crew: Yohana; Age: 31",
    ]


def test_rows_below_an_empty_one_belong_to_the_table_above() -> None:
    rows: list[list[Cell]] = [["Port", "Boats"], ["Sikka", 4], [], ["Bima", 6], ["Ende", 2]]
    assert lines(workbook(rows))[1:] == ["Port: Sikka; Boats: 4", "Port: Bima; Boats: 6", "Port: Ende; Boats: 2"]


def test_an_empty_column_for_looks_does_not_part_a_label_from_its_values() -> None:
    rows: list[list[Cell]] = [["Port", None, "Boats", "Crew"], ["Sikka", None, 4, 12], ["Bima", None, 6, 20]]
    assert lines(workbook(rows))[1:] == ["Port: Sikka; Boats: 4; Crew: 12", "Port: Bima; Boats: 6; Crew: 20"]


def test_merged_cells_and_hidden_sheets_are_kept() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Shown").write(0, 0, "Visible words")
        sheet = book.add_worksheet("Behind")
        sheet.hide()
        sheet.write_row(0, 0, ["Island", "Village", "Wells"])
        sheet.merge_range(1, 0, 2, 0, "Flores")
        sheet.write_row(1, 1, ["Nita", 3])
        sheet.write_row(2, 1, ["Lela", 5])
        sheet.write_comment(1, 2, "counted twice")
        sheet.insert_textbox(6, 0, "Wells are counted in May.")
    content = read_sheet(buffer.getvalue(), "book.xlsx")
    result = compose("book.xlsx", "", content)
    assert result.text.strip().split("\n\n")[2:] == [
        *("## Behind", "Island: Flores; Village: Nita; Wells: 3", "Island: Flores; Village: Lela; Wells: 5"),
        "Wells are counted in May.",
    ]
    assert "counted twice" in result.set_aside


def test_an_opendocument_sheet_is_read_and_a_bomb_of_repeated_cells_refused() -> None:
    def sheet(rows: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            package.writestr("META-INF/manifest.xml", f"<manifest:manifest {NAMES}/>")
            package.writestr(
                "content.xml",
                f"<office:document-content {NAMES}><office:body><office:spreadsheet>"
                f'<table:table table:name="Nets">{rows}</table:table>'
                "</office:spreadsheet></office:body></office:document-content>",
            )
        return buffer.getvalue()

    def row(*cells: str, repeated: int = 1, across: int = 1) -> str:
        inner = "".join(
            f'<table:table-cell office:value-type="string" table:number-columns-repeated="{across}">'
            f"<text:p>{cell}</text:p></table:table-cell>"
            for cell in cells
        )
        return f'<table:table-row table:number-rows-repeated="{repeated}">{inner}</table:table-row>'

    assert lines(sheet(row("Net", "Mesh") + row("gill", "40 mm")), "nets.ods") == ["## Nets", "Net: gill; Mesh: 40 mm"]
    with pytest.raises(ReadingError, match="too far apart"):
        read_sheet(sheet(row("x", repeated=1_000_000, across=16_000)), "bomb.ods")


def test_stray_cells_at_the_far_end_of_a_sheet_are_refused_before_the_memory_is_full() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "here")
        sheet.write(1_048_575, 16_383, "and there")
    with pytest.raises(ReadingError, match="delete the stray ones"):
        read_sheet(buffer.getvalue(), "book.xlsx")


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"<html><table><tr><td>1</td></tr></table></html>", "book.xlsx", "no .xlsx file, or damaged"),
        (b"<html></html>", "book.xls", "no workbook, or damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "book.xlsx", "encrypted"),
        (workbook([["a"]])[:-60], "book.xlsx", "damaged or cut off"),
        (b"", "book.xlsx", "no .xlsx file"),
    ],
)
def test_what_is_no_workbook_is_refused_with_the_reason(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(ReadingError, match=reason):
        read_sheet(data, name)


def test_a_damaged_workbook_is_read_or_refused_and_nothing_else() -> None:
    data, chance = workbook([["a", "b"], [1, 2]]), random.Random(3)
    for _ in range(80):
        spoilt = bytearray(data)
        for _ in range(chance.randrange(1, 9)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        with suppress(ReadingError):
            read_sheet(bytes(spoilt), "book.xlsx")


# --- separated values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    rows = [["Town", "Pupils, all", "Note"], ["Bajawa", "1.240", "new; larger"], ["Ruteng", "980", "old | small"]]
    text = "\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    assert csv(text) == [
        "Town: Bajawa; Pupils, all: 1.240; Note: new; larger",
        "Town: Ruteng; Pupils, all: 980; Note: old | small",
    ]


def test_one_column_stays_one_also_with_commas_in_prose() -> None:
    text = "The boat left at six, late as ever, and empty.\nNobody waited.\nRain fell, again.\nThe end\n"
    assert csv(text) == text.strip().split("\n")
    assert csv("rice\nsalt\nfish") == ["rice", "salt", "fish"]


def test_quoted_line_ends_ragged_rows_and_blank_lines_lose_nothing() -> None:
    text = 'Name,Town,Job\n"Ana\nMaria",Ende,cook\nBeni,Maumere\nCici,Bima,pilot,retired\n\nDodi,Waingapu,smith\n'
    assert csv(text) == [
        *("Name: Ana Maria; Town: Ende; Job: cook", "Name: Beni; Town: Maumere"),
        *("Name: Cici; Town: Bima; Job: pilot; retired", "Name: Dodi; Town: Waingapu; Job: smith"),
    ]


def test_a_file_without_a_header_gets_no_names() -> None:
    assert csv("Ana,31,Ende\nBeni,29,Bima\nCici,44,Ende\n") == ["Ana; 31; Ende", "Beni; 29; Bima", "Cici; 44; Ende"]


def test_an_open_quote_does_not_swallow_the_rest() -> None:
    assert csv('Item,Size\nrope,5\nplank,"3\nnail,1\n') == [
        "Item: rope; Size: 5",
        'Item: plank; Size: "3',
        "Item: nail; Size: 1",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_encodings_are_told(encoding: str) -> None:
    text = "Ort;Straße\nKöln;Hauptstraße\nUlm;Neue Straße\nBonn;Am Markt\n"
    assert lines(text.encode(encoding), "orte.csv")[0] == "Ort: Köln; Straße: Hauptstraße"


def test_a_hundred_thousand_rows_are_read_in_seconds() -> None:
    rows = "\n".join(f"{number},name {number},{number % 97},2024-01-{number % 28 + 1:02}" for number in range(100_000))
    start = time.perf_counter()
    content = read_csv(("id,name,points,day\n" + rows).encode(), "many.csv")
    assert time.perf_counter() - start < 5
    assert compose("many.csv", "", content).text.endswith("id: 99999; name: name 99999; points: 89; day: 2024-01-12\n")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("Town", "2019", "2020"), ("Ende", "4", "5")], 1),
        ([("", "2019", "2020"), ("Ende", "4", "5")], 1),
        ([("Year", "Rice", "Rice"), ("Year", "wet", "dry"), ("2019", "4", "5")], 2),
        ([("4", "5"), ("6", "7")], 0),
        ([("Ende", "Flores"), ("Bajawa", "Flores"), ("Kupang", "Timor")], 0),
        ([("Term", "Meaning"), ("aft", "towards the stern")], 1),
        ([("Name:", "Rina"), ("Town:", "Ende")], 0),
        ([("Name", "Rina"), ("Town", "Ende"), ("Born", "1990-02-01"), ("Job", "cook")], 0),
        ([("word",), ("other",)], 0),
        ([("points",), ("3",), ("4",)], 1),
        ([("alone", "row")], 0),
        ([], 0),
    ],
)
def test_a_header_is_told_from_values(rows: list[tuple[str, ...]], expected: int) -> None:
    assert header_of(rows) == expected
