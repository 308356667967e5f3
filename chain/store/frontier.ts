// Frontiers change when they grow, so whoever hands one out hands out a copy.
import { type Crypto, Frontier } from "../protocol/index.ts";

/** A frontier of its own with the same content. */
export function copyFrontier(crypto: Crypto, frontier: Frontier): Frontier {
  return Frontier.parse(crypto, frontier.serialize());
}
