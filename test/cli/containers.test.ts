// Containers through the command line, on a real engine: run here, deployed, ordered, answered by a provider, verified;
// what `doctor` says of the engine, and what is refused.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readReceiptFile, readStatement } from "../../chain/protocol/index.ts";
import { CONTAINER_ATTACKS } from "../../sre/container/docker.ts";
import { busyboxImage, type TestImage } from "../support/busybox-image.ts";
import { type Around, json, lockstep, MAIN, refusal, scratchFolder, startNode } from "../support/command-line.ts";
import { type Engine, startEngine } from "../support/docker-engine.ts";
import { component } from "../support/require.ts";

component("docker")("containers on the command line", () => {
  const folder = scratchFolder();
  const place = (name: string) => join(folder, name);
  const home = place("home");
  const archive = place("shout.tar");
  let engine: Engine;
  let image: TestImage;
  let around: Around;

  const statementOf = (path: string) =>
    readStatement(readReceiptFile(readFileSync(path)).bundle.dsseEnvelope.payload).predicate;
  const docker = () => ["--docker", engine.socket];

  beforeAll(async () => {
    engine = await startEngine();
    image = busyboxImage("echo noted >&2; tr a-z A-Z; exit $1");
    writeFileSync(archive, image.archive);
    writeFileSync(place("text"), "Ada\n");
    const [url] = await startNode(home, ["--provider", ...docker()]);
    around = { home, url };
  }, 120_000);
  afterAll(async () => engine?.stop());

  test("an archive runs here and now, and its receipt claims no more than a signature", async () => {
    const ran = await lockstep(
      [
        "run",
        archive,
        ...docker(),
        "--input",
        place("text"),
        "--receipt",
        place("local.json"),
        "--isolation",
        "sandboxed",
      ],
      around,
    );
    expect(ran).toMatchObject({ status: 0, stdout: Buffer.from("ADA\n"), stderr: expect.stringContaining("noted\n") });
    const verify = ["verify", place("local.json"), "--isolation", "sandboxed"];
    const verified = await lockstep(verify, around);
    expect(verified.status).toBe(0);
    expect(verified.stdout.toString()).toMatch(/; assurance: signed$/m);
    expect(verified.stdout.toString()).toContain("its provider's word and no more");
    writeFileSync(place("image.json"), image.config);
    const again = ["--reexecute", "--module", place("image.json"), "--input", place("text"), "--json"];
    const repeated = await lockstep([...verify, ...again], around);
    expect(repeated.status).toBe(3);
    expect(json(repeated)).toMatchObject({ verdict: "UNVERIFIABLE", says: { assurance: "signed" } });
  });

  test("a job goes from the archive to a verified receipt, with the answer of a run here", async () => {
    const deployed = json(await lockstep(["deploy", archive, "--name", "shout", "--json"], around));
    const submit = ["submit", "shout", "--input", place("text"), "--wait", "--timeout", "40", "--out", place("answer")];
    expect((await lockstep(submit, around)).status).toBe(0);
    expect(readFileSync(place("answer/output"), "utf8")).toBe("ADA\n");
    expect(readFileSync(place("answer/image.json"))).toEqual(Buffer.from(image.config));
    const files = ["--module", place("answer/image.json"), "--output", place("answer/output")];
    const verify = ["verify", place("answer/receipt.json"), ...files, "--require-ledger", "--isolation", "sandboxed"];
    expect((await lockstep(verify, around)).status).toBe(0);
    const { observations, result } = statementOf(place("answer/receipt.json"));
    expect(observations).toMatchObject({
      engine: { name: "docker", version: expect.stringMatching(/^\d+\.\d+\S*\/runc$/) },
      isolation: ["process", "namespaces", "no-new-privileges", "seccomp"],
    });
    expect(observations.usage!.peakBytes).toBeGreaterThan(0);
    expect(result.answer).toEqual(statementOf(place("local.json")).result.answer);
    // The engine has it now, and gives back the same function.
    const saved = json(await lockstep(["deploy", "--image", `sha256:${image.id}`, ...docker(), "--json"], around));
    expect(saved).toMatchObject({ deployment: deployed["deployment"], existed: true });
  });

  test("a program that ends with a status of its own is answered so", async () => {
    const submit = ["submit", "shout", "--arg", "3", "--wait", "--timeout", "40", "--out", place("three"), "--json"];
    const ran = await lockstep(submit, around);
    expect([ran.status, json(ran)["exit"]]).toEqual([1, { kind: "code", code: 3 }]);
  });

  test("doctor tells the engine, and on demand whether its walls hold", async () => {
    const plain = (
      await lockstep(["doctor"], { home, env: { DOCKER_HOST: `unix://${engine.socket}` } })
    ).stdout.toString();
    expect(plain).toMatch(/^containers +docker \d\S+ at \S+, API [\d.]+, Linux \S+; runs by runc/m);
    expect(plain).toMatch(/^container walls +not attacked/m);
    const ran = await lockstep(["doctor", ...docker()], { home });
    expect(ran.stdout.toString()).toMatch(
      new RegExp(`^container walls +hold: ${CONTAINER_ATTACKS} attacks failed as they should$`, "m"),
    );
  });

  describe("is refused", () => {
    test("where no engine is, and nothing is promised then", async () => {
      const nowhere = ["--docker", place("nowhere.sock")];
      for (const command of [["run", archive], ["node", "--port", "0", "--provider"], ["provider"]]) {
        const { code, message, status } = await refusal([...command, ...nowhere], { ...around, home: place("other") });
        expect([command, status, code]).toEqual([command, 3, "UNREACHABLE"]);
        expect(message).toContain(`there is no engine at ${nowhere[1]}`);
      }
    });

    test("to whom the socket does not belong", () => {
      const nobody = {
        uid: 65534,
        gid: 65534,
        env: { PATH: process.env["PATH"], LOCKSTEP_HOME: "/tmp/lockstep-nobody" },
      };
      const { status, stderr } = spawnSync(process.execPath, [MAIN, "deploy", "--image", "x", ...docker()], nobody);
      expect(stderr.toString()).toContain("you may not use the engine at");
      expect([status, stderr.toString()]).toEqual([3, expect.stringContaining("[FORBIDDEN]")]);
    });

    test("an image that the engine lacks", async () => {
      const { code, status } = await refusal(["deploy", "--image", `sha256:${"0".repeat(64)}`, ...docker()], around);
      expect([status, code]).toEqual([3, "NOT_FOUND"]);
    });

    test("an image for another processor", async () => {
      writeFileSync(place("arm.tar"), busyboxImage("true", { architecture: "arm64" }).archive);
      const { code, message, status } = await refusal(["run", place("arm.tar"), ...docker()], around);
      expect([status, code]).toEqual([1, "UNSUPPORTED"]);
      expect(message).toContain("the image is for arm64, and this engine runs amd64");
    });
  });
});

component("docker")("a provider without an engine", () => {
  const folder = scratchFolder();

  test("is not given a container's job", async () => {
    const home = join(folder, "home");
    const [url] = await startNode(home);
    const around = { home, url };
    writeFileSync(join(folder, "image.tar"), busyboxImage("true").archive);
    expect((await lockstep(["deploy", join(folder, "image.tar"), "--name", "none"], around)).status).toBe(0);
    const ran = await lockstep(["submit", "none"], around);
    expect(ran.stderr).toContain("no provider on this ledger takes the job");
  });
});
