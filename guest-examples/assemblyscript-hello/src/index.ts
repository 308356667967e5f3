// A function for Lockstep: text in, text out. It sees its input and nothing else: no clock, network or files, so
// that the same input gives the same output on every machine, to the bit.

/** Greets every line of the input. */
export function greet(input: string): string {
  const names = input.split("\n");
  let output = "";
  for (let i = 0; i < names.length; i++) {
    const name = names[i].trim();
    if (name.length == 0) continue;
    // An error ends the run as a trap; the message goes to the logs.
    if (name.length > 100) throw new Error("line " + (i + 1).toString() + " is longer than 100 characters");
    output += "Hello, " + name + "!\n";
  }
  return output;
}
