"""The page itself: one HTML file that asks for nothing, runs nothing, and says what the run says."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from optimizer.errors import UsageError
from optimizer.plan.runs import Run
from optimizer.plan.solving import Progress, silent
from optimizer.report.page.chart import NARROW, WIDE, Chart
from optimizer.report.page.charts import charts
from optimizer.report.page.played import played
from optimizer.report.sections import made_up, proof, sections, title
from optimizer.weekly.run_inputs import require_unchanged

PROSE = ("Why", "For", "By week", "")
"""Headers of columns that hold words rather than numbers."""
_TABLES = ("plan", "capacity", "intake")


def charts_of(run: Run, progress: Progress = silent) -> list[Chart]:
    """Every chart of a run.

    Raises:
        UsageError: if what draws them is not installed. StorageError: if the run was changed after it was written.
    """
    _require_installed()
    require_unchanged(run, *_TABLES)
    return charts(run, played(run, progress))


def page(run: Run, progress: Progress = silent) -> str:
    """A run as one HTML page.

    Text of the scenario is escaped and charts are pictures, so that nothing in a run can become a script; the content
    policy of the page forbids scripts, and requests of any kind, on top.

    Raises:
        UsageError: if what draws it is not installed. StorageError: if the run was changed after it was written.
    """
    drawn = charts_of(run, progress)
    from jinja2 import Environment, StrictUndefined

    files = resources.files("optimizer.report.page")
    style = (files / "page.css").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    head, covers = title(run)
    progress("Drawing the charts")
    return environment.from_string((files / "page.html.j2").read_text(encoding="utf-8")).render(
        title=head,
        covers=covers,
        made_up=made_up(run),
        style=style,
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        before=list(sections(run)),
        charts=[_pictured(chart) for chart in drawn],
        prose=PROSE,
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


def _require_installed() -> None:
    try:
        import jinja2  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError as error:
        hint = "pip install 'capacity-budget-optimizer[html]'"
        raise UsageError(f"the page needs {error.name}, which is not installed: {hint}") from None
