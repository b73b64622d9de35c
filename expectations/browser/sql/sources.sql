-- One row per source of the last nights: on each of them, in the order of table `nights`, what became of its candidates, and the share
-- of its rows in which a field is filled, refused rows included. Null: nothing gives the figure.
with known as (
    select source, place, metric, "column" as field, value
    from metrics
    join nights using (run_id)
    where metric in ('candidates', 'stored', 'quarantined', 'failed', 'null_rate')
),

-- A place for each night, known or not.
asked as (
    select *
    from (select distinct source, metric, field from known)
    cross join (select place from nights)
),

by_figure as (
    select
        asked.source,
        asked.metric,
        asked.field,
        list(round(if(asked.metric = 'null_rate', 1 - value, value), 4) order by asked.place) as figures
    from asked
    left join known
        on known.source = asked.source and known.metric = asked.metric and known.place = asked.place
        and known.field is not distinct from asked.field
    group by all
),

told as (
    select source, {
        source: source,
        counts: list({metric: metric, figures: figures} order by metric) filter (metric <> 'null_rate'),
        fields: list({field: field, figures: figures} order by field) filter (metric = 'null_rate')
    } as told
    from by_figure
    group by source
)

select 'quality/' || (row_number() over (order by source) - 1) as name, to_json(told)::varchar as value, source
from told
order by source
