"""The Evaluation page: a question set is chosen, put to the documents in the background, and told of as a report.

The report itself is made by report.py, and stands in the page under a root of its own (evaluating.js).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from rag.config import DECLINE_BELOW, Config
from rag.conversations import SavedTurn
from rag.evaluation import Evaluation, load
from rag.evaluation.comparison import compare, load_baseline, save_baseline
from rag.evaluation.examining import Flaw, examine
from rag.evaluation.run import stored_text
from rag.types import Answer, Sentence, SumberError
from rag.ui.desk import Desk
from rag.ui.door import Door
from rag.ui.frame import QUIET, masthead, pane, sheet, worded
from rag.ui.history import person_of
from rag.ui.markup import error_words, in_english
from rag.ui.report import THRESHOLDS, operating_point, percent, report
from rag.ui.runs import Run, Runs
from rag.ui.sets import FEEDBACK, MAX_ADDED, QuestionSet, QuestionSets, baseline_names, is_about
from rag.ui.wording import clock, counted, known, language, say

HERE = Path(__file__).parent
NOT_CHOSEN = known("Choose a question set first.")
MAX_FLAWS = 100  # warnings that are listed; more, and the set is best mended from the first on

ABOUT = """
<section class="evaluation"><h2>{title}</h2><p>{about}</p>
<div class="choosing"><label class="field">{label}<select name="set">{options}</select></label>
<button type="button" class="press" data-do="begin">{evaluate}</button>
<button type="button" class="press plain" data-do="examine">{check}</button>
<button type="button" class="press plain" data-add-set>{add}</button>
<input type="file" hidden accept=".jsonl,.ndjson,.json,.txt" aria-label="{to_add}" data-most="{most}">
</div></section>
"""
RUNNING = """
<section class="evaluation running" aria-label="{title}"><p class="words">{words}</p>
<progress aria-label="{progress}" max="{total}" value="{done}"></progress>
<button type="button" class="press plain" data-do="end">{stop}</button></section>
"""
OUTCOME = """
<section class="evaluation outcome" aria-label="{title}" tabindex="-1"><p class="words">{words}
</p><div class="choosing">{against}<form class="keeping"><label class="field">{label}<input name="baseline"
maxlength="60" value="main" autocomplete="off" spellcheck="false"></label>
<button class="press plain">{keep}</button></form>
<button type="button" class="press plain" data-save="html" data-file="{file}">{html}</button>
<button type="button" class="press plain" data-save="json" data-file="{file}">{json}</button></div>{told}
</section>
"""
THRESHOLD = """
<div slot="choice" class="threshold"><output></output><label>{label}
<input type="range" min="0" max="{most}" step="1" value="{now}" data-choices="{choices}"></label>
<p>{words}</p></div>
"""


def _owner(request: gr.Request) -> str:
    """Whose sets, feedback and evaluations these are: those who have no cookie of ours share theirs."""
    person = person_of(request)
    return person.token if person else ""


class EvaluationPage:
    """The handlers behind the page. A page names sets and baselines; what they are is looked up for its person."""

    def __init__(self, door: Door, desk: Desk, config: Config) -> None:
        self._door = door
        self._runs = Runs(desk, door)
        self._sets = QuestionSets(config.questions, config.data)

    def build(self, blocks: gr.Blocks) -> None:
        # What the script asks for by itself. Gradio marks these as such, which methods cannot be, and gives them the
        # request of the framework below it.
        async def progress(_: Any, request: gr.Request) -> dict[str, Any]:
            return self.progress(gr.Request(request))

        def written(kind: str, request: gr.Request) -> str:
            return self.written(kind, gr.Request(request))

        def earlier(number: int, request: gr.Request) -> str:
            return self.earlier(number, gr.Request(request))

        masthead("Evaluation")
        # The page's own script, and that of the report as a function of the root it works in.
        own, of_report = ((HERE / name).read_text("utf8") for name in ("evaluating.js", "report.js"))
        with sheet():
            choosing: Any = gr.HTML(
                elem_id="choosing",
                apply_default_css=False,
                html_template="${value}",
                js_on_load=f"{own}\nfunction listed(document) {{\n{of_report}}}",
                server_functions=[progress, written, earlier],
            )
            worded(choosing, value=lambda: _choosing([], None))
            about = pane("about-set")
            running = pane("running", script='watch("value", () => window.sumber.running(element));')
            outcome = pane("outcome")
            shown = pane("report", script='watch("value", () => window.sumber.reported(element));')
        run = [running, outcome, shown]
        choosing.look(self.look, None, [choosing, about, *run], queue=False, **QUIET)
        choosing.settle(self.settle, None, run, queue=False, **QUIET)
        choosing.choose(self.choose, None, about, queue=False, **QUIET)
        choosing.add_set(self.add, None, [choosing, about], queue=False, **QUIET)
        choosing.examine(self.examine, None, about, queue=False, **QUIET)
        choosing.begin(self.begin, None, run, queue=False, **QUIET)
        choosing.end(self.end, None, None, queue=False, **QUIET)
        choosing.keep(self.keep, None, outcome, queue=False, **QUIET)
        choosing.against(self.against, None, [outcome, shown], queue=False, **QUIET)

    # --- the set -----------------------------------------------------------------------------------------------------

    def look(self, event: gr.EventData, request: gr.Request) -> tuple[str, ...]:
        """All of the page, as it is for whoever opens it."""
        owner = _owner(request)
        run, sets = self._runs.of(owner), self._sets.of(owner)
        wanted = str(event.set) or (run.chosen.key if run else "")
        chosen = _named(sets, wanted) or self._fitting(sets)
        return _choosing(sets, chosen), _about(chosen), *_shown(run)

    def choose(self, event: gr.EventData, request: gr.Request) -> str:
        return _about(self._chosen(event, request))

    def add(self, event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        """Keeps the set that was sent, and chooses it; or says what is wrong with it, and where."""
        owner = _owner(request)
        try:
            chosen = self._sets.add(owner, str(event.name), str(event.text))
        except SumberError as error:
            return gr.skip(), _problem(str(error))
        return _choosing(self._sets.of(owner), chosen), _about(chosen)

    def examine(self, event: gr.EventData, request: gr.Request) -> str:
        """What is doubtful in the set."""
        chosen = self._chosen(event, request)
        try:
            questions = load(chosen.path) if chosen else ()
        except SumberError:
            questions = ()
        if not questions:
            return _about(chosen)
        return _about(chosen) + _flaws(examine(questions, partial(stored_text, self._door), {}, self._indexed()))

    def _indexed(self) -> list[str]:
        return [entry.path for entry in self._door.documents() if entry.state == "indexed"]

    def _fitting(self, sets: Sequence[QuestionSet]) -> QuestionSet | None:
        """The first set that is about documents which are indexed."""
        documents = set(self._indexed())
        return next((one for one in sets if is_about(one, documents)), None)

    def _chosen(self, event: gr.EventData, request: gr.Request) -> QuestionSet | None:
        return _named(self._sets.of(_owner(request)), str(event.set))

    # --- the run -----------------------------------------------------------------------------------------------------

    def begin(self, event: gr.EventData, request: gr.Request) -> tuple[str, str, str]:
        """Starts an evaluation. It goes on when its page is left, and is found there again."""
        chosen = self._chosen(event, request)
        if chosen is None:
            return _problem(NOT_CHOSEN), gr.skip(), gr.skip()
        try:
            run = Run(chosen, load(chosen.path))
            self._runs.start(_owner(request), run)
        except SumberError as error:
            return _problem(str(error)), gr.skip(), gr.skip()
        return _shown(run)

    def end(self, request: gr.Request) -> None:
        run = self._runs.of(_owner(request))
        if run:
            run.stop()

    def settle(self, request: gr.Request) -> tuple[str, str, str]:
        """What there is of the last evaluation."""
        return _shown(self._runs.of(_owner(request)))

    def progress(self, request: gr.Request) -> dict[str, Any]:
        """How far the evaluation has come, for the script of the page."""
        run = self._runs.of(_owner(request))
        if run is None or not run.is_running:
            return {"running": False}
        return {"running": True, "done": run.done, "words": _progress_words(run)}

    # --- what came of it ---------------------------------------------------------------------------------------------

    def written(self, kind: str, request: gr.Request) -> str:
        """The report as HTML, or everything as JSON; empty where there is no evaluation any more."""
        run = self._runs.of(_owner(request))
        if run is None or run.evaluation is None:
            return ""
        if kind == "json":
            return json.dumps(run.evaluation.to_dict(), ensure_ascii=False, indent=1)
        return report(run.evaluation, run.chosen.name, run.comparison)

    def earlier(self, number: int, request: gr.Request) -> str:
        """Keeps what was said before a question as a conversation of the person, so that the chat can go on from it.

        Returns:
            Its id; empty where it cannot be kept.
        """
        run, person = self._runs.of(_owner(request)), person_of(request)
        if run is None or person is None or not 0 <= number < len(run.questions):
            return ""
        talk = person.conversations.new()
        for turn in run.questions[number].history:
            said = Answer(turn.question, "answered", turn.answer, (Sentence(turn.answer, (), "supported"),))
            talk = talk.with_turn(SavedTurn(turn.question, answer=said if turn.answer else None))
        try:
            person.conversations.save(talk)
        except SumberError:
            return ""
        return talk.id

    def keep(self, event: gr.EventData, request: gr.Request) -> str:
        """Keeps the evaluation as a baseline."""
        run = self._runs.of(_owner(request))
        if run is None or run.evaluation is None:
            return ""
        try:
            path = save_baseline(run.chosen.path, str(event.name).strip(), run.evaluation)
        except SumberError as error:
            return _outcome(run, _problem(str(error)))
        words = say("Kept in {path}.", path=f'<code dir="auto">{escape(str(path))}</code>')
        return _outcome(run, f'<p class="told" role="status">{words}</p>')

    def against(self, event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        """Lays the evaluation beside one that was kept, or with no name beside none."""
        run, name = self._runs.of(_owner(request)), str(event.name)
        if run is None or run.evaluation is None:
            return "", ""
        try:
            run.comparison = compare(load_baseline(run.chosen.path, name), run.evaluation) if name else None
        except SumberError as error:
            return _outcome(run, _problem(str(error))), gr.skip()
        run.baseline = name
        return _outcome(run), _report(run)


def _named(sets: Sequence[QuestionSet], key: str) -> QuestionSet | None:
    return next((one for one in sets if one.key == key), None)


# --- HTML ------------------------------------------------------------------------------------------------------------


def _choosing(sets: Sequence[QuestionSet], chosen: QuestionSet | None) -> str:
    groups: dict[str, str] = {}
    key = chosen.key if chosen else ""
    for one in sets:
        name = say(one.name) if one.key == FEEDBACK else one.name
        groups[one.group] = groups.get(one.group, "") + _option(one.key, name, key)
    options = "" if chosen or not sets else _option("", say("none chosen"), "")
    options += "".join(f'<optgroup label="{say(group)}">{inside}</optgroup>' for group, inside in groups.items())
    return ABOUT.format(
        title=say("Evaluation"),
        about=say(
            "A question set says what the right answers are, and which questions the documents do not answer. Sumber"
            " puts them to itself, and tells how often it is right, wrong, and rightly silent."
        ),
        label=say("Question set"),
        options=options,
        evaluate=say("Evaluate"),
        check=say("Check the set"),
        add=say("Add a set"),
        to_add=say("Question set to add"),
        most=MAX_ADDED,
    )


def _option(value: str, words: str, chosen: str) -> str:
    return f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'


def _about(chosen: QuestionSet | None) -> str:
    """How many questions of what kind a set has, or why it cannot be used."""
    if chosen is None:
        return _said(
            say(
                "None of these sets is about documents that are indexed. Add one that is, or say under the answers of"
                " the chat whether they are right: that becomes a question set of your own."
            )
        )
    if chosen.key == FEEDBACK and not chosen.path.exists():
        return _said(
            say(
                "Nothing yet. Under each answer of the chat you can say that it is right or wrong: that becomes a"
                " question set of your own."
            )
        )
    try:
        questions = load(chosen.path)
    except SumberError as error:
        return _problem(str(error))
    unanswerable = sum(not one.answerable for one in questions)
    categories = len({one.category for one in questions})
    facts = [counted(len(questions), "question")]
    if unanswerable:
        facts.append(say("{n} of them not answered by the documents", n=unanswerable))
    if categories > 1:
        facts.append(say("{n} categories", n=categories))
    return _said(f'{", ".join(facts)}. <code dir="auto">{escape(str(chosen.path))}</code>')


def _said(words: str) -> str:
    return f'<section class="evaluation"><p class="facts-of-set" role="status">{words}</p></section>'


def _problem(sentence: str) -> str:
    words = error_words(sentence)
    return f'<section class="evaluation"><p class="problem" role="alert" dir="auto">{words}</p></section>'


def _flaws(flaws: Sequence[Flaw]) -> str:
    if not flaws:
        return _said(say("✓ Checked: every quote stands in its document, and nothing is asked twice."))
    rows = "".join(
        f'<li dir="auto"><b>{escape(one.id)}</b>: {in_english(f"{one.what}. {one.remedy}")}</li>'
        for one in flaws[:MAX_FLAWS]
    )
    more = f"<p>{say('and {n} more', n=len(flaws) - MAX_FLAWS)}</p>" if len(flaws) > MAX_FLAWS else ""
    return (
        f'<section class="evaluation flaws" role="status"><h3>{counted(len(flaws), "warning")}</h3>'
        f"<ul>{rows}</ul>{more}</section>"
    )


def _shown(run: Run | None) -> tuple[str, str, str]:
    """The panes of an evaluation: how far it is, what to do with it, and its report."""
    if run is None:
        return "", "", ""
    if run.is_running:
        words, total = escape(_progress_words(run)), len(run.questions)
        shown = RUNNING.format(
            title=say("Evaluation under way"),
            words=words,
            progress=say("Questions done"),
            total=total,
            done=run.done,
            stop=say("Stop"),
        )
        return shown, "", ""
    if run.evaluation is None:
        return _problem(run.problem), "", ""
    return "", _outcome(run), _report(run)


def _progress_words(run: Run) -> str:
    questions = counted(len(run.questions), "question")
    words = say("{set}: {done} of {questions}", set=_name(run), done=run.done, questions=questions)
    left = run.seconds_left
    if left is None:
        return words
    if left < 10:
        return say("{progress}, a few seconds left", progress=words)
    time = counted(round(left / 60), "minute") if left >= 90 else counted(round(left), "second")
    return say("{progress}, about {time} left", progress=words, time=time)


def _name(run: Run) -> str:
    return say(run.chosen.name) if run.chosen.key == FEEDBACK else run.chosen.name


def _outcome(run: Run, told: str = "") -> str:
    """What can be done with an evaluation, and what was done last."""
    kept = baseline_names(run.chosen.path)
    options = _option("", say("no baseline"), run.baseline) + "".join(_option(one, one, run.baseline) for one in kept)
    label = say("Compare with")
    against = f'<label class="field">{label}<select name="against">{options}</select></label>' if kept else ""
    questions = counted(len(run.questions), "question")
    words = say("{set}: {questions}, evaluated at {time}.", set=_name(run), questions=questions, time=clock(run.ended))
    file = f"sumber-{run.chosen.path.stem}-{run.ended:%Y-%m-%d-%H%M}"
    return OUTCOME.format(
        title=say("What to do with this evaluation"),
        words=escape(words),
        against=against,
        label=say("Keep as baseline"),
        keep=say("Keep"),
        file=escape(file),
        html=say("Download the report"),
        json=say("Download as JSON"),
        told=told,
    )


def _report(run: Run) -> str:
    """Where the report is to stand, with what the page adds to it; evaluating.js fetches it."""
    assert run.evaluation
    follow_ups = [number for number, question in enumerate(run.questions) if question.history]
    name = f"{run.name} {run.baseline}"  # another report is another value, which evaluating.js hears of
    return (
        f'<div class="report" data-run="{escape(name)}" data-follow-ups="{json.dumps(follow_ups)}">'
        f"{_threshold(run.evaluation)}</div>"
    )


def _threshold(evaluation: Evaluation) -> str:
    """A slider over thresholds of declining, each with what it would give."""
    present = evaluation.settings.get("decline_below")
    now = float(present) if isinstance(present, int | float) else 0.0
    names = {threshold: name for name, threshold in DECLINE_BELOW.items()}
    thresholds = sorted({*THRESHOLDS, *names, now})
    choices = []
    for threshold in thresholds:
        point, name = operating_point(evaluation.risk_coverage, threshold), names.get(threshold, "")
        at = f"{_percent(threshold)} ({name})" if name else _percent(threshold)
        gives = (
            say(
                "At {threshold} it answers {answered}, of these {wrong} wrong",
                threshold=at,
                answered=_percent(point.coverage),
                wrong=_percent(point.risk),
            )
            if point
            else say("At {threshold} it answers none", threshold=at)
        )
        choices.append([gives, f"SUMBER_DECLINE={name or f'{threshold:g}'} sumber serve"])
    return THRESHOLD.format(
        label=say("Move to try another threshold"),
        most=len(choices) - 1,
        now=thresholds.index(now),
        choices=escape(json.dumps(choices)),
        words=say("To keep it, start Sumber with {command}", command="<code></code>"),
    )


def _percent(share: float) -> str:
    """As the report has it, but for the space before the sign, which is English."""
    return percent(share) if language() == "en" else percent(share).replace("\u00a0", "")
