"""From a run to the files of a week: read back and compared with the plan before any of them is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pandas as pd

from optimizer.calibration.files import new_folder
from optimizer.errors import Finding, UsageError, VerificationError
from optimizer.plan.runs import Run
from optimizer.scenario.currencies import minor_units
from optimizer.scenario.match import did_you_mean
from optimizer.scenario.read import Scenario
from optimizer.scenario.tables import PLATFORMS, Table
from optimizer.weekly.platforms import google_ads, meta_ads, microsoft_ads
from optimizer.weekly.platforms.budgets import Week, platform_week
from optimizer.weekly.platforms.check import findings
from optimizer.weekly.platforms.files import PlatformFile
from optimizer.weekly.run_inputs import planned_scenario, require_unchanged

_WRITERS = {module.PLATFORM: module.files for module in (google_ads, microsoft_ads, meta_ads)}


@dataclass(frozen=True)
class PlatformFiles:
    """The files of a week.

    Attributes:
        week: What the platforms are told.
        files: The files, checked; none where nothing changes.
        folder: Where they are; ``None`` where nothing was written.
    """

    week: Week
    files: tuple[PlatformFile, ...]
    folder: Path | None = None


def run_files(run: Run, folder: Path, monday: str = "", platforms: Sequence[str] = ()) -> PlatformFiles:
    """Write the files of a week of a run into a new folder, whole or not at all; nothing where nothing changes.

    Args:
        run: The run.
        folder: A folder that is not there yet.
        monday: A planned week; the first if blank. The week before is today's spend for the first week, and the plan's
            week before for any other.
        platforms: Platforms to write for; all if empty.

    Raises:
        UsageError: if the folder is there, the week is not planned, a platform is unknown, or the scenario has no
            platform_budgets.
        StorageError: if the run was changed after it was written, or the files cannot be written.
        VerificationError: if a file does not say what the plan says.
    """
    require_unchanged(run, "plan")
    scenario = planned_scenario(run)
    table = budget_table(scenario)
    spend, week = _spend(run, scenario.tables["campaigns"].frame, monday)
    made = files_of(table, spend, scenario.definition.currency, week, platforms)
    return write_files(made, folder)


def budget_table(scenario: Scenario) -> Table:
    """The scenario's platform_budgets.

    Raises:
        UsageError: if there is none, with how to make it.
    """
    if "platform_budgets" not in scenario.tables:
        raise UsageError(
            "the scenario has no table platform_budgets, so nobody knows which budget on a platform carries a campaign;"
            " add platform_budgets.csv with campaign, platform, platform_campaign, platform_campaign_id, plan again"
            " (optimizer schema --tables lists its columns)"
        )
    return scenario.tables["platform_budgets"]


def write_files(made: PlatformFiles, folder: Path) -> PlatformFiles:
    """Write files into a folder that is not there yet, whole or not at all; nothing where there are none.

    Raises:
        UsageError: if the folder is there. StorageError: if it cannot be written.
    """
    if not made.files:
        return made
    new_folder(folder, {file.name: file.content.decode() for file in made.files})
    return replace(made, folder=folder)


def files_of(
    table: Table, spend: pd.DataFrame, currency: str, monday: str, platforms: Sequence[str] = ()
) -> PlatformFiles:
    """Files of a week, checked but not written; as :func:`platform_week`, of some platforms, or all if none is named.

    Raises:
        UsageError: if a platform is unknown.
        VerificationError: if a file does not say what the plan says.
    """
    for name in platforms:
        if name not in PLATFORMS:
            raise UsageError(f"there is no platform '{name}'; {did_you_mean(name, PLATFORMS)}")
    week = platform_week(table, spend, currency, monday).of(platforms or PLATFORMS)
    files: list[PlatformFile] = []
    wrong: list[Finding] = []
    for platform, account in (
        week.carriers[["platform", "account"]].drop_duplicates().itertuples(index=False, name=None)
    ):
        made = _WRITERS[platform](week.at(platform, account), account)
        here = (table.frame["platform"] == platform) & (table.frame["account"] == account)
        wrong += findings(
            platform,
            {file.name: file.content for file in made},
            table.frame[here].to_dict("records"),
            _decimals(spend),
            minor_units(currency),
        )
        files += made
    if wrong:
        raise VerificationError(wrong, "files for platforms")
    return PlatformFiles(week, tuple(files))


def _decimals(spend: pd.DataFrame) -> dict[str, tuple[Decimal, Decimal]]:
    """Money of each campaign before and after, to the digit."""
    pairs = zip(spend["current"], spend["recommended"], strict=True)
    amounts = [(Decimal(repr(float(before))), Decimal(repr(float(after)))) for before, after in pairs]
    return dict(zip(spend["campaign"], amounts, strict=True))


def _spend(run: Run, campaigns: pd.DataFrame, monday: str) -> tuple[pd.DataFrame, str]:
    """What every campaign spends in the week before and in the week, and the week."""
    plan = run.table("plan")
    weeks = sorted(set(plan["week"]))
    week = monday or weeks[0]
    if week not in weeks:
        raise UsageError(f"the week '{week}' is not planned; the run plans {weeks[0]} to {weeks[-1]}")
    amounts = plan.pivot(index="campaign", columns="week", values="recommended_spend")
    if week == weeks[0]:
        before = campaigns.set_index("campaign")["current_weekly_spend"].reindex(amounts.index)
    else:
        before = amounts[(dt.date.fromisoformat(week) - dt.timedelta(weeks=1)).isoformat()]
    spend = pd.DataFrame({"current": before, "recommended": amounts[week]}).rename_axis("campaign").reset_index()
    return spend, week
