"""The review of past weeks on a terminal: four questions, each answered with the number that matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from optimizer.plan.words import Words, count, day, percent, signed, weeks_in_words
from optimizer.scenario.definition import Objective
from optimizer.weekly.lead_errors import OFTEN
from optimizer.weekly.review import Review
from optimizer.weekly.stages import BEFORE_THE_LEAD, STAGES, STEPS

INSIDE = "For the house: counts below 11 are shown here and in the JSON."
_SHOWN = 5
_HALF = 0.5
"""People, slots or days below which there are none: half of one."""
_STALLS = ("valid", "contacted", "qualified", "late", "booked")
_RULES: Mapping[str, str] = {
    "blackout": "blackouts",
    "not_ready": "rules of readiness",
    "go_live": "go-live thresholds",
    "backlog": "an intake backlog",
    "tier": "long waits (tiers)",
    "stale": "old figures",
    "held": "holds",
    "pilot": "pilots",
}
_FLAGS: Mapping[str, str] = {
    "eligibility_changed": "that who is eligible has changed",
    "claims_review": "that new claims need a review",
    "scheduling_conflict": "that scheduling rules contradict the message",
}


def review_screen(found: Review) -> RenderableType:
    """The whole review."""
    made_up = "  Made-up data for demonstration." if found.synthetic else ""
    title = f"{found.scenario}: what came of {len(found.weeks)} weeks, {weeks_in_words(list(found.weeks))}{made_up}"
    parts: list[RenderableType] = [Text(title.replace("1 weeks", "1 week"), style="bold"), Text("")]
    parts += [_accuracy(found.accuracy), *_lines("", errors(found))]
    for heading, asked in HEADINGS.items():
        parts += [Text(heading, style="bold")]
        parts += [_stages(found.stages)] if asked is stalled and len(found.stages) else []
        parts += _lines("", asked(found))
    parts += [*_lines("Key figures", kpis(found)), *_lines("To recalibrate", recalibrate(found))]
    parts += _lines("Not told", found.untold)
    return Group(*parts, Text(INSIDE, style="dim"))


def _lines(heading: str, sentences: Iterable[str]) -> list[RenderableType]:
    listed = list(sentences)
    head = [Text(heading, style="bold")] if heading and listed else []
    return [*head, *(Text(f"  - {sentence}") for sentence in listed), *([Text("")] if listed else [])]


def _accuracy(table: pd.DataFrame) -> RenderableType:
    grid = _grid("Forecast of leads", "Mean error", "Bias")
    for row in table.to_dict("records"):
        off, bias = (_or_dash(lambda number: f"{number:+.2f}".lstrip("+"), row["mean_error"]), row["bias"])
        grid.add_row(Text(str(row["title"])), off, _or_dash(lambda number: f"{number:+.2f}", bias))
    return grid


def _or_dash(written: Callable[[float], str], number: float) -> str:
    return "-" if np.isnan(number) else written(number)


def _stages(table: pd.DataFrame) -> RenderableType:
    grid = _grid("Stage", "Forecast", "Counted", "Difference")
    for stage, title in STAGES.items():
        told = table[table[f"counted_{stage}"].notna()]
        forecast, counted = float(told[stage].sum()), float(told[f"counted_{stage}"].sum())
        numbers = (count(forecast), count(counted), signed(count, counted - forecast)) if len(told) else ("-", "-", "-")
        grid.add_row(Text(title), *numbers)
    return grid


def errors(found: Review) -> Iterable[str]:
    """How far off the forecasts were, and how many campaigns missed beyond chance."""
    weeks = int(found.accuracy["campaign_weeks"].iloc[0])
    if not weeks:
        yield "No campaign week is known to every forecast, so they cannot be compared."
    else:
        best = found.accuracy.sort_values("mean_error", kind="stable").iloc[0]
        yield (
            f"Leads per campaign and week, over {weeks:,} campaign weeks; bias above 0 is too many. Least off:"
            f" {str(best['title'])[:1].lower()}{str(best['title'])[1:]}."
        )
    told = found.errors.dropna(subset=["beyond"])
    if len(told):
        fewer, more = int((told["beyond"] < 0).sum()), int((told["beyond"] > 0).sum())
        yield (
            f"Beyond chance (1 in 100): {fewer + more} of {len(told):,} campaign weeks, {fewer} with fewer leads than"
            f" the curve says, {more} with more."
        )


def stalled(found: Review) -> Iterable[str]:
    """The stage with the greatest loss, and where most of it is."""
    if found.stages.empty:
        yield "The funnel was not counted, so nobody knows where leads stalled."
        return
    lost = {step: float(found.stages[f"change_{step}"].sum()) for step in _STALLS}
    worst = min(lost, key=lambda step: lost[step])
    if lost[worst] > -_HALF:
        yield "At no stage fewer leads went on than forecast."
        return
    keys = ["service_line", "channel", "location"]
    by_place = found.stages.groupby(keys)[f"change_{worst}"].sum().sort_values(kind="stable").reset_index()
    first = by_place.iloc[0]
    place = ", ".join(first[name] for name in keys if first[name])
    yield (
        f"The greatest loss is at {STEPS[worst]}: {count(-lost[worst])} requests fewer than forecast, most at {place}"
        f" ({count(-float(first[f'change_{worst}']))})."
    )


def capacity_matched(found: Review) -> Iterable[str]:
    """Slots, bookings and waits as planned and as they turned out."""
    told = found.access.dropna(subset=["slots_now"])
    if told.empty:
        yield "No feed told slots again the week after, so nobody knows whether they were there."
        return
    planned, now = float(told["slots_planned"].sum()), float(told["slots_now"].sum())
    short = (told["slots_now"] - told["slots_planned"]).groupby(_place(told)).sum()
    most = f", most at {short.idxmin()} ({count(-float(short.min()))} fewer)" if short.min() <= -_HALF else ""
    yield (
        f"{count(planned)} new-patient slots were planned with for the next week; {count(now)} were there when it"
        f" began{most}."
    )
    asked, booked = float(told["bookings_planned"].sum()), float(told["bookings_now"].sum())
    yield (
        f"The plans had {count(asked)} bookings of patients who asked in these weeks for later ones; booked slots rose"
        f" by {count(booked)} beyond what other patients were expected to take."
    )
    yield from _waits(told)
    if len(told) < len(found.access):
        yield f"{len(found.access) - len(told)} of {len(found.access)} figures of clinics and lines are not newer."


def _waits(told: pd.DataFrame) -> Iterable[str]:
    waits = told.dropna(subset=["wait_now"])
    longer = waits[waits["wait_now"] >= waits["wait_planned"].fillna(np.inf) + _HALF]
    if waits.empty:
        yield "Days to the third next open slot were not told."
    elif longer.empty:
        yield "Nowhere the third next open slot lies farther off than the plan had its patients wait."
    else:
        worst = longer.iloc[int((longer["wait_now"] - longer["wait_planned"]).to_numpy(float).argmax())]
        yield (
            f"In {len(longer)} of {len(waits)} cases the third next open slot lay farther off than the plan had its"
            f" patients wait; farthest at {worst['location']} {worst['service_line']}, {count(worst['wait_now'])} days"
            f" against {count(worst['wait_planned'])}, after the week of {day(str(worst['week']))}."
        )


def _place(table: pd.DataFrame) -> pd.Series:
    return table["location"] + " " + table["service_line"]


def media_or_intake(found: Review) -> Iterable[str]:
    """Whether requests were lost before the lead or after it."""
    told = found.errors.dropna(subset=["at_spend", "leads"])
    if told.empty:
        yield "Spend and leads were not told, so nobody knows what the money brought."
    else:
        at_budget, at_spend, came = (float(told[name].sum()) for name in ("expected", "at_spend", "leads"))
        yield (
            f"The budgets should have brought {count(at_budget)} leads, what was spent {count(at_spend)};"
            f" {count(came)} came."
        )
    if found.stages.empty:
        return
    changes = {step: float(found.stages[f"change_{step}"].sum()) for step in STEPS}
    before = sum(changes[step] for step in BEFORE_THE_LEAD)
    after = sum(changes.values()) - before
    side = "before the lead" if before < after else "after it, at intake"
    verdict = f"The greater loss is {side}." if min(before, after) < -_HALF else "Neither side lost any."
    listed = "; ".join(f"{STEPS[step]} {signed(count, changes[step])}" for step in STEPS)
    yield (
        f"Requests against the forecast: {signed(count, before)} before the lead, {signed(count, after)} after it."
        f" {verdict} Step by step: {listed}."
    )


def rules_worked(found: Review) -> Iterable[str]:
    """What gates closed, capped or held, what that cost by the runs' own word, and who spent all the same."""
    words = Words(found.currency, Objective(found.objective))
    if found.rules.empty:
        yield "No rule limited a campaign, and no flag was open."
    for code, rows in found.rules.groupby("code", sort=True):
        last, weeks = rows.iloc[-1], weeks_in_words(sorted(rows["week"]))
        many = _from_to(rows["campaigns"])
        if code in _FLAGS:
            yield f"The flag {_FLAGS[str(code)]} was open on {many} {weeks}; it closes nothing by itself."
            continue
        gain = "the run did not work out what they would have brought"
        if not np.isnan(last["without"]):
            gain = (
                f"by the run of {day(str(last['week']))}, its plan of {last['plan_weeks']} weeks would gain about"
                f" {words.value(last['without'])} without"
            )
        verb = "was" if many == _ONE else "were"
        yield f"{many[:1].upper()}{many[1:]} {verb} limited by {_RULES[str(code)]} {weeks}; {gain}."
        if rows["closed_spending"].sum():
            yield (
                f"Campaign weeks that {_RULES[str(code)]} closed and that spent all the same:"
                f" {int(rows['closed_spending'].sum())}, {words.money(float(rows['closed_spent'].sum()))} in all."
            )


_ONE = "1 campaign"


def _from_to(numbers: pd.Series) -> str:
    least, most = int(numbers.min()), int(numbers.max())
    return f"{most} campaign{'s' if most != 1 else ''}" if least == most else f"{least} to {most} campaigns"


HEADINGS: Mapping[str, Callable[[Review], Iterable[str]]] = {
    "Where leads stalled": stalled,
    "Did capacity match the plan": capacity_matched,
    "Media and landing page, or intake": media_or_intake,
    "What rules did": rules_worked,
}
"""The four questions of a review."""


def kpis(found: Review) -> Iterable[str]:
    """The key figures with what they are made of."""
    for row in found.kpis.to_dict("records"):
        share = "not told" if np.isnan(row["share"]) else percent(row["share"])
        yield f"{row['title']}: {share} ({count(row['counted'])} of {count(row['of'])})"


def recalibrate(found: Review) -> Iterable[str]:
    """Curves and rates that no longer hold, with the command that learns them again."""
    if len(found.curves):
        listed = _listed(
            f"{row['campaign']} ({count(row['leads'])} leads, {count(row['expected'])} by its curve)"
            for row in found.curves.to_dict("records")
        )
        yield f"Curves off beyond chance in {OFTEN} weeks or more, {len(found.curves)}: {listed}."
        yield "Add these weeks to the history, then: optimizer calibrate HISTORY --channels channels.csv --out FOLDER"
    if len(found.rates):
        listed = _listed(
            f"{row['rate']} of {', '.join(row[name] for name in ('service_line', 'channel', 'location') if row[name])}"
            f" ({percent(row['counted'])} of {count(row['tried'])}, used {percent(row['used'])})"
            for row in found.rates.to_dict("records")
        )
        yield f"Rates off beyond chance, {len(found.rates)}: {listed}."
        yield "Collect the counts of these weeks, then: optimizer calibrate --funnel COUNTS --out FOLDER"
    if found.curves.empty and found.rates.empty:
        yield "Nothing: no curve and no rate is off beyond chance."


def _listed(texts: Iterable[str]) -> str:
    listed = list(texts)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def review_facts(found: Review) -> dict[str, object]:
    """The review as plain values, with its sentences."""
    facts = {field.name: _plain(getattr(found, field.name)) for field in fields(found)}
    said = {heading: list(asked(found)) for heading, asked in HEADINGS.items()}
    return {**facts, "said": said, "recalibrate": list(recalibrate(found)), "internal": INSIDE}


def _plain(value: object) -> object:
    if isinstance(value, pd.DataFrame):
        rows = value.astype(object).where(value.notna(), None).to_dict("records")
        return [{str(name): cell for name, cell in row.items()} for row in rows]
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _grid(*headers: str) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, header in enumerate(headers):
        grid.add_column(Text(header), justify="right" if position else "left", no_wrap=bool(position))
    return grid
