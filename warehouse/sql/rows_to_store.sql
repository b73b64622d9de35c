-- One row per article of the batch that is new or has changed, in the order in which files keep them: day, source, time.
-- Reads: rows (the batch) and decided (the same rows in the same order, see decide.sql).
with numbered as (
    select
        rows.*,
        decided.version,
        decided.first_seen_at,
        decided.reason,
        coalesce(rows.published_at, rows.fetched_at) as sorted_at
    from rows
    positional join decided
)

select
    * exclude (version, first_seen_at, reason, sorted_at),
    version,
    first_seen_at,
    strftime(sorted_at, '%Y-%m') as published_month
from numbered
where reason in ('new_article', 'new_version')
order by sorted_at::date, source, sorted_at, article_id
