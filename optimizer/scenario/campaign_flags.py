"""Flags of ``campaign_flags``: which campaigns each one is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.events import Flags, covered, events
from optimizer.scenario.tables import Table


def flags(table: Table, campaigns: pd.DataFrame) -> Iterator[tuple[Mapping[str, Any], str, Flags]]:
    """Each flag, the place where it stands, and (I,) the campaigns that it is about.

    Args:
        table: campaign_flags.
        campaigns: (I rows) campaign, market, location, service_line, channel.
    """
    for flag, place in events(table):
        yield flag, place, covered({**flag, "intake_team": ""}, campaigns)


def flag_problems(table: Table, campaigns: pd.DataFrame) -> list[Problem]:
    """Flags that are about no campaign."""
    hint = "correct its market, location, service_line, channel or campaign, or remove the row"
    return [
        Problem(table.file, int(line), f"flag '{flag['flag']}' is about no campaign", hint, "flag", "campaign_flag")
        for (flag, _, mine), line in zip(flags(table, campaigns), table.lines, strict=True)
        if not mine.any()
    ]
