"""Why: what binds a campaign, clinic, team, resource, limit, budget or gate, who pulls on it, and what would change it.

Every answer is made of the tables and the summary of one run, and of nothing else, so it tells what the run shows
everywhere. A price is what the first further unit adds; further units add as much or less, never more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.plan.subjects import BUDGET, LIMIT, PLAN, RESOURCE, RULE, TEAM, UNIT, Subject
from optimizer.plan.words import Words
from optimizer.plan.would import would_change
from optimizer.scenario.definition import Objective
from optimizer.scenario.match import did_you_mean

MOST_NAMED = 8
"""Campaigns that are named where more pull on something."""
_SMALL = 1e-6
"""Prices below this are rounding."""
_CENT = 0.005


@dataclass(frozen=True)
class Binding:
    """One row of a limit: a week of a clinic, team or resource, or a window of a named limit or budget.

    Attributes:
        when: Week, or window in words.
        limit: What there is, or what is asked.
        used: What the plan uses or reaches.
        price: What one more unit adds; of a least that is asked for, one more unit of it, at most zero.
    """

    when: str
    limit: float
    used: float
    price: float

    @property
    def left(self) -> float:
        """What is left."""
        return self.limit - self.used


@dataclass(frozen=True)
class Pull:
    """A campaign that would use more of something.

    Attributes:
        campaign: Its name.
        weeks: Weeks in which it is stopped there.
        returns: The most that its next unit of money brings in one of them, before it is paid for.
    """

    campaign: str
    weeks: tuple[str, ...]
    returns: float


@dataclass(frozen=True)
class Answer:
    """Why.

    Attributes:
        subject: What was asked about.
        unit: Unit of its limits.
        bindings: Rows that bind, in order; all others have room.
        rows: How many rows there are.
        gain: What one more unit in every week adds, found by planning again; ``None`` where that was not done.
        pulls: Campaigns that it stops, the greatest return first.
        would_change: What would change it, in sentences.
        facts: Whatever else is told, as plain values.
    """

    subject: Subject
    unit: str
    bindings: tuple[Binding, ...]
    rows: int
    gain: float | None
    pulls: tuple[Pull, ...]
    would_change: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


def words_of(run: Run) -> Words:
    """How a run's numbers are written."""
    return Words(str(run.summary["currency"]), Objective(str(run.summary["objective"])))


def answer(run: Run, asked: Subject) -> Answer:
    """Why a clinic, team, resource, limit, budget, gate or the whole plan is as it is; campaigns are told by week.

    Args:
        run: The run.
        asked: What is asked about; no campaign.
    """
    return _ANSWERS[asked.kind](run, asked)


@dataclass(frozen=True)
class Week:
    """A campaign's week.

    Attributes:
        row: Its row of the table ``explain``.
        room: Its row of the table ``room``.
        would_change: What would change it, in sentences; always something.
    """

    row: Mapping[str, Any]
    room: Mapping[str, Any]
    would_change: tuple[str, ...]

    @property
    def is_unchanged(self) -> bool:
        """Whether it spends what it spends today."""
        return abs(float(self.row["recommended_spend"]) - float(self.row["current_spend"])) <= _CENT


def campaign_weeks(run: Run, campaign: str, week: str | None = None) -> list[Week]:
    """Why a campaign spends what it spends, week by week or in one week.

    Raises:
        UsageError: if the run has no such campaign or week.
    """
    tables = [run.table(name) for name in ("explain", "room")]
    rows, rooms = (_records(table[table["campaign"] == campaign]) for table in tables)
    if not rows:
        raise UsageError(
            f"no campaign '{campaign}' in this run; {did_you_mean(campaign, sorted(set(tables[0]['campaign'])))}"
        )
    weeks = [str(row["week"]) for row in rows]
    if week is not None and week not in weeks:
        raise UsageError(f"no week '{week}' in this run; {did_you_mean(week, weeks)}")
    words = words_of(run)
    by_week = {str(room["week"]): room for room in rooms}
    return [
        Week(row, by_week[str(row["week"])], tuple(would_change(row, by_week[str(row["week"])], words)))
        for row in rows
        if week in (None, row["week"])
    ]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


# Clinics, teams and resources: a limit in every week


def _unit(run: Run, asked: Subject) -> Answer:
    table = run.table("capacity")
    mine = table[(table["location"] + " " + table["service_line"]) == asked.name]
    tight = (mine["price"] > _SMALL) | ((mine["open_slots_left"] < 0.05) & (mine["open_slots"] > 0))
    more = "open slot"
    return _weekly(run, asked, more, mine, ("open_slots", "slots_used"), tight, {"routed": _routed(run, asked.name)})


def _routed(run: Run, name: str) -> dict[str, float]:
    """Bookings of patients who asked for another clinic and are seen here, by that clinic."""
    table = run.table("bookings")
    here = (table["seen_at"] + " " + table["service_line"] == name) & (table["location"] != table["seen_at"])
    return {str(place): float(count) for place, count in table[here].groupby("location")["booked"].sum().items()}


def _team(run: Run, asked: Subject) -> Answer:
    table = run.table("intake")
    mine = table[table["intake_team"] == asked.name]
    lost = {name: float(mine[name].sum()) for name in ("late", "lost", "overflow_hours")}
    tight = (mine["price"] > _SMALL) | (mine["hours_in_time"] - mine["hours_used_in_time"] < 0.05)
    return _weekly(run, asked, "answering hour", mine, ("hours_in_time", "hours_used_in_time"), tight, lost)


def _resource(run: Run, asked: Subject) -> Answer:
    table = run.table("resources")
    mine = table[table["resource"] == asked.name].copy()
    mine["left"] = np.maximum(mine["minutes_available"] - mine["minutes_baseline"], 0.0)
    tight = (mine["price"] > _SMALL) | (mine["left"] - mine["minutes_used"] < 0.05)
    return _weekly(run, asked, "minute", mine, ("left", "minutes_used"), tight, {})


def _weekly(
    run: Run,
    asked: Subject,
    unit: str,
    rows: pd.DataFrame,
    columns: tuple[str, str],
    tight: pd.Series,
    facts: Mapping[str, Any],
) -> Answer:
    """An answer from a table with a limit, a use and a price for every week."""
    limit, used = columns
    bindings = tuple(
        Binding(str(row["week"]), float(row[limit]), float(row[used]), float(row["price"]))
        for _, row in rows[tight].iterrows()
    )
    gain = next((float(place["gain"]) for place in run.summary["tight"] if place["place"] == asked.name), None)  # type: ignore[attr-defined]
    pulls = _pulls(run, asked.name)
    would = _would_of_weeks(words_of(run), unit, bindings, gain, pulls, asked.name)
    return Answer(asked, unit, bindings, len(rows), gain, pulls, would, {"in_all": float(rows[limit].sum()), **facts})


def _would_of_weeks(
    words: Words, unit: str, bindings: Sequence[Binding], gain: float | None, pulls: Sequence[Pull], name: str
) -> tuple[str, ...]:
    priced = [binding for binding in bindings if binding.price > _SMALL]
    if not priced:
        return (f"More would add nothing: no campaign of this plan gains by one more {unit} at {name}.",)
    best = max(priced, key=lambda binding: binding.price)
    said = [f"One more {unit} in the week of {best.when} would add at most {words.value(best.price)} to the plan."]
    if gain is not None:
        more = "One more hour" if unit == "minute" else f"One more {unit}"
        said.append(f"{more} in every week would add {words.value(gain)}; the plan was made again with it.")
    if pulls:
        said.append(f"It is what stops {_names(pulls)}.")
    return tuple(said)


def _names(pulls: Sequence[Pull]) -> str:
    names = [pull.campaign for pull in pulls[:3]]
    rest = len(pulls) - len(names)
    return " and ".join([", ".join(names), *([f"{rest} more"] if rest else [])])


def _pulls(run: Run, name: str, weeks: str = "") -> tuple[Pull, ...]:
    """Campaigns whose weeks are stopped by something, the greatest return first.

    Args:
        run: The run.
        name: What stops them.
        weeks: How the names of the weeks begin that count: a Monday, or a month; all weeks if blank.
    """
    room = run.table("room")
    here = (room["stopped_by"] == name) & room["week"].str.startswith(weeks)
    if not here.any():
        return ()
    explain = run.table("explain").set_index(["campaign", "week"])
    split = explain.loc[pd.MultiIndex.from_frame(room.loc[here, ["campaign", "week"]])]
    returns = _returns(split).rename("returns").reset_index()
    found = [
        Pull(str(campaign), tuple(rows["week"]), float(rows["returns"].max()))
        for campaign, rows in returns.groupby("campaign")
    ]
    return tuple(sorted(found, key=lambda pull: (-pull.returns, pull.campaign)))


def _returns(split: pd.DataFrame) -> pd.Series:
    """What the next unit of money brings after slots, minutes and intake, before it is paid for."""
    return split["visit_value"] - split["slot_price"] - split["resource_price"] - split["intake_price"]


# Named limits, budgets, gates and the plan


def _limit(run: Run, asked: Subject) -> Answer:
    table = run.table("limits")
    mine = table[table["name"] == asked.name]
    first = mine.iloc[0]
    bindings = tuple(
        Binding(str(row["weeks"]), float(row["asked"]), float(row["achieved"]), float(row["price"]))
        for _, row in mine[mine["price"].abs() > _SMALL].iterrows()
    )
    pulls, words = _pulls(run, asked.name), words_of(run)
    would = [_would_of_side(words, row) for _, row in mine[mine["price"].abs() > _SMALL].iterrows()]
    if pulls:
        least = first["side"] == "min" and first["quantity"] != "ltv_to_cac"
        would.append(f"It is what {'holds up' if least else 'stops'} {_names(pulls)}.")
    if not would:
        would = ["Nothing of the plan changes if it moves a little: it does not bind."]
    facts = {
        "sides": [_plain(row) for _, row in mine.iterrows()],
        "owner": str(first["owner"]),
        "reason": str(first["reason"]),
        "source": str(first["source"]),
    }
    return Answer(asked, str(first["quantity"]), bindings, len(mine), None, pulls, tuple(would), facts)


def _plain(row: pd.Series) -> dict[str, object]:
    return {
        name: (None if isinstance(row[name], float) and np.isnan(row[name]) else row[name])
        for name in ("side", "weeks", "asked", "achieved", "shortfall", "price_cap", "penalty", "price")
    }


def _would_of_side(words: Words, row: pd.Series) -> str:
    """What the first unit of a side is worth; of a ratio, the first unit of money of room."""
    price, when = float(row["price"]), str(row["weeks"])
    over = "" if when == "all covered weeks" else f" in {when}"
    if row["quantity"] in ("spend_share", "cac", "ltv_to_cac"):
        return (
            f"Each {words.money(1)} of room beyond its {row['side']}{over} would add at most {words.value(abs(price))}."
        )
    one = words.money(1) if row["quantity"] == "spend" else f"one {str(row['quantity']).removesuffix('s')}"
    which = "higher" if price > 0 else "lower"
    return f"A {row['side']} that is {which} by {one}{over} would add at most {words.value(abs(price))}."


def _budget(run: Run, asked: Subject) -> Answer:
    table = run.table("prices")
    periods = table[table["family"] == "budget_period"]
    rows = periods[periods["row"] == asked.name] if asked.name else table[table["family"] == "budget_total"]
    mine = rows if asked.name else pd.concat([rows, periods[periods["price"] > _SMALL]])
    bindings = tuple(
        Binding(str(row["row"]), float(row["limit"]), float(row["used"]), float(row["price"]))
        for _, row in mine.iterrows()
    )
    words, pulls = words_of(run), _pulls(run, "budget", asked.name.split(" ")[-1])
    tight = [binding for binding in bindings if binding.price > _SMALL]
    would = [
        f"One more {words.next_money} of the {_period(binding.when)} adds at most {words.return_of(binding.price)}."
        for binding in tight
    ] or ["More budget would add nothing."]
    if tight and pulls:
        would.append(f"It is what stops {_names(pulls)}.")
    facts = {} if asked.name else unspent(run)
    return Answer(asked, "money", bindings, len(mine), None, pulls, tuple(would), facts)


def _period(row: str) -> str:
    return "budget" if row == "total" else f"budget of the {row}"


def unspent(run: Run) -> dict[str, Any]:
    """What of the budget is left, where more money could go, and what stops each part of it.

    Returns:
        amount (left of the budget), room (all that campaigns could take up to the ends of their curves), and stops: for
        each reason its code, money and campaign weeks, most money first; they add up to the room.
    """
    table = run.table("room")
    below = table.assign(code=table["reason_code"], money=table["room"])
    above = table.assign(code=table["held_by"], money=table["held_room"])
    both = pd.concat([below[["code", "money"]], above[["code", "money"]]])
    both = both[both["money"] > _CENT]
    summed = both.groupby("code")["money"].agg(["sum", "size"]).sort_values("sum", ascending=False, kind="stable")
    stops = [
        {"code": str(code), "money": round(float(row["sum"]), 2), "weeks": int(row["size"])}
        for code, row in summed.iterrows()
    ]
    left = float(run.summary["unspent"]["amount"])  # type: ignore[index]
    return {"amount": left, "room": round(float(both["money"].sum()), 2), "stops": stops}


def _rule(run: Run, asked: Subject) -> Answer:
    table = run.table("gates")
    mine = table[table["code"] == asked.name]
    held = [entry for entry in run.summary["held_back"] if entry["code"] == asked.name]  # type: ignore[attr-defined]
    blocked = held[0]["blocked"] if held else None
    words = words_of(run)
    if not len(mine):
        would: tuple[str, ...] = (f"The rule '{asked.name}' limits no campaign of this plan.",)
    elif blocked is None:
        would = ("What the plan would gain without it was not worked out: plan a what-if without the rule.",)
    else:
        gain = f"about {words.value(blocked)}" if blocked > _CENT else "nothing"
        would = (f"Without it the plan would gain {gain}.",)
    facts = {
        "campaigns": [
            {
                "campaign": str(campaign),
                "weeks": list(rows["week"]),
                "money_held": round(float((rows["ceiling_before"] - rows["ceiling_after"]).sum()), 2),
                "reason": str(rows["reason"].iloc[0]),
                "source": str(rows["source"].iloc[0]),
            }
            for campaign, rows in mine.groupby("campaign")
        ],
        "blocked": blocked,
    }
    return Answer(asked, "money", (), len(mine), None, (), would, facts)


def _plan(run: Run, asked: Subject) -> Answer:
    """The whole plan: what changes, and why what stays stays."""
    explain = run.table("explain")
    moved = (explain["recommended_spend"] - explain["current_spend"]).abs() > _CENT
    stays = explain[~moved]
    why = stays["reason_code"].value_counts()
    facts = {
        "campaign_weeks": len(explain),
        "changed": int(moved.sum()),
        "unchanged": [{"code": str(code), "weeks": int(count)} for code, count in why.items()],
        **unspent(run),
    }
    return Answer(asked, "money", (), len(explain), None, (), (), facts)


_ANSWERS: Mapping[str, Callable[[Run, Subject], Answer]] = {
    UNIT: _unit,
    TEAM: _team,
    RESOURCE: _resource,
    LIMIT: _limit,
    BUDGET: _budget,
    RULE: _rule,
    PLAN: _plan,
}
