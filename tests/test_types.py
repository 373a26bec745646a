"""The nouns: what a scope holds, and what a change says of itself."""

from __future__ import annotations

import pytest

from rag.types import EVERYTHING, QuestionError, Scope


def holds(
    scope: Scope, path: str = "a/report.md", published: str | None = "2017-10-18", language: str | None = "en"
) -> bool:
    return scope.holds(path, published, language, "The Office", "brief")


def test_everything_holds_every_document() -> None:
    assert holds(EVERYTHING)
    assert EVERYTHING.holds("x", None, None, None, None)


@pytest.mark.parametrize("pattern", ["a/report.md", "a/*", "*.md", "a/report.m?", "*"])
def test_a_document_is_named_by_its_path_or_a_pattern(pattern: str) -> None:
    assert holds(Scope(("other", pattern)))
    assert not holds(Scope((pattern,)), path="b.txt") or pattern == "*"


def test_a_name_with_signs_of_a_pattern_is_its_own() -> None:
    assert holds(Scope(("a [1].md",)), path="a [1].md")


@pytest.mark.parametrize(
    ("after", "before", "published", "inside"),
    [
        ("2017", None, "2017-10-18", True),
        ("2017-10-18", "2017-10-18", "2017-10-18", True),
        ("2017-10-19", None, "2017-10-18", False),
        ("2018", None, "2017-12-31", False),
        (None, "2017-09", "2017-10-18", False),
        (None, "2017", "2017-10-18", True),
        ("2017-06", None, "2017", True),
        ("2018-06", None, "2017", False),
        ("2017", None, None, False),
        (None, "2017", None, False),
    ],
)
def test_a_stretch_of_time_is_judged_at_the_precision_of_both(
    after: str | None, before: str | None, published: str | None, inside: bool
) -> None:
    assert holds(Scope(after=after, before=before), published=published) is inside


def test_other_facts_must_be_the_same_in_any_case() -> None:
    assert holds(Scope(language="EN", publisher="the office", kind="brief"))
    assert not holds(Scope(language="id"))
    assert not holds(Scope(language="id"), language=None)
    assert not holds(Scope(publisher="Office"))


@pytest.mark.parametrize("date", ["", "17", "2017-1", "yesterday", "2017-10-18T00:00", "2017/10"])
def test_what_is_no_date_is_refused_with_its_form(date: str) -> None:
    with pytest.raises(QuestionError, match="2017-10-18"):
        Scope(after=date)
