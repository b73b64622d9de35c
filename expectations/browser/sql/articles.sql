-- One row per article: all that its page shows but its versions and its story.
-- warc_file: of an archive its name alone, for a site may leave the machine
-- text: the first $most characters of the body; local times as the publisher gave them, others UTC
select
    article_id as id,
    to_json({
        id: article_id,
        title: title,
        lead: if($most = 0, null, left(lead, $most)),
        text: if($most = 0, null, left(body, $most)),
        characters: body_length,
        words: word_count,
        authors: authors[:50],
        tags: tags[:100],
        section: section,
        dateline: dateline,
        language: articles.language,
        site: site,
        site_name: site_name,
        source: articles.source,
        url: url,
        canonical_url: canonical_url,
        image_url: image_url,
        related_urls: related_urls[:30],
        is_free: is_free,
        published: local_time(published_at, published_utc_offset, published_precision, null::timestamptz),
        utc_offset: published_utc_offset,
        precision: published_precision,
        published_from: published_from,
        modified: utc_time(modified_at),
        first_seen: utc_time(first_seen_at),
        fetched: utc_time(fetched_at),
        extracted: utc_time(extracted_at),
        gone: utc_time(gone_since),
        extractor: extractor,
        run: run_id,
        warc_file: regexp_replace(warc_file, '^/.*/', ''),
        warc_offset: warc_offset,
        pages: page_count,
        pages_missing: pages_missing,
        version: articles.version,
        story: story_id
    })::varchar as record
from articles
join shown using (article_id)
