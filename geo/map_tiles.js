// The map of tiles under the county's layers: none until one is chosen, and always with the name of its maker.
// Nothing is asked for before its first zoom or beside its ground; beyond its last zoom tiles are drawn larger.
"use strict";

(function (countyMap) {
  let laid = []; // tile layers on the map
  let credit = null; // the line with the maker's name
  let said = "";
  let chosen = null; // the map chosen, as the page told it
  let ground = null; // where it has tiles; null for everywhere
  let noted = false; // whether the line for failures says that there is nothing to see here
  const HAIR = 1e-6; // in degrees, as files round: the tile next to an edge of the ground is none of it

  function groundOf(bounds) {
    if (!bounds) return null;
    const [west, south, east, north] = bounds;
    return L.latLngBounds([south + HAIR, west + HAIR], [north - HAIR, east - HAIR]);
  }

  // Say it where the map chosen has nothing to show of what is seen.
  function look(event) {
    const map = event.target;
    const below = Math.round(map.getZoom()) < chosen.min_zoom;
    const bare = below || Boolean(ground && !ground.intersects(map.getBounds()));
    if (bare || noted) countyMap.note(bare ? chosen.nothing : "");
    noted = bare;
  }

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
    map.off("moveend", look);
    chosen = config;
    ground = groundOf(config.bounds);
    noted = false;
    if (map.options.minZoom === undefined) map.options.minZoom = 0; // else Leaflet zooms in to the tiles' first zoom
    laid = config.urls.map(function (url) {
      const options = {
        subdomains: config.subdomains,
        maxNativeZoom: config.max_zoom,
        maxZoom: map.getMaxZoom(),
        minZoom: config.min_zoom - 0.5, // between two zooms the nearer one's tiles are drawn
        opacity: 0.8, // the county's own layers stand out
        referrerPolicy: "strict-origin-when-cross-origin", // some makers want to know which page asks
      };
      if (ground) options.bounds = ground;
      const layer = L.tileLayer(url, options);
      layer.on("tileerror", function () { countyMap.note(config.failed); });
      return layer.addTo(map);
    });
    credit = laid.length ? creditLine(map, config) : null;
    if (!laid.length) return;
    map.on("moveend", look);
    look({ target: map });
  };
})(window.countyMap);
