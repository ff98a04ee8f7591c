"""Reads platform files back as a platform would, and compares them with the plan's money.

Shares no code with what wrote them: cells are found by header name, and money is counted in decimals, row by row from
the scenario's table.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from optimizer.errors import Finding

DAYS = 7
NOISE = Decimal("0.0001")
"""Part of the smallest amount that is the rounding of shares."""
WAYS = {
    "google_ads": (
        ("google_ads_bulk", "google_ads_shared_budgets"),
        ("google_ads_editor", "google_ads_shared_budgets"),
    ),
    "microsoft_ads": (("microsoft_ads_bulk",),),
    "meta_ads": (("meta_ads_sheet",), ("meta_ads_api",)),
}
"""Files that together tell a platform everything; each way must say the same."""
HEADERS = {
    "google_ads_editor": {"Campaign", "Campaign status", "Campaign daily budget"},
    "google_ads_bulk": {"Campaign ID", "Campaign", "Campaign state", "Budget"},
    "google_ads_shared_budgets": {"Budget ID", "Budget name", "Budget"},
    "microsoft_ads_bulk": {"Type", "Status", "Id", "Client Id", "Budget", "Budget Type", "Name"},
    "meta_ads_sheet": {"Campaign ID", "Campaign Name", "Campaign Status", "Campaign Daily Budget",
                       "Ad Set ID", "Ad Set Name", "Ad Set Run Status", "Ad Set Daily Budget"},
}  # fmt: skip
"""All that a file may tell: budgets and states, no leads, bookings or patients."""
Row = Mapping[str, str]


@dataclass(frozen=True)
class Told:
    """What a file tells of one thing on a platform.

    Attributes:
        thing: ``campaign``, ``ad_set`` or ``shared``, and its id, or its name where the file has no ids.
        running: Whether it is to run; ``None`` where the file leaves that as it is.
        day: Daily budget in the smallest unit; ``None`` where the file leaves it as it is.
    """

    thing: tuple[str, str]
    running: bool | None
    day: Decimal | None


def read_back(name: str, content: bytes, units: int) -> list[Told]:
    """What a file tells, found by header name.

    Args:
        name: Name of the file.
        content: Its bytes.
        units: Smallest units in one unit of the currency.

    Raises:
        KeyError: if a header is missing. ValueError: if a cell is no state or no amount.
    """
    kind = name.partition(".")[0]
    if kind == "meta_ads_api":
        return [
            Told(
                (update["level"], update["id"]), _running(update.get("status", "")), _whole(update.get("daily_budget"))
            )
            for update in json.loads(content)["updates"]
        ]
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return [_READERS[kind](row, units) for row in rows if row.get("Type") != "Format Version"]


def _editor(row: Row, units: int) -> Told:
    return Told(
        ("name", row["Campaign"]), _running(row["Campaign status"]), _money(row["Campaign daily budget"], units)
    )


def _bulk(row: Row, units: int) -> Told:
    return Told(("campaign", row["Campaign ID"]), _running(row["Campaign state"]), _money(row["Budget"], units))


def _shared(row: Row, units: int) -> Told:
    return Told(("shared", row["Budget ID"]), None, _money(row["Budget"], units))


def _microsoft(row: Row, units: int) -> Told:
    kind = {"Campaign": "campaign", "Budget": "shared"}[row["Type"]]
    if row["Budget"] and row["Budget Type"] != "DailyBudgetStandard":
        raise ValueError(f"a budget of type '{row['Budget Type']}'")
    return Told((kind, row["Id"]), _running(row["Status"]), _money(row["Budget"], units))


def _sheet(row: Row, units: int) -> Told:
    if row["Ad Set ID"]:
        day = _money(row["Ad Set Daily Budget"], units)
        return Told(("ad_set", row["Ad Set ID"].rpartition(":")[2]), _running(row["Ad Set Run Status"]), day)
    day = _money(row["Campaign Daily Budget"], units)
    return Told(("campaign", row["Campaign ID"].rpartition(":")[2]), _running(row["Campaign Status"]), day)


_READERS = {
    "google_ads_editor": _editor,
    "google_ads_bulk": _bulk,
    "google_ads_shared_budgets": _shared,
    "microsoft_ads_bulk": _microsoft,
    "meta_ads_sheet": _sheet,
}


def _running(state: str) -> bool | None:
    return {"": None, "paused": False, "enabled": True, "active": True}[state.lower()]


def _money(cell: str, units: int) -> Decimal | None:
    return Decimal(cell) * units if cell else None


def _whole(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


# Comparing


class _Expected:
    """What the platforms of one account should be told, counted from the table."""

    def __init__(self, rows: Iterable[Row], money: Mapping[str, tuple[Decimal, Decimal]], units: int) -> None:
        self.weeks: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        self.carried: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        self.fed_by: dict[tuple[str, str], tuple[str, str]] = {}
        self.named: dict[str, str] = {}
        for row in rows:
            level = "ad_set" if row["ad_set_id"] else "campaign"
            identity = (row["ad_set_id"] or row["platform_campaign_id"]).rpartition(":")[2]
            carrier = (level, identity)
            budget = ("shared", row["budget_id"]) if row["budget_id"] else carrier
            self.fed_by[carrier] = budget
            self.named[row["platform_campaign"]] = identity
            for side in (0, 1):
                part = money[row["campaign"]][side] * Decimal(repr(float(row["share"]))) * units
                self.weeks[budget][side] += part
                self.carried[carrier][side] += part

    def runs(self, carrier: tuple[str, str], side: int) -> bool:
        """Whether a campaign or ad set runs before (0) or after (1): it has money, and its budget a unit a day."""
        return self.carried[carrier][side] > NOISE and self.weeks[self.fed_by[carrier]][side] >= DAYS - NOISE


def findings(
    platform: str,
    files: Mapping[str, bytes],
    rows: Iterable[Row],
    money: Mapping[str, tuple[Decimal, Decimal]],
    units: int,
) -> list[Finding]:
    """Everything in which the files of one account on a platform differ from the plan.

    Args:
        platform: The platform.
        files: Name of each file and its bytes; a file that has nothing to tell is not there.
        rows: Rows of platform_budgets of the account.
        money: Campaign -> money of the week before and of this one.
        units: Smallest units in one unit of the currency.
    """
    expected = _Expected(rows, money, units)
    by_kind = {name.partition(".")[0]: content for name, content in files.items()}
    found = [finding for kind, content in by_kind.items() for finding in _headers(kind, content)]
    for way in WAYS[platform]:
        told = [one for kind in way if kind in by_kind for one in read_back(kind, by_kind[kind], units)]
        found += _compared(way[0], [_by_id(one, expected) for one in told], expected)
    return found


def _by_id(told: Told, expected: _Expected) -> Told:
    kind, key = told.thing
    return Told(("campaign", expected.named[key]), told.running, told.day) if kind == "name" else told


def _headers(kind: str, content: bytes) -> list[Finding]:
    if kind == "meta_ads_api":
        return []
    header = next(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    extra = set(header) - HEADERS[kind]
    return [Finding("platform_headers", f"a column '{name}' that the platform is not to see") for name in sorted(extra)]


def _compared(file: str, told: list[Told], expected: _Expected) -> list[Finding]:
    times = Counter(one.thing for one in told)
    found = [Finding("platform_rows", f"{file} tells of {thing} twice") for thing in times if times[thing] > 1]
    days = {one.thing: one.day for one in told if one.day is not None}
    states = {one.thing: one.running for one in told if one.running is not None}
    found += [*_budgets(file, days, expected), *_states(file, states, expected)]
    total = sum((expected.weeks[thing][1] for thing in days), Decimal(0))
    if sum(days.values(), Decimal(0)) * DAYS > total + NOISE:
        found.append(Finding("platform_total", f"{file}: seven days of all budgets come to more than the week's money"))
    return found


def _budgets(file: str, days: Mapping[tuple[str, str], Decimal], expected: _Expected) -> Iterable[Finding]:
    for thing, (before, after) in expected.weeks.items():
        runs, moves = after >= DAYS - NOISE, abs(after - before) >= DAYS - NOISE
        day = days.get(thing)
        if day is None and runs and moves:
            yield Finding("platform_budget", f"{file} does not tell the new budget of {thing}")
        if day is not None and (day < 1 or day != day.to_integral_value() or abs(day * DAYS - after) >= DAYS + NOISE):
            yield Finding("platform_budget", f"{file}: {day} a day for {thing}, whose week is {after}", float(day))
    for thing in days.keys() - expected.weeks.keys():
        yield Finding("platform_budget", f"{file} gives a budget to {thing}, which is in no row of platform_budgets")


def _states(file: str, states: Mapping[tuple[str, str], bool], expected: _Expected) -> Iterable[Finding]:
    for carrier in expected.carried:
        ran, runs = expected.runs(carrier, 0), expected.runs(carrier, 1)
        wanted = None if ran == runs else runs
        if states.get(carrier) is not wanted:
            yield Finding("platform_state", f"{file}: {carrier} is told {states.get(carrier)}, and should be {wanted}")
    for thing in states.keys() - expected.carried.keys():
        yield Finding("platform_state", f"{file} tells a state of {thing}, which is in no row of platform_budgets")
