"""Numbers to SVG: bars beside a figure, and three plots. Knows nothing of questions, and draws no stranger's words.

Colours are the tokens of the page that a plot stands in (`--ink`, `--muted`, `--line`, `--accent`, `--highlight`,
`--alarm`, `--paper`), so that a plot is dark where its page is, and needs no style of its own. A bar stands beside its
number in words and is hidden from readers of the screen; a plot has a title and a description.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10, sqrt

from markupsafe import Markup, escape

from rag.evaluation.statistics import Bin, OperatingPoint, RiskCoverage, percentile

# Units of a drawing, which are pixels where it is shown at its own size. On a screen of 360 they are .77 pixels.
WIDTH, LEFT, RIGHT = 420, 46, 398
TEXT = 14
DEEP = 220  # from the top of the axes to their foot
FOOT = 46  # below it: numbers and the name of the axis
ROW = 19  # of a label or a legend
LETTER = 7.2  # width of a common letter of that size, to keep a label inside

SOLID, PALE, NONE = "var(--accent)", "var(--highlight)", "none"
FILLS = {"good": (SOLID, SOLID), "good, held back": (PALE, SOLID), "bad": ("var(--alarm)", "var(--alarm)")}
FILLS["bad, held back"] = (NONE, "var(--alarm)")


@dataclass(frozen=True, slots=True)
class Spread:
    """What came of the questions of one bin of confidence, with the 95 % interval of the share that is right."""

    bin: Bin
    low: float
    high: float


# --- bars ------------------------------------------------------------------------------------------------------------


def interval_bar(value: float, low: float, high: float, chance: float | None = None) -> Markup:
    """A share between 0 and 1 with its interval; a stroke where chance would be."""
    return _bar(
        12,
        '<line x1="0" x2="100%" y1="6" y2="6" stroke="var(--line)"/>',
        *([] if chance is None else [_stroke(chance, "var(--muted)")]),
        f'<rect x="{_share(low)}" width="{_share(max(0.0, high - low))}" y="3.5" height="5" rx="2.5" fill="{PALE}"'
        f' stroke="{SOLID}" stroke-width=".75"/>',
        f'<circle cx="{_share(value)}" cy="6" r="4" fill="{SOLID}"/>',
    )


def difference_bar(difference: float, low: float, high: float, reach: float, colour: str = "muted") -> Markup:
    """A difference with its interval, 0 in the middle and `reach` at either end. `colour` is a token of the page."""
    middle, start, end = (0.5 + one / (2 * reach) for one in (difference, low, high))
    return _bar(
        12,
        '<line x1="0" x2="100%" y1="6" y2="6" stroke="var(--line)"/>',
        _stroke(0.5, "var(--muted)"),
        f'<line x1="{_share(start)}" x2="{_share(end)}" y1="6" y2="6" stroke="var(--{colour})" stroke-width="3"/>',
        f'<circle cx="{_share(middle)}" cy="6" r="4" fill="var(--{colour})"/>',
    )


def parts_bar(parts: Sequence[tuple[str, float]], height: int = 12) -> Markup:
    """Parts of a whole, side by side: (one of FILLS, share). What is held back is pale or hollow, so no colour decides.

    Shares that do not reach 1 leave the rest of the bar empty.
    """
    drawn, at = [], 0.0
    for fill, share in parts:
        inside, edge = FILLS[fill]
        drawn.append(
            f'<rect x="{_share(at)}" y=".75" width="{_share(share)}" height="{height - 1.5:g}" fill="{inside}"'
            f' stroke="{edge}" stroke-width="1.5"/>'
        )
        at += share
    return _bar(height, *(one for one, (_, share) in zip(drawn, parts, strict=True) if share > 0))


def _bar(height: int, *drawn: str) -> Markup:
    inside = "".join(drawn)
    return Markup(
        f'<svg class="bar" width="100%" height="{height}" aria-hidden="true" overflow="visible">{inside}</svg>'
    )


def _stroke(share: float, colour: str) -> str:
    return f'<line x1="{_share(share)}" x2="{_share(share)}" y1="0" y2="12" stroke="{colour}"/>'


def _share(share: float) -> str:
    return f"{share * 100:.4g}%"


# --- plots -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plane:
    """Axes from 0 to their ends, and where on the drawing a point of them is."""

    top: float
    x_end: float
    y_end: float

    @property
    def foot(self) -> float:
        return self.top + DEEP

    def x(self, value: float) -> float:
        return LEFT + (RIGHT - LEFT) * min(max(value / self.x_end, 0.0), 1.0)

    def y(self, value: float) -> float:
        return self.foot - DEEP * min(max(value / self.y_end, 0.0), 1.0)

    def line(self, points: Sequence[tuple[float, float]], look: str) -> str:
        places = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        return f'<polyline points="{places}" fill="none" {look}/>'

    def upright(self, x: float, start: float, end: float, look: str) -> str:
        """A line straight up from `start` to `end`, in units of the drawing."""
        return f'<line x1="{self.x(x):.1f}" x2="{self.x(x):.1f}" y1="{start:.1f}" y2="{end:.1f}" {look}/>'

    def axes(self, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]], names: str) -> str:
        drawn = []
        for value, words in y_ticks:
            at = self.y(value)
            colour = "var(--line)" if value else "var(--muted)"
            drawn.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="{colour}"/>')
            drawn.append(_text(LEFT - 7, at + 5, words, "end"))
        drawn += [_text(self.x(value), self.foot + 19, words, "middle") for value, words in x_ticks]
        return "".join(drawn) + _text((LEFT + RIGHT) / 2, self.foot + 40, names, "middle")

    def flags(self, labels: Sequence[tuple[str, float, float]]) -> str:
        """Labels above the axes, each with a line to its point; by rising x from below, so that none is crossed."""
        drawn = []
        for row, (words, x, y) in enumerate(sorted(labels, key=lambda one: one[1], reverse=True)):
            at = self.top - ROW * (len(labels) - row) + TEXT - 10
            room = self.x(x) - len(words) * LETTER
            place = (self.x(x) + 4, "end") if room > 0 else (max(4.0, min(LEFT, self.x(x))), "start")
            drawn.append(self.upright(x, at + 5, self.y(y), 'stroke="var(--muted)" stroke-dasharray="1 3"'))
            drawn.append(_text(place[0], at, words, place[1], "var(--ink)"))
        return "".join(drawn)


def risk_coverage_plot(found: RiskCoverage, marks: Sequence[tuple[str, OperatingPoint]], name: str) -> Markup:
    """The share of wrong answers over the share of questions answered, with operating points marked by their words."""
    points = [(one.coverage, one.risk) for one in found.points]
    settled = [risk for share, risk in points if share >= 0.1]  # the first few questions say next to nothing
    plane = _Plane(ROW * len(marks) + 14, 1.0, _end(max([found.chance, *settled, 0.05])))
    sure = 1 - found.chance  # so far an order without fault has nothing wrong
    rising = [(share / 50, 1 - sure / (share / 50)) for share in range(1, 51) if share / 50 > sure]
    thin = 'stroke="var(--muted)" stroke-width="1.5"'
    drawn = [
        plane.axes(_percents(1.0, 0.25), _percents(plane.y_end, _step(plane.y_end)), "share of the questions answered"),
        plane.line([(0, found.chance), (1, found.chance)], thin + ' stroke-dasharray="6 4"'),
        plane.line([(0, 0), (sure, 0), *rising], thin + ' stroke-dasharray="1.5 3.5" stroke-linecap="round"'),
        plane.line(points, f'stroke="{SOLID}" stroke-width="2.5" stroke-linejoin="round"'),
        plane.flags([(words, point.coverage, point.risk) for words, point in marks]),
        *(_dot(plane.x(point.coverage), plane.y(point.risk), 5) for _, point in marks),
        _legend(
            plane.foot + FOOT + ROW,
            ("of these, wrong", f'stroke="{SOLID}" stroke-width="2.5"'),
            ("by chance", thin + ' stroke-dasharray="6 4"'),
            ("at best", thin + ' stroke-dasharray="1.5 3.5" stroke-linecap="round"'),
        ),
    ]
    said = "; ".join(
        f"{words}: {_percent(one.coverage)} answered, {_percent(one.risk)} of them wrong" for words, one in marks
    )
    return _plot(
        name,
        plane.foot + FOOT + ROW + 8,
        "Wrong answers against questions answered",
        f"{said}. Answering all, {_percent(found.chance)} are wrong.",
        drawn,
    )


def reliability_plot(spreads: Sequence[Spread], name: str) -> Markup:
    """The share of right answers against the confidence in them. The larger a dot, the more questions."""
    plane = _Plane(8, 1.0, 1.0)
    most = max((one.bin.count for one in spreads), default=1)
    drawn = [
        plane.axes(_percents(1.0, 0.25), _percents(1.0, 0.25), "confidence"),
        plane.line([(0, 0), (1, 1)], 'stroke="var(--muted)" stroke-width="1.5" stroke-dasharray="6 4"'),
    ]
    for one in spreads:
        look = f'stroke="{SOLID}" stroke-width="1.5"'
        drawn.append(plane.upright(one.bin.confidence, plane.y(one.low), plane.y(one.high), look))
        drawn.append(_dot(plane.x(one.bin.confidence), plane.y(one.bin.right), 3 + 6 * sqrt(one.bin.count / most)))
    drawn.append(
        _legend(
            plane.foot + FOOT + ROW,
            ("right, 95 % interval", f'stroke="{SOLID}" stroke-width="1.5"'),
            ("as it should be", 'stroke="var(--muted)" stroke-width="1.5" stroke-dasharray="6 4"'),
        )
    )
    said = "; ".join(f"{_percent(one.bin.confidence)} sure, {_percent(one.bin.right)} right" for one in spreads)
    return _plot(name, plane.foot + FOOT + ROW + 8, "Share of right answers against confidence", said, drawn)


def latency_plot(milliseconds: Sequence[float], name: str) -> Markup:
    """How many of some times, which must not be none, fall into each stretch. The last bar holds all that is longer."""
    median, slow = percentile(milliseconds, 50), percentile(milliseconds, 95)
    end = _end(max(slow * 1.25, 1.0), 24)
    width = _step(end, 24)
    bars = ceil(end / width - 1e-9)
    counts = [0] * bars
    for one in milliseconds:
        counts[min(int(one / width), bars - 1)] += 1
    plane = _Plane(2 * ROW + 14, end, max(counts))
    wide = (RIGHT - LEFT) / bars
    unit, words = (1000.0, "seconds to answer") if end >= 2000 else (1.0, "milliseconds to answer")
    words += "; the last bar holds all above" if max(milliseconds) > end else ""
    ticks = [(x, f"{x / unit:g}") for x in _ticks(end, _step(end, 4))]
    drawn = [plane.axes(ticks, [(0, "0"), (max(counts), str(max(counts)))], words)]
    for place, count in enumerate(counts):
        top = plane.y(count)
        drawn.append(
            f'<rect x="{LEFT + place * wide + 0.5:.1f}" y="{top:.1f}" width="{wide - 1:.1f}"'
            f' height="{plane.foot - top:.1f}" fill="{SOLID}"/>'
        )
    labels = ((f"half take up to {_time(median)}", median), (f"19 of 20 take up to {_time(slow)}", slow))
    drawn.append(plane.flags([(one, x, 0.0) for one, x in labels]))
    said = f"Of {len(milliseconds)} answers {'; '.join(one for one, _ in labels)}."
    return _plot(name, plane.foot + FOOT, "Time to answer", said, drawn)


def _plot(name: str, height: float, title: str, description: str, drawn: Sequence[str]) -> Markup:
    return Markup(
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" font-size="{TEXT}"'
        f' role="img" aria-labelledby="{name}-title {name}-words"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-words">{escape(description)}</desc>{"".join(drawn)}</svg>'
    )


def _legend(y: float, *lines: tuple[str, str]) -> str:
    drawn, at = [], float(LEFT)
    for words, look in lines:
        drawn.append(f'<line x1="{at:.0f}" x2="{at + 24:.0f}" y1="{y - 5:.0f}" y2="{y - 5:.0f}" {look}/>')
        drawn.append(_text(at + 30, y, words, "start"))
        at += 44 + len(words) * LETTER
    return "".join(drawn)


def _text(x: float, y: float, words: str, anchor: str, colour: str = "var(--muted)") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def _dot(x: float, y: float, radius: float) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{SOLID}" stroke="var(--paper)" stroke-width="1.5"/>'
    )


def _percents(end: float, step: float) -> list[tuple[float, str]]:
    return [(value, f"{value * 100:g} %") for value in _ticks(end, step)]


def _ticks(end: float, step: float) -> list[float]:
    return [round(number * step, 9) for number in range(floor(end / step + 1e-9) + 1)]


def _step(end: float, most: int = 4) -> float:
    """A round distance, of which at most so many reach the end: 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(end / most))
    return next(part * power for part in (1, 2, 2.5, 5, 10) if part * power * most >= end * (1 - 1e-9))


def _end(value: float, most: int = 4) -> float:
    """The next round end of an axis."""
    step = _step(value, most)
    return step * ceil(value / step - 1e-9)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
