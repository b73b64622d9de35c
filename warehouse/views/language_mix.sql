-- One row per source and language.
-- articles: current articles in the language
-- share: of the source's articles, 0 to 1
select
    source,
    language,
    count(*) as articles,
    count(*) / sum(count(*)) over (partition by source) as share
from articles
group by source, language
order by source, articles desc, language
