// Which articles have these words: from lists of words in alphabetical files, of which a query loads those that it needs.
// Belongs here: words, their lists, ranking, filters. Does not belong here: what is shown of an article.
//
// Every word must be there, or a longer one that begins with it (from three letters on). Words in a headline and rare words count for
// more. There are no phrases and no word forms: `nightdesk search` knows these.
"use strict";

nightdesk.search = (() => {
  const unspaced = "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff";
  // The same as in macros.sql, or words would not be found.
  const spacedWords = new RegExp(`(?:\\p{N}|(?![${unspaced}])\\p{L})+`, "gu");
  const unspacedRuns = new RegExp(`[${unspaced}]+`, "gu");
  const wordsAsWritten = new RegExp(`((?:[\\p{N}\\p{M}\\u00ad]|(?![${unspaced}])\\p{L})+)`, "u");
  const shortestBeginning = 3;
  const mostFiles = 4; // of words that begin alike
  const beginningWeight = 0.4;
  const titleWeight = 3;

  function folded(text) {
    return text.replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, "").toLowerCase()
      .normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC").replaceAll("ς", "σ");
  }

  // What an index holds of a text: its words, and of what is written without spaces every two neighbours.
  function termsOf(text) {
    const clean = folded(text);
    const terms = (clean.match(spacedWords) ?? []).map(word => ({ word, longer: word.length >= shortestBeginning }));
    for (const run of clean.match(unspacedRuns) ?? []) {
      const characters = [...run];
      if (characters.length === 1) terms.push({ word: run, longer: true });
      else for (let at = 1; at < characters.length; at++) terms.push({ word: characters[at - 1] + characters[at], longer: false });
    }
    return terms;
  }

  // "harbour -ferry" -> terms that must be there, and terms that must not.
  function read(query) {
    const wanted = [], unwanted = [];
    for (const piece of query.split(/\s+/)) (/^-./.test(piece) ? unwanted : wanted).push(...termsOf(piece));
    return { wanted, unwanted };
  }

  // By code points, as the files are sorted: JavaScript's own order puts some characters elsewhere.
  function compare(a, b) {
    const isHalf = unit => unit >= 0xd800 && unit <= 0xdfff;
    for (let at = 0; at < a.length && at < b.length; at++) {
      const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
      if (x !== y) return isHalf(x) === isHalf(y) ? x - y : isHalf(x) ? 1 : -1;
    }
    return a.length - b.length;
  }

  // How many of a sorted list come before `word`, or are it.
  function upTo(word, list, wordOf) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(wordOf(list[middle]), word) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Numbers as distances in base 26, the last letter of each a capital: "BbB" -> 0, 27 (macros.sql).
  function* numbers(list) {
    for (let at = 0, n = -1, step = 0; at < list.length; at++) {
      const unit = list.charCodeAt(at);
      if (unit >= 97) {
        step = step * 26 + unit - 97;
      } else {
        n += step * 26 + unit - 65;
        step = 0;
        yield n;
      }
    }
  }

  // The entries [word, articles, titles] of a term.
  async function entries(site, { word, longer }) {
    const found = [];
    let file = Math.max(0, upTo(word, site.first_words, first => first) - 1);
    for (let loaded = 0; file < site.first_words.length && loaded < mostFiles; file++, loaded++) {
      const list = await nightdesk.load(`words/${file}`);
      let at = upTo(word, list, entry => entry[0]);
      if (at > 0 && list[at - 1][0] === word) found.push(list[at - 1]);
      for (; longer && at < list.length && list[at][0].startsWith(word); at++) found.push(list[at]);
      if (!longer || at < list.length) break;
    }
    return found;
  }

  // For one term: what each article has of it, 0 for nothing.
  async function weights(site, term) {
    const weight = new Float32Array(site.articles);
    for (const [word, articles, titles] of await entries(site, term)) {
      const own = word === term.word ? 1 : beginningWeight;
      const having = [...numbers(articles)];
      const rarity = own * Math.log(1 + site.articles / having.length);
      for (const n of having) weight[n] = Math.max(weight[n], rarity);
      for (const n of numbers(titles)) weight[n] = Math.max(weight[n], titleWeight * rarity);
    }
    return weight;
  }

  // Scores of all articles, 0 where a word is missing or one is that must not be there; null if the query has no word.
  async function scores(site, query) {
    const { wanted, unwanted } = read(query);
    if (!wanted.length && !unwanted.length) return null;
    const each = await Promise.all(wanted.map(term => weights(site, term)));
    const not = await Promise.all(unwanted.map(term => weights(site, { ...term, longer: false })));
    return new Float32Array(site.articles).map((_, n) => {
      if (not.some(weight => weight[n]) || each.some(weight => !weight[n])) return 0;
      return each.reduce((sum, weight) => sum + weight[n], 1);
    });
  }

  // What filters look at: one number an article. Days are places in site.days.
  let all = null;
  async function columns(site) {
    if (all) return all;
    const files = await Promise.all(Array.from({ length: Math.ceil(site.articles / 100_000) }, (_, at) => nightdesk.load(`columns/${at}`)));
    const day = new Uint16Array(site.articles);
    let n = 0;
    site.days.forEach(([, articles], place) => { day.fill(place, n, n += articles); });
    const joined = name => Uint16Array.from(files.flatMap(file => file[name]));
    return all = { day, source: joined("source"), language: joined("language"), flags: joined("flags") };
  }

  const flagOf = { corrected: 1, story: 2, gone: 4 };

  // The numbers of the articles that are asked for: { q, source, language, from, to, show, order }.
  async function find(site, asked) {
    const { day, source, language, flags } = await columns(site);
    const found = asked.q ? await scores(site, asked.q) : null;
    const sourceNumber = asked.source ? site.sources.findIndex(([name]) => name === asked.source) : -1;
    const languageNumber = asked.language ? site.languages.findIndex(([code]) => (code || "none") === asked.language) : -1;
    const flag = flagOf[asked.show] ?? 0;
    const isDayIn = site.days.map(([name]) => (!asked.from || name >= asked.from) && (!asked.to || name <= asked.to));
    const numbersFound = [];
    for (let n = 0; n < site.articles; n++) {
      if (found && !found[n]) continue;
      if (asked.source && source[n] !== sourceNumber) continue;
      if (asked.language && language[n] !== languageNumber) continue;
      if (flag && !(flags[n] & flag)) continue;
      if (isDayIn[day[n]]) numbersFound.push(n);
    }
    if (found && asked.order !== "newest") numbersFound.sort((a, b) => found[b] - found[a] || a - b);
    return numbersFound;
  }

  // A text in pieces, those that a query asks for as lists of one: "The harbour", "harb" -> "The ", ["harbour"]. What is written without
  // spaces is left as it is.
  function pieces(text, query) {
    const { wanted } = read(query ?? "");
    const isWanted = piece => wanted.some(({ word, longer }) => (longer ? folded(piece).startsWith(word) : folded(piece) === word));
    return text.split(wordsAsWritten).map((piece, at) => (at % 2 && isWanted(piece) ? [piece] : piece));
  }

  return { find, pieces };
})();
