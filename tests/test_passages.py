"""Documents to passages, measured by the default model's own tokenizer."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import suppress

import pytest

from rag.models import EmbeddingModel
from rag.passages import HEADING_TOKENS, embedded_text, split
from rag.reading import parse
from rag.text import Span, sentences
from rag.types import Document, Passage, Section, SumberError
from tests.test_text import ending_after

KOREAN = "행정안전부는 2017년 10월 18일 자카르타에 협력센터를 열었다고 밝혔다. "
CHINESE = "内政部于二〇一七年在雅加达开设了电子政务合作中心。"
THAI = "ศูนย์ความร่วมมือรัฐบาลดิจิทัลเปิดทำการในเดือนตุลาคมที่กรุงจาการ์ตาและมีเจ้าหน้าที่จากทั้งสองประเทศทำงานร่วมกัน"
ENGLISH = "The centre opened in March, and it employs twelve people who advise three ministries. "


class Words:
    """A tokenizer for which a word is one word piece."""

    def __init__(self, max_tokens: int = 256) -> None:
        self.max_tokens = max_tokens

    def token_spans(self, text: str) -> list[Span]:
        return [match.span() for match in re.finditer(r"\S+", text)]


def document(
    text: str, title: str = "A title", sections: tuple[Section, ...] = (), pages: tuple[int, ...] = ()
) -> Document:
    return Document("a.md", "sha", text, title, sections=sections, pages=pages)


def markdown(text: str) -> Document:
    return parse(text.encode(), "a.md")


def tokens_read(passage: Passage, model: EmbeddingModel) -> int:
    """How many word pieces the model would need to read all that is embedded, by its own tokenizer."""
    return len(model._model.tokenizer(embedded_text(passage, model), verbose=False)["input_ids"])


def assert_whole(passages: list[Passage], text: str) -> None:
    """Every character is in exactly one passage, in order."""
    position = 0
    for passage in passages:
        assert passage.start == position < passage.end
        assert text[passage.start : passage.end] == passage.text
        position = passage.end
    assert position == len(text)


TEXTS = {
    "empty": "",
    "one letter": "x",
    "white space": " \n\t ",
    "ordinary": ENGLISH * 300,
    "paragraphs": (ENGLISH * 4 + "\n\n") * 60,
    "white tail": ENGLISH * 20 + "\n" * 50_000,
    "white head": "\n" * 50_000 + ENGLISH * 20,
    "white middle": ENGLISH * 20 + " " * 50_000 + ENGLISH * 20,
    "one megabyte word": "x" * 1_000_000,
    "one sentence": ENGLISH.replace(".", " and") * 300,
    "Korean": KOREAN * 300,
    "Korean without spaces": KOREAN.replace(" ", "").replace(".", "") * 300,
    "Chinese": CHINESE * 300,
    "Chinese without stops": CHINESE.replace("。", "") * 300,
    "Thai": THAI * 100,
    "emoji": "😀👩‍👩‍👧" * 2000,
    "digits": "1234567890" * 2000,
    "dashes": "-" * 5000,
    "rows": "| a | 1,234 | b-c |\n" * 1000,
    "links": "https://example.org/a/b?c=" + "x9q/" * 3000,
    "combining": ("e" + "\u0301" * 20) * 500,
    "code": "def f(x):\n    return x['a'][0] != {1: 2}  # why\n" * 200,
}


@pytest.mark.parametrize("tokens", [32, 160, 2000])
@pytest.mark.parametrize("name", TEXTS)
def test_passages_are_the_whole_text_and_each_is_read_whole_by_the_model(
    name: str, tokens: int, model: EmbeddingModel
) -> None:
    text = TEXTS[name]
    passages = split(document(text, title="A report of the ministry " * 20), model, tokens)
    assert_whole(passages, text)
    assert all(tokens_read(passage, model) <= model.max_tokens for passage in passages)


@pytest.mark.parametrize("name", ["ordinary", "Korean", "Chinese", "rows", "code", "dashes", "one sentence"])
def test_no_passage_has_more_word_pieces_than_allowed(name: str, model: EmbeddingModel) -> None:
    passages = split(document(TEXTS[name]), model, 100)
    assert max(len(model.token_spans(passage.text)) for passage in passages) <= 100
    assert len(passages) > 10


@pytest.mark.parametrize("name", TEXTS)
def test_no_passage_is_much_longer_than_its_word_pieces_can_be(name: str, model: EmbeddingModel) -> None:
    """A word of more than 100 characters is one word piece to BERT, so word pieces alone bound nothing."""
    passages = split(document(TEXTS[name]), model, 100)
    assert max((len(" ".join(passage.text.split())) for passage in passages), default=0) <= 12 * 100


PIECES = [
    *(
        "word ",
        "Sentence here. ",
        "안녕하세요 ",
        "안녕",
        "的",
        "。",
        "! ",
        "?",
        ". ",
        ", ",
        "\n",
        "\n\n",
        "\r\n",
        " ",
        "   ",
    ),
    *(
        "# Heading\n",
        "## Sub\n",
        "- item\n",
        "😀",
        "\u200b",
        "\u202e",
        "ﷺ",
        "e\u0301",
        "\u00ad",
        "१२",
        "x9-",
        "(",
        '"',
        "…",
    ),
]


def test_passages_of_any_mixture_are_whole_and_read_whole(model: EmbeddingModel) -> None:
    source = random.Random(20171018)
    for _ in range(100):
        text = "".join(source.choices(PIECES, k=source.randrange(600)))
        passages = split(document(text), model, source.choice([32, 160, 200]))
        assert_whole(passages, text)
        assert all(tokens_read(passage, model) <= model.max_tokens for passage in passages)


def test_the_tail_of_a_long_word_is_counted_as_what_it_is_by_itself(model: EmbeddingModel) -> None:
    source = random.Random(1)
    text = "".join(source.choices("qzxjkvw", k=1920 + 95)) + " " + "qzj " * 400
    passages = split(document(text, title="A report of the ministry " * 20), model, 160)
    assert_whole(passages, text)
    assert max(tokens_read(passage, model) for passage in passages) <= model.max_tokens


def test_a_passage_ends_between_sentences_where_they_fit(model: EmbeddingModel) -> None:
    text = ENGLISH * 100
    ends = {end for _, end in sentences(text)}
    assert all(len(passage.text.rstrip()) + passage.start in ends for passage in split(document(text), model, 160))


def test_a_sentence_longer_than_a_passage_is_cut_between_words(model: EmbeddingModel) -> None:
    text = " ".join(f"word{number}" for number in range(2000))
    passages = split(document(text), model, 64)
    assert len(passages) > 10
    assert [word for passage in passages for word in passage.text.split()] == text.split()


def test_a_passage_is_filled_as_far_as_whole_sentences_go() -> None:
    passages = split(document("One two three four. " * 10), Words(), 32)
    assert [len(passage.text.split()) for passage in passages] == [32, 8]


def test_no_text_has_no_passages(model: EmbeddingModel) -> None:
    assert split(document(""), model, 160) == []


# --- sections and pages ----------------------------------------------------------------------------------------------


def test_a_passage_stays_within_its_section_and_names_it() -> None:
    text = "Before all.\n\n## One\n\nFirst text.\n\n## Two\n\nSecond text.\n"
    found = [(passage.section, passage.text) for passage in split(markdown(text), Words(), 160)]
    assert found == [
        (None, "Before all.\n\n"),
        ("One", "## One\n\nFirst text.\n\n"),
        ("Two", "## Two\n\nSecond text.\n"),
    ]


def test_a_long_section_is_named_by_all_its_passages() -> None:
    text = "# T\n\nIntroduction.\n\n## One\n\n" + "One two three four. " * 50 + "\n\n## Two\n\nEnd."
    sections = [passage.section for passage in split(markdown(text), Words(), 32)]
    assert sections == [None, *["One"] * 7, "Two"]


def test_the_title_heading_stays_with_its_text() -> None:
    assert len(split(markdown("# Title\n\nIts text is here.\n"), Words(), 160)) == 1


@pytest.mark.parametrize("head", ["# Title\n\n## One", "## One\n\n### One a"])
def test_headings_in_a_row_stay_with_the_text_below_them(head: str) -> None:
    (passage,) = split(markdown(f"{head}\n\nIts text is here.\n"), Words(), 160)
    assert passage.section in ("One", "One a")


def test_a_passage_names_the_page_it_begins_on() -> None:
    text = "First page.\n\nSecond page.\n\nThird page.\n"
    passages = split(document(text, pages=(0, 13, 27)), Words(), 160)
    assert [(passage.page, passage.text.strip()) for passage in passages] == [
        (1, "First page."),
        (2, "Second page."),
        (3, "Third page."),
    ]
    assert split(document(text), Words(), 160)[0].page is None


class Counted(tuple[Section, ...]):
    """Sections that count how often one of them is looked at."""

    seen = 0

    def __iter__(self) -> Iterator[Section]:
        for section in super().__iter__():
            type(self).seen += 1
            yield section


def test_sections_are_not_gone_through_for_every_passage() -> None:
    text = "## Head\n\nText.\n\n" * 400
    sections = Counted(Section("Head", start) for start in range(0, len(text), 16))
    passages = split(document(text, sections=sections), Words(), 160)
    assert [passage.section for passage in passages] == ["Head"] * 400
    assert Counted.seen < 20 * 400


# --- what is embedded ------------------------------------------------------------------------------------------------


def test_title_and_section_are_embedded_with_the_text(model: EmbeddingModel) -> None:
    first, second = split(markdown("# Report\n\nOne.\n\n## Costs\n\nTwo.\n"), model, 160)
    assert embedded_text(first, model) == "Report\n# Report\n\nOne."
    assert embedded_text(second, model) == "Report – Costs\n## Costs\n\nTwo."


@pytest.mark.parametrize("title", ["word " * 200, "x" * 5000, "한국어" * 200, "a-b" * 200, "的" * 200, "😀 " * 100])
def test_a_long_heading_is_cut_and_the_text_is_not(title: str, model: EmbeddingModel) -> None:
    (passage,) = split(document("The text.", title=title), model, 160)
    heading, text = embedded_text(passage, model).rsplit("\n", 1)
    assert text == "The text."
    assert title.startswith(heading)
    assert len(model.token_spans(heading)) <= HEADING_TOKENS


# --- identity --------------------------------------------------------------------------------------------------------


def test_the_same_file_gives_the_same_passages(model: EmbeddingModel) -> None:
    assert split(document(ENGLISH * 50), model, 160) == split(document(ENGLISH * 50), model, 160)


def test_every_passage_has_an_id_of_its_own_that_changes_with_the_file(model: EmbeddingModel) -> None:
    def ids(path: str, sha256: str) -> set[str]:
        return {passage.id for passage in split(Document(path, sha256, ENGLISH * 50, "T"), model, 160)}

    one = ids("a.md", "sha")
    assert len(one) == len(split(document(ENGLISH * 50), model, 160)) > 1
    assert not one & ids("b.md", "sha")
    assert not one & ids("a.md", "other")


@pytest.mark.parametrize("window", [40, 56])
def test_a_model_with_a_small_window_is_refused_or_served(window: int) -> None:
    text = "One two three. " * 20
    with ending_after(1), suppress(SumberError):
        assert_whole(split(document(text), Words(window), 160), text)
