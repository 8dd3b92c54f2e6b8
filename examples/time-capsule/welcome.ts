import type { RunningSimulator } from 'express-wechat/simulator'

export interface Welcome {
  url: string
  simulator: RunningSimulator | undefined
  databaseFile: string
}

/** The text that the terminal shows after the start. */
export function welcome({ url, simulator, databaseFile }: Welcome): string {
  if (!simulator) {
    return `
  时光胶囊 Time capsule: ${url}
  请在微信中打开它的公网地址。 Open its public address in WeChat.
  数据 Data: ${databaseFile}
`
  }
  const names = simulator.people.list().map(({ nickname }) => nickname)
  return `
  时光胶囊 · Time capsule

  打开 Open: ${simulator.url}/phone?url=${encodeURIComponent(`${url}/`)}
  不带手机外框 Without the phone around it: ${url}
  电脑扫码 Scan from a computer: ${url.replace('127.0.0.1', 'localhost')}
  身份 Be one of: ${names.join('、')}
  数据 Data: ${databaseFile}

  微信由模拟器扮演，只在这台电脑上。 WeChat is played by a simulator, on this machine alone.
  使用真实公众号：设置 WECHAT_APP_ID、WECHAT_APP_SECRET、WECHAT_PUBLIC_URL、SESSION_SECRET。
  For a real account set these four. Ctrl+C ends it.
`
}

export function listenFailure(error: NodeJS.ErrnoException, port: string): string {
  if (error.code === 'EADDRINUSE') {
    return `端口 ${port} 已被占用，请换一个，例如 PORT=3001 npm start\nPort ${port} is taken. Try another one: PORT=3001 npm start`
  }
  return `无法监听端口 ${port} Cannot listen on port ${port}: ${error.message}`
}
