// Specifications of CDI as a container gets them: nodes, files and variables, and nothing that leads out of it.
import { describe, expect, test } from "vitest";
import { readCdi, translateCdi } from "../../../sre/gpu/index.ts";
import { codeOf, refusalOf } from "../../support/errors.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const spec = (common: object, device: object = {}) =>
  readCdi(
    bytes({
      cdiVersion: "0.5.0",
      kind: "nvidia.com/gpu",
      devices: [
        { name: "0", containerEdits: device },
        { name: "1", containerEdits: { deviceNodes: [{ path: "/dev/nvidia1" }] } },
      ],
      containerEdits: common,
    }),
  );
const translated = (common: object, device: object = {}) => translateCdi(spec(common, device), ["0"]);

describe("what is taken over", () => {
  test("nodes, files to read, variables and the linker's folders, those of all devices first", () => {
    const set = translated(
      {
        env: ["NVIDIA_VISIBLE_DEVICES=void"],
        deviceNodes: [{ path: "/dev/nvidiactl", hostPath: "/dev/nvidiactl", type: "c", major: 195, minor: 255 }],
        mounts: [
          { hostPath: "/usr/lib/libcuda.so.535.104.05", containerPath: "/usr/lib/libcuda.so.1", options: ["rw"] },
        ],
        hooks: [
          {
            hookName: "createContainer",
            path: "/usr/bin/nvidia-ctk",
            args: ["nvidia-ctk", "hook", "update-ldcache", "--folder", "/usr/lib", "--folder=/usr/lib/vdpau"],
          },
        ],
      },
      {
        deviceNodes: [
          { path: "/dev/nvidia0", permissions: "rwm" },
          { path: "/dev/dri/card1", hostPath: "/dev/dri/by-path/pci-0000:18:00.0-card" },
        ],
      },
    );
    expect(set).toEqual({
      Devices: [
        { PathOnHost: "/dev/nvidiactl", PathInContainer: "/dev/nvidiactl", CgroupPermissions: "rw" },
        { PathOnHost: "/dev/nvidia0", PathInContainer: "/dev/nvidia0", CgroupPermissions: "rw" },
        {
          PathOnHost: "/dev/dri/by-path/pci-0000:18:00.0-card",
          PathInContainer: "/dev/dri/card1",
          CgroupPermissions: "rw",
        },
      ],
      Binds: ["/usr/lib/libcuda.so.535.104.05:/usr/lib/libcuda.so.1:ro"],
      Env: ["NVIDIA_VISIBLE_DEVICES=void", "LD_LIBRARY_PATH=/usr/lib:/usr/lib/vdpau"],
      left: [],
    });
  });

  test("only the devices that are named", () => {
    expect(translateCdi(spec({}), ["1"]).Devices.map(({ PathOnHost }) => PathOnHost)).toEqual(["/dev/nvidia1"]);
    expect(refusalOf(() => translateCdi(spec({}), ["2"]))).toMatchObject({
      code: "NOT_FOUND",
      message: "there is no device nvidia.com/gpu=2; there are 0, 1",
    });
  });
});

describe("what is left out, and said", () => {
  test.each([
    [
      "a hook",
      { hooks: [{ hookName: "createContainer", path: "/usr/bin/nvidia-ctk", args: ["nvidia-ctk", "hook", "chmod"] }] },
      "hook /usr/bin/nvidia-ctk hook chmod",
    ],
    [
      "a daemon's socket",
      { mounts: [{ hostPath: "/run/nvidia-persistenced/socket", containerPath: "/x" }] },
      "mount of /run/nvidia-persistenced/socket",
    ],
    ["the root", { mounts: [{ hostPath: "/", containerPath: "/host" }] }, "mount of /"],
    ["a file over the kernel's", { mounts: [{ hostPath: "/usr/x", containerPath: "/proc/x" }] }, "mount of /usr/x"],
    ["a node from elsewhere", { deviceNodes: [{ path: "/dev/x", hostPath: "/etc/shadow" }] }, "device /etc/shadow"],
    ["what makes programs load something", { env: ["LD_PRELOAD=/x.so"] }, "variable LD_PRELOAD"],
  ])("%s", (_, edits, what) => {
    const { left, ...set } = translated(edits);
    expect(left).toHaveLength(1);
    expect(left[0]).toContain(what);
    expect(set).toEqual({ Devices: [], Binds: [], Env: [] });
  });
});

describe("what is no specification", () => {
  test.each<[string, Uint8Array]>([
    ["YAML", new TextEncoder().encode("cdiVersion: 0.5.0\n")],
    ["another document", bytes({ kind: "nvidia.com/gpu", devices: [] })],
    ["a version of the future", bytes({ cdiVersion: "2.0.0", kind: "a/b", devices: [] })],
    [
      "a path that climbs",
      bytes({
        cdiVersion: "0.5.0",
        kind: "a/b",
        devices: [],
        containerEdits: { mounts: [{ hostPath: "/usr/../etc", containerPath: "/x" }] },
      }),
    ],
    [
      "a path that ends a mount's",
      bytes({
        cdiVersion: "0.5.0",
        kind: "a/b",
        devices: [],
        containerEdits: { mounts: [{ hostPath: "/usr/lib:/host:rw", containerPath: "/x" }] },
      }),
    ],
  ])("%s", (_, text) => {
    expect(codeOf(() => readCdi(text))).toBe("MALFORMED");
  });

  test("too much of it", () => {
    expect(codeOf(() => readCdi(new Uint8Array(4 * 1024 * 1024 + 1)))).toBe("TOO_LARGE");
  });
});
