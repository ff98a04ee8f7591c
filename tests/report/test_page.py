"""The page of a run: its numbers are those of the run folder, and nothing in it can run or ask for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer import api
from optimizer.cli.main import main
from optimizer.errors import ExitCode, StorageError, VerificationError
from optimizer.plan.runs import Run
from optimizer.plan.words import count, day, percent
from optimizer.report.page.chart import PLAN, TODAY, WARM, values
from optimizer.report.page.page import charts_of, page
from optimizer.scenario.read import Scenario
from optimizer.weekly.week import write_scenario
from tests.report.browser import laid_out, needs_chromium
from tests.report.tables import Tables
from tests.weekly.weeks import scenario

HOSTILE = "</script><img src=x onerror=alert(1)>"
CHANNEL = "=2+2 & \"quoted\" 'שלום' 🏥"


def saved(made: Scenario, folder: Path) -> Run:
    (folder / "clinics").mkdir(parents=True)
    write_scenario(folder / "clinics", made.definition, {name: table.frame for name, table in made.tables.items()})
    return api.save(api.plan(folder / "clinics"), folder / "runs")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return saved(scenario(), tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def html(run: Run) -> str:
    return page(run)


def test_every_number_of_a_chart_is_the_run_folders(run: Run, html: str) -> None:
    shown, plan = Tables(html).tables, run.table("plan")
    by_line = plan.groupby("service_line")[["current_spend", "recommended_spend"]].sum().loc["Care"]
    assert shown["Spend by service line, today and planned"][1][:3] == [
        "Care",
        *(f"${money:,.0f}" for money in by_line),
    ]
    by_week = plan.groupby("week")[["current_spend", "recommended_spend"]].sum()
    assert shown["Spend by week"][1:] == [
        [day(week), *(f"${money:,.0f}" for money in row)]
        for week, row in zip(by_week.index, by_week.to_numpy(), strict=True)
    ]  # fmt: skip
    capacity = run.table("capacity")
    capacity = capacity[capacity["week"].isin(plan["week"]) & (capacity["location"] == "North")]
    taken = capacity["already_booked"] + capacity["expected_baseline_bookings"] + capacity["slots_used"]
    (north,) = [row for row in shown["How full the clinics are, week by week"] if row[0] == "North"]
    assert north[1] == percent(taken.sum() / capacity["new_patient_slots"].sum())
    assert north[2].startswith(f"{day(capacity['week'].iloc[0])} {percent(taken.iloc[0] / 100.0)} · ")
    hours = run.table("intake").iloc[0]
    intake = shown["Intake: hours that leads take (bars) of those that answer in time (marks)"][1]
    assert intake[2:5] == [
        count(hours["hours_used_in_time"]), count(hours["hours_in_time"]), percent(hours["utilisation"])
    ]  # fmt: skip


def test_what_is_no_number_is_not_drawn() -> None:
    """A clinic that is closed for a week is neither full nor empty, and a chart of it can be drawn."""
    data = values(pd.DataFrame({"week": ["a", "b"], "full": [0.5, float("nan")]}))
    assert json.loads(json.dumps(data, allow_nan=False)) == {
        "values": [{"week": "a", "full": 0.5}, {"week": "b", "full": None}]
    }


def test_value_and_patients_add_up(run: Run, html: str) -> None:
    """From today's value by lines to the plan's; leads are asked, lost or seen."""
    shown, summary = Tables(html).tables, run.summary
    steps = [float(row[1].replace("$", "").replace(",", "")) for row in shown["From today's value to the plan's"][1:]]
    assert steps[0] == round(summary["today"]["value"])  # type: ignore[index]
    assert steps[-1] == round(summary["plan"]["value"])  # type: ignore[index]
    assert sum(steps[:-1]) == pytest.approx(steps[-1], abs=len(steps))
    lost = {row[0]: [float(cell.replace(",", "")) for cell in row[1:]] for row in shown["Where patients are lost"][1:]}
    for place, side in enumerate(("today", "plan")):
        leads = float(summary[side]["leads"])  # type: ignore[index]
        assert sum(amounts[place] for amounts in lost.values()) == pytest.approx(leads, abs=3)


def test_curves_run_where_the_run_says(run: Run, html: str) -> None:
    """A straight curve of 0.05 leads for a unit of money: the average spend of a, and a twentieth of it in leads."""
    rows = {row[0]: row for row in Tables(html).tables["The curves of the campaigns that move most"]}
    mean = run.table("plan").groupby("campaign")["recommended_spend"].mean()["a"]
    assert rows["a"][1:] == ["$400", "20", f"${mean:,.0f}", count(mean * 0.05), "$1,000"]


def test_the_page_asks_for_nothing_and_runs_nothing(html: str) -> None:
    found = Tables(html)
    assert all(address.startswith("data:image/svg+xml;base64,") for address in found.addresses)
    assert not found.tags & {"script", "link", "iframe", "object", "embed", "form", "base"}
    assert "://" not in re.sub(r"data:[^\"]*", "", html)
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in html
    for address in found.addresses:
        drawn = base64.b64decode(address.partition(",")[2]).decode()
        assert drawn.startswith("<svg")
        assert "<script" not in drawn
        assert not re.search(r'(?:href|src)="(?!#)', drawn)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A campaign and a channel whose names would be markup, or a formula."""

    def renamed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        again = {"campaign": {"a": HOSTILE}, "channel": {"Search": CHANNEL}}
        return [{name: again.get(name, {}).get(cell, cell) for name, cell in row.items()} for row in rows]

    base = scenario(weeks=1)
    tables = {
        name: renamed(base.tables[name].frame.to_dict("records")) for name in ("campaigns", "response_curves", "funnel")
    }
    return saved(scenario(weeks=1, tables=tables), tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def hostile_html(hostile: Run) -> str:
    return page(hostile)


def test_names_come_through_and_are_inert(hostile_html: str) -> None:
    found = Tables(hostile_html)
    assert "<img src=x" not in hostile_html
    assert "script" not in found.tags
    assert found.tables["Spend by channel, today and planned"][1][0] == CHANNEL
    assert HOSTILE in {row[0] for row in found.tables["The curves of the campaigns that move most"]}
    for address in found.addresses:
        assert "<img" not in base64.b64decode(address.partition(",")[2]).decode()


def test_a_run_that_was_changed_is_refused(run: Run, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(run.folder, tmp_path / "changed"))
    text = (changed / "plan.csv").read_text(encoding="utf-8")
    (changed / "plan.csv").write_text(text.replace("480.00", "481.00", 1), encoding="utf-8")
    with pytest.raises(StorageError, match="was changed after the run was written"):
        page(api.open_run(str(changed)))


def test_a_summary_that_the_plan_does_not_bear_out_is_refused(run: Run, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(run.folder, tmp_path / "changed"))
    found = api.open_run(str(changed))
    found.summary["plan"]["visits"] += 1  # type: ignore[index]
    with pytest.raises(VerificationError, match=r"visits is .* when played again"):
        page(found)


def test_a_run_from_memory_has_the_charts_that_need_no_inputs(tmp_path: Path) -> None:
    made = api.save(api.plan(scenario(weeks=1)), tmp_path)
    assert [chart.name for chart in charts_of(made)] == [
        "spend_by_line", "spend_by_channel", "spend_by_week", "utilisation", "intake",
    ]  # fmt: skip


def test_charts_are_pictures_too(run: Run) -> None:
    for chart in charts_of(run)[:2]:
        assert chart.png().startswith(b"\x89PNG")


def contrast(colour: str, ground: str = "#ffffff") -> float:
    """How well a colour is told from its ground, by the Web Content Accessibility Guidelines."""

    def light(code: str) -> float:
        parts = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(colour), light(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_can_be_told_apart(html: str) -> None:
    """At least 4.5 to 1 for text, and 3 to 1 for what is drawn."""
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    style = html.partition("<style>")[2].partition("</style>")[0]
    texts = set(re.findall(r"[{ ;]color: (#[0-9a-f]{6})", style))
    assert len(texts) == 3
    assert min(map(contrast, texts)) >= 4.5
    assert min(map(contrast, (TODAY, PLAN, WARM))) >= 3


@needs_chromium
def test_nothing_is_cut_overlaps_or_asks(hostile_html: str, html: str, tmp_path: Path) -> None:
    """At the width of a phone and of a desk, with no word on the console and nothing asked of the network."""
    wrong, seen = laid_out({"run": html, "hostile": hostile_html}, tmp_path)
    assert not wrong
    assert (seen.console, seen.asked) == ("", set())


@needs_chromium
def test_chromium_would_have_told(tmp_path: Path) -> None:
    """A page that asks, complains, is too wide and breaks words is found out, so that silence means something."""
    asks = "<img src='http://pictures.invalid/x.png'><script>console.error('no')</script>"
    wide = (
        "<p style='width: 2000px'>wide</p><table><td style='overflow-wrap: anywhere; max-width: 3em'>responsibilities"
    )
    wrong, seen = laid_out({"bad": f"{asks}{wide}"}, tmp_path)
    assert any("pixels wide" in what for what in wrong)
    assert any("a word is broken: responsibilities" in what for what in wrong)
    assert "no" in seen.console
    assert seen.asked == {"http://pictures.invalid/x.png"}


@needs_chromium
def test_a_chart_that_is_cut_or_crowded_would_have_been_told(tmp_path: Path) -> None:
    texts = (
        "<text x='80' y='20'>goes beyond it</text>",
        "<text x='5' y='50'>one</text><text x='9' y='50'>other</text>",
        "<text x='5' y='90'>short…</text>",
    )
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>{''.join(texts)}</svg>"
    source = base64.b64encode(drawn.encode()).decode()
    wrong, _ = laid_out({"bad": f'<img src="data:image/svg+xml;base64,{source}">'}, tmp_path)
    assert wrong == [
        "chart 1 of bad: is cut: goes beyond it", "chart 1 of bad: is shortened: short…",
        "chart 1 of bad: overlap: one and other",
    ]  # fmt: skip


def test_on_the_command_line(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page_file, pictures = tmp_path / "plan.html", tmp_path / "charts"
    where = ["report", str(run.folder), "-q"]
    assert main([*where, "--html", str(page_file), "--charts", str(pictures)]) == ExitCode.OK
    assert capsys.readouterr().out.splitlines() == [f"Wrote {page_file}", f"Wrote {pictures}"]
    assert page_file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert len(list(pictures.glob("*.png"))) == len(Tables(page_file.read_text(encoding="utf-8")).addresses) / 2
    assert main([*where, "--html", str(page_file)]) == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err
    assert main(where) == ExitCode.USAGE
    assert "say what to write" in capsys.readouterr().err
    assert main([*where, "--html", str(tmp_path / "b.html"), "--against", "latest"]) == ExitCode.USAGE
