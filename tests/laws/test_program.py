"""Laws of the program: they hold for its optimum exactly, as both sides have the same straight steps.

The plan that people see is rounded to cents and counts leads by the curves, so it follows them only closely.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.markets import Market, law, markets, monday
from tests.model.certified import price, solve_certified, spend_of

ROUNDING = 1e-7


def value(market: Market) -> float:
    return solve_certified(market.scenario()).objective


def room(*values: float) -> float:
    """What two values may differ by for the solver's rounding."""
    return ROUNDING * (1 + max(abs(amount) for amount in values))


def not_above(smaller: float, larger: float) -> bool:
    return smaller <= larger + room(smaller, larger)


@law
@given(markets(), st.integers(1, 2000))
def test_more_budget_never_hurts(market: Market, more: int) -> None:
    assert not_above(value(market), value(market.with_budget(market.budget + more)))


@law
@given(markets(), st.integers(50, 1500))
def test_each_further_budget_brings_less(market: Market, step: int) -> None:
    """Concave: the value in the middle is at least the average of both sides."""
    low, middle, high = (value(market.with_budget(step + market.budget + move)) for move in (-step, 0, step))
    assert not_above((low + high) / 2, middle)


@law
@given(markets(), st.integers(-1500, 1500))
def test_no_budget_is_worth_more_than_its_price_says(market: Market, move: int) -> None:
    """The price is a supergradient: V(B + d) <= V(B) + price * d, up and down."""
    here = solve_certified(market.scenario())
    moved = max(0.0, market.budget + move)
    line = here.objective + price(here, "budget_total") * (moved - market.budget)
    assert not_above(value(market.with_budget(moved)), line)


@law
@given(markets(), st.sampled_from(["slots", "staff", "baseline", "fill"]))
def test_less_capacity_never_helps(market: Market, what: str) -> None:
    match what:
        case "slots":
            less = market.with_column("appointment_capacity", "new_patient_slots", lambda slots: slots // 2)
        case "staff":
            less = market.with_column("intake_teams", "paid_hours", lambda hours: hours * 0.5)
        case "baseline":
            less = market.with_column("intake_teams", "baseline_contacts", lambda contacts: contacts + 15)
        case _:
            less = replace(market, policies={**market.policies, "fill_cap": 0.5})
    assert not_above(value(less), value(market))


@law
@given(markets(), st.integers(1, 10))
def test_more_hours_for_sale_never_hurt(market: Market, more: int) -> None:
    larger = market.with_column("intake_teams", "overflow_hours", lambda hours: hours + more)
    assert not_above(value(market), value(larger))


@law
@given(markets(), st.integers(1, 60))
def test_dearer_overflow_never_helps(market: Market, more: int) -> None:
    dearer = market.with_column("intake_teams", "overflow_cost_per_hour", lambda cost: cost + more)
    assert not_above(value(dearer), value(market))


@law
@given(markets(), st.integers(1, 100))
def test_more_backlog_never_helps(market: Market, more: int) -> None:
    """Whoever waits at the start takes time that leads could have had."""
    longer = [
        {**row, "opening_backlog": row["opening_backlog"] + more * (row["week"] == monday(0))}
        for row in market.tables["intake_teams"]
    ]
    assert not_above(value(market.with_rows("intake_teams", longer)), value(market))


@law
@given(markets(), st.sampled_from([0.5, 2.0]))
def test_channels_alike_are_patients_worth_as_much(market: Market, times: float) -> None:
    """Every channel's patients worth k times the line's figures, or figures k times as high.

    Nobody waits and no visit leads to another: both are worth what they are, whatever the channels.
    """
    market = market.with_rows("care_pathways", [])

    def of_channels(number: float) -> Market:
        rows = [{**row, "value_multiplier": number} for row in market.tables["channels"]]
        return market.with_rows("channels", rows).with_column("appointment_capacity", "waitlist", lambda _: 0)

    rich = of_channels(1.0).with_column("patient_value", "ltv_margin", lambda worth: worth * times)
    assert value(of_channels(times)) == pytest.approx(value(rich), rel=ROUNDING, abs=ROUNDING)


@law
@given(markets())
def test_a_lesser_channel_never_helps(market: Market) -> None:
    """The channel that is not above any other, worth half as much; nobody waits."""
    market = market.with_column("appointment_capacity", "waitlist", lambda _: 0)
    least = min(row["value_multiplier"] for row in market.tables["channels"])
    rows = [dict(row) for row in market.tables["channels"]]
    lesser = next(row for row in rows if row["value_multiplier"] == least)
    lesser["value_multiplier"] = least / 2
    assert not_above(value(market.with_rows("channels", rows)), value(market))


@law
@given(markets())
def test_fewer_who_come_never_help(market: Market) -> None:
    """With channels alike: who finds no slot is charged for a lesser channel, and less where fewer would come."""
    market = market.with_column("channels", "value_multiplier", lambda _: 1.0)
    fewer = market.with_column("show_rates", "show_rate", lambda rate: rate * 0.9)
    assert not_above(value(fewer), value(market))


@law
@given(markets(), st.sampled_from(["spend", "bookings", "visits"]), st.integers(1, 40))
def test_a_further_limit_never_helps(market: Market, quantity: str, most: int) -> None:
    further = {"limit": "Further", "quantity": quantity, "max": most}
    limited = market.with_rows("limits", [*market.tables["limits"], further])
    assert not_above(value(limited), value(market))


@law
@given(markets())
def test_a_limit_given_twice_is_the_same_limit(market: Market) -> None:
    rule: dict[str, Any] = {"limit": "Rule", "quantity": "spend", "per": "week", "max": 300}
    once = market.with_rows("limits", [rule])
    twice = market.with_rows("limits", [rule, {**rule, "limit": "Rule again"}])
    assert value(once) == pytest.approx(value(twice), rel=ROUNDING, abs=ROUNDING)


@law
@given(markets())
def test_a_campaign_that_is_not_used_can_go(market: Market) -> None:
    """One that brings nothing is never used, and the plan without it is worth the same."""
    clinic = market.tables["campaigns"][0]
    idle = {**clinic, "campaign": "Idle", "current_weekly_spend": 0}
    curve = {"campaign": "Idle", "form": "points", "points": "0:0 800:0", "observed_max_weekly_spend": 800}
    rows = [row for row in market.tables["limits"] if row["quantity"] != "spend_share"]  # idle money would pad a share
    without = market.with_rows("limits", rows)
    larger = without.with_rows("campaigns", [*market.tables["campaigns"], idle])
    larger = larger.with_rows("response_curves", [*market.tables["response_curves"], curve])
    solution = solve_certified(larger.scenario())
    assert sum(spend_of(solution)["Idle"]) == pytest.approx(0, abs=1e-6)
    assert solution.objective == pytest.approx(value(without), rel=ROUNDING, abs=ROUNDING)


@law
@given(markets())
def test_no_budget_no_spend(market: Market) -> None:
    solution = solve_certified(market.with_budget(0).scenario())
    assert all(sum(weeks) == pytest.approx(0, abs=1e-9) for weeks in spend_of(solution).values())


@law
@given(markets())
def test_money_in_thousandths_is_the_same_money(market: Market) -> None:
    """All money a thousand times as much: the value too, to the cents in which steps end."""

    def more(amount: float) -> float:
        return amount * 1000

    large = market.with_budget(more(market.budget))
    for column in ("current_weekly_spend", "max_weekly_spend"):
        large = large.with_column("campaigns", column, more)
    for column in ("half_spend", "observed_max_weekly_spend"):
        large = large.with_column("response_curves", column, more)
    for column in ("first_visit_margin", "ltv_margin"):
        large = large.with_column("patient_value", column, more)
    large = large.with_column("care_pathways", "margin", more)
    large = large.with_column("intake_teams", "overflow_cost_per_hour", more)
    curves = [
        {**row, "points": row["points"].replace(" 200:", " 200000:").replace(" 800:", " 800000:")}
        if "points" in row
        else row
        for row in large.tables["response_curves"]
    ]
    limits = [
        {**row, "max": more(row["max"])} if row["quantity"] == "spend" else row for row in market.tables["limits"]
    ]
    large = large.with_rows("response_curves", curves).with_rows("limits", limits)
    assert value(large) / 1000 == pytest.approx(value(market), rel=1e-5, abs=0.01)


@law
@given(markets(), st.integers(2, 9))
def test_patients_worth_more_are_worth_as_much_more(market: Market, times: int) -> None:
    """With patients worth k times as much, a plan of gross g and cost s is worth k g - s, not g - s.

    The best of before is then worth at least k times its value, and the best of now, g' and s', was worth g' - s' at
    most V before: k g' - s' <= k V + (k - 1) s'. It costs its spend and the hours it buys.
    """
    rich = market
    for column in ("first_visit_margin", "ltv_margin"):
        rich = rich.with_column("patient_value", column, lambda worth: worth * times)
    rich = rich.with_column("care_pathways", "margin", lambda worth: worth * times)
    before, now = value(market), solve_certified(rich.scenario())
    bought = -float(now.program.column_block("overflow").worth @ now.of("overflow"))
    spent = sum(sum(weeks) for weeks in spend_of(now).values()) + bought
    assert not_above(times * before, now.objective)
    assert not_above(now.objective, times * before + (times - 1) * spent)


@law
@given(markets())
def test_two_halves_of_a_campaign_are_the_campaign(market: Market) -> None:
    """Half the leads at half the money, twice; to the cents in which steps end.

    Everybody spends today, as campaigns count alike where no lead comes today and two halves would count twice.
    """
    whole = market.with_column("campaigns", "current_weekly_spend", lambda _: 150)
    first, *others = whole.tables["campaigns"]
    curve, *other_curves = whole.tables["response_curves"]
    names = [f"{first['campaign']} {half}" for half in ("left", "right")]
    halves = whole.with_rows("campaigns", [*({**_halved(first), "campaign": name} for name in names), *others])
    halves = halves.with_rows(
        "response_curves", [*({**_halved(curve), "campaign": name} for name in names), *other_curves]
    )
    assert value(halves) == pytest.approx(value(whole), rel=1e-5, abs=0.01)


def _halved(row: Any) -> dict[str, Any]:
    """A campaign or a curve with half of its money and leads."""
    halved = {name: amount / 2 if isinstance(amount, int | float) else amount for name, amount in row.items()}
    if "points" in row:
        pairs = (pair.split(":") for pair in row["points"].split())
        halved["points"] = " ".join(f"{float(spend) / 2}:{float(leads) / 2}" for spend, leads in pairs)
    return halved


@law
@given(markets(clinics=("North",)))
def test_two_clinics_alike_are_one_of_twice_the_size(market: Market) -> None:
    """Two clinics with the same campaigns, slots and patients waiting, and one desk for both."""
    twins = [{**row, "campaign": f"{row['campaign']} twin", "location": "South"} for row in market.tables["campaigns"]]
    curves = [{**row, "campaign": f"{row['campaign']} twin"} for row in market.tables["response_curves"]]
    both = market.with_rows("response_curves", [*market.tables["response_curves"], *curves])
    merged = both.with_rows(
        "campaigns", [*market.tables["campaigns"], *({**row, "location": "North"} for row in twins)]
    )
    for column in ("new_patient_slots", "already_booked", "waitlist"):
        merged = merged.with_column("appointment_capacity", column, lambda amount: 2 * amount)
    apart = both.with_rows("campaigns", [*market.tables["campaigns"], *twins])
    for table in ("locations", "appointment_capacity"):
        rows = market.tables[table]
        apart = apart.with_rows(table, [*rows, *({**row, "location": "South"} for row in rows)])
    assert value(apart) == pytest.approx(value(merged), rel=ROUNDING, abs=ROUNDING)


@law
@given(markets())
def test_the_plan_given_as_limits_is_the_plan(market: Market) -> None:
    """Every campaign's week limited to what the plan spends in it, from below and from above."""
    best = solve_certified(market.scenario())
    rules = [
        {
            "limit": f"{name} in {week}",
            "quantity": "spend",
            "campaign": name,
            "first_week": monday(week),
            "last_week": monday(week),
            "min": max(spend, 0.0),
            "max": max(spend, 0.0),
        }
        for name, weeks in spend_of(best).items()
        for week, spend in enumerate(weeks)
    ]
    given_plan = market.with_rows("limits", [*market.tables["limits"], *rules])
    assert value(given_plan) == pytest.approx(best.objective, rel=ROUNDING, abs=ROUNDING)


@law
@given(markets(), st.integers(1, 60))
def test_a_later_calendar_is_the_same_plan(market: Market, weeks: int) -> None:
    """All weeks of all tables later by whole weeks; there are no budgets by month here, which would fall elsewhere."""

    def moved(row: Any) -> Any:
        if "week" not in row:
            return row
        return {**row, "week": (dt.date.fromisoformat(row["week"]) + dt.timedelta(weeks=weeks)).isoformat()}

    tables = {name: [moved(row) for row in rows] for name, rows in market.tables.items()}
    later = replace(market, tables=tables, first_week=market.first_week + dt.timedelta(weeks=weeks))
    assert value(later) == pytest.approx(value(market), rel=ROUNDING, abs=ROUNDING)


@law
@given(markets(clinics=("North",)), markets(clinics=("South",)))
def test_two_markets_apart_are_worth_their_sum(north: Market, south: Market) -> None:
    """With money for both; campaigns, clinics and desks are apart, and common lines have the first market's figures."""
    budget, weeks = 1e6, min(north.weeks, south.weeks)
    lines = {
        name: [*north.tables[name], *(row for row in south.tables[name] if row["service_line"] not in _lines(north))]
        for name in ("funnel", "show_rates", "patient_value")
    }
    same = {name: north.tables[name] for name in ("channels", "service_lines", "care_pathways")}
    common = {**same, **lines, "limits": [], "shared_resources": [], "resource_use": []}
    alone = [
        replace(market, weeks=weeks, budget=budget, tables={**market.tables, **common, **_of_lines(market, lines)})
        for market in (north, south)
    ]
    apart = ("campaigns", "response_curves", "locations", "appointment_capacity", "intake_teams")
    joined = {name: [*north.tables[name], *south.tables[name]] for name in apart}
    both = replace(north, weeks=weeks, budget=budget, tables={**joined, **common})
    both, *alone = (replace(market, policies=north.policies) for market in (both, *alone))
    assert value(both) == pytest.approx(sum(value(market) for market in alone), rel=ROUNDING, abs=ROUNDING)


def _lines(market: Market) -> set[str]:
    return {row["service_line"] for row in market.tables["patient_value"]}


def _of_lines(market: Market, lines: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The rows of the common tables for the lines that a market has."""
    return {name: [row for row in rows if row["service_line"] in _lines(market)] for name, rows in lines.items()}
