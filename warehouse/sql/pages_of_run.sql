-- one row per candidate of a run: what became of it
with judged as (
    select url, reason, detail, cast(null as varchar) as article_id from refused
    union all
    select url, reason, null, article_id from decided
),

judged_once as (
    -- A page that two stages judged is left out like one that nobody judged: neither may make up for the other in the count.
    select * from judged qualify count(*) over (partition by url) = 1
),

settled as (
    select
        fetched.* exclude (reason, detail, article_id),
        coalesce(fetched.reason, judged_once.reason) as reason,
        coalesce(fetched.detail, judged_once.detail) as detail,
        coalesce(judged_once.article_id, fetched.article_id) as article_id
    from fetched
    left join judged_once on fetched.reason is null and judged_once.url = fetched.url
)

-- The inner join leaves a candidate without a reason out: the count then differs, and the caller refuses to commit.
select
    $1 as run_id,
    settled.* exclude (reason),
    settled.reason,
    dispositions.disposition
from settled
inner join dispositions on dispositions.reason = settled.reason
