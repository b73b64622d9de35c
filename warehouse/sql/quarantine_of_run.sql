-- one row per page of a run that the rules or the extractor refused
with refused_pages as (
    select refused.*
    from refused
    inner join dispositions on dispositions.reason = refused.reason
    where dispositions.disposition = 'quarantined'
),

pages as (
    select * from fetched where reason is null
)

select
    substr(md5($1 || ' ' || refused_pages.url), 1, 16) as quarantine_id,
    refused_pages.reason,
    refused_pages.detail,
    refused_pages.broken_rules,
    'open' as replay_state,
    refused_pages.url,
    extracted.* exclude (url, source, fetched_at, extracted_at, extractor, run_id, warc_file, warc_offset),
    pages.source,
    pages.fetched_at,
    coalesce(extracted.extracted_at, pages.fetched_at) as extracted_at,
    $2 as extractor,
    $1 as run_id,
    pages.warc_file,
    pages.warc_offset
from refused_pages
inner join pages on pages.url = refused_pages.url
left join extracted on extracted.url = refused_pages.url
