"""The whole story in one screen: load a scenario, plan it, keep the run.

import optimizer

scenario = optimizer.load("scenarios/three_markets")
plan = optimizer.plan(scenario)
print(plan.value, plan.spend)
plan.frame("plan")      # campaign and week: spend, leads, bookings, visits, value, reason
plan.prices             # every limit with what one more unit of it would bring
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from optimizer.calibration.calibrate import HOLDOUT, Backtest, Calibration
from optimizer.calibration.calibrate import Progress as CalibrationProgress
from optimizer.calibration.calibrate import backtest as calibration_backtest
from optimizer.calibration.calibrate import calibrate as calibration_calibrate
from optimizer.calibration.calibrate import silent as calibration_silent
from optimizer.calibration.files import new_file, new_folder, read_table
from optimizer.calibration.funnel import FunnelRates, funnel_rates
from optimizer.calibration.funnel import save_rates as calibration_save_rates
from optimizer.calibration.history import History, history_from_frame, read_history
from optimizer.calibration.importers.imported import ImportedCurves
from optimizer.calibration.importers.imported import import_curves as calibration_import_curves
from optimizer.calibration.importers.imported import save_curves as calibration_save_curves
from optimizer.calibration.importers.tool_curve import Asked
from optimizer.calibration.write import write_calibration
from optimizer.errors import InfeasiblePlan, UsageError
from optimizer.model.setting import established
from optimizer.plan.planner import Plan, make_plan, program_of
from optimizer.plan.runs import Run, find_run, write_run
from optimizer.plan.solving import Progress, silent
from optimizer.report.page.page import charts_of
from optimizer.report.page.page import page as run_page
from optimizer.scenario.facts import Facts
from optimizer.scenario.read import Scenario, scenario_from_frames
from optimizer.scenario.tables import TABLES
from optimizer.scenario.what_if import load_scenario
from optimizer.solve import pulp_bridge
from optimizer.study.access import MORE, Place
from optimizer.study.access import access as study_access
from optimizer.study.compare import Comparison, NoPlan
from optimizer.study.compare import compare as study_compare
from optimizer.study.evaluation import Evaluation, evaluation
from optimizer.study.frontier import BUDGET, SHARES, Frontier
from optimizer.study.frontier import frontier as study_frontier
from optimizer.study.sensitivity import Sensitivity
from optimizer.study.sensitivity import sensitivity as study_sensitivity
from optimizer.study.target import Target
from optimizer.study.target import target as study_target
from optimizer.weekly import decisions
from optimizer.weekly.alerts import Alerts, run_alerts
from optimizer.weekly.book import Book, Decision, Entry
from optimizer.weekly.ledger import existing_ledger
from optimizer.weekly.platforms.make import PlatformFiles, run_files
from optimizer.weekly.platforms.recorded import is_recorded, recorded_files
from optimizer.weekly.recommend import Recommendation
from optimizer.weekly.recommend import recommend as weekly_recommend
from optimizer.weekly.rerun import Rerun
from optimizer.weekly.rerun import rerun as weekly_rerun
from optimizer.weekly.review import WEEKS, Review
from optimizer.weekly.review import review as weekly_review
from optimizer.weekly.templates import feed_templates as weekly_templates
from optimizer.weekly.webhook import payload_text
from optimizer.weekly.webhook import post as weekly_post

__all__ = [
    "Alerts",
    "Backtest",
    "Calibration",
    "Comparison",
    "Decision",
    "Entry",
    "Evaluation",
    "Frontier",
    "FunnelRates",
    "ImportedCurves",
    "NoPlan",
    "Place",
    "Plan",
    "PlatformFiles",
    "Recommendation",
    "Rerun",
    "Review",
    "Run",
    "Scenario",
    "Sensitivity",
    "Target",
    "access",
    "alerts",
    "approve",
    "backtest",
    "calibrate",
    "calibrate_funnel",
    "charts",
    "compare",
    "evaluate",
    "export_lp",
    "feed_templates",
    "from_frames",
    "frontier",
    "html_report",
    "import_curves",
    "load",
    "open_run",
    "override",
    "plan",
    "platform_files",
    "post_alerts",
    "recommend",
    "reject",
    "rerun",
    "review",
    "save",
    "save_alerts",
    "save_calibration",
    "save_curves",
    "save_rates",
    "sensitivity",
    "target",
    "validate",
    "what_if",
    "workbook",
]


def load(path: str | os.PathLike[str], *, sets: Sequence[str] = (), changes: Sequence[str] = ()) -> Scenario:
    """Read a scenario folder or a what-if file.

    Args:
        path: The folder, its ``scenario.yaml``, or a what-if file.
        sets: Keys of ``scenario.yaml`` to change: ``budget.total=900000`` or ``budget.total*=0.8``.
        changes: Cells of tables to change: ``appointment_capacity[location=Northside] new_patient_slots *= 0.5``.

    Raises:
        ScenarioError: with every problem of every file and change, each with file, line and mend.
    """
    return load_scenario(path, sets=sets, changes=changes)


def from_frames(definition: Mapping[str, object], tables: Mapping[str, pd.DataFrame]) -> Scenario:
    """Make a scenario from data in memory: what ``scenario.yaml`` would say, and tables by name.

    Args:
        definition: Keys and values as in ``scenario.yaml``.
        tables: Frames with the columns of the tables; they are not changed.

    Raises:
        ScenarioError: as :func:`load`; lines count as if a header stood above.
    """
    return scenario_from_frames(definition, tables)


def validate(scenario: Scenario) -> Facts:
    """Match all tables of a scenario with each other without planning.

    Returns:
        The facts that a plan would be computed from, as arrays; see :class:`optimizer.scenario.facts.Facts`.

    Raises:
        ScenarioError: with every problem found.
    """
    return established(scenario)


def plan(
    scenario: Scenario | str | os.PathLike[str],
    *,
    after: Plan | None = None,
    solver: str = "highs",
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Plan:
    """Plan a scenario; the answer is certified and checked, or there is none.

    Args:
        scenario: A scenario, or its folder.
        after: A plan of a like scenario, from which the solver begins; the answer is the same, only sooner.
        solver: ``highs`` (in process), or a solver that PuLP knows, such as ``cbc``.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The plan: ``value`` and ``spend`` in the scenario's currency (or visits, bookings), ``frame(name)`` and
        ``prices`` as data frames, ``summary`` as plain values, ``certificate`` with the proven gap.

    Raises:
        ScenarioError: bad input. InfeasiblePlan: the limits contradict each other. SolverLimit: not enough time.
        VerificationError: the answer failed a check.
    """
    return make_plan(
        scenario if isinstance(scenario, Scenario) else load(scenario),
        after=after,
        solver=solver,
        time_limit=time_limit,
        progress=progress,
    )


def evaluate(
    scenario: Scenario | str | os.PathLike[str],
    spend: str | os.PathLike[str] | None = None,
    *,
    progress: Progress = silent,
) -> Evaluation:
    """Play a spend plan through a scenario: what it achieves, and where its money and patients are lost.

    Args:
        scenario: A scenario, its folder, or a what-if file.
        spend: CSV with campaign, week and spend, or the ``plan.csv`` of a run; today's spend if absent.
        progress: Called with a sentence as each phase begins.

    Returns:
        The evaluation: ``totals``, ``money`` and ``patients`` by where they end, ``by_unit``, ``tables``, and the rules
        that the spend plan breaks.

    Raises:
        ScenarioError: bad input. VerificationError: the answer failed a check.
    """
    made = scenario if isinstance(scenario, Scenario) else load(scenario)
    return evaluation(made, spend, progress=progress)


def save(made: Plan, runs: str | os.PathLike[str] = "runs", *, command: str = "optimizer.plan") -> Run:
    """Write a plan into a new run folder below ``runs``, whole or not at all.

    Raises:
        StorageError: if it cannot be written.
    """
    return write_run(made, Path(runs), command=command)


def open_run(name: str, runs: str | os.PathLike[str] = "runs") -> Run:
    """Open a run by path, by name below ``runs``, or the newest with ``latest``."""
    return find_run(name, Path(runs))


def sensitivity(
    of: Plan | Scenario | str | os.PathLike[str], *, time_limit: float = 600.0, progress: Progress = silent
) -> Sensitivity:
    """How a plan hangs on what patients are worth: planned again at 70 and 130 % of it, all lines and each alone.

    Args:
        of: A plan, a scenario, or its folder.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence before each plan.

    Returns:
        The plan and one case per line and worth: what the best plan and this plan are worth then, and money moved.

    Raises:
        UsageError: if the objective does not count what patients are worth. As :func:`plan` besides.
    """
    given = of if isinstance(of, Plan | Scenario) else load(of)
    return study_sensitivity(given, time_limit=time_limit, progress=progress)


def frontier(
    of: Plan | Scenario | str | os.PathLike[str],
    over: str = BUDGET,
    shares: Sequence[float] = SHARES,
    *,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Frontier:
    """The best plan over the budget, or over any one number of the scenario.

    Args:
        of: A plan, a scenario, or its folder.
        over: Key of ``scenario.yaml``, or cells of a table as in a change, without the operation:
            ``appointment_capacity[location=Northside] new_patient_slots``.
        shares: Values of the number, as multiples of what the scenario says.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence before each point.

    Returns:
        The points from the lowest to the highest: spend, value, visits, what the next unit of budget would add, and the
        places that begin to limit the plan.

    Raises:
        ScenarioError: the number is not one of the scenario. As :func:`plan` besides.
    """
    given = of if isinstance(of, Plan | Scenario) else load(of)
    return study_frontier(given, over, shares, time_limit=time_limit, progress=progress)


def target(
    scenario: Scenario | str | os.PathLike[str],
    goals: Sequence[str],
    *,
    within_budget: bool = False,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Target:
    """The least spend that reaches goals, and what one more of each would cost.

    Args:
        scenario: A scenario, or its folder.
        goals: ``visits >= 9000``, ``bookings[location=Northside,service_line=Orthopaedics] >= 120``.
        within_budget: Whether the budgets hold too; else the answer may be more than them.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The target: ``plan``, and ``goals`` with what is reached and what one more would cost.

    Raises:
        UsageError: if there is no goal. InfeasiblePlan: the goals are out of reach. As :func:`plan` besides.
    """
    made = scenario if isinstance(scenario, Scenario) else load(scenario)
    return study_target(made, goals, within_budget=within_budget, time_limit=time_limit, progress=progress)


def access(
    of: Plan | Scenario | str | os.PathLike[str], more: Sequence[float] = MORE, *, progress: Progress = silent
) -> list[Place]:
    """Where operations should open access: what more slots, intake hours and minutes would bring.

    Args:
        of: A plan, a scenario, or its folder.
        more: Slots or hours a week to try.
        progress: Called with a sentence before each place.

    Returns:
        Places, greatest gain first, each with its pledges: the gain, and the money that marketing would put there.

    Raises:
        As :func:`plan`.
    """
    return study_access(of if isinstance(of, Plan) else plan(of, progress=progress), more, progress=progress)


def what_if(
    base: str | os.PathLike[str],
    files: Sequence[str | os.PathLike[str]] = (),
    *,
    sets: Sequence[str] = (),
    changes: Sequence[str] = (),
    runs: str | os.PathLike[str] = "runs",
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> list[Run | NoPlan]:
    """Plan a scenario, and plan it again under each what-if; every plan is kept as a run.

    Args:
        base: A scenario folder or a what-if file.
        files: What-if files; each says itself what it stands on.
        sets: Keys changed for one more what-if of the base, as for :func:`load`.
        changes: Cells changed for the same one.
        runs: Folder of all runs.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The run of the base, then one run per what-if, in the order given; where no plan meets every limit of a what-if,
        the limits that stand in the way.

    Raises:
        UsageError: if nothing is asked differently. As :func:`plan` besides; InfeasiblePlan only for the base.
    """
    asked = [load(base), *map(load, files)]
    if sets or changes:
        asked.append(load(base, sets=sets, changes=changes))
    if len(asked) == 1:
        raise UsageError("nothing is asked differently; give what-if files, --set or --change")
    progress(f"Planning {asked[0].definition.name}")
    first = plan(asked[0], time_limit=time_limit, progress=progress)
    made: list[Run | NoPlan] = [save(first, runs, command="what-if")]
    for scenario in asked[1:]:
        progress(f"Planning {scenario.definition.name}")
        try:
            found = plan(scenario, after=first, time_limit=time_limit, progress=progress)
        except InfeasiblePlan as conflict:
            made.append(NoPlan(scenario.definition.name, conflict))
        else:
            made.append(save(found, runs, command="what-if"))
    return made


def compare(before: Run, after: Run) -> Comparison:
    """What two runs differ in: what was asked, totals, moves with reasons, limits and tight places.

    Raises:
        UsageError: if they count in different currencies.
    """
    return study_compare(before, after)


def platform_files(
    run: Run,
    folder: str | os.PathLike[str],
    *,
    week: str = "",
    platforms: Sequence[str] = (),
    ledger: str | os.PathLike[str] = "runs/ledger.sqlite",
) -> PlatformFiles:
    """Write what ad platforms must be told for a week of a run: budgets a day, campaigns to pause and to resume.

    Of a week's recommendation the budgets in effect are written, overrides among them, and the ledger notes it.

    Args:
        run: A run.
        folder: A folder that is not there yet; it is not made where nothing changes.
        week: Monday of a planned week; the first if blank.
        platforms: ``google_ads``, ``microsoft_ads``, ``meta_ads``; all if empty.
        ledger: File that keeps what was decided; used only where the run is a week's recommendation.

    Returns:
        ``files`` with their bytes, and ``week`` with budgets, carriers and the campaigns that no platform carries.

    Raises:
        UsageError: if the scenario has no ``platform_budgets``, the folder is there, or the recommendation is not in
        effect. StorageError: if it cannot be written. VerificationError: if a file, read back, does not say what the
        plan says.
    """
    if is_recorded(run):
        return recorded_files(run, Path(folder), Path(ledger), week, platforms)
    return run_files(run, Path(folder), week, platforms)


def alerts(run: Run, since: Run | None = None) -> Alerts:
    """What needs a decision before the budgets of a run go out.

    Args:
        run: A run.
        since: An earlier run, to tell which clinics filled up or opened since.

    Returns:
        The alerts, worst first; ``frame()`` has one row each, counts below 11 included.

    Raises:
        UsageError: if the runs cannot be compared. StorageError: if a run was changed after it was written.
    """
    return run_alerts(run, since)


def save_alerts(found: Alerts, path: str | os.PathLike[str]) -> None:
    """Write alerts as JSON for others, without small counts of people, into a file that is not there yet.

    Raises:
        UsageError: if it is there already. StorageError: if it cannot be written.
    """
    new_file(Path(path), payload_text(found))


def post_alerts(found: Alerts, url: str) -> str:
    """Send the same to an https address, or one of this computer; gives up after 20 seconds.

    Returns:
        Scheme and host.

    Raises:
        UsageError: if it may not go there. StorageError: if it was not delivered.
    """
    return weekly_post(found, url)


def html_report(run: Run, path: str | os.PathLike[str], *, progress: Progress = silent) -> None:
    """Write a run as one HTML page that needs no network and no script.

    Raises:
        UsageError: if the file is there already, or what draws the page is not installed. StorageError: if the run was
        changed after it was written, or the file cannot be written.
    """
    new_file(Path(path), run_page(run, progress))


def charts(run: Run, folder: str | os.PathLike[str], *, progress: Progress = silent) -> list[str]:
    """Write the charts of a run as PNG into a new folder; the names of the files.

    Raises:
        As :func:`html_report`.
    """
    drawn = {f"{chart.name}.png": chart.png() for chart in charts_of(run, progress)}
    new_folder(Path(folder), drawn)
    return sorted(drawn)


def export_lp(scenario: Scenario | str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write the program of a scenario as ``.lp`` or ``.mps`` for any other solver.

    Raises:
        UsageError: if the ending is neither. StorageError: if the file cannot be written.
    """
    made = scenario if isinstance(scenario, Scenario) else load(scenario)
    pulp_bridge.export(program_of(made), Path(path))


def import_curves(
    tool: str,
    files: Sequence[str | os.PathLike[str]],
    *,
    mapping: str | os.PathLike[str] | None = None,
    campaigns: str | os.PathLike[str] | None = None,
    period: str = "",
    outcome: str = "",
    value_per_lead: float | None = None,
    as_of: str = "",
) -> ImportedCurves:
    """Take over response curves that another tool fitted.

    Args:
        tool: ``meridian``, ``robyn``, ``pymc-marketing`` or ``points``.
        files: Its files.
        mapping: CSV with their_name and campaign, or service_line, channel and share; by name if absent.
        campaigns: ``campaigns.csv`` of a scenario, to check names and shares by.
        period: Time that spend and outcome of a row cover: ``week``, ``day``, ``104 weeks``.
        outcome: ``leads`` or ``money``.
        value_per_lead: Money that a lead stands for in an outcome in money.
        as_of: Last day of the data behind the curves, as an ISO date.

    Returns:
        ``curves`` as rows of ``response_curves``, ``report`` on each, and ``notes``.

    Raises:
        UsageError: if something is not given that the files do not say.
        InputFileError: with every problem of the files.
        VerificationError: if a row does not say what the tool's own formula says.
    """
    asked = Asked(period, outcome, value_per_lead, as_of)
    return calibration_import_curves(tool, [Path(file) for file in files], asked, _path(mapping), _path(campaigns))


def save_curves(made: ImportedCurves, path: str | os.PathLike[str]) -> None:
    """Write imported curves as a ``response_curves.csv`` that is not there yet.

    Raises:
        UsageError: if it is there already. StorageError: if it cannot be written.
    """
    calibration_save_curves(made, Path(path))


def calibrate(
    history: str | os.PathLike[str] | pd.DataFrame,
    *,
    campaigns: str | os.PathLike[str] | None = None,
    channels: str | os.PathLike[str] | None = None,
    workers: int = 1,
    holdout: int = HOLDOUT,
    progress: CalibrationProgress = calibration_silent,
) -> Calibration:
    """Learn the response curve of every campaign from its weekly spend and leads.

    Args:
        history: A file with a row per campaign and week, or such a frame.
        campaigns: ``campaigns.csv`` of a scenario, where the history does not name line and channel of each campaign.
        channels: ``channels.csv`` with the lag profile of each channel; estimated where it is not given.
        workers: Processes that fit campaigns; the answer is the same for any number.
        holdout: Weeks at the end on which a first fit is tested; 0 for no test.
        progress: Called with the part of the work that is done and a sentence.

    Returns:
        ``curves`` as rows of ``response_curves``, ``table`` with verdicts, errors and intervals, ``outliers``,
        ``holdout`` with the test.

    Raises:
        InputFileError: with every problem of the files.
    """
    return calibration_calibrate(
        _history(history, campaigns), channels=_path(channels), workers=workers, holdout=holdout, progress=progress
    )


def save_calibration(made: Calibration, folder: str | os.PathLike[str]) -> list[str]:
    """Write a calibration into a new folder, whole or not at all; the names of its files.

    Raises:
        UsageError: if the folder is there already. StorageError: if it cannot be written.
    """
    return write_calibration(made, Path(folder))


def backtest(
    history: str | os.PathLike[str] | pd.DataFrame,
    *,
    weeks: int = HOLDOUT,
    campaigns: str | os.PathLike[str] | None = None,
    channels: str | os.PathLike[str] | None = None,
    workers: int = 1,
    progress: CalibrationProgress = calibration_silent,
) -> Backtest:
    """Forecast each of the last weeks from what was known before it, and score the forecasts; as :func:`calibrate`.

    Raises:
        UsageError: if the history is too short. InputFileError: with every problem of the files.
    """
    return calibration_backtest(
        _history(history, campaigns), weeks=weeks, channels=_path(channels), workers=workers, progress=progress
    )


def calibrate_funnel(
    counts: str | os.PathLike[str], *, waits: str | os.PathLike[str] | None = None, as_of: str = ""
) -> FunnelRates:
    """Rates of the funnel, and of waits, from counted totals.

    Args:
        counts: Leads at every stage per service line and channel, and clinic and week where given.
        waits: Patients offered, kept and shown per service line and weeks waited.
        as_of: Last day of the counts as an ISO date, where the files do not give weeks.

    Returns:
        ``funnel`` and ``show_rates`` as rows of these tables, ``report`` with interval and counts of each, ``notes``.

    Raises:
        UsageError: if nobody tells how old the counts are. InputFileError: with every problem of the files.
    """
    return funnel_rates(Path(counts), _path(waits), as_of)


def save_rates(made: FunnelRates, folder: str | os.PathLike[str]) -> list[str]:
    """Write rates into a new folder, whole or not at all; the names of its files.

    Raises:
        UsageError: if the folder is there already. StorageError: if it cannot be written.
    """
    return calibration_save_rates(made, Path(folder))


def _history(history: str | os.PathLike[str] | pd.DataFrame, campaigns: str | os.PathLike[str] | None) -> History:
    if not isinstance(history, pd.DataFrame):
        return read_history(Path(history), _path(campaigns))
    named = None if campaigns is None else read_table(Path(campaigns), TABLES["campaigns"]).frame
    return history_from_frame(history, named)


def _path(given: str | os.PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def workbook(
    run: str | Run,
    path: str | os.PathLike[str],
    against: Sequence[str | Run] = (),
    *,
    runs: str | os.PathLike[str] = "runs",
    progress: Progress = silent,
) -> None:
    """Write a run as an Excel workbook that is not there yet: its numbers, and live formulas over them.

    Args:
        run: The run, or its path or name.
        path: The file.
        against: Runs that it is compared with.
        runs: Folder of all runs.
        progress: Called with a sentence as each phase begins.

    Raises:
        UsageError: if the file is there, XlsxWriter is not installed, or a run counts in another currency.
        StorageError: if a run was changed after it was written or holds no inputs, or the file cannot be written.
    """
    try:
        from optimizer.report.workbook.book import write_workbook
    except ModuleNotFoundError as error:
        if error.name != "xlsxwriter":
            raise
        hint = 'pip install "capacity-budget-optimizer[excel]"'
        raise UsageError(f"a workbook needs a library that is not installed: {hint}") from None
    opened = [found if isinstance(found, Run) else open_run(found, runs) for found in (run, *against)]
    write_workbook(opened[0], Path(path), opened[1:], progress)


# The weekly recommendation


def feed_templates(scenario: Scenario, week: dt.date, folder: str | os.PathLike[str]) -> list[str]:
    """Write templates of the feeds that a week needs into a new folder; the names of its files.

    Raises:
        UsageError: if the folder is there already, or the week is not in the calendar. StorageError: if it cannot be
        written.
    """
    files = weekly_templates(scenario, week)
    new_folder(Path(folder), files)
    return sorted(files)


def recommend(
    scenario: Scenario | str | os.PathLike[str],
    feeds: str | os.PathLike[str],
    week: dt.date,
    *,
    ledger: str | os.PathLike[str] = "runs/ledger.sqlite",
    runs: str | os.PathLike[str] = "runs",
    approve_large_change: bool = False,
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> Recommendation:
    """Recommend a week's budgets from this week's feeds, and record it.

    The same week with the same inputs gives the run that is recorded.

    Args:
        scenario: The scenario as it is kept, or its folder.
        feeds: Folder of this week's feeds.
        week: The Monday.
        ledger: File that keeps what was recommended and decided.
        runs: Folder of all runs.
        approve_large_change: Whether the total may move more than ``weekly.max_total_change``.
        time_limit: Seconds that a single solve may take.
        progress: Called with a sentence as each phase begins.

    Returns:
        The recommendation: ``table`` with each campaign's budget before and now, ``state``, ``doubts`` about the feeds,
        ``gain`` over moving a week later, and ``run``.

    Raises:
        UsageError: the week is not in the calendar. ScenarioError: the feeds are broken; the budgets of the week before
        stay. StorageError: the ledger cannot be used; the plan is written beside it. As :func:`plan` besides.
    """
    return weekly_recommend(
        scenario if isinstance(scenario, Scenario) else load(scenario),
        Path(feeds),
        week,
        ledger=Path(ledger),
        runs=Path(runs),
        approve_large_change=approve_large_change,
        time_limit=time_limit,
        progress=progress,
    )


def approve(run: str, *, by: str, reason: str = "", ledger: str | os.PathLike[str] = "runs/ledger.sqlite") -> Entry:
    """Put a recommendation into effect; the week as the ledger then has it.

    Raises:
        UsageError: if there is no such run, or nothing to approve.
    """
    with existing_ledger(Path(ledger)) as opened, opened.writing():
        return decisions.approve(Book.of_run(opened, run), run, by=by, reason=reason)


def reject(run: str, *, by: str, reason: str, ledger: str | os.PathLike[str] = "runs/ledger.sqlite") -> Entry:
    """Leave budgets as they were before a recommendation; the week as the ledger then has it.

    Raises:
        UsageError: if there is no such run, or nothing to reject.
    """
    with existing_ledger(Path(ledger)) as opened, opened.writing():
        return decisions.reject(Book.of_run(opened, run), run, by=by, reason=reason)


def override(
    run: str,
    campaign: str,
    amount: float,
    *,
    by: str,
    reason: str,
    ledger: str | os.PathLike[str] = "runs/ledger.sqlite",
    time_limit: float = 600.0,
    progress: Progress = silent,
) -> tuple[Decision, Entry]:
    """Set a campaign's budget of a recorded week; the decision with what it costs, and the week.

    Raises:
        UsageError: if there is no such run in effect, or no such campaign. InfeasiblePlan: if it breaks a limit.
    """
    with existing_ledger(Path(ledger)) as opened, opened.writing():
        book = Book.of_run(opened, run)
        decision = decisions.override(
            book, run, campaign, amount, by=by, reason=reason, time_limit=time_limit, progress=progress
        )
        return decision, book.entry(run)


def rerun(
    run: str | Run, runs: str | os.PathLike[str] = "runs", *, time_limit: float = 600.0, progress: Progress = silent
) -> Rerun:
    """Make a run again from what it was made from, and compare every file that says what the plan is.

    Raises:
        StorageError: if its inputs are not there, or are not those that it was made from. As :func:`plan` besides.
    """
    found = run if isinstance(run, Run) else open_run(run, runs)
    return weekly_rerun(found, time_limit=time_limit, progress=progress)


def review(ledger: str | os.PathLike[str] = "runs/ledger.sqlite", *, weeks: int = WEEKS, scenario: str = "") -> Review:
    """What came of the recorded weeks that are over, against what was forecast for them.

    Args:
        ledger: File that keeps what was recommended and decided; the runs are where it says.
        weeks: The most weeks to review, the last ones.
        scenario: Name of a scenario; needed only where the ledger has several.

    Returns:
        The review: ``errors`` by campaign and week, ``accuracy`` beside simple forecasts, ``stages`` of the funnel with
        what each step changed, ``access``, ``rules``, ``kpis``, and ``curves`` and ``rates`` that no longer hold.

    Raises:
        UsageError: if there is no such ledger or scenario, or no recorded week is over. StorageError: if a run is not
        there, was changed after it was written, or does not say what the ledger says.
    """
    if weeks < 1:
        raise UsageError(f"{weeks} weeks cannot be reviewed; give 1 or more")
    with existing_ledger(Path(ledger)) as opened:
        books = {book.scenario: book for book in Book.all(opened)}
        if (scenario and scenario not in books) or (not scenario and len(books) != 1):
            there = ", ".join(books) or "nothing yet"
            raise UsageError(f"name a scenario that {ledger} has: --scenario NAME; it has {there}")
        return weekly_review(books[scenario or next(iter(books))], weeks)
