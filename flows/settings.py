"""What the environment may set: read here and nowhere else.

Belongs here: names of environment variables, their defaults, and the defaults we give to libraries before they are imported.
"""

import logging
import os
from pathlib import Path

DATA_VARIABLE = "NIGHTDESK_DATA"
CONTACT_VARIABLE = "NIGHTDESK_CONTACT"
DEBUG_VARIABLE = "NIGHTDESK_DEBUG"
NOTIFY_VARIABLE = "NIGHTDESK_NOTIFY_URL"
DEFAULT_DATA = Path("warehouse/data")

# Libraries read these at import. setdefault: what the operator sets wins.
LIBRARY_DEFAULTS = {
    # No telemetry: nights run offline, and what a newsroom reads is nobody else's business.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "GX_ANALYTICS_ENABLED": "false",
    # Prefect's own limit for its in-process server is 20 s, which slow machines exceed at first start.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "240",
    # Our progress lines say what happens; Prefect speaks up when something is wrong.
    "PREFECT_LOGGING_LEVEL": "WARNING",
}

# Of a server that stays: it forgets runs after 90 days and events after 7, Prefect's own figures, but only the events unasked.
SERVICE_DEFAULTS = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_LOGGING_LEVEL": "INFO",
}


def debug() -> bool:
    """Whether tracebacks are wanted ($NIGHTDESK_DEBUG)."""
    return os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


def contact() -> str | None:
    """The contact address for hosts that are not local ($NIGHTDESK_CONTACT), for verbs that read no sources.toml."""
    return os.environ.get(CONTACT_VARIABLE) or None


def notify_url() -> str | None:
    """Where notices are posted to ($NIGHTDESK_NOTIFY_URL). A secret: whoever knows a webhook's address may write to it."""
    return os.environ.get(NOTIFY_VARIABLE) or None


def quiet_logs() -> None:
    """On the command line the ledger tells what became of each page; the same as log lines would only hide the progress."""
    if not debug():
        logging.disable(logging.INFO)
        logging.getLogger("sources").setLevel(logging.ERROR)
        # What ends a run is told in one line by the command line itself.
        for name in ("prefect.flow_runs", "prefect.task_runs"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def prepare_libraries(data: Path) -> None:
    """Set what Prefect and Great Expectations read when they are imported: call it before importing either.

    Prefect's home goes below `data`, so that a night never meets the database of another project's Prefect version.
    """
    for name, value in LIBRARY_DEFAULTS.items():
        os.environ.setdefault(name, value)
    if "PREFECT_API_URL" not in os.environ and "PREFECT_PROFILE" not in os.environ:
        # An in-process server ends with the run, and cannot take its last log lines.
        os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
        home = Path(os.environ.setdefault("PREFECT_HOME", str((data / "prefect").resolve())))
        home.mkdir(parents=True, exist_ok=True)


def prepare_service(data: Path, port: int) -> bool:
    """As prepare_libraries, for a schedule that stays: its server is on `port` of 127.0.0.1, and keeps its database bounded.

    False if the operator names a server ($PREFECT_API_URL): then none is to be started.
    """
    for name, value in SERVICE_DEFAULTS.items():
        os.environ.setdefault(name, value)
    named = "PREFECT_API_URL" in os.environ
    prepare_libraries(data)
    if not named:
        # Both, or the UI calls another port than it was served from.
        os.environ["PREFECT_SERVER_API_PORT"] = str(port)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "true"
    return not named
