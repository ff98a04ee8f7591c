"""What a new patient is worth over the years, from its parts."""

from __future__ import annotations

import numpy as np

from optimizer.errors import Problem
from optimizer.scenario.match import Floats
from optimizer.scenario.tables import Table

AGREES = 0.01
"""Share by which a given lifetime margin may differ from its parts; it may be rounded."""
PARTS = ("margin_per_year", "yearly_retention", "horizon_months", "discount_rate")
_OWN = PARTS[:2]
"""Parts that say nothing on their own; the other two also describe a margin that is given."""


def lifetime_margin(
    first_visit: Floats, per_year: Floats, retention: Floats, months: Floats, discount: Floats
) -> Floats:
    r"""Worth at the first visit of that visit and of what the patients who stay bring month by month.

    .. math:: L = F + \sum_{m=1}^{n} \frac{M}{12} \left( \frac{r}{1 + d} \right)^{m/12}

    =====  ====  =====================================================================
    F      P     margin of the first visit, money (patient_value: first_visit_margin)
    M      P     margin of a year with a patient who stays, money (margin_per_year)
    r      P     share of patients who stay from one year to the next (yearly_retention)
    n      P     months counted after the first visit (horizon_months)
    d      P     yearly discount rate (discount_rate)
    =====  ====  =====================================================================

    Margin times retention over discount is the lifetime value of P. D. Berger and N. I. Nasr, Customer lifetime value:
    Marketing models and applications, Journal of Interactive Marketing 12 (1998). That it is counted in months and
    that the first visit stands apart has no public source; it is the definition of this program.

    Args:
        first_visit: (n,) F.
        per_year: (n,) M.
        retention: (n,) r, from 0 to 1.
        months: (n,) whole numbers.
        discount: (n,) d, from 0.

    Returns:
        (n,) money per patient; NaN where ``per_year`` is.
    """
    month = np.arange(1, int(np.nan_to_num(months).max(initial=0)) + 1)
    stays = (retention / (1 + discount))[:, None] ** (month / 12)
    counted = np.where(month <= months[:, None], stays, 0.0).sum(axis=1)
    return np.asarray(first_visit + per_year / 12 * counted)


def ltv_margins(table: Table) -> tuple[Floats, list[Problem]]:
    """The lifetime margin of each row of patient_value, as given or from its parts, and what is wrong with it."""
    frame = table.frame
    given = frame["ltv_margin"].to_numpy(float)
    made = lifetime_margin(*(frame[name].to_numpy(float) for name in ("first_visit_margin", *PARTS)))
    return np.where(np.isnan(given), made, given), _problems(table, given, made)


def _problems(table: Table, given: Floats, made: Floats) -> list[Problem]:
    frame = table.frame
    begun = frame[list(_OWN)].notna().any(axis=1).to_numpy()
    found = []
    for row in range(len(frame)):
        lacking = [name for name in PARTS if np.isnan(frame[name].iloc[row])]
        if begun[row] and lacking:
            message = f"{' and '.join(_OWN)} make no ltv_margin without {', '.join(lacking)}"
            hint = f"give all of {', '.join(PARTS)}, or leave {' and '.join(_OWN)} blank"
        elif begun[row] and frame["horizon_months"].iloc[row] % 1:
            message, hint = f"horizon_months {frame['horizon_months'].iloc[row]:g} is not whole", "count whole months"
        elif begun[row] and abs(given[row] - made[row]) > AGREES * abs(made[row]):
            message = f"ltv_margin {given[row]:,.2f} is not what its parts make, {made[row]:,.2f}"
            hint = "correct either, or leave ltv_margin blank; 1 % is left for rounding"
        elif not begun[row] and np.isnan(given[row]):
            message, hint = "no ltv_margin and no parts of it", f"give ltv_margin, or {', '.join(PARTS)}"
        else:
            continue
        found.append(table.problem(row, message, hint, "ltv_margin", "ltv_margin"))
    return found
