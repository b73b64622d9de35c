"""The warehouse in a notebook: the last nights, what came in, which fields are empty, a search. A start: change what you like.

pip install 'nightdesk[notebook]'
marimo edit notebooks/nights.py                          # in the browser; each cell runs again when what it reads has changed
marimo export html notebooks/nights.py -o nights.html    # to give to somebody
python notebooks/nights.py                               # only whether it runs
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="nightdesk")


@app.cell
def _():
    import os

    import altair as alt
    import marimo as mo

    from flows import settings
    from warehouse.query import connect

    # As the command line: $NIGHTDESK_DATA, else warehouse/data where this was started. Read-only, one state for all cells.
    place = settings.place(os.environ.get("NIGHTDESK_DATA", "warehouse/data"))
    warehouse = connect(settings.warehouse(place))
    return alt, mo, place, warehouse


@app.cell
def _(mo, place):
    mo.md(f"""
    # News in `{place}`

    `nightdesk sql` has the same views at a prompt, and more questions to begin with: `.recipes`.
    """)
    return


@app.cell
def _(mo, warehouse):
    nights = warehouse.sql("""
        select day, kind, candidates, stored, unchanged, quarantined, failed, gate
        from runs
        order by started_at desc
        limit 14
    """).df()
    mo.vstack([mo.md("## The last nights"), nights])
    return (nights,)


@app.cell
def _(alt, mo, warehouse):
    volume = warehouse.sql("""
        select source, day, articles
        from volume_by_source_day
        where day > (select max(day) from volume_by_source_day) - interval 28 days
        order by day, source
    """).df()
    chart = (
        alt.Chart(volume)
        .mark_bar()
        .encode(x="yearmonthdate(day):O", y="articles:Q", color="source:N")
        .properties(width="container")
    )
    mo.vstack([mo.md("## Articles by day of publication"), chart])
    return (volume,)


@app.cell
def _(mo, volume):
    names = sorted(set(volume["source"]))
    source = mo.ui.dropdown(names, value=names[0] if names else None, label="Source")
    return (source,)


@app.cell
def _(mo, source, warehouse):
    fields = warehouse.execute(
        "select field, filled, articles, round(share, 3) as share from field_completeness where source = ? order by share, field",
        [source.value],
    ).df()
    mo.vstack([mo.md("## Which fields are empty"), source, fields])
    return (fields,)


@app.cell
def _(mo):
    words = mo.ui.text(value="council", label="Words", debounce=True)
    return (words,)


@app.cell
def _(mo, warehouse, words):
    hits = warehouse.execute(
        """
        select rank, title, source, published_at, url
        from search(?)
        join articles using (article_id)
        order by rank
        limit 20
        """,
        [words.value],
    ).df()
    mo.vstack([mo.md("## Search"), words, hits])
    return (hits,)


@app.cell
def _(mo, warehouse):
    stories = warehouse.sql("""
        select sites, articles, first_source, title
        from stories
        join articles on articles.article_id = stories.first_article_id
        order by sites desc, articles desc
        limit 20
    """).df()
    mo.vstack([mo.md("## Stories that several articles tell"), stories])
    return (stories,)


if __name__ == "__main__":
    app.run()
