"""A calibration and a backtest on a terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer.calibration.calibrate import CLEARLY, Backtest, Calibration
from optimizer.calibration.holdout import Scores
from optimizer.calibration.verdict import FAILED, NO_LEADS, OWN, POOLED, SHARED
from optimizer.calibration.write import calibration_facts
from optimizer.plan.words import count, percent

CAUSE = (
    "History shows what went together, not what caused it: money was often raised when patients were to be expected"
    " anyway. To know, test it: hold some regions back for a few weeks and compare their leads with the rest."
)
"""Said under every result."""
_LOOKED_AT = 12
_QUALITY = {
    OWN: ("carries its own curve", "carry their own curve"),
    SHARED: ("leans on campaigns of its kind for the bend", "lean on campaigns of their kind for the bend"),
    POOLED: ("cannot carry a curve and borrows that of its kind", "cannot carry a curve and borrow that of their kind"),
    NO_LEADS: ("has spend and not one lead", "have spend and not one lead"),
    FAILED: ("has no curve, because its fit did not come to an end", "have no curve, because their fit did not end"),
}


def calibration_summary(found: Calibration) -> dict[str, object]:
    """The first screen as plain values."""
    facts = {name: value for name, value in calibration_facts(found).items() if name != "curves"}
    return {**facts, "look_at": _look_at(found).to_dict("records"), "cause": CAUSE}


def calibration_screen(found: Calibration) -> RenderableType:
    """How many campaigns carry their own curve, how the test went, and what to look at."""
    history = found.history
    title = (
        f"{history.name}: {_many(len(history.campaigns), 'campaign')}, {len(history.weeks)} weeks from"
        f" {history.weeks[0]} to {history.weeks[-1]}"
    )
    parts: list[RenderableType] = [Text(title, style="bold"), Text("")]
    parts += [Text(line) for line in _qualities(found)]
    parts += [Text(""), Text(_form(found)), Text("")]
    if found.holdout is None:
        parts.append(Text("The history is too short to hold weeks back for a test; nobody knows how far to trust it."))
    else:
        parts.append(_test(found.holdout, "Test on the last {weeks}, by curves that had not seen them"))
    looked = _look_at(found)
    if len(looked):
        parts += [Text(""), _looked_table(looked, len(_suspects(found)))]
    return Group(*parts, Padding(Text(CAUSE, style="dim"), (1, 0, 0, 0), expand=False))


def backtest_facts(found: Backtest) -> dict[str, object]:
    """A backtest as plain values; ``None`` where no lead came."""
    scores = found.scores
    return {
        "history": found.history.name,
        "form": found.form,
        "weeks": found.weeks,
        "campaigns_without_earlier_weeks": scores.unscored,
        **{name: _or_none(scores.error(column)) for name, column in _ERRORS.items()},
        "coverage_of_90_percent_intervals": _or_none(scores.coverage),
        "by_week": [
            {"week": week, **{name: _or_none(_of_week(scores, week).error(column)) for name, column in _ERRORS.items()}}
            for week in found.weeks
        ],
        "cause": CAUSE,
    }


_ERRORS = {"error": "forecast", "error_recent_cost": "by_recent_cost", "error_flat_cost": "by_flat_cost"}


def backtest_screen(found: Backtest) -> RenderableType:
    """Errors of the forecasts, over all weeks and week by week."""
    title = (
        f"{found.history.name}: each of the last {_many(len(found.weeks), 'week')} forecast from what was known before"
    )
    table = _error_table("Week")
    for week in found.weeks:
        table.add_row(Text(week), *(Text(_error(_of_week(found.scores, week), column)) for column in _ERRORS.values()))
    return Group(
        Text(title, style="bold"),
        Text(""),
        _test(found.scores, "All {weeks} together"),
        Text(""),
        table,
        Padding(Text(CAUSE, style="dim"), (1, 0, 0, 0), expand=False),
    )


def _of_week(scores: Scores, week: str) -> Scores:
    return Scores(scores.frame[scores.frame["week"] == week], 0)


def _qualities(found: Calibration) -> list[str]:
    total = len(found.table)
    return [
        f"{many} of {_many(total, 'campaign')} {words[many > 1]}."
        for code, words in _QUALITY.items()
        if (many := found.quality(code))
    ]


def _form(found: Calibration) -> str:
    others = [evidence for form, evidence in found.forms.items() if form != found.estimate.form]
    ahead = found.forms[found.estimate.form] - max(others)
    sure = "clearly the likeliest" if ahead > CLEARLY else "which the counts hardly tell from others"
    lags = "as channels.csv gives them" if found.share_given else "estimated, see channels.csv"
    seasons = "estimated, see seasonality.csv" if found.estimate.size.shape[1] else "as given, or none"
    return f"Curves have the form {found.estimate.form}, {sure}. Lags from spend to lead: {lags}. Seasons: {seasons}."


def _test(scores: Scores, title: str) -> RenderableType:
    weeks = scores.frame["week"].nunique()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", title=None)
    table.add_column(Text(title.format(weeks=_many(weeks, "week"))))
    table.add_column(Text("Error"), justify="right", no_wrap=True)
    for words, column in (
        ("These curves", "forecast"),
        ("What a lead cost in the last four weeks", "by_recent_cost"),
        ("What a lead cost all along", "by_flat_cost"),
    ):
        table.add_row(Text(words), Text(_error(scores, column)))
    worse = min(scores.error("by_recent_cost"), scores.error("by_flat_cost")) < scores.error()
    verdict = "A simple forecast did better: do not plan with these curves before you know why. " if worse else ""
    late = f" {_many(scores.unscored, 'campaign')} had no earlier weeks." if scores.unscored else ""
    note = (
        f"{verdict}Error: misses of all campaigns and weeks relative to the leads that came; by chance alone even a"
        f" perfect forecast would miss by about {percent(scores.chance)}. {percent(scores.coverage)} of the counts lay"
        f" within their range of 90 %.{late}"
    )
    return Group(table, Padding(Text(note, style="dim"), (1, 0, 0, 0), expand=False))


def _error(scores: Scores, column: str) -> str:
    error = scores.error(column)
    return percent(error) if np.isfinite(error) else "-"


def _error_table(first: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(Text(first), no_wrap=True)
    for header in ("These curves", "Cost of late", "Cost all along"):
        table.add_column(Text(header), justify="right", no_wrap=True)
    return table


def _suspects(found: Calibration) -> pd.DataFrame:
    """Campaigns to look at, those that spend most first: a reason each."""
    table = found.table
    reason = np.where(table["data_quality"].isin([FAILED, NO_LEADS, POOLED]), table["verdict"], "")
    if "test_error" in table:
        errors = zip(table["test_error"], table["test_error_flat_cost"], strict=True)
        told = [f"In the test it missed by {own:.0%}, one flat cost per lead by {flat:.0%}." for own, flat in errors]
        reason = np.where((reason == "") & (table["test_worse"] == True), told, reason)  # noqa: E712
    many = (reason == "") & (table["outlier_weeks"] >= _MANY_OUTLIERS * table["weeks"]).to_numpy()
    odd = [f"{weeks} of its weeks do not fit and count less; see outliers.csv." for weeks in table["outlier_weeks"]]
    most = table["observed_max_weekly_spend"]
    lone = ((most > _LONE * table["second_highest_spend"]) & (table["paid_weeks"] > 1)).to_numpy() & (reason == "")
    reason = np.where(
        lone, [f"Its highest weekly spend, {one:,.0f}, is far above every other; is it right?" for one in most], reason
    )
    named = table[["campaign", "spend_today"]].assign(why=np.where(many, odd, reason))
    return named[named["why"] != ""].sort_values("spend_today", ascending=False, kind="stable")


_LONE = 3.0
"""Highest spend relative to the second highest from which it is looked at."""
_MANY_OUTLIERS = 0.05
"""Part of a campaign's weeks that do not fit from which it is looked at."""


def _look_at(found: Calibration) -> pd.DataFrame:
    return _suspects(found)[["campaign", "why"]].head(_LOOKED_AT)


def _looked_table(looked: pd.DataFrame, all_of_them: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    more = f" ({len(looked)} of {all_of_them}; calibration.csv has all)" if all_of_them > len(looked) else ""
    table.add_column(Text(f"Look at{more}"))
    table.add_column(Text("Why"))
    for campaign, why in looked.itertuples(index=False):
        table.add_row(Text(str(campaign)), Text(str(why)))
    return table


def _many(number: int, noun: str) -> str:
    return f"{count(number) if number >= 10 else number} {noun}{'' if number == 1 else 's'}"


def _or_none(number: float) -> float | None:
    return round(number, 6) if np.isfinite(number) else None
