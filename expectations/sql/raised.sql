-- One row per source, kind of alarm, column and earlier day on which it was raised, oldest first.
-- since: first day of that state
select alarms.source, alarms.kind, alarms."column", alarms.day, min(alarms.since) as since
from alarms
join runs using (run_id)
where runs.kind = $kind and alarms.day < $day and alarms.run_id != $run_id
group by alarms.source, alarms.kind, alarms."column", alarms.day
order by alarms.day
