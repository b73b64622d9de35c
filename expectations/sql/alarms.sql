-- One row per drift alarm of the run, critical ones first.
select source, kind, metric, "column", severity, usual, usual_low, usual_high, tonight, nights, since, message, examples
from alarms
where run_id = $run_id
order by severity, source nulls first, kind, "column"
