// One greeting.
export interface Greeting {
  readonly name: string;
  readonly text: string;
}

export function greetingFor(name: string): Greeting {
  if (name === "") throw new RangeError("a name is empty");
  return { name, text: `Hello, ${name}!` };
}
