"""The named limits of limits.csv on amounts that may not be missed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.lp.blocks import Flags, Floats, Meaning, RowBlock
from optimizer.model.columns import Columns
from optimizer.model.limit_rows import side_rows
from optimizer.model.scope import Side, sides
from optimizer.model.setting import Setting
from optimizer.response.forecast import arriving_leads, captured_leads
from optimizer.scenario.facts import Facts

_MEANING = Meaning(
    limit="limit '{limit}', {side} of {quantity} over {weeks} (limits)",
    price="one more unit of the {side} of {quantity} in limit '{limit}' over {weeks}",
    unit="{quantity}",
    soft_cost=1.0,
)


def limits(setting: Setting, columns: Columns) -> RowBlock:
    r"""A quantity over the scope of a named limit lies between its min and its max.

    .. math:: min_m \le \sum_{j \in m} q_j \le max_m

    ===============  ====  =====================================================================
    spend            q     money in planned weeks
    leads            q     valid leads in the week they arrive, with those from before the plan
    bookings         q     booked appointments in the week of the visit, at the clinic that sees the patient
    visits           q     booked appointments times show rate, counted alike; follow-on visits do not count
    min, max         P     limits: min, max; over all covered weeks together, or each week alone (per = week)
    price            dual  what one more unit of the max adds (at least zero) or of the min (at most zero)
    ===============  ====  =====================================================================

    Every side that is given is a row of its own. Limits on ratios, and limits with a price_cap, are families of their
    own.
    """
    return side_rows("limits", setting, columns, _hard(setting), _MEANING)


_ROUNDING = 5e-7
"""Room for the cents of a rounded plan, as a share of a limit."""


def outcome_limits(setting: Setting, columns: Columns) -> RowBlock:
    """The limits on bookings and visits alone, for a plan whose spend is rounded and given."""
    chosen = [side for side in _hard(setting) if side.scope.quantity in ("bookings", "visits")]
    block = side_rows("limits", setting, columns, chosen, _MEANING)
    lower, upper = (
        side - sign * _ROUNDING * (1 + np.abs(side)) for side, sign in ((block.lower, 1), (block.upper, -1))
    )
    return replace(block, lower=lower, upper=upper)


def over_limits_on_leads(setting: Setting, spend: Floats, allowed: float) -> Flags:
    """(I,) campaigns of limits on leads that the leads of a spend plan pass on the curves.

    Args:
        setting: The setting.
        spend: (I, T) money.
        allowed: Share of the limit by which it may be passed.
    """
    facts = setting.facts
    leads = setting.carried + arriving_leads(facts, captured_leads(facts, setting.curves, spend))
    over: Flags = np.zeros(len(facts.unit), dtype=bool)
    for side in _hard(setting):
        if side.scope.quantity == "leads" and side.side == "max":
            counted = leads[side.scope.campaigns][:, side.window[: facts.lead_weeks]].sum()
            if counted - side.asked > allowed * (1.0 + side.asked):
                over[side.scope.campaigns] = True
    return over


def asks_for_volume(facts: Facts) -> bool:
    """Whether a hard limit asks for leads, bookings or visits, of which steps bring less than the curves."""
    wants = {("leads", "min"), ("bookings", "min"), ("visits", "min"), ("ltv_to_cac", "min"), ("cac", "max")}
    return any((side.scope.quantity, side.side) in wants and not side.scope.is_soft for side in sides(facts))


def _hard(setting: Setting) -> list[Side]:
    return [side for side in setting.sides if not side.scope.is_soft and not side.scope.is_ratio]
