"""A campaign runs at its least or more in a week, or does not run."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Flags, Labels, Meaning, RowBlock, between, term
from optimizer.model.columns import THOUSAND, Columns
from optimizer.model.setting import Setting
from optimizer.response.forecast import spend_limit
from optimizer.scenario.facts import Facts


def minimum_if_active(setting: Setting, columns: Columns) -> RowBlock:
    r"""A campaign spends nothing in a week, or at least its minimum.

    .. math:: \sum_k spend_{i,t,k} \ge min_i\, active_{i,t} \qquad \sum_k spend_{i,t,k} \le max_{i,t}\, active_{i,t}

    ===============  ====  =====================================================================
    active           V     1 where campaign i runs in week t, 0 where it does not; nothing between
    min_i            P     campaigns: min_if_active
    max_{i,t}        P     the most it may spend: its ceiling, or the end of its curve
    price            dual  least: what one more unit of room would take, on the straight line from zero to the minimum;
                           most: what one more unit adds; both with the campaigns that run as they are
    ===============  ====  =====================================================================

    Spends between zero and the minimum are not allowed, so the curve is one straight step there and the price of the
    least is no price of the minimum itself, which the table of prices leaves out.

    There are rows only where a minimum is asked for and the gates leave room for it. A floor above zero means that the
    campaign always runs, so the floor is at least the minimum; a gate that leaves less than the minimum closes the
    week; and a campaign that a gate holds as it is today stays so, however little that is. The change limit is hard: a
    campaign that may not jump from zero to its minimum in one week stays off, and one that may not fall from it to zero
    stays on (:func:`always_on`).
    """
    facts = setting.facts
    here = _labels(setting)
    campaign, week, _ = here.codes
    count = len(here) // 2
    row = np.full(facts.floor.shape, -1)
    row[campaign[::2], week[::2]] = 2 * np.arange(count)
    mine = row[setting.steps.campaign, setting.steps.week]
    counted = np.flatnonzero(mine >= 0)
    most = np.minimum(facts.ceiling, spend_limit(facts)[:, None])[campaign[::2], week[::2]]
    bounds = np.stack([facts.gates.least_active[campaign[::2], week[::2]], most], axis=1).ravel()
    is_least = np.arange(len(here)) % 2 == 0
    each = np.arange(len(here))
    return between(
        "minimum_if_active",
        here,
        np.where(is_least, 0.0, -np.inf),
        np.where(is_least, np.inf, 0.0),
        (
            term("spend", mine[counted], counted, 1.0),
            term("spend", mine[counted] + 1, counted, 1.0),
            term("active", each, each // 2, -bounds),
        ),
        Meaning(
            limit="the {side} that {campaign} may spend in the week of {week} if it runs at all (campaigns:"
            " min_if_active)",
            price="one more unit of the {side} of {campaign} in the week of {week}, with the campaigns that run as they"
            " are",
            unit="money",
            soft_cost=2.0,
        ),
        THOUSAND,
    )


def active(setting: Setting) -> ColumnBlock:
    """Whether each campaign runs in each week in which it may run at its minimum or not at all."""
    labels = _labels(setting)
    levels = {name: labels.levels[name] for name in ("campaign", "week")}
    campaign, week = (codes[::2] for codes in labels.codes[:2])
    on = always_on(setting.facts)[campaign, week].astype(float)
    return ColumnBlock("active", Labels(levels, (campaign, week)), on, np.array(1.0), np.array(0.0), whole=True)


def always_on(facts: Facts) -> Flags:
    """(I, T) weeks, of those in which a campaign is on or off, in which the change limit does not let it be off.

    It cannot fall to zero in the first week from today's spend, or in a later one from its minimum or more. What
    follows from the other rows by itself is said here so that a search for whole numbers need not find it out.
    """
    policy, switched = facts.definition.policies.change_limit, facts.gates.switched
    on = np.zeros_like(switched)
    if policy is None:
        return on
    runs = facts.in_flight & ~facts.gates.closed
    falls = (1 - policy.share) * facts.gates.least_active <= policy.amount
    on[:, 0] = (1 - policy.share) * facts.start > policy.amount
    for week in range(1, facts.planned):
        on[:, week] = on[:, week - 1] & runs[:, week - 1] & ~falls[:, week]
    return on & runs & switched


def _labels(setting: Setting) -> Labels:
    """Two rows for every campaign and week that is on or off: the least and the most."""
    facts = setting.facts
    campaign, week = (np.repeat(position, 2).astype(np.int64) for position in np.nonzero(facts.gates.switched))
    levels = {
        "campaign": facts.campaign_names,
        "week": list(facts.weeks[: facts.planned]),
        "side": ["least", "most"],
    }
    return Labels(levels, (campaign, week, np.arange(len(campaign)) % 2))
