"""A quarter on its first page: plans side by side, what limits them, the next money, what they hang on, what to check.

Everything is written from the folder of the quarter, so all reports say the same in the same words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from optimizer.plan.runs import Run
from optimizer.plan.words import Words, count, signed
from optimizer.report.before_signing import before_signing
from optimizer.report.sections import Grid, Listing, Paragraph, Section, made_up, proof, sections, title, words_of
from optimizer.report.sensitivity import case_facts, sensitivity_grid, sentences
from optimizer.report.text import laid_out
from optimizer.scenario.definition import Objective
from optimizer.study.quarter_files import Budget, Quarter
from optimizer.study.variants import ALL_LINES

_PLACES = 2
"""Tight places that are named of each plan."""
_CENT = 0.005


def quarter_screen(quarter: Quarter) -> RenderableType:
    """The quarter on a terminal: single lines of the sensitivities stand in the workbook and on the page."""
    head, covers = title(quarter.base)
    return Group(
        Text(f"{head}  {made_up(quarter.base)}".rstrip(), style="bold"),
        Text(covers),
        Text(""),
        *map(laid_out, _sections(quarter, quarter.sensitivity[quarter.sensitivity["service_line"] == ALL_LINES])),
        Text(proof(quarter.base), style="dim"),
    )


def quarter_sections(quarter: Quarter) -> list[Section]:
    """The same for the page, where what the plan hangs on is drawn; then the plan at the scenario's own budget."""
    headline, *others = sections(quarter.base)
    assert isinstance(headline, Grid)
    budget = words_of(quarter.base).money(quarter.manifest["budget"])
    own = replace(headline, heading=f"The plan at the scenario's own budget, {budget}")
    return [plans(quarter), limiting(quarter), *next_money(quarter), before_signing(quarter), own, *others]


def _sections(quarter: Quarter, cases: pd.DataFrame) -> Iterator[Section]:
    yield plans(quarter)
    yield limiting(quarter)
    yield from next_money(quarter)
    yield hangs_on(quarter, cases)
    yield before_signing(quarter)


def plans(quarter: Quarter) -> Grid:
    """Today and the plan at each budget, a column each."""
    words = words_of(quarter.base)
    summary: Mapping[str, Any] = quarter.base.summary
    named = [f"Budget {words.money(budget.amount)}" for budget in quarter.budgets]
    today = _column(summary["today"], words)
    columns = [_planned(quarter, budget, words) for budget in quarter.budgets]
    labels = [*today, _against_label(quarter, words), "Not spent", _next_unit_label(words)]
    if words.objective is Objective.MIN_SPEND:
        labels = [label for label in labels if not label.startswith(("Value", "Next"))]
    rows = [(label, today.get(label, ""), *(column.get(label, "") for column in columns)) for label in labels]
    own = f"The scenario's own budget is {words.money(float(summary['budget']))}."
    return Grid("Plans side by side", ("", "Today's spend", *named), rows, " ".join([own, *_other_budgets(quarter)]))


def _column(totals: Mapping[str, float], words: Words) -> dict[str, str]:
    """Totals of one plan by their labels."""
    per_visit = totals["spend"] / totals["visits"] if totals["visits"] else 0.0
    return {
        "Spend": words.money(totals["spend"]),
        "Completed visits": count(totals["visits"]),
        "Spend per visit": words.money(per_visit),
        "Value": words.value(totals["value"]),
    }


def _planned(quarter: Quarter, budget: Budget, words: Words) -> dict[str, str]:
    if budget.run is None:
        return {"Spend": "no plan"}
    summary: Mapping[str, Any] = budget.run.summary
    base: Mapping[str, Any] = quarter.base.summary
    left = float(summary["unspent"]["amount"])
    against = summary["plan"]["value"] - base["plan"]["value"]
    return {
        **_column(summary["plan"], words),
        _against_label(quarter, words): "" if budget.run is quarter.base else signed(words.value, against),
        "Not spent": words.money(left) if left >= _CENT else "-",
        _next_unit_label(words): words.return_of(next_unit(budget.run)),
    }


def _against_label(quarter: Quarter, words: Words) -> str:
    return f"Value against {words.money(quarter.manifest['budget'])}"


def _next_unit_label(words: Words) -> str:
    return f"Next {words.next_money} adds"


def next_unit(run: Run) -> float:
    """What one more unit of the whole budget would add to a plan."""
    prices = run.table("prices")
    return float(prices.loc[prices["family"] == "budget_total", "price"].iloc[0])


def _other_budgets(quarter: Quarter) -> list[str]:
    """What must be known of plans with another budget where weeks or months have their own."""
    definition: Mapping[str, Any] = quarter.base.manifest["definition"]  # type: ignore[assignment]
    if definition["budget"]["per_week"] is None and not definition["budget"]["per_month"]:
        return []
    return ["Budgets of single weeks and months stay as they are at every budget."]


def limiting(quarter: Quarter) -> Listing:
    """What limits the plan at each budget, or what stands in the way of one."""
    words = words_of(quarter.base)
    points = [f"{words.money(budget.amount)}: {_limited_by(budget, words)}" for budget in quarter.budgets]
    return Listing("What limits them", points)


def _limited_by(budget: Budget, words: Words) -> str:
    if budget.run is None:
        return budget.refusal
    summary: Mapping[str, Any] = budget.run.summary
    left = summary["unspent"]
    money = f"{words.money(left['amount'])} is left: {left['reason']}" if left["amount"] else left["reason"]
    tight = [f"{place['place']} ({place['more']} adds {words.value(place['gain'])})" for place in summary["tight"]]
    return f"{money}. Tightest: {', '.join(tight[:_PLACES])}." if tight else f"{money}. No clinic or team is tight."


def next_money(quarter: Quarter) -> Iterator[Paragraph]:
    """What the next money would bring; nothing where no value is counted."""
    words = words_of(quarter.base)
    if words.objective is Objective.MIN_SPEND:
        return
    facts = next_money_facts(quarter)
    label = f"The next {words.money(quarter.step)}"
    if facts["value"] is None:
        yield Paragraph(label, f"no plan meets every limit at a budget of {words.money(facts['budget'])}")
        return
    spent = facts["spend"]
    if spent < _CENT:
        yield Paragraph(label, "would stay unspent: no campaign can use more at a gain within the other limits.")
        return
    only = "" if spent > quarter.step - 1 else f"; {words.money(spent)} of it would be spent"
    visits = f" and {count(facts['visits'])} visits" if words.objective is not Objective.VISITS else ""
    of_value = " of value" if words.objective.in_money else ""
    brings = f"would add about {words.value(facts['value'])}{of_value}{visits}{only}. Planned again with that budget."
    yield Paragraph(label, f"{brings}{_new_limits(facts['begins'])}")


def _new_limits(begins: Sequence[str]) -> str:
    if not begins:
        return ""
    more = f", and {len(begins) - _PLACES} more" if len(begins) > _PLACES else ""
    return f" New limits then: {', '.join(begins[:_PLACES])}{more}."


def next_money_facts(quarter: Quarter) -> dict[str, Any]:
    """The point of the frontier at the next money against the one at the scenario's budget."""
    own = float(quarter.manifest["budget"])
    here, there = (point_at(quarter, amount) for amount in (own, own + quarter.step))
    known = [str(place) for place in here["binding"].split("; ")]
    change = {name: float(there[name] - here[name]) for name in ("spend", "value", "visits")}
    return {
        "money": quarter.step,
        "budget": own + quarter.step,
        **{name: None if math.isnan(amount) else amount for name, amount in change.items()},
        "begins": [place for place in there["binding"].split("; ") if place and place not in known],
    }


def point_at(quarter: Quarter, amount: float) -> pd.Series:
    """The point of the frontier at a budget."""
    points = quarter.frontier
    return points.iloc[int((points["budget"] - amount).abs().argmin())]


def hangs_on(quarter: Quarter, cases: pd.DataFrame) -> Grid:
    """What the plan is worth in some cases of the sensitivities, and how that goes with the value told elsewhere."""
    words = words_of(quarter.base)
    grid = sensitivity_grid(cases, planned_worth(quarter.base), words)
    missed = missed_and_moves(quarter.base)
    if missed < _CENT:
        return grid
    less = f"Compared is the value less what missed goals and moves count, {words.value(missed)} of this plan."
    return replace(grid, note=f"{grid.note} {less}")


def planned_worth(run: Run) -> float:
    """Value of a run less what missed goals and moves count, by which plans are compared."""
    summary: Mapping[str, Any] = run.summary
    return float(summary["plan"]["value"]) - missed_and_moves(run)


def missed_and_moves(run: Run) -> float:
    """What missed goals and moves count against a plan; no money spent."""
    summary: Mapping[str, Any] = run.summary
    return float(sum(limit["penalty"] for limit in summary["limits"]) + summary["plan"]["change_cost"])


def quarter_facts(quarter: Quarter) -> dict[str, object]:
    """The quarter as plain values; ``None`` where there is no plan."""
    words = words_of(quarter.base)
    numbers = quarter.frontier.astype(object).where(quarter.frontier.notna(), None)
    return {
        "folder": str(quarter.folder),
        "currency": quarter.base.summary["currency"],
        "budget": quarter.manifest["budget"],
        "today": quarter.base.summary["today"],
        "budgets": [_budget_facts(budget) for budget in quarter.budgets],
        "next_money": next_money_facts(quarter),
        "frontier": numbers.to_dict("records"),
        "sensitivity": {
            "as_planned": planned_worth(quarter.base),
            "cases": case_facts(quarter.sensitivity),
            "sentences": sentences(quarter.sensitivity, words),
        },
        "before_signing": list(before_signing(quarter).points),
    }


def _budget_facts(budget: Budget) -> dict[str, object]:
    if budget.run is None:
        return {"amount": budget.amount, "run_folder": None, "refusal": budget.refusal, "plan": None}
    summary = budget.run.summary
    return {
        "amount": budget.amount,
        "run_folder": str(budget.run.folder),
        "refusal": None,
        "plan": summary["plan"],
        "unspent": summary["unspent"],
        "next_unit_of_budget": next_unit(budget.run),
        "tight": summary["tight"],
    }
