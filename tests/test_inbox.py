"""The files of a corpus as a person adds, removes and puts them back: always inside it, and never over another."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag import inbox as inbox_module
from rag import reading
from rag.inbox import (
    MAX_FOLDERS,
    MAX_NAME,
    ROOM,
    Added,
    Inbox,
    InboxError,
    NoSuchFileError,
    RefusedFileError,
    TakenError,
    glance,
    safe_path,
)

MAX_BYTES = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


@pytest.fixture
def inbox(folder: Path, tmp_path: Path) -> Inbox:
    return Inbox(folder, tmp_path / "data", MAX_BYTES, tmp_path / "corpus" / "vectorstore")


def add(inbox: Inbox, name: str, *pieces: bytes | Iterator[bytes]) -> Added:
    with inbox.receive(name) as receiving:
        for piece in pieces or (f"What {name!a} says.".encode(),):
            for part in (piece,) if isinstance(piece, bytes) else piece:
                receiving.write(part)
        return receiving.keep()


def listed(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- adding ----------------------------------------------------------------------------------------------------------


def test_a_file_is_stored_under_its_name_in_a_folder_that_need_not_exist(inbox: Inbox, folder: Path) -> None:
    assert add(inbox, "report.md", b"One ", b"two.") == Added("report.md", is_new=True)
    assert listed(folder) == {"report.md": b"One two."}


def test_folders_that_a_name_brings_along_are_kept(inbox: Inbox, folder: Path) -> None:
    assert add(inbox, "2020/minutes/may.md").document == "2020/minutes/may.md"
    assert [name for name, _ in reading.files(folder)] == ["2020/minutes/may.md"]


def test_another_file_of_the_same_name_is_numbered_and_nothing_is_overwritten(inbox: Inbox, folder: Path) -> None:
    names = [add(inbox, "a.b.md", content).document for content in (b"1", b"2", b"3")]
    assert names == ["a.b.md", "a.b (2).md", "a.b (3).md"]
    assert sorted(listed(folder).values()) == [b"1", b"2", b"3"]


def test_content_that_is_there_already_is_not_stored_twice(inbox: Inbox, folder: Path) -> None:
    (folder / "old").mkdir(parents=True)
    (folder / "old" / "first.md").write_bytes(b"The same.")
    assert add(inbox, "second.txt", b"The same.") == Added("old/first.md", is_new=False)
    assert add(inbox, "third.txt", b"The s@me.").is_new
    assert add(inbox, "fourth.txt", b"The s@me.") == Added("third.txt", is_new=False)
    assert set(listed(folder)) == {"old/first.md", "third.txt"}


def test_content_that_has_gone_meanwhile_is_stored_again(inbox: Inbox, folder: Path) -> None:
    add(inbox, "a.md", b"text")
    (folder / "a.md").unlink()
    assert add(inbox, "b.md", b"text") == Added("b.md", is_new=True)


def test_the_same_content_in_a_file_that_is_not_read_does_not_stand_for_it(inbox: Inbox, folder: Path) -> None:
    folder.mkdir()
    for name in ("note.bak", ".hidden.md"):
        (folder / name).write_bytes(b"text")
    assert add(inbox, "note.md", b"text") == Added("note.md", is_new=True)


def test_many_files_of_one_name_at_once_all_arrive(inbox: Inbox, folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda n: add(inbox, "a.md", b"%d" % n), range(40)))
    assert len({one.document for one in added}) == 40
    assert sorted(listed(folder).values()) == sorted(b"%d" % n for n in range(40))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("photo.raw", "of the kind .raw are not read"),
        ("README", "without a suffix"),
        ("old.doc", "save it as .docx"),
        ("page.html.exe", "of the kind .exe"),
        ("", "no name"),
        ("..", "no name"),
        ("a/", "no name"),
        (".md", "without a suffix"),
        ("...", "no name"),
        ("\0\0", "no name"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(inbox: Inbox, folder: Path, name: str, reason: str) -> None:
    with pytest.raises(RefusedFileError, match=reason):
        add(inbox, name)
    assert not folder.exists() or listed(folder) == {}


def test_a_file_that_is_empty_or_too_large_leaves_nothing_behind(inbox: Inbox, folder: Path) -> None:
    with pytest.raises(RefusedFileError, match="it is empty"):
        add(inbox, "a.md", b"")
    with pytest.raises(RefusedFileError, match=r"larger than the 0\.001 MB"):
        add(inbox, "a.md", b"x" * MAX_BYTES, b"y")
    assert add(inbox, "a.md", b"x" * MAX_BYTES).is_new
    assert list(listed(folder)) == ["a.md"]


def test_a_file_that_does_not_come_whole_leaves_nothing_behind(inbox: Inbox, folder: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"Half of"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        add(inbox, "a.md", pieces())
    assert listed(folder) == {}


def test_what_is_half_received_is_no_document_and_is_swept_away_a_day_later(inbox: Inbox, folder: Path) -> None:
    with inbox.receive("a.md") as receiving:
        receiving.write(b"Half of")
        assert list(reading.files(folder)) == []
    left, recent = folder / ".sumber-0123.part", folder / ".sumber-4567.part"
    left.write_bytes(b"of a killed process")
    recent.write_bytes(b"of another process")
    os.utime(left, (0, 0))
    add(inbox, "b.md")
    assert set(listed(folder)) == {"b.md", recent.name}


def test_a_corpus_can_be_full(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MOST_FILES", 2)
    add(inbox, "a.md")
    add(inbox, "b.md")
    with pytest.raises(RefusedFileError, match="there are 2 files already"):
        add(inbox, "c.md")


# --- names -----------------------------------------------------------------------------------------------------------

HOSTILE = [
    ("../../etc/passwd.md", "passwd.md"),
    ("/etc/cron.d/job.md", "job.md"),
    ("a/../../b.md", "b.md"),
    ("..\\..\\windows\\evil.md", "evil.md"),
    ("C:\\Users\\ana\\notes.md", "notes.md"),
    ("c:notes.md", "c_notes.md"),
    ("\\\\server\\share\\notes.md", "notes.md"),
    ("a\0b.md", "ab.md"),
    ("a.md\0.exe", "a.md.exe"),
    ("line\nbreak\r\x1b[31m.md", "linebreak[31m.md"),
    ("gnp.\u202edm.md", "gnp.dm.md"),
    ("\ufeffzero\u200bwidth.md", "zerowidth.md"),
    ("half \ud83d character.md", "half  character.md"),
    ('<img src=x onerror="alert(1)">.md', "_img src=x onerror=_alert(1)__.md"),
    ("CON.md", "CON_.md"),
    ("nul", "nul_"),
    ("lpt1.tar.md", "lpt1_.tar.md"),
    ("console.md", "console.md"),
    (".sumberignore", "sumberignore"),
    ("~$report.docx", "report.docx"),
    (".git/hooks/x.md", "git/hooks/x.md"),
    ("a/./b//c.md", "a/b/c.md"),
    ("trailing. . .md . ", "trailing. ..md"),
    ("서울 보고서 (최종).md", "서울 보고서 (최종).md"),
    ("cafe\u0301.md", "caf\u00e9.md"),
    ("می\u200cخواهم.md", "می\u200cخواهم.md"),
]


@pytest.mark.parametrize(("name", "safe"), HOSTILE)
def test_a_name_becomes_safe_and_stays_readable(name: str, safe: str) -> None:
    assert safe_path(name).as_posix() == safe


@pytest.mark.parametrize("letter", ["x", "서", "😀", "e\u0301"])
def test_a_name_too_long_for_a_file_system_keeps_its_suffix(inbox: Inbox, folder: Path, letter: str) -> None:
    for content in (b"1", b"2"):
        added = add(inbox, f"{letter * 300}/{letter * 300}.md", content)
        assert added.document.endswith(".md")
        assert max(len(part.encode()) for part in added.document.split("/")) <= MAX_NAME
    assert len(safe_path(f"{letter * 300}.md").name.encode()) <= MAX_NAME - ROOM
    assert len(safe_path("a/" * 100 + "b.md").parts) == MAX_FOLDERS + 1
    assert len(listed(folder)) == 2


@pytest.mark.parametrize("name", [name for name, _ in HOSTILE] + ["x" * 5000 + ".md", "%2e%2e%2f.md", "....//a.md"])
def test_whatever_it_is_called_a_file_ends_inside_the_corpus_and_is_read(
    inbox: Inbox, folder: Path, tmp_path: Path, name: str
) -> None:
    try:
        added = add(inbox, name, b"text")
    except RefusedFileError:
        return
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {folder / added.document}
    assert [document for document, _ in reading.files(folder)] == [added.document]
    assert reading.load(folder / added.document, MAX_BYTES) == b"text"


def test_a_link_does_not_lead_out_of_the_corpus(inbox: Inbox, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder.mkdir()
    (folder / "away").symlink_to(outside)
    (folder / "dangling.md").symlink_to(outside / "new.md")
    with pytest.raises(RefusedFileError, match="away holds no documents"):
        add(inbox, "away/a.md")
    assert add(inbox, "dangling.md").document == "dangling (2).md"
    assert list(outside.iterdir()) == []


def test_nothing_is_added_to_the_index_or_below_a_file(inbox: Inbox, folder: Path) -> None:
    (folder / "vectorstore").mkdir(parents=True)
    with pytest.raises(RefusedFileError, match="holds no documents"):
        add(inbox, "vectorstore/a.md")
    add(inbox, "a.md")
    with pytest.raises(InboxError, match="cannot be changed"):
        add(inbox, "a.md/b.md")
    assert list(listed(folder)) == ["a.md"]


# --- removing and putting back ---------------------------------------------------------------------------------------


def test_a_removed_file_is_out_of_the_corpus_and_comes_back_as_it_was(inbox: Inbox, folder: Path) -> None:
    add(inbox, "reports/may.md", b"text")
    os.utime(folder / "reports" / "may.md", (1_000_000, 1_000_000))
    removed = inbox.remove("reports/may.md")
    assert listed(folder) == {}
    assert [(one.token, one.document) for one in inbox.removed()] == [(removed.token, "reports/may.md")]
    (folder / "reports").rmdir()
    assert inbox.restore(removed.token) == "reports/may.md"
    assert listed(folder) == {"reports/may.md": b"text"}
    assert (folder / "reports" / "may.md").stat().st_mtime == 1_000_000
    assert inbox.removed() == []


def test_putting_back_spares_what_is_there_now(inbox: Inbox, folder: Path) -> None:
    add(inbox, "a.md", b"old")
    removed = inbox.remove("a.md")
    add(inbox, "a.md", b"new")
    with pytest.raises(TakenError, match=r"another a\.md now"):
        inbox.restore(removed.token)
    (folder / "a.md").unlink()
    inbox.restore(removed.token)
    assert listed(folder) == {"a.md": b"old"}


@pytest.mark.parametrize("document", ["b.md", "../outside.md", "/etc/passwd", "", ".", "reports", "reports/", "a.md/"])
def test_only_what_the_corpus_lists_is_removed(inbox: Inbox, folder: Path, tmp_path: Path, document: str) -> None:
    add(inbox, "a.md")
    (folder / "reports").mkdir()
    (tmp_path / "outside.md").write_bytes(b"stays")
    with pytest.raises(NoSuchFileError, match="removed already"):
        inbox.remove(document)
    assert (tmp_path / "outside.md").exists()
    assert list(listed(folder)) == ["a.md"]


@pytest.mark.parametrize("token", ["", "..", "../..", "20200101-000000-01234567", "20200101-000000-01234567/..", "\0"])
def test_only_what_was_removed_is_put_back(inbox: Inbox, token: str) -> None:
    add(inbox, "a.md")
    inbox.remove("a.md")
    with pytest.raises(NoSuchFileError):
        inbox.restore(token)


def test_a_link_is_removed_and_not_what_it_leads_to(inbox: Inbox, folder: Path) -> None:
    add(inbox, "a.md", b"text")
    (folder / "b.md").symlink_to("a.md")
    removed = inbox.remove("b.md")
    assert set(listed(folder)) == {"a.md"}
    inbox.restore(removed.token)
    assert (folder / "b.md").is_symlink()


def test_a_file_is_not_put_back_through_a_link_that_leads_out(inbox: Inbox, folder: Path, tmp_path: Path) -> None:
    add(inbox, "reports/a.md", b"text")
    removed = inbox.remove("reports/a.md")
    (folder / "reports").rmdir()
    (tmp_path / "outside").mkdir()
    (folder / "reports").symlink_to(tmp_path / "outside")
    with pytest.raises(RefusedFileError):
        inbox.restore(removed.token)
    assert listed(tmp_path / "outside") == {}
    assert inbox.removed()[0].document == "reports/a.md", "it is not lost"


def test_a_file_whose_name_cannot_be_shown_can_be_removed_by_what_is_shown(inbox: Inbox, folder: Path) -> None:
    folder.mkdir()
    (folder / "bell\x07.md").write_bytes(b"text")
    ((shown, _),) = reading.files(folder)
    removed = inbox.remove(shown)
    assert listed(folder) == {}
    inbox.restore(removed.token)
    assert list(listed(folder)) == ["bell\x07.md"]


def test_what_is_removed_is_no_document_even_where_data_lies_in_the_corpus(folder: Path) -> None:
    inbox = Inbox(folder, folder / "data", MAX_BYTES)
    add(inbox, "a.md")
    removed = inbox.remove("a.md")
    assert list(reading.files(folder)) == []
    assert inbox.restore(removed.token) == "a.md"


def test_each_corpus_has_its_own_removed_files(inbox: Inbox, tmp_path: Path) -> None:
    other = Inbox(tmp_path / "other", tmp_path / "data", MAX_BYTES)
    add(inbox, "a.md")
    removed = inbox.remove("a.md")
    assert other.removed() == []
    with pytest.raises(NoSuchFileError):
        other.restore(removed.token)


def test_what_is_removed_can_lie_on_another_disk(inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, within = os.rename, os.replace

    def same_disk(source: Path, target: Path) -> bool:
        return (folder in Path(source).parents) == (folder in Path(target).parents)

    def move(source: Path, target: Path) -> None:
        if not same_disk(source, target):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        (real if move is os.rename else within)(source, target)

    add(inbox, "a.md", b"text")
    monkeypatch.setattr(os, "rename", move)
    monkeypatch.setattr(os, "replace", move)
    removed = inbox.remove("a.md")
    assert inbox.restore(removed.token) == "a.md"
    assert listed(folder) == {"a.md": b"text"}


def test_a_full_disk_is_named_and_leaves_nothing_behind(
    inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InboxError, match="no room left"):
        add(inbox, "a.md")
    assert [size for size in listed(folder).values() if size] == []
    assert listed(folder) == {}


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InboxError, match="Allow that, or do it yourself"):
        add(Inbox(tmp_path / "file", tmp_path / "data", MAX_BYTES), "a.md")


# --- looking ---------------------------------------------------------------------------------------------------------


def test_a_glance_tells_whether_a_document_came_changed_or_went(inbox: Inbox, folder: Path) -> None:
    seen = [glance(folder)]
    add(inbox, "a.md", b"one")
    seen.append(glance(folder))
    (folder / "a.md").write_bytes(b"three")
    seen.append(glance(folder))
    os.utime(folder / "a.md", (1, 1))
    seen.append(glance(folder))
    (folder / "a.md").rename(folder / "b.md")
    seen.append(glance(folder))
    assert len(set(seen)) == len(seen)
    (folder / ".hidden").write_bytes(b"x")
    (folder / "vectorstore").mkdir()
    (folder / "vectorstore" / "ledger.md").write_bytes(b"x")
    assert glance(folder, folder / "vectorstore") == seen[-1]
    inbox.remove("b.md")
    (folder / "vectorstore" / "ledger.md").unlink()
    assert glance(folder) == glance(folder / "nowhere") == 0


def test_looking_while_files_come_and_go_ends_well(inbox: Inbox, folder: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            add(inbox, "a.md", b"text")
            (folder / "a.md").unlink(missing_ok=True)

    with ThreadPoolExecutor(1) as pool:
        churning = pool.submit(churn)
        for _ in range(200):
            glance(folder)
        stop.set()
        churning.result()
