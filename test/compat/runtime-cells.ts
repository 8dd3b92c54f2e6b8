import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { type Cell, describeRun } from './cell.ts'
import { type Installation, install } from './installation.ts'

const NODES = ['22.12.0', '22', '24', '26']
const EXPRESSES = ['4.21.0', '4', '5.0.0', '5']
const NEWEST = ['express@5', 'express-session@1']
/** What package.json names as the oldest peers, and the newest of each. */
const STORES = {
  oldest: ['express@4.21.0', 'express-session@1.18.0', 'connect-redis@9.0.0', 'redis@5.0.0'],
  newest: [...NEWEST, 'connect-redis', 'redis'],
}

/** The program in which npm packs Node itself: no install script, and one folder for each version. */
const NODE_PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const nodes = new Map<string, string>()

export const runtimeCells: Cell[] = [
  ...NODES.flatMap(node =>
    ['app.mjs', 'app.cjs'].map<Cell>(file => ({
      group: 'node',
      title: `Node ${node}, ${file.endsWith('.cjs') ? '`require`' : '`import`'}`,
      run: tarball => describeRun(runApp(installNewest(tarball), file, node)),
    })),
  ),
  ...EXPRESSES.map<Cell>(express => ({
    group: 'express',
    title: `Express ${express}`,
    run: tarball =>
      describeRun(runApp(install([tarball, `express@${express}`, 'express-session@1']), 'app.mjs')),
  })),
  ...Object.entries(STORES).map<Cell>(([age, packages]) => ({
    group: 'redis',
    title: `the ${age} \`redis\`, \`connect-redis\` and \`express-session\``,
    run: tarball =>
      withRedis(({ url }) =>
        describeRun(runApp(install([tarball, ...packages]), 'redis-app.mjs', '24', url)),
      ),
  })),
]

let newest: Installation | undefined

function installNewest(tarball: string): Installation {
  newest ??= install([tarball, ...NEWEST])
  return newest
}

function runApp(installation: Installation, file: string, node = '24', redisUrl = ''): string {
  return installation.run(findNode(node), ['run.mjs', `./${file}`], { REDIS_URL: redisUrl })
}

function findNode(version: string): string {
  const known = nodes.get(version)
  if (known) return known
  const path = install([`${NODE_PACKAGE}@${version}`]).path(`node_modules/${NODE_PACKAGE}/bin/node`)
  nodes.set(version, path)
  return path
}

async function withRedis(run: (redis: RedisServer) => string): Promise<string> {
  const redis = await startRedis()
  try {
    return run(redis)
  } finally {
    await redis.close()
  }
}
