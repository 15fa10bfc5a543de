// The system view's part of the payload, and the arithmetic of drawing it: projections, labels,
// and which level of what holds at a moment of a told future. Nothing here is a measure.
import { geoAzimuthalEqualArea, geoDistance, geoEqualEarth, type GeoProjection } from 'd3-geo';
import type { Maybe } from './payload';

export type Spot = [longitude: number, latitude: number];

export interface Layer {
  id: string;
  levels: string[];
  unstated: number;
}
export interface TieRow {
  pair: [string, string];
  name: string;
  levels: Record<string, number>;
  troops?: Maybe<number>;
}
export interface SystemMap {
  actors: { id: string; name: string; at: Maybe<Spot> }[];
  layers: Layer[];
  ties: TieRow[];
  bases: { id: string; name: string; at: Spot; of: string[]; says: string[] }[];
  sea: [Spot, Spot][];
  passages: { id: string; name: string; says?: string; open: boolean; legs: [Spot, Spot][] }[];
  flashpoints: {
    id: string;
    name: string;
    says?: string;
    rival: string;
    defenders: string[];
    state: string;
    at: Maybe<Spot>;
    note?: string;
  }[];
  unplaced: string[];
}
/** p10, median, p90 in days from the as-of date; the share that is ever operational; that is late. */
export type Times = [Maybe<number>, Maybe<number>, Maybe<number>, number, Maybe<number>];
export interface PledgeRow {
  id: string;
  name: string;
  says?: string;
  by?: string[];
  domain?: string;
  stage: string;
  due?: Maybe<string>;
  in: Record<string, Record<string, Times>>;
}
export interface Split {
  parts: number[];
  whole: number;
  p05: number;
  p95: number;
  economic?: Maybe<number>;
}
export interface Encirclement {
  id: string;
  name: string;
  unit: string;
  labels: string[];
  in: Record<string, Record<string, Split>>;
}
export interface Told {
  draw: number;
  future: number;
  label: string;
  value?: Maybe<string>;
  events: { on: string; text: string; kind: string; sets?: [string, string, number] }[];
}
export interface System {
  map: SystemMap;
  pledges: PledgeRow[];
  encirclement: Encirclement[];
  parts_spec?: unknown;
  stations: { id: string; label: string; measure: string }[];
  station_futures?: Maybe<number>;
  replay?: Maybe<{ account: string; kinds: string[]; rule: string; told: Told[] }>;
}

export const STATES = ['calm', 'tension', 'crisis', 'war'];

/** What a told future has changed up to and with an event: `tie:AAA-BBB.pact` → level. */
export function changedBy(told: Told | undefined, upTo: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const event of told?.events.slice(0, upTo + 1) ?? []) {
    if (event.sets) found.set(`${event.sets[0]}:${event.sets[1]}`, event.sets[2]);
  }
  return found;
}

/** The middle of the shortest arc of longitude that holds all points, and how wide that arc is. */
export function arc(points: Spot[]): { middle: number; width: number } {
  const sorted = points.map(([longitude]) => ((longitude % 360) + 360) % 360).sort((a, b) => a - b);
  if (sorted.length === 0) return { middle: 0, width: 360 };
  let gap = 360 - sorted.at(-1)! + sorted[0]!;
  let start = sorted[0]!;
  for (let i = 1; i < sorted.length; i++) {
    const between = sorted[i]! - sorted[i - 1]!;
    if (between > gap) {
      gap = between;
      start = sorted[i]!;
    }
  }
  const width = 360 - gap;
  const middle = (start + width / 2) % 360;
  return { middle: middle > 180 ? middle - 360 : middle, width };
}

/** A projection that holds the points within the frame; it turns the seam of the map away. */
export function fitted(points: Spot[], width: number, height: number): GeoProjection {
  const { middle, width: across } = arc(points);
  const latitudes = points.map(([, latitude]) => latitude);
  const level = latitudes.length ? (Math.min(...latitudes) + Math.max(...latitudes)) / 2 : 0;
  const near = across < 80 && points.length > 0;
  const projection = near
    ? geoAzimuthalEqualArea().rotate([-middle, -level])
    : geoEqualEarth().rotate([-middle, 0]);
  const pad = Math.max(18, Math.min(width, height) * 0.09);
  const frame: [[number, number], [number, number]] = [[pad, pad], [width - pad, height - pad]];
  if (points.length === 0) projection.fitExtent([[0, 0], [width, height]], { type: 'Sphere' });
  else projection.fitExtent(frame, { type: 'MultiPoint', coordinates: points });
  // One point, or points in one line, would be seen from too near.
  const most = Math.min(width, height) * 5;
  if (!Number.isFinite(projection.scale()) || projection.scale() > most) {
    projection.scale(most).translate([width / 2, height / 2]);
    if (near) projection.center([0, 0]);
    else projection.center([0, level]);
  }
  return projection.clipExtent([[0, 0], [width, height]]);
}

/** Points about the flashpoints: themselves, and what lies within 0.2 radians (1,270 km) of one. */
export function around(centres: Spot[], others: Spot[]): Spot[] {
  return [...centres, ...others.filter((one) => centres.some((c) => geoDistance(one, c) < 0.2))];
}

export interface Label {
  x: number;
  y: number;
  text: string;
  kind: string;
  anchor: 'start' | 'end' | 'middle';
}

/** Puts labels beside their points so that none meets another; a label without room is left out. */
export function placed(
  wanted: { x: number; y: number; text: string; kind: string; size: number }[],
  width: number,
  height: number,
): Label[] {
  const taken: [number, number, number, number][] = wanted.map(({ x, y }) => [x - 5, y - 5, x + 5, y + 5]);
  const out: Label[] = [];
  for (const { x, y, text, kind, size } of wanted) {
    const long = text.length * size * 0.54;
    const tries: [number, number, Label['anchor']][] = [
      [8, 4, 'start'], [-8, 4, 'end'], [0, -9, 'middle'], [0, size + 6, 'middle'],
      [7, -6, 'start'], [-7, -6, 'end'], [7, size + 2, 'start'], [-7, size + 2, 'end'],
    ];
    for (const [dx, dy, anchor] of tries) {
      const left = x + dx - (anchor === 'end' ? long : anchor === 'middle' ? long / 2 : 0);
      const box: [number, number, number, number] = [left - 2, y + dy - size, left + long + 2, y + dy + 3];
      const inside = box[0] > 0 && box[1] > 0 && box[2] < width && box[3] < height;
      const meets = ([a, b, c, d]: [number, number, number, number]) =>
        a < box[2] && c > box[0] && b < box[3] && d > box[1];
      if (!inside || taken.some(meets)) continue;
      taken.push(box);
      out.push({ x: x + dx, y: y + dy, text, kind, anchor });
      break;
    }
  }
  return out;
}
