import type { RunningSimulator } from 'express-wechat/simulator'
import type { Visit, Visitor } from '../../support/visitor.ts'

type Approval = Parameters<RunningSimulator['approve']>[1]

/** Goes where redirects lead; the simulated person passes the page of this WeChat. */
export async function travel(
  wechat: RunningSimulator,
  visitor: Visitor,
  url: string,
  approval: Approval = { personId: 'lin-xiaoyu' },
): Promise<Visit> {
  let answer = await visitor.open(url)
  for (let hop = 0; hop < 10 && answer.location !== undefined; hop += 1) {
    const isWechat = new URL(answer.location).pathname.startsWith('/connect/')
    answer = await visitor.open(
      isWechat ? (wechat.approve(answer.location, approval) ?? '') : answer.location,
    )
  }
  return answer
}
