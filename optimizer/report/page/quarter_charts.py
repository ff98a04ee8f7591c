"""The charts of a quarter: value over the budget with the plans on it, and what the plan hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from optimizer.plan.words import Words, count
from optimizer.report.page.chart import NARROW, PLAN, TODAY, WARM, Chart, Spec, values
from optimizer.report.quarter import hangs_on, next_unit, planned_worth
from optimizer.report.sections import Grid, words_of
from optimizer.report.sensitivity import both_sides, sentences
from optimizer.study.quarter_files import Quarter

_GRID = {"grid": True, "gridColor": "#e6eaec", "tickCount": 4}
_LINE, _PLANS, _TODAY = "Best plan at each budget", "Plans of this quarter", "Today's spend"


def quarter_charts(quarter: Quarter) -> list[Chart]:
    """The charts that there are numbers for."""
    made = [frontier(quarter)] if quarter.frontier["value"].notna().sum() > 1 else []
    return made + ([sensitivity(quarter)] if len(quarter.sensitivity) else [])


def frontier(quarter: Quarter) -> Chart:
    """Value of the best plan over the budget, with the plans and today's spend."""
    words = words_of(quarter.base)
    line = quarter.frontier.dropna(subset=["value"])[["budget", "value"]].assign(of=_LINE)
    today: Mapping[str, Any] = quarter.base.summary["today"]  # type: ignore[assignment]
    dots = [(budget.amount, _value(budget.run), _PLANS) for budget in quarter.budgets if budget.run]
    dots.append((today["spend"], today["value"], _TODAY))
    marks = pd.DataFrame(dots, columns=["budget", "value", "of"])
    names = [_LINE, _PLANS, _TODAY]

    def spec(width: int) -> Spec:
        money = {"format": "~s", **_GRID}
        x = {
            "field": "budget",
            "type": "quantitative",
            "title": f"budget, {words.currency}",
            "scale": {"zero": False},
            "axis": money,
        }
        y = {"field": "value", "type": "quantitative", "title": _unit(words), "scale": {"zero": False}, "axis": money}
        color = {
            "field": "of",
            "type": "nominal",
            "title": None,
            "legend": {"columns": 3 if width > NARROW else 1},
            "scale": {"domain": names, "range": ["#5b6770", PLAN, TODAY]},
        }
        return {
            "width": width, "height": 220,
            "layer": [
                {"data": values(line), "mark": {"type": "line"}, "encoding": {"x": x, "y": y, "color": color}},
                {"data": values(marks), "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                 "encoding": {"x": x, "y": y, "color": color}},
            ],
        }  # fmt: skip

    heading = "The value of the best plan over the budget"
    return Chart("frontier", heading, _frontier_says(quarter, words), _frontier_numbers(quarter, words), spec)


def _value(run: Any) -> float:
    return float(run.summary["plan"]["value"])


def _unit(words: Words) -> str:
    return f"value, {words.currency}" if words.objective.in_money else words.objective.value


def _frontier_says(quarter: Quarter, words: Words) -> str:
    price = words.return_of(next_unit(quarter.base))
    last = quarter.frontier.dropna(subset=["value"]).iloc[-1]
    said = f"At the scenario's own budget the next {words.next_money} adds {price}."
    if last["budget"] - last["spend"] > 1:
        return f"{said} More than {words.money(last['spend'])} brings nothing within the other limits."
    return f"{said} Even at {words.money(last['budget'])} more money would still be used."


def _frontier_numbers(quarter: Quarter, words: Words) -> Grid:
    """The points, with those at which a plan of the quarter lies marked."""
    planned = [budget.amount for budget in quarter.budgets if budget.run]
    rows = []
    for point in quarter.frontier.to_dict("records"):
        mark = " (planned)" if any(abs(point["budget"] - amount) < 0.01 for amount in planned) else ""
        amounts = ("", "", "", point["refusal"]) if point["refusal"] else (
            words.money(point["spend"]), count(point["visits"]), words.value(point["value"]),
            words.return_of(point["next_unit"]),
        )  # fmt: skip
        rows.append((f"{words.money(point['budget'])}{mark}", *amounts))
    headers = ("Budget", "Spend", "Completed visits", "Value of the best plan", f"Next {words.next_money} adds")
    within = words.value(float(quarter.frontier["gap"].max()))
    note = (
        f"Each point is a plan of its own, proven to within {within}; the plans of this quarter are made on finer steps"
        " and may differ from it by as much."
    )
    return Grid("", headers, rows, note)


def sensitivity(quarter: Quarter) -> Chart:
    """What the plan is worth more or less, kept and planned anew, if an input is not what the scenario says."""
    words, planned = words_of(quarter.base), planned_worth(quarter.base)
    pairs = both_sides(quarter.sensitivity, planned)
    frame, order = _bars(pairs), list(pairs["label"])

    def spec(width: int) -> Spec:
        y = {
            "field": "label",
            "type": "nominal",
            "sort": order,
            "title": None,
            "axis": {"labelLimit": 220},
        }
        axis = {"format": "~s", **_GRID, "tickCount": 4 if width > NARROW else 2}
        color = {
            "field": "of",
            "type": "nominal",
            "title": None,
            "scale": {"domain": ["input lower", "input higher"], "range": [WARM, PLAN]},
        }
        x = {"field": "kept", "type": "quantitative", "title": f"change of {_unit(words)}", "axis": axis}
        return {
            "data": values(frame), "width": width - 90, "height": {"step": 20},
            "layer": [
                {"mark": {"type": "bar"}, "encoding": {"y": y, "x": x, "color": color}},
                {"mark": {"type": "tick", "color": "#1d2429", "thickness": 2}, "encoding": {
                    "y": y, "x": {"field": "anew", "type": "quantitative"}}},
            ],
        }  # fmt: skip

    says = " ".join(["Bars: the plan is kept. Marks: planned anew.", *sentences(quarter.sensitivity, words)])
    grid = hangs_on(quarter, quarter.sensitivity)
    return Chart("sensitivity", grid.heading, says, replace(grid, heading=""), spec)


def _bars(pairs: pd.DataFrame) -> pd.DataFrame:
    """One bar per side that can be drawn."""
    sides = [
        pairs[["label", f"kept_{side}", f"best_{side}"]].set_axis(["label", "kept", "anew"], axis=1).assign(of=of)
        for side, of in (("lower", "input lower"), ("higher", "input higher"))
    ]
    return pd.concat(sides).dropna(subset=["kept"])
