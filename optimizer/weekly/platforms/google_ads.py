"""Files for Google Ads: import into the Editor, bulk upload, and shared budgets to enter by hand."""

from __future__ import annotations

from optimizer.weekly.platforms.budgets import PAUSED, RESUMED, Week
from optimizer.weekly.platforms.files import PlatformFile, csv_bytes, file_name, own_rows, shared_rows

PLATFORM = "google_ads"
EDITOR = ("Campaign", "Campaign status", "Campaign daily budget")
BULK = ("Campaign ID", "Campaign", "Campaign state", "Budget")
SHARED = ("Budget ID", "Budget name", "Budget")
_EDITOR_STATUS = {PAUSED: "Paused", RESUMED: "Enabled", "": ""}
_BULK_STATE = {PAUSED: "paused", RESUMED: "enabled", "": ""}


def files(week: Week, account: str) -> list[PlatformFile]:
    """Files of one account that have something to tell; a blank status or budget stays as it is on the platform."""
    rows, shared = own_rows(week), shared_rows(week)
    editor = [
        {"Campaign": at["platform_campaign"], "Campaign status": _EDITOR_STATUS[action], "Campaign daily budget": day}
        for at, action, day in rows
    ]
    bulk = [
        {
            "Campaign ID": at["platform_campaign_id"],
            "Campaign": at["platform_campaign"],
            "Campaign state": _BULK_STATE[action],
            "Budget": day,
        }
        for at, action, day in rows
    ]
    by_hand = [{"Budget ID": key, "Budget name": name, "Budget": day} for key, name, day in shared]
    made = (
        ("google_ads_editor", EDITOR, editor),
        ("google_ads_bulk", BULK, bulk),
        ("google_ads_shared_budgets", SHARED, by_hand),
    )
    return [
        PlatformFile(file_name(stem, account, "csv"), PLATFORM, account, len(cells), csv_bytes(headers, cells))
        for stem, headers, cells in made
        if cells
    ]
