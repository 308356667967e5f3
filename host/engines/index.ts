// The engines that runs are compared on: Node's V8 by tiers, Firefox, Chromium, JavaScriptCore by tiers.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../programs.ts";
import { browser } from "./browser.ts";
import type { Engine } from "./engine.ts";
import { type Shell, shell, walled } from "./shell.ts";

export { bundle } from "./bundle.ts";
export type { Component, Engine, Json } from "./engine.ts";
export { type Shell, shell } from "./shell.ts";

/** Firefox's settings that keep a headless run off the network and quiet. */
const FIREFOX_SETTINGS = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutConfig.showWarning": false,
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.search.update": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.enabled": false,
  "dom.max_script_run_time": 0,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.prefetch-next": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.server": "data:,",
} as const;

/** As root, as in CI, its own sandbox does not start. */
const UNBOXED = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

const CHROMIUM_FLAGS = [
  ...["--headless=new", ...UNBOXED, "--disable-gpu", "--disable-dev-shm-usage"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"],
  ...["--disable-default-apps", "--disable-extensions", "--no-first-run", "--no-default-browser-check"],
];

const versionBy = (command: string) => () =>
  execFileSync(command, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

const EAGER = "--no-wasm-lazy-compilation";

/** Node's V8 with flags. */
const v8 = (tier: string, flags: readonly string[]): Shell => ({
  name: `v8 ${tier}`,
  family: "v8",
  component: null,
  command: process.execPath,
  flags,
  version: () => `V8 ${process.versions.v8}`,
});

/** JavaScriptCore's shell with flags. */
const jsc = (tier: string, flags: readonly string[]): Shell => ({
  name: `jsc ${tier}`,
  family: "javascriptcore",
  component: "jsc",
  command: "jsc",
  flags,
  version: () => "JavaScriptCore, which does not tell its version",
});

/** A tier of JavaScriptCore's after one call. */
const quick = (tier: string) => [`--thresholdFor${tier}OptimizeAfterWarmUp=1`, `--thresholdFor${tier}OptimizeSoon=1`];

/** The shells, by name and flags. */
export const SHELLS: readonly Shell[] = [
  v8("default", []),
  v8("liftoff", ["--liftoff-only"]),
  v8("turbofan", ["--no-liftoff", EAGER]),
  jsc("default", []),
  jsc("baseline", ["--useWasmIPInt=0", "--useWasmLLInt=0", "--useOMGJIT=0"]),
  jsc("optimised", ["--useConcurrentJIT=0", ...quick("BBQ"), ...quick("OMG")]),
];

const firefox = browser({
  name: "firefox",
  family: "spidermonkey",
  component: "firefox",
  command: "firefox",
  flags(profile, url) {
    const lines = Object.entries(FIREFOX_SETTINGS).map((pair) => `user_pref(${pair.map((x) => JSON.stringify(x))});\n`);
    writeFileSync(join(profile, "user.js"), lines.join(""));
    return ["--headless", "--no-remote", "--profile", profile, url];
  },
  version: versionBy("firefox"),
});

const chromium = browser({
  name: "chromium",
  family: "v8",
  component: "chromium",
  command: "chromium",
  flags: (profile, url) => [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, url],
  version: versionBy("chromium"),
});

/** Every engine, shells as plain processes. */
export const ENGINES: readonly Engine[] = [...SHELLS.map((one) => shell(one)), firefox, chromium];

/** Without what compiles everything at once: an interpreter has much that a run never comes to. */
const lazy = (one: Shell): Shell => ({ ...one, flags: one.flags.filter((flag) => flag !== EAGER) });

/** Every engine, shells between the walls of this machine; browsers have walls of their own. */
export const WALLED_ENGINES: readonly Engine[] = [...SHELLS.map((one) => shell(lazy(one), walled)), firefox, chromium];

/** Whether an engine is on this machine. */
export const isInstalled = ({ component }: Engine): boolean => component === null || findCommand(component) !== null;
