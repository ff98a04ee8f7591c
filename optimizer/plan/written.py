"""The limits of a program as people wrote them: which number of which file holds which sides of rows.

One entry per number, or per row of numbers of a kind such as a clinic's slots week by week, from the same facts as the
families. What no number moves, such as what a gate says, is here as well, for it can be part of a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from optimizer.lp.program import Program
from optimizer.model.setting import Setting
from optimizer.plan.words import Words
from optimizer.plan.written_money import (
    budget_period,
    budget_total,
    campaign_spend,
    change_limit,
    changed_campaigns,
    limits,
    minimum_if_active,
)
from optimizer.plan.written_operations import (
    appointment_capacity,
    intake_overflow,
    intake_sla,
    intake_total,
    shared_resource,
)
from optimizer.plan.written_rows import Rows, Written, WrittenLimit


def written_limits(setting: Setting, program: Program) -> list[WrittenLimit]:
    """Every limit of a program that people could move, or that is told where it is part of a conflict; money first.

    Args:
        setting: What the program was stated from.
        program: The program.
    """
    words = Words.of(setting.facts.definition)
    found: list[WrittenLimit] = []
    for name, written in _WRITTEN.items():
        if program.has_rows(name):
            found += written(Rows(setting.facts, program.row_block(name), program.row_start[name], words))
    return found


_WRITTEN: Mapping[str, Callable[[Rows], Written]] = {
    "budget_total": budget_total,
    "budget_period": budget_period,
    "limits": limits,
    "ratio_limits": limits,
    "campaign_spend": campaign_spend,
    "minimum_if_active": minimum_if_active,
    "change_limit": change_limit,
    "changed_campaigns": changed_campaigns,
    "appointment_capacity": appointment_capacity,
    "shared_resource": shared_resource,
    "intake_sla": intake_sla,
    "intake_total": intake_total,
    "intake_overflow": intake_overflow,
}
"""How each family that people limit is written down; where a conflict can be told in two ways, by the earlier ones."""
