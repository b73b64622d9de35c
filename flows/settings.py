"""What the environment may set: read here and nowhere else.

Belongs here: names of environment variables, their defaults, and the defaults we give to libraries before they are imported.
"""

import base64
import hashlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from transforms.errors import ConfigError

if TYPE_CHECKING:
    from warehouse.paths import DataDir

# A warehouse's folder, or s3://bucket/prefix.
Place: TypeAlias = Path | str

DATA_VARIABLE = "NIGHTDESK_DATA"
WORK_VARIABLE = "NIGHTDESK_WORK"
CONTACT_VARIABLE = "NIGHTDESK_CONTACT"
DEBUG_VARIABLE = "NIGHTDESK_DEBUG"
DATA_DOCS_VARIABLE = "NIGHTDESK_DATA_DOCS"
NOTIFY_VARIABLE = "NIGHTDESK_NOTIFY_URL"
ENGINE_VARIABLE = "NIGHTDESK_ENGINE"
ENGINE_ADDRESS_VARIABLE = "NIGHTDESK_ENGINE_ADDRESS"
LOG_FORMAT_VARIABLE = "NIGHTDESK_LOG_FORMAT"
LOG_FORMATS = ("text", "json")
METRICS_VARIABLE = "NIGHTDESK_METRICS_FILE"
DEFAULT_DATA = Path("warehouse/data")
LOCAL_ENGINE = "local"
# By name, with an address as it is written.
ENGINES = {"dask": "tcp://HOST:8786", "ray": "HOST:6379"}

# AWS_SECRET_ACCESS_KEY, PREFECT_API_KEY, PREFECT_API_AUTH_STRING. What is shorter is a flag or a word of ordinary text.
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|API_KEY|AUTH_STRING|ACCESS_KEY")
_SHORTEST_SECRET = 8

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
    # Who holds a deployment's one place is told by a lease, kept in the server's memory if nobody says otherwise: a server that
    # died would forget it, and the night that holds it be cancelled in mid-work.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_LOGGING_LEVEL": "INFO",
}


def debug() -> bool:
    """Whether tracebacks are wanted ($NIGHTDESK_DEBUG)."""
    return os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


def data_docs() -> bool:
    """Whether runs write Great Expectations' Data Docs ($NIGHTDESK_DATA_DOCS; 0: not). To import it takes 2 CPU seconds a run."""
    return os.environ.get(DATA_DOCS_VARIABLE, "1") != "0"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Whose workers read pages: `name` is of ENGINES; `address`: where its scheduler listens."""

    name: str
    address: str


def engine() -> EngineChoice | None:
    """Where pages are read ($NIGHTDESK_ENGINE, $NIGHTDESK_ENGINE_ADDRESS); None: in processes of this machine. ConfigError if
    what is set says no engine, or no address.
    """
    name, address = os.environ.get(ENGINE_VARIABLE) or LOCAL_ENGINE, os.environ.get(ENGINE_ADDRESS_VARIABLE)
    if name == LOCAL_ENGINE:
        return None
    if name not in ENGINES:
        raise ConfigError(f"{ENGINE_VARIABLE}={name}: there is no such engine. There are: {', '.join((LOCAL_ENGINE, *ENGINES))}")
    if not address:
        raise ConfigError(
            f"{ENGINE_VARIABLE}={name}: nothing says where its scheduler listens. Set {ENGINE_ADDRESS_VARIABLE}={ENGINES[name]}"
        )
    return EngineChoice(name, address)


def log_format() -> str:
    """One of LOG_FORMATS ($NIGHTDESK_LOG_FORMAT). ConfigError for another."""
    chosen = os.environ.get(LOG_FORMAT_VARIABLE) or LOG_FORMATS[0]
    if chosen not in LOG_FORMATS:
        raise ConfigError(f"{LOG_FORMAT_VARIABLE}: is {chosen!r}; give one of {', '.join(LOG_FORMATS)}")
    return chosen


def is_json_log() -> bool:
    """Whether stderr is for programs. False also where the variable cannot be understood."""
    return os.environ.get(LOG_FORMAT_VARIABLE) == "json"


def choose_log_format(name: str) -> None:
    """For this process and those that it starts."""
    os.environ[LOG_FORMAT_VARIABLE] = name


def metrics_file() -> Path | None:
    """Where runs leave their figures for Prometheus ($NIGHTDESK_METRICS_FILE); None: nowhere."""
    named = os.environ.get(METRICS_VARIABLE)
    return Path(named) if named else None


def place(text: str) -> Place:
    """What somebody has written: a URL stays as it is."""
    return text if "://" in text else Path(text)


def warehouse(place: Place) -> "DataDir":
    """The warehouse at a folder or URL. ConfigError if there can be none, or if the store cannot be had."""
    # Here, since extraction's worker processes import this module and start in the working directory: a data folder
    # `warehouse/` there would hide the package that an editable install has elsewhere.
    from warehouse.paths import DataDir

    if isinstance(place, Path):
        return DataDir(place)
    from warehouse.remote import open_folder

    return DataDir(open_folder(place), work=_work_folder(place))


def _work_folder(url: str) -> Path:
    """What this machine keeps of a warehouse at a URL: runs that are not finished, the search index, copies.

    $NIGHTDESK_WORK, else a folder of its own below $XDG_STATE_HOME: it must outlive a restart, since pages that were fetched
    and not yet put into the archive are here alone.
    """
    if given := os.environ.get(WORK_VARIABLE):
        return Path(given)
    name = re.sub(r"\W+", "-", url.removeprefix("s3://")).strip("-")
    return state_folder() / f"{name}-{hashlib.blake2b(url.rstrip('/').encode(), digest_size=4).hexdigest()}"


def state_folder() -> Path:
    """What this user's nightdesk keeps from one time to the next, below $XDG_STATE_HOME."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "nightdesk"


def contact() -> str | None:
    """The contact address for hosts that are not local ($NIGHTDESK_CONTACT), for verbs that read no sources.toml."""
    return os.environ.get(CONTACT_VARIABLE) or None


def notify_url() -> str | None:
    """Where notices are posted to ($NIGHTDESK_NOTIFY_URL). A secret: whoever knows a webhook's address may write to it."""
    return os.environ.get(NOTIFY_VARIABLE) or None


def prefect_api_url() -> str | None:
    """The Prefect server that the operator names ($PREFECT_API_URL); None: one of our own."""
    return os.environ.get("PREFECT_API_URL") or None


def prefect_authorization() -> str | None:
    """The header by which that server knows us: $PREFECT_API_KEY, or $PREFECT_API_AUTH_STRING (name:password). A secret."""
    if key := os.environ.get("PREFECT_API_KEY"):
        return f"Bearer {key}"
    if words := os.environ.get("PREFECT_API_AUTH_STRING"):
        return f"Basic {base64.b64encode(words.encode()).decode()}"
    return None


def prefect_profile() -> str | None:
    """Prefect's profile, which may name a server of its own ($PREFECT_PROFILE)."""
    return os.environ.get("PREFECT_PROFILE") or None


def prefect_home(data: "DataDir") -> Path:
    """Where Prefect's own state lies ($PREFECT_HOME), by default in the warehouse's folder on this machine."""
    return Path(os.environ.get("PREFECT_HOME") or data.work / "prefect")


def prefect_database() -> str | None:
    """Prefect's database, if it is not the SQLite file in its home. A secret: it holds a password."""
    return (
        os.environ.get("PREFECT_SERVER_DATABASE_CONNECTION_URL") or os.environ.get("PREFECT_API_DATABASE_CONNECTION_URL") or None
    )


def secrets() -> tuple[str, ...]:
    """What the environment holds in confidence, the longest first: no log line may say it."""
    held = {value for name, value in os.environ.items() if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET}
    return tuple(sorted(held | {url for url in (notify_url(), prefect_database()) if url}, key=len, reverse=True))


def quiet_logs() -> None:
    """On the command line the ledger tells what became of each page; the same as log lines would only hide the progress. A
    program that reads the log wants them.
    """
    if not debug() and log_format() == "text":
        logging.disable(logging.INFO)
        logging.getLogger("sources").setLevel(logging.ERROR)
        # What a run comes to, and what ends it, is told by the command line itself.
        # By a filter: Prefect sets the levels of its loggers when flows are imported.
        for name in ("prefect.flow_runs", "prefect.task_runs", "flows.outcomes"):
            logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.CRITICAL)


def prepare_libraries(data: Place) -> None:
    """Set what Prefect and Great Expectations read when they are imported: call it before importing either.

    Prefect's home goes into the warehouse's folder on this machine, so that a night never meets the database of another
    project's Prefect version. ConfigError as `warehouse` and `engine`.
    """
    engine()  # a slip of the pen is told before anything is imported
    folder = warehouse(data)
    for name, value in LIBRARY_DEFAULTS.items():
        os.environ.setdefault(name, value)
    if not (prefect_api_url() or prefect_profile()):
        # An in-process server ends with the run, and cannot take its last log lines.
        os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
        home = prefect_home(folder)
        os.environ["PREFECT_HOME"] = str(home)
        home.mkdir(parents=True, exist_ok=True)


def prepare_service(data: Place, port: int) -> bool:
    """As prepare_libraries, for a schedule that stays: its server is on `port` of 127.0.0.1, and keeps its database bounded.

    False if the operator names a server ($PREFECT_API_URL): then none is to be started.
    """
    for name, value in SERVICE_DEFAULTS.items():
        os.environ.setdefault(name, value)
    named = prefect_api_url() is not None
    prepare_libraries(data)
    if not named:
        # Both, or the UI calls another port than it was served from.
        os.environ["PREFECT_SERVER_API_PORT"] = str(port)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "true"
    return not named
