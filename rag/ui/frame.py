"""What every page has: the masthead with the navigation and the status, its style and scripts, and its parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from rag.ui.wording import known, say

HERE = Path(__file__).parent
STYLED = ("style", "filters", "documents", "history", "asking", "settings", "evaluating", "feedback")
STYLES = tuple(HERE / f"{name}.css" for name in STYLED)
SCRIPTS = tuple(HERE / name for name in ("frame.js", "reader.js", "asking.js"))
FAVICON = HERE / "favicon.svg"

PAPER, PAPER_DARK = "#fbfcfb", "#131716"  # as in style.css
TAGLINE = known("Answers from your own documents, quoted and checked")

PAGES = (
    (known("Ask"), ""),
    (known("Documents"), "documents"),
    (known("Evaluation"), "evaluation"),
    (known("Settings"), "settings"),
)

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}  # for every event of a page

# Hands Python the word that there may be something new in the library: once at the start, and whenever that changes.
# Not of what a first reading has come to meanwhile: that is for the list of documents.
LIBRARY = 'window.sumber.library(() => trigger("library_changed", {}), "read");'


def masthead(current: str, action: Callable[[], str] = str) -> None:
    """The head of a page.

    Args:
        current: the name of this page in the navigation.
        action: a link that the page has there, as HTML.
    """

    def made() -> str:
        links = "".join(
            f'<li><a href="./{path}"{" aria-current=page" if name == current else ""}>{say(name)}</a></li>'
            for name, path in PAGES
        )
        return (
            f'<header class="masthead"><h1><a href="./">Sumber</a></h1><nav aria-label="{say("Pages")}">'
            f'<ul>{links}</ul></nav><p class="status" role="status"><span class="words">{say(TAGLINE)}</span>'
            f'<progress hidden aria-hidden="true"></progress></p>{action()}</header>'
            '<p class="notice" role="alert" hidden></p>'
        )

    pane("masthead", made, "window.sumber.look();")


def pane(name: str, made: Callable[[], str] = str, script: str | None = None) -> Any:
    """A part of a page that is HTML. Typed loosely: Gradio makes its events from the names in the script.

    Args:
        made: what it is at first, made once for each language.
    """
    part = gr.HTML(elem_id=name, apply_default_css=False, js_on_load=script, html_template="${value}")
    return worded(part, value=made)


def worded(part: Any, **words: Callable[[], str]) -> Any:
    """A part of a page, with those of its properties that differ from language to language (`Site`)."""
    part.words = words
    return part


def documents_link() -> str:
    """To the list of documents, in a sentence that sends a person there."""
    return f'<a href="./documents">{say("Documents")}</a>'


def sheet() -> gr.Column:
    """The one column of a page that is read from top to bottom."""
    return gr.Column(elem_id="sheet")


def theme() -> gr.themes.Base:
    """Gradio's plainest theme, without the fonts that it would fetch; all else is in the styles."""
    base = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    # The two colours that the page has before its style has arrived.
    return base.set(body_background_fill=PAPER, body_background_fill_dark=PAPER_DARK)


def head() -> str:
    """The styles and scripts of all pages, to stand in each page itself.

    Gradio's own `css` loses what stands inside a media query, its `head` comes after the first paint, and its `js`
    after the scripts of the parts, which build on these.
    """
    styles = "".join(f"<style>{path.read_text(encoding='utf-8')}</style>" for path in STYLES)
    return f"{styles}<script>{''.join(path.read_text(encoding='utf-8') for path in SCRIPTS)}</script>"
