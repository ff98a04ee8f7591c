"""The page itself: one HTML file that asks for nothing, runs nothing, and says what the run says."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.report.page.chart import NARROW, WIDE, Chart
from optimizer.report.page.charts import charts
from optimizer.report.page.played import played
from optimizer.report.page.quarter_charts import quarter_charts
from optimizer.report.page.template import not_installed, rendered
from optimizer.report.quarter import quarter_sections
from optimizer.report.sections import made_up, proof, sections, title
from optimizer.study.quarter_files import Quarter
from optimizer.weekly.run_inputs import require_unchanged

_TABLES = ("plan", "capacity", "intake")


def charts_of(run: Run, quarter: Quarter | None = None, progress: Progress = silent) -> list[Chart]:
    """Every chart of a run, those of its quarter first.

    Raises:
        UsageError: if what draws them is not installed. StorageError: if the run was changed after it was written.
    """
    require_installed()
    require_unchanged(run, *_TABLES)
    of_run = charts(run, played(run, progress))
    return [*(quarter_charts(quarter) if quarter else ()), *of_run]


def page(run: Run, quarter: Quarter | None = None, progress: Progress = silent) -> str:
    """A run as one HTML page; the plans of its quarter side by side before it.

    Raises:
        UsageError: if what draws it is not installed. StorageError: if the run was changed after it was written.
    """
    drawn = charts_of(run, quarter, progress)
    progress("Drawing the charts")
    return page_with(drawn, run, quarter)


def page_with(drawn: Sequence[Chart], run: Run, quarter: Quarter | None = None) -> str:
    """The page with charts that are made already.

    Text of the scenario is escaped and charts are pictures, so that nothing in a run can become a script; the content
    policy of the page forbids scripts, and requests of any kind, on top.
    """
    head, covers = title(run)
    return rendered(
        "page.html.j2",
        ("page.css",),
        title=head,
        covers=covers,
        made_up=made_up(run),
        before=quarter_sections(quarter) if quarter else list(sections(run)),
        charts=[_pictured(chart) for chart in drawn],
        proof=proof(run),
        run=run.folder.name,
        made_at=str(run.manifest["made_at"])[:16].replace("T", " "),
        version=run.manifest["tool_version"],
        inputs=str(run.manifest["inputs_sha256"])[:12],
    )


def _pictured(chart: Chart) -> dict[str, object]:
    return {
        "heading": chart.heading,
        "says": chart.says,
        "numbers": chart.numbers,
        "wide": chart.source(WIDE),
        "narrow": chart.source(NARROW),
    }


def require_installed() -> None:
    """Refuse to draw without what draws.

    Raises:
        UsageError: naming what to install.
    """
    try:
        import jinja2  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        raise UsageError(not_installed(str(error.name))) from None
