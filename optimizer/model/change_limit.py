"""How far a campaign's spend may move from week to week."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Floats, Labels, Meaning, Positions, RowBlock, at_most, term
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.setting import Setting

UP, DOWN = 0, 1


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
    facts, policy = setting.facts, setting.facts.definition.policies.change_limit
    labels = {
        "campaign": list(facts.campaigns["campaign"]),
        "week": list(facts.weeks[: facts.planned]),
        "direction": ["up", "down"],
    }
    if policy is None:
        nothing = np.empty(0, dtype=np.int64)
        return _block(Labels(labels, (nothing, nothing, nothing)), np.empty(0), setting, nothing.reshape(0, 0, 2), 0.0)
    runs = facts.in_flight & ~facts.gates.closed
    before = np.hstack([np.ones((len(runs), 1), dtype=bool), runs[:, :-1]])
    campaign, week = (position.astype(np.int64) for position in np.nonzero(runs & before))
    row = np.full((*runs.shape, 2), -1)
    row[campaign, week, UP] = 2 * np.arange(len(campaign))
    row[campaign, week, DOWN] = 2 * np.arange(len(campaign)) + 1
    up, down = (np.where(week == 0, start[campaign], 0.0) for start in (facts.current, facts.start))
    upper = policy.amount + np.stack([(1 + policy.share) * up, -(1 - policy.share) * down], axis=1).ravel()
    direction = np.tile([UP, DOWN], len(campaign))
    return _block(
        Labels(labels, (np.repeat(campaign, 2), np.repeat(week, 2), direction)), upper, setting, row, policy.share
    )


def _block(labels: Labels, upper: Floats, setting: Setting, row: Positions, share: float) -> RowBlock:
    steps = setting.steps
    terms = []
    if len(labels):
        last = row.shape[1] - 1
        after = row[steps.campaign, np.minimum(steps.week + 1, last)]
        after[steps.week == last] = -1
        now = row[steps.campaign, steps.week]
        for rows, value in (
            (now[:, UP], 1.0),
            (after[:, UP], -(1 + share)),
            (now[:, DOWN], -1.0),
            (after[:, DOWN], 1 - share),
        ):
            counted = np.flatnonzero(rows >= 0)
            terms.append(term("spend", rows[counted], counted, value))
    return at_most(
        "change_limit",
        labels,
        upper,
        terms,
        Meaning(
            limit="the limit on moving {campaign} {direction} in the week of {week} (scenario.yaml:"
            " policies.change_limit)",
            price="one more unit of allowed move {direction} for {campaign} in the week of {week}",
            unit="money",
            soft_cost=2.0,
        ),
        THOUSAND,
    )
