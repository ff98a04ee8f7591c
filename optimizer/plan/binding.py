"""Places that limit a plan, by name: clinics, intake teams, shared resources and named limits."""

from __future__ import annotations

from optimizer.lp.solution import Solution

_SMALL = 1e-6
"""Prices below this are rounding."""

_SAYS = {
    "appointment_capacity": "{location} {service_line} is full",
    "intake_sla": "{intake_team} cannot answer more leads in time",
    "intake_total": "{intake_team} cannot answer more leads at all",
    "shared_resource": "{resource} has no minutes left",
    "limits": "the limit '{limit}' is reached",
    "ratio_limits": "the limit '{limit}' is reached",
    "budget_period": "the budget of the {period} is used up",
}
"""What a price of each family says of the place."""


def binding_places(solution: Solution) -> tuple[str, ...]:
    """What limits a plan in at least one week, in words, in the order of the families."""
    program, found = solution.program, dict[str, None]()
    for family, text in _SAYS.items():
        if program.has_rows(family):
            labels = program.row_block(family).labels.frame()
            for label in labels[abs(solution.price_of(family)) > _SMALL].to_dict("records"):
                found[text.format(**{str(name): value for name, value in label.items()})] = None
    return tuple(found)
