"""The charts of a run, in the order in which the page shows them. Each takes its numbers from the run folder alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from optimizer.plan.runs import Run
from optimizer.plan.words import count, day, percent, signed
from optimizer.report.page.chart import (
    FULLNESS,
    NARROW,
    PLAN,
    TODAY,
    WARM,
    Chart,
    Spec,
    grid_of,
    of_color,
    pairs,
    values,
)
from optimizer.report.page.played import Played
from optimizer.report.sections import words_of
from optimizer.response.forecast import campaign_curves
from optimizer.study.evaluation import Evaluation

_CURVES = 6
"""Campaigns whose curves are drawn: those whose money moves most."""
_POINTS = 60


def charts(run: Run, played: Played | None) -> list[Chart]:
    """Every chart of a run that there are numbers for.

    Args:
        run: The run.
        played: Today's spend and the plan played through the run's inputs; ``None`` where it has none.
    """
    of_run: Sequence[Callable[[Run], Chart | None]] = (by_line, by_channel, by_week, utilisation, intake)
    of_both: Sequence[Callable[[Run, Played], Chart | None]] = (value_change, lost_patients, curves)
    made = [chart(run) for chart in of_run]
    if played is not None:
        made += [chart(run, played) for chart in of_both]
    return [chart for chart in made if chart is not None]


def by_line(run: Run) -> Chart:
    """Spend by service line."""
    return _spend(run, "service_line", "spend_by_line", "Spend by service line, today and planned")


def by_channel(run: Run) -> Chart:
    """Spend by channel."""
    return _spend(run, "channel", "spend_by_channel", "Spend by channel, today and planned")


def _spend(run: Run, label: str, name: str, heading: str) -> Chart:
    words = words_of(run)
    sums = run.table("plan").groupby(label, sort=True)[["current_spend", "recommended_spend"]].sum()
    frame = sums.set_axis(["today", "plan"], axis=1).sort_values("plan", ascending=False, kind="stable").reset_index()
    change = frame["plan"] - frame["today"]
    rows = [
        (str(row[0]), words.money(row[1]), words.money(row[2]), signed(words.money, row[2] - row[1]))
        for row in frame.itertuples(index=False, name=None)
    ]
    most, least = int(change.argmax()), int(change.argmin())
    says = f"{frame[label][most]} gains most ({signed(words.money, change[most])})"
    if change[least] < 0:
        says += f", {frame[label][least]} gives up most ({signed(words.money, change[least])})"
    total = ("All", *(words.money(frame[side].sum()) for side in ("today", "plan")), signed(words.money, change.sum()))
    numbers = grid_of(("", "Today's spend", "Plan", "Change"), [*rows, total])
    return Chart(name, heading, f"{says}.", numbers, lambda width: pairs(frame, label, width, words.currency, "~s"))


def by_week(run: Run) -> Chart:
    """Spend by week."""
    words = words_of(run)
    sums = run.table("plan").groupby("week", sort=True)[["current_spend", "recommended_spend"]].sum()
    frame = sums.set_axis(["today", "plan"], axis=1).reset_index()
    frame["label"] = frame["week"].map(day)
    peak = frame.iloc[int(frame["plan"].argmax())]
    says = f"The plan spends most in the week of {peak['label']}, {words.money(peak['plan'])}."
    rows = [(row["label"], words.money(row["today"]), words.money(row["plan"])) for row in frame.to_dict("records")]
    long = frame.melt(["week", "label"], ["today", "plan"], var_name="of", value_name="amount")
    long["of"] = long["of"].map({"today": "Today's spend", "plan": "Plan"})

    def spec(width: int) -> Spec:
        axis = {"format": ",.0f", "grid": True, "gridColor": "#e6eaec", "tickCount": 4}
        return {
            "data": values(long), "width": width, "height": 170, "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": "label", "type": "ordinal", "sort": list(frame["label"]), "title": None,
                      "axis": {"labelAngle": 0 if width > NARROW else -45}},
                "y": {"field": "amount", "type": "quantitative", "title": f"{words.currency} a week", "axis": axis},
                "color": of_color(),
            },
        }  # fmt: skip

    return Chart("spend_by_week", "Spend by week", says, grid_of(("Week of", "Today's spend", "Plan"), rows), spec)


def utilisation(run: Run) -> Chart:
    """How full each clinic is in each planned week, other patients' bookings counted."""
    table = run.table("capacity")
    planned = set(run.table("plan")["week"])
    table = table[table["week"].isin(planned)]
    taken = table["already_booked"] + table["expected_baseline_bookings"] + table["slots_used"]
    sums = table.assign(taken=taken).groupby(["location", "week"], sort=True)[["taken", "new_patient_slots"]].sum()
    full = (sums["taken"] / sums["new_patient_slots"].where(sums["new_patient_slots"] > 0)).rename("full")
    frame = full.reset_index()
    frame["label"] = frame["week"].map(day)
    grid = full.unstack()
    mean = (sums["taken"].groupby("location").sum() / sums["new_patient_slots"].groupby("location").sum()).sort_values()
    says = (
        f"{mean.index[-1]} is fullest, {percent(float(mean.iloc[-1]))} of its new-patient slots over all weeks;"
        f" {mean.index[0]} has most room, {percent(float(mean.iloc[0]))}."
    )
    weeks = [day(str(week)) for week in grid.columns]
    rows = [
        (str(clinic), percent(float(whole)), " · ".join(
            f"{week} {'closed' if np.isnan(part) else percent(part)}" for week, part in zip(weeks, parts, strict=True)
        ))
        for clinic, whole, parts in zip(grid.index, mean.reindex(grid.index), grid.to_numpy(float), strict=True)
    ]  # fmt: skip

    def spec(width: int) -> Spec:
        return {
            "data": values(frame[["location", "label", "full"]]), "width": width, "height": {"step": 20},
            "mark": {"type": "rect", "stroke": "white"},
            "encoding": {
                "x": {"field": "label", "type": "ordinal", "sort": weeks,
                      "title": None, "axis": {"labelAngle": -45}},
                "y": {"field": "location", "type": "nominal", "sort": list(mean.index[::-1]), "title": None},
                "color": {"field": "full", "type": "quantitative", "title": "Slots taken",
                          "scale": {"domain": [0.4, 0.7, 0.85, 1], "range": list(FULLNESS), "clamp": True},
                          "legend": {"format": ".0%", "gradientLength": 160}},
            },
        }  # fmt: skip

    headers = ("Clinic", "All weeks", "By week")
    return Chart("utilisation", "How full the clinics are, week by week", says, grid_of(headers, rows), spec)


def intake(run: Run) -> Chart | None:
    """The load of the intake teams; nothing where intake is not limited."""
    table = run.table("intake")
    if table.empty:
        return None
    table = table.assign(label=table["week"].map(day), of=table["intake_team"])
    busiest = table.iloc[int(table["utilisation"].argmax())]
    lost = table[["late", "lost"]].sum()
    says = (
        f"{busiest['of']} is busiest in the week of {busiest['label']}: {percent(float(busiest['utilisation']))} of the"
        f" hours in which leads are answered in time. {count(float(lost['late']))} leads are answered late and"
        f" {count(float(lost['lost']))} never."
    )
    rows = [
        (row["of"], row["label"], count(row["hours_used_in_time"]), count(row["hours_in_time"]),
         percent(row["utilisation"]), count(row["late"]), count(row["lost"]))
        for row in table.to_dict("records")
    ]  # fmt: skip

    def spec(width: int) -> Spec:
        weeks = list(dict.fromkeys(table["label"]))
        x = {"field": "label", "type": "ordinal", "sort": weeks, "title": None, "axis": {"labelAngle": -45}}
        return {
            "data": values(table[["of", "label", "hours_used_in_time", "hours_in_time"]]),
            "facet": {"row": {"field": "of", "type": "nominal", "title": None,
                              "header": {"labelAngle": 0, "labelAlign": "left", "labelOrient": "top"}}},
            "spec": {"width": width, "height": 90, "layer": [
                {"mark": {"type": "bar", "color": PLAN}, "encoding": {
                    "x": x, "y": {"field": "hours_used_in_time", "type": "quantitative", "title": "hours"}}},
                {"mark": {"type": "tick", "color": WARM, "thickness": 3, "width": max(width // (len(weeks) + 3), 4)},
                 "encoding": {"x": x, "y": {"field": "hours_in_time", "type": "quantitative"}}},
            ]},
            "resolve": {"scale": {"y": "independent"}},
        }  # fmt: skip

    headers = ("Team", "Week of", "Hours used", "Hours that answer in time", "Used", "Late", "Never answered")
    heading = "Intake: hours that leads take (bars) of those that answer in time (marks)"
    return Chart("intake", heading, says, grid_of(headers, rows), spec)


def value_change(run: Run, played: Played) -> Chart | None:
    """From today's value to the plan's, by service line; nothing where value is not what is counted."""
    words = words_of(run)
    if not words.objective.values_patients:
        return None
    steps = _value_steps(run, played)
    frame = pd.DataFrame(steps, columns=["step", "from", "to", "kind"])
    frame["place"] = np.arange(len(frame))
    rows = [
        (step, words.value(end) if kind == "total" else signed(words.value, end - start))
        for step, start, end, kind in steps
    ]
    total = steps[-1][2] - steps[0][2]
    says = (
        f"The plan is worth {words.value(abs(total))} {'more' if total >= 0 else 'less'} than today's spend."
        f" The bars of the totals begin at {words.value(steps[0][1])}."
    )

    def spec(width: int) -> Spec:
        color = {"field": "kind", "type": "nominal", "legend": None,
                 "scale": {"domain": ["total", "up", "down"], "range": [TODAY, PLAN, WARM]}}  # fmt: skip
        return {
            "data": values(frame), "width": width, "height": {"step": 22}, "mark": "bar",
            "encoding": {
                "y": {"field": "step", "type": "nominal", "sort": {"field": "place"}, "title": None},
                "x": {"field": "from", "type": "quantitative", "title": words.currency, "scale": {"zero": False},
                      "axis": {"format": "~s", "grid": True, "gridColor": "#e6eaec", "tickCount": 4}},
                "x2": {"field": "to"}, "color": color,
            },
        }  # fmt: skip

    return Chart("value_change", "From today's value to the plan's", says, grid_of(("", "Value"), rows), spec)


def _value_steps(run: Run, played: Played) -> list[tuple[str, float, float, str]]:
    """Label, where the bar begins and ends, and what it is: the totals of the run's summary and the lines between."""
    totals = [float(run.summary[side]["value"]) for side in ("today", "plan")]  # type: ignore[index]
    worth = [_worth(side).groupby("service_line").sum() for side in (played.today, played.plan)]
    change = (worth[1] - worth[0]).sort_values(ascending=False, kind="stable")
    rest = totals[1] - totals[0] - float(change.sum())
    parts = [(str(line), float(amount)) for line, amount in change.items()]
    parts += [("under way, overflow", rest)] if round(rest) else []
    low = min(0.0, *np.cumsum([totals[0], *(amount for _, amount in parts)])) if totals[0] < 0 else None
    at, steps = totals[0], [("Today", low if low is not None else _base(totals, parts), totals[0], "total")]
    for label, amount in parts:
        steps.append((label, at, at + amount, "up" if amount >= 0 else "down"))
        at += amount
    return [*steps, ("Plan", steps[0][1], totals[1], "total")]


def _base(totals: list[float], parts: list[tuple[str, float]]) -> float:
    """Where the bars of the totals begin, so that changes can be seen beside them."""
    path = np.cumsum([totals[0], *(amount for _, amount in parts)])
    room = max(path.max() - path.min(), 1.0)
    return float(max(path.min() - room, 0.0))


def _worth(side: Evaluation) -> pd.Series:
    """What each campaign's spend is worth less the spend, indexed by service line."""
    table = side.tables["plan"]
    return pd.Series((table["value"] - table["recommended_spend"]).to_numpy(), index=table["service_line"])


_LOST = (
    ("never_ask", "leads that are not reached, do not fit or do not want an appointment"),
    ("missed_by_intake", "answered late or never, and gone"),
    ("without_slot", "no open slot within the longest wait"),
    ("declined_wait", "would not wait, or go to another clinic"),
    ("no_show", "booked, and did not come"),
)


def lost_patients(_: Run, played: Played) -> Chart:
    """Where patients are lost between the lead and the visit, today and in the plan."""
    both = [_losses(side) for side in (played.today, played.plan)]
    frame = pd.DataFrame({"why": [words for _, words in _LOST]})
    for name, losses in zip(("today", "plan"), both, strict=True):
        frame[name] = [losses[part] for part, _ in _LOST]
    rows = [(str(row["why"]), count(row["today"]), count(row["plan"])) for row in frame.to_dict("records")]
    today, plan = (count(side.totals["visits"]) for side in (played.today, played.plan))
    avoidable = [sum(losses[part] for part in ("missed_by_intake", "without_slot")) for losses in both]
    says = (
        f"For want of a slot or of an answer in time {count(avoidable[0])} patients are lost today and"
        f" {count(avoidable[1])} in the plan."
    )
    headers = ("Where patients are lost", "Today's spend", "Plan")
    short = frame.assign(why=["never ask", "answered late or never", "no open slot", "would not wait", "did not come"])
    return Chart(
        "lost_patients", "Where patients are lost", says, grid_of(headers, [*rows, ("completed visits", today, plan)]),
        lambda width: pairs(short, "why", width, "patients", ",.0f"),
    )  # fmt: skip


def _losses(side: Evaluation) -> dict[str, float]:
    """Patients lost at each stage; those waiting at the start were nobody's lead."""
    asked = side.tables["demand"]["asked"].sum() - float(side.outcome.facts.waitlist.sum())
    totals = side.totals
    return {
        **side.patients,
        "never_ask": max(totals["leads"] - float(asked), 0.0),
        "no_show": totals["bookings"] - totals["visits"],
    }


def curves(run: Run, played: Played) -> Chart:
    """Response curves of the campaigns whose money moves most, with where they run today and in the plan."""
    facts = played.plan.outcome.facts
    words = words_of(run)
    sums = run.table("plan").groupby("campaign", sort=True)[["current_spend", "recommended_spend"]].mean()
    names = list((sums["recommended_spend"] - sums["current_spend"]).abs().sort_values(ascending=False).index[:_CURVES])
    at = np.array([int(np.flatnonzero(facts.campaigns["campaign"] == name)[0]) for name in names])
    curve = campaign_curves(facts).take(at)
    operating = sums.loc[names].to_numpy(float)
    known = facts.curves["observed_max_weekly_spend"].to_numpy(float)[at]
    end = np.maximum(operating.max(axis=1), known) * 1.05
    grid = np.linspace(0.0, 1.0, _POINTS) * end[:, None]
    line = pd.DataFrame({
        "campaign": np.repeat(names, _POINTS), "spend": grid.ravel(), "leads": curve.leads(grid).ravel(),
        "beyond": (grid > known[:, None]).ravel(),
    })  # fmt: skip
    leads = curve.leads(operating)
    dots = pd.DataFrame({
        "campaign": np.repeat(names, 2), "of": ["Today's spend", "Plan"] * len(names), "spend": operating.ravel(),
        "leads": leads.ravel(),
    })  # fmt: skip
    rows = [
        (name, words.money(spend[0]), count(lead[0]), words.money(spend[1]), count(lead[1]), words.money(most))
        for name, spend, lead, most in zip(names, operating, leads, known, strict=True)
    ]

    def spec(width: int) -> Spec:
        columns = 2 if width > NARROW else 1
        x = {"field": "spend", "type": "quantitative", "title": f"{words.currency} a week",
             "axis": {"tickCount": 3, "format": ",.0f"}}  # fmt: skip
        y = {"field": "leads", "type": "quantitative", "title": "leads a week", "axis": {"tickCount": 3}}
        return {
            "data": values(pd.concat([line, dots])),
            "facet": {"field": "campaign", "type": "nominal", "title": None, "sort": names,
                      "header": {"labelLimit": width // columns}}, "columns": columns,
            "resolve": {"scale": {"x": "independent", "y": "independent"}},
            "spec": {"width": width // columns - 62, "height": 100, "layer": [
                {"transform": [{"filter": "datum.beyond === false"}], "mark": {"type": "line", "color": "#5b6770"},
                 "encoding": {"x": x, "y": y}},
                {"transform": [{"filter": "datum.beyond === true"}],
                 "mark": {"type": "line", "color": "#5b6770", "strokeDash": [3, 3]}, "encoding": {"x": x, "y": y}},
                {"transform": [{"filter": "isValid(datum.of)"}], "mark": {"type": "point", "filled": True, "size": 60},
                 "encoding": {"x": x, "y": y, "color": of_color()}},
            ]},
        }  # fmt: skip

    says = (
        "Average spend and captured leads, valid or not, of a normal week. A curve is dashed above the highest spend"
        " that it has seen; there it is a guess."
    )
    headers = ("Campaign", "Today a week", "Leads today", "Plan a week", "Leads planned", "Highest seen")
    heading = "The curves of the campaigns that move most"
    return Chart("curves", heading, says, grid_of(headers, rows), spec)
