"""What moving a campaign's spend from week to week counts."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, RowBlock, at_most, term
from optimizer.model.columns import PRICE_OF_MONEY, THOUSAND, Columns
from optimizer.model.moves import Moves, move_labels, move_terms, moves, no_moves
from optimizer.model.setting import Setting
from optimizer.response.forecast import spend_limit
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


def change_cost(setting: Setting, columns: Columns) -> RowBlock:
    r"""What moved is at least how far spend went up, and at least how far it went down.

    .. math::
        \sum_k spend_{i,t,k} - \sum_k spend_{i,t-1,k} - moved_{i,t} &\le 0 \\
        \sum_k spend_{i,t-1,k} - \sum_k spend_{i,t,k} - moved_{i,t} &\le 0

    ===============  ====  =====================================================================
    moved_{i,t}      V     money by which a campaign's week differs from the week before; each unit counts
                           policies.change_cost against the plan
    spend_{i,-1}     P     campaigns: current_weekly_spend; down, no more than a gate's ceiling
    price            dual  what one more unit of move that counts nothing adds, at most policies.change_cost
    ===============  ====  =====================================================================

    The same moves count as are limited by the change limit. What they count is no money spent, and no part of the
    plan's value.
    """
    counted = _counted(setting.facts)
    each = np.arange(2 * len(counted.campaign))
    return at_most(
        "change_cost",
        move_labels(setting.facts, counted),
        (counted.before * np.array([1.0, -1.0])).ravel(),
        [*move_terms(setting, counted, 0.0), term("moved", each, each // 2, -1.0)],
        Meaning(
            limit="moves of {campaign} {direction} in the week of {week} (scenario.yaml: policies.change_cost)",
            price="one more unit of free move {direction} for {campaign} in the week of {week}",
            unit="money",
        ),
        THOUSAND,
    )


def moved(setting: Setting) -> ColumnBlock:
    """Money by which each campaign's week differs from the week before; no columns where moves count nothing."""
    facts = setting.facts
    counted, known = _counted(facts), spend_limit(facts)
    levels = {"campaign": facts.campaign_names, "week": list(facts.weeks[: facts.planned])}
    most = _ROOM * np.maximum(known[counted.campaign], counted.before.max(axis=1, initial=0.0)) + 1
    cost = facts.definition.policies.change_cost * (1.0 if facts.definition.objective.in_money else PRICE_OF_MONEY)
    labels = Labels(levels, (counted.campaign, counted.week))
    return ColumnBlock("moved", labels, np.array(0.0), most, np.array(-cost), THOUSAND)


_ROOM = 2.0
"""Moves are bounded at this multiple of the most they can be, so the bound never binds."""


def cost_of_moves(facts: Facts, spend: Floats) -> float:
    """What all moves of a spend plan (I, T) count, in the objective's unit."""
    counted = _counted(facts)
    here = spend[counted.campaign, counted.week]
    last = np.where(counted.week > 0, spend[counted.campaign, counted.week - 1], 0.0)
    up, down = (here - last) - counted.before[:, 0], (last - here) + counted.before[:, 1]
    per_money = facts.definition.policies.change_cost
    unit = 1.0 if facts.definition.objective.in_money else PRICE_OF_MONEY
    return per_money * unit * float(np.maximum(np.maximum(up, down), 0.0).sum())


def _counted(facts: Facts) -> Moves:
    return moves(facts) if facts.definition.policies.change_cost else no_moves()
