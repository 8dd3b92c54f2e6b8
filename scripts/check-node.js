// Refuses a Node.js that is too old for the scripts. They usually run with the dev dependency `node`, which npm puts first
// in their PATH. This file uses old syntax only, because it has to run on the Node.js that it refuses.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    [
      `express-wechat: this is Node ${process.versions.node}; the project's scripts need 22.18 or newer.`,
      'The dev dependency "node" brings one, but its install script did not run here. Do one of these:',
      '  npm rebuild node --foreground-scripts     (then repeat your command)',
      '  install Node 22.18 or newer               (https://nodejs.org/)',
    ].join('\n'),
  )
  process.exit(1)
}
