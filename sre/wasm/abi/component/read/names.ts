// The names that a component may use: a part of the component model's grammar that leaves no room for anything but letters,
// digits and a few marks, since they become part of generated code.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/Explainer.md#import-and-export-definitions

const WORD = "[a-z][0-9a-z]*";
const LABEL = `${WORD}(?:-${WORD})*`;
/** A kebab-case name of lower-case words, joined by `-`. The grammar has words in capitals, too; the transpiler fails on some. */
const IS_LABEL = new RegExp(`^${LABEL}$`);
/** A function of a resource: `[method]RESOURCE.NAME`, `[static]RESOURCE.NAME`, `[constructor]RESOURCE`. */
const IS_RESOURCE_FUNCTION = new RegExp(`^(?:\\[(?:method|static)\\]${LABEL}\\.${LABEL}|\\[constructor\\]${LABEL})$`);
/** An interface: `NAMESPACE:PACKAGE/NAME@VERSION`. */
const IS_INTERFACE = new RegExp(`^${LABEL}:${LABEL}/${LABEL}(?:@[0-9A-Za-z.+-]{1,64})?$`);
/** What the parts of core modules are called: printable ASCII without quotes, backticks, backslashes and dollar braces. */
const IS_CORE_NAME = /^(?:[ !#%&(-[\]-_a-z{|}~]|\$(?!\{))*$/;

/** Whether a name is one of a field, case, flag, parameter, or of something exported by itself. */
export const isLabel = (name: string): boolean => IS_LABEL.test(name);

/** Whether a name is one of a function of a resource. */
export const isResourceFunction = (name: string): boolean => IS_RESOURCE_FUNCTION.test(name);

/** Whether a name may be that of an import or export of a component. */
export const isExternName = (name: string): boolean =>
  isLabel(name) || isResourceFunction(name) || IS_INTERFACE.test(name);

/** Whether a name may be that of an import or export of a core module in a component. */
export const isCoreName = (name: string): boolean => name !== "__proto__" && IS_CORE_NAME.test(name);

/** A label as generated code spells it: `y-coord` becomes `yCoord`. */
export function camelCase(label: string): string {
  const [first = "", ...rest] = label.split("-");
  return first + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}
