"""What moving a campaign's spend from week to week counts."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Labels, Meaning, RowBlock, equal, term
from optimizer.model.columns import PRICE_OF_MONEY, THOUSAND, Columns
from optimizer.model.moves import DOWN, UP, Moves, move_labels, move_terms, moves, no_moves, row_of_moves
from optimizer.model.setting import Setting
from optimizer.response.forecast import spend_limit
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


def change_cost(setting: Setting, columns: Columns) -> RowBlock:
    r"""What moved up less what moved down is how far spend differs from the week before.

    .. math::
        \sum_k spend_{i,t,k} - \sum_k spend_{i,t-1,k} - moved_{i,t,up} + moved_{i,t,down} = 0

    =================  ====  =====================================================================
    moved_{i,t,up}     V     money by which a campaign's week is above the week before; each unit counts
                             policies.change_cost against the plan, and so does each unit down
    spend_{i,-1}       P     campaigns: current_weekly_spend, no more than a gate's ceiling
    price              dual  what one more unit in the week before adds, were it no move itself: at most
                             policies.change_cost, below zero where spend moves down
    =================  ====  =====================================================================

    The same moves count as are limited by the change limit. What they count is no money spent, and no part of the
    plan's value. One row with two columns is solved in half the time of two rows with one.
    """
    facts = setting.facts
    counted = _counted(facts)
    each = np.arange(len(counted.campaign))
    up, down = (term("moved", each, 2 * each + direction, sign) for direction, sign in ((UP, -1.0), (DOWN, 1.0)))
    levels = {"campaign": list(facts.campaigns["campaign"]), "week": list(facts.weeks[: facts.planned])}
    return equal(
        "change_cost",
        Labels(levels, (counted.campaign, counted.week)),
        counted.before[:, DOWN],
        [*move_terms(setting, row_of_moves(facts, counted, each), 0.0), up, down],
        Meaning(
            limit="moves of {campaign} in the week of {week} (scenario.yaml: policies.change_cost)",
            price="one more unit from which {campaign} moves into the week of {week}",
            unit="money",
        ),
        THOUSAND,
    )


def moved(setting: Setting) -> ColumnBlock:
    """Money by which each campaign's week is above or below the week before; no columns where moves count nothing."""
    facts = setting.facts
    counted, known = _counted(facts), spend_limit(facts)
    most = _ROOM * np.maximum(known[counted.campaign], counted.before.max(axis=1, initial=0.0)) + 1
    cost = facts.definition.policies.change_cost * (1.0 if facts.definition.objective.in_money else PRICE_OF_MONEY)
    labels = move_labels(facts, counted)
    return ColumnBlock("moved", labels, np.array(0.0), np.repeat(most, 2), np.array(-cost), THOUSAND)


_ROOM = 2.0
"""Moves are bounded at this multiple of the most they can be, so the bound never binds."""


def cost_of_moves(facts: Facts, spend: Floats) -> float:
    """What all moves of a spend plan (I, T) count, in the objective's unit."""
    counted = _counted(facts)
    here = spend[counted.campaign, counted.week]
    last = np.where(counted.week > 0, spend[counted.campaign, counted.week - 1], 0.0)
    up, down = (here - last) - counted.before[:, UP], (last - here) + counted.before[:, DOWN]
    per_money = facts.definition.policies.change_cost
    unit = 1.0 if facts.definition.objective.in_money else PRICE_OF_MONEY
    return per_money * unit * float(np.maximum(np.maximum(up, down), 0.0).sum())


def _counted(facts: Facts) -> Moves:
    return moves(facts) if facts.definition.policies.change_cost else no_moves()
