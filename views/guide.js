// The guide of the first visit: a button in the title line and a card, one step at a time, drawn and remembered in
// the browser alone.
// The first visit lasts as long as the window: a reload goes on at the step where it was, a later visit begins closed.
const NAME = "county-guide", CLOSED = -1;
let step = null;

function kept(storage) {
  try { return window[storage].getItem(NAME); } catch { return null; }
}

function keep(storage, value) {
  try { window[storage].setItem(NAME, value); } catch { /* A browser that keeps nothing shows the guide again. */ }
}

function first(steps) {
  const before = kept("sessionStorage") ?? (kept("localStorage") === null ? 0 : CLOSED);
  keep("localStorage", "seen");
  return Math.min(Math.max(Math.trunc(Number(before)) || 0, CLOSED), steps - 1);
}

function button(words, kind, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: words, className: kind, onclick: act });
  return made;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".guide");

  function go(to, focus) {
    step = to;
    keep("sessionStorage", String(step));
    draw();
    root.querySelector(focus).focus();
  }

  function card() {
    const box = document.createElement("div"), said = document.createElement("p"), head = document.createElement("strong");
    box.className = "card";
    said.setAttribute("aria-live", "polite");
    head.textContent = `${step + 1}/${data.steps.length} ${data.steps[step].head}`;
    said.append(head, ` ${data.steps[step].text}`);
    const row = document.createElement("div"), last = step === data.steps.length - 1;
    row.append(button(data.skip, "skip", () => go(CLOSED, ".begin")));
    if (step > 0) row.append(button(data.back, "back", () => go(step - 1, ".next")));
    row.append(button(last ? data.done : data.next, "next", () => (last ? go(CLOSED, ".begin") : go(step + 1, ".next"))));
    box.append(said, row);
    return box;
  }

  function draw() {
    const open = step !== CLOSED;
    const begin = button(data.title, "begin", () => (open ? go(CLOSED, ".begin") : go(0, ".next")));
    begin.setAttribute("aria-expanded", String(open));
    root.setAttribute("aria-label", data.title);
    root.replaceChildren(begin, ...(open ? [card()] : []));
    // What the card stands over can be scrolled clear of it, see page.css.
    const room = open ? root.lastChild.offsetHeight + 24 : 0;
    document.documentElement.style.setProperty("--guide-room", `${room}px`);
  }

  root.onkeydown = (event) => {
    if (event.key === "Escape" && step !== CLOSED) go(CLOSED, ".begin");
  };
  step ??= first(data.steps.length);
  keep("sessionStorage", String(step));
  draw();
}
