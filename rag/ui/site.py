"""The pages as one site, in every language: each page's module builds its own."""

from __future__ import annotations

from typing import Any, Protocol

import gradio as gr

from rag.config import Config
from rag.inbox import Inbox
from rag.ui.asking import AskPage
from rag.ui.desk import Desk
from rag.ui.documents import DocumentsPage
from rag.ui.door import Door
from rag.ui.evaluating import EvaluationPage
from rag.ui.frame import PAGES
from rag.ui.keeping import STOPPED, UNEXPECTED, Keeper
from rag.ui.settings import SettingsPage
from rag.ui.wording import catalog, language, of_scripts


class Page(Protocol):
    def build(self, blocks: gr.Blocks) -> None: ...


class Site(gr.Blocks):  # type: ignore[misc]
    """What a browser is given of the pages at first, by the language of whoever asks."""

    def __init__(self, **given: Any) -> None:
        self._given: dict[str, dict[str, Any]] = {}
        super().__init__(**given)

    @property
    def config(self) -> dict[str, Any]:
        """As Gradio makes it, with the words of the language, and those that the scripts say (frame.js)."""
        spoken = language()
        if spoken not in self._given:
            made: dict[str, Any] = self.get_config_file()
            for part in made["components"]:
                for name, made_of in getattr(self.blocks[part["id"]], "words", {}).items():
                    part["props"][name] = made_of()
            said = {key: words for key, words in catalog(spoken).items() if key in of_scripts() | {UNEXPECTED, STOPPED}}
            self._given[spoken] = made | {"language": spoken, "words": said}
        return self._given[spoken]

    @config.setter
    def config(self, _: Any) -> None:
        self._given = {}  # Gradio sets it anew whenever something about the pages has changed


def build_site(door: Door, desk: Desk, keeper: Keeper, inbox: Inbox | None, config: Config) -> gr.Blocks:
    pages: dict[str, Page] = {
        "Ask": AskPage(door, desk, keeper, config.max_question),
        "Documents": DocumentsPage(door, keeper, inbox),
        "Evaluation": EvaluationPage(door, desk, config),
        "Settings": SettingsPage(config),
    }
    with Site(title="Sumber", analytics_enabled=False, fill_width=True) as blocks:
        pages["Ask"].build(blocks)
    for name, path in PAGES[1:]:
        with blocks.route(name, path, show_in_navbar=False):  # Gradio's own, which has no place here
            pages[name].build(blocks)
    return blocks
