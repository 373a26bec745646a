"""The Documents page: what is in the library, found, read, added to and removed from.

Files are added and removed over HTTP (filing.py) by documents.js; here the list is made and searched.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr

from rag.inbox import Inbox
from rag.reading.formats import CONVERT, KNOWN
from rag.types import DocumentEntry
from rag.ui.door import Door
from rag.ui.frame import QUIET, masthead, pane
from rag.ui.keeping import Keeper
from rag.ui.library import found, library_list, ordered, removed_list
from rag.ui.reader import OPEN, Reader
from rag.ui.wording import say

HERE = Path(__file__).parent
MOST_AT_ONCE = 1_000  # files added in one go; a folder with more is better put in its place by hand
LONGEST_SEARCH = 200  # characters

TOOLS = """
<div class="tools"><h2>{title}</h2>
<label class="search"><span>{search}</span><input type="search" name="sought" maxlength="{longest}"
placeholder="{hint}" autocomplete="off" spellcheck="false"></label>
<div class="doing">{add}<button type="button" class="press plain" data-sync>{sync}</button></div></div>
<p class="where">{where}</p>
<section class="coming" aria-label="{coming}" hidden><p class="sum" role="status"></p>
<progress aria-hidden="true"></progress><ul></ul><button type="button" class="open" data-dismiss>{done}</button>
</section>
<p class="done" role="status" hidden><span dir="auto"></span>
<button type="button" class="open" data-undo>{undo}</button></p>
"""
ADD = """
<button type="button" class="press" data-add>{add}</button><input type="file" multiple hidden accept="{kinds}"
aria-label="{files}" data-most-bytes="{most_bytes}" data-most-files="{most_files}"><button type="button"
class="press plain" data-add-folder>{add_folder}</button><input type="file" webkitdirectory hidden
aria-label="{folder}">
"""
REMOVING = """
<dialog class="removing" aria-labelledby="removing"><h3 id="removing">{title}</h3>
<p class="path" dir="auto"></p><p>{words}</p><form method="dialog"><button class="press plain" value=""
autofocus>{keep}</button><button class="press" value="remove">{remove}</button></form></dialog>
"""


class DocumentsPage:
    """The handlers behind the page.

    Args:
        inbox: what adds and removes files; None where nobody may do that here.
    """

    def __init__(self, door: Door, keeper: Keeper, inbox: Inbox | None) -> None:
        self._door = door
        self._keeper = keeper
        self._inbox = inbox
        self._reader = Reader(door)
        self._listed: tuple[int, list[tuple[str, DocumentEntry]]] = (-1, [])

    def build(self, blocks: gr.Blocks) -> None:
        masthead("Documents")
        script = (HERE / "documents.js").read_text(encoding="utf-8")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="shelf"):
                tools = pane("tools", self._tools, script)
                library = pane("library", script=OPEN + 'watch("value", () => window.sumber.listed(element));')
                removed = pane("removed")
            with gr.Column(elem_id="evidence"):
                pane("unopened", _not_opened)
                self._reader.build(library)
        tools.library_changed(self.look, None, [library, removed], queue=False, **QUIET)
        tools.seek(self.seek, None, library, queue=False, trigger_mode="always_last", **QUIET)

    def look(self, event: gr.EventData) -> tuple[str, str]:
        """The list, as far as it is searched for, and what was removed, as they are now."""
        inbox = self._inbox
        return self.seek(event), removed_list(inbox.removed(), str(inbox.bin)) if inbox else ""

    def seek(self, event: gr.EventData) -> str:
        """The documents that have the words searched for; all where there are none."""
        listed = self._entries()
        words = str(event.words)[:LONGEST_SEARCH]
        library = [entry for _, entry in listed]
        return library_list(found(listed, words), library, self._empty(), self._inbox is not None)

    def _entries(self) -> list[tuple[str, DocumentEntry]]:
        """The list, looked up again only when a reading has changed it: that of many documents takes its time."""
        version = self._keeper.state.version  # before the look, so that what changes during it is looked up again
        if self._listed[0] != version:
            self._listed = version, ordered(self._door.documents())
        return self._listed[1]

    def _empty(self) -> str:
        if self._keeper.state.stage == "reading":
            return f"<p>{say('Your documents are being read. They appear here as it goes on.')}</p>"
        how = say("Drop files here, or add them with the button.") if self._inbox else say("Put files into the folder.")
        kinds = say("Sumber reads text, Markdown, PDF, Word, web pages and more, and by itself sends nothing anywhere.")
        return f"<p><strong>{say('No documents yet.')}</strong></p><p>{how} {kinds}</p>"

    def _tools(self) -> str:
        inbox = self._inbox
        folder = f"<code>{escape(str(self._door.corpus))}</code>"
        where = (
            say(
                "In {folder}. What changes there is read by itself; files dropped on this page are copied there.",
                folder=folder,
            )
            if inbox
            else say("In {folder}. What changes there is read by itself.", folder=folder)
        )
        return TOOLS.format(
            title=say("Documents"),
            search=say("Search the list"),
            hint=say("Title, file name, publisher or date"),
            longest=LONGEST_SEARCH,
            add=_adding(inbox.max_bytes) if inbox else "",
            sync=say("Sync now"),
            where=where,
            coming=say("Files being added"),
            done=say("Done"),
            undo=say("Undo"),
        )


def _adding(most_bytes: int) -> str:
    """What files are added and removed with."""
    adding = ADD.format(
        add=say("Add files"),
        files=say("Files to add"),
        kinds=",".join([*KNOWN, *CONVERT]),  # the latter are refused with what to do instead
        most_bytes=most_bytes,
        most_files=MOST_AT_ONCE,
        add_folder=say("Add a folder"),
        folder=say("Folder to add"),
    )
    return adding + REMOVING.format(
        title=say("Remove this file?"),
        words=say("It leaves the folder, and answers no longer use it. You can put it back."),
        keep=say("Keep it"),
        remove=say("Remove"),
    )


def _not_opened() -> str:
    return f'<p class="empty">{say("Open a document to read it here as Sumber has read it.")}</p>'
