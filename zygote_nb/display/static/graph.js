const zgGraph = async (holder) => {
  const data = holder.querySelector("script[type='application/json'],script[type='application/zlib']");
  if (!data || !holder.attachShadow) return;
  const inflated = (text) => new Response(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]).stream()
    .pipeThrough(new DecompressionStream("deflate"))).text();
  if (data.type.endsWith("zlib") && !window.DecompressionStream) return;
  const model = JSON.parse(data.type.endsWith("zlib") ? await inflated(data.textContent) : data.textContent);
  const INK = "var(--jp-ui-font-color0,var(--vscode-editor-foreground,currentColor))";
  const FADED = "var(--jp-ui-font-color2,var(--vscode-descriptionForeground,currentColor))";
  const EDGE = "1px solid var(--jp-border-color1,var(--vscode-panel-border,#888))";
  const MONO = "var(--jp-code-font-family,var(--vscode-editor-font-family,monospace))";
  const UNFOLDED = "var(--jp-layout-color2,var(--vscode-sideBar-background,transparent))";
  const PAPER = "var(--jp-layout-color1,var(--vscode-editor-background,transparent))";
  const PALETTES = { light: ["#0969da", "#bc4c00", "#1a7f37"], dark: ["#6cb6ff", "#f0a060", "#6bd38a"] };
  let FORWARD, BACKWARD, KEPT;
  // The colour of the text around says which kind of page this is, in every front end.
  const theme = () => {
    const [r, g, b] = (getComputedStyle(holder).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    return r + g + b > 382 ? "dark" : "light";
  };
  const SIZES = { input: [140, 40], operation: [104, 36], head: [150, 30] };
  const WIDTH = 204, HEIGHT = 44, GAP = 12, ROW = 26, HEAD = 24, PAD = 10, CHANNEL = 90, SLOT = 10;
  const MARGIN = 12, TOP = 34;
  const STATES = { nan: ["#e5534b", "NaN or inf"], zero: ["#8c959f", "zero"], faint: ["#b08800", "vanishing"] };
  const nodes = new Map(), parent = new Map();
  const collect = (n, above) => {
    n.c = n.c || []; n.e = n.e || []; n.s = n.s || ""; n.k = n.k || "line"; n.h = n.h ?? 1;
    nodes.set(n.i, n);
    parent.set(n.i, above);
    n.c.forEach((child) => collect(child, n.i));
  };
  collect(model.root, null);
  const open = new Set(model.open);

  const make = (name, attributes, text) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const cut = (text, room) => text.length <= room ? text : text.slice(0, Math.max(1, room - 1)) + "…";
  const isOpen = (n) => n.c.length > 0 && open.has(n.i);
  const passes = (n) => n.s !== "none";
  const adjointName = (n) => {
    if (n.k === "output") return "seed";
    const bound = n.t.match(/^for (.+?) in /);
    if (bound) return "d " + bound[1];
    const name = n.t.includes("=") ? n.t.split("=")[0].replace(/[ +\-*\/@]+$/, "") : n.t;
    return "d " + (/^[\w.]+$|\[/.test(name) ? name : n.t);
  };

  const head = (n) => n === model.root ? 0 : HEAD;
  const nearest = (wanted, widths) => {
    const offsets = [], blocks = [];
    let right = 0;
    widths.forEach((w, k) => {
      offsets.push(right + w / 2);
      right += w + GAP;
      blocks.push([wanted[k] - offsets[k], 1]);
      for (let n = blocks.length; n > 1 && blocks[n - 2][0] / blocks[n - 2][1] >= blocks[n - 1][0] / blocks[n - 1][1]; n--) {
        const [sum, count] = blocks.pop();
        blocks[n - 2] = [blocks[n - 2][0] + sum, blocks[n - 2][1] + count];
      }
    });
    const moved = blocks.flatMap(([sum, count]) => Array(count).fill(sum / count));
    return offsets.map((o, k) => o + moved[k]);
  };
  const columns = (widths, above) => {
    const below = widths.map((row) => row.map(() => []));
    above.forEach((row, i) => row.forEach((joined, k) => joined.forEach((j) => below[i - 1][j].push(k))));
    const centres = widths.map((row) => nearest(row.map(() => 0), row));
    const settle = (i, joined, other) => {
      const old = centres[i];
      centres[i] = nearest(old.map((c, k) => joined[i][k].length
        ? joined[i][k].reduce((sum, j) => sum + other[j], 0) / joined[i][k].length : c), widths[i]);
    };
    const down = () => { for (let i = 1; i < widths.length; i++) settle(i, above, centres[i - 1]); };
    down();
    for (let i = widths.length - 2; i >= 0; i--) settle(i, below, centres[i + 1]);
    down();
    const left = Math.min(...centres.flatMap((row, i) => row.map((c, k) => c - widths[i][k] / 2)));
    return centres.map((row) => row.map((c) => c - left));
  };
  const place = () => {
    const sizes = new Map(), boxes = new Map(), slots = new Map(), arranged = new Map();
    const size = (i) => {
      if (!sizes.has(i)) {
        const n = nodes.get(i);
        if (!isOpen(n)) sizes.set(i, SIZES[n.k] || [WIDTH, HEIGHT]);
        else {
          const rows = n.y.map((layer) => layer.map((item) => Array.isArray(item) ? [SLOT, 0] : size(item)));
          const widths = rows.map((row) => row.map((s) => s[0])), heights = rows.map((row) => Math.max(...row.map((s) => s[1])));
          const centres = columns(widths, n.a);
          const right = Math.max(...centres.flatMap((row, k) => row.map((c, l) => c + widths[k][l] / 2)));
          arranged.set(i, [centres, heights]);
          sizes.set(i, [Math.max(right + 2 * PAD, WIDTH),
            heights.reduce((sum, h) => sum + h, 0) + ROW * (rows.length - 1) + head(n) + 2 * PAD]);
        }
      }
      return sizes.get(i);
    };
    const put = (i, x, y) => {
      const n = nodes.get(i), [w, h] = size(i);
      boxes.set(i, { n, x, y, w, h, opened: isOpen(n) });
      if (!isOpen(n)) return;
      const [centres, heights] = arranged.get(i);
      let top = y + head(n) + PAD;
      n.y.forEach((layer, k) => {
        layer.forEach((item, l) => {
          const middle = x + PAD + centres[k][l];
          if (Array.isArray(item)) slots.set(item.join() + "," + k, [middle, top, top + heights[k]]);
          else put(item, middle - size(item)[0] / 2, top + (heights[k] - size(item)[1]) / 2);
        });
        top += heights[k] + ROW;
      });
    };
    put(model.root.i, 0, 0);
    const [width, height] = size(model.root.i);
    return { boxes, slots, width, height };
  };

  const standsFor = (i, boxes) => {
    let found = i;
    for (let at = i; at !== null; at = parent.get(at)) if (boxes.has(at)) { found = at; break; }
    return found;
  };
  const ownerIn = (i, group) => { while (parent.get(i) !== group) i = parent.get(i); return i; };

  const root = holder.attachShadow({ mode: "open" });
  const bar = document.createElement("div");
  bar.style.cssText = "margin:2px 0 6px;font-family:var(--jp-ui-font-family,var(--vscode-font-family,sans-serif));font-size:12px;color:" + INK;
  const button = (text, act) => {
    const b = document.createElement("button");
    b.type = "button"; b.textContent = text; b.onclick = act;
    b.style.cssText = "font:inherit;margin-right:6px;padding:1px 8px;cursor:pointer;background:transparent;color:inherit;" +
      "border-radius:3px;border:" + EDGE;
    bar.append(b);
  };
  const stage = document.createElement("div");
  stage.style.cssText = "overflow:auto;max-height:80vh";
  const said = document.createElement("div");
  said.setAttribute("aria-live", "polite");
  said.style.cssText = "min-height:1.4em;white-space:pre-wrap;font-size:11px;font-family:" + MONO + ";color:" + FADED;
  root.append(bar, stage, said);
  let selected = null, wanted = "", drawnIn = "";

  const draw = () => {
    [FORWARD, BACKWARD, KEPT] = PALETTES[drawnIn = theme()];
    const scene = place(), axis = MARGIN + scene.width + CHANNEL / 2;
    const width = 2 * scene.width + CHANNEL + 2 * MARGIN, height = scene.height + TOP + MARGIN;
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group",
      "aria-label": `pullback graph of ${model.name}`, style: `max-width:100%;min-width:${Math.min(width, Math.max(640,
        Math.round(0.6 * width)))}px;height:auto;font-family:${MONO}` });
    const text = (x, y, word, fill, size, anchor = "start", weight = "normal") =>
      make("text", { x, y, fill, "font-size": size, "text-anchor": anchor, "font-weight": weight }, word);
    const below = make("g", {}), lines = make("g", {}), above = make("g", {});
    svg.append(below, lines, above);
    [[MARGIN + scene.width / 2, "forward", FORWARD], [axis, "kept", KEPT],
      [2 * axis - MARGIN - scene.width / 2, "backward", BACKWARD]].forEach(([x, word, fill]) =>
      above.append(text(x, 20, word, fill, 13, "middle", "bold")));

    const neighbours = new Map();
    const join = (a, b) => {
      (neighbours.get(a) || neighbours.set(a, new Set()).get(a)).add(b);
      (neighbours.get(b) || neighbours.set(b, new Set()).get(b)).add(a);
    };
    const drawn = new Set(), distant = [], passed = new Map();
    for (const [key, where] of scene.slots) {
      const owners = key.slice(0, key.lastIndexOf(","));
      (passed.get(owners) || passed.set(owners, []).get(owners)).push(where);
    }
    for (const { n: group, opened } of scene.boxes.values()) {
      if (!opened) continue;
      const far = new Set((group.f || []).map((pair) => pair.join()));
      for (const [source, step, carried] of group.e) {
        const target = source + step;
        const a = standsFor(source, scene.boxes), b = standsFor(target, scene.boxes);
        if (a === b || carried || drawn.has(a + "," + b)) continue;
        drawn.add(a + "," + b);
        join(a, b);
        const owners = [ownerIn(source, group.i), ownerIn(target, group.i)].join();
        const A = scene.boxes.get(a), B = scene.boxes.get(b), isFar = far.has(owners);
        const between = (passed.get(owners) || []).sort((p, q) => p[1] - q[1]).flatMap(([x, top, bottom]) => [[x, top], [x, bottom]]);
        const way = [[A.x + A.w / 2, A.y + A.h], ...between, [B.x + B.w / 2, B.y]];
        const curve = (points, colour) => {
          let [x, y] = points[0], path = `M${x} ${y}`;
          for (const [tx, ty] of points.slice(1)) {
            const m = (y + ty) / 2;
            path += `C${x} ${m} ${tx} ${m} ${tx} ${ty}`;
            [x, y] = [tx, ty];
          }
          const sign = y > points[points.length - 2][1] ? 1 : -1;
          path += `M${x - 3.5} ${y - 6 * sign}L${x} ${y - sign}L${x + 3.5} ${y - 6 * sign}`;
          const line = make("path", { d: path, fill: "none", stroke: colour, "stroke-opacity": 0.7, "data-ends": `${a},${b}` });
          if (isFar) distant.push([a, b, line]); else lines.append(line);
        };
        curve(way.map(([x, y]) => [x + MARGIN, y + TOP]), FORWARD);
        if (passes(A.n) && passes(B.n))
          curve(way.map(([x, y]) => [2 * axis - MARGIN - x, y + TOP]).reverse(), (STATES[A.n.s] || [BACKWARD])[0]);
      }
    }

    const boxOf = (box, lane) => {
      const n = box.n, back = lane === "backward";
      const x = back ? 2 * axis - MARGIN - box.x - box.w : box.x + MARGIN, y = box.y + TOP;
      const alert = back ? STATES[n.s] : n.w && STATES.nan;
      const g = make("g", { tabindex: 0, role: n.c.length ? "button" : "img", "data-node": n.i, "data-lane": lane,
        style: `cursor:${n.c.length ? "pointer" : "default"};outline:none` });
      const norm = [n.n || "", STATES[n.s] ? STATES[n.s][1] : ""].join(" ").trim();
      const title = back ? (box.opened ? "" : adjointName(n)) : n.t;
      const line = back ? norm : [n.v, alert ? alert[1] : ""].filter(Boolean).join(" ");
      g.setAttribute("aria-label", [n.t, n.v, norm && `gradient ${norm}`, n.c.length && (box.opened ? "unfolded" : "folded")]
        .filter(Boolean).join(", "));
      if (n.c.length) g.setAttribute("aria-expanded", box.opened);
      const rect = make("rect", { x, y, width: box.w, height: box.h, rx: 5,
        fill: box.opened ? UNFOLDED : PAPER,
        "fill-opacity": box.opened ? 0.6 : 1,
        stroke: alert ? alert[0] : back ? BACKWARD : FORWARD, "stroke-width": alert ? 2 : 1 });
      if (n.h === 0 || (back && n.s === "zero")) rect.setAttribute("stroke-dasharray", "4 3");
      g.append(rect);
      const thumb = box.opened ? "" : back ? n.q : n.p, beside = box.opened && !back ? cut(line, 14).length + 1 : 0;
      const free = box.w - 16 - (thumb ? 30 : 0), room = Math.floor(free / 6.7) - beside;
      const sign = n.c.length && title ? (box.opened ? "▾ " : "▸ ") : "";
      g.append(text(x + 8, y + 17, cut(sign + title, room), INK, 11));
      if (line && !box.opened) g.append(text(x + 8, y + Math.min(box.h - 7, 33), cut(line, Math.floor(free / 6.05)), FADED, 10));
      if (line && box.opened && !back) g.append(text(x + box.w - 8, y + 17, cut(line, 14), FADED, 10, "end"));
      if (thumb) g.append(make("image", { x: x + box.w - 35, y: y + 7, width: 28, height: 28, href: thumb,
        preserveAspectRatio: "none", style: "image-rendering:pixelated" }));
      const point = (on) => {
        svg.querySelectorAll(`[data-node="${n.i}"] rect`).forEach((r) => r.setAttribute("stroke-width", on ? 3 : alert ? 2 : 1));
        lines.querySelectorAll("path[data-ends]").forEach((p) => {
          const near = p.dataset.ends.split(",").map(Number).includes(n.i);
          p.setAttribute("stroke-opacity", on ? (near ? 1 : 0.15) : 0.7);
          p.setAttribute("stroke-width", on && near ? 2 : 1);
        });
        const isIn = (i) => { while (i !== null && i !== n.i) i = parent.get(i); return i !== null; };
        for (const [a, b, line] of distant) if (isIn(a) || isIn(b)) if (on) lines.append(line); else line.remove();
        if (on) said.textContent = [n.l ? `line ${n.l}: ` : "", n.d || [n.t, n.v].filter(Boolean).join("\n"), norm ? `\ngradient ${norm}` : "",
          n.b ? `\nkeeps ${n.b} for the way back` : ""].join("");
      };
      const fold = () => {
        if (!n.c.length) return;
        if (open.has(n.i)) open.delete(n.i); else open.add(n.i);
        selected = [n.i, lane];
        draw();
      };
      g.addEventListener("pointerenter", () => point(true));
      g.addEventListener("pointerleave", () => point(false));
      g.addEventListener("focus", () => point(true));
      g.addEventListener("blur", () => point(false));
      g.addEventListener("click", fold);
      g.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.stopPropagation(); fold(); }
      });
      const found = wanted && (n.t + (n.d || "")).toLowerCase().includes(wanted);
      if (wanted && !found) g.setAttribute("opacity", box.opened ? 1 : 0.25);
      if (found && !box.opened) g.dataset.found = "1";
      (box.opened ? below : above).append(g);
    };
    const taken = new Set();
    for (const box of scene.boxes.values()) {
      if (box.n === model.root) continue;
      boxOf(box, "forward");
      if (passes(box.n)) boxOf(box, "backward");
      if (box.n.b && (!box.opened || box.n.k === "line")) {
        const foot = box.y + TOP + box.h, left = box.x + MARGIN + box.w - 14;
        let y = foot + 7;
        while (taken.has(y)) y += 11;
        taken.add(y);
        lines.append(make("path", { d: `M${left} ${foot}V${y}H${2 * axis - left}V${foot}`, fill: "none", stroke: KEPT,
          "stroke-dasharray": "3 3" }));
        above.append(text(axis, y - 3, box.n.b, KEPT, 10, "middle"));
      }
    }
    stage.replaceChildren(svg);
    if (selected) {
      const again = svg.querySelector(`[data-node="${selected[0]}"][data-lane="${selected[1]}"]`);
      if (again) again.focus({ preventScroll: true });
    }
  };

  const save = (name, address) => {
    const a = document.createElement("a");
    a.href = address; a.download = name;
    document.body.append(a);  // front ends that save by themselves wait for clicks on the document
    a.click();
    a.remove();
  };
  const standalone = () => {
    const svg = stage.querySelector("svg").cloneNode(true), style = getComputedStyle(holder);
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const ground = ["--jp-layout-color0", "--vscode-editor-background"].map((name) => style.getPropertyValue(name).trim());
    svg.setAttribute("style", "font-family:monospace;background:" +
      (ground.find(Boolean) || (theme() === "dark" ? "#1e1e1e" : "#ffffff")));
    const value = (text) => {
      const known = /var\((--[\w-]+),([^()]*)\)/g;
      while (known.test(text)) text = text.replace(known, (_, name, otherwise) => style.getPropertyValue(name).trim() || otherwise);
      return text.replaceAll("currentColor", style.color);
    };
    return value(new XMLSerializer().serializeToString(svg));
  };
  button("unfold all", () => { nodes.forEach((n) => n.c.length && open.add(n.i)); draw(); });
  button("fold all", () => { open.clear(); open.add(model.root.i); draw(); });
  button("save SVG", () => save(`${model.name}.svg`, "data:image/svg+xml," + encodeURIComponent(standalone())));
  button("save PNG", () => {
    const svg = stage.querySelector("svg"), image = new Image(), canvas = document.createElement("canvas");
    canvas.width = 2 * svg.width.baseVal.value;
    canvas.height = 2 * svg.height.baseVal.value;
    image.onload = () => {
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      save(`${model.name}.png`, canvas.toDataURL("image/png"));
    };
    image.src = "data:image/svg+xml," + encodeURIComponent(standalone());
  });
  const search = document.createElement("input");
  search.type = "search"; search.placeholder = "find"; search.setAttribute("aria-label", "find a node");
  search.style.cssText = "font:inherit;padding:1px 6px;background:transparent;color:inherit;border-radius:3px;border:" + EDGE;
  search.addEventListener("keydown", (event) => event.stopPropagation());
  search.oninput = () => {
    wanted = search.value.trim().toLowerCase();
    if (wanted) nodes.forEach((n) => {
      if ((n.t + (n.d || "")).toLowerCase().includes(wanted))
        for (let at = parent.get(n.i); at !== null && at !== undefined; at = parent.get(at))
          if (nodes.get(at).k !== "line") open.add(at);
    });
    draw();
    const hit = stage.querySelector("[data-found]");
    if (!hit) return;
    const at = hit.getBoundingClientRect(), seen = stage.getBoundingClientRect();
    stage.scrollTop += at.top - seen.top - seen.height / 3;
    stage.scrollLeft += at.left - seen.left - seen.width / 3;
  };
  bar.append(search);
  draw();
  const follow = new MutationObserver(() => {
    if (!holder.isConnected) follow.disconnect();
    else if (theme() !== drawnIn) draw();
  });
  follow.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind", "class"] });
};
