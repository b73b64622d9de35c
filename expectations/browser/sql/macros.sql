-- What the other statements call.
-- local_time: 2026-03-02 13:30 by the publisher's clock (UTC where the page gave no offset), without the hour where only the day is
-- known; `fallback` in UTC where there is none
create temp macro local_time(moment, utc_offset, its_precision, fallback) as coalesce(
    left(
        strftime((moment at time zone 'UTC') + to_minutes(coalesce(utc_offset, 0)::bigint), '%Y-%m-%d %H:%M'),
        if(its_precision = 'day', 10, 16)
    ),
    utc_time(fallback)
);

create temp macro utc_time(moment) as strftime(moment at time zone 'UTC', '%Y-%m-%d %H:%M');

-- The text as words are cut from it: lower case, no accents, nothing invisible. static/search.js does the same to a query.
create temp macro folded(text) as
replace(strip_accents(lower(regexp_replace(text, '[\x{ad}\x{200b}-\x{200d}\x{2060}\x{feff}]', '', 'g'))), 'ς', 'σ');

-- A run of characters that are written without spaces: every two neighbours, and the last one by itself.
create temp macro pairs(run) as
list_append(list_transform(range(1, length(run)), lambda place: substr(run, place, 2)), right(run, 1));

-- Letters and digits; Thai, Lao, Burmese, Khmer, kana and Han stand for themselves.
create temp macro words_of(text) as list_distinct(list_filter(list_concat(
    regexp_extract_all(
        text,
        '(?:\p{N}|[^\P{L}\x{e00}-\x{eff}\x{1000}-\x{109f}\x{1780}-\x{17ff}\x{3040}-\x{30ff}\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{f900}-\x{faff}])+'
    ),
    flatten(list_transform(
        regexp_extract_all(
            text,
            '[\x{e00}-\x{eff}\x{1000}-\x{109f}\x{1780}-\x{17ff}\x{3040}-\x{30ff}\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{f900}-\x{faff}]+'
        ),
        lambda run: pairs(run)
    ))
), lambda word: length(word) <= 40));

-- A distance between two numbers of a list, in base 26 with letters, the last one a capital: 1 is B, 27 is bB. So a list needs no commas,
-- and takes half of the space. MOST_ARTICLES (scope.py) have four letters at most.
create temp macro code_of(distance) as
if(distance >= 17576, chr((97 + distance // 17576)::integer), '')
|| if(distance >= 676, chr((97 + distance // 676 % 26)::integer), '')
|| if(distance >= 26, chr((97 + distance // 26 % 26)::integer), '')
|| chr((65 + distance % 26)::integer);
