"""Archives: what is in them is read under its name, within bounds, and one bad member spoils no other."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from rag.reading.archives import MOST_BYTES, MOST_MEMBERS, bounded_zip, read_zip
from rag.reading.blocks import Block, Content, compose
from rag.types import Document, ReadingError


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return buffer.getvalue()


def content(data: bytes, name: str) -> Content:
    """Reads texts, with a first line after # as a heading on page 1, and archives."""
    if name.endswith(".zip"):
        return read_zip(data, name, nested=content)
    if not name.endswith(".txt"):
        raise ReadingError("files of this kind are not read")
    lines = data.decode().split("\n")
    return Content(
        tuple(Block("heading", one[2:], 1, 1) if one.startswith("# ") else Block("text", one, page=1) for one in lines)
    )


def read(data: bytes, name: str = "all.zip") -> Document:
    return compose(name, "", content(data, name))


def test_members_stand_sorted_under_their_names_with_their_headings_below() -> None:
    result = read(archive({"b.txt": b"# Nets\nThree nets.", "a/old.txt": b"Boats."}))
    assert result.text == "## a/old.txt\n\nBoats.\n\n## b.txt\n\n### Nets\n\nThree nets.\n"
    assert result.title == "all"
    assert result.pages == ()


def test_hidden_members_are_passed_over_and_unreadable_ones_named_with_the_reason() -> None:
    members = {"__MACOSX/._a.txt": b"x", ".git/a.txt": b"x", "~$a.txt": b"x", "pic.raw": b"x", "ok.txt": b"Words."}
    result = read(archive(members))
    assert result.text == "## ok.txt\n\nWords.\n"
    assert result.set_aside == "pic.raw is not read: files of this kind are not read"


def test_an_archive_with_nothing_to_read_is_refused_with_the_first_reason() -> None:
    with pytest.raises(ReadingError, match=r"no document that can be read \(a.raw: files of this kind"):
        read(archive({"a.raw": b"x"}))
    with pytest.raises(ReadingError, match="no document that can be read"):
        read(archive({}))


def test_archives_in_archives_are_read_two_deep_and_no_deeper() -> None:
    data = archive({"deep.txt": b"Found."})
    for _ in range(2):
        data = archive({"inner.zip": data})
    assert "Found." in read(data).text
    with pytest.raises(ReadingError, match="packed too many times over"):
        read(archive({"inner.zip": data}))


def test_a_member_with_a_password_or_a_wrong_sum_spoils_no_other() -> None:
    data = bytearray(archive({"bad.txt": b"damaged words", "good.txt": b"Good words."}))
    data[data.index(b"bad.txt") + 7] ^= 0xFF
    result = read(bytes(data))
    assert result.text == "## good.txt\n\nGood words.\n"
    assert "bad.txt is not read: it is damaged" in result.set_aside
    locked = archive({"bad.txt": b"secret", "good.txt": b"Good words."})
    at = locked.index(b"PK\1\2") + 8
    result = read(locked[:at] + b"\1" + locked[at + 1 :])
    assert "bad.txt is not read: it is encrypted" in result.set_aside


def test_names_in_utf_8_without_their_flag_are_read() -> None:
    data = archive({"보고서.txt": b"Words."})
    name = "보고서.txt".encode()
    plain = archive({"x" * len(name): b"Words."}).replace(b"x" * len(name), name)
    assert read(data).text == read(plain).text == "## 보고서.txt\n\nWords.\n"


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    with pytest.raises(ReadingError, match="as a zip bomb does"):
        bounded_zip(archive({"zeros.txt": bytes(30_000_000)}))
    data = bytearray(archive({"a.txt": b"words"}))
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = struct.pack("<I", MOST_BYTES + 1)
    with pytest.raises(ReadingError, match="unpacks to more than 300 MB"):
        bounded_zip(bytes(data))


def test_a_bomb_that_declares_little_is_refused_by_what_it_unpacks_to() -> None:
    data = bytearray(archive({"zeros.txt": bytes(40_000_000)}))
    for mark, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = data.index(mark) + at
        data[start : start + 4] = struct.pack("<I", 5)
    with pytest.raises(ReadingError, match="as a zip bomb does"):
        bounded_zip(bytes(data))


def test_what_is_merely_repetitive_is_no_bomb() -> None:
    text = b"".join(b"%d,the same words,%d\n" % (number, number % 7) for number in range(400_000))
    assert bounded_zip(archive({"rows.csv": text})).namelist() == ["rows.csv"]


def test_too_many_members_are_refused() -> None:
    with pytest.raises(ReadingError, match="more than the 10,000"):
        bounded_zip(archive({f"{number}.txt": b"" for number in range(MOST_MEMBERS + 1)}))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\3\4", b"no zip at all", archive({"a.txt": b"words"})[:-30]],
    ids=["empty", "head", "text", "cut"],
)
def test_what_is_no_whole_zip_is_refused(data: bytes) -> None:
    with pytest.raises(ReadingError, match="damaged or cut off"):
        bounded_zip(data)


def test_overlapping_members_count_each_time_they_are_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(10_000_000)) + packer.flush()
    local = b"PK\3\4" + struct.pack("<5H3I2H", 20, 0, 8, 0, 0, 0, len(packed), 10_000_000, 1, 0) + b"a" + packed
    entries = b"".join(
        b"PK\1\2" + struct.pack("<6H3I5H2I", 20, 20, 0, 8, 0, 0, 0, len(packed), 10_000_000, 1, 0, 0, 0, 0, 0, 0) + b"a"
        for _ in range(40)
    )
    end = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 40, 40, len(entries), len(local), 0)
    with pytest.raises(ReadingError, match="unpacks to more than"):
        bounded_zip(local + entries + end)
