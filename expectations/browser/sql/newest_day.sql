-- One row: the day of the newest article that was published (else fetched) not later than $last (UTC).
select max((coalesce(published_at, fetched_at) at time zone 'UTC')::date) as day
from articles
where (coalesce(published_at, fetched_at) at time zone 'UTC')::date <= coalesce($last, date 'infinity')
