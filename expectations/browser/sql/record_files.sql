-- One row per file of records: those whose ids begin with the same $length characters, the first of which is $digit.
select $kind || '/' || left(id, $length) as name, '[' || string_agg(record, e',\n' order by id) || ']' as value
from records
where left(id, 1) = $digit
group by left(id, $length)
