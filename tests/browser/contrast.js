// Texts of a document that stand out too little from what is behind them, by the formula of WCAG 2: each as
// [text, ratio, needed, colour, ground]. Shadow roots are walked, frames are not.
() => {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const known = new Map();

  function rgba(colour) {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  }

  const over = (top, alpha, ground) => ground.map((value, i) => top[i] * alpha + value * (1 - alpha));

  function luminance(colour) {
    const [r, g, b] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function ratio(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  const above = (element) => element.parentElement || element.getRootNode().host || null;

  function ground(element) {
    const layers = [];
    for (let each = element; each; each = above(each)) {
      const [r, g, b, a] = rgba(getComputedStyle(each).backgroundColor);
      if (a > 0) layers.push([[r, g, b], a]);
      if (a === 1) break;
    }
    return layers.reverse().reduce((below, [colour, alpha]) => over(colour, alpha, below), [255, 255, 255]);
  }

  function opacity(element) {
    let all = 1;
    for (let each = element; each; each = above(each)) all *= Number(getComputedStyle(each).opacity);
    return all;
  }

  function shown(element) {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return false; // words for those who listen
    return element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  }

  const idle = (element) => Boolean(element.closest(":disabled, [aria-disabled='true']"));
  const found = [];
  let texts = 0;

  function judge(element, style, text) {
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const drawing = element.matches("[data-testid='stIconMaterial']"); // letters of a font of drawings
    const needed = drawing || size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    const behind = ground(element), [r, g, b, a] = rgba(style.color);
    const seen = over([r, g, b], a * opacity(element), behind), stands = ratio(seen, behind);
    texts += 1;
    if (stands < needed - 0.005) {
      found.push([text.slice(0, 40), Math.round(stands * 100) / 100, needed, seen.map(Math.round).join(), behind.map(Math.round).join()]);
    }
  }

  function walk(root) {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (element.matches("script, style, canvas, noscript, option") || idle(element) || !shown(element)) continue;
      const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(" ").trim();
      if (text) judge(element, getComputedStyle(element), text);
      if (element.matches("input, textarea")) {
        if (element.value) judge(element, getComputedStyle(element), element.value);
        else if (element.placeholder) judge(element, getComputedStyle(element, "::placeholder"), element.placeholder);
      }
    }
  }

  walk(document);
  return { texts, found };
}
