// The profile of containers: the policy under a name that changes whenever it does.

/** `container-1-` and the first 32 hexadecimal digits of the SHA-256 of `describePolicy`'s canonical JSON; a test computes it anew. */
export const CONTAINER_PROFILE = "container-1-11a6c4f5546a37ed717ed46e17aa33bb";
