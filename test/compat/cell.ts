/** One combination of versions, which is installed and run. */
export interface Cell {
  group: 'node' | 'express' | 'redis' | 'typescript' | 'bundlers'
  title: string
  /** What ran, as the row of the document says it. Throws if it does not work. */
  run(tarball: string): string | Promise<string>
}

/** The versions that an app printed about itself. */
export function describeRun(output: string): string {
  const versions = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Record<string, string>
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version.replace(/^v/, '')}`)
    .join(', ')
}
