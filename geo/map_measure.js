// Measuring on the map: lengths and areas in metres on the ground, with the pointer or the keyboard.
"use strict";

(function (countyMap) {
  const LINE = { color: "#8b0057", weight: 3, fillColor: "#8b0057", fillOpacity: 0.15, interactive: false };
  const DOT = Object.assign({}, LINE, { radius: 4, weight: 2, fillColor: "#ffffff", fillOpacity: 1 });
  const STILL_PX = 5; // a click that moved farther was a drag

  // Lengths and areas from projected metres, brought to the ground by the scale in the middle of the county.
  function onPlane(projection, points) {
    return points.map(function (point) { return countyMap.projected(projection, point); });
  }

  countyMap.lengthOf = function (projection, points) {
    const plane = onPlane(projection, points);
    let length = 0;
    for (let i = 1; i < plane.length; i += 1) {
      length += Math.hypot(plane[i].east - plane[i - 1].east, plane[i].north - plane[i - 1].north);
    }
    return length / projection.scale;
  };

  countyMap.areaOf = function (projection, points) {
    const plane = onPlane(projection, points), first = plane[0];
    let twice = 0;
    plane.forEach(function (a, i) {
      const b = plane[(i + 1) % plane.length];
      twice += (a.east - first.east) * (b.north - first.north) - (b.east - first.east) * (a.north - first.north);
    });
    return Math.abs(twice) / 2 / projection.scale / projection.scale;
  };

  function side(a, b, c) {
    return Math.sign((b.lng - a.lng) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lng - a.lng));
  }

  function cross(a, b, c, d) {
    return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  }

  // Whether two edges of the closed outline cross: it then has no area that means anything.
  countyMap.crossesItself = function (points) {
    const n = points.length;
    for (let i = 0; i < n; i += 1) {
      for (let j = i + 2; j < n; j += 1) {
        if (i === 0 && j === n - 1) continue; // these two meet at the first point
        if (cross(points[i], points[i + 1], points[j], points[(j + 1) % n])) return true;
      }
    }
    return false;
  };

  function number(words, value, digits) {
    return value.toLocaleString(words.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  function lengthText(words, metres) {
    if (metres < 10000) return number(words, metres, metres < 100 ? 1 : 0) + " " + words.metres;
    return number(words, metres / 1000, 2) + " " + words.kilometres;
  }

  function areaText(words, square) {
    const mu = number(words, (square * 15) / 10000, 2) + " " + words.mu; // 1 亩 = 10000/15 m²
    if (square < 1e6) return number(words, square, 0) + " " + words.square_metres + " · " + mu;
    return number(words, square / 1e6, 3) + " " + words.square_kilometres + " · " + mu;
  }

  function Measure(map, config) {
    this.map = map;
    this.words = config.words;
    this.projection = config.projection;
    this.kind = null; // "length" or "area" while measuring
    this.points = [];
    this.drawn = L.layerGroup();
    this.buttons = {};
    this.cover = countyMap.element("div", "county-measure-cover");
    this.cross = countyMap.element("div", "county-measure-cross");
    (map.getPane("measure") || map.createPane("measure")).style.zIndex = 660;
    this.renderer = L.svg({ pane: "measure" });
    this.makeBox();
    this.listen();
  }

  Measure.prototype.makeBox = function () {
    const words = this.words, self = this, control = L.control({ position: "bottomleft" });
    this.box = countyMap.element("div", "county-box county-measure");
    this.result = countyMap.element("output");
    this.box.appendChild(this.result);
    this.hint = this.box.appendChild(countyMap.element("p", "", words.measure_hint));
    [
      [words.undo, words.undo_title, function () { self.undo(); }],
      [words.clear, words.clear_title, function () { self.clear(); }],
      [words.stop, words.stop_title, function () { self.stop(); }],
    ].forEach(function (each) {
      self.box.appendChild(countyMap.toolButton(each[0], each[1], null, each[2]));
    });
    this.box.hidden = true;
    control.onAdd = function () {
      L.DomEvent.disableClickPropagation(self.box);
      return self.box;
    };
    control.addTo(this.map);
  };

  // The cover lies over the map and under its buttons: layers are not clicked while measuring, dragging still works.
  Measure.prototype.listen = function () {
    const self = this, container = this.map.getContainer();
    let down = null;
    this.cover.addEventListener("pointerdown", function (event) {
      down = [event.clientX, event.clientY];
      self.cross.hidden = true;
    });
    this.cover.addEventListener("click", function (event) {
      event.stopPropagation();
      if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) > STILL_PX) return;
      self.add(self.map.mouseEventToLatLng(event));
    });
    this.cover.addEventListener("dblclick", function (event) { event.stopPropagation(); });
    container.addEventListener("keydown", function (event) {
      if (!self.kind) return;
      if (event.key === "Escape") {
        if (self.points.length) self.clear(); else self.stop();
      } else if (event.target === container && event.key === "Enter") {
        self.add(self.map.getCenter());
      } else if (event.target === container && event.key === "Backspace") {
        self.undo();
      } else {
        if (event.key.startsWith("Arrow")) self.cross.hidden = false;
        return;
      }
      event.preventDefault();
    });
  };

  // One tool draws at a time.
  let hand = null;
  countyMap.takeHand = function (tool) {
    if (hand && hand !== tool) hand.stop();
    hand = tool;
  };

  Measure.prototype.start = function (kind) {
    if (this.kind === kind) { this.stop(); return; }
    countyMap.takeHand(this);
    this.clear();
    this.kind = kind;
    const container = this.map.getContainer();
    this.map.closePopup();
    container.appendChild(this.cover);
    container.appendChild(this.cross);
    this.cross.hidden = true;
    this.drawn.addTo(this.map);
    this.box.hidden = false;
    container.focus({ preventScroll: true });
    this.show();
  };

  Measure.prototype.stop = function () {
    this.clear();
    this.kind = null;
    this.cover.remove();
    this.cross.remove();
    this.drawn.remove();
    this.box.hidden = true;
    this.show();
  };

  Measure.prototype.add = function (latlng) {
    const last = this.points[this.points.length - 1];
    if (last && this.map.latLngToLayerPoint(last).distanceTo(this.map.latLngToLayerPoint(latlng)) < 2) return;
    if (!countyMap.projected(this.projection, latlng)) {
      this.result.textContent = this.words.measure_outside;
      return;
    }
    this.points.push(latlng);
    this.show();
  };

  Measure.prototype.undo = function () { this.points.pop(); this.show(); };
  Measure.prototype.clear = function () { this.points = []; this.show(); };

  Measure.prototype.text = function () {
    const words = this.words;
    if (this.points.length < (this.kind === "area" ? 3 : 2)) return "";
    if (this.kind === "length") return lengthText(words, countyMap.lengthOf(this.projection, this.points));
    if (countyMap.crossesItself(this.points)) return words.crossing;
    return areaText(words, countyMap.areaOf(this.projection, this.points));
  };

  Measure.prototype.show = function () {
    const self = this;
    Object.keys(this.buttons).forEach(function (kind) {
      self.buttons[kind].setAttribute("aria-pressed", String(self.kind === kind));
    });
    this.drawn.clearLayers();
    if (!this.kind) return;
    this.hint.hidden = this.points.length > 1;
    const text = this.text();
    this.result.textContent = [this.words[this.kind], text].join(" ");
    this.draw(this.kind === "area", text);
  };

  // The line or area through the points, with `text` at the last of them.
  Measure.prototype.draw = function (closed, text) {
    const self = this, group = this.drawn, look = { renderer: this.renderer, pane: "measure" };
    const shape = closed ? L.polygon : L.polyline;
    group.addLayer(shape(this.points, Object.assign({ fill: closed }, LINE, look)));
    this.points.forEach(function (point, i) {
      const dot = L.circleMarker(point, Object.assign({}, DOT, look));
      if (text && i === self.points.length - 1) {
        const words = countyMap.element("span", "", text);
        dot.bindTooltip(words, { permanent: true, direction: "right", className: "county-tooltip", pane: "measure" });
      }
      group.addLayer(dot);
    });
  };

  countyMap.Measure = Measure;

  // The two buttons of the bar that measure.
  countyMap.measuring = function (map, config) {
    const measure = new Measure(map, config), words = config.words;
    ["length", "area"].forEach(function (kind) {
      const title = words[kind + "_title"];
      measure.buttons[kind] = countyMap.iconButton(kind, title, false, function () { measure.start(kind); });
    });
    return [measure.buttons.length, measure.buttons.area];
  };
})(window.countyMap);
