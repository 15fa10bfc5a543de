// Fills the chart that Python made with the chosen run's numbers and shows it. The specification
// says what is drawn; here it only gets its data, its width and the page's colours.
import embed, { type Config, type VisualizationSpec } from 'vega-embed';
import { expressionInterpreter } from 'vega-interpreter';
import type { Difference, Measure, Quantiles } from './payload';

type Row = Record<string, string | number | boolean | null>;
type Node = Record<string, unknown>;

// The room left of a plot for its axis, the same in both views so that they stand flush.
const AXIS = 36;
const EDGE = { left: 2, right: 6, top: 6, bottom: 2 };

export interface Choice {
  account: string;
  a: { id: string; label: string };
  b: { id: string; label: string } | null;
}

export interface Datasets {
  fan_a: Row[];
  fan_b: Row[];
  difference: Row[];
}

function rows(times: string[], values: Partial<Record<string, number[]>>, extra: Row): Row[] {
  return times.map((time, at) => ({
    time,
    ...Object.fromEntries(Object.entries(values).map(([key, list]) => [key, list?.[at] ?? null])),
    ...extra,
    label: null,
  }));
}

/** Puts each run's name on its line at its end, the higher one above and the lower one below. */
function labelled(fan: Row[], name: string, above: boolean): Row[] {
  return fan.map((row, at) => (at === fan.length - 1 ? { ...row, label: name, above } : row));
}

export function datasets(measure: Measure, choice: Choice): Datasets | null {
  const of = (id: string): Quantiles | null => measure.fans[choice.account]?.[id] ?? null;
  const a = of(choice.a.id);
  if (!a) return null;
  const b = choice.b ? of(choice.b.id) : null;
  const apart: Difference | null =
    (choice.b && measure.difference?.[choice.account]?.[choice.b.id]) || null;
  const last = (fan: Quantiles): number => fan.p50.at(-1) ?? 0;
  const aAbove = b ? last(a) >= last(b) : true;
  const { p05, p50, p95 } = apart ?? { p05: [], p50: [], p95: [] };
  return {
    fan_a: labelled(rows(measure.times, a, { run: choice.a.label }), choice.a.label, aAbove),
    fan_b:
      b && choice.b
        ? labelled(rows(measure.times, b, { run: choice.b.label }), choice.b.label, !aAbove)
        : [],
    difference: apart
      ? rows(measure.times, { p05, p50, p95 }, { run: choice.b?.label ?? '' })
      : [],
  };
}

function names(node: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(node)) node.forEach((child) => names(child, found));
  else if (node && typeof node === 'object') {
    const { name } = ((node as Node).data ?? {}) as Node;
    if (typeof name === 'string') found.add(name);
    Object.values(node).forEach((child) => names(child, found));
  }
  return found;
}

/** The specification at this width; a view whose data are all missing is left out. */
export function fitted(spec: VisualizationSpec, data: Datasets, width: number): VisualizationSpec {
  const whole = JSON.parse(JSON.stringify(spec)) as Node;
  const empty = (view: unknown) => {
    const used = [...names(view)].filter((name): name is keyof Datasets => name in data);
    return used.length > 0 && used.every((name) => data[name].length === 0);
  };
  const size = (view: Node) => ({ ...view, width: Math.max(120, width - AXIS - EDGE.left - EDGE.right) });
  if (Array.isArray(whole.vconcat)) {
    whole.vconcat = (whole.vconcat as Node[]).filter((view) => !empty(view)).map(size);
  } else Object.assign(whole, size(whole));
  whole.datasets = { ...(whole.datasets as Node | undefined), ...data };
  return whole as unknown as VisualizationSpec;
}

/** The page's colours and type, read from its style sheet so that there is one place for them. */
export function theme(from: Element): Config {
  const style = getComputedStyle(from);
  const v = (name: string) => style.getPropertyValue(name).trim();
  const [a, b, ink, soft, hair, card] = ['--a', '--b', '--ink', '--soft', '--hair', '--card'].map(v);
  const font = v('--sans');
  const line = { strokeWidth: 2.2, strokeCap: 'round' };
  const label = { fontSize: 12.5, fontWeight: 600 };
  const outer = 0.13;
  const inner = 0.2;
  return {
    background: 'transparent',
    font,
    padding: EDGE,
    view: { stroke: null },
    concat: { spacing: 14 },
    axis: {
      labelColor: soft, labelFontSize: 12, titleColor: soft, titleFontSize: 12, titleFontWeight: 400,
      domain: false, tickColor: hair, gridColor: hair, gridOpacity: 0.7, labelPadding: 6, tickCount: 4,
    },
    axisY: { minExtent: AXIS, maxExtent: AXIS },
    axisX: { grid: false, domain: true, domainColor: hair, tickCount: 5 },
    title: { color: soft, fontSize: 12.5, fontWeight: 400, anchor: 'start', frame: 'group', offset: 6 },
    text: { color: ink },
    style: {
      fan_a_outer: { fill: a, fillOpacity: outer },
      fan_a_inner: { fill: a, fillOpacity: inner },
      fan_a_line: { stroke: a, ...line },
      fan_a_label: { fill: a, ...label },
      fan_b_outer: { fill: b, fillOpacity: outer },
      fan_b_inner: { fill: b, fillOpacity: inner },
      fan_b_line: { stroke: b, strokeDash: [6, 4], ...line },
      fan_b_label: { fill: b, ...label },
      halo: { stroke: card, strokeWidth: 4 },
      difference_band: { fill: ink, fillOpacity: 0.14 },
      difference_line: { stroke: ink, ...line, strokeWidth: 1.8 },
      zero: { stroke: soft, strokeDash: [2, 3] },
    },
  } as Config;
}

/** Draws into `element`; the returned function takes the drawing down. */
export async function draw(
  element: HTMLElement,
  spec: VisualizationSpec,
  description: string,
): Promise<() => void> {
  const shown = await embed(element, { ...spec, description } as VisualizationSpec, {
    mode: 'vega-lite',
    renderer: 'svg',
    actions: false,
    tooltip: false,
    defaultStyle: false,
    ast: true,
    expr: expressionInterpreter,
    config: theme(element),
  });
  return () => shown.finalize();
}
