// Component and instance types, resources, and what imports, exports and aliases name: the entries that give things indices.
import { REWRITE_LIMITS, type Reader } from "../../../rewrite/index.ts";
import { COMPONENT_LIMITS } from "../limits.ts";
import { isCoreName, isExternName } from "./names.ts";
import { type Defined, type Entity, type Members, Scope } from "./scope.ts";
import { readDefinedValue, readFunction, readName } from "./types.ts";
import { unsupported } from "./unsupported.ts";

/** Sorts by their byte; 0 is followed by a core sort. */
const SORT = { core: 0, function: 1, value: 2, type: 3, component: 4, instance: 5 } as const;
/** Bytes of declarations in types. */
const DECLARATION = { coreType: 0, type: 1, alias: 2, import: 3, export: 4 } as const;
/** First bytes of type definitions that are no values'. */
const TYPE = { function: 0x40, component: 0x41, instance: 0x42, resource: 0x3f } as const;
/** What an alias is of. */
const TARGET = { export: 0, coreExport: 1, outer: 2 } as const;

/** Reads a type definition and gives it an index. */
export function readType(reader: Reader, scope: Scope): void {
  const at = reader.offset;
  const form = reader.byte();
  scope.add(reader, { sort: "type", type: readDefined(reader, scope, form, at) });
}

function readDefined(reader: Reader, scope: Scope, form: number, at: number): Defined {
  switch (form) {
    case TYPE.function:
      return { kind: "function", type: readFunction(reader, scope) };
    case TYPE.component:
      return { kind: "component", exports: readDeclarations(reader, scope).exports };
    case TYPE.instance:
      return { kind: "instance", exports: readDeclarations(reader, scope).exports };
    case TYPE.resource:
      // The representation, always i32; a destructor or none.
      reader.byte();
      if (reader.byte() === 1) reader.u32();
      return { kind: "resource" };
    default:
      return readDefinedValue(reader, scope, form, at);
  }
}

/** Reads the type of a component or instance; its scope. */
function readDeclarations(reader: Reader, outer: Scope): Scope {
  const scope = nested(reader, outer);
  for (let left = reader.count(COMPONENT_LIMITS.entries, "declarations"); left > 0; left--) {
    const at = reader.offset;
    switch (reader.byte()) {
      case DECLARATION.coreType:
        return unsupported(reader, "types of core modules", at);
      case DECLARATION.type:
        readType(reader, scope);
        break;
      case DECLARATION.alias:
        readAlias(reader, scope);
        break;
      case DECLARATION.import:
        readImport(reader, scope);
        break;
      case DECLARATION.export: {
        const name = readExternName(reader);
        declare(reader, scope.exports, name, readDescription(reader, scope), scope, at);
        break;
      }
      default:
        reader.refuse("malformed", "has a type with an unknown declaration", at);
    }
  }
  return scope;
}

/** A scope within another, not too deep. */
export function nested(reader: Reader, outer: Scope): Scope {
  const scope = new Scope(outer);
  const { nesting } = COMPONENT_LIMITS;
  if (scope.depth > nesting)
    reader.refuse("limit", `has components or types within each other more than ${nesting} deep`);
  return scope;
}

/** Reads a name by which something is imported or exported. */
function readExternName(reader: Reader): string {
  const at = reader.offset;
  const form = reader.byte();
  const name = readName(reader);
  if (form <= 1 && isExternName(name)) return name;
  return unsupported(
    reader,
    "a name that is neither kebab-case in small letters nor NAMESPACE:PACKAGE/INTERFACE@VERSION",
    at,
  );
}

/** Notes what has a name, which nothing else may have, and an index. */
function declare(
  reader: Reader,
  names: Map<string, Entity>,
  name: string,
  entity: Entity,
  scope: Scope,
  at: number,
): void {
  if (names.has(name)) reader.refuse("invalid", `has two imports or exports of the name "${name}"`, at);
  names.set(name, entity);
  scope.add(reader, entity);
}

/** Reads an import. */
export function readImport(reader: Reader, scope: Scope): void {
  const at = reader.offset;
  const name = readExternName(reader);
  declare(reader, scope.imports, name, readDescription(reader, scope), scope, at);
}

/** Reads an export of a component. Where it says what type it has, that is the type. */
export function readExport(reader: Reader, scope: Scope): void {
  const at = reader.offset;
  const name = readExternName(reader);
  const entity = readReference(reader, scope);
  const described = reader.byte() === 1 ? readDescription(reader, scope) : entity;
  declare(reader, scope.exports, name, described, scope, at);
}

/** Reads what is said of an import or export without its being there. */
function readDescription(reader: Reader, scope: Scope): Entity {
  const at = reader.offset;
  const sort = reader.byte();
  if (sort === SORT.core) return unsupported(reader, "imports and exports of core modules", at);
  if (sort === SORT.value) return unsupported(reader, "values of components", at);
  if (sort === SORT.type) {
    if (reader.byte() === 0) return { sort: "type", type: scope.at(reader, "type").type };
    return { sort: "type", type: { kind: "resource" } };
  }
  const { type } = scope.at(reader, "type");
  if (sort === SORT.function && type.kind === "function") return { sort: "function", type: type.type };
  if (sort === SORT.component && type.kind === "component") return { sort: "component", exports: type.exports };
  if (sort === SORT.instance && type.kind === "instance") return { sort: "instance", exports: type.exports };
  return reader.refuse("invalid", `describes an import or export by the type of a ${type.kind}`, at);
}

/** Reads a name among those of core modules. Only plain ones may come near generated code. */
function readCoreName(reader: Reader): void {
  const at = reader.offset;
  const { start, end } = reader.name(REWRITE_LIMITS.nameBytes);
  if (!isCoreName(reader.text(start, end)))
    reader.refuse("invalid", "has a name of a core export that is not plain", at);
}

/** Reads an instance of a core module: the module with its arguments, or exports put together. */
export function readCoreInstance(reader: Reader): void {
  const at = reader.offset;
  const form = reader.byte();
  if (form > 1) reader.refuse("malformed", "has a core instance of unknown form", at);
  if (form === 0) reader.u32();
  for (let left = reader.count(COMPONENT_LIMITS.entries, "names"); left > 0; left--) {
    readCoreName(reader);
    // An argument is always an instance; an export may be of any sort.
    reader.byte();
    reader.u32();
  }
}

/** Reads a sort and an index of it. */
function readReference(reader: Reader, scope: Scope): Entity {
  const at = reader.offset;
  switch (reader.byte()) {
    case SORT.core:
      reader.byte();
      reader.u32();
      return { sort: "core" };
    case SORT.function:
      return scope.at(reader, "function");
    case SORT.type:
      return scope.at(reader, "type");
    case SORT.component:
      return scope.at(reader, "component");
    case SORT.instance:
      return scope.at(reader, "instance");
    default:
      return unsupported(reader, "values of components", at);
  }
}

/** Reads an instance: a component with its arguments, or exports put together. */
export function readInstance(reader: Reader, scope: Scope): void {
  const at = reader.offset;
  const form = reader.byte();
  if (form === 0) {
    const { exports } = scope.at(reader, "component");
    for (let left = reader.count(COMPONENT_LIMITS.entries, "arguments"); left > 0; left--) {
      readName(reader);
      readReference(reader, scope);
    }
    scope.add(reader, { sort: "instance", exports });
    return;
  }
  if (form !== 1) reader.refuse("malformed", "has an instance of unknown form", at);
  const exports = new Map<string, Entity>();
  for (let left = reader.count(COMPONENT_LIMITS.entries, "exports"); left > 0; left--) {
    const name = readExternName(reader);
    exports.set(name, readReference(reader, scope));
  }
  scope.add(reader, { sort: "instance", exports });
}

/** Reads an alias: of an instance's export, or of something further out. */
export function readAlias(reader: Reader, scope: Scope): void {
  const at = reader.offset;
  const sort = reader.byte();
  if (sort === SORT.core) reader.byte();
  switch (reader.byte()) {
    case TARGET.export: {
      const { exports } = scope.at(reader, "instance");
      const found = member(exports, readName(reader));
      if (found === null) reader.refuse("invalid", "takes an export that the instance lacks", at);
      scope.add(reader, found);
      return;
    }
    case TARGET.coreExport:
      reader.u32();
      readCoreName(reader);
      return;
    case TARGET.outer: {
      const outer = scope.out(reader, reader.u32());
      if (sort === SORT.type) scope.add(reader, outer.at(reader, "type"));
      else if (sort === SORT.component) scope.add(reader, outer.at(reader, "component"));
      else reader.u32();
      return;
    }
    default:
      reader.refuse("malformed", "has an alias of unknown form", at);
  }
}

const member = (exports: Members, name: string): Entity | null => exports.get(name) ?? null;
