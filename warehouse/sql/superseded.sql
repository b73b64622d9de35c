-- One row per version of an article that a later version replaced.
-- Reads: article_versions.
select
    article_id,
    (version - 1)::integer as version
from article_versions
where version > 1
order by article_id, version
