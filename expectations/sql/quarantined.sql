-- One row per example of a refused page, up to twenty a reason, from as many sources as there are.
-- reason_pages: refused pages of the run that have this reason
with of_run as (
    select
        quarantine_id,
        reason,
        source,
        url,
        title,
        detail,
        broken_rules,
        replay_state,
        warc_file,
        warc_offset,
        count(*) over (partition by reason) as reason_pages,
        row_number() over (partition by reason, source order by url) as rank_in_source
    from quarantine
    where run_id = $run_id
),

ranked as (
    select *, row_number() over (partition by reason order by rank_in_source, source) as rank
    from of_run
)

select * exclude (rank_in_source, rank)
from ranked
where rank <= 20
order by reason_pages desc, reason, rank
