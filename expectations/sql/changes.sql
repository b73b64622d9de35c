-- One row per article of which the run stored a later version, the newest first, up to fifty.
-- stored: how many there are
with later as (
    select article_id, version, url, source, title, body_length, count(*) over () as stored
    from article_versions
    where run_id = $run_id and version > 1
    order by fetched_at desc, url
    limit 50
),

earlier as (
    select article_id, version, title, body_length
    from article_versions
    where article_id in (select article_id from later)
)

select
    later.stored,
    later.url,
    later.source,
    later.version,
    later.title,
    earlier.title as title_before,
    later.body_length,
    earlier.body_length as body_length_before
from later
left join earlier on earlier.article_id = later.article_id and earlier.version = later.version - 1
order by later.source, later.url
