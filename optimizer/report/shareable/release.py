"""What of a run may be passed on: sums over the whole plan, with small counts and what would tell them withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.plan.runs import Run
from optimizer.plan.words import Words, count, signed
from optimizer.report.sections import Grid, Paragraph, Section, proof, words_of
from optimizer.report.shareable.cells import ALL, COUNTS, GROUPS, HEADLINE, Cells, Row, cells_of
from optimizer.report.shareable.protection import is_small, withheld_rows
from optimizer.weekly.run_inputs import require_whole

WITHHELD = "withheld"
"""What stands in the place of a number that is left out."""
MARK = (
    "May be passed on: counts of 1 to 10 leads, bookings or visits, and what would tell them, are withheld. Only sums"
    " over the whole plan are shown; names are as people wrote them."
)


@dataclass(frozen=True)
class Line:
    """One row of a table.

    Attributes:
        label: Its name.
        today: Today's spend.
        planned: Planned spend.
        counts: Leads, bookings and visits in whole people; nothing where they are withheld.
    """

    label: str
    today: float
    planned: float
    counts: tuple[int, ...]

    @property
    def per_visit(self) -> float | None:
        """Planned spend per visit; nothing where visits are withheld, or there are none."""
        return self.planned / self.counts[-1] if self.counts and self.counts[-1] else None


@dataclass(frozen=True)
class Release:
    """What may be passed on of a run.

    Attributes:
        run: The run.
        today: Today's totals, what is under way among them.
        plan: The plan's totals, likewise.
        groups: Group -> its rows; the row of all campaigns last.
        withheld: How many rows have no counts.
    """

    run: Run
    today: Line
    plan: Line
    groups: Mapping[str, Sequence[Line]]
    withheld: int


def release(run: Run) -> Release:
    """Work out what may be passed on of a run.

    Raises:
        StorageError: if the run was changed after it was written.
    """
    require_whole(run)
    cells = cells_of(run)
    hidden = withheld_rows(cells)
    lines = [(row, _line(cells, row, bool(gone))) for row, gone in zip(cells.rows, hidden, strict=True)]
    (plan,) = [line for row, line in lines if row.group == HEADLINE]
    (every,) = [line for row, line in lines if row.group == ALL]
    groups = {group: [*(line for row, line in lines if row.group == group), every] for group in GROUPS}
    return Release(run, _today(run, plan), plan, groups, int(hidden.sum()))


def _line(cells: Cells, row: Row, hidden: bool) -> Line:
    mine = cells.labels[row.members[:-1]]
    counts = () if hidden else tuple(int(number) for number in np.round(cells.counts[:, row.members].sum(axis=1)))
    return Line(row.label or "All campaigns", float(mine["today"].sum()), float(mine["planned"].sum()), counts)


def _today(run: Run, plan: Line) -> Line:
    """Today's totals; withheld where one is small, or the plan's are."""
    totals: Mapping[str, Any] = run.summary["today"]  # type: ignore[assignment]
    counts = np.array([float(totals[name]) for name in COUNTS])
    is_hidden = is_small(counts).any() or not plan.counts
    told = () if is_hidden else tuple(int(number) for number in np.round(counts))
    return Line("Today", float(totals["spend"]), float(totals["spend"]), told)


def release_sections(found: Release) -> Iterator[Section]:
    """The release as sections of a page."""
    words = words_of(found.run)
    yield Paragraph("What is left out", left_out(found))
    yield _headline(found, words)
    for group, lines in found.groups.items():
        rows = [_cells(line, words) for line in lines]
        yield Grid(f"By {GROUPS[group]}", (GROUPS[group].capitalize(), *HEADERS), rows)
    yield Paragraph("Proof", proof(found.run))


HEADERS = ("Today's spend", "Planned spend", "Change", *COUNTS.values(), "Spend per visit")
"""Headers of the tables, the first column aside."""


def left_out(found: Release) -> str:
    """What is not shown, and why."""
    rows = "nothing had to be withheld"
    if found.withheld:
        why = "because they hold such a count, or one could be worked out from them"
        rows = f"the counts of {found.withheld} rows are withheld, {why}"
    return (
        "counts by campaign or week, slots, hours and worth by clinic and line: they could tell counts of 1 to 10"
        f" people. Beyond these {rows}. Rows of groups count what the plan's spend brings; totals count patients"
        " already waiting and leads under way too."
    )


def _headline(found: Release, words: Words) -> Grid:
    rows = [("Spend", *(words.money(line.planned) for line in (found.today, found.plan)))]
    for place, name in enumerate(COUNTS.values()):
        rows.append((name, *(_count(line, place) for line in (found.today, found.plan))))
    told = [WITHHELD if worth is None else words.value(worth) for worth in values(found)]
    return Grid("Today and plan", ("", "Today's spend", "Plan"), [*rows, ("Value", *told)])


def values(found: Release) -> list[float | None]:
    """Value today and in the plan; withheld with the visits that it is the worth of."""
    sides = (("today", found.today), ("plan", found.plan))
    return [float(dict[str, Any](found.run.summary)[side]["value"]) if line.counts else None for side, line in sides]


def _cells(line: Line, words: Words) -> tuple[str, ...]:
    per_visit = WITHHELD if not line.counts else "-" if line.per_visit is None else words.money(line.per_visit)
    money = (words.money(line.today), words.money(line.planned), signed(words.money, line.planned - line.today))
    return line.label, *money, *(_count(line, place) for place in range(len(COUNTS))), per_visit


def _count(line: Line, place: int) -> str:
    return count(line.counts[place]) if line.counts else WITHHELD
