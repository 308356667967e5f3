// Makes the stored sample of a database version: run once when a version is released, the file is then kept for good.
// Usage: node host/launch.js test/crash/make-sample.ts FILE
import { openWorld, transfer } from "./world.ts";

const world = openWorld(process.argv[2]!);
for (let block = 0; block < 4; block++) {
  const [from, to] = [world.people[block]!, world.people[block + 1]!];
  await Promise.all(Array.from({ length: block }, () => world.sequencer.submit(transfer(world, from, to))));
}
await world.sequencer.close();
world.store.close();
