"""The keeper: the index follows the folder, soon, once it has come to rest, and whatever goes wrong meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.types import Changes, IndexBusyError, Progress, SumberError
from rag.ui import keeping
from rag.ui.keeping import Keeper, State
from rag.ui.library import changes_words, status_words
from tests.ui.fake import FolderAssistant

LOOK = 0.02  # seconds
PATIENCE = 20.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("One.", "utf-8")
    return tmp_path / "corpus"


class Counting(FolderAssistant):
    """Counts its syncs, and raises what it is given first."""

    def __init__(self, corpus: Path) -> None:
        super().__init__(corpus)
        self.syncs = 0
        self.raises: list[SumberError] = []

    def sync(self, progress: Callable[[Progress], None] | None = None) -> Changes:
        self.syncs += 1
        if self.syncs > 1 and self.raises:
            raise self.raises.pop(0)
        return super().sync(progress)


@pytest.fixture
def assistant(folder: Path) -> Counting:
    return Counting(folder)


@pytest.fixture
def keeper(assistant: Counting) -> Iterator[Keeper]:
    with Keeper(assistant, look_seconds=LOOK) as keeper:
        keeper.wait()
        yield keeper


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(LOOK / 4)


def test_a_file_put_into_the_folder_is_read_without_being_asked(keeper: Keeper, folder: Path) -> None:
    version = keeper.state.version
    (folder / "b.txt").write_text("Two.", "utf-8")
    until(lambda: keeper.state.changes == Changes(added=("b.txt",)))
    assert keeper.state.version > version


def test_a_folder_that_rests_is_not_read_again(keeper: Keeper, assistant: Counting) -> None:
    time.sleep(10 * LOOK)
    assert assistant.syncs == 1
    keeper.sync_now()
    until(lambda: keeper.state.changes == Changes())
    assert assistant.syncs == 2


def test_files_that_cannot_be_read_are_told_of_once_and_again_when_others_cannot(keeper: Keeper, folder: Path) -> None:
    def told(failed: int, **done: tuple[str, ...]) -> None:
        until(lambda: keeper.state.changes is not None and len(keeper.state.changes.failed) == failed)
        until(lambda: keeper.state.changes == Changes(failed=keeper.state.changes.failed, **done))

    (folder / "damaged.txt").write_bytes(b"\xff\xfe\xfa")
    told(1)
    (folder / "b.txt").write_text("Two.", "utf-8")
    told(0, added=("b.txt",))
    (folder / "worse.txt").write_bytes(b"\xff\xfe\xfa")
    told(2)
    (folder / "worse.txt").write_text("Better.", "utf-8")
    told(1, added=("worse.txt",))


def test_how_many_files_were_read_is_told_while_the_passages_of_some_are_embedded(folder: Path) -> None:
    class Embedding(FolderAssistant):
        def sync(self, progress: Callable[[Progress], None] | None = None) -> Changes:
            assert progress
            for told in (Progress("reading", 7, 9, "g.txt"), Progress("embedding", 0, 64, "a.txt")):
                progress(told)
            assert keeper.state.progress == Progress("embedding", 7, 9, "a.txt")
            return Changes()

    keeper = Keeper(Embedding(folder))
    with keeper:
        keeper.wait()
        assert keeper.state.notice == ""


def test_a_file_that_is_being_copied_is_read_when_it_has_come_to_rest(
    keeper: Keeper, assistant: Counting, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_UNSETTLED", 10_000)
    looks = []
    monkeypatch.setattr(keeper, "_look", lambda: looks.append(0) or (len(looks) if len(looks) < 6 else 6))
    until(lambda: assistant.syncs == 2)
    assert len(looks) >= 7, "six looks differ, the seventh does not"


def test_a_folder_that_never_rests_is_read_all_the_same(
    keeper: Keeper, assistant: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_UNSETTLED", 3)
    looks = []
    monkeypatch.setattr(keeper, "_look", lambda: looks.append(0) or len(looks))
    until(lambda: assistant.syncs >= 3)


def test_a_busy_index_is_tried_again_and_what_cannot_be_mended_is_not(
    keeper: Keeper, assistant: Counting, folder: Path
) -> None:
    assistant.raises = [IndexBusyError("another process is writing"), IndexBusyError("another process is writing")]
    (folder / "b.txt").write_text("Two.", "utf-8")
    until(lambda: keeper.state.changes == Changes(added=("b.txt",)))
    assert (assistant.syncs, keeper.state.notice) == (4, "")
    assistant.raises = [SumberError("the disk is full. Make room")]
    (folder / "c.txt").write_text("Three.", "utf-8")
    until(lambda: keeper.state.notice != "")
    time.sleep(10 * LOOK)
    assert (assistant.syncs, keeper.state.notice) == (5, "the disk is full. Make room")
    (folder / "d.txt").write_text("Four.", "utf-8")
    until(lambda: keeper.state.changes == Changes(added=("c.txt", "d.txt")) and not keeper.state.notice)


def test_a_folder_that_comes_later_is_read_then(tmp_path: Path) -> None:
    class Missing(FolderAssistant):
        def sync(self, progress: Callable[[Progress], None] | None = None) -> Changes:
            if not self.corpus.is_dir():
                raise SumberError("there is no corpus folder. Make it")
            return super().sync(progress)

    with Keeper(Missing(tmp_path / "later"), look_seconds=LOOK) as keeper:
        keeper.wait()
        assert keeper.state.notice.startswith("there is no corpus folder")
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "a.txt").write_text("One.", "utf-8")
        until(lambda: keeper.state.changes == Changes(added=("a.txt",)))
        assert keeper.state.notice == ""


def test_stopping_ends_a_reading_that_hangs_between_files(folder: Path) -> None:
    assistant = Counting(folder)
    for n in range(200):
        (folder / f"{n}.txt").write_text("x", "utf-8")
    slow = assistant.sync
    assistant.sync = lambda progress=None: slow(lambda at: (time.sleep(0.05), progress(at)))  # type: ignore[method-assign]
    began = time.monotonic()
    with Keeper(assistant, look_seconds=LOOK):
        pass
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(), "Reading your documents …"),
        (State("reading", Progress("reading", 3, 1200, "a.md")), "Reading your documents: 3 of 1,200, a.md"),
        (State("reading", Progress("storing", 9, 9)), "Storing your documents: 9 of 9"),
        (State("warming"), "Warming the model …"),
        (State("ready"), ""),
        (State("ready", Progress("reading", 0, 0)), "Looking for what has changed …"),
        (State("ready", Progress("embedding", 1, 2, "b.md")), "Reading your documents: 1 of 2, b.md"),
    ],
)
def test_how_far_a_reading_is_is_said_in_words(state: State, words: str) -> None:
    assert status_words(state) == words


def test_what_a_reading_did_is_said_in_words() -> None:
    assert changes_words(None) == ""
    assert changes_words(Changes(unchanged=("a",))) == "Read again: nothing has changed."
    done = Changes(("a", "b"), ("c",), ("d",), (), (("e", "why"),))
    assert changes_words(done) == "Read again: 2 added, 1 updated, 1 removed, 1 could not be read."
