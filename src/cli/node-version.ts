/** The oldest Node.js in `engines` of package.json. npm only warns of an older one. */
const OLDEST = { major: 22, minor: 12 }

/** What to say on a Node.js that is too old for the commands; undefined if it is new enough. */
export function describeOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined
  return `express-wechat: this is Node ${version}, and Node ${OLDEST.major}.${OLDEST.minor} or newer is needed (https://nodejs.org/)`
}
