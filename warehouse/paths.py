"""Where everything lies below the data folder.

Belongs here: names of folders and files. Does not belong here: making, reading or deleting them.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from transforms.errors import ConfigError
from warehouse import files

# In the folder of a run that is not finished: what it is a run of (flows/rundir.py).
RUN_FILE = "run.json"

# DuckDB takes a folder `key=value` for a column of every row and *, ? and [ for patterns; at the others delta-rs panics.
_UNFIT = frozenset("=*?[]^|\\")


@dataclass(frozen=True, slots=True)
class DataDir:
    """The data folder. `root` is made absolute, because the published views name their files by absolute path.

    At a URL (remote.open_folder) it holds what others read, and a local folder, `work`, what this machine alone does; else both
    are one. Raises ConfigError if a folder of the path has a character in its name that the lake cannot live with.
    """

    root: Path
    work: Path = Path()

    def __post_init__(self) -> None:
        if self.is_remote:
            object.__setattr__(self, "work", self.work.expanduser().resolve())
            return
        root = self.root.expanduser().resolve()
        if bad := sorted(_UNFIT.intersection(str(root))):
            raise ConfigError(f"data folder {root}: a name in this path holds {' '.join(bad)}. Choose another with --data.")
        object.__setattr__(self, "root", root)
        object.__setattr__(self, "work", root)

    @property
    def is_remote(self) -> bool:
        """Whether others' machines may write here too."""
        return not files.is_local(self.root)

    @property
    def raw(self) -> Path:
        """Pages as fetched, one folder of WARC files per run."""
        return self.root / "raw"

    @property
    def staged(self) -> Path:
        """Work in progress, one folder per run."""
        return self.work / "staged"

    @property
    def handed(self) -> Path:
        """The same where workers elsewhere see it: on a disk it is one."""
        return self.root / "staged"

    @property
    def underway(self) -> Path:
        """A folder per run that is not finished, of this machine and others, with its RUN_FILE in it."""
        return self.root / "underway" if self.is_remote else self.staged

    @property
    def segments(self) -> Path:
        """Where WARC files are written, to be put below `raw` when they are closed."""
        return self.work / "raw"

    @property
    def listings(self) -> Path:
        """Feeds, sitemaps and lists as they last came: a cache."""
        return self.work / "listings"

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
        return self.work / "search"

    @property
    def search_lock(self) -> Path:
        """Held by whoever writes the full-text index."""
        return self.work / ".search.lock"

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
    def report_copies(self) -> Path:
        """At a URL: reports as this machine's browser opens them, one folder per run."""
        return self.work / "reports"

    @property
    def publish_lock(self) -> Path:
        """Held by whoever publishes."""
        return self.work / ".publish.lock"

    @property
    def maintain_lock(self) -> Path:
        """Held by whoever maintains."""
        return self.work / ".maintain.lock"

    @property
    def quarantine_lock(self) -> Path:
        """Held by whoever replays or releases refused pages."""
        return self.root / ".quarantine.lock"

    @property
    def serve_lock(self) -> Path:
        """Held by whoever serves the schedule."""
        return self.work / ".serve.lock"

    @property
    def spill(self) -> Path:
        """What publishing sorts beyond its memory."""
        return self.work / ".spill"

    @property
    def compacted(self) -> Path:
        """Files of a compaction under way, on the lake's own disk if that is local."""
        return self.work / ".compacted"

    def raw_of(self, run_id: str) -> Path:
        """WARC files of one run."""
        return self.raw / run_id

    def segments_of(self, run_id: str) -> Path:
        """WARC files of one run as they are written."""
        return self.segments / run_id

    def raw_page(self, name: str) -> Path:
        """The WARC file that a row calls `name`: below raw/, or an archive's own absolute path."""
        name = name.removeprefix(f"{self.raw}/")
        near = self.segments / name
        return near if not self.is_remote or name.startswith("/") or near.exists() else self.raw / name

    def staged_of(self, run_id: str) -> Path:
        """Work in progress of one run."""
        return self.staged / run_id

    def handed_of(self, run_id: str) -> Path:
        """Work in progress of one run where other machines' workers see it; on a disk, the run's own folder."""
        return self.handed / run_id

    def reports_of(self, run_id: str) -> Path:
        """Report and Data Docs of one run."""
        return self.reports / run_id

    def derived_file(self, folder: Path, name: str) -> Path:
        """A new file beside the views. At a URL nobody else uses its name: two machines may derive at once."""
        return folder / (f"{name}-{secrets.token_hex(4)}.parquet" if self.is_remote else f"{name}.parquet")

    def superseded_file(self, version: int, but: str = "") -> Path:
        """Versions that a later one replaced, as of one version of table `articles`; `but`: a name for the rows left
        out of it.
        """
        return self.root / f"superseded-{version:08d}{but and '-'}{but}.parquet"

    def superseded_files(self) -> list[Path]:
        """All superseded files that are kept, oldest table version first."""
        return sorted(self.root.glob("superseded-*.parquet"))
