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
    spend_{i,-1}     P     campaigns: current_weekly_spend
    price            dual  what one more unit of allowed move adds
    ===============  ====  =====================================================================

    Weeks outside the flight are exempt, and so is the first week of a flight that starts after the plan does.
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
    before = np.hstack([facts.current[:, None] * 0 + 1, facts.in_flight[:, :-1]]).astype(bool)
    campaign, week = (position.astype(np.int64) for position in np.nonzero(facts.in_flight & before))
    row = np.full((*facts.in_flight.shape, 2), -1)
    row[campaign, week, UP] = 2 * np.arange(len(campaign))
    row[campaign, week, DOWN] = 2 * np.arange(len(campaign)) + 1
    start = np.where(week == 0, facts.current[campaign], 0.0)
    upper = policy.amount + np.stack([(1 + policy.share) * start, -(1 - policy.share) * start], axis=1).ravel()
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
