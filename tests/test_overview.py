"""Overviews: who asks for one, and what it is made of, through the real index, embedding and retrieval."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.config import Config
from rag.index import Index
from rag.models import EmbeddingModel
from rag.overview import MOST, MOST_DOCUMENTS, Outliner, Overview, asked_overview, statements
from rag.retrieval import HybridRetriever
from rag.types import Draft, Passage, Scope

# --- who asks for an overview ----------------------------------------------------------------------------------------

WANTED = """
    summarise ferry.md = either ferry.md
    Could you please summarize the tide mill report? = either the tide mill report
    What is 'Harbour report 2019' about? = document Harbour report 2019 | tl;dr cheese.txt = either cheese.txt
    what’s “The Old Mill” about = document The Old Mill
    Give me a short summary of the kite paper, please = either the kite paper
    what are these documents about? = library | what are these about? = library | what do you have? = library
    what topics are covered? = library | Give me an overview = library | list all documents = library
    Summarise everything in three sentences = library | which topics do these documents cover? = library
    what do you know about the Gannet? = topic the Gannet | Hi, could you tell me about kites? = topic kites
    everything about rennet = topic rennet | is there anything about beekeeping? = topic beekeeping
    what do the documents say about frost? = topic frost
    Tell me everything you know about Maren Holt = topic Maren Holt
    Summarise this document = document | what's this document about? = document
    key points of cheese.txt = either cheese.txt
    tell me about these documents = library | What is "This Side of the Bay" about? = document This Side of the Bay
    ringkas kopi.md = either kopi.md | Tolong buatkan ringkasan laporan panen = either laporan panen
    apa isi laporan panen? = document laporan panen | laporan panen itu tentang apa? = document laporan panen
    dokumen-dokumen ini tentang apa? = library | topik apa saja yang dibahas? = library
    dokumen apa saja yang ada? = library
    apa yang kamu ketahui tentang kopi? = topic kopi | ceritakan tentang penggilingan = topic penggilingan
    Ringkas dokumen ini = document | apakah ada informasi tentang lebah? = topic lebah
    kimchi.md 요약해줘 = either kimchi.md | 김장 보고서의 내용을 요약해 주세요 = either 김장 보고서
    이 문서들은 무엇에 관한 것인가요? = library | 어떤 문서가 있나요? = library | 무슨 주제를 다루나요? = library
    옹기에 대해 알려줘 = topic 옹기 | 김장에 대해 무엇을 알고 있나요? = topic 김장 | 이 문서를 요약해줘 = document
    양봉에 관한 정보가 있나요? = topic 양봉 | 김장 보고서는 무엇에 관한 문서인가요? = document 김장 보고서
"""

FACTS = """
    What is the ferry about to do? | Tell me when the ferry leaves | Summarise why the bridge fell
    When was the mill built?
    tell me about it | Tell me more about that | tell me about its fares | what do you know about that mill?
    what do you know about why the mill stopped? | What about the ferry?
    Who wrote the overview? | What does the miller do? | Which topics did the mayor avoid?
    What documents does a visa need?
    Tell me about the ferry and when it leaves | Tell me the name of the miller | Summarise cheese.txt. Who made it?
    Who knows everything about tides? | What is in the vat? | What do you know? Is the mill open?
    How long is the summary?
    Ceritakan kapan feri berangkat | Jelaskan mengapa jembatan runtuh | Siapa yang menulis ringkasan itu?
    ceritakan tentang itu | Apa dokumen yang diperlukan? | Rapat itu diadakan kapan?
    페리가 언제 출발하는지에 대해 알려줘 | 그것에 대해 알려줘 | 요약본은 누가 썼나요? | 다리가 왜 무너졌는지 요약해줘
    옹기는 무엇으로 만드나요? | 회의 내용은 언제 공개되었나요?
"""


def _listed(text: str) -> list[str]:
    return [one.strip() for line in text.strip().splitlines() for one in line.split(" | ")]


@pytest.mark.parametrize("line", _listed(WANTED))
def test_a_request_for_an_overview_is_recognised_with_what_it_is_of(line: str) -> None:
    question, wanted = line.split(" = ")
    found = asked_overview(question)
    assert found is not None
    assert f"{found.kind} {found.about}".strip() == wanted


@pytest.mark.parametrize("question", _listed(FACTS))
def test_a_question_of_fact_or_one_that_points_back_asks_for_no_overview(question: str) -> None:
    assert asked_overview(question) is None


def test_recognising_takes_no_time_however_long_or_odd_the_question() -> None:
    began = time.perf_counter()
    for text in ("what is " * 250 + "about", "에 대해 " * 300, "give me a summary of " * 90, "X" * 2000, "요약 " * 600):
        asked_overview(text)
    assert time.perf_counter() - began < 1


# --- what it is made of ----------------------------------------------------------------------------------------------

MILL = """---
title: The tide mill at Orrin
published: 1998-03-01
---

# The tide mill at Orrin

The tide mill at Orrin ground barley with the force of the sea for two hundred years. Did the miller sleep at night?

## The pond

Twice a day the flood filled the mill pond through a gate of oak. When the sea had fallen, the miller opened the sluice
and the water of the pond drove the wheel. It did so for five hours.

| part | wood |
| --- | --- |
| wheel | elm |

## The end of the mill

A storm broke the dam of the pond in 1911, and the mill never ground barley again. The parish of Orrin bought the ruin
in 1974. Today the mill is a museum, where schoolchildren grind a handful of barley on Sundays.
"""
CHEESE = """---
title: Cheese of the upper valley
published: 2004-06-11
---

The upper valley makes a hard cheese from the milk of goats. The dairies heat the milk in copper vats and add rennet
from
thistles. A wheel of cheese ripens for nine months in caves below the village. The tide mill at Orrin once sold barley
to
the dairies of the valley, which fed it to the goats.
"""
COFFEE = """# Laporan panen kopi Gayo

Petani di dataran tinggi Gayo memanen kopi arabika dari bulan Oktober sampai Maret. Biji kopi dijemur di halaman rumah
selama dua minggu. Hujan yang datang terlalu awal merusak sepertiga panen kopi pada tahun 2019. Koperasi desa membeli
mesin
pengering agar biji kopi tidak lagi bergantung pada cuaca.
"""
POTTERY = """# 옹기 마을 보고서

옹기 마을에서는 삼백 년 동안 흙으로 옹기를 빚어 왔다. 장인들은 가을마다 가마에 불을 지피고 옹기를 사흘 동안 굽는다.
김장철이 되면
이웃 마을 사람들이 김치를 담을 옹기를 사러 온다. 2015년에 마을은 옹기 박물관을 열어 아이들에게 흙 빚는 법을 가르친다.
"""
LIBRARY = {"mill.md": MILL, "food/cheese.md": CHEESE, "kopi.md": COFFEE, "onggi.md": POTTERY}


@pytest.fixture(scope="module")
def outlines(tmp_path_factory: pytest.TempPathFactory, model: EmbeddingModel) -> Iterator[Outliner]:
    folder = tmp_path_factory.mktemp("library")
    yield from _opened(folder, LIBRARY, model)


def _opened(folder: Path, documents: dict[str, str], model: EmbeddingModel) -> Iterator[Outliner]:
    for name, text in documents.items():
        path = folder / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf8")
    index = Index(Config(corpus=folder / "corpus", vectorstore=folder / "index"))
    index.sync(lambda: model)
    yield Outliner(index.ledger, HybridRetriever(index, model))
    index.close()


def outlined(outliner: Outliner, question: str, scope: Scope | None = None) -> Draft:
    """The outline that a question gets; every claim of it is checked to be verbatim."""
    overview = asked_overview(question)
    assert overview is not None
    draft = outliner.draft(overview, scope or Scope())
    assert draft is not None
    for claim in draft.claims:
        assert claim.quote == claim.passage.text[claim.start - claim.passage.start :][: claim.end - claim.start] != ""
        assert " ".join(claim.quote.split()) == claim.text
    return draft


@pytest.mark.parametrize(
    "question",
    [
        "summarise mill.md",
        "Summarise MILL",
        'What is "The tide mill at Orrin" about?',
        "tl;dr the tide mill report",
    ],
)
def test_a_document_is_named_by_path_title_or_a_part_of_it_in_any_case(outlines: Outliner, question: str) -> None:
    draft = outlined(outlines, question)
    assert {claim.passage.document for claim in draft.claims} == {"mill.md"}
    assert draft.confidence > 0.8


def test_a_summary_is_of_statements_in_the_order_of_the_document_and_from_several_sections(outlines: Outliner) -> None:
    claims = outlined(outlines, "summarise mill.md").claims
    assert 3 <= len(claims) <= MOST
    assert [claim.start for claim in claims] == sorted({claim.start for claim in claims})
    assert claims[0].text.startswith("The tide mill at Orrin ground barley")
    assert len({claim.passage.section for claim in claims}) == 3
    assert not any(claim.text.endswith("?") or claim.text.startswith(("#", "|")) for claim in claims)
    assert "It did so for five hours." not in {claim.text for claim in claims}


@pytest.mark.parametrize(
    ("question", "document", "first"),
    [
        ("Ringkas laporan panen kopi", "kopi.md", "Petani di dataran tinggi"),
        ("옹기 마을 보고서 요약해줘", "onggi.md", "옹기 마을에서는"),
    ],
)
def test_documents_are_summarised_in_their_own_language(
    outlines: Outliner, question: str, document: str, first: str
) -> None:
    claims = outlined(outlines, question).claims
    assert {claim.passage.document for claim in claims} == {document}
    assert claims[0].text.startswith(first)


def test_the_library_is_a_sentence_for_each_document(outlines: Outliner) -> None:
    draft = outlined(outlines, "what are these documents about?")
    assert sorted(claim.passage.document for claim in draft.claims) == sorted(LIBRARY)
    assert draft.remark == ""


@pytest.mark.parametrize(
    ("question", "remark"), [("what do you have?", "And 3 more documents."), ("어떤 문서가 있나요?", "3개가 더")]
)
def test_of_a_large_library_some_are_shown_and_the_others_counted(
    tmp_path: Path, model: EmbeddingModel, question: str, remark: str
) -> None:
    many = {
        f"{n:02}.txt": f"The kite of village number {n} is flown at the spring fair." for n in range(MOST_DOCUMENTS + 3)
    }
    for outliner in _opened(tmp_path, many, model):
        draft = outlined(outliner, question)
        assert len(draft.claims) == MOST_DOCUMENTS
        assert remark in draft.remark


def test_a_topic_gathers_several_documents_in_time_order(outlines: Outliner) -> None:
    draft = outlined(outlines, "what do you know about the tide mill?")
    documents = [claim.passage.document for claim in draft.claims]
    assert list(dict.fromkeys(documents)) == ["mill.md", "food/cheese.md"]  # of 1998 and 2004
    assert documents.count("food/cheese.md") == 1
    assert draft.confidence > 0.5


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("tell me about rennet", "food/cheese.md"),
        ("apa yang kamu ketahui tentang mesin pengering?", "kopi.md"),
        ("옹기 박물관에 대해 알려줘", "onggi.md"),
    ],
)
def test_a_topic_is_found_in_its_own_language(outlines: Outliner, question: str, document: str) -> None:
    draft = outlined(outlines, question)
    assert {claim.passage.document for claim in draft.claims} == {document}
    assert draft.confidence > 0.4


@pytest.mark.parametrize(
    "question",
    ["tell me about submarines", "what do you know about Zanzibar?", "등대에 대해 알려줘", "semua tentang penyu"],
)
def test_a_topic_that_no_document_holds_is_not_outlined(outlines: Outliner, question: str) -> None:
    draft = outlined(outlines, question)
    assert draft.confidence < 0.15


def test_a_file_that_there_is_not_is_said_not_to_be_there(outlines: Outliner) -> None:
    draft = outlined(outlines, "summarise harbour.pdf")
    assert (draft.claims, draft.confidence) == ((), 0.0)
    assert "harbour.pdf" in draft.remark


def test_what_names_no_document_is_asked_the_usual_way(outlines: Outliner) -> None:
    overview = asked_overview("What is the argument about?")
    assert overview is not None
    assert outlines.draft(overview, Scope()) is None


def test_this_document_is_the_only_one_in_scope_or_is_to_be_named(outlines: Outliner) -> None:
    only = outlined(outlines, "summarise this document", Scope(("kopi.md",)))
    assert {claim.passage.document for claim in only.claims} == {"kopi.md"}
    assert "Name one" in outlined(outlines, "summarise this document").remark


def test_an_overview_keeps_to_its_scope(outlines: Outliner) -> None:
    scope = Scope(("food/*",))
    for question in ("what are these about?", "tell me about the tide mill"):
        assert {claim.passage.document for claim in outlined(outlines, question, scope).claims} == {"food/cheese.md"}
    assert outlined(outlines, "summarise mill.md", scope).claims == ()


def test_an_empty_library_has_no_overview(tmp_path: Path, model: EmbeddingModel) -> None:
    (tmp_path / "corpus").mkdir()
    for outliner in _opened(tmp_path, {}, model):
        for kind in ("library", "topic"):
            draft = outliner.draft(Overview(kind, "mills" if kind == "topic" else "", "en"), Scope())
            assert draft == Draft()


def test_a_document_of_two_thousand_passages_is_summarised_in_a_moment(tmp_path: Path, model: EmbeddingModel) -> None:
    """Equal passages are embedded once, so that the test is quick; what is summarised is as long all the same."""
    birds = ("herons", "teals", "gulls", "terns", "snipes", "coots", "larks")
    deeds = (
        "nested in the reeds by the weir",
        "left the flooded meadow for the lake",
        "were ringed by two wardens at dawn",
    )
    seen = [
        f"In the year {1950 + n} the {birds[n % 7]} {deeds[n % 3]}, as the log of pond {n} tells." for n in range(21)
    ]
    long = {"long.txt": "\n\n".join(seen * 400)}
    for outliner in _opened(tmp_path, long, model):
        began = time.perf_counter()
        draft = outlined(outliner, "summarise long.txt")
        assert time.perf_counter() - began < 0.5  # 70 ms for 2,346 passages on an idle machine
        assert len({claim.text for claim in draft.claims}) == len(draft.claims) >= 3


def test_headings_rows_questions_and_fragments_are_no_statements() -> None:
    text = (
        "# Kites\n\nKites of paper are flown at the spring fair every year.\n\nWho flies them?\n\n"
        "Name: Red; Length: 4 m; Owner: Lee.\n\nand of silk, which is dearer.\n\n© 2020 Kite Club. All rights "
        "reserved.\n\n"
        "Silk kites"
    )
    found = statements([Passage("p", "kites.md", "Kites", None, None, text, 0, len(text))])
    assert [one.text for one in found] == ["Kites of paper are flown at the spring fair every year."]


def test_a_document_of_rows_alone_is_outlined_by_its_rows() -> None:
    text = "Name: Red; Length: 4 m; Owner: Lee\nName: Blue; Length: 6 m; Owner: Kim"
    assert len(statements([Passage("p", "kites.csv", "Kites", None, None, text, 0, len(text))])) == 2
