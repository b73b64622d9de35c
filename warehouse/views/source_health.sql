-- One row per run and source: what became of its candidates.
-- candidates: URLs that discovery found
-- failed_share: failed / candidates, 0 to 1
-- quarantined_share: quarantined / candidates, 0 to 1
-- median_ms: milliseconds from request to last byte, half of the pages below
-- bytes: fetched over the wire
with counted as (
    select
        run_id,
        source,
        count(*) as candidates,
        count(*) filter (disposition = 'stored') as stored,
        count(*) filter (disposition = 'unchanged') as unchanged,
        count(*) filter (disposition = 'duplicate') as duplicate,
        count(*) filter (disposition = 'quarantined') as quarantined,
        count(*) filter (disposition = 'failed') as failed,
        count(*) filter (disposition = 'skipped') as skipped,
        median(elapsed_ms) as median_ms,
        coalesce(sum(bytes), 0)::bigint as bytes
    from pages
    group by run_id, source
)

select
    run_id,
    source,
    candidates,
    stored,
    unchanged,
    duplicate,
    quarantined,
    failed,
    skipped,
    failed / candidates as failed_share,
    quarantined / candidates as quarantined_share,
    median_ms,
    bytes
from counted
order by run_id, source
