"""Files for Meta: the sheet of Ads Manager in account currency, and the Marketing API's values in the smallest unit.

A sheet's 30.00 is the API's 3000: mixing them up is an error of a hundred times. Currencies without cents are the same
in both.
"""

from __future__ import annotations

import json

from optimizer.scenario.currencies import minor_units
from optimizer.weekly.platforms.budgets import PAUSED, RESUMED, Week
from optimizer.weekly.platforms.files import Cells, PlatformFile, csv_bytes, file_name, own_rows

PLATFORM = "meta_ads"
SHEET = (
    "Campaign ID",
    "Campaign Name",
    "Campaign Status",
    "Campaign Daily Budget",
    "Ad Set ID",
    "Ad Set Name",
    "Ad Set Run Status",
    "Ad Set Daily Budget",
)
_STATUS = {PAUSED: "PAUSED", RESUMED: "ACTIVE", "": ""}


def files(week: Week, account: str) -> list[PlatformFile]:
    """Sheet and API values of one account that say the same, if there is something to tell."""
    rows = own_rows(week)
    if not rows:
        return []
    sheet = csv_bytes(SHEET, [_cells(at, _STATUS[action], day) for at, action, day in rows])
    units = minor_units(week.currency)
    updates = [_update(at, _STATUS[action], day, units) for at, action, day in rows]
    api = {"currency": week.currency, "minor_units_per_unit": units, "week": week.monday, "updates": updates}
    written = (json.dumps(api, indent=1, ensure_ascii=False) + "\n").encode()
    return [
        PlatformFile(file_name("meta_ads_sheet", account, "csv"), PLATFORM, account, len(rows), sheet),
        PlatformFile(file_name("meta_ads_api", account, "json"), PLATFORM, account, len(rows), written),
    ]


def _cells(at: Cells, status: str, day: str) -> Cells:
    cells = {"Campaign ID": at["platform_campaign_id"], "Campaign Name": at["platform_campaign"]}
    if at["level"] == "campaign":
        return {**cells, "Campaign Status": status, "Campaign Daily Budget": day}
    named = {"Ad Set ID": at["ad_set_id"], "Ad Set Name": at["ad_set"]}
    return {**cells, **named, "Ad Set Run Status": status, "Ad Set Daily Budget": day}


def _update(at: Cells, status: str, day: str, units: int) -> dict[str, object]:
    """What the API is to be told of a campaign or ad set: ids without the letters that sheets put before them."""
    labelled = at["platform_campaign_id"] if at["level"] == "campaign" else at["ad_set_id"]
    update: dict[str, object] = {"id": labelled.rpartition(":")[2], "level": at["level"]}
    if status:
        update["status"] = status
    if day:
        update["daily_budget"] = round(float(day) * units)
    return update
