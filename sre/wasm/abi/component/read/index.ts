// Reads a component as far as it has to be known before the transpiler sees it: that it uses nothing outside the ABI, that
// all its names are plain, and the types of what it imports and exports. Whether it is valid beyond that, the transpiler
// says. https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
import { Reader, type Refusal, refusalOf } from "../../../rewrite/index.ts";
import { COMPONENT_LIMITS } from "../limits.ts";
import { nested, readAlias, readCoreInstance, readExport, readImport, readInstance, readType } from "./declarations.ts";
import { type ComponentFunction, type Members, Scope } from "./scope.ts";
import { unsupported } from "./unsupported.ts";

export { camelCase, isCoreName } from "./names.ts";
export type { ComponentFunction, Entity, Members } from "./scope.ts";

/** What is known of a component. */
export interface Component {
  readonly imports: Members;
  readonly exports: Members;
}

/** `\0asm`, version 13, layer 1. */
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const SECTIONS = [
  ...["custom", "core module", "core instance", "core type", "component", "instance", "alias", "type", "canon"],
  ...["start", "import", "export", "value"],
];

/** Whether bytes begin like a component. */
export const isComponent = (source: Uint8Array): boolean => PREAMBLE.every((byte, index) => source[index] === byte);

/** Reads a component; never throws on hostile bytes. */
export function readComponent(source: Uint8Array): Component | { readonly refusal: Refusal } {
  return refusalOf(() => {
    const reader = new Reader(source, new Set());
    const { bytes } = COMPONENT_LIMITS;
    if (source.length > bytes) reader.refuse("limit", `has ${source.length} bytes; a component may have ${bytes}`);
    const scope = new Scope(null);
    new Sections(reader).component(scope);
    const { imports, exports } = scope;
    return { imports, exports };
  });
}

/** Goes through the sections of a component and of those within it. */
class Sections {
  private readonly reader: Reader;
  private modules = 0;
  private count = 0;
  /** Types within all functions that cross so far. */
  private crossing = 0;

  constructor(reader: Reader) {
    this.reader = reader;
  }

  /** Reads from its preamble to the reader's end. */
  component(scope: Scope): void {
    const { reader } = this;
    const begin = reader.offset;
    for (const byte of PREAMBLE) if (reader.byte() !== byte) reader.refuse("malformed", "is no component", begin);
    const { end } = reader;
    while (reader.offset < end) {
      const at = reader.offset;
      const id = reader.byte();
      const size = reader.u32();
      reader.section = SECTIONS[id] ?? "unknown";
      if (++this.count > COMPONENT_LIMITS.entries) reader.refuse("limit", "has too many sections", at);
      const start = reader.offset;
      reader.skip(size);
      reader.offset = start;
      reader.end = start + size;
      this.section(id, scope, at);
      if (reader.offset !== reader.end) reader.refuse("malformed", "has a section with something behind its end");
      reader.end = end;
    }
  }

  private section(id: number, scope: Scope, at: number): void {
    const { reader } = this;
    switch (SECTIONS[id]) {
      case "custom":
        reader.skip(reader.end - reader.offset);
        return;
      case "core instance":
        this.each("core instances", () => readCoreInstance(reader));
        break;
      case "core module": {
        const { modules } = COMPONENT_LIMITS;
        if (++this.modules > modules) reader.refuse("limit", `has more than ${modules} core modules`, at);
        reader.skip(reader.end - reader.offset);
        return;
      }
      case "core type":
        unsupported(reader, "types of core modules", at);
        break;
      case "component": {
        const inner = nested(reader, scope);
        this.component(inner);
        scope.add(reader, { sort: "component", exports: inner.exports });
        return;
      }
      case "instance":
        this.each("instances", () => readInstance(reader, scope));
        break;
      case "alias":
        this.each("aliases", () => readAlias(reader, scope));
        break;
      case "type":
        this.each("types", () => readType(reader, scope));
        break;
      case "canon":
        this.each("functions", () => this.canon(scope));
        break;
      case "import":
        this.each("imports", () => readImport(reader, scope));
        break;
      case "export":
        this.each("exports", () => readExport(reader, scope));
        break;
      case "start":
      case "value":
        unsupported(reader, "values of components", at);
        break;
      default:
        reader.refuse("malformed", `has a section of unknown number ${id}`, at);
    }
  }

  private each(what: string, read: () => void): void {
    for (let left = this.reader.count(COMPONENT_LIMITS.entries, what); left > 0; left--) read();
  }

  /** Reads a function that crosses between a component and its core modules, or one that the model itself offers. */
  private canon(scope: Scope): void {
    const reader: Reader = this.reader;
    const at = reader.offset;
    const form = reader.byte();
    if (form <= 1) {
      if (reader.byte() !== 0) reader.refuse("malformed", "has a function of unknown form", at);
      if (form === 1) this.crosses(scope.at(reader, "function").type, at);
      else reader.u32();
      this.options();
      if (form === 1) return;
      const { type } = scope.at(reader, "type");
      if (type.kind !== "function") reader.refuse("invalid", `lifts a function to the type of a ${type.kind}`, at);
      this.crosses(type.type, at);
      scope.add(reader, { sort: "function", type: type.type });
      return;
    }
    // Making, dropping and looking at handles of resources.
    if (form <= 4) scope.at(reader, "type");
    else unsupported(reader, form >= 0x40 ? "threads" : "asynchronous calls, streams or futures", at);
  }

  /** Counts what the glue has code for: a few bytes of a component may name a thousand types in each of many functions. */
  private crosses({ nodes }: ComponentFunction, at: number): void {
    this.crossing += nodes;
    const { crossingNodes } = COMPONENT_LIMITS;
    if (this.crossing > crossingNodes) {
      this.reader.refuse("limit", `has more than ${crossingNodes} types in its functions together`, at);
    }
  }

  private options(): void {
    const { reader } = this;
    for (let left = reader.count(COMPONENT_LIMITS.labels, "options"); left > 0; left--) {
      const at = reader.offset;
      const option = reader.byte();
      // Memory, allocator, clean-up.
      if (option >= 3 && option <= 5) reader.u32();
      else if (option > 5) unsupported(reader, option <= 7 ? "asynchronous functions" : "garbage-collected types", at);
      else if (option > 0) unsupported(reader, "strings in UTF-16", at);
    }
  }
}
