// The door of sre/gpu: what drivers and specifications say of devices, as values. What asks a machine is `machine.ts`.
export { type CdiSpec, type DeviceSet, readCdi, translateCdi } from "./cdi.ts";
export {
  NVIDIA_QUERY,
  type NvidiaGpu,
  type NvidiaReading,
  type NvidiaSlice,
  readNvidiaQuery,
  readNvidiaSlices,
} from "./nvidia.ts";
