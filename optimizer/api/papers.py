"""Papers for a meeting, and what their numbers mean."""

from __future__ import annotations

import os
from pathlib import Path

from optimizer.calibration.files import new_file
from optimizer.report.measures.dictionary import Entry, dictionary
from optimizer.report.measures.tell import dictionary_paper
from optimizer.report.papers.paper import paper_page
from optimizer.scenario.read import Scenario


def kpis(scenario: Scenario | None = None) -> list[Entry]:
    """What every number of the outputs means.

    Args:
        scenario: Whose values, owners and currency are told; the declared meanings alone if absent.

    Returns:
        Entries with ``title``, ``meaning``, ``formula``, ``unit``, ``owner``, ``inputs`` and where it is ``shown``.
    """
    return dictionary(scenario)


def save_kpis(path: str | os.PathLike[str], scenario: Scenario | None = None) -> None:
    """Write the same as one HTML page that is not there yet.

    Raises:
        UsageError: if the file is there, or what draws the page is not installed. StorageError: if it cannot be
        written.
    """
    new_file(Path(path), paper_page(dictionary_paper(dictionary(scenario), scenario), "dictionary.css"))
