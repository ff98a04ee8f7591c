"""How far a campaign's spend may move from week to week."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock, at_most
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.moves import move_labels, move_terms, moves, no_moves
from optimizer.model.setting import Setting


def change_limit(setting: Setting, columns: Columns) -> RowBlock:
    r"""Spend moves by at most a share of the week before and an amount; the first week moves from today's spend.

    .. math::
        \sum_k spend_{i,t,k} - (1 + p) \sum_k spend_{i,t-1,k} &\le a \\
        (1 - p) \sum_k spend_{i,t-1,k} - \sum_k spend_{i,t,k} &\le a

    ===============  ====  =====================================================================
    p, a             P     policies.change_limit.share, .amount
    spend_{i,-1}     P     campaigns: current_weekly_spend; down, no more than a gate's ceiling
    price            dual  what one more unit of allowed move adds
    ===============  ====  =====================================================================

    Weeks in which a gate closes a campaign (outside its flight, in a blackout, not ready ...) are exempt, and so is the
    week in which it opens again after the plan began. Where a gate's ceiling lies below today's spend, the first move
    down counts from that ceiling: the gate's own cut is no move that this limit knows.
    """
    policy = setting.facts.definition.policies.change_limit
    counted = moves(setting.facts) if policy else no_moves()
    share, amount = (policy.share, policy.amount) if policy else (0.0, 0.0)
    upper = amount + counted.before * np.array([1 + share, -(1 - share)])
    return at_most(
        "change_limit",
        move_labels(setting.facts, counted),
        upper.ravel(),
        move_terms(setting, counted, share),
        Meaning(
            limit="the limit on moving {campaign} {direction} in the week of {week} (scenario.yaml:"
            " policies.change_limit)",
            price="one more unit of allowed move {direction} for {campaign} in the week of {week}",
            unit="money",
            soft_cost=2.0,
        ),
        THOUSAND,
    )
