"""The ledger: what it says it serves, to whom, in which order, and what it never forgets."""

from __future__ import annotations

import math
import os
import random
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from rag.ledger import ENOUGH, SPARE, Entry, Ledger
from rag.text import terms
from rag.types import Document, DocumentEntry, Passage, Section, SumberError


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def entry(path: str, texts: Sequence[str], sha256: str = "sha", title: str = "-", section: str | None = None) -> Entry:
    """A document of these passages, whose ids are the path, the version and the number."""
    passages: list[Passage] = []
    start = 0
    for number, text in enumerate(texts):
        passages.append(
            Passage(f"{path}:{sha256}:{number}", path, title, section, None, text, start, start + len(text))
        )
        start += len(text)
    document = Document(path, sha256, "".join(texts), title)
    return Entry(document, tuple(passages), tuple(f"hash of {text}" for text in texts))


def serve(ledger: Ledger, *entries: Entry, gone: Sequence[str] = ()) -> None:
    """Serves entries with a vector for each passage."""
    ledger.keep_vectors({name: np.ones(4, dtype=np.float32) for one in entries for name in one.hashes})
    ledger.serve(entries, gone)


def found(ledger: Ledger, question: str, limit: int = 50) -> list[str]:
    return [one for one, _ in ledger.search(terms(question), limit)]


# --- documents -------------------------------------------------------------------------------------------------------


def test_a_document_comes_back_as_it_went_in(ledger: Ledger) -> None:
    text = "Zero\0width\u200b, 한국어, 😀, e\u0301 and\r\nline ends\u2028. "
    document = Document(
        "sub/a b.md",
        "sha",
        text,
        "T – “ü”",
        "The Office",
        "2017-10",
        "https://a.b",
        "ko",
        "brief",
        (Section("One", 0), Section("Zwei ß", 5)),
        (0, 7),
        "Home\nShare this",
    )
    passage = Passage("id", "sub/a b.md", document.title, "One", 1, text, 0, len(text))
    ledger.keep_vectors({"hash": np.ones(4, dtype=np.float32)})
    ledger.serve([Entry(document, (passage,), ("hash",))])
    assert ledger.document("sub/a b.md") == document
    assert ledger.passages_of("sub/a b.md") == [passage]
    assert ledger.passages(["id", "unknown"]) == {"id": passage}


def test_what_is_not_there_is_nothing(ledger: Ledger) -> None:
    assert ledger.document("a.md") is None
    assert ledger.documents() == ledger.passages_of("a.md") == ledger.strays() == []
    assert ledger.hashes() == ledger.passages(["x"]) == ledger.vectors(["x"]) == ledger.frequency([]) == {}
    assert ledger.passage_count() == 0
    assert ledger.all_vectors()[0] == []
    assert ledger.all_vectors()[1].shape == (0, 0)


def test_documents_and_failures_are_listed_together_by_path(ledger: Ledger) -> None:
    serve(ledger, entry("c.md", ["one ", "two"], title="C"), entry("a.md", ["x"]))
    ledger.fail("b.md", "sha", "it holds no text")
    assert ledger.documents() == [
        DocumentEntry("a.md", "-", None, None, None, None, None, 1, 1),
        DocumentEntry("b.md", "b.md", None, None, None, None, None, 0, 0, "it holds no text"),
        DocumentEntry("c.md", "C", None, None, None, None, None, 2, 7),
    ]
    assert [one.state for one in ledger.documents()] == ["indexed", "failed", "indexed"]


def test_passages_of_a_document_are_in_its_order(ledger: Ledger) -> None:
    texts = [f"part {number} " for number in range(30)]
    serve(ledger, entry("a.md", texts))
    assert [passage.text for passage in ledger.passages_of("a.md")] == texts


def test_a_thousand_ids_are_asked_for_at_once(ledger: Ledger) -> None:
    one = entry("a.md", [f"word{number} " for number in range(1200)])
    serve(ledger, one)
    ids = [passage.id for passage in one.passages]
    assert set(ledger.passages(ids)) == set(ledger.vectors(ids)) == set(ids)
    assert ledger.known_hashes([*one.hashes, "other"]) == set(one.hashes)
    assert set(ledger.frequency([f"word{number}" for number in range(1200)]).values()) == {1}


# --- versions --------------------------------------------------------------------------------------------------------


def test_a_new_version_replaces_the_old_one_everywhere(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["old lighthouse ", "old keeper"], "v1"), entry("b.md", ["other"], "v1"))
    serve(ledger, entry("a.md", ["new harbour"], "v2"))
    assert ledger.hashes() == {"a.md": "v2", "b.md": "v1"}
    assert found(ledger, "lighthouse keeper") == []
    assert found(ledger, "harbour") == ["a.md:v2:0"]
    assert ledger.passages(["a.md:v1:0", "a.md:v2:0"]).keys() == {"a.md:v2:0"}
    assert ledger.frequency(["old", "new"]) == {"old": 0, "new": 1}
    assert ledger.passage_count() == 2


def test_what_is_served_no_more_becomes_a_stray_until_it_is_forgotten(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["one ", "two"], "v1"), entry("b.md", ["three"], "v1"))
    serve(ledger, entry("a.md", ["four"], "v2"), gone=["b.md"])
    assert ledger.strays() == ["a.md:v1:0", "a.md:v1:1", "b.md:v1:0"]
    ledger.forget_strays(["a.md:v1:0", "b.md:v1:0"])
    assert ledger.strays() == ["a.md:v1:1"]


def test_a_version_that_comes_back_is_no_stray(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["one ", "two"], "v1"))
    serve(ledger, entry("a.md", ["three"], "v2"))
    serve(ledger, entry("a.md", ["one ", "two"], "v1"))
    assert ledger.strays() == ["a.md:v2:0"]
    assert set(ledger.passages(["a.md:v1:0", "a.md:v1:1"])) == {"a.md:v1:0", "a.md:v1:1"}


def test_serving_the_same_version_again_changes_nothing_but_the_generation(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["one ", "two"]))
    before = (ledger.passages_of("a.md"), ledger.search(["one"], 5), ledger.generation)
    serve(ledger, entry("a.md", ["one ", "two"]))
    assert (ledger.passages_of("a.md"), ledger.search(["one"], 5), ledger.generation - 1) == before
    assert ledger.strays() == []


def test_what_is_announced_is_a_stray_until_it_is_served(ledger: Ledger) -> None:
    one = entry("a.md", ["one ", "two"])
    ledger.announce([passage.id for passage in one.passages])
    ledger.announce(["never:served"])
    assert ledger.strays() == ["a.md:sha:0", "a.md:sha:1", "never:served"]
    assert found(ledger, "one") == []
    serve(ledger, one)
    assert ledger.strays() == ["never:served"]


def test_a_document_that_is_gone_is_found_no_more(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["marker"]), entry("b.md", ["rest"]))
    serve(ledger, gone=["a.md", "never-there.md"])
    assert found(ledger, "marker") == []
    assert ledger.document("a.md") is None
    assert [one.path for one in ledger.documents()] == ["b.md"]
    assert ledger.all_vectors()[0] == ["b.md:sha:0"]


def test_a_file_that_fails_is_served_no_more_and_says_why(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["marker"]))
    ledger.fail("a.md", "v2", "it is not text")
    assert found(ledger, "marker") == []
    assert [(one.path, one.failed) for one in ledger.documents()] == [("a.md", "it is not text")]
    assert ledger.strays() == ["a.md:sha:0"]


def test_failing_again_for_the_same_reason_changes_nothing(ledger: Ledger) -> None:
    ledger.fail("a.md", None, "it cannot be opened")
    generation = ledger.generation
    ledger.fail("a.md", None, "it cannot be opened")
    assert ledger.generation == generation
    ledger.fail("a.md", None, "it is too large")
    assert [one.failed for one in ledger.documents()] == ["it is too large"]


def test_a_file_that_is_mended_or_gone_has_failed_no_more(ledger: Ledger) -> None:
    ledger.fail("a.md", None, "reason")
    ledger.fail("b.md", None, "reason")
    serve(ledger, entry("a.md", ["text"]), gone=["b.md"])
    assert [(one.path, one.failed) for one in ledger.documents()] == [("a.md", None)]


def test_documents_are_served_all_at_once_or_not_at_all(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["old"], "v1"))
    generation = ledger.generation
    good, lacking = entry("a.md", ["new"], "v2"), entry("b.md", ["without a vector"])
    ledger.keep_vectors({name: np.ones(4, dtype=np.float32) for name in good.hashes})
    with pytest.raises(SumberError):
        ledger.serve([good, lacking], gone=[])
    assert ledger.hashes() == {"a.md": "v1"}
    assert found(ledger, "old new vector") == ["a.md:v1:0"]
    assert (ledger.strays(), ledger.generation) == ([], generation)


def test_the_generation_rises_with_every_change_of_what_is_served(ledger: Ledger) -> None:
    seen = [ledger.generation]
    for change in (
        lambda: serve(ledger, entry("a.md", ["x"])),
        lambda: ledger.fail("b.md", None, "reason"),
        lambda: serve(ledger, gone=["a.md"]),
        ledger.clear,
    ):
        change()
        seen.append(ledger.generation)
    assert seen == sorted(set(seen))


def test_a_cleared_ledger_is_empty_but_still_itself(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["marker"]))
    ledger.fail("b.md", None, "reason")
    ledger.announce(["x"])
    ledger.set_facts({"corpus": "there"})
    identity = ledger.identity
    ledger.clear()
    assert ledger.documents() == ledger.strays() == found(ledger, "marker") == []
    assert ledger.known_hashes(["hash of marker"]) == set()
    assert ledger.fact("corpus") is None
    assert ledger.identity == identity


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_a_snapshot_shows_one_state_however_much_is_written_meanwhile(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["old words"], "v1"))

    def state() -> tuple[object, ...]:
        return (
            ledger.hashes(),
            found(ledger, "old new"),
            ledger.generation,
            ledger.passage_count(),
            ledger.all_vectors()[0],
            ledger.strays(),
            ledger.frequency(["old", "new"]),
        )

    with ThreadPoolExecutor(1) as other, ledger.snapshot():
        before = state()
        other.submit(serve, ledger, entry("a.md", ["new words"], "v2"), entry("b.md", ["new"], "v2")).result()
        other.submit(ledger.fail, "c.md", None, "reason").result()
        assert other.submit(state).result() != before
        with ledger.snapshot():
            assert state() == before
        assert state() == before
    assert ledger.hashes() == {"a.md": "v2", "b.md": "v2"}


def test_a_snapshot_ends_even_when_what_is_done_in_it_fails(ledger: Ledger) -> None:
    with suppress(ZeroDivisionError), ledger.snapshot():
        ledger.hashes()
        raise ZeroDivisionError
    serve(ledger, entry("a.md", ["x"]))
    assert ledger.hashes() == {"a.md": "sha"}


def test_another_reader_of_the_file_sees_what_is_committed(ledger: Ledger) -> None:
    other = Ledger(ledger.path)
    serve(ledger, entry("a.md", ["marker"]))
    assert found(other, "marker") == ["a.md:sha:0"]
    assert other.identity == ledger.identity
    other.close()


def test_readers_see_whole_versions_while_a_writer_replaces_them(ledger: Ledger) -> None:
    versions = [entry("a.md", [f"v{number} "] * (number % 3 + 1), f"v{number}") for number in range(1, 30)]
    serve(ledger, versions[0])
    stop = threading.Event()

    def read() -> int:
        looks = 0
        while not stop.is_set() or not looks:
            with ledger.snapshot():
                document = ledger.document("a.md")
                passages = ledger.passages_of("a.md")
            assert document is not None
            assert "".join(passage.text for passage in passages) == document.text
            assert {passage.id.split(":")[1] for passage in passages} == {document.sha256}
            looks += 1
        return looks

    with ThreadPoolExecutor(2) as readers:
        reading = [readers.submit(read) for _ in range(2)]
        for version in versions[1:]:
            serve(ledger, version)
        stop.set()
        assert all(one.result() for one in reading)


def test_nothing_is_lost_when_several_threads_write(ledger: Ledger) -> None:
    def write(writer: int) -> None:
        for number in range(5):
            serve(ledger, entry(f"{writer}-{number}.md", [f"text {writer} {number}"]))

    with ThreadPoolExecutor(4) as writers:
        for done in [writers.submit(write, writer) for writer in range(4)]:
            done.result()
    assert len(ledger.hashes()) == ledger.passage_count() == 20
    assert ledger.generation == 20


def test_of_many_that_open_a_new_ledger_at_once_each_gets_the_same_or_is_told_to_wait(tmp_path: Path) -> None:
    barrier = threading.Barrier(4)

    def opened() -> str:
        barrier.wait()
        try:
            ledger = Ledger(tmp_path / "ledger.sqlite")
        except SumberError as error:
            return str(error)
        identity = ledger.identity
        ledger.close()
        return identity

    with ThreadPoolExecutor(4) as threads:
        outcomes = {one.result() for one in [threads.submit(opened) for _ in range(4)]}
    ledger = Ledger(tmp_path / "ledger.sqlite")
    assert [one for one in outcomes if "another process is writing" not in one] == [ledger.identity]
    ledger.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_a_thread_that_ends_leaves_no_open_file_behind(ledger: Ledger) -> None:
    def read_in_a_thread_of_its_own() -> None:
        thread = threading.Thread(target=ledger.hashes)
        thread.start()
        thread.join()

    read_in_a_thread_of_its_own()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        read_in_a_thread_of_its_own()
    assert len(os.listdir("/proc/self/fd")) < before + 20


# --- searching -------------------------------------------------------------------------------------------------------


def test_passages_with_the_rarer_word_or_more_of_the_words_come_first(ledger: Ledger) -> None:
    texts = ["ferry ticket price", "ferry boat price", "ferry ship walk", "rain falls here", "snow falls here"]
    serve(ledger, *(entry(f"{number}.md", [text]) for number, text in enumerate(texts)))
    assert found(ledger, "ferry ticket") == ["0.md:sha:0", "1.md:sha:0", "2.md:sha:0"]
    assert found(ledger, "ferry price")[:2] == ["0.md:sha:0", "1.md:sha:0"]
    assert found(ledger, "nothing of this") == []


def test_equal_scores_are_ordered_by_id_whatever_the_order_of_arrival(ledger: Ledger) -> None:
    for path in ["c.md", "a.md", "d.md", "b.md"]:
        serve(ledger, entry(path, ["ferry"]))
    serve(ledger, *(entry(f"x{number}.md", ["rain"]) for number in range(6)))
    assert found(ledger, "ferry") == ["a.md:sha:0", "b.md:sha:0", "c.md:sha:0", "d.md:sha:0"]
    assert found(ledger, "ferry", limit=2) == ["a.md:sha:0", "b.md:sha:0"]


def test_a_tie_of_many_is_broken_by_id_too(ledger: Ledger) -> None:
    serve(ledger, *(entry(f"{number:04d}.md", ["ferry"]) for number in reversed(range(3 * SPARE))))
    serve(ledger, entry("x.md", ["rain " * 400]))
    assert found(ledger, "ferry", limit=5) == [f"{number:04d}.md:sha:0" for number in range(5)]


COMMON = ["harbor", "ferri", "council", "winter"]  # as stems: three of them in each passage of the town,
MIDDLING = [f"word{number}" for number in range(10)]  # and two of these


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, dict[str, list[str]]]]:
    """A ledger so large that `ENOUGH` passages hold the rarer words of a question, and its passages' words by id."""
    ledger = Ledger(tmp_path_factory.mktemp("town") / "ledger.sqlite")
    chance = random.Random(1)
    texts = [[*chance.sample(COMMON, 3), *chance.sample(MIDDLING, 2), f"own{number}"] for number in range(4000)]
    documents = [texts[begin : begin + 100] for begin in range(0, 4000, 100)] + [[["harbor"]] * 60]
    entries = [
        entry(f"{n:02d}.md", [" ".join(one) + " " for one in group], title="") for n, group in enumerate(documents)
    ]
    serve(ledger, *entries)
    yield ledger, {one.id: one.text.split() for whole in entries for one in whole.passages}
    ledger.close()


def test_a_question_with_common_words_finds_the_best_of_a_large_ledger(
    town: tuple[Ledger, dict[str, list[str]]],
) -> None:
    ledger, bags = town
    words = [*MIDDLING[:8], "own1234", *COMMON[:2]]
    holding = {word: sum(word in bag for bag in bags.values()) for word in words}
    assert sum(holding[word] for word in words[:-2]) > ENOUGH  # so not every passage with a common word is looked at
    expected = {one: _bm25(words, bag, bags, holding) for one, bag in bags.items()}
    best = sorted(expected, key=lambda one: (-round(expected[one], 9), one))[:50]
    found = ledger.search(words, 50)
    assert found[0][0] == "12.md:sha:34"
    assert dict(found) == pytest.approx({one: expected[one] for one, _ in found})
    assert [score for _, score in found] == pytest.approx([expected[one] for one in best])


def test_documents_that_hold_only_the_common_words_are_found_by_them(
    town: tuple[Ledger, dict[str, list[str]]],
) -> None:
    ledger, _ = town
    found = ledger.search([*MIDDLING, "harbor"], 50, ["40.md", "never-there.md"])
    assert [one for one, _ in found] == sorted(f"40.md:sha:{number}" for number in range(60))[:50]
    assert {one[:5] for one, _ in ledger.search([*MIDDLING, "harbor"], 50, ["39.md", "40.md"])} == {"39.md"}
    assert ledger.search(["harbor"], 50, []) == []


def test_title_and_section_are_searched_with_the_text(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["text"], title="Lighthouses"), entry("b.md", ["text"], section="Keepers"))
    assert found(ledger, "lighthouse") == ["a.md:sha:0"]
    assert found(ledger, "keeper") == ["b.md:sha:0"]


def _bm25(words: Sequence[str], bag: list[str], bags: Mapping[str, list[str]], holding: Mapping[str, int]) -> float:
    mean = sum(map(len, bags.values())) / len(bags)
    score = 0.0
    for word in words:
        # As SQLite has it: a word that more than half of the passages hold counts next to nothing, not less.
        rarity = max(1e-6, math.log((len(bags) - holding[word] + 0.5) / (holding[word] + 0.5)))
        times = bag.count(word)
        score += rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * len(bag) / mean))
    return score


def test_scores_are_those_of_bm25(ledger: Ledger) -> None:
    """Okapi BM25 with k1 = 1.2 and b = .75 over all columns (sqlite.org/fts5.html#the_bm25_function)."""
    texts = ["ferry ferry harbour", "ferry to the harbour of the island", "rain", "snow and rain", "wind", "sun", "fog"]
    serve(ledger, *(entry(f"{number}.md", [text], title=f"title{number}") for number, text in enumerate(texts)))
    words = terms("ferry island")
    bags = {f"{number}.md:sha:0": terms(f"title{number} {text}") for number, text in enumerate(texts)}
    holding = {word: sum(word in bag for bag in bags.values()) for word in words}
    expected = {one: score for one, bag in bags.items() if (score := _bm25(words, bag, bags, holding))}
    assert dict(ledger.search(words, 10)) == pytest.approx(expected)
    assert found(ledger, "ferry island") == sorted(expected, key=lambda one: -expected[one])


def test_korean_words_are_found_inside_longer_ones(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["행정안전부는 협력센터를 열었다."]), entry("b.md", ["등대지기는 등불을 켰다."]))
    assert found(ledger, "협력센터") == ["a.md:sha:0"]
    assert found(ledger, "등대") == ["b.md:sha:0"]


@pytest.mark.parametrize(
    ("stored", "asked"), [("Bogotá", "bogota"), ("naive", "naïve"), ("Besançon", "BESANÇON"), ("état", "e\u0301tat")]
)
def test_accents_do_not_matter_to_a_search(ledger: Ledger, stored: str, asked: str) -> None:
    serve(ledger, entry("a.md", [stored]))
    assert found(ledger, asked) == ["a.md:sha:0"]


@pytest.mark.parametrize(
    "word",
    [
        '"',
        '""',
        "*",
        "fer*",
        "(",
        ")",
        "NEAR(",
        "NEAR(ferry harbour)",
        ":",
        "title:ferry",
        "-",
        "-ferry",
        "^ferry",
        "+",
        "AND",
        "OR",
        "NOT",
        "{title}:ferry",
        "'",
        "'; DROP TABLE documents; --",
        "ferry OR rain",
        "%",
        "_",
        "?",
        "\\",
        "😀",
        "\u200b",
        "\u202e",
        " ",
        "",
        "x" * 100_000,
    ],
)
def test_no_word_is_read_as_the_language_of_the_index(ledger: Ledger, word: str) -> None:
    serve(ledger, entry("a.md", ["ferry"]), entry("b.md", ["rain"]), entry("c.md", ["sun"]))
    assert ledger.search([word], 5) == []
    assert found(ledger, "ferry") == ["a.md:sha:0"]


@pytest.mark.parametrize(
    "question", ['"ferry"', "(ferry)", "ferry*", "title:ferry", "-ferry", "NEAR(ferry)", "ferry'; DROP TABLE x"]
)
def test_a_question_is_searched_for_its_words_whatever_stands_between_them(ledger: Ledger, question: str) -> None:
    serve(ledger, entry("a.md", ["ferry"]), entry("b.md", ["rain"]))
    assert found(ledger, question) == ["a.md:sha:0"]


def test_a_question_of_ten_thousand_words_is_searched(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["word77"]), entry("b.md", ["rain"]))
    assert [one for one, _ in ledger.search([f"word{number}" for number in range(10_000)], 5)] == ["a.md:sha:0"]
    assert ledger.search([], 5) == []


def test_frequency_counts_passages_not_occurrences(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["ferry ferry ", "ferry"], title="ferry"), entry("b.md", ["rain"]))
    assert ledger.frequency(["ferri", "rain", "snow", "rain"]) == {"ferri": 2, "rain": 1, "snow": 0}


@pytest.mark.parametrize("word", ["Bogotá", "Müller", "état"])
def test_the_frequency_of_a_word_with_an_accent_is_known(ledger: Ledger, word: str) -> None:
    serve(ledger, entry("a.md", [word]))
    (term,) = terms(word)
    assert ledger.frequency([term]) == {term: 1}


# --- vectors ---------------------------------------------------------------------------------------------------------


def test_vectors_come_back_to_the_bit_under_the_passages_that_refer_to_them(ledger: Ledger) -> None:
    matrix = np.random.default_rng(1).normal(size=(3, 8)).astype(np.float32)
    one = entry("b.md", ["x ", "y"])
    other = entry("a.md", ["z"])
    ledger.keep_vectors(dict(zip([*one.hashes, *other.hashes], matrix, strict=True)))
    assert ledger.all_vectors()[0] == []
    ledger.serve([one, other])
    ids, rows = ledger.all_vectors()
    assert ids == ["a.md:sha:0", "b.md:sha:0", "b.md:sha:1"]
    assert np.array_equal(rows, matrix[[2, 0, 1]])
    assert np.array_equal(ledger.vectors(["b.md:sha:1", "unknown"])["b.md:sha:1"], matrix[1])
    assert np.array_equal(ledger.vectors_by_hash(["hash of z", "unknown"])["hash of z"], matrix[2])


def test_equal_texts_share_a_vector(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["same"]), entry("b.md", ["same"]))
    assert len(ledger.vectors(["a.md:sha:0", "b.md:sha:0"])) == 2
    serve(ledger, gone=["a.md"])
    ledger.tidy()
    assert list(ledger.vectors(["a.md:sha:0", "b.md:sha:0"])) == ["b.md:sha:0"]


def test_tidying_drops_only_vectors_that_nothing_refers_to(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["kept"]))
    ledger.keep_vectors({"loose": np.ones(4, dtype=np.float32)})
    assert ledger.known_hashes(["loose", "hash of kept"]) == {"loose", "hash of kept"}
    ledger.tidy()
    assert ledger.known_hashes(["loose", "hash of kept"]) == {"hash of kept"}


def test_a_vector_may_be_kept_again_while_it_is_referred_to(ledger: Ledger) -> None:
    serve(ledger, entry("a.md", ["x"]))
    ledger.keep_vectors({"hash of x": np.zeros(4, dtype=np.float32)})
    assert not ledger.vectors(["a.md:sha:0"])["a.md:sha:0"].any()


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_ledger_opened_again_holds_what_it_held(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "ledger.sqlite")
    serve(first, entry("a.md", ["marker"]))
    first.set_facts({"corpus": "there", "seal": "x"})
    first.set_facts({"seal": ""})
    identity = first.identity
    first.close()
    second = Ledger(tmp_path / "ledger.sqlite")
    assert (second.fact("corpus"), second.fact("seal"), second.fact("none")) == ("there", "", None)
    assert (second.identity, found(second, "marker"), second.generation) == (identity, ["a.md:sha:0"], 1)
    second.close()


def test_every_ledger_has_an_identity_of_its_own(tmp_path: Path) -> None:
    ledgers = [Ledger(tmp_path / name) for name in ("one", "two")]
    assert len({ledger.identity for ledger in ledgers} - {""}) == 2
    for ledger in ledgers:
        ledger.close()


def damaged(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever it says" * 100)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def test_a_ledger_of_the_first_version_is_brought_up_to_date_with_what_it_serves(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    serve(ledger, entry("a.md", ["The ferry sails."]))
    before = ledger.document("a.md")
    ledger.close()
    with sqlite3.connect(path) as connection:  # as it was then
        connection.execute("ALTER TABLE documents DROP COLUMN set_aside")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    ledger = Ledger(path)
    assert ledger.document("a.md") == before
    serve(ledger, entry("b.md", ["The gull sleeps."]))
    assert found(ledger, "ferry") == ["a.md:sha:0"]
    ledger.close()
    Ledger(path).close()


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "remedy"),
    [
        (damaged, "is damaged. Delete the folder"),
        (newer, "Use that version"),
        (a_folder, "--vectorstore"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_remedy(
    tmp_path: Path, spoil: Callable[[Path], None], remedy: str
) -> None:
    spoil(tmp_path / "ledger.sqlite")
    with pytest.raises(SumberError, match=re.escape(remedy)):
        Ledger(tmp_path / "ledger.sqlite")


def test_a_ledger_that_cannot_be_made_leaves_nothing_half_made(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE passages (in_the_way)")
    with pytest.raises(SumberError):
        Ledger(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("passages",)]
    connection.close()
