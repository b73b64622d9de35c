-- One row per source of the run: what became of its candidates, and how fresh its new articles were. One that was asked and gave
-- no candidate has zeros.
-- last_published_at: publication of the latest article that the run stored of the source
with asked as (
    select distinct source from metrics where run_id = $run_id
    union
    select distinct source from pages where run_id = $run_id
),

ledger as (
    select
        asked.source,
        count(of_run.url) as candidates,
        count(*) filter (disposition = 'stored') as stored,
        count(*) filter (disposition = 'unchanged') as unchanged,
        count(*) filter (disposition = 'duplicate') as duplicate,
        count(*) filter (disposition = 'quarantined') as quarantined,
        count(*) filter (disposition = 'failed') as failed,
        count(*) filter (disposition = 'skipped') as skipped,
        count(*) filter (reason = 'new_article') as new_articles,
        coalesce(sum(bytes), 0)::bigint as bytes
    from asked
    left join (from pages where run_id = $run_id) as of_run using (source)
    group by asked.source
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
