"""Laws of random scenarios in which every family of the model has its say at once, whole numbers among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.lp.certificate import certify
from optimizer.lp.program import Program
from optimizer.model.families import FAMILIES, state
from optimizer.model.setting import established, planning
from optimizer.solve import highs
from tests.laws.markets import Market, Row, law, markets

NOWHERE = float("-inf")
"""Worth where no plan meets every limit."""


@st.composite
def rich(draw: st.DrawFn, *, clinics: tuple[str, ...] = ("North", "South")) -> Market:
    """A market with everything that a scenario may ask for, and money enough that today's campaigns may go on."""
    market = draw(markets(clinics=clinics))
    s_shaped = {"form": "hill", "max_leads": 60, "half_spend": 300, "slope": 2.0, "exact": "yes"}
    curves = [{"campaign": row["campaign"], **row} for row in market.tables["response_curves"]]
    first = {"campaign": curves[0]["campaign"], "observed_max_weekly_spend": 800, **s_shaped}
    campaigns: list[Row] = [{**row, "min_if_active": draw(st.sampled_from([60, 120]))} for row in _campaigns(market)]
    limits: list[Row] = [
        *market.tables["limits"],
        {"limit": "Goal", "quantity": "visits", "min": draw(st.integers(5, 40)), "price_cap": draw(_PRICES)},
        {"limit": "Return", "quantity": "ltv_to_cac", "min": 0.1},
    ]
    policies = {
        **market.policies,
        "change_limit": {"share": 0.6, "amount": 250},
        "change_cost": draw(st.sampled_from([0.02, 0.2])),
        "max_changed_campaigns": draw(st.integers(len(campaigns) - 1, len(campaigns))),
    }
    tables = {**market.tables, "campaigns": campaigns, "response_curves": [first, *curves[1:]], "limits": limits}
    return replace(market, tables=tables, policies=policies, budget=market.budget + 1300)


_PRICES = st.sampled_from([5, 60])


def _campaigns(market: Market) -> list[Row]:
    """The campaigns, each with room above what it must spend if it runs."""
    return [{name: value for name, value in row.items() if value is not None} for row in market.tables["campaigns"]]


def program_of(market: Market) -> Program:
    return state(planning(established(market.scenario())))


def value(market: Market) -> float:
    """The best plan's worth on its steps; the linear program around its whole numbers is certified."""
    try:
        solution = highs.solve(program_of(market))
    except highs.ProvenInfeasible:
        return NOWHERE
    certify(solution)
    return solution.objective


def not_above(smaller: float, larger: float) -> bool:
    """Whether a worth is at most another, but for what the search for whole numbers may leave."""
    return smaller <= larger + 2 * highs.WHOLE_GAP * (1 + abs(larger)) if larger > NOWHERE else smaller == NOWHERE


def test_random_scenarios_use_all_families_together() -> None:
    """Each family has rows in most of the scenarios drawn, and some scenario has rows of nearly all."""
    seen: list[set[str]] = []

    @law
    @given(rich())
    def draw(market: Market) -> None:
        seen.append({block.name for block in program_of(market).rows})

    draw()
    names = {family.__name__ for family in FAMILIES} - {"budget_period"}  # of weeks and months: by hand elsewhere
    assert set().union(*seen) >= names
    assert max(len(found) for found in seen) >= len(names) - 3


@law
@given(rich(), st.integers(1, 1500))
def test_more_budget_never_hurts(market: Market, more: int) -> None:
    assume((here := value(market)) > NOWHERE)
    assert not_above(here, value(market.with_budget(market.budget + more)))


@law
@given(rich(), st.sampled_from(["slots", "hours", "minutes", "overflow"]))
def test_less_capacity_never_helps(market: Market, what: str) -> None:
    table, column = {
        "slots": ("appointment_capacity", "new_patient_slots"),
        "hours": ("intake_teams", "paid_hours"),
        "minutes": ("shared_resources", "minutes_available"),
        "overflow": ("intake_teams", "overflow_hours"),
    }[what]
    assert not_above(value(market.with_column(table, column, lambda amount: amount // 2)), value(market))


@law
@given(rich(), st.sampled_from(["spend", "leads", "visits"]), st.integers(20, 900))
def test_a_further_limit_never_helps(market: Market, quantity: str, most: int) -> None:
    further = {"limit": "Further", "quantity": quantity, "max": most if quantity == "spend" else most / 10}
    limited = market.with_rows("limits", [*market.tables["limits"], further])
    assert not_above(value(limited), value(market))


@law
@given(rich(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(market: Market, random: Any) -> None:
    tables = {name: random.sample(list(rows), len(rows)) for name, rows in market.tables.items()}
    one, other = program_of(market), program_of(replace(market, tables=tables))
    assert (one.matrix != other.matrix).nnz == 0
    assert (one.worth == other.worth).all()
    assert (one.row_upper == other.row_upper).all()


_MONEY: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("current_weekly_spend", "max_weekly_spend", "min_if_active"),
    "response_curves": ("half_spend", "observed_max_weekly_spend"),
    "patient_value": ("first_visit_margin", "ltv_margin"),
    "care_pathways": ("margin",),
    "intake_teams": ("overflow_cost_per_hour",),
    "limits": ("price_cap",),
}


@law
@given(rich())
def test_money_in_thousandths_is_the_same_money(market: Market) -> None:
    """All money a thousand times as much: the value too, to the cents in which steps end."""
    large = market.with_budget(market.budget * 1000)
    for table, columns in _MONEY.items():
        for column in columns:
            large = large.with_column(table, column, lambda amount: amount * 1000)
    curves = [_larger_points(row) for row in large.tables["response_curves"]]
    limits = [
        {**row, "max": row["max"] * 1000} if row["quantity"] == "spend" else row for row in large.tables["limits"]
    ]
    policies = {**large.policies, "change_limit": {"share": 0.6, "amount": 250_000}}
    large = replace(large.with_rows("response_curves", curves).with_rows("limits", limits), policies=policies)
    assume((here := value(market)) > NOWHERE)
    assert value(large) / 1000 == pytest.approx(here, rel=3 * highs.WHOLE_GAP, abs=0.05)


def _larger_points(row: Row) -> Row:
    if "points" not in row:
        return row
    return {**row, "points": row["points"].replace(" 200:", " 200000:").replace(" 800:", " 800000:")}


_COMMON = ("channels", "service_lines", "care_pathways")
_APART = ("campaigns", "response_curves", "locations", "appointment_capacity", "intake_teams")


@law
@given(rich(clinics=("North",)), rich(clinics=("South",)))
def test_two_groups_apart_are_worth_their_sum(north: Market, south: Market) -> None:
    """With money for both and a rule of their own for each; common lines have the first group's figures."""
    weeks = min(north.weeks, south.weeks)
    lines = {name: _by_line(north, south, name) for name in ("funnel", "show_rates", "patient_value")}
    shared = {**{name: north.tables[name] for name in _COMMON}, **lines}
    policies = {name: rule for name, rule in north.policies.items() if name != "max_changed_campaigns"}
    alone = [
        replace(_only(market, shared, lines), weeks=weeks, budget=1e6, policies=policies) for market in (north, south)
    ]
    tables = {name: [*alone[0].tables[name], *alone[1].tables[name]] for name in (*_APART, "limits")}
    both = replace(alone[0], tables={**alone[0].tables, **shared, **tables})
    one, other = map(value, alone)
    assume(min(one, other) > NOWHERE)
    assert value(both) == pytest.approx(one + other, rel=3 * highs.WHOLE_GAP, abs=0.05)


def _by_line(north: Market, south: Market, name: str) -> list[Row]:
    known = {row["service_line"] for row in north.tables[name]}
    return [*north.tables[name], *(row for row in south.tables[name] if row["service_line"] not in known)]


def _only(market: Market, shared: Mapping[str, Any], lines: Mapping[str, list[Row]]) -> Market:
    """A group by itself: the common figures of its own lines, and a goal of its own in place of its limits."""
    mine = {row["service_line"] for row in market.tables["campaigns"]}
    own = {name: [row for row in rows if row["service_line"] in mine] for name, rows in lines.items()}
    location = str(market.tables["campaigns"][0]["location"])
    goal = {"limit": f"Goal {location}", "quantity": "visits", "location": location, "min": 30, "price_cap": 40}
    tables = {**market.tables, **shared, **own, "limits": [goal], "shared_resources": [], "resource_use": []}
    return replace(market, tables=tables)
