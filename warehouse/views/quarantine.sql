-- One row per refused page per run, with what has become of it since.
-- replay_state: open; replayed (it passed later); released (stored as it was, by a person); superseded (a later look at the page counts)
-- ruled_at: when it was replayed or released
-- ruled_by_run: the run that replayed or released it; null where a later visit superseded it
-- because: why a person released it
with settled as (
    -- Two replays that were killed and gave the same answer tell it twice.
    select quarantine_id, ruling, ruled_at, run_id, because
    from rulings
    qualify row_number() over (partition by quarantine_id order by ruled_at, run_id) = 1
),

looked_at_later as (
    select quarantine_id
    from quarantine_rows
    semi join (
        select url, run_id, fetched_at
        from pages
        where
            disposition in ('stored', 'duplicate', 'quarantined')
            -- A page that was not due, or not modified, was not looked at.
            or reason in ('same_content', 'older_capture')
    ) as visits
        on
            visits.url = quarantine_rows.url
            and visits.run_id > quarantine_rows.run_id
            and visits.fetched_at >= quarantine_rows.fetched_at
)

select
    quarantine_rows.* replace (
        case
            when settled.ruling is not null then settled.ruling
            when looked_at_later.quarantine_id is not null then 'superseded'
            else 'open'
        end as replay_state
    ),
    settled.ruled_at,
    settled.run_id as ruled_by_run,
    settled.because
from quarantine_rows
left join settled on settled.quarantine_id = quarantine_rows.quarantine_id
left join looked_at_later on looked_at_later.quarantine_id = quarantine_rows.quarantine_id
