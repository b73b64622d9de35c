-- One row per source and metric of one run: counts from its ledger, null rates and quantiles from the rows it extracted.
-- column: the article's column that a rate or quantile is of; null for counts of the ledger
with candidates as (
    select
        source,
        count(*) as candidates,
        count(*) filter (disposition = 'stored') as stored,
        count(*) filter (disposition = 'unchanged') as unchanged,
        count(*) filter (disposition = 'duplicate') as duplicate,
        count(*) filter (disposition = 'quarantined') as quarantined,
        count(*) filter (disposition = 'failed') as failed,
        count(*) filter (disposition = 'skipped') as skipped,
        count(*) filter (reason = 'new_article') as new_articles,
        count(*) filter (reason = 'new_version') as new_versions,
        coalesce(sum(bytes), 0) as bytes,
        median(elapsed_ms) as elapsed_ms_p50,
        quantile_cont(elapsed_ms, 0.9) as elapsed_ms_p90
    from pages
    group by source
),

counts as (
    select source, metric, null as "column", value
    from (
        unpivot (select source, columns(* exclude (source))::double from candidates) on columns(* exclude (source))
        into name metric value value
    )
),

nulls as (
    select
        source,
        avg((nullif(title, '') is null)::int) as title,
        avg((nullif(lead, '') is null)::int) as lead,
        avg((nullif(body, '') is null)::int) as body,
        avg((coalesce(len(authors), 0) = 0)::int) as authors,
        avg((coalesce(len(tags), 0) = 0)::int) as tags,
        avg((published_at is null)::int) as published_at,
        avg((published_precision is not distinct from 'day' or published_at is null)::int) as published_time,
        avg((modified_at is null)::int) as modified_at,
        avg((published_utc_offset is null)::int) as published_utc_offset,
        avg((section is null)::int) as section,
        avg((dateline is null)::int) as dateline,
        avg((language is null)::int) as language,
        avg((site_name is null)::int) as site_name,
        avg((image_url is null)::int) as image_url,
        avg((is_free is null)::int) as is_free
    from extracted
    group by source
),

null_rates as (
    select source, 'null_rate' as metric, "column", value
    from (unpivot nulls on columns(* exclude (source)) into name "column" value value)
),

lengths as (
    select
        source,
        'body_length' as "column",
        count(*)::double as extracted,
        quantile_cont(body_length, 0.1) filter (body_length > 0) as body_length_p10,
        quantile_cont(body_length, 0.5) filter (body_length > 0) as body_length_p50,
        quantile_cont(body_length, 0.9) filter (body_length > 0) as body_length_p90
    from extracted
    group by source
),

-- Of new articles only: how long ago a page was published that is looked at again says nothing.
first_seen as (
    select extracted.source, date_diff('second', published_at, extracted.fetched_at) / 60 as lag_minutes
    from extracted
    join pages using (url)
    where pages.reason = 'new_article' and published_precision in ('second', 'minute')
),

lags as (
    select
        source,
        'published_at' as "column",
        quantile_cont(lag_minutes, 0.5) as lag_minutes_p50,
        quantile_cont(lag_minutes, 0.9) as lag_minutes_p90
    from first_seen
    group by source
),

quantiles as (
    unpivot lengths on columns(* exclude (source, "column")) into name metric value value
    union all by name
    unpivot lags on columns(* exclude (source, "column")) into name metric value value
)

select $run_id as run_id, source, metric, "column", value::double as value
from (select * from counts union all by name select * from null_rates union all by name select * from quantiles)
where value is not null
order by source, metric, "column"
