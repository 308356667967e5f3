// AssemblyScript: strings in and out, logs, numbers as text, logical time, seeded randomness, an abort.
// strings.wasm is what asc 0.28.20 makes of it: asc strings.as -O --exportRuntime.
export function run(text: string): string {
  console.log("got " + text.length.toString());
  const numbers: f64[] = [0, -0.0, 1.5, 1e21, 1 / 3, 123456789.125, 5e-324, NaN, Infinity];
  for (let i = 0; i < numbers.length; i++) trace(numbers[i].toString(), 1, numbers[i]);
  const start = Date.now();
  let sum = "";
  for (let i = 0; i < 3; i++) sum += (Math.random() * 1000.0).toString() + ";";
  sum += (Date.now() - start).toString() + ";" + Math.sin(0.5).toString() + ";" + Math.pow(2.5, 3.5).toString();
  const parts = text.split(",").map<string>((part) => part.trim().toUpperCase());
  if (parts.length > 3) throw new Error("too many: " + parts.length.toString());
  return parts.join("|") + " " + sum;
}
