"""What the kill test came to, and its page.

Belongs here: the records and their Markdown. Does not belong here: how they come about (kills.py).
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from figures import machine, table
from kill_stages import STAGES


@dataclass
class Kill:
    """One kill and what became of its night."""

    victim: str
    night: int
    stage: str
    runs_after: int = 0  # further runs that were asked for; 0: the night went on, or was gone on with, by itself
    unequal: list[str] = field(default_factory=list)  # tables
    seconds: float = 0.0  # to a whole lake, once a server or worker that was killed is up again


@dataclass
class Outcome:
    """All of it. But for the first two, each must be empty."""

    kills: list[Kill] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)  # of the largest lake that was compared, by table
    still_running: list[str] = field(default_factory=list)  # runs that Prefect takes for running after the last night
    processes_left: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def wrong(self) -> bool:
        """Whether anything is."""
        unequal = any(kill.unequal for kill in self.kills)
        return unequal or bool(self.still_running or self.processes_left or self.errors)


def read_outcome(path: Path) -> Outcome:
    """What an earlier call has written."""
    fields = json.loads(path.read_text())
    return Outcome(**fields | {"kills": [Kill(**kill) for kill in fields["kills"]]})


def markdown(outcome: Outcome, seed: int) -> str:
    """The outcome as a page."""
    stages = [stage for stage in STAGES if any(kill.stage == stage for kill in outcome.kills)]
    counts = Counter((kill.victim, kill.stage) for kill in outcome.kills)
    struck = [
        (victim, *(str(counts[victim, stage] or "") for stage in stages), str(sum(counts[victim, stage] for stage in stages)))
        for victim in dict.fromkeys(kill.victim for kill in outcome.kills)
    ]
    equal = sum(not kill.unequal for kill in outcome.kills)
    runs = Counter(kill.runs_after for kill in outcome.kills)
    compared = ", ".join(f"{count:,} of {name}" for name, count in outcome.rows.items())
    wrong = [
        ("kills after which the lake differs", len(outcome.kills) - equal),
        ("runs that Prefect takes for running after the last night", len(outcome.still_running)),
        ("processes left behind", len(outcome.processes_left)),
        ("other errors", len(outcome.errors)),
    ]
    lines = [
        "# Whole nights, one process killed in each",
        f"{len(outcome.kills)} kills with -9 (seed {seed}). {machine()}",
        table(("killed while the night was at", *stages, "all"), struck),
        f"After each the lake was held against that of undisturbed nights, row by row; the largest had {compared}.",
        table(("what", "must be 0"), [(name, str(count)) for name, count in wrong]),
        f"{runs[0]} nights were over without another run being asked for: what was killed was not the night's own process, or "
        f"`nightdesk serve` went on with it. {runs[1]} were over after one more run, {runs.total() - runs[0] - runs[1]} after "
        "more.",
        table(
            ("killed", "night", "at", "further runs", "s to a whole lake", "equal"),
            [
                (
                    kill.victim,
                    str(kill.night),
                    kill.stage,
                    str(kill.runs_after),
                    f"{kill.seconds:.0f}",
                    "no" if kill.unequal else "yes",
                )
                for kill in outcome.kills
            ],
        ),
        *(f"```\n{error}\n```" for error in (*outcome.still_running, *outcome.processes_left, *outcome.errors)),
    ]
    return "\n\n".join(lines) + "\n"
