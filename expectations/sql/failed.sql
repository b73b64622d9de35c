-- One row per example of a page that could not be had, up to five a reason, from as many sources as there are.
-- reason_pages: failed pages of the run that have this reason
with of_run as (
    select
        reason,
        source,
        url,
        http_status,
        detail,
        count(*) over (partition by reason) as reason_pages,
        row_number() over (partition by reason, source order by url) as rank_in_source
    from pages
    where run_id = $run_id and disposition = 'failed'
),

ranked as (
    select *, row_number() over (partition by reason order by rank_in_source, source) as rank
    from of_run
)

select * exclude (rank_in_source, rank)
from ranked
where rank <= 5
order by reason_pages desc, reason, rank
