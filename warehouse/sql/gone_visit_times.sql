-- One row: the first of tonight's visits that decide whether a page is gone, and the last of all (microseconds since 1970).
-- Reads: visits (tonight's) and before (articles that were gone).
select
    min(epoch_us(fetched_at)) filter (is_gone or article_id in (select article_id from before)) as oldest_us,
    max(epoch_us(fetched_at)) as latest_us
from visits
