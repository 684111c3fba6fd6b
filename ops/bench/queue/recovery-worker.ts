import { contenderOf, type Who } from "./who.ts";

/** A worker in a process of its own, so that it can be killed; its jobs never end. Says `ready`, and `job` for each start. */
const contender = contenderOf(JSON.parse(process.argv[2] ?? "{}") as Who);
await contender.open();
await contender.work(10, () => {
  process.stdout.write("job\n");
  return new Promise<void>(() => {});
});
process.stdout.write("ready\n");
