"""Checks of ``platform_budgets``: a file for a platform changes nothing but what is meant, or there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.errors import Problem
from optimizer.scenario.currencies import IN_CENTS, WHOLE
from optimizer.scenario.tables import Table

_SHARE_NOISE = 1e-9
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a name may not begin with: a spreadsheet takes it for a formula, and a name that is quoted matches no more."""
_ERASING = ("[]", "delete_value")
"""What platforms take for the wish to erase a value."""
_ID = re.compile(r"[0-9]{1,30}")
_META_ID = re.compile(r"(?:cg?:)?[0-9]{1,30}")
"""Meta's own sheets write ``cg:`` before ids of campaigns and ``c:`` before those of ad sets."""
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
_ONE_OF_EACH = (
    ("platform_campaign_id", ("account", "platform_campaign", "level", "budget_id")),
    ("platform_campaign", ("platform_campaign_id",)),
    ("budget_id", ("account", "budget_name")),
    ("budget_name", ("budget_id",)),
    ("ad_set_id", ("ad_set", "platform_campaign_id")),
)
"""What a label of a platform can have only one of, within an account where the label is a name. Meta's names repeat."""


def platform_budget_problems(table: Table, currency: str) -> list[Problem]:
    """Everything that would make a platform file wrong; labels of campaigns are checked with all others.

    Args:
        table: platform_budgets.
        currency: ISO 4217 code of the scenario's money.
    """
    return [
        *_currencies(table, currency),
        *_shares(table),
        *_ids(table),
        *_names(table),
        *_levels(table),
        *_contradictions(table),
    ]


def _problems(
    table: Table, rows: npt.NDArray[np.bool_] | pd.Series, column: str, message: str, hint: str
) -> list[Problem]:
    """One problem per row; ``message`` may name columns in braces."""
    return [
        Problem(
            table.file, int(table.lines[row]), message.format(**table.frame.iloc[row]), hint, column, "platform_budget"
        )
        for row in np.flatnonzero(np.asarray(rows))
    ]


def _currencies(table: Table, currency: str) -> list[Problem]:
    given = table.frame["account_currency"]
    hint = "money is not converted: plan these campaigns in a scenario of that currency, or correct the cell"
    other = (given != "") & (given != currency)
    message = f"account_currency {{account_currency}} is not the scenario's {currency}"
    found = _problems(table, other, "account_currency", message, hint)
    if currency not in WHOLE | IN_CENTS:
        hint = "leave these rows out and enter the budgets by hand"
        message = f"Meta lists no currency {currency}, so nobody knows whether its budgets are written in cents"
        found += _problems(table, table.frame["platform"] == "meta_ads", "platform", message, hint)
    return found


def _shares(table: Table) -> list[Problem]:
    shares = table.frame["share"].groupby(table.frame["campaign"]).transform("sum")
    wrong = ((shares - 1.0).abs() > _SHARE_NOISE) & ~table.frame["campaign"].duplicated()
    hint = "let the shares of a campaign's rows add up to 1; blank is 1"
    return [
        Problem(
            table.file,
            int(table.lines[row]),
            f"shares of campaign '{table.frame['campaign'].iloc[row]}' add up to {shares.iloc[row]:.6g}",
            hint,
            "share",
            "share_sum",
        )
        for row in np.flatnonzero(wrong.to_numpy())
    ]


def _ids(table: Table) -> list[Problem]:
    meta = (table.frame["platform"] == "meta_ads").tolist()
    hint = "copy the id from the platform as text; a spreadsheet cuts ids of more than 15 digits to 1.2E+17"
    found = []
    for column in ("platform_campaign_id", "budget_id", "ad_set_id"):
        cells = table.frame[column].tolist()
        wrong = [
            bool(cell) and not (_META_ID if of_meta else _ID).fullmatch(cell)
            for cell, of_meta in zip(cells, meta, strict=True)
        ]
        found += _problems(table, np.array(wrong), column, f"{column} '{{{column}}}' is no id", hint)
    wrong = [bool(cell) and not _ACCOUNT.fullmatch(cell) for cell in table.frame["account"]]
    hint = "write letters, digits, dashes and underscores; it becomes part of a file name"
    return found + _problems(table, np.array(wrong), "account", "account '{account}' is no account id", hint)


def _names(table: Table) -> list[Problem]:
    found = []
    for column in ("platform_campaign", "budget_name", "ad_set"):
        cells = table.frame[column]
        signs = cells.str.startswith(_FORMULA)
        hint = "rename it on the platform: the file must be safe to open, and a name that is quoted matches nothing"
        message = f"{column} '{{{column}}}' begins with a sign that a spreadsheet takes for a formula"
        found += _problems(table, signs, column, message, hint)
        message = f"{column} '{{{column}}}' means to a platform that a value is erased"
        found += _problems(table, cells.isin(_ERASING), column, message, "rename it on the platform")
    return found


def _levels(table: Table) -> list[Problem]:
    frame = table.frame
    meta, of_set = frame["platform"] == "meta_ads", frame["level"] == "ad_set"
    named = (frame["ad_set"] != "").astype(int) + (frame["ad_set_id"] != "")
    shared = (frame["budget_name"] != "").astype(int) + (frame["budget_id"] != "")
    wrong: Sequence[tuple[pd.Series, str, str, str]] = (
        (of_set & ~meta, "level", "only Meta has budgets of ad sets", "leave level blank"),
        (of_set & (named < 2), "ad_set_id", "a budget of an ad set needs ad_set and ad_set_id", "give both"),
        (~of_set & (named > 0), "ad_set", "an ad set is named, but the budget sits at the campaign",
         "write level = ad_set, or leave ad_set and ad_set_id blank"),
        (shared == 1, "budget_id", "a shared budget needs budget_name and budget_id", "give both, or neither"),
        (meta & (shared > 0), "budget_id", "Meta has no budget that several campaigns share",
         "leave budget_name and budget_id blank; a campaign's budget feeds its ad sets"),
    )  # fmt: skip
    return [
        problem for rows, column, message, hint in wrong for problem in _problems(table, rows, column, message, hint)
    ]


def _contradictions(table: Table) -> list[Problem]:
    """Two rows that say different things of the same campaign, ad set or budget of a platform."""
    frame = table.frame.assign(level=table.frame["level"].replace("", "campaign"))
    found = []
    for label, facts in _ONE_OF_EACH:
        within = ["platform", label] if label.endswith("_id") else ["platform", "account", label]
        there = frame[(frame[label] != "") & (label.endswith("_id") | (frame["platform"] != "meta_ads"))]
        firsts = there.groupby(within)[list(facts)].transform("first")
        for fact in facts:
            first = firsts[fact]
            apart = there.index[there[fact] != first]
            hint = "let the rows agree, or correct the id"
            for row in apart:
                message = (
                    f"{label} '{there.loc[row, label]}' has {fact} '{there.loc[row, fact]}', and '{first[row]}' above"
                )
                line = int(table.lines[int(row)])
                found.append(Problem(table.file, line, message, hint, fact, "platform_budget"))
    return found
