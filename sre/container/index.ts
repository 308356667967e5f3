// The door of sre/container: what containers are by their content. What runs them is `docker.ts`, for Node alone.
export { CONTAINER_ABIS, type ContainerAbi, ENTRY as CONTAINER_ENTRY } from "./exchange.ts";
export { archiveOf, type Image, type ImageRecipe, readImage, writeImage } from "./image.ts";
export { IMAGE_BYTES } from "./limits.ts";
export { CONTAINER_PROFILE } from "./profile.ts";
export { pathFault, readTar, type TarFile, type TarLimits, TarRefused, writeTar } from "./tar.ts";
