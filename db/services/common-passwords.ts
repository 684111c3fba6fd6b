import { invalidInput } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";

/**
 * Refuses a password that attackers try before any other: one of some 18,000 of the lists that leaked ones were counted into.
 * Nothing is asked of anybody outside.
 * @param path the field to name
 * @throws AppError `invalid-input`
 */
export async function refuseCommonPassword(password: string, path: string): Promise<void> {
  if (!(await commonPasswords()).has(password.normalize("NFKC").trim().toLowerCase())) return;
  const message =
    "is one of the passwords that are guessed first; take another, for example a few words that nobody would put together";
  throw invalidInput([{ path, message }]);
}

let known: Promise<ReadonlySet<string>> | null = null;

/** Read when somebody first chooses a password: most processes never need it. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  known ??= read();
  return known;
}

async function read(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  const words: readonly string[] = dictionary["passwords-common"];
  // Shorter ones are refused for that.
  return new Set(words.filter((word) => word.length >= limits.passwordCharsMin));
}
