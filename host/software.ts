// Name and version of this software, as receipts and answers carry them.

/** The name that stands in receipts. */
export const SOFTWARE_NAME = "lockstep";
/** The version, equal to package.json's; a test holds them together. */
export const SOFTWARE_VERSION = "0.1.0";
