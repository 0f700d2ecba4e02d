/** Configurations for tests, and what loading one gives. */

import { type Config, loadConfig } from '../../src/config/load.ts';
import { ConfigError, formatFinding } from '../../src/config/read.ts';
import { parseReference } from '../../src/image/reference.ts';
import { planFor } from '../../src/plan.ts';
import { type MemoryIo, type MemorySystem, memoryIo } from '../support/memory-io.ts';

export const file = '/etc/test/config.json';

/** Loads one configuration file with the given content. */
export async function load(content: unknown, system: MemorySystem = {}): Promise<Config & { io: MemoryIo }> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const io = memoryIo({ ...system, files: { ...system.files, [file]: text } });
  return { ...(await loadConfig([file], io)), io };
}

/** The findings of a configuration that must not load, as they are printed. */
export async function findingsOf(content: unknown, system: MemorySystem = {}): Promise<string[]> {
  try {
    await load(content, system);
  } catch (error) {
    if (error instanceof ConfigError) return error.findings.map(formatFinding);
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** The matching entries of an image in order, as `pattern source`. */
export function entriesFor(config: Config, image: string): string[] {
  return planFor(config.matcher, parseReference(image)).credentials.map(({ entry }) => {
    const { type, name } = entry.source;
    return `${entry.pattern} ${name ?? type}`;
  });
}
