"""Rows and bytes of a platform file: only declared headers, text as it stands on the platform."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from optimizer.scenario.currencies import minor_units
from optimizer.weekly.platforms.budgets import CHANGED, RESUMED, Week

Cells = Mapping[str, str]
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class PlatformFile:
    """One file.

    Attributes:
        name: Its name.
        platform: The platform that takes it.
        account: The account it is for; empty where the platform has one.
        rows: What it tells, headings and version rows not counted.
        content: Its bytes.
    """

    name: str
    platform: str
    account: str
    rows: int
    content: bytes


def csv_bytes(headers: tuple[str, ...], rows: Iterable[Cells], *, mark: bytes = b"") -> bytes:
    """Rows by header name as CSV in UTF-8; a cell that a row does not give is blank.

    Raises:
        KeyError: if a row gives a header that is not declared.
    """
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, headers, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
    return mark + written.getvalue().encode()


def amount(week: Week, day: float) -> str:
    """A daily budget as platforms read it: a decimal point, no thousands separator, no currency."""
    return f"{day:.0f}" if minor_units(week.currency) == 1 else f"{day:.2f}"


def told(budgets: pd.DataFrame) -> pd.DataFrame:
    """Budgets whose amount is written: they run, and it is new."""
    return budgets[budgets["action"].isin([CHANGED, RESUMED])]


def own_rows(week: Week) -> list[tuple[Cells, str, str]]:
    """Carriers of one account with something to tell: labels, action of the status or '', own budget a day or ''."""
    new = told(week.budgets)
    days = {(kind, budget): amount(week, day) for kind, budget, day in zip(new.kind, new.budget, new.day, strict=True)}
    rows: list[tuple[Cells, str, str]] = []
    for carrier in week.carriers.to_dict("records"):
        own = carrier["kind"] != "shared"
        day = days.get((carrier["kind"], carrier["budget"]), "") if own else ""
        if carrier["action"] or day:
            rows.append(({str(name): str(cell) for name, cell in carrier.items()}, str(carrier["action"]), day))
    return rows


def shared_rows(week: Week) -> list[tuple[str, str, str]]:
    """Shared budgets of one account with a new amount: id, name, budget a day."""
    new = told(week.budgets[week.budgets["kind"] == "shared"])
    return [(key, name, amount(week, day)) for key, name, day in zip(new.budget, new["name"], new.day, strict=True)]


def file_name(stem: str, account: str, ending: str) -> str:
    """Name of a file, with the account where the platform has several."""
    return f"{stem}.{account}.{ending}" if account else f"{stem}.{ending}"
