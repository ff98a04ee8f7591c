"""The shareable edition as a page."""

from __future__ import annotations

from optimizer.plan.runs import Run
from optimizer.report.papers.paper import Paper
from optimizer.report.sections import made_up, title
from optimizer.report.shareable.release import MARK, release, release_sections


def release_paper(run: Run) -> Paper:
    """The edition of a run that may be passed on."""
    head, covers = title(run)
    foot = f"Run {run.folder.name}. Figures are expected values; nothing here says what causes what."
    return Paper(head, f"{covers}. {made_up(run)}".rstrip(), MARK, list(release_sections(release(run))), [foot])
