// The door of sre/container: what containers are by their content. What runs them is `sandbox.ts`, for Node alone.
export { CONTAINER_ABIS, type ContainerAbi } from "./exchange.ts";
export { archiveOf, type Image, type ImageRecipe, readImage, writeImage } from "./image.ts";
export { CONTAINER_PROFILE } from "./profile.ts";
export { pathFault, readTar, type TarFile, type TarLimits, TarRefused, writeTar } from "./tar.ts";
