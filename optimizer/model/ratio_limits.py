"""The named limits of limits.csv on ratios: a share of spend, spend per visit, and lifetime value per spend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.lp.blocks import Meaning, RowBlock
from optimizer.model.columns import Columns
from optimizer.model.limit_rows import side_rows
from optimizer.model.scope import PER_VISIT, Side
from optimizer.model.setting import Setting
from optimizer.response.forecast import captured_leads
from optimizer.scenario.match import Floats

_MEANING = Meaning(
    limit="limit '{limit}', {side} of {quantity} over {weeks} (limits)",
    price="one more unit of money of room in limit '{limit}' ({side} of {quantity}) over {weeks}",
    unit="money",
    soft_cost=1.0,
)


def ratio_limits(setting: Setting, columns: Columns) -> RowBlock:
    r"""A ratio over the scope of a named limit is not above its max, or not below its min, in its linear form.

    .. math:: share:\ S_m - max_m\, S \le 0 \qquad cac:\ S_m - max_m\, V_m \le 0
              \qquad ltv\_to\_cac:\ L_m - min_m\, S_m \ge 0

    ===============  ====  =====================================================================
    S_m              V     money of the scope's campaigns in the planned weeks that are covered
    S                V     money of all campaigns in the same weeks
    V_m              V     completed visits at the scope's clinics and lines in the covered weeks
    L_m              V     the same visits, each times the lifetime margin of its patient (patient_value: ltv_margin)
    min, max         P     limits: min, max; a share has both, cac only a max and ltv_to_cac only a min
    price            dual  what one more unit of money of room is worth: spend allowed on top of what the ratio allows
                           (max, at least zero), or lifetime value asked for on top (min, at most zero). It is not
                           the price of a whole point of the ratio, which depends on the plan
    ===============  ====  =====================================================================

    Money counts in the week it is spent, a visit in the week it takes place: visits after the last covered week do
    not count, so a limit without last_week, which covers the weeks after the plan too, compares all money with all that
    it brings. Every completed visit of a new patient counts, also of leads under way, of the waitlist and of patients
    redirected here; follow-on visits do not, neither as visits nor with what they are worth.
    """
    return side_rows("ratio_limits", setting, columns, _sides(setting), _MEANING)


def outcome_ratio_limits(setting: Setting, columns: Columns) -> RowBlock:
    """The ratios that count visits, for a plan whose spend is rounded and given, with room for its cents."""
    chosen = [side for side in _sides(setting) if side.scope.quantity in PER_VISIT]
    block = side_rows("ratio_limits", setting, columns, chosen, _MEANING)
    leads = _leads_of_a_cent(setting)
    room = np.array([_room(setting, side, leads) for side in chosen], dtype=float)
    return replace(block, lower=block.lower - room, upper=block.upper + room)


def _sides(setting: Setting) -> list[Side]:
    return [side for side in setting.sides if side.scope.is_ratio]


_CENT = 0.01


def _room(setting: Setting, side: Side, leads: Floats) -> float:
    """What rounding every campaign's week to a cent can move: the money itself, and its leads if all were visits."""
    facts, inside = setting.facts, side.scope.campaigns
    money = _CENT * inside.sum() * side.window[: facts.planned].sum()
    if side.scope.quantity == "cac":
        return float(money + side.asked * leads[inside].sum())
    return float(side.asked * money + np.abs(facts.ltv_margin[facts.unit[inside]]) @ leads[inside].sum(axis=1))


def _leads_of_a_cent(setting: Setting) -> Floats:
    """(I, T) valid leads between a cent below and a cent above the spend of each week."""
    facts, steps = setting.facts, setting.steps
    spend = np.zeros((len(facts.unit), facts.planned))
    np.add.at(spend, (steps.campaign, steps.week), steps.width)
    around = np.stack([np.maximum(spend - _CENT, 0.0), spend + _CENT], axis=2)
    return np.asarray(np.diff(captured_leads(facts, setting.curves, around), axis=2)[:, :, 0] * facts.valid[:, None])
