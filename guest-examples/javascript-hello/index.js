// Greets: takes the name to greet and gives a text back. The input is a JSON array of the arguments.
export function greet(name) {
  console.log("greeting", name);
  return `Hello, ${name}!`;
}
