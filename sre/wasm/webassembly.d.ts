// The part of the WebAssembly JavaScript API that the engine uses, declared here because neither the plain language
// library nor Node's types have it, and the browser's library would let everything else of a browser in.

// biome-ignore lint/style/noNamespace: the API is a namespace object.
declare namespace WebAssembly {
  class Module {
    static exports(module: Module): { readonly name: string; readonly kind: string }[];
    static imports(module: Module): { readonly module: string; readonly name: string; readonly kind: string }[];
    constructor(bytes: Uint8Array);
    private readonly brand;
  }
  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
  }
  class Global<T = number | bigint> {
    constructor(type: { readonly value: "i32" | "i64"; readonly mutable: boolean }, start: T);
    value: T;
  }
  class Table {
    private constructor();
    set(index: number, value: unknown): void;
  }
  class RuntimeError extends Error {}
  class Exception {
    private constructor();
    private readonly brand;
  }
  class CompileError extends Error {}
  type Imports = Record<string, Record<string, unknown>>;
  function validate(bytes: Uint8Array): boolean;
}
