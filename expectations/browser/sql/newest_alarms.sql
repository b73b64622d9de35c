-- One row: the drift alarms of the last nights, newest first, critical ones first among those of a night, 200 at most.
with raised as (
    select
        row_number() over (order by place desc, severity, source nulls first, kind, metric) as rank,
        {day: alarms.day, run: run_id, source: source, severity: severity, since: since, message: message} as alarm
    from alarms
    join nights using (run_id)
)

select to_json({of: count(*), alarms: coalesce(list(alarm order by rank) filter (rank <= 200), [])})::varchar
from raised
