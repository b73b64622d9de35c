-- One row per article whose page was not there any more at the last visit; its rows stay in articles.
-- url: the page that is gone
-- gone_since: the first visit that did not find it, since it was last there
-- last_asked_at: the last visit
-- reason: not_found (HTTP 404) or gone (HTTP 410)
with visits as (
    select article_id, url, source, fetched_at, reason, reason in ('not_found', 'gone') as is_gone
    from pages
    where article_id is not null and fetched_at is not null
),

last_there as (
    select article_id, max(fetched_at) as there_at
    from visits
    where not is_gone
    group by article_id
)

select
    visits.article_id,
    arg_max(visits.url, visits.fetched_at) as url,
    arg_max(visits.source, visits.fetched_at) as source,
    arg_max(visits.reason, visits.fetched_at) as reason,
    min(visits.fetched_at) as gone_since,
    max(visits.fetched_at) as last_asked_at
from visits
left join last_there using (article_id)
where visits.is_gone and visits.fetched_at > coalesce(last_there.there_at, '-infinity'::timestamptz)
group by visits.article_id
