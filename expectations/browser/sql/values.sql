-- One row per value that $column has in `shown`, the most frequent first.
-- number: 0 for the first
select row_number() over (order by count(*) desc, $column) - 1 as number, $column, count(*) as articles
from shown
group by $column
