// What a command says, as a text that can be kept: digests, keys, times, addresses and places stand for themselves.
import type { Ran } from "./command-line.ts";

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+/g, "<key>"],
  [/bafkrei[a-z2-7]{52}/g, "<cid>"],
  [/wasm-1-[0-9a-f]{32}/g, "<profile>"],
  [/\b[0-9a-f]{64}\b/g, "<digest>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<time>"],
  [/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>"],
  [/\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,44}=*/g, "<log key>"],
  [/\b[A-Za-z0-9+/]{43}=/g, "<hash>"],
  [/\+[0-9a-f]{8}\b/g, "+<key hash>"],
  [/\b(leaf|block) \d+\b/g, "$1 <n>"],
  [/\b\d+ leaves\b/g, "<n> leaves"],
  [/^height {4}\d+/gm, "height    <n>"],
  // The challenge window of a development chain may close before the next command on a busy machine.
  [/^(status +)(?:accepted|final)\b/gm, "$1<accepted or final>"],
  [/^(ok {3}finality +).*/gm, "$1<accepted or final>"],
  [/(?<![\d.])\d+\.\d+\.\d+(?![\d.])/g, "<version>"],
  [/\d+(?:\.\d+)? ms\b/g, "<n> ms"],
  [/\b\d+ fuel\b/g, "<n> fuel"],
  // A machine has the walls that it has.
  [/(it was of grade) \w+/g, "$1 <grade>"],
  [/\(\d+ bytes\)/g, "(<n> bytes)"],
];

/** A text without what differs from run to run; `places` are folders by the name that stands for them. */
export function masked(text: string, places: Readonly<Record<string, string>>): string {
  let plain = text;
  for (const [name, place] of Object.entries(places)) plain = plain.replaceAll(place, `<${name}>`);
  for (const [pattern, name] of MASKS) plain = plain.replace(pattern, name);
  return plain;
}

/** A command with everything it said: stdout as it is, each line of stderr behind `! `, and the exit status. */
export function transcript(args: readonly string[], ran: Ran, places: Readonly<Record<string, string>>): string {
  const stderr = ran.stderr === "" ? "" : ran.stderr.replace(/^(?=.)/gm, "! ");
  return masked(`$ lockstep ${args.join(" ")}\n${ran.stdout.toString()}${stderr}[exit ${ran.status}]\n`, places);
}
