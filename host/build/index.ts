// The door of host/build: source to module, and new projects.
export { type BuildOptions, type Built, build, buildImage, carriedFolder, manifestPath } from "./build.ts";
export { type ImageFiles, readImageArchive } from "./image.ts";
export { type Carried, NOTHING, type Places } from "./language.ts";
export { LANGUAGE_NAMES } from "./languages.ts";
export { BUILD_LIMITS } from "./limits.ts";
export { decodeManifest, encodeManifest, type Manifest, sourceDigest } from "./manifest.ts";
export { type Scaffolded, scaffold } from "./scaffold.ts";
export { type LanguageHere, lookForToolchains, type ToolHere } from "./toolchains.ts";
export { findPackage } from "./tools.ts";
