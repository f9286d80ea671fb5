// The first stops of the keyboard: past the choices to the map, which then moves with the arrows, and to the table.
const reach = {
  map() {
    const frame = document.querySelector('iframe[title*="st_folium"]');
    frame?.scrollIntoView({ block: "nearest" });
    return frame?.contentDocument?.querySelector(".leaflet-container") ?? frame;
  },
  table: () => document.querySelector(".st-key-board_table button"),
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".skip");
  root.replaceChildren(...Object.keys(data).map((target) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", textContent: data[target], onclick: () => reach[target]()?.focus() });
    return made;
  }));
}
