"""Delta tables: made from the declared schema, appended to exactly once per batch, listed as snapshots.

Belongs here: everything that touches the transaction log. Does not belong here: which rows to append, and SQL.
"""

import json
import random
import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from transforms.errors import LakeError, first_line
from warehouse import files, layout
from warehouse.schema import PARTITION_BY, TABLES

T = TypeVar("T")

# With 20 refusals in a row and up to 2 s between them, other writers have been committing for half a minute without a gap.
_ATTEMPTS = 20
_LONGEST_PAUSE_SECONDS = 2.0
_BATCH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")


class RefusedCommitError(Exception):
    """Another writer committed first: what was read is no longer the newest snapshot. Read again, decide again, try again."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a table, as the log tells of it."""

    path: str  # below the table's folder, as the log spells it: percent-encoded
    size_bytes: int
    rows: int
    partition: tuple[tuple[str, str | None], ...]
    run: str | None  # the one run that all its rows are of; None: of several
    statistics: str = ""  # Delta's own JSON; only where the file is to be added


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a table: exactly the files that hold its rows."""

    table: str
    version: int | None  # None: the table was never written to
    files: tuple[str, ...]  # absolute paths
    columns: frozenset[str]  # that the table has at this version; the declared schema may since have grown
    runs: tuple[str | None, ...] = ()  # of each file: the one run that all its rows are of; None: of several
    left_out: frozenset[str] = frozenset()  # runs whose files were left out

    def without(self, runs: Collection[str]) -> "Snapshot":
        """The same but for the files of `runs`. Rows of several runs share a file only if all are finished (compaction.py)."""
        kept = [(file, run) for file, run in zip(self.files, self.runs, strict=True) if run not in runs]
        left_out = frozenset(run for run in self.runs if run is not None and run in runs)
        return replace(self, files=tuple(file for file, _ in kept), runs=tuple(run for _, run in kept), left_out=left_out)


@dataclass(frozen=True, slots=True)
class Lake:
    """The folder that holds one Delta table per name in warehouse.schema.TABLES."""

    root: Path

    def folder(self, table: str) -> Path:
        """Where a table lies. KeyError for a name that the schema does not declare."""
        TABLES[table]
        return self.root / table

    def snapshot(self, table: str, version: int | None = None) -> Snapshot:
        """A version of a table, the newest if none is named, without making the table. LakeError if it cannot be read."""
        if self._missing(table):
            return Snapshot(table, None, (), frozenset())
        return snapshot_of(self._read(table, version), table)

    def landed(self, table: str, batch_ids: Collection[str]) -> set[str]:
        """Those of `batch_ids` that a table holds, without making the table. LakeError if it cannot be read."""
        if not batch_ids or self._missing(table):
            return set()
        handle = self._read(table)
        return {batch_id for batch_id in batch_ids if landed(handle, batch_id)}

    def open(self, table: str) -> DeltaTable:
        """The newest version of a table, to read and then commit on top of; made if missing. LakeError if it cannot be read."""
        if self._missing(table):
            self._create(table)
        return self._read(table)

    def append_once(self, table: str, data: pa.Table, *, batch_id: str) -> bool:
        """Append `data`, which must have the table's declared columns. False: this batch had already landed, nothing was done.

        ValueError if data or batch_id are not as declared; LakeError if the table cannot be read or others never stop committing.
        """
        rows = data.select(TABLES[table].names).cast(TABLES[table])

        def attempt() -> bool:
            handle = self.open(table)
            if landed(handle, batch_id):
                return False
            commit(handle, table, rows.to_reader(), batch_id=batch_id)
            return True

        return retrying(attempt, table)

    def _missing(self, table: str) -> bool:
        """Whether nothing was ever committed. The log is looked for twice: whoever makes the table now writes it before files."""
        folder = self.folder(table)
        if _has_log(folder):
            return False
        if next(folder.glob("**/*.parquet"), None) is None:
            return True
        if _has_log(folder):
            return False
        raise LakeError(
            f"table {table} has files but no log: {folder / '_delta_log'} is empty. "
            f"Restore it from a backup, or move {folder} away."
        )

    def _create(self, table: str) -> None:
        folder = self.folder(table)
        folder.mkdir(parents=True, exist_ok=True)
        schema = TABLES[table]
        try:
            DeltaTable.create(
                str(folder),
                schema=schema,
                mode="error",
                partition_by=PARTITION_BY.get(table, []),
                name=table,
                description=schema.metadata[b"grain"].decode(),
                configuration=layout.table_properties(schema),
            )
        except DeltaError:
            if self._missing(table):  # else another process made it in the meantime
                raise

    def _read(self, table: str, version: int | None = None) -> DeltaTable:
        folder = self.folder(table)
        try:
            handle = DeltaTable(str(folder), version=version)
        except (DeltaError, TableNotFoundError, OSError, ValueError) as error:
            raise LakeError(_unreadable(folder, error)) from error
        _check_protocol(handle, folder)
        _check_columns(handle, table)
        return handle


def snapshot_of(handle: DeltaTable, table: str) -> Snapshot:
    """The files of the version that `handle` has open."""
    root = _root(handle)
    listed = sorted((f"{root}/{unquote(file.path)}", file.run) for file in data_files(handle))
    return Snapshot(
        table=table,
        version=handle.version(),
        files=tuple(path for path, _ in listed),
        columns=frozenset(field.name for field in handle.schema().fields),
        runs=tuple(run for _, run in listed),
    )


def data_files(handle: DeltaTable) -> list[DataFile]:
    """The files of the version that `handle` has open, oldest first."""
    # Not pa.table(), which would import pandas: 2 s.
    actions = pa.RecordBatchReader.from_stream(handle.get_add_actions(flatten=True)).read_all()
    partitions = [name for name in actions.column_names if name.startswith("partition.")]
    wanted = ["path", "size_bytes", "num_records", "modification_time", "min.run_id", "max.run_id", *partitions]
    rows = actions.select([name for name in wanted if name in actions.column_names]).to_pylist()
    return [
        DataFile(
            path=row["path"],
            size_bytes=row["size_bytes"],
            rows=row["num_records"],
            partition=tuple((name.removeprefix("partition."), row[name]) for name in partitions),
            run=row.get("min.run_id") if row.get("min.run_id") == row.get("max.run_id") else None,
        )
        for row in sorted(rows, key=lambda row: (row["modification_time"], row["path"]))
    ]


def landed(handle: DeltaTable, batch_id: str) -> bool:
    """Whether a batch is part of the version that `handle` has open."""
    return handle.transaction_version(batch_id) is not None


def commit(handle: DeltaTable, table: str, rows: pa.RecordBatchReader, *, batch_id: str) -> None:
    """Append rows as one commit on top of exactly the version that `handle` has open, and have it on the disk.

    RefusedCommitError if another commit came first. Files of a refused commit are in no snapshot; vacuum removes them.
    """
    check_batch_id(batch_id)
    declared = set(TABLES[table].names)
    grown = declared - {field.name for field in handle.schema().fields}
    try:
        write_deltalake(
            handle,
            rows,
            mode="append",
            schema_mode="merge" if grown else None,
            writer_properties=layout.writer_properties(TABLES[table]),
            commit_properties=CommitProperties(max_commit_retries=0, app_transactions=[Transaction(batch_id, 1, _now_ms())]),
        )
    except CommitFailedError as error:
        raise RefusedCommitError(f"table {table}, batch {batch_id}: {first_line(error)}") from error
    _flush_commit(handle)


def replace_files(handle: DeltaTable, table: str, *, added: Sequence[DataFile], removed: Sequence[DataFile]) -> None:
    """Commit that files of the version that `handle` has open were replaced by others with the same rows; have it on the disk.

    The new files are there already. RefusedCommitError if another commit came first. Look before whether `removed` are still
    there: delta-rs would take the removal of a file that an earlier commit has removed, and the rows would be doubled.
    """
    now = _now_ms()
    actions: list[AddAction | RemoveAction] = [
        *(AddAction(file.path, file.size_bytes, dict(file.partition), now, False, file.statistics) for file in added),
        *(RemoveAction(file.path, False, now, size=file.size_bytes, partition_values=dict(file.partition)) for file in removed),
    ]
    try:
        handle.create_write_transaction(
            actions,
            "append",
            handle.schema(),
            PARTITION_BY.get(table, []),
            commit_properties=CommitProperties(max_commit_retries=0),
        )
    except CommitFailedError as error:
        raise RefusedCommitError(f"table {table}, files replaced: {first_line(error)}") from error
    _flush_commit(handle)


def retrying(attempt: Callable[[], T], table: str) -> T:
    """Call `attempt` until its commit is not refused, with random pauses that grow. LakeError after too many refusals."""
    for tries in range(_ATTEMPTS):
        try:
            return attempt()
        except RefusedCommitError as error:
            refusal = error
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE_SECONDS, 0.02 * 2**tries)))
    raise LakeError(
        f"table {table}: {_ATTEMPTS} commits in a row were refused, because other writers kept committing ({refusal}). "
        "Nothing of this batch was stored. Run the same command again when they are done."
    )


def check_batch_id(batch_id: str) -> None:
    """ValueError if a batch id cannot serve as the name of a file and of a transaction."""
    if not _BATCH_ID.fullmatch(batch_id):
        raise ValueError(f"batch id {batch_id!r}: letters, digits, dot, dash, colon and underscore only, at most 200")


def _now_ms() -> int:
    return round(time.time() * 1000)


def _has_log(folder: Path) -> bool:
    return any((folder / "_delta_log").glob("[0-9]*"))


def _root(handle: DeltaTable) -> str:
    """The table's folder or URL."""
    return unquote(handle.table_uri.removeprefix("file://")).rstrip("/")


def _flush_commit(handle: DeltaTable) -> None:
    """delta-rs leaves its files to the system's cache; a power cut could keep the commit and lose the rows. A store keeps what it
    has answered for.
    """
    root = Path(_root(handle))
    if not root.is_absolute():
        return
    entry = root / "_delta_log" / f"{handle.version():020d}.json"
    actions = [json.loads(line) for line in entry.read_text(encoding="utf-8").splitlines()]
    data = [root / unquote(action["add"]["path"]) for action in actions if "add" in action]
    files.flush([*data, *{path.parent for path in data}, entry, entry.parent])


def _check_protocol(handle: DeltaTable, folder: Path) -> None:
    protocol = handle.protocol()
    if "deletionVectors" in (protocol.reader_features or []):
        raise LakeError(
            f"{folder} uses deletion vectors, which plain Parquet readers do not see: deleted rows would come back. "
            "Rewrite it with the tool that set them (in Spark: REORG TABLE ... APPLY (PURGE), then drop the feature)."
        )


def _check_columns(handle: DeltaTable, table: str) -> None:
    """A declared column may be new; one that was removed or has another type needs a person."""
    # Through the C interface: what delta-rs gives is the schema of another Arrow library.
    stored = {field.name: str(field.type) for field in pa.schema(cast(Any, handle.schema().to_arrow()))}
    declared = {field.name: str(_as_stored(field.type)) for field in TABLES[table]}
    if removed := sorted(stored.keys() - declared.keys()):
        raise LakeError(
            f"table {table} holds columns that this version of nightdesk does not know: {', '.join(removed)}. Use a newer one."
        )
    retyped = [f"{name} is {type_}, should be {declared[name]}" for name, type_ in stored.items() if type_ != declared[name]]
    if retyped:
        raise LakeError(
            f"table {table} holds columns of other types: {'; '.join(retyped)}. Export it, move it away and load it again."
        )


def _as_stored(type_: pa.DataType) -> pa.DataType:
    """The type as delta-rs gives it back: it names a list's items `element`."""
    if pa.types.is_list(type_):
        return pa.list_(pa.field("element", _as_stored(type_.value_type)))
    return type_


def _unreadable(folder: Path, error: Exception) -> str:
    if not files.is_local(folder):
        return f"the log of {folder} cannot be read: {first_line(error)}. If the store is well, run the same command again."
    newest = max((folder / "_delta_log").glob("*.json"), default=folder / "_delta_log")
    return (
        f"the log of {folder} cannot be read: {first_line(error)}. If a power cut or a full disk hit the last commit, "
        f"remove {newest} and run the same command again: its batch is loaded again. Otherwise restore the folder from a backup."
    )
