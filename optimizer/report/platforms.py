"""What ad platforms are told, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from optimizer.plan.words import Words, day
from optimizer.scenario.definition import Objective
from optimizer.weekly.platforms.budgets import CHANGED, DAYS, PAUSED, RESUMED, Week
from optimizer.weekly.platforms.make import PlatformFiles

NAMES = {"google_ads": "Google Ads", "microsoft_ads": "Microsoft Advertising", "meta_ads": "Meta Ads"}
AVERAGE = (
    "A daily budget is a seventh of the week's money, and an average: Google may spend twice that in a day (in a month"
    " at most 30.4 times it), Meta a quarter more, by newer pages three quarters (in a week at most seven times it)."
)
"""Said under every screen with budgets."""
SHARED = "A shared budget is spent as the platform likes among its campaigns; the plan's split of it is not enforced."
_SHOWN = 8


def platform_screen(made: PlatformFiles) -> RenderableType:
    """Per platform what changes, money before, after and a day, and what no platform carries."""
    week = made.week
    words = Words(week.currency, Objective.LTV)
    title = Text(f"What ad platforms are told for the week of {day(week.monday)}", style="bold")
    parts: list[RenderableType] = [title, Text(""), _grid(week, words), Text("")]
    parts += [Text(sentence) for sentence in _sentences(week, words)]
    parts += [Text(""), *_files(made)]
    return Group(*parts)


def platform_facts(made: PlatformFiles) -> dict[str, object]:
    """The same as plain values."""
    week = made.week
    return {
        "week": week.monday,
        "currency": week.currency,
        "folder": str(made.folder) if made.folder else None,
        "files": [{"name": f.name, "platform": f.platform, "account": f.account, "rows": f.rows} for f in made.files],
        "platforms": [{"platform": name, **_totals(week, name)} for name in _platforms(week)],
        "budgets": _records(week.budgets[week.budgets["action"] != ""]),
        "states": _records(week.carriers[week.carriers["action"] != ""]),
        "unmapped": _records(week.unmapped),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def _platforms(week: Week) -> list[str]:
    return list(dict.fromkeys(week.carriers["platform"]))


def _totals(week: Week, platform: str) -> dict[str, float]:
    """Counts of what changes, and money of all budgets on the platform."""
    budgets = week.budgets[week.budgets["platform"] == platform]
    carriers = week.carriers[week.carriers["platform"] == platform]
    written = budgets[budgets["action"].isin([CHANGED, RESUMED])]
    return {
        "budgets": len(written),
        "paused": int((carriers["action"] == PAUSED).sum()),
        "resumed": int((carriers["action"] == RESUMED).sum()),
        "week_before": round(float(budgets["before"].sum()), 2),
        "week_after": round(float(budgets["after"].sum()), 2),
        "written_week": round(float(written["after"].sum()), 2),
        "written_day": round(float(written["day"].sum()), 2),
    }


def _grid(week: Week, words: Words) -> RenderableType:
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    headers = ("Platform", "New budgets", "Paused", "Resumed", "Week before", "Week after", "New budgets a day")
    for position, header in enumerate(headers):
        grid.add_column(Text(header), justify="right" if position else "left", overflow="fold")
    for name in _platforms(week):
        found = _totals(week, name)
        counts = [f"{found[key]:,.0f}" for key in ("budgets", "paused", "resumed")]
        money = [words.money(found[key], cents=True) for key in ("week_before", "week_after", "written_day")]
        grid.add_row(NAMES[name], *counts, *money)
    return grid


def _sentences(week: Week, words: Words) -> Iterator[str]:
    new = week.budgets[week.budgets["action"].isin([CHANGED, RESUMED])]
    if len(new):
        lost = float(new["after"].sum() - DAYS * new["day"].sum())
        yield (
            f"New budgets come to {words.money(DAYS * new['day'].sum(), cents=True)} in seven days, for"
            f" {words.money(new['after'].sum(), cents=True)} of the plan; {words.money(lost, cents=True)} is lost to"
            " rounding, for a budget is a whole amount a day."
        )
        yield AVERAGE
    if (new["kind"] == "shared").any():
        yield SHARED
    if len(week.unmapped):
        moved = float((week.unmapped["recommended"] - week.unmapped["current"]).abs().sum())
        named = ", ".join(week.unmapped["campaign"].head(_SHOWN))
        more = f" and {len(week.unmapped) - _SHOWN} more" if len(week.unmapped) > _SHOWN else ""
        campaigns = "campaign" if len(week.unmapped) == 1 else "campaigns"
        yield (
            f"No platform carries {len(week.unmapped):,} {campaigns} whose money moves by"
            f" {words.money(moved, cents=True)} in all: {named}{more}. Add them to"
            " platform_budgets, or change them by hand."
        )


def _files(made: PlatformFiles) -> Iterator[RenderableType]:
    if not made.files:
        yield Text("Nothing changes, so nothing is written.")
    for file in made.files:
        yield Text(f"{file.name}  {file.rows:,} row{'s' if file.rows != 1 else ''}")
