import type { FieldError } from "../../db/domain/errors.ts";
import type { Environment, Member, Project, Secret } from "../../db/domain/resources.ts";

/** The form that was refused, what was in it, and what was wrong. */
export type Refused = {
  form: string;
  values: Record<string, string>;
  errors: readonly FieldError[];
  fault: string;
};

export type SettingsProps = {
  project: Project;
  environments: readonly Environment[];
  secrets: readonly Secret[];
  members: readonly Member[];
  now: Date;
  refused: Refused | null;
  saved: string | null;
  updates: boolean;
  writesEnvironments: boolean;
  writesSecrets: boolean;
  /** `CIDR:port` beyond public addresses. */
  egressAllow: readonly string[];
  addsEgress: boolean;
};

export function refusedIn(props: SettingsProps, form: string): Refused | null {
  return props.refused?.form === form ? props.refused : null;
}
