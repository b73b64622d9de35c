-- One row per 100,000 articles: what filters look at of each, in the order of n, as numbers of `sources` and `languages`.
select
    'columns/' || n // 100000 as name,
    format(
        '{{"source":[{}],"language":[{}],"flags":[{}]}}',
        string_agg(sources.number, ',' order by n),
        string_agg(languages.number, ',' order by n),
        string_agg(flags, ',' order by n)
    ) as value
from shown
join sources on sources.source = shown.source
join languages on languages.language is not distinct from shown.language
group by n // 100000
