"""The ledger of a run: every candidate with exactly one disposition, and the rows of those that were refused.

Belongs here: putting the stages' answers together, and the sum that must hold. Does not belong here: reaching those answers.
"""

import tempfile
from pathlib import Path

import pyarrow as pa

from transforms.errors import LakeError
from transforms.records import REASON_DISPOSITION, Reason
from warehouse import scan
from warehouse.lake import Lake
from warehouse.schema import DECIDED, EXTRACTED, FETCHED, PAGES, QUARANTINE, REFUSED

DISPOSITIONS = pa.table(
    {
        "reason": [str(reason) for reason in Reason],
        "disposition": [str(REASON_DISPOSITION[reason]) for reason in Reason],
    }
)


def assemble_pages(*, fetched: pa.Table, refused: pa.Table, decided: pa.Table, run_id: str) -> pa.Table:
    """The PAGES rows of a run.

    fetched: FETCHED, every candidate. refused: REFUSED, by extraction or rules. decided: DECIDED, what the load made of the rest.
    Raises LakeError if a candidate has no disposition or more than one: then nothing may be committed.
    """
    pages = _query(
        "pages_of_run",
        PAGES,
        run_id,
        fetched=(fetched, FETCHED),
        refused=(refused, REFUSED),
        decided=(decided, DECIDED),
    )
    check_sum(pages, fetched.num_rows, run_id)
    return pages


def check_sum(pages: pa.Table, candidates: int, run_id: str) -> None:
    """Raise LakeError unless there are as many dispositions as candidates."""
    if pages.num_rows != candidates:
        raise LakeError(
            f"run {run_id}: {candidates} candidates but {pages.num_rows} dispositions; "
            "a page has been judged twice or not at all. Nothing more of this run is committed; please report this"
        )


def assemble_quarantine(*, fetched: pa.Table, extracted: pa.Table, refused: pa.Table, run_id: str, extractor: str) -> pa.Table:
    """The QUARANTINE rows of a run: refused pages that are not simply failures, with the row as far as it was extracted."""
    return _query(
        "quarantine_of_run",
        QUARANTINE,
        run_id,
        extractor,
        fetched=(fetched, FETCHED),
        extracted=(extracted, EXTRACTED),
        refused=(refused, REFUSED),
    )


def _query(name: str, result: pa.Schema, *parameters: str, **tables: tuple[pa.Table, pa.Schema]) -> pa.Table:
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        con.register("dispositions", DISPOSITIONS)
        for table_name, (table, expected) in tables.items():
            con.register(table_name, table.cast(expected))
        answer = con.sql(scan.statement(name), params=list(parameters)).to_arrow_table()
    rows: pa.Table = answer.select(result.names).cast(result)
    return rows


def pages_of_run(lake: Lake, run_id: str) -> pa.Table:
    """The ledger of one run as the lake holds it, as PAGES."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        con.execute(f"create temp view pages as {scan.snapshot_query(lake.snapshot('pages'))}")
        answer = con.sql("select * from pages where run_id = $1", params=[run_id]).to_arrow_table()
    rows: pa.Table = answer.select(PAGES.names).cast(PAGES)
    return rows
