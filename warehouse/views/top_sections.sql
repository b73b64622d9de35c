-- One row per source and section.
-- articles: current articles of the section
-- last_published_at: publication of the latest
select source, section, count(*) as articles, max(published_at) as last_published_at
from articles
where section is not null
group by source, section
order by articles desc, source, section
