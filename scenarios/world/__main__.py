"""The command line of the simulation.

``python -m scenarios.world --worlds 20`` plays worlds and prints what came of them; ``--write FOLDER`` writes the first
of them as the program is told of it: a scenario, and the feeds of every Monday if budgets stayed as they are.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scenarios.world.group import Course
from scenarios.world.play import play_worlds, summary, write_weeks
from scenarios.world.screen import screen


def main() -> None:
    """Play worlds, or write one."""
    parser = argparse.ArgumentParser(prog="python -m scenarios.world", description="A simulated half year; made up.")
    parser.add_argument("--worlds", type=int, default=20, help="worlds to play")
    parser.add_argument("--weeks", type=int, default=Course().weeks, help="weeks of each")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--processes", type=int, default=1, help="worlds played at the same time")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the first of them instead")
    asked = parser.parse_args()
    course = Course(weeks=asked.weeks)
    if asked.write:
        write_weeks(asked.seed, course, asked.write)
        return
    played = play_worlds(range(asked.seed, asked.seed + asked.worlds), course, asked.processes)
    sys.stdout.write(screen(summary(played), played, course))


if __name__ == "__main__":
    main()
