"""The whole story in one screen: load a scenario, plan it, keep the run.

from optimizer import api

scenario = api.load("scenarios/three_markets")
plan = api.plan(scenario)
print(plan.value, plan.spend)
plan.frame("plan")      # campaign and week: spend, leads, bookings, visits, value, reason
plan.prices             # every limit with what one more unit of it would bring
"""

from __future__ import annotations

from optimizer.api.curves import (
    backtest,
    calibrate,
    calibrate_funnel,
    import_curves,
    save_calibration,
    save_curves,
    save_rates,
)
from optimizer.api.groups import generate
from optimizer.api.papers import agenda, kpis, pre_launch, save_kpis, save_paper
from optimizer.api.plans import evaluate, export_lp, from_frames, load, open_run, plan, save, validate
from optimizer.api.quarters import CHARTS, PAGE, WORKBOOK, open_quarter, quarter
from optimizer.api.reports import charts, html_report, shareable_report, shareable_workbook, workbook
from optimizer.api.studies import access, compare, frontier, sensitivity, target, what_if
from optimizer.api.weekly import (
    alerts,
    approve,
    feed_templates,
    override,
    platform_files,
    post_alerts,
    recommend,
    reject,
    rerun,
    review,
    save_alerts,
)
from optimizer.calibration.calibrate import Backtest, Calibration
from optimizer.calibration.funnel import FunnelRates
from optimizer.calibration.importers.imported import ImportedCurves
from optimizer.plan.planner import Plan
from optimizer.plan.runs import Run
from optimizer.scenario.read import Scenario
from optimizer.study.access import Place
from optimizer.study.compare import Comparison, NoPlan
from optimizer.study.evaluation import Evaluation
from optimizer.study.frontier import Frontier
from optimizer.study.quarter_files import Quarter
from optimizer.study.sensitivity import Sensitivity
from optimizer.study.target import Target
from optimizer.study.variants import Input, Variant
from optimizer.weekly.alerts import Alerts
from optimizer.weekly.book import Decision, Entry
from optimizer.weekly.platforms.make import PlatformFiles
from optimizer.weekly.recommend import Recommendation
from optimizer.weekly.rerun import Rerun
from optimizer.weekly.review import Review

__all__ = [
    "CHARTS",
    "PAGE",
    "WORKBOOK",
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
    "Input",
    "NoPlan",
    "Place",
    "Plan",
    "PlatformFiles",
    "Quarter",
    "Recommendation",
    "Rerun",
    "Review",
    "Run",
    "Scenario",
    "Sensitivity",
    "Target",
    "Variant",
    "access",
    "agenda",
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
    "generate",
    "html_report",
    "import_curves",
    "kpis",
    "load",
    "open_quarter",
    "open_run",
    "override",
    "plan",
    "platform_files",
    "post_alerts",
    "pre_launch",
    "quarter",
    "recommend",
    "reject",
    "rerun",
    "review",
    "save",
    "save_alerts",
    "save_calibration",
    "save_curves",
    "save_kpis",
    "save_paper",
    "save_rates",
    "sensitivity",
    "shareable_report",
    "shareable_workbook",
    "target",
    "validate",
    "what_if",
    "workbook",
]
