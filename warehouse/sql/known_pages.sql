-- One row per asked URL of which some run had a page.
-- Reads: asked (url) and pages (the ledger).
with visits as (
    select
        url,
        fetched_at,
        article_id,
        etag,
        last_modified,
        disposition in ('stored', 'unchanged', 'duplicate', 'quarantined') as had_page,
        -- A 304 may leave the validators out: the ones that it was asked with stay good.
        disposition in ('stored', 'unchanged', 'duplicate') and reason <> 'not_modified' as is_good,
        reason in ('not_found', 'gone') as is_gone
    from pages
    semi join asked using (url)
    where fetched_at is not null
)

select
    url,
    arg_max_null(etag, fetched_at) filter (is_good) as etag,
    arg_max_null(last_modified, fetched_at) filter (is_good) as last_modified,
    min(fetched_at) filter (had_page) as first_seen_at,
    max(fetched_at) filter (had_page or is_gone) as last_fetched_at,
    arg_max(article_id, fetched_at) filter (had_page) as article_id
from visits
group by url
having bool_or(had_page)
