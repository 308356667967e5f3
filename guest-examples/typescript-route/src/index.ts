// The shortest way through a network. The input is a JSON array of the arguments: roads, where from, where to.
import { Heap } from "./heap.ts";

/** A road that is as long in both directions. */
export interface Road {
  readonly between: readonly [string, string];
  readonly length: number;
}

export interface Route {
  readonly length: number;
  readonly through: readonly string[];
}

interface Stop {
  readonly place: string;
  readonly length: number;
  readonly before: Stop | null;
}

/** Dijkstra's algorithm; null when no road leads there. */
export function route(roads: readonly Road[], from: string, to: string): Route | null {
  const leaving = new Map<string, { to: string; length: number }[]>();
  for (const { between, length } of roads) {
    if (!(length >= 0)) throw new RangeError(`the road from ${between[0]} to ${between[1]} has the length ${length}`);
    for (const [start, end] of [between, [between[1], between[0]]] as const) {
      leaving.set(start, [...(leaving.get(start) ?? []), { to: end, length }]);
    }
  }
  if (!leaving.has(from)) throw new RangeError(`no road begins in ${from}`);
  const reached = new Set<string>();
  const heap = new Heap<Stop>((left, right) => left.length - right.length);
  heap.push({ place: from, length: 0, before: null });
  for (let stop = heap.pop(); stop !== undefined; stop = heap.pop()) {
    if (stop.place === to) {
      console.log(`looked at ${reached.size} of ${leaving.size} places`);
      return { length: stop.length, through: placesOf(stop) };
    }
    if (reached.has(stop.place)) continue;
    reached.add(stop.place);
    for (const { to: place, length } of leaving.get(stop.place) ?? []) {
      if (!reached.has(place)) heap.push({ place, length: stop.length + length, before: stop });
    }
  }
  return null;
}

function placesOf(last: Stop): string[] {
  const places: string[] = [];
  for (let stop: Stop | null = last; stop !== null; stop = stop.before) places.unshift(stop.place);
  return places;
}
