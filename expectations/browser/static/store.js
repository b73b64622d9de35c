// Data files: scripts that hand over a value, because a page on disk may not read other files. Each is loaded when it is asked for.
// Belongs here: loading and keeping them. Does not belong here: what is in them.
"use strict";

globalThis.nightdesk = (() => {
  const build = new URL("../", document.currentScript.src);
  const names = /^[a-z0-9]+([/-][a-z0-9]+)*$/;
  const mostKept = 300; // of 250 kB at most: a long session does not fill the memory
  const kept = new Map();
  const takers = new Map();

  const addressOf = name => new URL(`data/${name}.js`, build).href;
  // Where the browser knows trusted types, the page may make scripts of nothing else, and no markup of any text.
  const policy = globalThis.trustedTypes?.createPolicy("nightdesk", { createScriptURL: addressOf })
    ?? { createScriptURL: addressOf };

  function take(name, value) {
    takers.get(name)?.(value);
  }

  // The value of data/<name>.js. Rejects if there is no such file: most likely the site was built anew since the page was opened.
  function load(name) {
    if (!names.test(name)) return Promise.reject(new Error(`${name} is no name of a data file`));
    if (!kept.has(name)) {
      if (kept.size >= mostKept) kept.delete(kept.keys().next().value);
      kept.set(name, fetched(name));
    }
    return kept.get(name);
  }

  function fetched(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      takers.set(name, resolve);
      script.onload = script.onerror = () => {
        takers.delete(name);
        script.remove();
        reject(new Error(`data/${name}.js is not there`)); // after it was taken: without effect
      };
      script.src = policy.createScriptURL(name);
      document.head.append(script);
    }).catch(error => {
      kept.delete(name);
      throw error;
    });
  }

  // The record with this id (hex) among those of a kind, or undefined.
  async function record(site, kind, id) {
    if (!/^[0-9a-z]+$/.test(id)) return undefined;
    const records = await load(`${kind}/${id.slice(0, site.id_characters[kind])}`).catch(() => []);
    return records.find(found => found.id === id);
  }

  return { build, take, load, record };
})();
