-- One row per source and metric of one run: counts from its ledger, shares and quantiles from the rows it extracted.
-- column: the article's column that a share or quantile is of; null for figures of the ledger
with asked as (
    select unnest($sources) as source
    union
    select source from pages
),

-- A source that gave no candidate has its zeros.
candidates as (
    select
        asked.source,
        count(pages.url) as candidates,
        count(*) filter (disposition = 'stored') as stored,
        count(*) filter (disposition = 'unchanged') as unchanged,
        count(*) filter (disposition = 'duplicate') as duplicate,
        count(*) filter (disposition = 'quarantined') as quarantined,
        count(*) filter (disposition = 'failed') as failed,
        count(*) filter (disposition = 'skipped') as skipped,
        count(*) filter (reason = 'new_article') as new_articles,
        count(*) filter (reason = 'new_version') as new_versions,
        -- Refused by the site itself; what our own settings skip was never wanted.
        count(*) filter (reason in $refusals) as refused,
        count(pages.url) filter (reason not in $never_wanted) as wanted,
        count(*) filter (disposition = 'quarantined' or reason in $judged) as judged,
        coalesce(sum(bytes), 0) as bytes,
        median(elapsed_ms) as elapsed_ms_p50,
        quantile_cont(elapsed_ms, 0.9) as elapsed_ms_p90
    from asked
    left join pages on pages.source = asked.source
    group by asked.source
),

ledger as (
    select
        *,
        case when wanted > 0 then (failed + refused) / wanted end as failure_rate,
        case when judged > 0 then quarantined / judged end as quarantine_rate
    from candidates
),

nulls as (
    select
        source,
        avg((nullif(title, '') is null)::int) as title,
        avg((nullif(lead, '') is null)::int) as lead,
        avg((nullif(body, '') is null)::int) as body,
        avg((coalesce(len(authors), 0) = 0)::int) as authors,
        avg((coalesce(len(tags), 0) = 0)::int) as tags,
        avg((published_at is null)::int) as published_at,
        avg((published_precision is not distinct from 'day' or published_at is null)::int) as published_time,
        avg((modified_at is null)::int) as modified_at,
        avg((published_utc_offset is null)::int) as published_utc_offset,
        avg((section is null)::int) as section,
        avg((dateline is null)::int) as dateline,
        avg((language is null)::int) as language,
        avg((site_name is null)::int) as site_name,
        avg((image_url is null)::int) as image_url,
        avg((is_free is null)::int) as is_free
    from extracted
    group by source
),

lengths as (
    select
        source,
        count(*)::double as extracted,
        quantile_cont(body_length, 0.1) filter (body_length > 0) as body_length_p10,
        quantile_cont(body_length, 0.5) filter (body_length > 0) as body_length_p50,
        quantile_cont(body_length, 0.9) filter (body_length > 0) as body_length_p90,
        avg((body_length < 250)::int) as below_250_share,
        avg((body_length < 500)::int) as below_500_share,
        avg((body_length < 1000)::int) as below_1000_share,
        avg((body_length < 2000)::int) as below_2000_share,
        avg((body_length < 4000)::int) as below_4000_share
    from extracted
    group by source
),

-- Names without case, spaces and signs: "The Harbour Post" is theharbourpost.
names as (
    select
        source,
        lower(regexp_replace(title, '[^\p{L}\p{N}]', '', 'g')) as title,
        list_transform(authors, lambda author: lower(regexp_replace(author, '[^\p{L}\p{N}]', '', 'g'))) as authors,
        [lower(regexp_replace(site_name, '[^\p{L}\p{N}]', '', 'g')), lower(regexp_replace(split_part(site, '.', 1), '[^\p{L}\p{N}]', '', 'g'))]
            as outlet
    from extracted
),

outlets as (
    select
        source,
        avg(coalesce(title in outlet, false)::int) as title,
        avg(coalesce(list_has_any(authors, outlet), false)::int) as authors
    from names
    group by source
),

-- Whole bodies are read here, so of a source with very many pages only so many.
pages_read as (
    select source, article_id, title, body, authors, published_at, published_precision
    from extracted
    qualify row_number() over (partition by source order by url) <= $pages_read
),

paragraphs as (
    select source, article_id, unnest(list_distinct(string_split(body, e'\n\n'))) as paragraph
    from pages_read
),

-- What may be the same on two pages by accident, and what it is on each page.
repeatable as (
    select source, article_id, 'body' as "column", 'top_paragraph_share' as metric, hash(paragraph) as same
    from paragraphs
    where length(paragraph) >= 30
    union all
    select source, article_id, 'body', 'top_opening_share', hash(left(body, 30)) from pages_read where length(body) >= 30
    union all
    select source, article_id, 'title', 'top_title_share', hash(title) from pages_read where title != ''
    union all
    select source, article_id, 'title', 'top_title_ending_share', hash(right(title, 10)) from pages_read where length(title) >= 20
    union all
    select source, article_id, 'authors', 'top_author_share', hash(author)
    from (select source, article_id, unnest(authors) as author from pages_read)
    union all
    select source, article_id, 'published_at', 'top_instant_share', hash(published_at)
    from pages_read
    where published_precision in ('second', 'minute')
),

repeats as (
    select source, "column", metric, count(distinct article_id) as articles
    from repeatable
    group by source, "column", metric, same
),

articles_read as (
    select source, count(distinct article_id) as articles from pages_read group by source
),

-- 0 where no two articles share it.
repeated as (
    select
        source,
        "column",
        metric,
        case when max(repeats.articles) > 1 then max(repeats.articles) / any_value(articles_read.articles) else 0 end as value
    from repeats
    join articles_read using (source)
    group by source, "column", metric
),

-- The day as the publisher has it; a page fetched within five minutes of its publication is rare, a time taken from the fetch is not.
moments as (
    select
        source,
        avg(coalesce(
            published_precision in ('second', 'minute') and abs(date_diff('second', published_at, fetched_at)) <= 300, false
        )::int) as at_fetch_share,
        avg(coalesce(
            (published_at + to_minutes(coalesce(published_utc_offset, 0)))::date
            = (fetched_at + to_minutes(coalesce(published_utc_offset, 0)))::date,
            false
        )::int) as fetch_day_share
    from extracted
    group by source
),

languages as (
    select source, 'language_' || language as metric, 'language' as "column", count(*) / any_value(rows) as value
    from (select source, language, count(*) over (partition by source) as rows from extracted)
    where language is not null
    group by source, language
),

-- Of new articles only: how long ago a page was published that is looked at again says nothing.
first_seen as (
    select extracted.source, date_diff('second', published_at, extracted.fetched_at) / 60 as lag_minutes
    from extracted
    join pages using (url)
    where pages.reason = 'new_article' and published_precision in ('second', 'minute')
),

lags as (
    select
        source,
        quantile_cont(lag_minutes, 0.5) as lag_minutes_p50,
        quantile_cont(lag_minutes, 0.9) as lag_minutes_p90
    from first_seen
    group by source
),

figures as (
    select source, metric, null as "column", value
    from (
        unpivot (select source, columns(* exclude (source))::double from ledger) on columns(* exclude (source))
        into name metric value value
    )
    union all by name
    select source, 'null_rate' as metric, "column", value
    from (unpivot nulls on columns(* exclude (source)) into name "column" value value)
    union all by name
    select source, metric, 'body_length' as "column", value
    from (unpivot lengths on columns(* exclude (source)) into name metric value value)
    union all by name
    select source, 'outlet_share' as metric, "column", value
    from (unpivot outlets on columns(* exclude (source)) into name "column" value value)
    union all by name
    select source, metric, 'published_at' as "column", value
    from (unpivot moments on columns(* exclude (source)) into name metric value value)
    union all by name
    select source, metric, 'published_at' as "column", value
    from (unpivot lags on columns(* exclude (source)) into name metric value value)
    union all by name
    from repeated
    union all by name
    from languages
    union all by name
    select source, 'broken_' || rule as metric, "column", broken_count / row_count as value
    from checks
    where source is not null and row_count > 0 and list_contains($warning_rules, rule)
)

select $run_id as run_id, source, metric, "column", value::double as value
from figures
where value is not null
order by source, metric, "column"
