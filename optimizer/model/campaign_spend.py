"""Least and most spend of a campaign in a week."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import Labels, Meaning, RowBlock, between, term
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.setting import Setting
from optimizer.response.forecast import spend_limit


def campaign_spend(setting: Setting, columns: Columns) -> RowBlock:
    r"""A campaign's spend in a week lies between its floor and its ceiling.

    .. math:: min_{i,t} \le \sum_k spend_{i,t,k} \le max_{i,t}

    ===============  ====  =====================================================================
    min, max         P     campaigns: min_weekly_spend, max_weekly_spend, as far as the gates leave room
    price            dual  what one more unit of the binding limit adds: of a ceiling above zero, of a floor
                           below zero
    ===============  ====  =====================================================================

    There is a row only where a floor is set or a ceiling is below the end of the curve; elsewhere the end of the last
    step is the limit and its reduced price is the price. Where a gate closes the campaign there are no steps at all.
    """
    facts, steps = setting.facts, setting.steps
    known = spend_limit(facts)[:, None]
    set_here = (facts.ceiling > 0) & ((facts.floor > 0) | (facts.ceiling < known))
    campaign, week = (position.astype(np.int64) for position in np.nonzero(set_here))
    row = np.full(set_here.shape, -1)
    row[campaign, week] = np.arange(len(campaign))
    mine = row[steps.campaign, steps.week]
    counted = np.flatnonzero(mine >= 0)
    ceiling = facts.ceiling[campaign, week]
    return between(
        "campaign_spend",
        Labels(
            {"campaign": facts.campaign_names, "week": list(facts.weeks[: facts.planned])},
            (campaign, week),
        ),
        facts.floor[campaign, week],
        np.where(ceiling < known[campaign, 0], ceiling, np.inf),
        (term("spend", mine[counted], counted, 1.0),),
        Meaning(
            limit="the weekly floor or ceiling of {campaign} in the week of {week} (campaigns: min_weekly_spend,"
            " max_weekly_spend, and its gates)",
            price="one more unit of the floor or ceiling of {campaign} in the week of {week}",
            unit="money",
            soft_cost=2.0,
        ),
        THOUSAND,
    )
