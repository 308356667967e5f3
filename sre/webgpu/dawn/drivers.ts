// Where a machine has drivers of Vulkan and the library that loads them. Those of the system come first; the software
// driver that Chromium brings along does where there is no other, or where WebGPU takes none of the others.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Drivers that are tried together, by their manifests, and the folder of the loader, where it is in none of the usual ones. */
export interface Drivers {
  readonly manifests: readonly string[];
  readonly loader: string | null;
}

const MANIFEST_FOLDERS = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];
/** Folders in which the dynamic linker looks by itself. */
const LINKER_FOLDERS = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
const LOADER = "libvulkan.so.1";
/** The software driver of Debian's package chromium, and a loader beside it. */
const CHROMIUM = "/usr/lib/chromium";
const SOFTWARE = join(CHROMIUM, "vk_swiftshader_icd.json");

function manifestsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}

/** Where a loader lies that the dynamic linker does not find by itself; null where it does, or where there is none. */
function loaderFor(manifests: readonly string[]): string | null {
  if (LINKER_FOLDERS.some((folder) => existsSync(join(folder, LOADER)))) return null;
  return [...manifests.map(dirname), CHROMIUM].find((folder) => existsSync(join(folder, LOADER))) ?? null;
}

/** The sets of drivers to try, the first that has a device is taken. `named` is as the loader's own VK_DRIVER_FILES: paths, a colon between. */
export function findDrivers(named: string | undefined): readonly Drivers[] {
  const sets = named ? [named.split(":")] : [MANIFEST_FOLDERS.flatMap(manifestsIn), [SOFTWARE].filter(existsSync)];
  return sets.filter((set) => set.length > 0).map((manifests) => ({ manifests, loader: loaderFor(manifests) }));
}
