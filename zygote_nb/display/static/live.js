(() => {
  const make = (tag, text, style) => {
    const e = document.createElement(tag);
    e.textContent = text;
    e.style.cssText = style || "";
    return e;
  };
  const button = (text, act) => {
    const b = make("button", text, "font:inherit;font-size:0.85em;margin-right:4px;padding:1px 8px;cursor:pointer;" +
      "border:1px solid var(--jp-border-color1,var(--vscode-panel-border,#888));border-radius:3px;background:transparent;color:inherit");
    b.type = "button";
    b.onclick = act;
    return b;
  };
  const press = (buttons, chosen, how = "aria-pressed") => buttons.forEach((b, i) => {
    b.setAttribute(how, i === chosen);
    b.style.fontWeight = i === chosen ? "bold" : "normal";
    b.style.boxShadow = i === chosen ? "inset 0 -2px 0 var(--jp-brand-color1,var(--vscode-focusBorder,#1976d2))" : "none";
  });

  // One choice for all tables that have the same columns.
  const shading = (tables) => {
    const names = tables[0].dataset.annotated.split(";");
    const colours = tables[0].dataset.shades.split(";");
    if (names.length < 2) return;
    const bar = make("div", "shade by ", "margin:2px 0");
    const buttons = names.map((name, i) => button(name, () => {
      press(buttons, i);
      for (const row of tables.flatMap((t) => [...t.querySelectorAll("[data-shares]")])) {
        const share = Math.min(1, +(row.dataset.shares.split(";")[i] || 0));
        row.querySelector("[data-source]").style.background =
          share > 0.004 ? `rgba(${colours[i]},${(0.05 + 0.4 * share).toFixed(2)})` : "";
      }
    }));
    bar.append(...buttons);
    press(buttons, 0);
    tables[0].prepend(bar);
  };

  const matching = (root) => {
    const partners = (line) => root.querySelectorAll(`[data-group="${line.dataset.group}"]`);
    const mark = (line, on) => partners(line).forEach((p) => {
      p.style.outline = on ? "2px solid var(--jp-brand-color1,var(--vscode-focusBorder,#1976d2))" : "";
      p.style.outlineOffset = "-2px";
    });
    for (const line of root.querySelectorAll("[data-group]")) {
      if (line.dataset.group === "0") continue;
      line.tabIndex = 0;
      line.addEventListener("pointerenter", () => mark(line, true));
      line.addEventListener("pointerleave", () => mark(line, false));
      line.addEventListener("focus", () => mark(line, true));
      line.addEventListener("blur", () => mark(line, false));
    }
    for (const d of root.querySelectorAll("[data-annotated] details")) {
      d.addEventListener("toggle", () => { d.querySelector("[aria-hidden]").textContent = d.open ? "▾" : "▸"; });
    }
  };

  const tabs = (holder) => {
    const pages = [...holder.children];
    const bar = make("div", "", "margin:4px 0");
    bar.setAttribute("role", "tablist");
    const show = (chosen) => {
      pages.forEach((p, i) => { p.open = i === chosen; p.style.display = i === chosen ? "" : "none"; });
      press(buttons, chosen, "aria-selected");
    };
    const buttons = pages.map((p, i) => {
      const name = p.querySelector("summary").textContent;
      const b = button(name, () => show(pages[i].open ? -1 : i));
      b.setAttribute("role", "tab");
      b.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const next = (i + step + pages.length) % pages.length;
        show(next);
        buttons[next].focus();
      });
      p.setAttribute("role", "tabpanel");
      p.setAttribute("aria-label", name);
      p.querySelector("summary").style.display = "none";
      return b;
    });
    bar.append(...buttons);
    holder.prepend(bar);
    show(pages.findIndex((p) => p.open));
  };

  // A drawing in the colours of the page around, in place of the image of it.
  const drawing = (holder) => {
    const image = holder.querySelector("img");
    if (!image || !holder.attachShadow || holder.shadowRoot) return;
    const bytes = Uint8Array.from(atob(image.src.split(",")[1]), (c) => c.charCodeAt(0));
    const svg = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "image/svg+xml").documentElement;
    svg.querySelectorAll("[data-paper]").forEach((e) => e.remove());
    svg.setAttribute("color", "var(--jp-ui-font-color1,var(--vscode-editor-foreground,currentColor))");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", image.alt);
    svg.style.maxWidth = "100%";
    holder.attachShadow({ mode: "open" }).append(svg);
  };

  for (const root of document.querySelectorAll("[data-zg]:not([data-live])")) {
    root.dataset.live = "1";
    const tables = [...root.querySelectorAll("[data-annotated]")];
    for (const names of new Set(tables.map((t) => t.dataset.annotated))) shading(tables.filter((t) => t.dataset.annotated === names));
    root.querySelectorAll("[data-tabs]").forEach(tabs);
    if (typeof zgGraph === "function") root.querySelectorAll("[data-picture=live]").forEach(zgGraph);
    root.querySelectorAll("[data-picture=drawn]").forEach(drawing);
    matching(root);
  }
})();
