// The `verdict` command:   npm run verdict -- <command>
import { main } from "./program.ts";

const { env, stdin, stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), { env, stdin, stdout, stderr });
