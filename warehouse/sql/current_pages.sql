-- One row per article: its current version, and where its raw page lies.
-- Reads: article_versions. Parameters: since (or null), site (or null).
with current_versions as (
    select article_id, max(version) as version
    from article_versions
    group by article_id
)

select article_id, version, url, source, fetched_at, page_count, warc_file, warc_offset
from article_versions
semi join current_versions using (article_id, version)
where ($1 is null or fetched_at >= $1) and ($2 is null or site = $2)
-- Of two articles that one URL led to, the one that it led to last.
qualify row_number() over (partition by url order by fetched_at desc, article_id) = 1
order by warc_file, warc_offset, url
