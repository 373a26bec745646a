"""Slips of the pen: which are mended, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.models import EmbeddingModel
from rag.spelling import Slip, mended, respelt, slips, strangers

DOCUMENTS = {
    "kiln.md": "# The kiln\n\nThe pottery's kiln was repaired in February by Karsen Bly, a bricklayer. Visitors may "
    "watch the firing from the gallery. The repair took nineteen days and cost 4,300 euros.\n",
    "orchard.md": "# The orchard\n\nVolunteers picked the quinces in October; the neighbours pressed them "
    "for the theater. Its program was free, the programme of the year before was not.\n",
    "dermaga.md": "# Dermaga\n\nDermaga di teluk itu diperbaiki oleh para nelayan selama musim hujan. Warga menyumbang "
    "kayu dan memperoleh ikan asin.\n",
    "naru.md": "# 나루터\n\n나루터의 뱃사공은 새벽마다 노를 저어 손님을 싣고 온다. 그는 시계가 없다고 한다.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("spelling")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, "utf8")
    with Assistant.open(Config(corpus=folder, vectorstore=folder.parent / "spelling-index")) as assistant:
        assistant.sync()
        yield assistant


def found(library: Assistant, question: str) -> list[Slip]:
    model: EmbeddingModel = library._model()
    return slips(question, model, library.index.ledger)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("when was the kiln repiared?", ["repaired"]),
        ("who were the people that pikced quinces in october?", ["picked"]),
        ("what did the neigbours press?", ["neighbours"]),
        ("was the brickalyer paid in febuary?", ["bricklayer", "February"]),
    ],
)
def test_a_slip_is_mended_with_the_word_of_the_documents(library: Assistant, question: str, meant: list[str]) -> None:
    assert [slip.meant.casefold() for slip in found(library, question)] == [word.casefold() for word in meant]


@pytest.mark.parametrize(
    "question",
    [
        "When was the kiln repaired?",
        "Who is Karsten Bly?",  # may be somebody else
        "What did the killer do in the gallows?",  # words that no document holds, rightly spelt
        "Kapan tungku itu diperbaiki oleh relawan?",
        "가마는 언제 수리되었나요?",
        "Where is the kiln-repairer?",
        "kiln kiln kiln " * 100,
        "zzzzqqqq xxyyxxyy",
        "",
    ],
)
def test_what_may_be_meant_as_it_is_written_stays(library: Assistant, question: str) -> None:
    assert not found(library, question)


def test_only_the_slips_are_exchanged() -> None:
    question = "who repiared the kiln in febuary?"
    slips_found = [Slip((4, 12), "repiared", "repaired"), Slip((25, 32), "febuary", "February")]
    assert mended(question, slips_found) == "who repaired the kiln in February?"


def test_the_answer_says_how_a_question_was_read(library: Assistant) -> None:
    answer = library.ask("when was the kiln repiared?")
    assert answer.question == "when was the kiln repiared?"
    assert "February" in answer.text
    assert answer.remark == "Read “repiared” as “repaired”."


@pytest.mark.parametrize(
    ("question", "low", "high"),
    [
        ("When was the bridge over the river built?", 0.9, 1.0),
        ("Kapan jembatan di atas sungai itu dibangun?", 0.0, 0.35),
        ("그 강의 다리는 언제 지어졌나요?", 0.0, 0.05),
        ("1874?", 1.0, 1.0),
    ],
)
def test_the_default_model_is_at_home_in_english(model: EmbeddingModel, question: str, low: float, high: float) -> None:
    assert low <= model.familiarity(question) <= high


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What is the name of Aurelia Quist's dog?", ["Aurelia", "Quist"]),
        ("Name the person who paid 91,500 euros in 1903.", ["91", "500", "1903"]),
        ("Did the neighbours ferment sauerkraut, or quinces?", ["ferment", "sauerkraut"]),
        ("Berapa lama Gubernur Surya menjabat?", ["Gubernur", "Surya"]),  # of a language in which little is known
        ("Sebutkan nama kota itu", []),
        ("Siapa nelayan yang memperbaiki dermaga dan menjala cumi di teluk itu?", ["menjala", "cumi"]),
        ("도자기는 누가 어디에서 1903년에 구웠나요?", ["1903년에"]),  # of a language in which little is known
        ("나루터의 뱃사공은 누가 언제 도자기를 싣고 온다고 했습니까?", ["도자기를"]),
        ("나루터의 뱃사공은 어디로 노를 젓나요? 그는 왜 젓는가?", []),
        ("Did Karsen repair the kiln of the 도공, and 언제?", ["도공"]),
        ("Kiln Karsen quinces gallery", []),
        ("kiln " * 1000 + "Zeppelin", []),
        ("", []),
    ],
)
def test_only_what_a_question_is_about_is_told_to_be_in_no_document(
    library: Assistant, question: str, told: list[str]
) -> None:
    assert strangers(question, library._model(), library.index.ledger) == told


# --- British and American --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("What did the neighbors press?", "What did the neighbours press?"),
        ("Neighbors of which theatre?", "Neighbours of which theater?"),
        ("What did the neighbours do for the theater?", "What did the neighbours do for the theater?"),
        ("What of the programme?", "What of the programme?"),  # the documents have both
        ("Which colour has the kiln?", "Which colour has the kiln?"),  # and neither
        ("Which volunteers came in October?", "Which volunteers came in October?"),
    ],
)
def test_a_question_is_read_in_the_spelling_of_the_documents(library: Assistant, question: str, read: str) -> None:
    model: EmbeddingModel = library._model()
    assert respelt(question, model, library.index.ledger) == read


def test_what_is_only_spelt_otherwise_is_not_called_a_slip(library: Assistant) -> None:
    answer = library.ask("What did the neighbors press?")
    assert (answer.question, answer.remark) == ("What did the neighbors press?", "")
    assert answer.trace
    assert answer.trace.searched == "What did the neighbours press?"
