import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type Viewport, viewportOf } from "../db/domain/matrix.ts";
import { reportFormats } from "../db/domain/reports/reported.ts";
import { type BrowserName, browserNames } from "../db/domain/steps/definition.ts";
import { doctor } from "./commands/doctor.ts";
import { exportCase, importFile } from "./commands/files.ts";
import { login, logout } from "./commands/login.ts";
import { logs } from "./commands/logs.ts";
import { formats, type ReportTo, report } from "./commands/report.ts";
import { type RunOptions, run } from "./commands/run.ts";
import { pull, push } from "./commands/tree.ts";
import { type Cli, type GlobalOptions, openCli, type Surroundings } from "./context.ts";
import { CliFailure, type ExitCode } from "./failure.ts";

/**
 * Runs the command that the arguments say.
 * @returns 0 when all is well, 1 when a test failed, 2 for trouble that is not the tested page's, 3 for wrong usage
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const cli = openCli(surroundings);
  const result: Result = { code: 0 };
  try {
    await program(cli, result).parseAsync([...args], { from: "user" });
    return result.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 3;
    if (error instanceof CliFailure) {
      cli.note(`verdict: ${error.message}`);
      return error.exitCode;
    }
    cli.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 2;
  }
}

function program(cli: Cli, result: Result): Command {
  const root = new Command("verdict")
    .description("Runs tests on a Verdict server, and brings them there and back")
    .option("--url <address>", "the server; VERDICT_URL, or the one signed in to, when not given")
    .option("--json", "the result as JSON")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void cli.stdout.write(text),
      writeErr: (text) => void cli.stderr.write(text),
    });
  const given = <T>(options: T): T & GlobalOptions => ({ ...root.opts<GlobalOptions>(), ...options });
  addSignIn(root, cli, given);
  addRun(root, cli, result, given);
  addFiles(root, cli, given);
  root
    .command("report <run>")
    .description("write the results of a run for other tools")
    .addOption(new Option("--format <name>", "the form of the file").choices(reportFormats).default("junit"))
    .option("-o, --output <file>", "to a file instead of the terminal")
    .action((id: string, options) => report(cli, id, given(options)));
  root
    .command("logs <execution>")
    .description("print what happened in an execution")
    .option("-f, --follow", "go on until it ends")
    .action((id: string, options) => logs(cli, id, given(options)));
  root
    .command("doctor")
    .description("look whether everything is in place to run tests from here")
    .action(async (options) => {
      result.code = await doctor(cli, given(options));
    });
  return root;
}

/** What the command that was run says in the end. */
type Result = { code: ExitCode };

type Given = <T>(options: T) => T & GlobalOptions;

/** What is kept in files: whole projects, and single cases. */
function addFiles(root: Command, cli: Cli, given: Given): void {
  root
    .command("pull [folder]")
    .description("write the groups of steps and the test cases of a project as YAML files (default: verdict)")
    .option("--project <name>", "id, slug or name; VERDICT_PROJECT when not given")
    .action((folder: string | undefined, options) => pull(cli, folder ?? "verdict", given(options)));
  root
    .command("push [folder]")
    .description("bring the files of such a folder into a project; what is the same makes no version")
    .option("--project <name>", "id, slug or name; VERDICT_PROJECT when not given")
    .option("--create-project", "make the project when there is none of this name")
    .action((folder: string | undefined, options) => push(cli, folder ?? "verdict", given(options)));
  root
    .command("import <file>")
    .description("make a test case from a recording of the browser's Recorder (JSON), or from YAML")
    .option("--project <name>", "id, slug or name; VERDICT_PROJECT when not given")
    .option("--create-project", "make the project when there is none of this name")
    .action((file: string, options) => importFile(cli, file, given(options)));
  root
    .command("export <case>")
    .description("write a test case as YAML")
    .option("-o, --output <file>", "to a file instead of the terminal")
    .action((id: string, options) => exportCase(cli, id, given(options)));
}

function addSignIn(root: Command, cli: Cli, given: Given): void {
  root
    .command("login")
    .description(
      "sign in and keep the tokens; the password comes from a prompt, VERDICT_PASSWORD or the input",
    )
    .option("--email <address>", "VERDICT_EMAIL when not given")
    .option("--token", "keep a personal API token instead, read from the input or VERDICT_TOKEN")
    .action((options) => login(cli, given(options)));
  root
    .command("logout")
    .description("end the sign-in")
    .action((options) => logout(cli, given(options)));
}

function addRun(root: Command, cli: Cli, result: Result, given: Given): void {
  root
    .command("run [files...]")
    .description("run YAML files, a suite or a case, and wait for the result")
    .option("--suite <id>", "a suite of the server")
    .option("--case <id>", "a test case of the server")
    .option(
      "--project <name>",
      "where the cases of files go: id, slug or name; VERDICT_PROJECT when not given",
    )
    .option("--create-project", "make the project when there is none of this name")
    .option("--base-url <address>", "what relative addresses are relative to", httpAddress)
    .option("--var <name=value>", "a variable; may be given several times", variable)
    .option("--retries <n>", "attempts after a failed one", wholeNumber)
    .addOption(
      new Option(
        "--browser <name>",
        `where to run: ${browserNames.join(", ")}; may be given several times`,
      ).argParser(browserName),
    )
    .option("--viewport <size>", "width x height of the page, 390x844; may be given several times", size)
    .option("--device <name>", 'a telephone or tablet to show it on, such as "iPhone 13"')
    .option("--branch <name>", "the branch of what is tested, whose approved pictures hold")
    .option("--no-wait", "only start, and print where to look")
    .option(
      "--report <format=file>",
      `also write the results to a file: ${formats}; may be given several times`,
      reportTo,
    )
    .addHelpText(
      "after",
      "\nSecrets that a suite file names come from VERDICT_SECRET_NAME or are set in the project.\nExit code: 0 all green, 1 a test failed, 2 trouble that is not the tested page's, 3 wrong usage.",
    )
    .action(async (files: string[], options: RunOptions) => {
      result.code = await run(cli, files, given(options));
    });
}

function variable(text: string, known: Record<string, string> = {}): Record<string, string> {
  const [, name, value = ""] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Expected name=value.");
  return { ...known, [name]: value };
}

function reportTo(text: string, known: readonly ReportTo[] = []): ReportTo[] {
  const [, name, path = ""] = /^(\w+)=(.+)$/s.exec(text) ?? [];
  const format = reportFormats.find((one) => one === name);
  if (!format) throw new InvalidArgumentError(`Expected FORMAT=FILE, with a format of ${formats}.`);
  return [...known, { format, path }];
}

function browserName(text: string, known: BrowserName[] = []): BrowserName[] {
  const name = browserNames.find((each) => each === text);
  if (!name) throw new InvalidArgumentError(`Expected one of ${browserNames.join(", ")}.`);
  return [...known, name];
}

function size(text: string, known: Viewport[] = []): Viewport[] {
  const viewport = viewportOf(text);
  if (!viewport) throw new InvalidArgumentError("Expected a size such as 390x844.");
  return [...known, viewport];
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

function httpAddress(text: string): string {
  const protocol = URL.parse(text)?.protocol;
  if (protocol !== "http:" && protocol !== "https:") {
    throw new InvalidArgumentError("Expected an http or https address.");
  }
  return text;
}
