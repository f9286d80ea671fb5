// The map's part of the page's address: view and layers. Written without asking the page, so that moving the map
// reruns nothing; read once, when the map starts.
"use strict";

(function (countyMap) {
  const VIEW = "view", LAYERS = "layers";
  const byDefault = new Map(); // layer key -> whether the page shows it at first
  let asked = null; // what the address asked for when the map started
  let keep = null; // write again what the map shows

  // The page around the map; null where another site holds it, whose address is not ours.
  function pageAround() {
    try {
      return window.parent === window || window.parent.location.search === undefined ? null : window.parent;
    } catch (refused) {
      return null;
    }
  }

  function readView(text) {
    const parts = (text || "").split(",").map(Number);
    const good = parts.length === 3 && parts.every(Number.isFinite) && Math.abs(parts[0]) <= 85;
    return good && Math.abs(parts[1]) <= 180 && parts[2] >= 1 && parts[2] <= 22 ? parts : null;
  }

  function request() {
    if (asked) return asked;
    const page = pageAround(), told = new URLSearchParams(page ? page.location.search : "");
    const layers = new Map();
    (told.get(LAYERS) || "").slice(0, 500).split(",").filter(Boolean).forEach(function (key) {
      layers.set(key.replace(/^-/, ""), key[0] !== "-");
    });
    asked = { view: readView(told.get(VIEW)), layers: layers };
    return asked;
  }

  function put(values) {
    const page = pageAround();
    if (!page) return;
    const url = new URL(page.location.href);
    Object.keys(values).forEach(function (name) {
      if (values[name]) url.searchParams.set(name, values[name]); else url.searchParams.delete(name);
    });
    if (url.href !== page.location.href) page.history.replaceState(page.history.state, "", url.href);
  }

  // Whether a layer is shown when it first arrives: as the address asks, else as the page does.
  countyMap.shownAtFirst = function (key, visible) {
    byDefault.set(key, visible);
    const layers = request().layers;
    return layers.has(key) ? layers.get(key) : visible;
  };

  countyMap.viewAsked = function () { return request().view; };

  function layersNow() {
    const changed = [];
    byDefault.forEach(function (visible, key) {
      const shown = countyMap.isVisible(key);
      if (shown !== visible) changed.push((shown ? "" : "-") + key);
    });
    return changed.join(",");
  }

  // From now on every move of the map and every layer switched stands in the address.
  countyMap.keepAddress = function (map) {
    let moved = Boolean(request().view), waiting = null;
    keep = function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(function () {
        const at = map.getCenter();
        const view = [at.lat.toFixed(5), at.lng.toFixed(5), String(Math.round(map.getZoom() * 100) / 100)].join(",");
        put({ view: moved ? view : "", layers: layersNow() });
      }, 300);
    };
    ["pointerdown", "wheel", "keydown"].forEach(function (kind) {
      window.addEventListener(kind, function () { moved = true; }, { capture: true, passive: true });
    });
    map.on("moveend", keep);
    const page = pageAround();
    if (!page) return;
    // Going back brings back the choices, not the view; the address then says what is seen.
    const back = function () { keep(); };
    page.addEventListener("popstate", back);
    window.addEventListener("pagehide", function () { page.removeEventListener("popstate", back); });
  };
  countyMap.addressChanged = function () { if (keep) keep(); };
})(window.countyMap);
