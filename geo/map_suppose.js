// Supposing on the map: something added, moved by dragging or by two clicks, streets closed by a line or an area.
"use strict";

(function (countyMap) {
  const ADDED = { add_stations: "stations", add_hydrants: "hydrants", add_cranes: "cranes" };
  const DRAWN = { close_line: 2, close_area: 3 }; // and how many points each takes at least
  const KINDS = Object.keys(ADDED).concat("move", Object.keys(DRAWN));
  const NEAR_PX = 20, STILL_PX = 5;
  const RING = { color: "#8b0057", weight: 3, fill: false, interactive: false, radius: 15, dashArray: "4 3" };
  const base = countyMap.Measure.prototype;

  function Suppose(map, config) {
    this.held = null; // the thing that the next click moves
    countyMap.supposeWords = config.words;
    countyMap.Measure.call(this, map, config);
    this.dragging();
  }
  Suppose.prototype = Object.create(base);

  Suppose.prototype.makeBox = function () {
    const words = this.words, self = this, control = L.control({ position: "bottomleft" });
    const element = countyMap.element;
    this.box = element("div", "county-box county-suppose-box");
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", words.suppose_title);
    const head = this.box.appendChild(element("div", "county-box-head"));
    head.appendChild(element("strong", "", words.suppose_title));
    head.appendChild(countyMap.toolButton(words.stop, words.suppose_stop, null, function () { self.stop(); }));
    const modes = this.box.appendChild(element("div", "county-modes"));
    KINDS.forEach(function (kind) {
      const title = words["suppose_" + kind];
      self.buttons[kind] = countyMap.toolButton(title, title, false, function () { self.start(kind); });
      modes.appendChild(self.buttons[kind]);
    });
    this.hint = this.box.appendChild(element("p"));
    this.result = this.box.appendChild(element("output"));
    function button(name, act) {
      return self.box.appendChild(countyMap.toolButton(words[name], words[name + "_title"], null, act));
    }
    this.done = button("suppose_done", function () { self.finish(); });
    this.less = button("undo", function () { self.undo(); });
    this.box.hidden = true;
    control.onAdd = function () {
      L.DomEvent.disableClickPropagation(self.box);
      return self.box;
    };
    control.addTo(this.map);
  };

  Suppose.prototype.toggle = function () {
    if (!this.box.hidden) { this.stop(); return; }
    countyMap.takeHand(this);
    this.box.hidden = false;
    this.show();
  };

  // Choosing what is chosen already lets go of it: the map can be clicked as usual, and the box stays.
  Suppose.prototype.start = function (kind) {
    if (this.kind !== kind) { base.start.call(this, kind); return; }
    this.stop();
    this.box.hidden = false;
    this.show();
  };

  Suppose.prototype.clear = function () {
    this.held = null;
    base.clear.call(this);
  };

  Suppose.prototype.undo = function () {
    this.held = null;
    base.undo.call(this);
  };

  Suppose.prototype.tell = function (step, place) {
    this.clear();
    this.result.textContent = this.words.suppose_told;
    countyMap.tell({ step: step }, place);
  };

  Suppose.prototype.add = function (latlng) {
    const place = latlng.wrap(), at = [place.lng, place.lat];
    if (DRAWN[this.kind]) {
      base.add.call(this, latlng);
    } else if (ADDED[this.kind]) {
      this.tell({ do: "add", layer: ADDED[this.kind], at: at }, latlng);
    } else if (this.held) {
      this.tell({ do: "move", layer: this.held.layer, id: this.held.id, at: at }, latlng);
    } else {
      this.held = this.nearest(latlng);
      this.show();
      if (!this.held) this.result.textContent = this.words.suppose_nothing;
    }
  };

  // The station, hydrant or crane at a place on the screen; null where there is none.
  Suppose.prototype.nearest = function (latlng) {
    const map = this.map, point = map.latLngToContainerPoint(latlng);
    let best = null, least = NEAR_PX;
    countyMap.movable().forEach(function (each) {
      const far = map.latLngToContainerPoint(each.at).distanceTo(point);
      if (far < least) { best = each; least = far; }
    });
    return best;
  };

  Suppose.prototype.finish = function () {
    const points = this.points, area = this.kind === "close_area";
    if (points.length < DRAWN[this.kind]) return;
    if (area && countyMap.crossesItself(points)) {
      this.result.textContent = this.words.suppose_crossing;
      return;
    }
    const corners = points.map(function (point) { const at = point.wrap(); return [at.lng, at.lat]; });
    this.tell({ do: "close", area: area, points: corners }, points[0]);
  };

  // Dragging a thing moves it; the map itself is dragged everywhere else.
  Suppose.prototype.dragging = function () {
    const self = this, map = this.map;
    let dragged = null, from = null;
    function place(event) { return map.mouseEventToLatLng(event); }
    this.cover.addEventListener("pointerdown", function (event) {
      dragged = self.kind === "move" && !self.held ? self.nearest(place(event)) : null;
      if (!dragged) return;
      from = [event.clientX, event.clientY];
      map.dragging.disable(); // before Leaflet hears of it
      self.cover.setPointerCapture(event.pointerId);
    });
    this.cover.addEventListener("pointermove", function (event) {
      if (dragged) self.sketch(dragged, place(event));
      else if (self.held) self.sketch(self.held, place(event));
    });
    function end(event, dropped) {
      if (!dragged) return;
      const mine = dragged, far = Math.hypot(event.clientX - from[0], event.clientY - from[1]);
      dragged = null;
      map.dragging.enable();
      if (!dropped || far <= STILL_PX) { self.show(); return; } // a click: it takes hold of the thing
      const at = place(event).wrap();
      self.tell({ do: "move", layer: mine.layer, id: mine.id, at: [at.lng, at.lat] }, at);
    }
    this.cover.addEventListener("pointerup", function (event) { end(event, true); });
    this.cover.addEventListener("pointercancel", function (event) { end(event, false); });
  };

  // A ring around the thing and a line to where it would stand.
  Suppose.prototype.sketch = function (thing, to) {
    const look = Object.assign({}, RING, { renderer: this.renderer, pane: "measure" });
    this.drawn.clearLayers();
    this.drawn.addLayer(L.circleMarker(thing.at, look));
    if (!to) return;
    this.drawn.addLayer(L.polyline([thing.at, to], look));
    this.drawn.addLayer(L.circleMarker(to, look));
  };

  Suppose.prototype.show = function () {
    const self = this, words = this.words, drawing = Boolean(DRAWN[this.kind]);
    Object.keys(this.buttons).forEach(function (kind) {
      self.buttons[kind].setAttribute("aria-pressed", String(self.kind === kind));
    });
    if (this.opener) this.opener.setAttribute("aria-pressed", String(!this.box.hidden));
    this.box.classList.toggle("county-busy", Boolean(this.kind)); // on a phone the other buttons make room for the map
    this.drawn.clearLayers();
    const way = drawing ? "draw" : this.kind === "move" ? "move" : this.kind ? "add" : "choose";
    this.hint.textContent = words["suppose_how_" + way];
    this.result.textContent = this.held ? this.held.title : "";
    this.done.hidden = this.less.hidden = !drawing;
    this.done.disabled = this.points.length < DRAWN[this.kind];
    if (drawing) this.draw(this.kind === "close_area", "");
    if (this.held) this.sketch(this.held, null);
  };

  // The button of the bar that opens all this; its name stands on it.
  countyMap.supposing = function (map, config) {
    const suppose = new Suppose(map, config), words = config.words;
    suppose.opener = countyMap.toolButton(words.suppose, words.suppose_open, false, function () { suppose.toggle(); });
    countyMap.answered = function () { if (!suppose.box.hidden && !suppose.points.length) suppose.show(); };
    suppose.opener.classList.add("county-suppose");
    suppose.opener.removeAttribute("title");
    return suppose.opener;
  };
})(window.countyMap);
