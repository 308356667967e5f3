// Greets: takes names and gives one text back. The input is a JSON array of the arguments.
import { type Greeting, greetingFor } from "./greeting.ts";

export function greet(...names: string[]): string {
  const greetings: Greeting[] = names.map(greetingFor);
  console.log("greeted", greetings.length);
  return greetings.map(({ text }) => text).join(" ");
}
