-- One row per run, the last 60, newest first.
-- alarms: critical ones, and others
with latest as (
    select * from runs order by started_at desc, run_id desc limit 60
),

raised as (
    select run_id, count(*) filter (severity = 'critical') as critical, count(*) filter (severity <> 'critical') as warnings
    from alarms
    group by run_id
)

select to_json(list({
    run: run_id,
    kind: kind,
    day: coalesce(day, strftime(started_at at time zone 'UTC', '%Y-%m-%d')),
    started: utc_time(started_at),
    minutes: round(date_diff('second', started_at, finished_at) / 60, 1),
    candidates: candidates,
    stored: stored,
    unchanged: unchanged,
    duplicate: duplicate,
    quarantined: quarantined,
    failed: failed,
    skipped: skipped,
    gate: gate,
    critical: coalesce(critical, 0),
    warnings: coalesce(warnings, 0),
    report: list_contains($reports, run_id)
} order by started_at desc, run_id desc))::varchar as runs
from latest
left join raised using (run_id)
