// Fills the chart that Python made (`findings/charts.py`) with what is chosen, and shows it. The
// specification says what is drawn; here it gets its data, its names, its size and the page's
// colours. In its strings {measure}, {unit}, {a} and {b} stand for the names, filled in here.
import embed, { type Config, type VisualizationSpec } from 'vega-embed';
import { expressionInterpreter } from 'vega-interpreter';
import type { Measure } from './payload';

type Row = Record<string, string | number | null>;
type Node = Record<string, unknown>;

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

// The room left of a plot for its axis, the same in both views so that they stand flush.
const AXIS = 36;
const EDGE = { left: 2, right: 6, top: 8, bottom: 2 };
const HEIGHT = { fans: 178, difference: 84 };

/** One row a time; a time at which something is not defined is left out. */
function rows(times: string[], values: object | null | undefined): Row[] {
  if (!values) return [];
  const columns = Object.entries(values).filter((entry): entry is [string, (number | null)[]] =>
    Array.isArray(entry[1]),
  );
  return times
    .map((time, at): Row => ({
      time,
      ...Object.fromEntries(columns.map(([key, list]) => [key, list[at] ?? null])),
    }))
    .filter((row) => Object.values(row).every((value) => value != null));
}

export function datasets(measure: Measure, { account, a, b }: Choice): Datasets | null {
  const fans = measure.fans[account];
  if (!fans?.[a.id]) return null;
  return {
    fan_a: rows(measure.times, fans[a.id]),
    fan_b: rows(measure.times, b && fans[b.id]),
    difference: rows(measure.times, b && measure.difference?.[account]?.[b.id]),
  };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dataUsed(node: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(node)) node.forEach((child) => dataUsed(child, found));
  else if (isNode(node)) {
    if (isNode(node.data) && typeof node.data.name === 'string') found.add(node.data.name);
    Object.values(node).forEach((child) => dataUsed(child, found));
  }
  return found;
}

/** Fills names in; the axis titles go, since the page sets them as text that can wrap. */
function named(node: unknown, names: Record<string, string>): unknown {
  if (typeof node === 'string') return node.replace(/\{(\w+)\}/g, (whole, key) => names[key] ?? whole);
  if (Array.isArray(node)) return node.map((child) => named(child, names));
  if (!isNode(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      const axisTitle = key === 'title' && typeof value === 'string' && 'axis' in node;
      return [key, axisTitle ? null : named(value, names)];
    }),
  );
}

/** A layer with nothing to show: all its data are empty, or it is the missing run's label. */
function isIdle(layer: unknown, data: Datasets, { b }: Choice): boolean {
  if (!isNode(layer)) return false;
  if (!b && isNode(layer.mark) && layer.mark.text === '{b}') return true;
  const used = [...dataUsed(layer)].filter((name): name is keyof Datasets => name in data);
  return used.length > 0 && used.every((name) => data[name].length === 0);
}

function pruned(view: Node, data: Datasets, choice: Choice): Node {
  if (!Array.isArray(view.layer)) return view;
  const kept = view.layer.filter((layer) => !isIdle(layer, data, choice));
  return {
    ...view,
    layer: kept.map((layer) => (isNode(layer) ? pruned(layer, data, choice) : layer)),
  };
}

/** The difference belongs to neither run, so it is drawn in ink. */
function inked(view: Node, ink: string): Node {
  return JSON.parse(JSON.stringify(view), (key, value) =>
    key === 'color' && isNode(value) && 'field' in value ? { value: ink } : value,
  ) as Node;
}

/** The specification for this choice at this width. */
export function fitted(
  spec: VisualizationSpec,
  measure: Measure,
  data: Datasets,
  choice: Choice,
  width: number,
  ink: string,
): VisualizationSpec {
  const { config: _, autosize: __, ...whole } = JSON.parse(JSON.stringify(spec)) as Node;
  const dress = (view: Node): Node => {
    const apart = dataUsed(view).has('difference');
    const plain = pruned(view, data, choice);
    return {
      ...(apart ? inked(plain, ink) : plain),
      width: Math.max(120, width - AXIS - EDGE.left - EDGE.right),
      height: apart ? HEIGHT.difference : HEIGHT.fans,
      ...(apart ? { title: { text: 'Difference, same luck' } } : {}),
    };
  };
  const filled = Array.isArray(whole.vconcat)
    ? { ...whole, vconcat: whole.vconcat.filter((view) => !isIdle(view, data, choice)).map(dress) }
    : dress(whole);
  const names = {
    measure: measure.says,
    unit: measure.unit ?? '',
    a: choice.a.label,
    b: choice.b?.label ?? '',
  };
  return { ...(named(filled, names) as Node), datasets: data } as unknown as VisualizationSpec;
}

/** The page's colours and type, read from its style sheet so that there is one place for them. */
export function theme(from: Element): Config & { ink: string } {
  const style = getComputedStyle(from);
  const [a, b, ink, soft, hair, font] = ['--a', '--b', '--ink', '--soft', '--hair', '--sans'].map(
    (name) => style.getPropertyValue(name).trim(),
  ) as [string, string, string, string, string, string];
  const quiet = { labelColor: soft, titleColor: soft, labelFontSize: 12, titleFontSize: 12 };
  return {
    ink,
    background: 'transparent',
    font,
    padding: EDGE,
    range: { category: [a, b] },
    view: { stroke: null },
    concat: { spacing: 12 },
    axis: { ...quiet, titleFontWeight: 'normal', domain: false, ticks: false, grid: false, labelPadding: 6 },
    // The offset leaves room for a name under a line that runs along the bottom.
    axisX: { offset: 12, domain: true, domainColor: hair, labelFlush: true },
    axisY: { grid: true, gridColor: hair, gridOpacity: 0.7, tickCount: 4, minExtent: AXIS, maxExtent: AXIS },
    title: { color: soft, fontSize: 12.5, fontWeight: 'normal', anchor: 'start', frame: 'group', offset: 8 },
    text: { color: soft, fontSize: 12.5 },
    rule: { color: soft, strokeDash: [2, 3] },
    rect: { color: soft },
  };
}

/** Draws into `element`; the returned function takes the drawing down. */
export async function draw(
  element: HTMLElement,
  spec: VisualizationSpec,
  config: Config,
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
    config,
  });
  return () => shown.finalize();
}
