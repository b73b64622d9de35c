-- One row per article: the version that was current at an instant. Call it: from articles_as_of(timestamptz '2026-03-02 12:00:00+07').
-- parameters: instant
select *
from article_versions
where fetched_at <= instant
qualify version = max(version) over (partition by article_id)
