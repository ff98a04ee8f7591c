"""The worth of each campaign's next dollar, split into what it earns and what it takes from others."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from optimizer.lp.program import Program
from optimizer.lp.solution import Solution
from optimizer.model.columns import request_worth
from optimizer.model.multipliers import below_best, units_that_differ
from optimizer.model.setting import Setting
from optimizer.plan.patient_worth import patient_worth
from optimizer.response.forecast import spend_limit
from optimizer.scenario.match import Floats


@dataclass(frozen=True)
class NextDollar:
    """Split of the next unit of money of every campaign and planned week, arrays of shape (I, T).

    All are in the objective's unit per unit of money; prices are what that use costs elsewhere.

    Attributes:
        leads: Valid leads that it brings.
        visit_value: What its patients would be worth, with their follow-on visits, if slots, minutes and intake were
            free.
        slot_price: What the slots they take would bring to others, and what is lost to waiting.
        resource_price: What the minutes of shared resources they take would bring to others.
        intake_price: What the intake hours they take would bring to others, and what is lost to late answers.
        money: What the money itself costs: 1 where value is money.
        budget_price: What the same budget would bring elsewhere.
        limit_price: What it takes from the room of named limits.
        change_price: What week-to-week moves cost, by their limit and by what they count: above zero holds spend down,
            below zero holds it up.
        range_price: What the campaign's own ceiling (above zero) or floor (below zero) costs; or today's spend, where
            it may not change.
    """

    leads: Floats
    visit_value: Floats
    slot_price: Floats
    resource_price: Floats
    intake_price: Floats
    money: Floats
    budget_price: Floats
    limit_price: Floats
    change_price: Floats
    range_price: Floats

    @cached_property
    def lead_return(self) -> Floats:
        """(I, T) what the next unit brings after slots, minutes and intake, before it is paid for."""
        return self.visit_value - self.slot_price - self.resource_price - self.intake_price

    def names(self) -> list[str]:
        """Names of the parts."""
        return [part.name for part in fields(self)]


def next_dollar(setting: Setting, solution: Solution, spend: Floats) -> NextDollar:
    """Split the next unit of money of every campaign and week by the prices of a solution.

    Args:
        setting: The planning setting that was solved.
        solution: Its certified solution.
        spend: (I, T) money planned.
    """
    facts = setting.facts
    slope = _slope(setting, spend) * facts.valid[:, None]
    request, answer, hour = _lead_prices(setting, solution)
    patient, below = patient_worth(facts, solution), below_best(facts)
    free = facts.booking * (patient.free[facts.unit] - below * request_worth(facts)[facts.unit])
    ones = np.ones((1, facts.lead_weeks))
    visit_value = slope * _over_lags(setting, free[:, None] * ones)
    minutes = slope * _over_lags(setting, facts.booking[:, None] * patient.minutes[facts.unit])
    lesser = (facts.booking * below)[:, None] * _discount_price(setting, solution)[facts.unit]
    after_slots = slope * _over_lags(setting, facts.booking[:, None] * request[facts.unit] - lesser)
    differs = (facts.minutes / 60)[:, None] - setting.mix.hours[facts.unit]
    intake = slope * _over_lags(setting, differs * hour[facts.unit] - answer[facts.unit])
    program = solution.program
    own = {name: _money_price(program, solution, name, spend.shape) for name in _MONEY}
    money = float(-program.column_block("spend").worth[0]) if len(program.column_block("spend")) else 1.0
    return NextDollar(
        leads=slope,
        visit_value=visit_value,
        slot_price=visit_value - after_slots - minutes,
        resource_price=minutes,
        intake_price=intake,
        money=np.full(spend.shape, money),
        budget_price=own["budget_total"] + own["budget_period"],
        limit_price=own["limits"] + own["ratio_limits"] + own["soft_limits"],
        change_price=own["change_limit"] + own["change_cost"],
        range_price=own["campaign_spend"] + own["unchanged_spend"],
    )


_MONEY = ("budget_total", "budget_period", "limits", "ratio_limits", "soft_limits", "change_limit", "change_cost",
          "campaign_spend", "unchanged_spend")  # fmt: skip


def _slope(setting: Setting, spend: Floats) -> Floats:
    """(I, T) captured leads of the next unit of money, from the curves; zero where nothing more may be spent."""
    facts = setting.facts
    here = setting.curves.marginal(spend / facts.cost) * facts.demand / facts.cost
    step = np.minimum(0.01, spend_limit(facts)[:, None])
    first = setting.curves.leads(step / facts.cost) * facts.demand / np.where(step > 0, step, 1.0)
    return np.where(np.isfinite(here), here, first)


def _lead_prices(setting: Setting, solution: Solution) -> tuple[Floats, Floats, Floats]:
    """(U, L) prices of one more request, of one more lead to answer, and of an hour that a lead takes."""
    facts = setting.facts
    shape = (len(facts.units), facts.lead_weeks)
    request, answer = (solution.price_of(name).reshape(shape) for name in ("request_flow", "lead_flow"))
    hour = np.zeros(shape)
    if len(facts.teams):
        both = solution.price_of("intake_sla") + solution.price_of("intake_total")
        limited = facts.team >= 0
        hour[limited] = both.reshape(len(facts.teams), -1)[facts.team[limited]]
        hour[limited] -= solution.price_of("lead_split").reshape(-1, facts.lead_weeks)
    return request, answer, hour


def _discount_price(setting: Setting, solution: Solution) -> Floats:
    """(U, L) price of a request of a channel that is worth less by a whole line's figures."""
    facts = setting.facts
    price = np.zeros((len(facts.units), facts.lead_weeks))
    if solution.program.has_rows("channel_value"):
        price[units_that_differ(facts)] = solution.price_of("channel_value").reshape(-1, facts.lead_weeks)
    return price


def _over_lags(setting: Setting, amount: Floats) -> Floats:
    """(I, T) an amount per lead and arrival week (I, L), averaged over the weeks in which a week's leads arrive."""
    facts = setting.facts
    total = np.zeros((amount.shape[0], facts.planned))
    for lag in range(facts.lead_share.shape[1]):
        total += facts.lead_share[:, lag, None] * amount[:, lag : lag + facts.planned]
    return total


def _money_price(program: Program, solution: Solution, name: str, shape: tuple[int, int]) -> Floats:
    """(I, T) price of the rows of one family for the next unit of money of each campaign and week.

    All steps of a campaign and week have the same coefficients in these rows, but for limits on leads, where the last
    step that is used stands for the next unit.
    """
    price = np.zeros(shape)
    if not program.has_rows(name):
        return price
    rows = program.matrix[program.row_slice(name)][:, program.column_slice("spend")]
    per_step = rows.T @ solution.price_of(name)
    campaign, week, _ = program.column_block("spend").labels.codes
    used = np.flatnonzero(solution.of("spend") > 0)
    price[campaign[::-1], week[::-1]] = per_step[::-1]
    price[campaign[used], week[used]] = per_step[used]
    return price
