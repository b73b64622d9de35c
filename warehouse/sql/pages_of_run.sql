-- one row per candidate of a run: what became of it
with judged as (
    select url, reason, detail, cast(null as varchar) as article_id from refused
    union all
    select url, reason, null, article_id from decided
),

settled as (
    select
        fetched.* exclude (reason, detail, article_id),
        coalesce(fetched.reason, judged.reason) as reason,
        coalesce(fetched.detail, judged.detail) as detail,
        coalesce(judged.article_id, fetched.article_id) as article_id
    from fetched
    left join judged on fetched.reason is null and judged.url = fetched.url
)

-- The inner join leaves a candidate out that nobody judged: the count then differs, and the caller refuses to commit.
select
    $1 as run_id,
    settled.* exclude (reason),
    settled.reason,
    dispositions.disposition
from settled
inner join dispositions on dispositions.reason = settled.reason
