// Where the bytes of a job lie for engines that fetch them: files for shells, and the same files on a server of the loopback
// interface for browsers, whose pages come from another one.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Files of bytes, until it is closed. */
export class Places {
  private readonly folder = mkdtempSync(join(tmpdir(), "lockstep-guests-"));
  private readonly paths: string[] = [];
  private readonly server = createServer((request, response) => {
    const path = this.paths[Number(request.url?.slice(1))];
    if (path === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "access-control-allow-origin": "*" }).end(readFileSync(path));
  });

  async open(): Promise<this> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  /** Has room for bytes; the path of their file. */
  put(bytes: Uint8Array): string {
    const path = join(this.folder, String(this.paths.length));
    writeFileSync(path, bytes);
    this.paths.push(path);
    return path;
  }

  /** The address of a file for pages. */
  address(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${this.paths.indexOf(path)}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
    rmSync(this.folder, { recursive: true });
  }
}
