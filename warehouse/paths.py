"""Where everything lies below the data folder.

Belongs here: names of folders and files. Does not belong here: making, reading or deleting them.
"""

from dataclasses import dataclass
from pathlib import Path

from transforms.errors import ConfigError

# In the folder of a run that is not finished: what it is a run of (flows/rundir.py).
RUN_FILE = "run.json"

# DuckDB takes a folder `key=value` for a column of every row and *, ? and [ for patterns; at the others delta-rs panics.
_UNFIT = frozenset("=*?[]^|\\")


@dataclass(frozen=True, slots=True)
class DataDir:
    """The data folder. `root` is made absolute, because the published views name their files by absolute path.

    Raises ConfigError if a folder of the path has a character in its name that the lake cannot live with.
    """

    root: Path

    def __post_init__(self) -> None:
        root = self.root.expanduser().resolve()
        if bad := sorted(_UNFIT.intersection(str(root))):
            raise ConfigError(f"data folder {root}: a name in this path holds {' '.join(bad)}. Choose another with --data.")
        object.__setattr__(self, "root", root)

    @property
    def raw(self) -> Path:
        """Pages as fetched, one folder of WARC files per run."""
        return self.root / "raw"

    @property
    def staged(self) -> Path:
        """Work in progress, one folder per run."""
        return self.root / "staged"

    @property
    def listings(self) -> Path:
        """Feeds, sitemaps and lists as they last came: a cache."""
        return self.root / "listings"

    @property
    def lake(self) -> Path:
        """Delta tables, one folder per table."""
        return self.root / "lake"

    @property
    def views_file(self) -> Path:
        """The DuckDB file that holds the views, and nothing else."""
        return self.root / "nightdesk.duckdb"

    @property
    def search(self) -> Path:
        """The full-text index: derived from the lake, and built again when it is not there."""
        return self.root / "search"

    @property
    def stories(self) -> Path:
        """Which articles tell one story: derived from the lake, beside the views that use it."""
        return self.root / "stories"

    @property
    def gone(self) -> Path:
        """Which articles' pages are gone: derived from the ledger, beside the views that use it."""
        return self.root / "gone"

    @property
    def reports(self) -> Path:
        """Quality reports, one folder per run."""
        return self.root / "reports"

    @property
    def publish_lock(self) -> Path:
        """Held by whoever publishes."""
        return self.root / ".publish.lock"

    @property
    def maintain_lock(self) -> Path:
        """Held by whoever maintains."""
        return self.root / ".maintain.lock"

    @property
    def quarantine_lock(self) -> Path:
        """Held by whoever replays or releases refused pages."""
        return self.root / ".quarantine.lock"

    @property
    def serve_lock(self) -> Path:
        """Held by whoever serves the schedule."""
        return self.root / ".serve.lock"

    @property
    def spill(self) -> Path:
        """What publishing sorts beyond its memory."""
        return self.root / ".spill"

    @property
    def compacted(self) -> Path:
        """Files of a compaction under way, on the lake's own disk."""
        return self.root / ".compacted"

    def raw_of(self, run_id: str) -> Path:
        """WARC files of one run."""
        return self.raw / run_id

    def staged_of(self, run_id: str) -> Path:
        """Work in progress of one run."""
        return self.staged / run_id

    def reports_of(self, run_id: str) -> Path:
        """Report and Data Docs of one run."""
        return self.reports / run_id

    def superseded_file(self, version: int, but: str = "") -> Path:
        """Versions that a later one replaced, as of one version of table `articles`; `but`: a name for the rows left
        out of it.
        """
        return self.root / f"superseded-{version:08d}{but and '-'}{but}.parquet"

    def superseded_files(self) -> list[Path]:
        """All superseded files that are kept, oldest table version first."""
        return sorted(self.root.glob("superseded-*.parquet"))
