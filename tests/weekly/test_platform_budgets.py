"""Which rows of platform_budgets are refused, and where the mistake is said to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from optimizer.errors import ScenarioError
from optimizer.model.setting import established
from optimizer.scenario.platform_budgets import platform_budget_problems
from tests.small import campaign, line_curve, small
from tests.weekly.budgets import budget_table, carried

SHARED = {"budget_name": "Brand", "budget_id": "77"}
AD_SET = {"platform": "meta_ads", "level": "ad_set", "ad_set": "S", "ad_set_id": "c:9"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([carried("a", 1, share=0.5), carried("a", 2, share=0.4)], "shares of campaign 'a' add up to 0.9"),
        ([carried("a", 1), carried("a", 2)], "shares of campaign 'a' add up to 2"),
        ([carried("a", "1.2E+17")], "platform_campaign_id '1.2E+17' is no id"),
        ([carried("a", 1, account="../x")], "account '../x' is no account id"),
        ([carried("a", 1, account_currency="EUR")], "account_currency EUR is not the scenario's USD"),
        ([carried("a", 1, platform_campaign="=cmd()")], "begins with a sign that a spreadsheet takes for a formula"),
        ([carried("a", 1, platform_campaign="＋x")], "begins with a sign"),
        ([carried("a", 1, **{**SHARED, "budget_name": "@x"})], "budget_name '@x' begins with a sign"),
        ([carried("a", 1, platform_campaign="[]")], "means to a platform that a value is erased"),
        ([carried("a", 1, level="ad_set", ad_set="S", ad_set_id="9")], "only Meta has budgets of ad sets"),
        ([carried("a", 1, **{**AD_SET, "ad_set_id": ""})], "needs ad_set and ad_set_id"),
        ([carried("a", 1, **{**AD_SET, "level": ""})], "an ad set is named, but the budget sits at the campaign"),
        ([carried("a", 1, budget_id="7")], "a shared budget needs budget_name and budget_id"),
        ([carried("a", 1, platform="meta_ads", **SHARED)], "Meta has no budget that several campaigns share"),
        (
            [carried("a", 1), carried("b", 1, platform_campaign="other")],
            "platform_campaign_id '1' has platform_campaign 'other', and 'P 1' above",
        ),
        (
            [carried("a", 1), carried("b", 2, platform_campaign="P 1")],
            "platform_campaign 'P 1' has platform_campaign_id '2', and '1' above",
        ),
        ([carried("a", 1, **SHARED), carried("b", 1)], "platform_campaign_id '1' has budget_id '', and '77' above"),
        (
            [carried("a", 1, **SHARED), carried("b", 2, **{**SHARED, "budget_name": "Other"})],
            "budget_id '77' has budget_name 'Other', and 'Brand' above",
        ),
        (
            [carried("a", 1, **AD_SET), carried("b", 1, platform="meta_ads")],
            "platform_campaign_id '1' has level 'campaign', and 'ad_set' above",
        ),
    ],
)
def test_refused(rows: list[Mapping[str, Any]], said: str) -> None:
    problems = platform_budget_problems(budget_table(*rows), "USD")
    assert any(said in problem.message for problem in problems), problems
    assert all(problem.line >= 2 and problem.hint for problem in problems)


def test_sound_rows_have_no_problem() -> None:
    rows = [
        carried("a", 1, share=0.25, **SHARED),
        carried("a", 2, share=0.75, **SHARED, account_currency="USD"),
        carried("b", 2, **SHARED),
        carried("c", "cg:5", **AD_SET),
        carried("d", "cg:5", **{**AD_SET, "ad_set": "T", "ad_set_id": "10"}),
        carried("e", "cg:6", platform="meta_ads", platform_campaign="P cg:5"),  # names repeat on Meta
        carried("f", 1, platform="microsoft_ads"),
        carried("g", 3, platform_campaign="P 1", account="other-account"),
    ]
    assert platform_budget_problems(budget_table(*rows), "USD") == []


def test_a_currency_that_meta_does_not_list() -> None:
    rows = [carried("a", 1), carried("b", 2, platform="meta_ads")]
    (problem,) = platform_budget_problems(budget_table(*rows), "XAF")
    assert (problem.line, problem.column) == (3, "platform")
    assert "Meta lists no currency XAF" in problem.message


def test_validate_tells_unknown_campaigns_and_shares_with_their_lines() -> None:
    rows = [carried("nobody", 1), carried("a", 2, share=0.5)]
    scenario = small([campaign("a")], [line_curve("a", 0.05, 1000)], tables={"platform_budgets": rows})
    with pytest.raises(ScenarioError) as unknown:
        established(scenario)
    (problem,) = unknown.value.problems
    assert (problem.file, problem.line, problem.column) == ("platform_budgets", 2, "campaign")
    assert "did you mean" in problem.hint or "use one of" in problem.hint
    with pytest.raises(ScenarioError, match=r"add up to 0\.5"):
        established(small([campaign("a")], [line_curve("a", 0.05, 1000)], tables={"platform_budgets": rows[1:]}))
