-- One row: how many articles were published (else fetched) on these days (UTC).
select count(*) as articles
from articles
where (coalesce(published_at, fetched_at) at time zone 'UTC')::date between coalesce($first, date '-infinity') and coalesce($last, date 'infinity')
