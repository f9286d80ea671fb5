// Signs drawn on the map's canvas and, by the same functions, in its legend.
"use strict";
window.countyMap = window.countyMap || {};

(function (countyMap) {
  const PALE = 0.35; // words of a thing that the table's filter leaves out

  // Path of one sign around (x, y); r is half its width in pixels.
  function outline(ctx, shape, x, y, r) {
    ctx.beginPath();
    if (shape === "square") {
      ctx.rect(x - r, y - r, 2 * r, 2 * r);
    } else if (shape === "diamond") {
      ctx.moveTo(x, y - r * 1.25);
      ctx.lineTo(x + r * 1.25, y);
      ctx.lineTo(x, y + r * 1.25);
      ctx.lineTo(x - r * 1.25, y);
      ctx.closePath();
    } else if (shape === "triangle") {
      ctx.moveTo(x, y - r * 1.3);
      ctx.lineTo(x + r * 1.25, y + r);
      ctx.lineTo(x - r * 1.25, y + r);
      ctx.closePath();
    } else {
      ctx.arc(x, y, r, 0, 2 * Math.PI);
    }
  }

  // A name under a sign (or above it), with a light edge so that it can be read on lines and areas.
  function name(ctx, style, x, middle, r) {
    const text = style.name;
    if (!text) return;
    const y = middle + (style.nameAbove ? -r - 17 : r + 3);
    ctx.font = "12px " + countyMap.font;
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    ctx.globalAlpha = style.pale ? PALE : 1;
    ctx.lineWidth = 3;
    ctx.lineJoin = "round";
    ctx.strokeStyle = "rgba(255, 255, 255, 0.9)";
    ctx.strokeText(text, x, y);
    ctx.fillStyle = "#222222";
    ctx.fillText(text, x, y);
  }

  function letter(ctx, style, text, x, y, r) {
    if (!text) return;
    ctx.font = "bold " + Math.round(r * 1.25) + "px " + countyMap.font;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = style.letterColor || "#ffffff";
    ctx.globalAlpha = style.pale ? PALE : 1;
    ctx.fillText(text, x, y + (style.shape === "triangle" ? r * 0.25 : r * 0.06));
  }

  // What a scenario supposes: a dashed ring around the sign, and beside it a mark that says what is done.
  function supposed(ctx, style, x, y, r) {
    if (!style.ring) return;
    const far = r + 5, at = [x + far * 0.8, y - far * 0.8];
    ctx.globalAlpha = 1;
    ctx.setLineDash([4, 3]);
    ctx.lineWidth = 2;
    ctx.strokeStyle = "#000000";
    ctx.beginPath();
    ctx.arc(x, y, far, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.setLineDash([]);
    if (!style.badge) return;
    ctx.font = "bold 15px " + countyMap.font;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineWidth = 4;
    ctx.lineJoin = "round";
    ctx.strokeStyle = "#ffffff";
    ctx.strokeText(style.badge, at[0], at[1]);
    ctx.fillStyle = "#000000";
    ctx.fillText(style.badge, at[0], at[1]);
  }

  countyMap.font = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
  countyMap.outline = outline;
  countyMap.letter = letter;

  // A point sign of fixed size on screen; `shift` moves it sideways where several stand on one place, `rise` up.
  countyMap.Sign = L.CircleMarker.extend({
    _project: function () {
      // Signs that stand close together give way to each other where the map shows a whole county.
      const far = this.options.shrink ? Math.max(0, 14 - this._map.getZoom()) : 0;
      this._radius = Math.max(1.5, this.options.radius / Math.pow(1.35, far));
      this._small = far > 1;
      this._point = this._map.latLngToLayerPoint(this._latlng).add([this.options.shift || 0, -(this.options.rise || 0)]);
      this._updateBounds();
    },
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const ctx = renderer._ctx, r = this._radius;
      outline(ctx, this.options.shape, this._point.x, this._point.y, r);
      renderer._fillStroke(ctx, this);
      ctx.setLineDash([]);
      if (!this._small) letter(ctx, this.options, this.options.letter, this._point.x, this._point.y, r);
      name(ctx, this.options, this._point.x, this._point.y, r);
      supposed(ctx, this.options, this._point.x, this._point.y, r);
      ctx.globalAlpha = 1;
    },
    // The canvas clears what lies inside these bounds before it draws anew: the name belongs to them.
    _updateBounds: function () {
      L.CircleMarker.prototype._updateBounds.call(this);
      if (this.options.ring) {
        const room = this._radius + 20;
        this._pxBounds.extend(this._point.add([room, room])).extend(this._point.subtract([room, room]));
      }
      if (!this.options.name) return;
      const wide = this.options.name.length * 7 + 4;
      this._pxBounds.extend(this._point.add([wide, this._radius + 20]));
      this._pxBounds.extend(this._point.subtract([wide, this._radius + 20]));
    },
  });

  function pen(ctx, style) {
    ctx.setLineDash(style.dashArray ? style.dashArray.split(/[ ,]+/).map(Number) : []);
    ctx.lineWidth = style.weight === undefined ? 2 : style.weight;
    ctx.strokeStyle = style.color || "#000000";
    ctx.fillStyle = style.fillColor || style.color || "#000000";
  }

  // One legend swatch, 34 x 20 px, of the very style the map uses.
  countyMap.swatch = function (kind, style) {
    const canvas = document.createElement("canvas");
    canvas.width = 68;
    canvas.height = 40;
    canvas.className = "county-swatch";
    canvas.setAttribute("aria-hidden", "true");
    const ctx = canvas.getContext("2d");
    ctx.scale(2, 2);
    pen(ctx, style);
    if (kind === "sign") {
      const r = Math.min(style.radius, style.ring ? 4 : 8);
      outline(ctx, style.shape, 17, 10, r);
      if (style.fillOpacity !== 0) {
        ctx.fill();
      }
      if (style.weight !== 0) ctx.stroke();
      if (!style.ring) letter(ctx, style, style.letter, 17, 10, r);
      supposed(ctx, style, 17, 10, r);
      return canvas;
    }
    ctx.beginPath();
    if (kind === "line") {
      ctx.moveTo(1, 10);
      ctx.lineTo(33, 10);
      ctx.stroke();
      return canvas;
    }
    ctx.rect(3, 3, 28, 14);
    if (style.fill !== false) {
      ctx.globalAlpha = style.fillOpacity === undefined ? 0.2 : style.fillOpacity;
      // Bands lie on each other, so the inner ones are drawn as often as they are covered.
      for (let i = 0; i < (style.layers || 1); i += 1) ctx.fill();
      ctx.globalAlpha = 1;
    }
    if (style.opacity !== undefined) ctx.globalAlpha = style.opacity;
    if (style.weight !== 0 && style.stroke !== false) ctx.stroke();
    return canvas;
  };
})(window.countyMap);
