// The toolchain of JavaScript components in a process of its own, which can be killed: it is native code. What it runs of
// the project, it runs in an interpreter that is WebAssembly.
import { pathToFileURL } from "node:url";

/** What the parent sends. */
export interface ComponentizeRequest {
  /** Path of the package's script. */
  readonly script: string;
  /** The program, one module. */
  readonly source: string;
  /** Folder of the files that describe the world. */
  readonly wit: string;
  /** Null where there is only one. */
  readonly world: string | null;
}

/** What the child answers; the parent parses it as it would parse a stranger's words. */
export interface ComponentizeReply {
  /** Null where the toolchain refuses. */
  readonly component: Uint8Array | null;
  /** Why, in its own words. */
  readonly message: string;
}

/** The part of the package that is used. */
interface Package {
  componentize(options: {
    readonly witPath: string;
    readonly jsSource: string;
    readonly world?: string;
    readonly sync: true;
  }): Promise<{ readonly component: Uint8Array }>;
}

async function work({ script, source, wit, world }: ComponentizeRequest): Promise<Uint8Array> {
  const { componentize } = (await import(pathToFileURL(script).href)) as Package;
  const choice = world === null ? {} : { world };
  // Without the form for asynchronous calls, which components of the ABI may not have.
  const { component } = await componentize({ witPath: wit, jsSource: source, sync: true, ...choice });
  return new Uint8Array(component);
}

// Listening keeps the process alive until the parent has the reply and ends it.
process.on("message", async (request: ComponentizeRequest) => {
  const reply: ComponentizeReply = await work(request).then(
    (component) => ({ component, message: "" }),
    (error: unknown) => ({ component: null, message: error instanceof Error ? error.message : String(error) }),
  );
  process.send?.(reply);
});
