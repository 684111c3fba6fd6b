import { Options } from "./field.tsx";
import { visibleText } from "./visible-text.ts";

type Props = {
  action: string;
  /** Whose role it is. */
  of: string;
  role: string;
  roles: readonly { value: string; label: string }[];
};

/** The role of one person in a list, to be changed where it stands. */
export function RoleForm({ action, of, role, roles }: Props) {
  return (
    <form class="role-form" method="post" action={action}>
      <select class="select" name="role" aria-label={`Role of ${visibleText(of)}`}>
        <Options options={roles} value={role} />
      </select>
      <button class="btn btn-small" type="submit" aria-label={`Change the role of ${visibleText(of)}`}>
        Change
      </button>
    </form>
  );
}
