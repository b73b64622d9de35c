-- One row per article whose page was not there any more at the last visit.
-- Reads: visits (article_id, url, source, reason, fetched_at, is_gone), all later than those that `before` (rows of this kind) stands for.
with last_there as (
    select article_id, max(fetched_at) as there_at
    from visits
    where not is_gone
    group by article_id
),

missed as (
    select visits.article_id, url, source, reason, fetched_at as gone_since, fetched_at as last_asked_at
    from visits
    left join last_there using (article_id)
    where is_gone and fetched_at > coalesce(there_at, '-infinity'::timestamptz)
    union all by name
    from before anti join last_there using (article_id)
)

select
    article_id,
    arg_max(url, last_asked_at) as url,
    arg_max(source, last_asked_at) as source,
    arg_max(reason, last_asked_at) as reason,
    min(gone_since) as gone_since,
    max(last_asked_at) as last_asked_at
from missed
group by article_id
