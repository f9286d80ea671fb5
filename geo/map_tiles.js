// The map of tiles under the county's layers: none until one is chosen, and always with the name of its maker.
"use strict";

(function (countyMap) {
  let laid = []; // tile layers on the map
  let credit = null; // the line with the maker's name
  let said = "";

  function creditLine(map, config) {
    const control = L.control({ position: "bottomright" });
    control.onAdd = function () {
      const line = countyMap.element("div", "county-credit county-tiles");
      const name = countyMap.element(config.link ? "a" : "span", "", config.credit);
      if (config.link) {
        name.href = config.link;
        name.target = "_blank";
        name.rel = "noopener";
      }
      line.appendChild(name);
      return line;
    };
    return control.addTo(map);
  }

  countyMap.tiles = function (map, config) {
    const text = JSON.stringify(config);
    if (text === said) return;
    said = text;
    laid.forEach(function (layer) { layer.remove(); });
    if (credit) credit.remove();
    countyMap.note("");
    laid = config.urls.map(function (url) {
      const options = {
        subdomains: config.subdomains,
        maxNativeZoom: config.max_zoom,
        maxZoom: map.getMaxZoom(),
        opacity: 0.8, // the county's own layers stand out
        referrerPolicy: "strict-origin-when-cross-origin", // some makers want to know which page asks
      };
      const layer = L.tileLayer(url, options);
      layer.on("tileerror", function () { countyMap.note(config.failed); });
      return layer.addTo(map);
    });
    credit = laid.length ? creditLine(map, config) : null;
  };
})(window.countyMap);
