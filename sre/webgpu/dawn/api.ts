// What of WebGPU and of Dawn's add-on for Node is used here, as types. The names and numbers are the specification's
// (W3C, WebGPU), those of `DawnAddon` the add-on's.

/** Bits of `GPUBufferUsage`. */
export const USAGE = { mapRead: 0x1, copySource: 0x4, copyDestination: 0x8, uniform: 0x40, storage: 0x80 } as const;
/** `GPUShaderStage.COMPUTE`, and `GPUMapMode.READ`. */
export const [COMPUTE_STAGE, MAP_READ] = [0x4, 0x1] as const;

/** How a device names itself. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** Whether it is a program on the processor. */
  readonly isFallbackAdapter: boolean;
}

/** Opaque things. */
export interface Pipeline {
  readonly label: string;
}
export interface BindGroup {
  readonly label: string;
}
export interface CommandBuffer {
  readonly label: string;
}
export interface Layout {
  readonly label: string;
}

export interface Buffer {
  destroy(): void;
  getMappedRange(): ArrayBuffer;
  mapAsync(mode: number): Promise<void>;
  unmap(): void;
}

export interface ShaderModule {
  getCompilationInfo(): Promise<{
    readonly messages: readonly { readonly type: string; readonly message: string; readonly lineNum: number }[];
  }>;
}

export interface ComputePass {
  dispatchWorkgroups(x: number, y: number, z: number): void;
  end(): void;
  setBindGroup(index: number, group: BindGroup): void;
  setPipeline(pipeline: Pipeline): void;
}

export interface CommandEncoder {
  beginComputePass(): ComputePass;
  copyBufferToBuffer(from: Buffer, fromAt: number, to: Buffer, toAt: number, bytes: number): void;
  finish(): CommandBuffer;
}

export interface Device {
  readonly lost: Promise<{ readonly message: string }>;
  readonly queue: {
    submit(commands: readonly CommandBuffer[]): void;
    writeBuffer(buffer: Buffer, at: number, bytes: Uint8Array): void;
  };
  createBindGroup(made: { layout: Layout; entries: readonly object[] }): BindGroup;
  createBindGroupLayout(made: { entries: readonly object[] }): Layout;
  createBuffer(made: { size: number; usage: number }): Buffer;
  createCommandEncoder(): CommandEncoder;
  createComputePipelineAsync(made: {
    layout: Layout;
    compute: { module: ShaderModule; entryPoint: string };
  }): Promise<Pipeline>;
  createPipelineLayout(made: { bindGroupLayouts: readonly Layout[] }): Layout;
  createShaderModule(made: { code: string }): ShaderModule;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  pushErrorScope(filter: "validation" | "out-of-memory" | "internal"): void;
}

export interface Adapter {
  readonly info: AdapterInfo;
  requestDevice(): Promise<Device>;
}

/** What `dawn.node` exports. */
export interface DawnAddon {
  create(flags: readonly string[]): { requestAdapter(): Promise<Adapter | null> };
}
