// Tools of the map: coordinates under the cursor, north, fullscreen, and the bar their buttons stand in.
"use strict";

(function (countyMap) {
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  countyMap.element = element;

  // Easting and northing of a place by the polynomials that were handed over; null where they do not hold.
  countyMap.projected = function (projection, latlng) {
    if (!projection) return null;
    const [west, south, east, north] = projection.bounds;
    const u = (2 * latlng.lng - west - east) / (east - west), v = (2 * latlng.lat - south - north) / (north - south);
    if (Math.abs(u) > 1 || Math.abs(v) > 1) return null;
    const found = { east: 0, north: 0 };
    let term = 0;
    for (let i = 0, ui = 1; i <= projection.degree; i += 1, ui *= u) {
      for (let j = 0, uv = ui; j <= projection.degree - i; j += 1, uv *= v) {
        found.east += projection.east[term] * uv;
        found.north += projection.north[term] * uv;
        term += 1;
      }
    }
    return found;
  };

  // Drawings of the bar's buttons, 20 x 20.
  const ICONS = {
    tools: "M3 5h14M3 10h14M3 15h14M7 3v4M13 8v4M9 13v4",
    coordinates: "M10 2v5M10 13v5M2 10h5M13 10h5M10 4.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11",
    length: "M2.5 13.5l11-11 4 4-11 11zM6 10l1.6 1.6M8.7 7.3l2.4 2.4M11.4 4.6l1.6 1.6",
    area: "M4 4.5l11-1.5 2 9-7 5-7-4.5z",
    fullscreen: "M12 3h5v5M17 3l-6 6M8 17H3v-5M3 17l6-6",
    print: "M5.5 7V2.5h9V7M5.5 14H3V7h14v7h-2.5M5.5 11.5h9v6h-9z",
  };

  // A button of the bar with a drawing; what it does stands in its name, which shows under pointer and focus.
  countyMap.iconButton = function (icon, title, pressed, act) {
    const space = "http://www.w3.org/2000/svg", button = countyMap.toolButton("", title, pressed, act);
    const drawing = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
    drawing.setAttribute("viewBox", "0 0 20 20");
    drawing.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[icon]);
    drawing.appendChild(path);
    button.removeAttribute("title");
    button.appendChild(drawing);
    return button;
  };

  // A button with words; `pressed` is null for one that does something once.
  countyMap.toolButton = function (label, title, pressed, act) {
    const button = element("button", "", label);
    button.type = "button";
    button.title = title;
    button.setAttribute("aria-label", title);
    if (pressed !== null) button.setAttribute("aria-pressed", String(pressed));
    button.addEventListener("click", function () { act(button); });
    return button;
  };

  function degrees(value, positive, negative) {
    return Math.abs(value).toFixed(6) + "° " + (value < 0 ? negative : positive);
  }

  function projectedTexts(words, at, gauss) {
    const east = at.east.toFixed(1), north = at.north.toFixed(1);
    if (!gauss) return [words.easting + " " + east, words.northing + " " + north];
    return [words.gauss_x + " " + north, words.gauss_y + " " + east]; // Chinese survey calls the northing x
  }

  // The line of coordinates at the foot: of the place under the cursor, else of the middle of the map.
  function coordinates(map, config) {
    const words = config.words, container = map.getContainer(), bar = element("div", "county-coordinates");
    const parts = ["strong", "span", "span", "span"].map(function (tag) { return bar.appendChild(element(tag)); });
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", words.coordinates);
    function show(latlng, place) {
      const lat = degrees(latlng.lat, words.north_letter, words.south_letter);
      const lng = degrees(latlng.lng, words.east_letter, words.west_letter);
      const at = countyMap.projected(config.projection, latlng);
      const texts = at ? projectedTexts(words, at, config.gauss) : [words.outside];
      parts[0].textContent = place;
      parts[1].textContent = ["WGS 84", lat, lng].join(" ");
      parts[2].textContent = config.cgcs2000 ? "CGCS2000 " + words.same : "";
      parts[3].textContent = [config.plane].concat(texts).join(" ");
    }
    function middle() { show(map.getCenter().wrap(), words.middle); }
    L.DomEvent.disableClickPropagation(bar);
    container.appendChild(bar);
    map.on("mousemove", function (event) { show(event.latlng.wrap(), words.cursor); });
    map.on("mouseout moveend", middle);
    middle();
    // What stands at the foot of the map makes room for the line.
    new ResizeObserver(function () {
      container.style.setProperty("--county-foot", bar.offsetHeight + "px");
    }).observe(bar);
    countyMap.foot = function () { return bar.offsetHeight; };
    return bar;
  }

  function northArrow(map, words) {
    const control = L.control({ position: "bottomleft" });
    control.onAdd = function () {
      const space = "http://www.w3.org/2000/svg", box = element("div", "county-north");
      const drawing = document.createElementNS(space, "svg"), arrow = document.createElementNS(space, "path");
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", words.north_title);
      drawing.setAttribute("viewBox", "0 0 20 26");
      arrow.setAttribute("d", "M10 1 L17 25 L10 19 L3 25 Z");
      drawing.appendChild(arrow);
      box.appendChild(drawing);
      box.appendChild(element("span", "", words.north));
      return box;
    };
    control.addTo(map);
  }

  function fullscreen(words) {
    const root = document.documentElement;
    if (!document.fullscreenEnabled) return null;
    const button = countyMap.iconButton("fullscreen", words.fullscreen_title, false, function () {
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen().catch(function () { countyMap.note(words.fullscreen_refused); });
    });
    document.addEventListener("fullscreenchange", function () {
      button.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
    });
    return button;
  }

  // Where the map is narrow the tools are folded behind one button; a wide one leaves that out by its style.
  function unfolding(group, words) {
    const button = countyMap.iconButton("tools", words.title, null, function () {
      const open = group.classList.toggle("county-open");
      button.setAttribute("aria-expanded", String(open));
    });
    button.classList.add("county-unfold");
    button.setAttribute("aria-expanded", "false");
    return button;
  }

  countyMap.tools = function (map, config) {
    const words = config.words, control = L.control({ position: "topleft" });
    countyMap.projection = config.projection;
    northArrow(map, words);
    const bar = coordinates(map, config);
    bar.hidden = map.getSize().x < 480;
    const buttons = [
      countyMap.iconButton("coordinates", words.coordinates_title, !bar.hidden, function (button) {
        bar.hidden = !bar.hidden;
        button.setAttribute("aria-pressed", String(!bar.hidden));
      }),
    ];
    if (config.projection) buttons.push.apply(buttons, countyMap.measuring(map, config));
    if (config.projection) buttons.push(countyMap.supposing(map, config));
    buttons.push(fullscreen(words), countyMap.printing(map, config));
    control.onAdd = function () {
      const group = element("div", "leaflet-bar county-looks county-tools");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", words.title);
      group.appendChild(unfolding(group, words));
      buttons.filter(Boolean).forEach(function (button) { group.appendChild(button); });
      L.DomEvent.disableClickPropagation(group);
      return group;
    };
    control.addTo(map);
  };
})(window.countyMap);
