"""The table of contents of the model: what limits a plan, family by family, in the order of a dollar's path."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from optimizer.lp.blocks import ColumnBlock, Positions, RowBlock
from optimizer.lp.program import Program, assemble
from optimizer.model.answered_requests import answered_requests
from optimizer.model.appointment_capacity import appointment_capacity
from optimizer.model.appointment_requests import appointment_requests
from optimizer.model.budget_period import budget_period
from optimizer.model.budget_total import budget_total
from optimizer.model.campaign_spend import campaign_spend
from optimizer.model.care_pathway import care_pathway
from optimizer.model.change_cost import change_cost, moved
from optimizer.model.change_limit import change_limit
from optimizer.model.changed_campaigns import changed_campaigns
from optimizer.model.channel_value import channel_value
from optimizer.model.columns import THOUSAND, Columns, columns
from optimizer.model.intake_overflow import intake_overflow
from optimizer.model.intake_sla import intake_sla
from optimizer.model.intake_total import intake_total
from optimizer.model.lead_flow import lead_flow
from optimizer.model.lead_split import lead_split
from optimizer.model.limits import limits
from optimizer.model.minimum_if_active import active, minimum_if_active
from optimizer.model.ratio_limits import ratio_limits
from optimizer.model.request_flow import request_flow
from optimizer.model.setting import Setting
from optimizer.model.shared_resource import shared_resource
from optimizer.model.soft_limits import shortfall, soft_limits
from optimizer.model.step_order import opened, step_order
from optimizer.model.unchanged_spend import changed, unchanged_spend

Family = Callable[[Setting, Columns], RowBlock]

OPERATIONS: tuple[Family, ...] = (
    lead_flow,
    request_flow,
    intake_sla,
    intake_total,
    intake_overflow,
    lead_split,
    appointment_requests,
    answered_requests,
    channel_value,
    appointment_capacity,
    care_pathway,
    shared_resource,
)
"""What happens to the leads of a given spend plan."""

DECISIONS: tuple[Family, ...] = (
    budget_total,
    budget_period,
    campaign_spend,
    change_limit,
    change_cost,
    limits,
    ratio_limits,
    soft_limits,
    minimum_if_active,
    unchanged_spend,
    changed_campaigns,
    step_order,
)
"""What a spend plan must respect."""

WHOLE: Mapping[Family, Callable[[Setting], ColumnBlock]] = {
    minimum_if_active: active,
    unchanged_spend: changed,
    step_order: opened,
}
"""Families that need columns of whole numbers, and the columns."""

FAMILIES = OPERATIONS + DECISIONS


_MONEY = ("budget_total", "budget_period", "campaign_spend", "change_limit", "change_cost", "minimum_if_active",
          "unchanged_spend")  # fmt: skip


def money_rows(program: Program) -> Positions:
    """Rows in which spend counts as money, every step of a campaign's week alike."""
    rows = [rows_of(program, name) for name in (*_MONEY, "ratio_limits")]
    return np.concatenate([*rows, *(rows_of_limits(program, name, ("spend",)) for name in ("limits", "soft_limits"))])


def rows_of_limits(program: Program, family: str, quantities: tuple[str, ...]) -> Positions:
    """Rows of a family of named limits on some quantities."""
    rows = rows_of(program, family)
    if not len(rows):
        return rows
    quantity = program.row_block(family).labels.names()["quantity"]
    return rows[np.isin(quantity, quantities)]


def rows_of(program: Program, name: str) -> Positions:
    """Rows of a family; none where the program has no such rows."""
    if not program.has_rows(name):
        return np.empty(0, dtype=np.int64)
    where = program.row_slice(name)
    return np.arange(where.start, where.stop, dtype=np.int64)


def state(setting: Setting, families: tuple[Family, ...] = FAMILIES) -> Program:
    """State the program of a setting from its families."""
    stated = columns(setting)
    value_scale = THOUSAND if setting.facts.definition.objective.in_money else 1.0
    whole = [block(setting) for family, block in WHOLE.items() if family in families]
    columns_of_all = [*stated.blocks(), moved(setting), shortfall(setting, stated), *whole]
    return assemble(columns_of_all, [family(setting, stated) for family in families], value_scale=value_scale)
