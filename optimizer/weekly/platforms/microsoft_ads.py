"""The bulk file of Microsoft Advertising, format 6.0: UTF-8 with a byte order mark, a blank cell is no change."""

from __future__ import annotations

from optimizer.weekly.platforms.budgets import PAUSED, RESUMED, Week
from optimizer.weekly.platforms.files import (
    BYTE_ORDER_MARK,
    Cells,
    PlatformFile,
    csv_bytes,
    file_name,
    own_rows,
    shared_rows,
)

PLATFORM = "microsoft_ads"
HEADERS = ("Type", "Status", "Id", "Client Id", "Budget", "Budget Type", "Name")
STANDARD = "DailyBudgetStandard"
_STATUS = {PAUSED: "Paused", RESUMED: "Active", "": ""}
_MOST_CLIENT_ID = 100
"""Longest Client Id: text that the platform does not keep but returns with its results."""


def files(week: Week, account: str) -> list[PlatformFile]:
    """The file of one account, if it has something to tell.

    The id says which campaign is meant. The column Campaign is left out: a name in it would rename the campaign. People
    read the name under Client Id.
    """
    rows: list[Cells] = [{"Type": "Format Version", "Name": "6.0"}]
    rows += [_budget(key, name, day) for key, name, day in shared_rows(week)]
    rows += [
        {
            "Type": "Campaign",
            "Status": _STATUS[action],
            "Id": at["platform_campaign_id"],
            "Client Id": at["platform_campaign"][:_MOST_CLIENT_ID],
            "Budget": day,
            "Budget Type": STANDARD if day else "",
        }
        for at, action, day in own_rows(week)
    ]
    if len(rows) == 1:
        return []
    content = csv_bytes(HEADERS, rows, mark=BYTE_ORDER_MARK)
    return [PlatformFile(file_name("microsoft_ads_bulk", account, "csv"), PLATFORM, account, len(rows) - 1, content)]


def _budget(key: str, name: str, day: str) -> Cells:
    """A shared budget; the platform does not change what is blank, its name among it."""
    return {
        "Type": "Budget",
        "Id": key,
        "Client Id": name[:_MOST_CLIENT_ID],
        "Budget": day,
        "Budget Type": STANDARD,
    }
