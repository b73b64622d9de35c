-- One row per rule of the run, over all its sources.
-- worst_source: the source with most broken rows; worst_count: how many; null if there are none
with by_source as (
    select
        rule,
        arg_max(source, broken_count) filter (broken_count > 0) as worst_source,
        max(broken_count) filter (broken_count > 0) as worst_count
    from checks
    where run_id = $run_id and source is not null
    group by rule
)

select checks.rule, checks."column", checks.severity, checks.row_count, checks.broken_count, worst_source, worst_count
from checks
left join by_source using (rule)
where run_id = $run_id and source is null
order by checks.broken_count desc, checks.rule
