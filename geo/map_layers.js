// Layers of a county map, each fetched by its address once and kept; words reach the page only as text.
"use strict";

(function (countyMap) {
  const built = new Map(); // address -> promise of what is drawn
  const shown = new Map(); // layer key -> {group, drawn, config}
  const hidden = new Set(); // layer keys the reader switched off
  const known = new Set(); // layer keys whose first state was taken from the page
  let streetsAsked = false; // whether the page wants to know which street was clicked
  let order = [];
  let pale = { keys: [], ids: new Set(), others: false }; // what the table's filter leaves out
  let chosen = null; // {key, id}
  let halo = null;
  let clicks = 0;
  let lastLook = null;
  countyMap.pending = 0;
  countyMap.failed = [];

  function textBlock(title, lines) {
    const box = document.createElement("div");
    const head = document.createElement("strong");
    head.textContent = title;
    box.appendChild(head);
    (lines || []).forEach(function (line) {
      const row = document.createElement("div");
      row.textContent = line;
      box.appendChild(row);
    });
    box.className = "county-words";
    return box;
  }
  countyMap.textBlock = textBlock;

  function openWords(map, at, title, lines, buttons) {
    const words = textBlock(title, lines);
    (buttons || []).forEach(function (button) { words.appendChild(button); });
    const room = countyMap.room(); // clear of buttons and of an open legend
    const wide = map.getSize().x - room.paddingTopLeft[0] - room.paddingBottomRight[0] - 44;
    const pan = { autoPanPaddingTopLeft: room.paddingTopLeft, autoPanPaddingBottomRight: room.paddingBottomRight };
    const look = { maxWidth: Math.max(160, Math.min(280, wide)), offset: [0, -6], className: "county-popup" };
    L.popup(Object.assign(look, pan))
      .setLatLng(at)
      .setContent(words)
      .openOn(map);
  }

  function styleOf(config, feature) {
    return config.styles[feature.properties.k] || { color: "#000000" };
  }

  function sign(config, feature, latlng) {
    const style = styleOf(config, feature), p = feature.properties;
    return new countyMap.Sign(
      latlng,
      Object.assign({}, style, {
        letter: p.c || style.letter || "",
        shift: p.s || 0,
        rise: p.u || 0,
        name: p.n || "",
        interactive: config.interactive,
        bubblingMouseEvents: false,
      })
    );
  }

  // What Streamlit is told of a click: the id alone, and a number so that two clicks on one thing differ.
  function told(layer, id) {
    layer.toGeoJSON = function () {
      clicks += 1;
      return { type: "Feature", geometry: null, properties: { id: id, click: clicks } };
    };
  }

  // Tell Streamlit something that is no click on a layer: it listens to the groups on the map, so one of them
  // says it was clicked.
  function tell(properties, latlng) {
    clicks += 1;
    const feature = { type: "Feature", geometry: null, properties: Object.assign({ click: clicks }, properties) };
    const entry = shown.values().next().value;
    if (entry) entry.group.fire("click", { latlng: latlng, layer: { toGeoJSON: function () { return feature; } } });
  }

  countyMap.tell = tell;

  // Things that a scenario may move, as far as they are on the map: layer, id, words, place and where their sign stands.
  countyMap.movable = function () {
    const found = [];
    shown.forEach(function (entry, key) {
      if (!entry.config.moves || !entry.drawn || hidden.has(key)) return;
      entry.drawn.eachLayer(function (layer) {
        const p = layer.feature.properties;
        if (p.id && layer.getLatLng) found.push({ layer: key, id: p.id, title: p.t || p.id, at: layer.getLatLng() });
      });
    });
    return found;
  };

  // Buttons in a thing's words: off, or as the county has it again.
  function stepButtons(map, key, p, place) {
    const words = countyMap.supposeWords;
    if (!words || !p.id) return [];
    const steps = { added: ["back"], moved: ["back", "off"], off: ["back"] }[p.w] || ["off"];
    return steps.map(function (name) {
      const label = words["step_" + (name === "back" ? p.w + "_back" : name)];
      const told = { step: { do: name, layer: key, id: p.id } };
      return wordsButton(map, label, name === "off" ? "county-close" : "county-answer", place, told);
    });
  }

  // A button in a street's words: it closes them and tells the page something of that place.
  function wordsButton(map, label, className, place, properties) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = label;
    button.addEventListener("click", function () {
      map.closePopup();
      tell(properties, place);
    });
    return button;
  }

  // Words come as numbers of texts, of one line or several, since most things say the same; they are put together when
  // they are asked for.
  function spelt(data, numbers) {
    return (numbers || []).flatMap(function (number) { return data.texts[number].split("\n"); });
  }

  function prepare(map, config, data, feature, layer) {
    const p = feature.properties;
    if (config.select && p.id) {
      told(layer, p.id);
    } else {
      layer.toGeoJSON = undefined;
    }
    if (!config.interactive) return;
    layer.on("click", function (event) {
      const buttons = config.moves ? stepButtons(map, config.key, p, event.latlng) : [];
      openWords(map, event.latlng, p.t || "", spelt(data, p.l), buttons);
    });
  }

  function draw(map, config, data) {
    const drawn = L.geoJSON(data, {
      style: function (feature) {
        // Leaflet lays this over a sign's own options too, so a letter of its own has to be said again.
        const own = feature.properties.c ? { letter: feature.properties.c } : {};
        const given = { interactive: config.interactive, bubblingMouseEvents: false };
        return Object.assign(given, styleOf(config, feature), own);
      },
      interactive: config.interactive,
      pointToLayer: function (feature, latlng) { return sign(config, feature, latlng); },
      onEachFeature: function (feature, layer) { prepare(map, config, data, feature, layer); },
    });
    drawn.countyData = data;
    drawn.countyRaised = drawn.getLayers().filter(function (layer) { return layer.options.rise; });
    if (config.interactive) {
      drawn.bindTooltip(
        function (layer) { return textBlock(layer.feature.properties.t || "", []); },
        { sticky: true, direction: "top", className: "county-tooltip" }
      );
    }
    return drawn;
  }

  function fetched(map, config) {
    if (!built.has(config.url)) {
      countyMap.pending += 1;
      const promise = fetch(config.url)
        .then(function (answer) {
          if (!answer.ok) throw new Error(String(answer.status));
          return answer.json();
        })
        .then(function (data) { return draw(map, config, data); })
        .finally(function () { countyMap.pending -= 1; });
      built.set(config.url, promise);
      promise.catch(function () { built.delete(config.url); });
      while (built.size > 80) built.delete(built.keys().next().value);
    }
    return built.get(config.url);
  }

  // Layers arrive in any order and are put back into the page's order, halo and chosen thing on top.
  function restack() {
    order.forEach(function (key) {
      const entry = shown.get(key);
      if (entry && entry.drawn && entry.group.hasLayer(entry.drawn)) entry.drawn.bringToFront();
    });
    order.forEach(function (key) { // signs that stand above others' signs must not be hidden by others' areas
      const entry = shown.get(key);
      if (!entry || !entry.drawn || !entry.group.hasLayer(entry.drawn)) return;
      entry.drawn.countyRaised.forEach(function (layer) { layer.bringToFront(); });
    });
    if (halo && halo._map) halo.bringToFront();
  }

  function place(key) {
    const entry = shown.get(key);
    if (!entry || !entry.drawn) return;
    if (hidden.has(key)) {
      entry.group.removeLayer(entry.drawn);
    } else if (!entry.group.hasLayer(entry.drawn)) {
      entry.group.addLayer(entry.drawn);
    }
    restack();
  }

  // Things that the table's filter leaves out turn pale: they stay on the map and can be clicked.
  function fade(entry) {
    if (!entry.drawn) return;
    const mine = pale.keys.indexOf(entry.config.key) >= 0;
    entry.drawn.eachLayer(function (layer) {
      const id = layer.feature.properties.id, out = mine && id !== undefined && pale.ids.has(id) !== pale.others;
      if (Boolean(layer.countyPale) === out) return;
      layer.countyPale = out;
      if (out) layer.setStyle({ opacity: 0.35, fillOpacity: 0.1, pale: true });
      else entry.drawn.resetStyle(layer);
    });
  }

  // `ids` of the layers `keys` turn pale; with `others` all but these.
  countyMap.fade = function (map, config) {
    pale = { keys: config.keys, ids: new Set(config.ids), others: config.others };
    shown.forEach(fade);
  };

  // The page's layer `config.key` now shows `config.url`; returns the group that stands on the map.
  countyMap.layer = function (map, config) {
    const before = shown.get(config.key);
    if (before) before.group.clearLayers();
    if (!known.has(config.key)) {
      known.add(config.key);
      if (!countyMap.shownAtFirst(config.key, config.visible)) hidden.add(config.key);
    }
    const entry = { group: L.featureGroup(), drawn: null, config: config, asked: false };
    shown.set(config.key, entry);
    if (!hidden.has(config.key)) bring(map, entry);
    return entry.group;
  };

  // Fetch what the layer shows, once; a layer that is switched off waits until it is switched on.
  function bring(map, entry) {
    const config = entry.config;
    if (entry.asked) return;
    entry.asked = true;
    if (!config.url) { // made by the page when it is first switched on
      tell({ want: config.key }, map.getCenter());
      return;
    }
    fetched(map, config).then(
      function (drawn) {
        if (shown.get(config.key) !== entry) return;
        entry.drawn = drawn;
        fade(entry);
        place(config.key);
        if (chosen && chosen.key === config.key) mark(map);
      },
      function (error) {
        countyMap.failed.push(config.key + ": " + error.message);
        if (countyMap.note) countyMap.note(config.failed);
      }
    );
  }

  // Which layers the page shows now, lowest first; what is not named is forgotten.
  countyMap.arrange = function (map, config) {
    const keys = config.keys;
    order = keys;
    if (countyMap.answered) countyMap.answered(); // the page has worked out what was last supposed
    Array.from(shown.keys()).forEach(function (key) {
      if (keys.indexOf(key) < 0) {
        shown.get(key).group.clearLayers();
        shown.delete(key);
      }
    });
  };

  countyMap.isVisible = function (key) { return !hidden.has(key); };
  // Whether there is anything of a layer on the map.
  countyMap.holds = function (key) {
    const entry = shown.get(key);
    return Boolean(entry && entry.drawn && !hidden.has(key) && entry.drawn.getLayers().length);
  };
  countyMap.setVisible = function (map, key, visible) {
    if (visible) hidden.delete(key); else hidden.add(key);
    const entry = shown.get(key);
    if (visible && entry) bring(map, entry);
    place(key);
    countyMap.addressChanged();
  };

  function mark(map) {
    if (halo) { halo.remove(); halo = null; }
    if (!chosen) return;
    const entry = shown.get(chosen.key);
    if (!entry || !entry.drawn) return;
    halo = L.featureGroup();
    entry.drawn.eachLayer(function (layer) {
      if (layer.feature.properties.id !== chosen.id) return;
      const ring = { color: "#000000", weight: 3, fill: false, interactive: false, dashArray: null };
      if (layer instanceof countyMap.Sign) {
        const grown = { radius: layer.options.radius + 5, shape: "circle", shift: layer.options.shift };
        halo.addLayer(new countyMap.Sign(layer.getLatLng(), Object.assign(ring, grown)));
      } else {
        halo.addLayer(L.geoJSON(layer.feature, { style: ring, interactive: false }));
      }
    });
    halo.addTo(map);
    restack();
  }

  countyMap.lookAtChosen = function () { countyMap.lookAt(countyMap.flownTo, { maxZoom: 15, animate: false }); };

  // Put a ring around one thing and, once per `turn`, move to it.
  countyMap.choose = function (map, config) {
    chosen = config.id ? { key: config.key, id: config.id } : null;
    streetsAsked = config.streets;
    mark(map);
    countyMap.addressChanged(); // the page may have written its own part over the map's
    if (config.bounds && config.turn && config.turn !== lastLook) {
      const first = lastLook === null;
      lastLook = config.turn;
      if (first && countyMap.viewAsked()) return; // a link with a view shows that view
      countyMap.flownTo = config.bounds;
      countyMap.lookAtChosen();
    }
  };

  // A place on the screen, to less than a pixel: where layers draw one street in other pieces, rounding would
  // tell them apart.
  function exact(map, latlng) {
    return map.project(latlng).subtract(map.getPixelOrigin());
  }

  // The point of a line nearest to `point`, on the screen, and how far it is.
  function nearestOn(map, point, line) {
    let best = { distance: Infinity, at: null }, before = null;
    line.forEach(function (xy) {
      const here = exact(map, [xy[1], xy[0]]);
      if (before) {
        const at = L.LineUtil.closestPointOnSegment(point, before, here), distance = point.distanceTo(at);
        if (distance < best.distance) best = { distance: distance, at: at };
      }
      before = here;
    });
    return best;
  }

  // Whether the box of a line meets a box: most lines are far from what was clicked.
  function meets(line, box) {
    let west = Infinity, south = Infinity, east = -Infinity, north = -Infinity;
    line.forEach(function (xy) {
      west = Math.min(west, xy[0]); east = Math.max(east, xy[0]);
      south = Math.min(south, xy[1]); north = Math.max(north, xy[1]);
    });
    return west <= box.getEast() && east >= box.getWest() && south <= box.getNorth() && north >= box.getSouth();
  }

  // Streets are drawn as one line for each kind; the piece that was clicked is looked up here. Of layers that
  // draw the same street the upper one speaks.
  function streetAt(map, latlng) {
    const point = exact(map, latlng), clicked = map.latLngToContainerPoint(latlng);
    const box = L.latLngBounds([-10, 10].map(function (aside) {
      return map.containerPointToLatLng(clicked.add([aside, aside]));
    }));
    let best = { distance: 9, words: null, at: null };
    order.forEach(function (key) {
      const entry = shown.get(key);
      if (!entry || !entry.config.pieces || !entry.drawn || hidden.has(key)) return;
      entry.drawn.countyData.features.forEach(function (feature) {
        feature.geometry.coordinates.forEach(function (line, i) {
          const words = feature.properties.pieces[i];
          if (!words || !meets(line, box)) return;
          const near = nearestOn(map, point, line);
          if (near.distance >= best.distance + 0.05) return;
          best = { distance: near.distance, at: near.at, words: spelt(entry.drawn.countyData, words) };
        });
      });
    });
    return best;
  }

  // A click on ground or street: the page answers for that very place, and the street's words name the street.
  // Where the page lists streets, a street clicked is chosen instead, and a button asks for the place.
  countyMap.listen = function (map, labels) {
    let waiting = null;
    // The page answers for the place clicked; the second click of a pair, which zooms, asks nothing.
    function askAt(latlng) {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(function () { tell({ point: [latlng.lng, latlng.lat] }, latlng); }, 250);
    }
    map.on("dblclick", function () { window.clearTimeout(waiting); });
    map.on("click", function (event) {
      const street = streetAt(map, event.latlng);
      if (!street.words || !streetsAsked) askAt(event.latlng);
      if (!street.words) return;
      const place = map.layerPointToLatLng(street.at), title = street.words[0], buttons = [];
      const here = [event.latlng.lng, event.latlng.lat], onStreet = [place.lng, place.lat];
      if (labels.close) {
        const closed = { close: onStreet, name: title };
        buttons.push(wordsButton(map, labels.close, "county-close", place, closed));
      }
      if (labels.answer && streetsAsked) {
        buttons.push(wordsButton(map, labels.answer, "county-answer", event.latlng, { point: here }));
      }
      openWords(map, event.latlng, title, street.words.slice(1), buttons);
      if (streetsAsked) tell({ street: title, at: onStreet }, place);
    });
  };
})(window.countyMap);
