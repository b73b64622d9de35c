-- One row: refused pages by reason, with what became of them, and the newest 200 that are open.
-- nights: refused on each of the last nights, in the order of table `nights`
with counted as (
    select
        reason,
        count(*) as pages,
        count(*) filter (replay_state = 'open') as still_open,
        count(*) filter (replay_state = 'replayed') as replayed,
        count(*) filter (replay_state = 'released') as released,
        count(*) filter (replay_state = 'superseded') as superseded,
        count(distinct source) as sources
    from quarantine
    group by reason
),

by_night as (
    select reason, place, count(*) as pages
    from quarantine_rows
    join nights using (run_id)
    group by reason, place
),

lines as (
    select reason, list(coalesce(by_night.pages, 0) order by place) as figures
    from (from (select reason from counted) cross join (select place from nights))
    left join by_night using (reason, place)
    group by reason
),

newest as (
    select
        row_number() over (order by extracted_at desc, quarantine_id) as rank,
        {
            id: quarantine_id,
            reason: reason,
            source: source,
            title: left(title, 300),
            url: url,
            detail: left(detail, 300),
            rules: list_transform(broken_rules, lambda broken: broken.rule),
            extracted: utc_time(extracted_at)
        } as page
    from quarantine
    where replay_state = 'open'
    order by rank
    limit 200
)

select to_json({
    reasons: (
        select coalesce(list({
            reason: reason,
            pages: pages,
            open: still_open,
            replayed: replayed,
            released: released,
            superseded: superseded,
            sources: sources,
            figures: coalesce(figures, [])
        } order by pages desc, reason), [])
        from counted
        left join lines using (reason)
    ),
    open: (select coalesce(list(page order by rank), []) from newest)
})::varchar
