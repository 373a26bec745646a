"""The Settings page: where each setting comes from, what could leave, no key, and the language model tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rag.config import Config
from rag.doctor import Finding
from rag.ui.settings import configured, origins, state_of_things, try_language_model
from tests.llm_server import LanguageModelServer, fails, says
from tests.ui.conftest import Visit
from tests.ui.fake import FakeAssistant

KEY = "sk-the-secret-of-secrets"


@pytest.fixture
def model() -> Iterator[LanguageModelServer]:
    server = LanguageModelServer()
    yield server
    server.close()


def test_each_setting_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUMBER_PASSAGES", "5")
    monkeypatch.setenv("SUMBER_PORT", "8000")
    found = origins(Config(port=9000, corpus=Path("here")))
    assert (found["passages"], found["port"], found["corpus"], found["decline"]) == (
        "environment",
        "given at the start",
        "given at the start",
        "default",
    )
    monkeypatch.setenv("SUMBER_LLM_URL", "not an address")
    assert origins(Config(llm_url=None, llm_model=None, passages=5))["passages"] == "given at the start"


def test_no_key_is_shown_and_hostile_values_stay_text() -> None:
    shown = configured(Config(llm_url="http://127.0.0.1:9/v1", llm_model="<b>bold</b>", llm_key=KEY, corpus="<i>x</i>"))
    assert KEY not in shown
    assert "set, and never shown" in shown
    assert "<b>bold" not in shown
    assert "<i>x" not in shown
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown


def test_what_leaves_stands_first_and_unread_files_are_counted() -> None:
    findings = [
        Finding("python", "3.11"),
        Finding("index", "it is <damaged>. Run: sumber sync", well=False),
        *(Finding("not read", f"{n}.pdf: why", well=False) for n in range(3_000)),
        Finding("leaves this machine", "each question goes to <evil>"),
    ]
    shown = state_of_things(findings)
    assert "What leaves this machine:</strong> each question goes to &lt;evil&gt;." in shown
    assert "3,000 files" in shown
    assert "✕ it is &lt;damaged&gt;" in shown
    assert len(shown) < 3_000


def config_for(model: LanguageModelServer, **settings: object) -> Config:
    return Config(llm_url=model.url, llm_model="scripted", llm_key=KEY, **settings)


def test_a_language_model_that_answers_is_said_to(model: LanguageModelServer) -> None:
    model.plays(says("Yes."))
    assert try_language_model(config_for(model)).startswith("✓ scripted at 127.0.0.1")


def test_one_that_fails_is_named_with_the_remedy_and_without_the_key(model: LanguageModelServer) -> None:
    model.plays(fails(401, KEY.encode()))
    words = try_language_model(config_for(model))
    assert words.endswith("refused the key (401). Correct SUMBER_LLM_KEY.")
    assert KEY not in words
    gone = Config(llm_url="http://127.0.0.1:9/v1", llm_model="none")
    assert try_language_model(gone) == "✕ none at 127.0.0.1:9 cannot be reached. Start it, or correct SUMBER_LLM_URL."


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_page_shows_it_all_and_tries_the_model(
    model: LanguageModelServer, open_site: Callable[..., str], visit: Callable[..., Visit], tmp_path: Path
) -> None:
    given = {"llm_url": model.url, "llm_model": "scripted", "vectorstore": tmp_path / "index", "corpus": tmp_path}
    page = visit(open_site(FakeAssistant([]), **given), "settings").page
    expect(page.locator(".leaves-machine")).to_contain_text("go to the language model at 127.0.0.1")
    expect(page.locator("#configured tr", has_text="SUMBER_VECTORSTORE")).to_contain_text("given at the start")
    model.plays(says("Yes."))
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("output")).to_contain_text("✓ scripted at 127.0.0.1")
    expect(page.get_by_role("button", name="Try it")).to_be_enabled()
