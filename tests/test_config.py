"""Settings: where they come from, what they refuse and what they say then."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.config import DECLINE_BELOW, DEFAULT_EMBEDDING, Config
from rag.types import SettingsError


def test_every_setting_has_a_default_and_a_description() -> None:
    config = Config()
    assert (config.corpus, config.vectorstore) == (None, Path("vectorstore"))
    assert (config.embedding_model, config.decline, config.host) == (DEFAULT_EMBEDDING, "balanced", "127.0.0.1")
    assert config.reranker is None
    assert all(field.description and not field.is_required() for field in Config.model_fields.values())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("corpus", "my documents", Path("my documents")),
        ("vectorstore", "/tmp/index", Path("/tmp/index")),
        ("data", "내 대화", Path("내 대화")),
        ("embedding_model", "한국어 모델", "한국어 모델"),
        ("reranker", "cross-encoder/some-model", "cross-encoder/some-model"),
        ("decline", "eager", "eager"),
        ("decline", "0.4", 0.4),
        ("passages", "50", 50),
        ("max_file_mb", "0.5", 0.5),
        ("port", "0", 0),
    ],
)
def test_a_setting_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: object
) -> None:
    monkeypatch.setenv(f"SUMBER_{name.upper()}", value)
    assert getattr(Config(), name) == expected


def test_what_is_given_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUMBER_PASSAGES", "3")
    assert Config().passages == 3
    assert Config(passages=5).passages == 5


def test_the_environment_of_others_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CORPUS", "PORT", "HOST", "OPENAI_API_KEY", "SUMBERPORT", "XSUMBER_PORT"):
        monkeypatch.setenv(name, "99")
    assert Config().port == 7860
    assert Config().corpus is None
    assert Config().host == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decline", "bold"),
        ("decline", "CAUTIOUS"),
        ("decline", "-0.1"),
        ("decline", "1.1"),
        ("decline", "nan"),
        ("decline", "inf"),
        ("passages", "0"),
        ("passages", "51"),
        ("passages", "2.5"),
        ("passages", "many"),
        ("passage_tokens", "31"),
        ("passage_tokens", "2001"),
        ("max_question", "0"),
        ("max_file_mb", "0"),
        ("max_file_mb", "-1"),
        ("max_file_mb", "nan"),
        ("max_pending", "0"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "http"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"the setting {name} \(SUMBER_{name.upper()}\) cannot be used: .+"):
        Config(**{name: value})
    monkeypatch.setenv(f"SUMBER_{name.upper()}", value)
    with pytest.raises(SettingsError, match=rf"SUMBER_{name.upper()}\).*Correct or remove it\.$"):
        Config()


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="the setting pasages"):
        Config(pasages=3)


def test_settings_do_not_change_once_made() -> None:
    config = Config()
    with pytest.raises(ValidationError):
        config.passages = 3  # type: ignore[misc]
    assert config.passages == 8


@pytest.mark.parametrize("word", DECLINE_BELOW)
def test_a_word_for_declining_stands_for_a_probability(word: str) -> None:
    assert Config(decline=word).decline_below == DECLINE_BELOW[word]


def test_the_words_for_declining_are_in_order() -> None:
    assert 0 < DECLINE_BELOW["eager"] < DECLINE_BELOW["balanced"] < DECLINE_BELOW["cautious"] < 1


@pytest.mark.parametrize("probability", [0, 0.0, 0.25, 1, 1.0])
def test_a_probability_for_declining_is_taken_as_it_is(probability: float) -> None:
    assert Config(decline=probability).decline_below == probability


def test_an_index_records_what_its_passages_and_vectors_depend_on() -> None:
    config = Config()
    assert config.index_settings.keys() == {"embedding_model", "passage_tokens"}
    assert Config(passage_tokens=64).index_settings != config.index_settings
    assert Config(embedding_model="other").index_settings != config.index_settings
    without_effects = {
        "passages": 3,
        "decline": 0.1,
        "port": 1,
        "corpus": "x",
        "vectorstore": "y",
        "data": "d",
        "reranker": "z",
    }
    for without_effect in ({name: value} for name, value in without_effects.items()):
        assert Config(**without_effect).index_settings == config.index_settings


@pytest.mark.parametrize("name", ["corpus", "vectorstore", "reranker"])
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"SUMBER_{name.upper()}", "")
    assert getattr(Config(), name) == Config.model_fields[name].default


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names the folder otherwise than by XDG_DATA_HOME")
def test_conversations_are_kept_where_the_system_keeps_a_users_data_as_it_is_now(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SUMBER_DATA")
    for name in ("one", "another"):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))
        assert Config().data == tmp_path / name / "sumber"
    monkeypatch.setenv("SUMBER_DATA", "")
    assert Config().data == tmp_path / "another" / "sumber"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["index", "index/mine", "other/../index/mine"])
def test_conversations_are_not_kept_in_the_index_which_may_be_deleted(folder: str) -> None:
    assert Config().data.is_absolute()
    assert Config(vectorstore="index", data="index-2").data == Path("index-2")
    with pytest.raises(SettingsError, match=r"SUMBER_DATA\) cannot be used: .*which may be deleted"):
        Config(vectorstore="index", data=folder)


def test_no_limit_is_infinite() -> None:
    with pytest.raises(SettingsError):
        Config(max_file_mb=math.inf)
