-- One row per host that the run asked, the slowest ten.
-- median_ms, p90_ms: from request to last byte
with asked as (
    select regexp_extract(coalesce(final_url, url), '^[a-zA-Z]+://([^/?#]+)', 1) as host, elapsed_ms
    from pages
    where run_id = $run_id and elapsed_ms is not null
)

select host, count(*) as pages, median(elapsed_ms) as median_ms, quantile_cont(elapsed_ms, 0.9) as p90_ms
from asked
group by host
order by p90_ms desc, host
limit 10
