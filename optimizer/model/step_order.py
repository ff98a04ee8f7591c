"""S-shaped curves that are planned as they are: their steps are used in order."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, Positions, RowBlock, between, term
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.setting import Setting


def step_order(setting: Setting, columns: Columns) -> RowBlock:
    r"""On a curve that bends upwards, a run of steps is used only when every step of the run before is full.

    .. math:: spend_{i,t,k} \ge width_{i,t,k}\, opened_{i,t,r+1} \qquad
              spend_{i,t,k} \le width_{i,t,k}\, opened_{i,t,r} \qquad \forall k \in r

    ===============  ====  =====================================================================
    opened           V     1 where run r of steps is used, 0 where it is not; the first run always is
    width_{i,t,k}    P     money that fits into step k; a run is a row of steps of which none is steeper than the one
                           before, so that money fills them in order by itself
    price            dual  what one more unit of money out of order would add, with the runs that are used as they are
    ===============  ====  =====================================================================

    Only campaigns whose S-shaped curve is marked as exact (response_curves: exact) have such rows.
    """
    steps = setting.steps
    opens = _opens(setting)
    later, earlier = np.flatnonzero(steps.run > 0), np.flatnonzero(opens >= 0)
    step = np.concatenate([earlier, later])
    column = np.concatenate([opens[earlier], _run_column(setting)[later]])
    is_least = np.arange(len(step)) < len(earlier)
    each = np.arange(len(step))
    places = columns.spend.labels
    labels = Labels(
        {**places.levels, "side": ["full", "open"]}, (*(codes[step] for codes in places.codes), (~is_least).astype(int))
    )
    return between(
        "step_order",
        labels,
        np.where(is_least, 0.0, -np.inf),
        np.where(is_least, np.inf, 0.0),
        (term("spend", each, step, 1.0), term("opened", each, column, -steps.width[step])),
        Meaning(
            limit="the order of the steps on the curve of {campaign} in the week of {week}",
            price="one more unit of money out of order on the curve of {campaign} in the week of {week}",
            unit="money",
        ),
        THOUSAND,
    )


def opened(setting: Setting) -> ColumnBlock:
    """Whether each run of steps after the first is used."""
    steps, facts = setting.steps, setting.facts
    first = _first_of_runs(setting)
    names = [str(run + 1) for run in range(int(steps.run.max(initial=0)) + 1)]
    levels = {"campaign": facts.campaign_names, "week": list(facts.weeks[: facts.planned]), "run": names}
    labels = Labels(levels, (steps.campaign[first], steps.week[first], steps.run[first]))
    return ColumnBlock("opened", labels, np.array(0.0), np.array(1.0), np.array(0.0), whole=True)


def _first_of_runs(setting: Setting) -> Positions:
    """Steps with which a run after the first begins."""
    run = setting.steps.run
    return np.flatnonzero((run > 0) & (np.diff(run, prepend=0) != 0))


def _run_column(setting: Setting) -> Positions:
    """(n,) column of ``opened`` of each step's own run; without meaning for first runs."""
    begins = np.zeros(len(setting.steps.run), dtype=np.int64)
    begins[_first_of_runs(setting)] = 1
    return np.asarray(np.cumsum(begins) - 1, dtype=np.int64)


def _opens(setting: Setting) -> Positions:
    """(n,) column of ``opened`` of the run after each step's; -1 where it is the last of its place."""
    steps = setting.steps
    place = steps.campaign * setting.facts.planned + steps.week
    last = np.zeros(len(setting.facts.unit) * setting.facts.planned, dtype=np.int64)
    np.maximum.at(last, place, steps.run)
    begins = np.zeros(len(steps.run), dtype=np.int64)
    begins[_first_of_runs(setting)] = 1
    return np.where(steps.run < last[place], np.cumsum(begins), -1)
