// The quality of the nights: runs with their reports, alarms, refused pages, and how complete each source's rows are.
"use strict";

nightdesk.quality = (() => {
  const { el, webLink, number, count, share, table, section, load, build } = nightdesk;
  const dispositions = ["stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"];

  // One bar in the colours of the key above it; the figures are in the table beside it.
  function bar(run) {
    return el("span", { class: "bar", "aria-hidden": "true" }, dispositions.filter(name => run[name]).map(name => {
      const part = el("span", { class: name });
      part.style.flexGrow = run[name];
      return part;
    }));
  }

  const key = () => el("ul", { class: "key", "aria-hidden": "true" }, dispositions.map(name => el("li", null, el("span", { class: `square ${name}` }), name)));

  function runs(list) {
    const rows = list.map(run => [
      [run.report ? el("a", { href: new URL(`reports/${run.run}.html`, build).href }, run.day) : run.day,
        el("span", { class: "soft small" }, ` ${run.kind}`)],
      el("span", { class: `verdict ${run.gate === "passed" ? "good" : "bad"}` }, run.gate === "passed" ? "✓ passed" : "✗ failed"),
      run.critical + run.warnings ? `${number(run.critical)} + ${number(run.warnings)}` : "–",
      bar(run),
      ...["candidates", ...dispositions].map(name => number(run[name])),
    ]);
    return [key(), table(`The last ${count(list.length, "run")}, the newest first; where there is a link, to the report. Alarms: critical + others.`,
      ["Run", "Gate", "Alarms", "Pages", "All", ...dispositions], rows, { figures: [2, 4, 5, 6, 7, 8, 9, 10], named: true })];
  }

  function alarms({ of, alarms: list }) {
    if (!list.length) return el("p", null, "No alarm in the last nights.");
    const rows = list.map(alarm => [alarm.day,
      el("span", { class: `verdict ${alarm.severity === "critical" ? "bad" : "warn"}` }, alarm.severity),
      alarm.source ?? "most sources", alarm.message, alarm.since === alarm.day ? "new" : alarm.since]);
    return table(`${of > list.length ? `The newest ${number(list.length)} of ` : ""}${count(of, "alarm")}`,
      ["Night", "Severity", "Source", "What is not as it was", "Since"], rows);
  }

  function refusals(site, { reasons, open }) {
    if (!reasons.length) return el("p", null, "No page was refused.");
    const nights = site.quality.nights;
    const rows = reasons.map(reason => [el("code", null, reason.reason), ...["pages", "open", "replayed", "released", "superseded", "sources"].map(name => number(reason[name])),
      reason.figures.slice(-7).map(number).join(" ")]);
    return [
      table("Refused pages by reason, and what became of them", ["Reason", "Pages", "Open", "Replayed", "Released", "Superseded", "Sources", `Last ${count(Math.min(7, nights.length), "night")}`],
        rows, { figures: [1, 2, 3, 4, 5, 6, 7], named: true }),
      open.length ? el("details", null, el("summary", null, `Still open: the newest ${count(open.length, "page")}`),
        el("ul", { class: "plain" }, open.map(page => el("li", null,
          el("p", null, el("span", { dir: "auto" }, page.title || "(no headline)")),
          el("p", { class: "soft small" }, `${page.source} · ${page.extracted} UTC · ${page.reason}${page.detail ? `: ${page.detail}` : ""}`),
          el("p", { class: "small" }, webLink(page.url), " ", el("code", null, `nightdesk quarantine show ${page.id.slice(0, 10)}`)))))) : null,
    ];
  }

  const step = value => (value === null ? null : value < 0.5 ? "f0" : value < 0.9 ? "f1" : value < 1 ? "f2" : "f3"); // as in the report

  // What became of a source's pages, and then how full its fields were, a column a night.
  function heat({ nights, fields }, source) {
    const by = (order, name) => (a, b) => order.indexOf(a[name]) - order.indexOf(b[name]);
    const counts = source.counts.toSorted(by(["candidates", ...dispositions], "metric")).map(({ metric, figures }) =>
      el("tr", null, el("th", { scope: "row" }, metric), figures.map(value => el("td", null, number(value)))));
    const shares = source.fields.toSorted(by(fields, "field")).map(({ field, figures }) =>
      el("tr", null, el("th", { scope: "row" }, field), figures.map(value => el("td", { class: step(value) }, share(value)))));
    const caption = "Pages, and the share of rows in which a field is filled, refused rows included, night by night";
    return el("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" }, el("table", { class: "heat" },
      el("caption", null, caption),
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "Night"), nights.map(([, day]) => el("th", { scope: "col" }, day.slice(5))))),
      el("tbody", null, counts), el("tbody", null, shares)));
  }

  async function completeness(site, name) {
    const { sources } = site.quality;
    if (!sources.length) return el("p", null, "No figures yet.");
    const chosen = sources.includes(name) ? name : sources[0];
    const source = await load(`quality/${sources.indexOf(chosen)}`);
    return [
      el("label", { class: "pick" }, el("span", null, "Source"), el("select", {
        change: event => { location.hash = `#/quality/${encodeURIComponent(event.target.value)}`; },
      }, sources.map(each => el("option", { value: each, selected: each === chosen }, each)))),
      heat(site.quality, source),
    ];
  }

  async function show(site, name) {
    const [list, raised, refused, complete] = await Promise.all([load("runs"), load("alarms"), load("refusals"), completeness(site, name)]);
    return el("div", null, el("h1", null, "Quality"),
      section("Nights", runs(list)),
      section("How complete the rows are", complete),
      section("Quarantine", refusals(site, refused)),
      section("Alarms", alarms(raised)));
  }

  return { show };
})();
