"""The plan in a few numbers and sentences: headline, moves, tight places, unspent money, assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.intake.capacity import backlog_notes
from optimizer.model.change_cost import cost_of_moves
from optimizer.plan import reasons
from optimizer.plan.held_back import HeldBack
from optimizer.plan.outcome import Outcome
from optimizer.plan.reasons import Evidence
from optimizer.plan.relief import Relief
from optimizer.plan.tables import extrapolated
from optimizer.plan.words import Words, count
from optimizer.scenario.bounds import FLIGHT
from optimizer.scenario.definition import Objective
from optimizer.scenario.gates import BACKLOG, BLACKOUT, GO_LIVE, HELD, NOT_READY, PILOT, STALE, TIER
from optimizer.scenario.match import Floats

MOVES = 10
_CENT = 0.005


def totals(outcome: Outcome) -> dict[str, float]:
    """Totals: spend, leads, hours bought, bookings, visits, gross, value, what moves cost, and follow-on visits.

    Bookings and visits are those of new patients; gross and value count follow-on visits too. Leaked are the follow-on
    visits that find no slot. What moves cost is no part of the value.
    """
    return {
        "spend": outcome.total_spend,
        "leads": float(outcome.arriving.sum()),
        "late": float(outcome.late.sum()),
        "lost": float(outcome.lost.sum()),
        "overflow_hours": float(outcome.overflow.sum()),
        "overflow_cost": outcome.overflow_cost,
        "bookings": float(outcome.booked.sum()),
        "visits": float(outcome.visits.sum()),
        "gross": outcome.gross,
        "value": outcome.value,
        "change_cost": cost_of_moves(outcome.facts, outcome.spend),
        "follow_on_visits": float(outcome.follow_on.served.sum()),
        "follow_on_value": float(outcome.follow_on.value.sum()),
        "leaked_visits": float(outcome.follow_on.lost.sum()),
        "leaked_value": float(outcome.follow_on.lost_value.sum()),
    }


def summarise(
    evidence: Evidence,
    codes: npt.NDArray[np.str_],
    made: Mapping[str, pd.DataFrame],
    relief: Sequence[Relief],
    held: Sequence[HeldBack],
) -> dict[str, object]:
    """Everything that the first screen says, as plain values.

    Args:
        evidence: The plan, today, and the prices behind the reasons.
        codes: (I, T) reason of each campaign and week.
        made: The plan's tables.
        relief: Gains of more room at tight places.
        held: What the gates hold back.
    """
    facts = evidence.plan.facts
    definition = facts.definition
    plan, today = totals(evidence.plan), totals(evidence.today)
    return {
        "scenario": definition.name,
        "title": definition.title,
        "synthetic": definition.synthetic,
        "currency": definition.currency,
        "objective": definition.objective.value,
        "as_of": definition.as_of.isoformat(),
        "first_week": str(facts.weeks[0]),
        "weeks": facts.planned,
        "budget": definition.budget.total,
        "plan": plan,
        "today": today,
        "change": {name: plan[name] - today[name] for name in plan},
        "channels_differ": bool(evidence.plan.channel_discount.any() or evidence.today.channel_discount.any()),
        "under_way": _under_way(evidence.plan, made["plan"]),
        "moves": _moves(evidence, made["plan"], codes),
        "tight": [{**asdict(item), "weeks": list(item.weeks)} for item in relief],
        "held_back": [asdict(item) for item in held],
        "limits": _limits(made["limits"]),
        "unspent": _unspent(evidence, codes),
        "extrapolated_spend": round(float(extrapolated(evidence.plan).sum()), 2),
        "reasons": {str(code): int((codes == code).sum()) for code in np.unique(codes)},
        "notes": [*facts.notes, *backlog_notes(facts, evidence.plan.setting.intake)],
    }


def _under_way(plan: Outcome, campaign: pd.DataFrame) -> dict[str, float]:
    """Bookings and visits of leads and patients who were there before the plan's first dollar."""
    return {
        "bookings": float(plan.booked.sum() - campaign["bookings"].sum()),
        "visits": float(plan.visits.sum() - campaign["visits"].sum()),
    }


def _moves(evidence: Evidence, campaign: pd.DataFrame, codes: npt.NDArray[np.str_]) -> list[dict[str, object]]:
    """The campaigns whose spend over the plan changes most, with the reason that stands for most of the change."""
    plan, today = evidence.plan, evidence.today
    change = (plan.spend - today.spend).sum(axis=1)
    order = [int(row) for row in np.argsort(-np.abs(change), kind="stable")[:MOVES] if abs(change[row]) >= _CENT]
    weeks = reasons.main_weeks(codes[order], (plan.spend - today.spend)[order])
    sentences = campaign["reason"].to_numpy().reshape(codes.shape)
    labels = plan.facts.campaigns
    return [
        {
            **{name: str(labels[name].iloc[row]) for name in ("campaign", "location", "service_line", "channel")},
            "current_spend": round(float(today.spend[row].sum()), 2),
            "recommended_spend": round(float(plan.spend[row].sum()), 2),
            "change": round(float(change[row]), 2),
            "reason_code": str(codes[row, week]),
            "reason": str(sentences[row, week]).split(": ", 1)[1],
            "week": str(plan.facts.weeks[week]),
        }
        for row, week in zip(order, weeks, strict=True)
    ]


def _limits(table: pd.DataFrame) -> list[dict[str, object]]:
    """Each side of each named limit: the window in which it is tightest, and what all windows fall short by."""
    found = []
    for (name, side), rows in table.groupby(["name", "side"], sort=False):
        over = (rows["achieved"] - rows["asked"]).to_numpy() * (1 if side == "max" else -1)
        tightest = rows.iloc[int(np.argmax(np.nan_to_num(over, nan=-np.inf)))]
        reached = float(tightest["achieved"])
        found.append({
            "name": str(name),
            "quantity": str(tightest["quantity"]),
            "side": str(side),
            "weeks": str(tightest["weeks"]),
            "windows": len(rows),
            "asked": float(tightest["asked"]),
            "reached": None if np.isnan(reached) else reached,
            "may_be_missed": bool(rows["price_cap"].notna().any()),
            "short_by": float(rows["shortfall"].sum()),
            "penalty": float(rows["penalty"].sum()),
        })  # fmt: skip
    return found


_STOPS = {
    reasons.WORTH: "their next {money} would bring no more than it costs",
    reasons.SLOTS: "their clinic has no open slots left for more patients",
    reasons.RESOURCE: "a machine, room or provider that they share has no minutes left",
    reasons.INTAKE: "their intake team cannot answer more leads in time",
    reasons.CHANGE_UP: "the weekly change limit lets them rise no faster",
    reasons.CEILING: "they are at their own ceiling",
    reasons.CURVE_END: "their curve is known no further",
    reasons.LIMIT: "a named limit stops them",
    reasons.BUDGET: "the budget of the week or month is used up",
    reasons.MINIMUM: "they would have to run at their min_if_active or are at it",
    reasons.UNCHANGED: "no more campaigns may change",
    FLIGHT: "they do not run that week",
    NOT_READY: "they are not ready",
    BLACKOUT: "they are in a blackout",
    GO_LIVE: "their clinic is below its go-live threshold",
    BACKLOG: "their intake team has a backlog",
    TIER: "the wait at their clinic caps them",
    STALE: "old figures hold them as they are today",
    HELD: "they are held as they are today",
    PILOT: "their pilot is capped",
}
"""What stops campaigns from taking unspent money."""


def _unspent(evidence: Evidence, codes: npt.NDArray[np.str_]) -> dict[str, object]:
    """Money left of the budget, and what kept every campaign from taking it."""
    plan, words = evidence.plan, evidence.words
    left = round(plan.facts.definition.budget.total - plan.total_spend, 2)
    if left < _CENT:
        return {"amount": 0.0, "reason": "the whole budget is planned"}
    if plan.facts.definition.objective is Objective.MIN_SPEND:
        return {"amount": left, "reason": "the goals are reached without it"}
    stops = {code: int((codes == code).sum()) for code in _STOPS if (codes == code).any()}
    listed = sorted(stops, key=lambda code: -stops[code])[:4]
    parts = [f"in {count(stops[code])} {_STOPS[code].format(money=words.next_money)}" for code in listed]
    best = _best_return(evidence.next_dollar.lead_return, codes, words)
    weeks = f"of {count(codes.size)} campaign weeks, " + ", ".join(parts)
    return {"amount": left, "reason": f"no campaign can use more of it at a gain: {weeks}{best}"}


def _best_return(lead_return: Floats, codes: npt.NDArray[np.str_], words: Words) -> str:
    """The best return among campaigns that only their own worth stops."""
    free = codes == reasons.WORTH
    if not free.any():
        return ""
    return f"; the best next {words.next_money} there would bring {words.return_of(float(lead_return[free].max()))}"
