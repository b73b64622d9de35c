-- One row per row of the batch, in its order: what becomes of it, and under which version.
-- Reads: incoming (the batch; rowid is its order), article_versions (the snapshot that the commit will stand on), and the variable
-- is_revision: whether the same content may be a new version, because another field differs.
with ranked as (
    select
        rowid as ordinal,
        url,
        article_id,
        content_hash,
        fetched_at,
        row_number() over (partition by article_id order by rowid) as nth
    from incoming
),

known as (
    select
        article_id,
        max(version) as version,
        arg_max_null(content_hash, version) as content_hash,
        arg_max_null(fetched_at, version) as fetched_at,
        min(first_seen_at) as first_seen_at
    from article_versions
    semi join incoming using (article_id)
    group by article_id
),

firsts as (
    select
        ranked.article_id,
        case
            when known.article_id is null then 'new_article'
            when known.content_hash is not distinct from ranked.content_hash and not getvariable('is_revision') then 'same_content'
            -- An archive that is read late must not hide what a later visit saw.
            when ranked.fetched_at < known.fetched_at then 'older_capture'
            else 'new_version'
        end as reason,
        coalesce(known.version, 0) as known_version,
        coalesce(known.first_seen_at, ranked.fetched_at) as first_seen_at
    from ranked
    left join known using (article_id)
    where ranked.nth = 1
)

select
    ranked.ordinal,
    ranked.url,
    ranked.article_id,
    (firsts.known_version + if(firsts.reason in ('new_article', 'new_version'), 1, 0))::integer as version,
    if(ranked.nth = 1, firsts.reason, 'same_article') as reason,
    firsts.first_seen_at
from ranked
join firsts using (article_id)
order by ranked.ordinal
