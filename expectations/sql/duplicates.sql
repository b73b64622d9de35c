-- One row per page of the run that led to an article that another page had led to already, up to twenty.
-- kept_url: the address that the article was stored under
-- pages: how many there are
with led as (
    select url, source, article_id, count(*) over () as pages
    from pages
    where run_id = $run_id and reason = 'same_article'
    order by source, url
    limit 20
)

select led.pages, led.url, led.source, articles.url as kept_url, articles.title
from led
left join articles using (article_id)
order by led.source, led.url
