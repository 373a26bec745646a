"""What the doctor says of models: which they are, what they are for, and what would be fetched from where."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.config import DEFAULT_EMBEDDING, Config
from rag.doctor import Finding, examine
from rag.models import default_weights
from tests.test_models import make_embedding_model, make_reranker

NOWHERE = {"embedding_model": "someone/never-fetched-embedding", "reranker": "never-fetched-reranker"}


def said(folder: Path, **settings: str) -> dict[str, Finding]:
    return {one.subject: one for one in examine(Config(vectorstore=folder / "index", corpus=folder, **settings))}


def test_without_settings_the_models_are_the_default_and_none_and_nothing_leaves(tmp_path: Path) -> None:
    found = said(tmp_path)
    words = f"{DEFAULT_EMBEDDING}, installed here, weights as published; English only"
    assert found["embedding model"] == Finding("embedding model", words)
    assert found["reranker"] == Finding("reranker", "none configured")
    assert found["leaves this machine"].words == "nothing"


def test_models_in_folders_are_tried_and_nothing_leaves(tmp_path: Path) -> None:
    languages, reranker = make_embedding_model(tmp_path / "languages"), make_reranker(tmp_path / "reranker")
    found = said(tmp_path, embedding_model=str(languages), reranker=str(reranker))
    assert found["embedding model"].words.startswith(f"{languages}, as SUMBER_EMBEDDING_MODEL says; many languages")
    assert found["reranker"] == Finding("reranker", f"{reranker}, as SUMBER_RERANKER says")
    assert found["leaves this machine"].words == "nothing"


def test_a_model_for_english_is_said_to_be_one(tmp_path: Path) -> None:
    assert "English only" in said(tmp_path, embedding_model=str(default_weights()))["embedding model"].words


def test_models_yet_to_be_fetched_are_named_with_the_hub_they_come_from(tmp_path: Path) -> None:
    found = said(tmp_path, **NOWHERE)
    for subject, name in zip(("embedding model", "reranker"), NOWHERE.values(), strict=True):
        assert found[subject].well
        assert found[subject].words.startswith(f"{name}, as SUMBER_{subject.replace(' ', '_').upper()} says; not here")
        assert "fetched from http" in found[subject].words
    leaves = found["leaves this machine"].words
    assert leaves.startswith(f"the name of {' and '.join(NOWHERE.values())}, to http")
    assert leaves.endswith("when it is fetched; no document and no question")


@pytest.mark.parametrize(("setting", "subject"), [("embedding_model", "embedding model"), ("reranker", "reranker")])
def test_a_folder_that_holds_no_model_is_found_not_well(tmp_path: Path, setting: str, subject: str) -> None:
    (tmp_path / "empty").mkdir()
    found = said(tmp_path, **{setting: str(tmp_path / "empty")})[subject]
    assert not found.well
    assert f"Give another in SUMBER_{setting.upper()}" in found.words
