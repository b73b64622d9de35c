-- One row per raw file that a current article or an open row of the quarantine was read from.
-- Reads: article_versions, quarantine.
with current_articles as (
    select warc_file
    from article_versions
    qualify version = max(version) over (partition by article_id)
),

open_rows as (
    select warc_file
    from quarantine
    where replay_state = 'open'
),

needed as (
    select warc_file, 1 as articles, 0 as refused from current_articles
    union all
    select warc_file, 0, 1 from open_rows
)

select warc_file, sum(articles)::bigint as articles, sum(refused)::bigint as refused
from needed
where warc_file is not null
group by warc_file
