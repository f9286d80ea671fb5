// The print view: what the map shows now on one sheet, A4 or A3 across, with its legend, scale and sources.
"use strict";

(function (countyMap) {
  const PAPER = { A4: [297, 210], A3: [420, 297] };
  const MARGIN_MM = 8;
  const MM_PER_PX = 25.4 / 96;
  const TILES_MS = 8000; // how long the print waits for a base map
  const ROUND = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10];
  let said = {}; // the sheet's words of the choices in force

  countyMap.sheet = function (map, config) { said = config; };

  // Metres on the ground for one pixel, in the middle of the map.
  function metresPerPixel(map, projection) {
    const middle = map.getSize().divideBy(2), step = L.point(50, 0);
    const ends = [middle.subtract(step), middle.add(step)].map(function (at) { return map.containerPointToLatLng(at); });
    const known = projection && ends.every(function (end) { return countyMap.projected(projection, end); });
    return (known ? countyMap.lengthOf(projection, ends) : map.distance(ends[0], ends[1])) / 100;
  }

  function scaleOf(map, projection) { return (metresPerPixel(map, projection) * 1000) / MM_PER_PX; }

  // The next scale with a round number at which everything in `bounds` is still on the sheet.
  function fitRound(map, bounds, projection) {
    map.options.zoomSnap = 0;
    map.setView(bounds.getCenter(), map.getBoundsZoom(bounds), { animate: false });
    const scale = scaleOf(map, projection), power = Math.pow(10, Math.floor(Math.log10(scale)));
    const round = power * ROUND.find(function (step) { return step * power >= scale * 0.999; });
    map.setZoom(map.getZoom() - Math.log2(round / scale), { animate: false });
    return round;
  }

  // The legend of what is on the map: layers that are switched off or hold nothing are left out.
  function legend() {
    const box = countyMap.element("div", "county-sheet-legend");
    countyMap.listed.forEach(function (layer) {
      if (!countyMap.holds(layer.key)) return;
      const part = box.appendChild(countyMap.element("div", "county-sheet-layer"));
      part.appendChild(countyMap.element("strong", "", layer.label));
      layer.items.forEach(function (item) {
        const row = part.appendChild(countyMap.element("div", "county-legend-item"));
        row.appendChild(countyMap.swatch(item.kind, item.style));
        row.appendChild(countyMap.element("span", "", item.label));
      });
    });
    return box;
  }

  function listOf(title, lines) {
    const part = countyMap.element("div");
    part.appendChild(countyMap.element("strong", "", title));
    const list = part.appendChild(countyMap.element("ul"));
    (lines || []).forEach(function (line) { list.appendChild(countyMap.element("li", "", line)); });
    return part;
  }

  function sheetOf(paper, words) {
    const sheet = countyMap.element("section", "county-sheet"), element = countyMap.element;
    const style = sheet.appendChild(element("style"));
    const [wide, high] = PAPER[paper].map(function (side) { return side - 2 * MARGIN_MM; });
    style.textContent = "@page { size: " + paper + " landscape; margin: " + MARGIN_MM + "mm; }";
    sheet.style.width = wide + "mm";
    sheet.style.height = high - 1 + "mm"; // a millimetre less, or rounding makes a second page
    const head = sheet.appendChild(element("header"));
    head.appendChild(element("h1", "", said.title));
    head.appendChild(element("p", "", said.asked));
    const room = sheet.appendChild(element("div", "county-sheet-map"));
    const side = sheet.appendChild(element("aside"));
    side.appendChild(element("h2", "", words.legend));
    side.appendChild(legend());
    const scale = side.appendChild(element("p", "county-sheet-scale"));
    const foot = sheet.appendChild(element("footer"));
    foot.appendChild(listOf(words.caveats, said.caveats));
    foot.appendChild(listOf(words.sources, said.sources));
    const today = new Date().toLocaleDateString(words.locale, { year: "numeric", month: "long", day: "numeric" });
    const last = foot.appendChild(element("p"));
    last.appendChild(element("strong", "", said.notice));
    last.appendChild(element("span", "", [words.printed, today, "·", said.version].join(" ")));
    return { sheet: sheet, room: room, side: side, scale: scale };
  }

  // A long legend is set smaller until it stands on the sheet.
  function fitSide(side) {
    const box = side.querySelector(".county-sheet-legend");
    for (let size = 1; size > 0.5 && side.scrollHeight > side.clientHeight + 1; size -= 0.05) box.style.zoom = size;
  }

  function tilesLoaded(container) {
    const waiting = Array.from(container.querySelectorAll("img.leaflet-tile")).filter(function (tile) {
      return !tile.complete;
    });
    const loaded = waiting.map(function (tile) {
      return new Promise(function (done) { tile.addEventListener("load", done); tile.addEventListener("error", done); });
    });
    const enough = new Promise(function (done) { setTimeout(done, TILES_MS); });
    return Promise.race([Promise.all(loaded), enough]);
  }

  // What is seen of the map beside an open legend.
  function inSight(map) {
    const size = map.getSize(), covered = countyMap.room().paddingBottomRight[0] - 10;
    return L.latLngBounds(map.containerPointToLatLng([0, 0]), map.containerPointToLatLng([size.x - covered, size.y]));
  }

  function print(map, paper, config) {
    const container = map.getContainer(), place = document.createComment("map"), words = config.words;
    const before = { bounds: inSight(map), centre: map.getCenter(), zoom: map.getZoom(), snap: map.options.zoomSnap };
    const retina = L.Browser.retina, parts = sheetOf(paper, words);
    map.closePopup();
    container.replaceWith(place);
    parts.room.appendChild(container);
    document.body.appendChild(parts.sheet);
    document.body.classList.add("county-printing");
    L.Browser.retina = true; // paper shows finer lines than most screens
    map.invalidateSize({ animate: false, pan: false });
    const scale = fitRound(map, before.bounds, config.projection).toLocaleString(words.locale);
    parts.scale.textContent = words.scale + " 1:" + scale + words.scale_paper.replace("%", paper);
    fitSide(parts.side);
    function back() {
      if (!parts.sheet.isConnected) return;
      L.Browser.retina = retina;
      place.replaceWith(container);
      parts.sheet.remove();
      document.body.classList.remove("county-printing");
      map.options.zoomSnap = before.snap;
      map.invalidateSize({ animate: false, pan: false });
      map.setView(before.centre, before.zoom, { animate: false });
    }
    window.addEventListener("afterprint", back, { once: true });
    tilesLoaded(container).then(function () {
      requestAnimationFrame(function () { requestAnimationFrame(function () { window.print(); }); });
    });
  }

  // The button of the bar, and the little box in which the paper is chosen.
  countyMap.printing = function (map, config) {
    const words = config.words, box = countyMap.element("div", "county-box"), control = L.control({ position: "bottomleft" });
    const button = countyMap.iconButton("print", words.print_title, false, function () { open(box.hidden); });
    function open(shown) {
      box.hidden = !shown;
      button.setAttribute("aria-pressed", String(shown));
    }
    box.appendChild(countyMap.element("strong", "", words.print_title));
    Object.keys(PAPER).forEach(function (paper) {
      const label = paper + " " + words.across;
      box.appendChild(countyMap.toolButton(label, label, null, function () {
        open(false);
        print(map, paper, config);
      }));
    });
    box.hidden = true;
    control.onAdd = function () {
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    control.addTo(map);
    return button;
  };
})(window.countyMap);
