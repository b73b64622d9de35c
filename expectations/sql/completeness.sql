-- One row per source and field of the rows that the run extracted.
-- share: rows in which the field is filled, 0 to 1
select source, "column" as field, 1 - value as share
from metrics
where run_id = $run_id and metric = 'null_rate'
order by source, field
