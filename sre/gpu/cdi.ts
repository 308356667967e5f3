// Specifications of the Container Device Interface to what any engine takes: plain device nodes, mounts and variables. Hooks
// are programs that an engine would run as root around a container; none is taken over, and what of them a job needs is made
// of mounts and variables instead.
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";

/** Bytes of a specification: those of a machine with 16 devices have some 100 KB. */
export const CDI_BYTES = 4 * 1024 * 1024;
const MANY = 1024;

const text = z.string().max(4096);
const path = text.regex(/^\/(?!(?:.*\/)?\.\.?(?:\/|$))[^\0\n]*$/, "must be an absolute path without . and ..");
/** Docker ends a path at a colon. */
const mountPath = path.refine((value) => !value.includes(":"), "must have no colon in it");
const edits = z.object({
  env: z.array(text).max(MANY).optional(),
  deviceNodes: z
    .array(
      z.object({
        path,
        hostPath: path.optional(),
        permissions: z
          .string()
          .regex(/^[rwm]{0,3}$/)
          .optional(),
      }),
    )
    .max(MANY)
    .optional(),
  mounts: z
    .array(z.object({ hostPath: mountPath, containerPath: mountPath }))
    .max(MANY)
    .optional(),
  hooks: z
    .array(z.object({ path: text, args: z.array(text).max(MANY).optional() }))
    .max(MANY)
    .optional(),
});
const specification = z.object({
  cdiVersion: z.string().regex(/^(?:v?0\.[3-9]|v?1)\.\d+$/),
  kind: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]*\/[A-Za-z0-9][A-Za-z0-9_.-]*$/),
  devices: z
    .array(z.object({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/), containerEdits: edits }))
    .max(MANY),
  containerEdits: edits.optional(),
});
type Edits = z.output<typeof edits>;

/** A specification, read. */
export type CdiSpec = z.output<typeof specification>;

/** Reads a specification in JSON; MALFORMED in one sentence. What the standard has besides, such as numbers of devices, is the kernel's to know. */
export function readCdi(bytes: Uint8Array): CdiSpec {
  if (bytes.length > CDI_BYTES) {
    throw new LockstepError("TOO_LARGE", `a CDI specification has at most ${CDI_BYTES} bytes, not ${bytes.length}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new LockstepError(
      "MALFORMED",
      "the CDI specification is not JSON; write it with: nvidia-ctk cdi generate --format=json",
    );
  }
  const parsed = specification.safeParse(value);
  if (parsed.success) return parsed.data;
  const { message, path: place } = parsed.error.issues[0]!;
  throw new LockstepError(
    "MALFORMED",
    `the CDI specification is not one at ${place.join(".") || "its root"}: ${message}`,
  );
}

/** What a container gets of devices, in the words of Docker's API. */
export interface DeviceSet {
  readonly Devices: readonly {
    readonly PathOnHost: string;
    readonly PathInContainer: string;
    readonly CgroupPermissions: string;
  }[];
  /** `HOST:CONTAINER:ro`; nothing is ever mounted to be written. */
  readonly Binds: readonly string[];
  readonly Env: readonly string[];
  /** What was not taken over, each in one sentence. */
  readonly left: readonly string[];
}

/** Places whose files are ways out of a container: sockets of daemons, other processes, the kernel's own. */
const OUTWARD = /^\/(?:run|var\/run|tmp|proc|sys|dev|root|home)(?:\/|$)|^\/$/;
/** Variables by which a program could be made to load something else. */
const LOADING = /^(?:LD_|GLIBC_|PATH=|BASH_ENV=|ENV=)/;
const LINKER_HOOK = "update-ldcache";

/** The folders that a hook would have put into the linker's cache. */
function linkerFolders({ args = [], path: program }: NonNullable<Edits["hooks"]>[number]): readonly string[] | null {
  if (!program.endsWith(LINKER_HOOK) && !args.includes(LINKER_HOOK)) return null;
  return args.flatMap((arg, at) => {
    const [name, value = args[at + 1] ?? ""] = arg.split("=", 2);
    return name === "--folder" && mountPath.safeParse(value).success ? [value] : [];
  });
}

/** A device's parts as Docker takes them. NOT_FOUND naming what there is for a device that the specification lacks. */
export function translateCdi(spec: CdiSpec, names: readonly string[]): DeviceSet {
  const chosen = names.map((name) => {
    const found = spec.devices.find((device) => device.name === name);
    if (found !== undefined) return found.containerEdits;
    const there = spec.devices.map((device) => device.name).join(", ");
    throw new LockstepError("NOT_FOUND", `there is no device ${spec.kind}=${name}; there are ${there || "none"}`);
  });
  const all = [...(spec.containerEdits === undefined ? [] : [spec.containerEdits]), ...chosen];
  const left: string[] = [];
  const binds = new Set<string>();
  const folders = new Set<string>();
  const devices = new Map<string, DeviceSet["Devices"][number]>();
  const variables = new Map<string, string>();
  for (const { deviceNodes = [], env = [], hooks = [], mounts = [] } of all) {
    for (const node of deviceNodes) {
      const { path: inside, hostPath: outside = inside, permissions = "rw" } = node;
      if (!outside.startsWith("/dev/") || !inside.startsWith("/dev/"))
        left.push(`device ${outside}, which is not below /dev`);
      // `m` lets a program make other nodes of the same number.
      else
        devices.set(inside, {
          PathOnHost: outside,
          PathInContainer: inside,
          CgroupPermissions: permissions.replace("m", ""),
        });
    }
    for (const { containerPath, hostPath } of mounts) {
      if (OUTWARD.test(hostPath) || OUTWARD.test(containerPath))
        left.push(`mount of ${hostPath}, which leads out of the container`);
      else binds.add(`${hostPath}:${containerPath}:ro`);
    }
    for (const variable of env) {
      const at = variable.indexOf("=");
      if (at < 1 || LOADING.test(variable)) left.push(`variable ${variable.slice(0, at < 1 ? undefined : at)}`);
      else variables.set(variable.slice(0, at), variable);
    }
    for (const hook of hooks) {
      const found = linkerFolders(hook);
      for (const folder of found ?? []) folders.add(folder);
      if (found === null) left.push(`hook ${[hook.path, ...(hook.args ?? []).slice(1, 3)].join(" ")}`);
    }
  }
  const linked = folders.size === 0 ? [] : [`LD_LIBRARY_PATH=${[...folders].join(":")}`];
  return { Devices: [...devices.values()], Binds: [...binds], Env: [...variables.values(), ...linked], left };
}
