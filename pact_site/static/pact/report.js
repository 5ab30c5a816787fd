// Draws a report's charts from the specs in the page. The specs carry the light colours; each is
// swapped for the token of the same name, so that charts follow the page's scheme.
(() => {
  "use strict";
  const json = (id) => JSON.parse(document.getElementById(id).textContent);
  const palette = json("chart-palette");

  const tokens = () => {
    const style = getComputedStyle(document.documentElement);
    return new Map(
      Object.entries(palette).map(([colour, token]) => [colour, style.getPropertyValue(token).trim()]),
    );
  };

  const recoloured = (value, colours) => {
    if (typeof value === "string") return colours.get(value) ?? value;
    if (Array.isArray(value)) return value.map((part) => recoloured(part, colours));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, recoloured(part, colours)]),
    );
  };

  // On a phone names are cut shorter still, and keep both ends: models differ at either.
  const SHORT =
    "length(datum.label) > 22 ? slice(datum.label, 0, 9) + '…' + slice(datum.label, -12) : datum.label";
  const shorten = (part) => {
    if (part === null || typeof part !== "object") return;
    if (part.labelExpr) part.labelExpr = SHORT;
    Object.values(part).forEach(shorten);
  };

  // Larger letters than on paper; on a phone the legend stacks, and it and titles end with the plot.
  const fit = (spec, narrow) => {
    const { axis, axisY, legend, text } = spec.config;
    Object.assign(axis, { labelFontSize: 12.5, titleFontSize: narrow ? 12 : 13 });
    Object.assign(axisY, { labelFontSize: narrow ? 11.5 : 13, labelLimit: narrow ? 150 : 260 });
    Object.assign(legend, { labelFontSize: 13, columns: narrow ? 1 : undefined });
    if (narrow) legend.layout = { top: { anchor: "end" } };
    if (narrow) shorten(spec);
    Object.assign(text, { fontSize: 12.5 });
    const ends = { titleAnchor: "end", labelOverlap: true, labelSeparation: 6 };
    if (narrow) spec.config.axisX = { ...spec.config.axisX, ...ends };
    if (typeof spec.height === "number") spec.height *= 1.2;
    spec.width = "container";
    spec.autosize = { type: "fit-x", contains: "padding" };
  };

  // Panels one above the other have a width of their own: what is left of a phone beside their names.
  const PHONE_PANEL = 145;
  const narrowed = (spec) => {
    for (const panel of spec.vconcat ?? []) panel.width = Math.min(panel.width, PHONE_PANEL);
  };

  const dressed = (name, colours, narrow) => {
    const spec = recoloured(json(`spec-${name}`), colours);
    spec.background = "transparent";
    if (spec.usermeta?.fluid) fit(spec, narrow);
    else if (narrow) narrowed(spec);
    return spec;
  };

  const options = {
    ast: true, // expressions are interpreted, never compiled: the page allows no eval
    actions: false,
    defaultStyle: false,
    renderer: "canvas",
    tooltip: { disableDefaultStyle: true },
  };

  const draw = async (element, colours) => {
    const spec = dressed(element.dataset.chart, colours, element.clientWidth < 480);
    element.classList.toggle("chart--fluid", Boolean(spec.usermeta?.fluid));
    element.chart?.finalize();
    element.chart = await vegaEmbed(element, spec, options);
    element.dataset.drawn = "true";
    element.dataset.scheme = getComputedStyle(document.documentElement).colorScheme;
  };

  // What is on the screen is drawn at once, the rest one by one when there is nothing else to do.
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
  let turn = 0;

  const drawAll = () => {
    const colours = tokens();
    const mine = ++turn; // a change of colours while charts wait begins anew
    const waiting = [];
    for (const element of document.querySelectorAll("[data-chart]")) {
      if (element.getBoundingClientRect().top < innerHeight) draw(element, colours);
      else waiting.push(element);
    }
    const next = async () => {
      if (mine !== turn || waiting.length === 0) return;
      await draw(waiting.shift(), colours);
      idle(next);
    };
    idle(next);
  };

  drawAll();
  document.addEventListener("pact:theme", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
