"""The named limits of limits.csv that may be missed at a price."""

from __future__ import annotations

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Meaning, RowBlock, term
from optimizer.model.columns import Columns
from optimizer.model.limit_rows import count, side_labels, side_rows
from optimizer.model.scope import Side
from optimizer.model.setting import Setting


def soft_limits(setting: Setting, columns: Columns) -> RowBlock:
    r"""A quantity lies between the min and the max of its named limit, but for a shortfall that has its price.

    .. math:: \sum_{j \in m} q_j + short_m \ge min_m \qquad \sum_{j \in m} q_j - short_m \le max_m

    ===============  ====  =====================================================================
    q                V     spend, leads, bookings or visits of the scope, as in a limit that is hard
    short_m          V     units by which the side is missed; each costs price_cap in the objective
    min, max         P     limits: min, max; over all covered weeks together, or each week alone (per = week)
    price_cap        P     limits: price_cap, in the objective's unit for each unit of the quantity: money where value
                           is money, else the visits or bookings that a unit may cost
    price            dual  what one more unit of the max adds (at least zero) or of the min (at most zero); never more
                           than price_cap, and just price_cap where the side is missed
    ===============  ====  =====================================================================

    The shortfall is no way round a limit that is hard, and no money that is spent: the value of a plan is told
    without it.
    """
    chosen = soft_sides(setting)
    each = np.arange(len(chosen))
    signs = np.array([1.0 if side.side == "min" else -1.0 for side in chosen])
    meaning = Meaning(
        limit="limit '{limit}', {side} of {quantity} over {weeks} (limits), which may be missed at its price_cap",
        price="one more unit of the {side} of {quantity} in limit '{limit}' over {weeks}",
        unit="{quantity}",
    )
    return side_rows("soft_limits", setting, columns, chosen, meaning, term("shortfall", each, each, signs))


def shortfall(setting: Setting, columns: Columns) -> ColumnBlock:
    """By how much each side of a soft limit is missed: one column per side and window, at its price_cap."""
    chosen = soft_sides(setting)
    most = np.array([_most(setting, columns, side) for side in chosen])
    worth = np.array([-side.scope.price_cap for side in chosen])
    return ColumnBlock("shortfall", side_labels(chosen), np.array(0.0), _ROOM * most + 1, worth)


def soft_sides(setting: Setting) -> list[Side]:
    """Sides of the limits that may be missed at a price, in the order of the rows and of the shortfalls."""
    return [side for side in setting.sides if side.scope.is_soft]


_ROOM = 2.0
"""Shortfalls are bounded at this multiple of the most they can be, so the bound never binds."""


def _most(setting: Setting, columns: Columns, side: Side) -> float:
    """A min can be missed by all that is not there already, a max by all that the columns can bring above it."""
    counted = count(setting, columns, side)
    if side.side == "min":
        return max(side.asked - counted.standing, 0.0)
    upper = {block.name: block.upper for block in columns.blocks()}
    brought = sum(float(part.values @ upper[part.block][part.columns]) for part in counted.terms)
    return max(counted.standing + brought - side.asked, 0.0)
