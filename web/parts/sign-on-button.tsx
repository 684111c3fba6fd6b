import { Text } from "./text.tsx";

/** The way to an OpenID provider: what people call it, and the address that sends the browser there. */
export type SignOnWay = { provider: string; href: string };

/** Beside the way in by a password. A link, since a form may not lead to another site. */
export function SignOnButton({ provider, href }: SignOnWay) {
  return (
    <>
      <p class="door-or">or</p>
      <a class="btn" href={href}>
        <span>
          Sign in with <Text of={provider} />
        </span>
      </a>
    </>
  );
}
