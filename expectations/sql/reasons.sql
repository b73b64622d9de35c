-- One row per reason of the run's ledger.
-- sources: sources in which it occurred; detail: what one of its pages says
select
    disposition,
    reason,
    count(*) as pages,
    count(distinct source) as sources,
    any_value(detail) as detail
from pages
where run_id = $run_id
group by disposition, reason
order by pages desc, reason
