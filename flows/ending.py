"""How a night ends in Prefect's eyes.

Belongs here: the final state, the gate's artifact and notice. Does not belong here: the gate itself (expectations/gate.py), and
exit codes (commands).
"""

from typing import Any

from prefect import State
from prefect.artifacts import create_markdown_artifact
from prefect.states import Failed

from flows.finish import RunSummary
from flows.notices import Notice, notify
from sources.config import NotifySettings

GATE_FAILED = "Gate failed"


def ending(summary: RunSummary, wanted: NotifySettings) -> Any:
    """What a flow returns: the summary, or a failed state around it if the gate failed, after its artifact and its notice.

    Failed, and not completed under another name: the run is red in the UI, and automations on failed runs hear of it. The good
    rows are in the lake all the same.
    """
    verdict = "passed" if summary.gate.passed else "**failed**; what the rules accepted is loaded all the same"
    lines = [f"The quality gate of run {summary.run_id} {verdict}.", *(f"- {reason}" for reason in summary.gate.reasons)]
    create_markdown_artifact("\n".join(lines), key="gate", description=f"Quality gate of run {summary.run_id}")
    if summary.gate.passed:
        return summary
    subject = f"nightdesk: the quality gate of run {summary.run_id} failed"
    notify(wanted, Notice("gate", subject, summary.gate.reasons, summary.run_id, str(summary.report)))
    return gate_state(summary)


def gate_state(summary: RunSummary) -> Any:
    """The summary, or the failed state around it: for a flow around others that have told of it already."""
    if summary.gate.passed:
        return summary
    return Failed(name=GATE_FAILED, message=" ".join(summary.gate.reasons), data=summary)


def summary_of(returned: Any) -> RunSummary:
    """The summary in what a flow returned, or in its state. Raises what ended the flow."""
    result = returned
    if isinstance(returned, State):
        result = returned.data if isinstance(returned.data, RunSummary) else returned.result(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result
    assert isinstance(result, RunSummary)
    return result
