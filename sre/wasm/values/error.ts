// The one error of reading and writing values.

/** Where in a value something is: names of fields and cases, numbers of items. */
export type Path = readonly (string | number)[];

/** A plain name stands behind a dot, another in brackets. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Characters of a path in a message. */
const PATH_CHARS = 200;

/** A path as JSONPath (RFC 9535) spells it. */
function spell(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return PLAIN.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  const text = `$${steps.join("")}`;
  return text.length > PATH_CHARS ? `${text.slice(0, PATH_CHARS)}…` : text;
}

/**
 * A text that is no value of its type (`malformed`), or a text or value over a limit (`limit`). The message begins with the
 * place in the value as JSONPath spells it.
 */
export class ValueError extends Error {
  readonly kind: "malformed" | "limit";

  constructor(kind: ValueError["kind"], path: Path, what: string) {
    super(`${spell(path)}: ${what}`);
    this.name = "ValueError";
    this.kind = kind;
  }
}
