-- One row per source of the run: what became of its candidates, and how fresh its new articles were.
-- last_published_at: publication of the latest article that the source has in the warehouse now, if the run stored any of its articles
with ledger as (
    select
        source,
        count(*) as candidates,
        count(*) filter (disposition = 'stored') as stored,
        count(*) filter (disposition = 'unchanged') as unchanged,
        count(*) filter (disposition = 'duplicate') as duplicate,
        count(*) filter (disposition = 'quarantined') as quarantined,
        count(*) filter (disposition = 'failed') as failed,
        count(*) filter (disposition = 'skipped') as skipped,
        coalesce(sum(bytes), 0)::bigint as bytes
    from pages
    where run_id = $run_id
    group by source
),

figures as (
    select
        source,
        max(value) filter (metric = 'lag_minutes_p50') as lag_minutes_p50,
        max(value) filter (metric = 'lag_minutes_p90') as lag_minutes_p90,
        max(value) filter (metric = 'body_length_p50') as body_length_p50,
        max(value) filter (metric = 'extracted') as extracted
    from metrics
    where run_id = $run_id
    group by source
),

latest as (
    select source, max(published_at) as last_published_at
    from article_versions
    where run_id = $run_id
    group by source
)

select ledger.*, figures.* exclude (source), latest.last_published_at
from ledger
left join figures using (source)
left join latest using (source)
order by candidates desc, source
