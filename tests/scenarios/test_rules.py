"""Every rule in effect is told with what it limits, its owner, its date and its place."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.report.rules import Rule, rules

MARKETS = Path(__file__).parents[2] / "scenarios" / "three_markets"


@pytest.fixture(scope="module")
def told() -> list[Rule]:
    scenario = api.load(MARKETS)
    return rules(scenario, api.validate(scenario))


def test_every_row_that_limits_is_told_once(told: list[Rule]) -> None:
    """One rule per side of a limit, per event, per campaign with a floor or ceiling, per clinic and line, per team."""
    scenario = api.load(MARKETS)
    facts = api.validate(scenario)
    kinds = Counter(rule.kind for rule in told)
    limits, campaigns = (scenario.tables[name].frame for name in ("limits", "campaigns"))
    assert kinds["limit"] == limits["min"].notna().sum() + limits["max"].notna().sum()
    own = (campaigns["min_weekly_spend"] > 0) | campaigns["max_weekly_spend"].notna()
    assert kinds["campaign"] == own.sum()
    assert kinds["event"] == len(scenario.tables["calendar_events"].frame)
    assert kinds["capacity"] == len(facts.units)
    assert kinds["intake"] == len(facts.teams)
    assert kinds["resource"] == len(facts.resources.names)
    assert kinds["budget"] == 4


def test_places_are_the_lines_that_say_it(told: list[Rule]) -> None:
    """The line of the file names what the rule is about."""
    yaml = (MARKETS / "scenario.yaml").read_text(encoding="utf-8").splitlines()
    for rule in told:
        file, _, lines = rule.source.partition(":")
        if rule.kind == "budget":
            assert file == "scenario.yaml"
            amount = rule.rule.split("$")[1].split(" ")[0].replace(",", "")
            assert amount in yaml[int(lines) - 1]
        elif rule.kind == "limit":
            row = (MARKETS / file).read_text(encoding="utf-8").splitlines()[int(lines) - 1]
            assert row.startswith(rule.rule.split(":")[0])
            assert rule.owner in row
            assert rule.reason in row


def test_what_nobody_wrote_down_is_called_a_default(told: list[Rule]) -> None:
    (known,) = [rule for rule in told if "highest that a curve has seen" in rule.rule]
    assert known.source == "default"
    assert "125 %" in known.rule


def test_owners_and_dates_of_money_and_policies_are_told(tmp_path: Path) -> None:
    for file in MARKETS.iterdir():
        text = file.read_text(encoding="utf-8")
        text = text.replace("budget:\n", "budget:\n  owner: Finance\n  since: 2026-07-01\n")
        text = text.replace("policies:\n", "policies:\n  owner: Operations\n")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    scenario = api.load(tmp_path)
    by_kind = {rule.kind: rule for rule in rules(scenario, api.validate(scenario))}
    assert (by_kind["budget"].owner, by_kind["budget"].since) == ("Finance", "2026-07-01")
    assert by_kind["policy"].owner == "Operations"


def test_the_screen_tells_many_of_a_kind_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(MARKETS)]) == 0
    short = capsys.readouterr().out
    assert main(["validate", "--all-rules", str(MARKETS)]) == 0
    long = capsys.readouterr().out
    assert "appointment_capacity.csv:2-" in short
    assert len(long.splitlines()) > 2 * len(short.splitlines())
    assert "Seaview Orthopaedics" in long
    assert "Seaview Orthopaedics" not in short


def test_json_has_every_rule(capsys: pytest.CaptureFixture[str], told: list[Rule]) -> None:
    assert main(["validate", "--json", str(MARKETS)]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert [rule["rule"] for rule in data["rules"]] == [rule.rule for rule in told]
