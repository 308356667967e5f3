// What languages are built with on this machine, for people who look what is there and what is missing.
import type { Tool } from "./language.ts";
import { LANGUAGES } from "./languages.ts";

/** A tool that was looked for. */
export interface ToolHere extends Pick<Tool, "name" | "ways"> {
  /** Null where it is not here. */
  readonly version: string | null;
}

/** A language and the tools of which any builds it, and those that make components in it where these are others. */
export interface LanguageHere {
  readonly title: string;
  readonly tools: readonly ToolHere[];
  readonly componentTools: readonly ToolHere[];
}

/** Looks for the tools of every language that takes any. */
export function lookForToolchains(): Promise<readonly LanguageHere[]> {
  const here = (tools: readonly Tool[] = []) =>
    Promise.all(tools.map(async (tool) => ({ name: tool.name, ways: tool.ways, version: await tool.version() })));
  const languages = LANGUAGES.filter(({ tools }) => tools.length > 0);
  return Promise.all(
    languages.map(async ({ componentTools, title, tools }) => ({
      title,
      tools: await here(tools),
      componentTools: await here(componentTools),
    })),
  );
}
