"""The registry runs whole at a tiny size; nothing is asserted about seconds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from optimizer.plan.solving import FINE_SHARE, TARGET_SHARE
from tests.bench import free_money, measure
from tests.bench.__main__ import bench
from tests.bench.child import MEASURES
from tests.bench.measure import Found, in_child, measured, measured_free
from tests.bench.registry import COMPARATORS, FREE_COMPARATORS, FREE_RATIOS, PHASES, RATIOS, SIZES, Ratio
from tests.bench.table import exponent, net, quotient, quotient_told, report


def in_process(name: str, arguments: Mapping[str, Any], _: float) -> Iterator[measure.Result]:
    return MEASURES[name](**arguments)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("bench") / "tiny"
    return measured(
        "tiny", folder, list(PHASES), list(COMPARATORS), repeat=1, limit=60.0, budgets=(0.5,), run=in_process
    )


@pytest.fixture(scope="module", params=[1, 2, 3])
def free(request: pytest.FixtureRequest) -> Found:
    names = [name for name in FREE_COMPARATORS if name != "trust_constr"]
    return measured_free("free_40", request.param, names, limit=60.0, run=in_process)


def test_every_phase_and_comparator_is_measured(tiny: Found) -> None:
    assert set(tiny.seconds) >= set(PHASES) | set(COMPARATORS) | {"command", "solver", "without_solver"}
    assert not tiny.more_than
    assert all(quotient(tiny, ratio) for ratio in RATIOS)


def test_the_phases_are_those_that_a_run_keeps_and_fill_the_command(tiny: Found) -> None:
    """What no phase counts is settings between the rounds; nothing is counted twice."""
    phases = sum(tiny.seconds[name][0] for name in PHASES if name not in ("what_if", "frontier"))
    assert 0.5 * tiny.seconds["command"][0] < phases <= tiny.seconds["command"][0]
    inside = tiny.facts["plan"]["solver_by_phase"]
    assert inside["solve"] <= tiny.seconds["solve"][0]
    assert sum(inside.values()) == pytest.approx(tiny.seconds["solver"][0])


def test_the_comparators_solve_the_same_program(tiny: Found) -> None:
    values = {name: tiny.facts[name]["value"] for name in ("direct", "pulp_highs", "pulp_cbc", "highs_alone")}
    assert values == pytest.approx(dict.fromkeys(values, values["direct"]), rel=1e-6)
    assert tiny.facts["plan"]["gap_share"] <= TARGET_SHARE < tiny.facts["six_steps"]["gap_share"]


def test_no_optimiser_passes_the_proven_bound_or_beats_the_plan(free: Found) -> None:
    """Net of spend, on the curves themselves, where nothing but the budget limits: 40 campaigns, each seed."""
    mine, bound = net(free, "plan"), free.facts["plan"]["bound"]
    assert mine is not None
    assert bound - mine <= FINE_SHARE * mine + 1.0  # budgets are whole cents
    for name in ("hill_climb", "slsqp", "slsqp_1000"):
        other = net(free, name)
        assert other is not None
        assert other <= bound * (1 + 1e-9)
        assert mine >= other - 0.01 * 40  # other ways leave cents to others: a cent in each campaign


def test_the_scenario_says_what_the_instance_says(free: Found) -> None:
    """The plan's own value, which it computes from the scenario's tables, is what the curves of the instance bring."""
    facts = free.facts["plan"]
    assert facts["planned_value"] == pytest.approx(facts["value"] - facts["spend"], rel=1e-6)


def test_scipy_keeps_the_budget_and_the_ceilings() -> None:
    made = free_money.instance(40, 1)
    for spend in (free_money.by_scipy(made, "SLSQP", 100, 60.0), free_money.hill_climb(made)):
        assert spend.sum() <= made.budget * (1 + 1e-12)
        assert (spend <= made.ceiling).all()
        assert (spend >= 0).all()


def test_an_optimiser_that_takes_too_long_is_told_as_such() -> None:
    found = measured_free("free_40", 1, ["trust_constr"], limit=0.0, run=in_process)
    assert set(found.more_than) == {"trust_constr"}


def test_the_report_tells_every_name_and_ratio(tiny: Found, free: Found) -> None:
    told = report([tiny], [free])
    for name in [*PHASES, *COMPARATORS]:
        assert re.search(rf"^{name}  ", told, re.MULTILINE), name
    for ratio in (*RATIOS, *FREE_RATIOS):
        assert re.search(rf"^{re.escape(ratio.title)}  .*[0-9]", told, re.MULTILINE), ratio.title


def test_ratios_by_hand() -> None:
    """(2 + 4) / 8 = 0.75 with the median of 1, 2 and 9; against something stopped after 60 s it is below 6 / 60."""
    found = Found("regional", seconds={"a": [1.0, 2.0, 9.0], "b": [4.0], "c": [8.0]}, more_than={"d": 60.0})
    assert quotient(found, Ratio("", ("a", "b"), ("c",))) == (0.75, False)
    assert quotient(found, Ratio("", ("a", "b"), ("d",))) == (0.1, True)
    assert quotient(found, Ratio("", ("a",), ("e",))) is None
    assert found.spread("a") == 4.0
    assert found.spread("b") is None
    assert quotient_told(found, Ratio("", ("b",), ("c",), 0.4, ("regional",))) == "0.5 missed"
    assert quotient_told(found, Ratio("", ("b",), ("c",), 0.6, ("regional",))) == "0.5 met"
    assert quotient_told(found, Ratio("", ("a", "b"), ("d",), 0.05, ("regional",))) == "< 0.1 open"


def test_the_exponent_by_hand() -> None:
    """Seconds that grow with the square of campaigns x weeks."""
    found = [
        Found(name, seconds={"command": [(SIZES[name].campaigns * SIZES[name].weeks / 1000.0) ** 2]})
        for name in ("clinic", "regional", "chain")
    ]
    assert exponent(found) == pytest.approx(2.0)
    assert exponent(found[:1]) is None


def test_a_child_that_takes_too_long_or_fails_is_told(tmp_path: Path) -> None:
    late = list(in_child("comparator", {"name": "direct", "folder": str(tmp_path), "limit": 1.0}, 0.01))
    assert late == [{"more_than": {"direct": 0.01}}]
    failed = list(in_child("nothing", {}, 60.0))
    assert failed == [{"failed": ["    ~~~~~~~~^^^^^^^^^^^^^", "KeyError: 'nothing'"]}] or "nothing" in str(failed)


def test_the_command_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    asked = ["--sizes", "tiny", "--phases", "none", "--comparators", "direct", "--json", str(file)]
    done = CliRunner().invoke(bench, asked)
    assert done.exit_code == 0, done.output
    assert "2 x 2 x 2 x 3" in done.output
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["sizes"][0]["seconds"]["direct"]
    assert told["machine"]["cores"]


def test_names_that_are_not_known_are_refused() -> None:
    done = CliRunner().invoke(bench, ["--sizes", "huge"])
    assert done.exit_code == 2
    assert "'huge' is not one of tiny, clinic" in done.output
