"""A campaign that does not change spends what it spends today."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Flags, Labels, Meaning, RowBlock, between, term
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.setting import Setting
from optimizer.response.forecast import spend_limit, todays_spend
from optimizer.scenario.facts import Facts
from optimizer.scenario.match import Floats


def unchanged_spend(setting: Setting, columns: Columns) -> RowBlock:
    r"""A campaign that is not counted as changed spends today's money in every week in which it may.

    .. math:: today_{i,t} - (today_{i,t} - min_{i,t})\, changed_i \le \sum_k spend_{i,t,k}
              \le today_{i,t} + (max_{i,t} - today_{i,t})\, changed_i

    ===============  ====  =====================================================================
    changed_i        V     1 where campaign i spends something else than today in any week, 0 where it does not
    today_{i,t}      P     campaigns: current_weekly_spend
    min, max         P     floor, and ceiling or end of the curve
    price            dual  what one more unit of today's spend adds, with the campaigns that change as they are
    ===============  ====  =====================================================================

    Weeks in which today's spend is not allowed (below a floor, above a ceiling, in a closed week, or less than the
    campaign's min_if_active) are forced and have no row.
    """
    facts, steps = setting.facts, setting.steps
    least, today, most = spend_range(facts)
    labels = _labels(facts)
    campaign, week, side = labels.codes
    row = np.full((*today.shape, 2), -1)
    row[campaign, week, side] = np.arange(len(labels))
    mine = row[steps.campaign, steps.week]
    counted, sides = np.nonzero(mine >= 0)
    here = today[campaign, week]
    far = np.where(side == 0, least[campaign, week], most[campaign, week])
    column = np.full(len(today), -1)
    column[_countable(facts)] = np.arange(len(_countable(facts)))
    return between(
        "unchanged_spend",
        labels,
        np.where(side == 0, here, -np.inf),
        np.where(side == 0, np.inf, here),
        (
            term("spend", mine[counted, sides], counted, 1.0),
            term("changed", np.arange(len(labels)), column[campaign], here - far),
        ),
        Meaning(
            limit="today's spend of {campaign} in the week of {week}, if it is not to change",
            price="one more unit of today's spend of {campaign} in the week of {week}, with the campaigns that change"
            " as they are",
            unit="money",
        ),
        THOUSAND,
    )


def changed(setting: Setting) -> ColumnBlock:
    """Whether each campaign changes, where the number of those that may is limited."""
    names = setting.facts.campaign_names
    labels = Labels({"campaign": names}, (_countable(setting.facts),))
    return ColumnBlock("changed", labels, np.array(0.0), np.array(1.0), np.array(0.0), whole=True)


def spend_range(facts: Facts) -> tuple[Floats, Floats, Floats]:
    """(I, T) least, today's and most spend of every campaign and week."""
    return facts.floor, todays_spend(facts), np.minimum(facts.ceiling, spend_limit(facts)[:, None])


def may_stay(facts: Facts) -> Flags:
    """(I, T) where today's spend is allowed, though it need not be kept."""
    least, today, most = spend_range(facts)
    too_little = facts.gates.switched & (today > 0) & (today < facts.gates.least_active)
    return (least <= today) & (today <= most) & (most > least) & ~too_little


def _countable(facts: Facts) -> np.ndarray:
    """Campaigns that count as changed or not; none where the policy is not given."""
    limited = facts.definition.policies.max_changed_campaigns is not None
    return np.flatnonzero(may_stay(facts).any(axis=1) & limited)


def _labels(facts: Facts) -> Labels:
    """Two rows for every campaign and week that could stay as it is: not below today's spend, and not above it."""
    limited = facts.definition.policies.max_changed_campaigns is not None
    campaign, week = (np.repeat(position, 2).astype(np.int64) for position in np.nonzero(may_stay(facts) & limited))
    levels = {
        "campaign": facts.campaign_names,
        "week": list(facts.weeks[: facts.planned]),
        "side": ["least", "most"],
    }
    return Labels(levels, (campaign, week, np.arange(len(campaign)) % 2))
