// Controls of the map: legend with layer switches, two ways to look, a scale in metres, a line for failures.
"use strict";

(function (countyMap) {
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // One layer of the legend; of a layer that is switched off only the switch is shown.
  function legendLayer(map, layer) {
    const part = element("div", "county-legend-layer");
    const items = element("div");
    const label = element("label");
    const box = element("input");
    box.type = "checkbox";
    box.checked = countyMap.isVisible(layer.key);
    items.hidden = !box.checked;
    box.addEventListener("change", function () {
      items.hidden = !box.checked;
      countyMap.setVisible(map, layer.key, box.checked);
    });
    label.appendChild(box);
    label.appendChild(element("span", "", layer.label));
    part.appendChild(label);
    layer.items.forEach(function (item) {
      const row = element("div", "county-legend-item");
      row.appendChild(countyMap.swatch(item.kind, item.style));
      row.appendChild(element("span", "", item.label));
      items.appendChild(row);
    });
    part.appendChild(items);
    return part;
  }

  function legend(map, title) {
    const control = L.control({ position: "topright" });
    control.onAdd = function () {
      const box = element("details", "county-legend");
      box.open = map.getSize().x >= 480;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", title);
      box.appendChild(element("summary", "", title));
      const body = element("div", "county-legend-body");
      box.appendChild(body);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    control.addTo(map);
    return control.getContainer();
  }

  // What the legend says follows the data; whether it is open, and how far it is scrolled, stays.
  let said = "";
  countyMap.legend = function (map, config) {
    countyMap.listed = config.layers;
    const body = map.getContainer().querySelector(".county-legend-body");
    const text = JSON.stringify(config.layers);
    if (!body || text === said) return;
    said = text;
    const scrolled = body.scrollTop;
    body.replaceChildren.apply(body, config.layers.map(function (layer) {
      return legendLayer(map, layer);
    }));
    body.scrollTop = scrolled;
  };

  // Views keep clear of the lines at the foot, and of an open legend where the map is wide enough for both.
  function roomBeside(map, box) {
    const wide = box.open && map.getSize().x > 2 * box.offsetWidth ? box.offsetWidth : 0;
    const foot = 84 + (countyMap.foot ? countyMap.foot() : 0);
    return { paddingTopLeft: [wide ? 64 : 24, 24], paddingBottomRight: [24 + wide, foot] };
  }

  function looks(map, config) {
    const control = L.control({ position: "topleft" });
    control.onAdd = function () {
      const bar = element("div", "leaflet-bar county-looks");
      config.forEach(function (look) {
        const button = element("button", "", look.label);
        button.type = "button";
        button.setAttribute("aria-label", look.title);
        button.title = look.title;
        button.addEventListener("click", function () { countyMap.lookAt(look.bounds); });
        bar.appendChild(button);
      });
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    };
    if (config.length) control.addTo(map);
  }

  function line(map, position, className, text) {
    const control = L.control({ position: position });
    control.onAdd = function () { return element("div", className, text); };
    control.addTo(map);
    return control.getContainer();
  }

  // The frame gets its height after the map is made, and less of it on a phone; the legend gets its width with its
  // style sheet. The map follows, and looks at everything again as long as the reader has not touched it.
  function fill(map, box, lookAgain) {
    const container = map.getContainer();
    let touched = false, wide = box.offsetWidth;
    ["pointerdown", "wheel", "keydown"].forEach(function (kind) {
      window.addEventListener(kind, function () { touched = true; }, { capture: true, passive: true });
    });
    function fit() {
      const height = window.innerHeight;
      if (height < 50 || height === container.clientHeight) return;
      container.style.height = height + "px";
      map.invalidateSize({ pan: false });
      if (!touched) lookAgain();
    }
    new ResizeObserver(function () {
      if (box.offsetWidth === wide) return;
      wide = box.offsetWidth;
      if (!touched) lookAgain();
    }).observe(box);
    document.body.style.overflow = "hidden";
    window.addEventListener("resize", fit);
    fit();
  }

  countyMap.start = function (map, config) {
    const container = map.getContainer();
    container.setAttribute("aria-label", config.title);
    const box = legend(map, config.legend);
    looks(map, config.looks);
    L.control.scale({ imperial: false, metric: true, maxWidth: 120 }).addTo(map);
    if (config.tools) countyMap.tools(map, config.tools);
    const failures = line(map, "bottomleft", "county-failure", "");
    countyMap.note = function (text) { failures.textContent = text; };
    if (config.mark) line(map, "bottomright", "county-mark", config.mark);
    if (config.credit) line(map, "bottomright", "county-credit", config.credit);
    countyMap.room = function () {
      const room = roomBeside(map, box);
      return { paddingTopLeft: [64, 10], paddingBottomRight: [room.paddingBottomRight[0] - 14, 10] };
    };
    countyMap.listen(map, config);
    countyMap.lookAt = function (bounds, options) {
      map.fitBounds(bounds, Object.assign(roomBeside(map, box), options));
    };
    function lookFirst() {
      const view = countyMap.viewAsked();
      if (view) map.setView([view[0], view[1]], view[2], { animate: false });
      else if (countyMap.flownTo) countyMap.lookAtChosen();
      else countyMap.lookAt(config.bounds, { animate: false }); // a move that still runs would undo the next one
    }
    lookFirst();
    fill(map, box, lookFirst);
    countyMap.keepAddress(map);
  };
})(window.countyMap);
