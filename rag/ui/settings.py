"""The Settings page: what is configured and from where, what is installed and indexed, and what could leave."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from html import escape

import gradio as gr
from pydantic import SecretStr

from rag.config import Config
from rag.doctor import PARTS, Finding, examine
from rag.types import Inquiry, SettingsError, SumberError
from rag.ui.frame import QUIET, documents_link, masthead, pane, sheet
from rag.ui.markup import in_english, sentence_case
from rag.ui.wording import COOKIE, LANGUAGES, counted, known, number, retold, say

TRY_SECONDS = 20.0  # that a language model has for its first words, when it is tried
TRIAL = "Are you there?"
LEAVES, NOT_READ = "leaves this machine", "not read"  # subjects of findings

# What rag.doctor finds where nothing out of the ordinary is set up; whatever else it says stays in English.
SUBJECTS = {
    "embedding model": known("Embedding model"),
    "reranker": known("Reranker"),
    "corpus": known("Corpus"),
    "index": known("Index"),
    "vectors": known("Vectors"),
    "language model": known("Language model"),
    "not read": known("Not read"),
}
FINDINGS = (
    known("{model}, installed here, weights as published; English only"),
    known("none configured"),
    known("{folder}: {documents} documents, {passages} passages"),
    known(
        "{folder}: {documents} documents, {passages} passages. Nothing is indexed yet: put documents in the corpus"
        " folder and run: sumber sync"
    ),
    known("{folder}, beside the passages"),
    known("none configured; answers are quoted from the documents"),
    known("nothing"),
    known("nothing by Sumber itself"),
)
TRY = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-try]");
  if (!button || button.disabled) return;
  button.disabled = true;
  element.querySelector("output").textContent = button.dataset.asking;
  trigger("try_model", {});
});
"""
CHOOSE = """
element.addEventListener("change", ({ target }) => {
  const lasting = target.value ? 400 * 24 * 3600 : 0; // seconds; browsers keep none longer
  document.cookie = `${target.dataset.cookie}=${target.value}; Path=/; Max-Age=${lasting}; SameSite=Strict`;
  location.reload();
});
"""


class SettingsPage:
    """The handlers behind the page. What is looked at, is looked at anew each time."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def build(self, blocks: gr.Blocks) -> None:
        masthead("Settings")
        with sheet():
            shown = pane("settings", _looking)
            model = pane("model", lambda: _model_part(self._config), TRY)
            pane("configured", lambda: configured(self._config))
            chosen = pane("language", script=CHOOSE)
        blocks.load(self.look, None, shown, queue=False, **QUIET)
        blocks.load(self.choice, None, chosen, queue=False, **QUIET)
        model.try_model(self.try_model, None, model, queue=False, **QUIET)

    async def look(self) -> str:
        findings = await asyncio.to_thread(examine, self._config)
        return state_of_things(findings)

    def choice(self, request: gr.Request) -> str:
        """In which language the pages are, to be chosen; it takes no event of ours to choose it (the script above)."""
        return language_choice(request.cookies.get(COOKIE, ""))

    async def try_model(self) -> str:
        return _model_part(self._config, await asyncio.to_thread(try_language_model, self._config))


def state_of_things(findings: Sequence[Finding]) -> str:
    """What was found. Files that could not be read are counted: the Documents page lists them."""
    leaves = next((finding.words for finding in findings if finding.subject == LEAVES), "")
    failed = sum(finding.subject == NOT_READ for finding in findings)
    versions = [finding for finding in findings if finding.subject in ("python", *PARTS) and finding.well]
    others = [finding for finding in findings if finding not in versions and finding.subject not in (LEAVES, NOT_READ)]
    rows = [_finding(one) for one in others]
    if failed:
        files = counted(failed, "file")
        listed = say("{files}, listed with the reasons under {documents}", files=files, documents=documents_link())
        rows.append(f'<tr><th scope="row">{say(SUBJECTS[NOT_READ])}</th><td>{listed}</td></tr>')
    installed = ", ".join(f"{one.subject} {one.words}" for one in versions)
    versions_words = say("Installed: {versions}.", versions=escape(installed))
    return (
        f'<section class="about"><h2>{say("Settings")}</h2>'
        f'<p class="leaves-machine"><strong>{say("What leaves this machine:")}</strong> {_found(leaves)}.</p>'
        f"<h3>{say('Models and index')}</h3>{_table(rows)}"
        f'<p class="versions" dir="auto">{versions_words}</p></section>'
    )


def configured(config: Config) -> str:
    """Every setting with its value, where that comes from, and what it is. No key is ever shown."""
    where = origins(config)
    rows = []
    for name, field in Config.model_fields.items():
        value = getattr(config, name)
        said = say("set, and never shown") if isinstance(value, SecretStr) else _worded(value)
        about = _described(field.description or "")
        rows.append(
            f'<tr><th scope="row"><code>SUMBER_{name.upper()}</code></th>'
            f'<td><span class="value" dir="auto">{escape(said)}</span> <span class="origin">{say(where[name])}</span>'
            f"<p>{about}</p></td></tr>"
        )
    words = say("Settings are given when Sumber starts, on the command line or in the environment under these names.")
    return (
        f'<section class="about"><h3>{say("What is configured")}</h3><p>{words}</p>'
        f"{_table(rows, 'configured')}</section>"
    )


def _described(description: str) -> str:
    """What a setting is, which is said in the Markdown of the README."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _found(description))


def language_choice(chosen: str) -> str:
    """The languages of the pages, each by its own name; until one is chosen, the browser's."""
    offered = [f'<option value="">{say("As the browser asks for it")}</option>']
    for code, name in LANGUAGES.items():
        state = " selected" if code == chosen else ""
        offered.append(f'<option value="{code}" lang="{code}"{state}>{name}</option>')
    return (
        f'<section class="about"><label class="field">{say("Language of these pages")}'
        f'<select name="language" data-cookie="{COOKIE}">{"".join(offered)}</select></label></section>'
    )


def origins(config: Config) -> dict[str, str]:
    """Where each setting comes from: the default, the environment, or whoever started this server."""
    try:
        around = Config()  # what the environment alone says
    except SettingsError:
        around = None
    found = {}
    for name in Config.model_fields:
        if name not in config.model_fields_set:
            found[name] = known("default")
        elif around and name in around.model_fields_set and getattr(around, name) == getattr(config, name):
            found[name] = known("environment")
        else:
            found[name] = known("given at the start")
    return found


def try_language_model(config: Config) -> str:
    """Asks the configured language model something small; what came of it, as a sentence."""
    from rag.generative import prompt
    from rag.models import load_language_model
    from rag.streaming import FaultError, written

    who = say("{model} at {host}", model=config.llm_model or "", host=config.llm_host or "")
    key = config.llm_key.get_secret_value() if config.llm_key else ""
    seconds = min(config.llm_seconds, TRY_SECONDS)
    began = time.monotonic()
    first = None
    try:
        llm = load_language_model(config.llm_url or "", config.llm_model or "", key, seconds, config.llm_context)
        for piece in written(llm, prompt((), Inquiry(TRIAL), ()), began + seconds, seconds):
            first = first or (time.monotonic() - began if piece.strip() else None)
    except FaultError as fault:
        if first is None:
            return f"✕ {config.llm_model} at {config.llm_host} {fault.what}. {fault.remedy}."
    except SumberError as error:
        return f"✕ {sentence_case(str(error))}"
    if first is None:
        return say("✕ {model} answered with nothing. Choose another model in SUMBER_LLM_MODEL.", model=who)
    took = number(first, 1)
    return say("✓ {model} answered; its first word came after {took} seconds.", model=who, took=took)


def _model_part(config: Config, outcome: str = "") -> str:
    if not config.llm_url:
        words = say(
            "None is configured: answers are quoted from the documents, and nothing is sent to one. To have answers"
            " written, start Sumber with {url} and {model}.",
            url="<code>SUMBER_LLM_URL</code>",
            model="<code>SUMBER_LLM_MODEL</code>",
        )
        body = f"<p>{words}</p>"
    else:
        who = say(
            "{model} at {host}",
            model=f"<strong>{escape(config.llm_model or '')}</strong>",
            host=f"<code>{escape(config.llm_host or '')}</code>",
        )
        words = say("{model} writes the answers; each sentence is checked before it is shown.", model=who)
        button = f'<button type="button" class="press plain" data-try data-asking="{say("Asking it for a word …")}">'
        body = (
            f'<p>{words}</p><p class="trying">{button}{say("Try it")}</button>'
            f' <output dir="auto">{escape(outcome)}</output></p>'
        )
    return f'<section class="about"><h3>{say("Language model")}</h3>{body}</section>'


def _looking() -> str:
    words = say("Looking at what is installed …")
    return f'<section class="about looking"><h2>{say("Settings")}</h2><p class="empty">{words}</p></section>'


def _worded(value: object) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return say("none") if value is None else str(value)


def _finding(finding: Finding) -> str:
    words = (
        f'<td dir="auto">{_found(finding.words)}</td>'
        if finding.well
        else f'<td class="bad">✕ {_found(finding.words)}</td>'
    )
    subject = SUBJECTS.get(finding.subject)
    name = say(subject) if subject else in_english(sentence_case(finding.subject))
    return f'<tr><th scope="row">{name}</th>{words}</tr>'


def _found(words: str) -> str:
    own = retold(words)
    return in_english(words) if own is None else escape(own)


def _table(rows: Sequence[str], style: str = "") -> str:
    return f'<table class="facts-table {style}"><tbody>{"".join(rows)}</tbody></table>'
